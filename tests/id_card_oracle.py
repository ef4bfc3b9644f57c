"""What bytes of a reader say, found out in the plainest way: the decoder's results are compared with it.

Shares nothing with the decoder: layouts come from the simulator's widths, check digits from its formulas.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from datetime import date
from typing import Any

from firmware_adapters.id_card.document import Document, DocumentType
from firmware_adapters.id_card.frames import Reply
from firmware_adapters.simulators.id_card_cards import FLAGS, WIDTHS, foreign_2017_check, gb_check

_KINDS = {flag: kind for kind, flag in FLAGS.items() if flag}
_DATES = ("birth", "valid_from", "valid_to")


def reply_at(stream: bytes, start: int) -> Reply | None:
    """Return the whole and right frame that begins with `AA AA 96 69` at `start`."""
    if stream[start : start + 4] != b"\xaa\xaa\x96\x69" or len(stream) < start + 6:
        return None
    length = stream[start + 4] * 256 + stream[start + 5]
    body = stream[start + 6 : start + 6 + length]
    if not 4 <= length <= 2314 or len(body) < length:
        return None
    check = stream[start + 4] ^ stream[start + 5]
    for byte in body:
        check ^= byte
    return Reply(body[0], body[1], body[2], body[3:-1]) if check == 0 else None


def is_in(reply: Reply, stream: bytes) -> bool:
    """Return whether a reply stands in the stream."""
    start = stream.find(b"\xaa\xaa\x96\x69")
    while start >= 0:
        if reply_at(stream, start) == reply:
            return True
        start = stream.find(b"\xaa\xaa\x96\x69", start + 1)
    return False


def _characters(units: tuple[int, ...]) -> list[str]:
    found = []
    at = 0
    while at < len(units):
        unit = units[at]
        following = units[at + 1] if at + 1 < len(units) else 0
        if 0xD800 <= unit < 0xDC00 <= following < 0xE000:
            found.append(chr(0x10000 + (unit - 0xD800) * 0x400 + following - 0xDC00))
            at += 2
        else:
            found.append(chr(unit))
            at += 1
    return found


def _shown(units: tuple[int, ...]) -> str:
    characters = _characters(units)
    padding = {" ", "\0", "\u3000"}
    while characters and characters[0] in padding:
        del characters[0]
    while characters and characters[-1] in padding:
        del characters[-1]
    return "".join("\ufffd" if _unfit(character) else character for character in characters)


def _unfit(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        or code % 0x10000 in (0xFFFE, 0xFFFF)
        or 0xFDD0 <= code <= 0xFDEF
    )


def _day(text: str) -> date | None:
    if re.fullmatch(r"[0-9]{8}", text) is None:
        return None
    try:
        return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}")
    except ValueError:
        return None


def items_in(block: bytes) -> tuple[DocumentType, dict[str, str]]:
    """Return the kind of document in a text block and its items as text."""
    units = struct.unpack("<128H", block)
    kind = _KINDS.get(_shown(units[124:125]), DocumentType.RESIDENT)
    parts: dict[str, tuple[int, ...]] = {}
    at = 0
    for name, width in WIDTHS[kind]:
        if name == "english_name_end":
            parts["english_name"] += units[at : at + width]
        elif name != "reserved":
            parts[name] = units[at : at + width]
        at += width
    parts["type_flag"] = units[124:125]
    return kind, {name: _shown(part) for name, part in parts.items()}


def number_holds(kind: DocumentType, number: str) -> bool:
    """Return whether a number has its form and its check digit."""
    if kind is DocumentType.FOREIGN_2017:
        form = re.fullmatch(r"[A-Z]{3}[0-9]{12}", number)
        return form is not None and foreign_2017_check(number[:14]) == number[14]
    first = "9" if kind is DocumentType.FOREIGN_2023 else "[1-8]"
    form = re.fullmatch(first + r"[0-9]{16}[0-9X]", number)
    return form is not None and gb_check(number[:17]) == number[17]


def wrong_fields(document: Document, block: bytes) -> list[str]:
    """Return the names of fields of a decoded document that are not what its bytes say."""
    kind, items = items_in(block)
    expected: dict[str, Any] = {
        **{name: text for name, text in items.items() if name not in (*_DATES, "sex")},
        **{name: _day(items[name]) for name in _DATES},
        "type": kind,
        "long_term": items["valid_to"] == "长期",
        "sex": {"0": "unknown", "1": "male", "2": "female", "9": "unstated"}.get(items["sex"]),
        "number_holds": number_holds(kind, items["number"]),
    }
    wrong = [name for name, value in expected.items() if getattr(document, name) != value]
    found = {finding.field for finding in document.findings}
    for name in _DATES:
        silent = getattr(document, name) is None and not (name == "valid_to" and document.long_term)
        if silent and name not in found:
            wrong.append(f"{name} without a finding")
    if not document.number_holds and "number" not in found:
        wrong.append("number without a finding")
    return wrong
