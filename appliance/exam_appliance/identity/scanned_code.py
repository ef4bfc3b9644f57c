"""What a scanned code is: an admission ticket, a certificate, an ID number, or something else. Pure.

Phones show tickets as plain numbers, as links and as small pieces of JSON or labelled text; which of them a
province uses is not published, so a number is looked for in all of these forms. Whether it belongs to anybody
is for the roster to say.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import TypeAdapter, ValidationError

from central_sync.protocol.roster import InvalidIdNumber, TicketNumber, identity_number


class CodeKind(StrEnum):
    """What a code is (条码类别)."""

    ADMISSION_TICKET = "admission_ticket"  # 准考证
    CERTIFICATE = "certificate"  # 特种作业操作证等证书：T 加身份证号
    ID_NUMBER = "id_number"  # 身份证号
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """A code and what was found in it."""

    kind: CodeKind
    number: str
    """Ticket number, certificate number (`T` and ID number) or ID number; empty for others."""
    text: str
    """Exactly as it was read."""
    fault_zh: str = ""
    """Why the number cannot be right; it is shown all the same, and a person decides."""
    fault_en: str = ""

    @property
    def id_number(self) -> str:
        """The ID number of an ID card or a certificate, empty where there is none or it cannot be right."""
        if self.fault_en or self.kind not in (CodeKind.CERTIFICATE, CodeKind.ID_NUMBER):
            return ""
        return self.number.removeprefix("T")


LONGEST_READ: Final = 8192
"""Characters in which numbers are looked for; the fullest code has 7089."""
DEEPEST: Final = 4
"""Levels of JSON, and of links within links."""
VALUES_LIMIT: Final = 200

_TICKET: Final = TypeAdapter(TicketNumber)
_ID: Final = re.compile(r"[0-9]{17}[0-9Xx]|[A-Za-z]{3}[0-9]{12}")
_CERTIFICATE: Final = re.compile(r"[Tt][0-9]{17}[0-9Xx]")
_LABEL: Final = re.compile(r"([^\W\d_][^:=\n]{0,19})[:=]\s*([0-9A-Za-z]{12,19})(?![0-9A-Za-z])")
_WORDS: Final = re.compile(r"[0-9A-Za-z]+")

_NAMES: Final[dict[CodeKind, frozenset[str]]] = {
    CodeKind.ADMISSION_TICKET: frozenset(
        {
            "zkzh",
            "zkz",
            "zkzhm",
            "ticket",
            "ticketno",
            "ticketnumber",
            "admission",
            "admissionno",
            "admissionticket",
            "examno",
            "准考证",
            "准考证号",
            "准考证号码",
        }
    ),
    CodeKind.CERTIFICATE: frozenset(
        {
            "zsbh",
            "zsh",
            "zjbh",
            "czzh",
            "cert",
            "certno",
            "certnumber",
            "certificate",
            "certificateno",
            "证书",
            "证书号",
            "证书编号",
            "操作证号",
        }
    ),
    CodeKind.ID_NUMBER: frozenset(
        {
            "sfzh",
            "sfz",
            "sfzhm",
            "sfzjh",
            "zjhm",
            "idcard",
            "idno",
            "idnumber",
            "idcardno",
            "cardno",
            "身份证",
            "身份证号",
            "身份证号码",
            "证件号",
            "证件号码",
        }
    ),
}
"""How forms and links name these numbers, lower case without `_` and `-`."""

_ORDER: Final = (CodeKind.ADMISSION_TICKET, CodeKind.CERTIFICATE, CodeKind.ID_NUMBER)


def classify(text: str) -> ScannedCode:
    """Return what a scanned text is. Never raises; what is unclear is `other` and keeps its text.

    A text that is one number is that number. In a link, JSON or labelled text the number under a known name
    counts, before one that stands under no known name; two different ones of a kind are no answer.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST_READ]).strip()
    whole = _number(plain.replace(" ", ""))
    if whole is not None:
        return _code(*whole, text)
    fields = list(_fields(plain))
    for named in (True, False):
        found: dict[CodeKind, set[str]] = {}
        for name, value in fields:
            number = _number(value)
            if number is not None and (not named or _is_named(name, number[0])):
                found.setdefault(number[0], set()).add(number[1])
        for kind in _ORDER:
            numbers = found.get(kind, set())
            if len(numbers) == 1:
                return _code(kind, numbers.pop(), text)
            if numbers:
                zh, en = "码中有多个不同的号码，无法判断", "the code holds several different numbers"
                return ScannedCode(CodeKind.OTHER, "", text, zh, en)
    return ScannedCode(CodeKind.OTHER, "", text)


def _code(kind: CodeKind, number: str, text: str) -> ScannedCode:
    if kind is CodeKind.ADMISSION_TICKET:
        return ScannedCode(kind, number, text)
    try:
        identity_number(number.removeprefix("T"))
    except InvalidIdNumber as error:
        zh, _, en = str(error).partition(" / ")
        return ScannedCode(kind, number, text, zh, en)
    return ScannedCode(kind, number, text)


def _number(value: str) -> tuple[CodeKind, str] | None:
    """Return what a whole value is by its form."""
    if _CERTIFICATE.fullmatch(value):
        return CodeKind.CERTIFICATE, value.upper()
    if _ID.fullmatch(value):
        return CodeKind.ID_NUMBER, value.upper()
    try:
        return CodeKind.ADMISSION_TICKET, _TICKET.validate_python(value)
    except ValidationError:
        return None


def _is_named(name: str, kind: CodeKind) -> bool:
    return re.sub(r"[\s_\-]", "", name).lower() in _NAMES[kind]


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Yield names and values that a text holds, at most VALUES_LIMIT; a name may be empty."""
    for count, field in enumerate(_all_fields(text, DEEPEST)):
        if count == VALUES_LIMIT:
            return
        yield field


def _all_fields(text: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth == 0:
        return
    if text.startswith(("{", "[")):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if value is not None:
            yield from _json_fields("", value, depth)
            return
    if re.match(r"[A-Za-z][A-Za-z0-9+.\-]{1,19}://", text):
        yield from _link_fields(text, depth)
        return
    for label in _LABEL.finditer(text):
        yield label[1], label[2]
    for word in _WORDS.finditer(text):
        yield "", word[0]


def _json_fields(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth == 0:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _json_fields(str(key), inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _json_fields(name, inner, depth - 1)
    elif isinstance(value, str):
        yield name, value.strip()
        yield from _all_fields(value.strip(), depth - 1)
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**19:
        yield name, str(value)


def _link_fields(text: str, depth: int) -> Iterator[tuple[str, str]]:
    try:
        parts = urlsplit(text)
    except ValueError:
        return
    # Pages of apps keep their address behind the #, with parameters of its own.
    inner = parts.fragment.partition("?")
    for query in (parts.query, inner[2] or (inner[0] if "=" in inner[0] else "")):
        for name, value in parse_qsl(query, keep_blank_values=False):
            yield name, value.strip()
            yield from _all_fields(value.strip(), depth - 1)
    segments = [unquote(segment) for segment in (*parts.path.split("/"), *inner[0].split("/")) if segment]
    # `/ticket/140108250017`: the segment before names it.
    yield from zip(["", *segments], segments, strict=False)
