"""What a request says of who sent it and when, in our own format or a maker's. Nothing is believed yet."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any, Final

from exam_appliance.terminals.mapping.model import Mapping, Place
from exam_appliance.terminals.signing import SIGNATURE_BYTES, own_text

TERMINAL: Final = "Kaodian-Terminal"
TIME: Final = "Kaodian-Time"
NONCE: Final = "Kaodian-Nonce"
SIGNATURE: Final = "Kaodian-Signature"


class NotSigned(Exception):
    """Something that every signed request has is missing or malformed; `what` names it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True)
class Asked:
    """A request as it came. `tree` is the body (of a GET the query) as fields, in a maker's format."""

    method: str
    path: str
    query: str
    """As sent, without the question mark."""
    headers: Table[str, str]
    """By name in title case, as `X-Device`."""
    body: bytes
    fields: Table[str, Any]
    """Outermost fields of the body; of a GET those of the query."""
    query_fields: Table[str, str]


@dataclass(frozen=True)
class Claim:
    """Who it claims to be, when it was signed (ms since 1970), its word, what is signed and how."""

    terminal: str
    time_ms: int
    nonce: str
    text: bytes
    signature: bytes


def own_claim(asked: Asked) -> Claim:
    """Return the claim of a request in our own format. Raises NotSigned."""
    target = f"{asked.path}?{asked.query}" if asked.query else asked.path
    time_ms, nonce = _time(asked.headers.get(TIME, ""), TIME, 1), _needed(asked.headers.get(NONCE), NONCE)
    return Claim(
        _needed(asked.headers.get(TERMINAL), TERMINAL),
        time_ms,
        nonce,
        own_text(asked.method, target, time_ms, nonce, asked.body),
        _signature(asked.headers.get(SIGNATURE, ""), SIGNATURE, "base64"),
    )


def mapped_claim(mapping: Mapping, asked: Asked) -> Claim:
    """Return the claim of a request in a maker's format; `asked.path` is the maker's. Raises NotSigned."""
    signing = mapping.signature
    terminal = _needed(_at(signing.terminal, asked), signing.terminal.name)
    time_text = _at(signing.time, asked)
    nonce = _needed(_at(signing.nonce, asked), signing.nonce.name)
    parts = {
        "method": lambda: asked.method,
        "path": lambda: asked.path,
        "query": lambda: asked.query,
        "time": lambda: time_text,
        "nonce": lambda: nonce,
        "terminal": lambda: terminal,
        "body_sha256": lambda: hashlib.sha256(asked.body).hexdigest(),
        "fields": lambda: _sorted_fields(asked, signing.value),
    }
    signed = [asked.body if part == "body" else parts[part]().encode() for part in signing.signs]
    return Claim(
        terminal,
        _time(time_text, signing.time.name, 1000 if signing.time.form == "s" else 1),
        nonce,
        signing.join.encode().join(signed),
        _signature(_at(signing.value, asked), signing.value.name, signing.value.form),
    )


def _at(place: Place, asked: Asked) -> str:
    found: Any
    match place.at:
        case "header":
            found = asked.headers.get(place.name.title(), "")
        case "query":
            found = asked.query_fields.get(place.name, "")
        case "field":
            found = asked.fields.get(place.name, "")
    if isinstance(found, dict | list | None):
        raise NotSigned(place.name)
    return str(found)


def _sorted_fields(asked: Asked, value: Place) -> str:
    lines = []
    for name in sorted(asked.fields):
        if value.at == "field" and name == value.name:
            continue
        if isinstance(asked.fields[name], dict | list):
            # What is nested has no one way to be written, so it could be changed unseen.
            raise NotSigned(name)
        lines.append(f"{name}={asked.fields[name]}")
    return "&".join(lines)


def _needed(text: str | None, what: str) -> str:
    if not text or len(text) > 80:
        raise NotSigned(what)
    return text


def _time(text: str, what: str, factor: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise NotSigned(what)
    return int(text) * factor


def _signature(text: str, what: str, form: str) -> bytes:
    try:
        given = bytes.fromhex(text) if form == "hex" else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotSigned(what) from error
    if len(given) != SIGNATURE_BYTES:
        raise NotSigned(what)
    return given
