"""The line to the device daemon: its HTTP interface on a Unix socket, and how it says no."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import aiohttp
import orjson
from yarl import URL

from central_sync.protocol.http.problems import STATUS, Code, Problem

ANSWER_S = 10.0
"""Questions are answered within this, seconds."""
WORK_S = 120.0
"""Work at a device, such as a self-test that waits for a card, is done within this, seconds."""
SILENCE_S = 40.0
"""The stream says at least that it lives within this, seconds."""
LINE_LIMIT = 4 * 1024 * 1024
"""Bytes of one message of the stream."""


class DaemonAway(Problem):
    """The device daemon does not answer."""

    def __init__(self) -> None:
        super().__init__(
            "not_ready",
            "devices.away",
            "设备服务没有运行，正在自动重连；若一直不恢复，请重启本机的设备服务",
            "the device service does not run and is tried again; if it stays away, restart it on this server",
        )


class Message(NamedTuple):
    """One message of the daemon's stream."""

    seq: int
    name: str
    """`device`, `gone` or `event`."""
    data: dict[str, Any]


class DaemonLine:
    """Asks the daemon. Methods raise DaemonAway, or the daemon's own Problem."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Hang up."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Return the JSON of a GET below /v1."""
        return await self._json("GET", f"{path}?{urlencode(query)}" if query else path, None, ANSWER_S)

    async def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, within_s: float = WORK_S
    ) -> Any:
        """Return the JSON of a POST below /v1."""
        return await self._json("POST", path, {} if body is None else dict(body), within_s)

    async def blob(self, path: str) -> tuple[bytes, str]:
        """Return a picture and its media type; `path` as the daemon gave it, /v1/blobs/SHA256."""
        async with self._asked("GET", path, None, ANSWER_S) as answer:
            return await answer.read(), answer.content_type

    async def messages(self, after: int) -> AsyncIterator[Message]:
        """Yield the stream's messages after a seq until the daemon goes away, which is DaemonAway."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_S, sock_read=SILENCE_S)
        try:
            async with self._session().get(
                f"http://devices/v1/events?after={after}", timeout=timeout
            ) as answer:
                if answer.status != 200:
                    raise await _problem(answer)
                held = bytearray()
                async for piece in answer.content.iter_any():
                    held += piece.replace(b"\r\n", b"\n")
                    while (end := held.find(b"\n\n")) >= 0:
                        block = bytes(held[:end])
                        del held[: end + 2]
                        message = _message(block)
                        if message is not None:
                            yield message
                    if len(held) > LINE_LIMIT:
                        raise DaemonAway
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise DaemonAway from error
        raise DaemonAway

    async def _json(self, method: str, path: str, body: object, within_s: float) -> Any:
        async with self._asked(method, f"/v1{path}", body, within_s) as answer:
            data = await answer.read()
        try:
            return orjson.loads(data) if data else {}
        except orjson.JSONDecodeError as error:
            raise DaemonAway from error

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(self.socket), limit=0))
        return self._http

    def _asked(self, method: str, path: str, body: object, within_s: float) -> _Asked:
        return _Asked(self._session(), method, path, body, within_s)


class _Asked:
    """A request under way; leaves a Problem behind instead of the errors of HTTP."""

    def __init__(
        self, http: aiohttp.ClientSession, method: str, path: str, body: object, within_s: float
    ) -> None:
        self._request = http.request(
            method,
            URL(f"http://devices{path}", encoded=True),
            json=body,
            timeout=aiohttp.ClientTimeout(total=within_s, sock_connect=ANSWER_S),
        )

    async def __aenter__(self) -> aiohttp.ClientResponse:
        try:
            answer = await self._request.__aenter__()
            await answer.read()
            if answer.status >= 400:
                raise await _problem(answer)
        except TimeoutError as error:
            raise Problem(
                "not_ready",
                "devices.slow",
                "设备没有在规定时间内完成，请检查设备后再试",
                "the device did not finish in time; look at it and try again",
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise DaemonAway from error
        return answer

    async def __aexit__(self, *_: object) -> None:
        await self._request.__aexit__(None, None, None)


async def _problem(answer: aiohttp.ClientResponse) -> Problem:
    try:
        told = orjson.loads(await answer.read())
    except orjson.JSONDecodeError:
        told = {}
    if not isinstance(told, dict):
        told = {}
    code: Code = told["code"] if told.get("code") in STATUS else "not_ready"
    zh = str(told.get("zh") or told.get("detail") or f"设备服务拒绝了请求（{answer.status}）")
    en = str(told.get("en") or told.get("detail_en") or f"the device service refused ({answer.status})")
    return Problem(code, str(told.get("reason") or "devices.refused"), zh, en)


def _message(block: bytes) -> Message | None:
    fields: dict[bytes, bytes] = {}
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        if not name:
            continue
        value = value.removeprefix(b" ")
        fields[name] = fields[name] + b"\n" + value if name == b"data" and name in fields else value
    if b"data" not in fields:
        return None
    try:
        data = orjson.loads(fields[b"data"])
        seq = int(fields.get(b"id", b"0"))
    except ValueError:
        return None
    return Message(seq, fields.get(b"event", b"message").decode(), data) if isinstance(data, dict) else None


def device_path(device: str, rest: str = "") -> str:
    """Return the path of a device below /v1, whatever its id holds."""
    return f"/devices/{quote(device, safe='')}{rest}"
