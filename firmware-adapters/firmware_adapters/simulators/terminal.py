"""A simulated identity terminal (人证核验一体机): calls a server over HTTP, in one of three formats.

`own` is the server's own JSON with the signature in headers. `json` and `form` are two makers' formats of
our invention: JSON with shortened Chinese field names, and form fields answered in XML. The terminal has a
clock of its own and keeps every answer as it came.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlencode

from aiohttp import ClientSession, ClientTimeout

Speaks = Literal["own", "json", "form"]
WAIT_S: Final = 20.0
_KIND_CODES: Final = {
    "json": {"resident": "1", "permit": "2", "foreign_2017": "3", "foreign_2023": "4"},
    "form": {"resident": "A", "permit": "J", "foreign_2017": "I", "foreign_2023": "Y"},
}


@dataclass(frozen=True)
class Person:
    """Who stands before the terminal: what the card says and what the camera sees (JPEG or PNG bytes)."""

    number: str
    name: str
    kind: Literal["resident", "permit", "foreign_2017", "foreign_2023"]
    live: bytes
    card: bytes | None = None
    valid_from: str = "20200101"
    """YYYYMMDD."""
    valid_until: str = "长期"
    """YYYYMMDD, or 长期."""
    ticket: str = ""
    score: float | None = None
    """Likeness of card and face as this terminal measures it, 0 to 1."""
    verdict: Literal["match", "no_match", "not_compared"] = "not_compared"


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    type: str
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


@dataclass
class SimulatedTerminal:
    """One terminal. `base` is the address that the server's console shows beside the key."""

    base: str
    id: str
    key: bytes
    speaks: Speaks = "own"
    clock_off_ms: int = 0
    """How far its clock is ahead of the true time, ms."""
    answers: list[Answer] = field(default_factory=list)

    async def heartbeat(self, *, software: str = "sim 1.0", fault: str = "") -> Answer:
        """Say that it is alive."""
        match self.speaks:
            case "own":
                said = {"software": software, "faults": [fault] if fault else []}
                return await self.call("POST", "/heartbeat", json.dumps(said).encode())
            case "json":
                said = {"ver": software, "alarm": fault}
                return await self.call("POST", "/device/alive", json.dumps(said).encode())
            case "form":
                return await self.call("POST", "/keepalive", fields={"fw": software})

    async def roster(self) -> Answer:
        """Pull the roster."""
        match self.speaks:
            case "own":
                return await self.call("GET", "/roster")
            case "json":
                return await self.call("GET", "/device/list")
            case "form":
                return await self.call("POST", "/people", fields={})

    async def photo(self, ticket: str) -> Answer:
        """Pull a registration photo."""
        match self.speaks:
            case "own":
                return await self.call("GET", "/photo", query={"ticket": ticket})
            case "json":
                return await self.call("GET", "/device/photo", query={"examNo": ticket})
            case "form":
                return await self.call("POST", "/photo", fields={"no": ticket})

    async def verify(self, person: Person, result: str = "") -> Answer:
        """Push what was found out about a person; `result` is its id, a new one when empty."""
        number = result or secrets.token_hex(8)
        match self.speaks:
            case "own":
                return await self.call("POST", "/results", json.dumps(self._own(person, number)).encode())
            case "json":
                body = json.dumps(self._json(person, number), ensure_ascii=False).encode()
                return await self.call("POST", "/device/record", body)
            case "form":
                return await self.call("POST", "/verify", fields=self._form(person, number))

    async def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        query: Mapping[str, str] | None = None,
        fields: dict[str, str] | None = None,
        nonce: str = "",
    ) -> Answer:
        """Sign and send one request and keep the answer; a given `nonce` may have been used before."""
        now = time.time_ns() // 1_000_000 + self.clock_off_ms
        word = nonce or secrets.token_hex(12)
        headers = {"Content-Type": "application/json"} if body else {}
        if fields is not None:
            body = self._signed_form(path, fields, now, word)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        else:
            headers |= self._signed_headers(method, path, urlencode(query or {}), body, now, word)
        target = f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")
        return await self.send(method, target, headers, body)

    async def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a request as it is."""
        async with (
            ClientSession(timeout=ClientTimeout(total=WAIT_S)) as session,
            session.request(method, target, headers=headers, data=body or None) as response,
        ):
            answer = Answer(response.status, response.content_type, await response.read())
        self.answers.append(answer)
        return answer

    def _mac(self, text: bytes) -> bytes:
        return hmac.digest(self.key, text, "sha256")

    def _signed_headers(
        self, method: str, path: str, query: str, body: bytes, now: int, word: str
    ) -> dict[str, str]:
        digest = hashlib.sha256(body).hexdigest()
        if self.speaks == "json":
            text = "\n".join((self.id, str(now), word, method, path, query, digest))
            return {
                "X-Device": self.id,
                "X-Timestamp": str(now),
                "X-Nonce": word,
                "X-Sign": base64.b64encode(self._mac(text.encode())).decode(),
            }
        whole = "/" + f"{self.base}{path}".split("/", 3)[3]
        target = f"{whole}?{query}" if query else whole
        text = "\n".join((method, target, str(now), word, digest))
        return {
            "Kaodian-Terminal": self.id,
            "Kaodian-Time": str(now),
            "Kaodian-Nonce": word,
            "Kaodian-Signature": base64.b64encode(self._mac(text.encode())).decode(),
        }

    def _signed_form(self, path: str, fields: dict[str, str], now: int, word: str) -> bytes:
        whole = {**fields, "sn": self.id, "ts": str(now // 1000), "once": word}
        text = "&".join((path, *(f"{name}={whole[name]}" for name in sorted(whole))))
        return urlencode({**whole, "sign": self._mac(text.encode()).hex()}).encode()

    def _own(self, person: Person, result: str) -> dict[str, Any]:
        until = person.valid_until
        return {
            "id": result,
            "ticket": person.ticket or None,
            "document_kind": person.kind,
            "document_number": person.number,
            "name": person.name,
            "valid_from": _dashed(person.valid_from),
            "valid_until": "long_term" if until == "长期" else _dashed(until),
            "card_picture": None if person.card is None else _text(person.card),
            "live_picture": _text(person.live),
            "score": person.score,
            "verdict": person.verdict,
        }

    def _json(self, person: Person, result: str) -> dict[str, Any]:
        return {
            "recordId": result,
            "time": time.strftime("%Y-%m-%d %H:%M:%S"),
            "examNo": person.ticket,
            "cert": {
                "type": _KIND_CODES["json"][person.kind],
                "no": person.number,
                "name": person.name,
                "begin": person.valid_from,
                "end": person.valid_until,
            },
            "pics": {"cert": _text(person.card or b""), "scene": _text(person.live)},
            "score": None if person.score is None else person.score * 100,
            "same": {"match": 1, "no_match": 0, "not_compared": -1}[person.verdict],
        }

    def _form(self, person: Person, result: str) -> dict[str, str]:
        until = person.valid_until
        return {
            "serial": result,
            "no": person.ticket,
            "kind": _KIND_CODES["form"][person.kind],
            "cert": person.number,
            "name": person.name,
            "since": _dashed(person.valid_from, "."),
            "until": until if until == "长期" else _dashed(until, "."),
            "chip": _text(person.card or b""),
            "face": _text(person.live),
            "similarity": "" if person.score is None else str(person.score),
            "match": {"match": "Y", "no_match": "N", "not_compared": "?"}[person.verdict],
        }


def _text(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def _dashed(day: str, by: str = "-") -> str:
    return by.join((day[:4], day[4:6], day[6:]))
