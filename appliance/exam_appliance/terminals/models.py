"""What a terminal and the site server say to each other in our own format (JSON)."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from central_sync.protocol.dates import AskedDay, AskedMoment
from central_sync.protocol.items import Words

PICTURE_BYTES = 3 * 1024 * 1024
"""Bytes of one picture at most."""
RESULT_BYTES = 9 * 1024 * 1024
"""Bytes of a result with its two pictures."""

SOFTWARE_LETTERS = 60
FAULT_LETTERS = 200
"""Characters of what a terminal says of itself, at most."""

DocumentKind = Literal["resident", "permit", "foreign_2017", "foreign_2023"]
Verdict = Literal["match", "no_match", "not_compared"]
Decided = Literal["pass", "refuse", "ask"]


def _picture(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if len(value) > PICTURE_BYTES * 4 // 3 + 4:
        raise ValueError(f"图片超过 {PICTURE_BYTES // 1024} KiB / the picture is too large")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("不是 Base64 / is no Base64") from error


Picture = Annotated[
    bytes,
    BeforeValidator(_picture),
    Field(min_length=1, max_length=PICTURE_BYTES),
    PlainSerializer(lambda data: base64.b64encode(data).decode(), return_type=str),
    WithJsonSchema({"type": "string", "contentEncoding": "base64", "maxLength": PICTURE_BYTES * 4 // 3 + 4}),
]
"""A JPEG or PNG file as Base64 (RFC 4648)."""


class TerminalHeartbeat(Words):
    """The terminal is alive; sent at least every `heartbeat_s` that the last answer told."""

    software: Annotated[str, Field(max_length=SOFTWARE_LETTERS)] = ""
    faults: Annotated[tuple[Annotated[str, Field(max_length=FAULT_LETTERS)], ...], Field(max_length=20)] = ()
    """What the terminal itself reports as broken, as its maker says it; empty for all well."""


class HeartbeatAnswer(Words):
    """What the terminal should compare with what it holds."""

    server_time: AwareDatetime
    server_time_ms: int
    """Milliseconds since 1970; set the clock by it: requests over 5 minutes off are refused."""
    heartbeat_s: Annotated[int, Field(ge=1)]
    """Say the next heartbeat within this long, seconds."""
    roster: str
    """Version of the roster; pull it when it is another than the one you hold."""
    announcement: str
    """Version of the announcement texts."""


class TerminalCandidate(Words):
    """A candidate of a session whose package is unlocked."""

    ticket: str
    name: str
    sex: Literal["M", "F"]
    document_number: str
    session: str
    room: str
    seat: int
    starts_at: AwareDatetime
    has_photo: bool


class TerminalRoster(Words):
    """All candidates that may come now; earlier rosters are void."""

    version: str
    candidates: tuple[TerminalCandidate, ...]


class PhotoQuery(Words):
    """Whose registration photo."""

    ticket: Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class Announcement(Words):
    """What the terminal shows and says while it waits."""

    version: str
    waiting_zh: str
    waiting_en: str


class TerminalResult(Words):
    """What the terminal found out about one person. `id` is the terminal's own and used once."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    taken_at: AskedMoment | None = None
    ticket: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None
    """As scanned; None where only the document was read."""
    document_kind: DocumentKind | None = None
    """None where the terminal does not tell; the number's form decides then."""
    document_number: Annotated[str, Field(min_length=8, max_length=18)]
    name: Annotated[str, Field(max_length=120)] = ""
    """As on the document."""
    valid_from: AskedDay | None = None
    valid_until: AskedDay | Literal["long_term"] | None = None
    """`long_term` is 长期; None where the terminal does not tell."""
    card_picture: Picture | None = None
    live_picture: Picture
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    """Likeness by the terminal's own comparison of card and face, 0 to 1."""
    threshold: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    verdict: Verdict = "not_compared"
    """The terminal's own comparison; the site server decides."""


class TerminalDecision(Words):
    """What the site server decided, and what the terminal shows and says."""

    decision: Decided
    reason_code: str
    reason_zh: str
    reason_en: str
    say_zh: str
    say_en: str
    name: str = ""
    room: str = ""
    seat: int | None = None
