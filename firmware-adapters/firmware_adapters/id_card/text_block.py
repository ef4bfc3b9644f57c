"""The text of a card: 256 bytes of UTF-16LE in one of four layouts, into a Document.

Which layout it is says the character at byte 248: `J`, `I`, `Y`, and any other for a resident card. Nothing
is corrected here: an item that is not as it should be is shown as it stands and gets a finding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from firmware_adapters.adapter import Reason
from firmware_adapters.id_card import numbers, reasons
from firmware_adapters.id_card.commands import TEXT_BYTES
from firmware_adapters.id_card.document import SEXES, Document, DocumentType, Finding, Sex
from firmware_adapters.id_card.frames import SdtError
from firmware_adapters.id_card.nations import NATIONS

Span = tuple[int, int]
"""Offset and length in bytes."""

FLAG: Final[Span] = (248, 2)
LONG_TERM: Final = "长期"
PADDING: Final = " \0\u3000"
"""Spaces by the standard; some issuers pad with zeros or full-width spaces."""
REPLACEMENT: Final = "\ufffd"
"""Stands for what cannot be shown."""

_COMMON: Final[dict[str, tuple[Span, ...]]] = {
    "name": ((0, 30),),
    "sex": ((30, 2),),
    "birth": ((36, 16),),
    "number": ((122, 36),),
    "valid_from": ((188, 16),),
    "valid_to": ((204, 16),),
}
LAYOUTS: Final[Mapping[DocumentType, Mapping[str, tuple[Span, ...]]]] = {
    DocumentType.RESIDENT: _COMMON
    | {"nation_code": ((32, 4),), "address": ((52, 70),), "issuer": ((158, 30),)},
    DocumentType.PERMIT: _COMMON
    | {
        "address": ((52, 70),),
        "issuer": ((158, 30),),
        "pass_number": ((220, 18),),
        "issue_count": ((238, 4),),
    },
    DocumentType.FOREIGN_2023: _COMMON
    | {
        "renewals": ((32, 4),),
        "english_name": ((52, 70), (220, 22)),  # characters 1-35, then 36-46
        "nationality": ((242, 6),),
        "old_number_link": ((250, 6),),
    },
    DocumentType.FOREIGN_2017: {
        "english_name": ((0, 120),),
        "sex": ((120, 2),),
        "number": ((122, 30),),
        "nationality": ((152, 6),),
        "name": ((158, 30),),
        "valid_from": ((188, 16),),
        "valid_to": ((204, 16),),
        "birth": ((220, 16),),
        "version": ((236, 4),),
        "issuer": ((240, 8),),
    },
}
"""Where each item of a layout stands; an item in two parts is joined before it is decoded."""

_TYPES: Final = {
    "J": DocumentType.PERMIT,
    "I": DocumentType.FOREIGN_2017,
    "Y": DocumentType.FOREIGN_2023,
}
_PLAIN: Final = re.compile("[ -~\u00b7\u3001-\u303f\u3400-\u9fff\uff01-\uff5e]*")
"""What nearly all text is made of: nothing in it needs a closer look."""
_NO_TEXT: Final = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Unicode categories of what controls, turns the direction of writing, has no width or ends lines."""
_DATE: Final = re.compile("[0-9]{8}")


def decode_text_block(block: bytes) -> Document:
    """Return the document in the text of a card.

    Raises SdtError when the block has not 256 bytes; for anything else there are findings.
    """
    if len(block) != TEXT_BYTES:
        raise SdtError(reasons.CARD_DATA_LENGTH, f"text of {len(block)} bytes")
    findings: list[Finding] = []
    flag = _text(block, (FLAG,), "type_flag", findings)
    kind = _TYPES.get(flag, DocumentType.RESIDENT)
    if flag and flag not in _TYPES:
        findings.append(Finding(reasons.UNKNOWN_TYPE, "type_flag", flag))
    items = {name: _text(block, spans, name, findings) for name, spans in LAYOUTS[kind].items()}

    if not items["name"] and not items.get("english_name"):
        findings.append(Finding(reasons.NO_NAME, "name"))
    sex_code = items.pop("sex")
    sex = SEXES.get(sex_code)
    if sex is None:
        findings.append(Finding(reasons.UNKNOWN_SEX, "sex", sex_code))
    nation = ""
    if kind is DocumentType.RESIDENT:
        nation = NATIONS.get(items["nation_code"], "")
        if not nation:
            findings.append(Finding(reasons.UNKNOWN_NATION, "nation_code", items["nation_code"]))

    born = items.pop("birth")
    birth = _day(born, "birth", reasons.BAD_BIRTH_DATE, findings)
    valid_from = _day(items.pop("valid_from"), "valid_from", reasons.BAD_VALID_FROM, findings)
    end = items.pop("valid_to")
    long_term = end == LONG_TERM
    valid_to = None if long_term else _day(end, "valid_to", reasons.BAD_VALID_TO, findings)
    if valid_from and valid_to and valid_to < valid_from:
        findings.append(Finding(reasons.VALIDITY_REVERSED, "valid_to", end))

    number_holds = _check_number(kind, items["number"], born, sex, findings)
    if kind is DocumentType.PERMIT and not numbers.is_pass_number(items["pass_number"]):
        findings.append(Finding(reasons.PASS_NUMBER_FORM, "pass_number", items["pass_number"]))
    return Document(
        type=kind,
        type_flag=flag,
        sex=sex,
        nation=nation,
        birth=birth,
        valid_from=valid_from,
        valid_to=valid_to,
        long_term=long_term,
        number_holds=number_holds,
        findings=tuple(findings),
        **items,
    )


def decode_new_address(data: bytes) -> tuple[str, tuple[Finding, ...]]:
    """Return the address added later and what is amiss with it; `data` is UTF-16LE of even length."""
    findings: list[Finding] = []
    return _text(data, ((0, len(data)),), "new_address", findings), tuple(findings)


def _text(block: bytes, spans: tuple[Span, ...], name: str, findings: list[Finding]) -> str:
    raw = b"".join(block[offset : offset + length] for offset, length in spans)
    text = raw.decode("utf-16-le", "surrogatepass").strip(PADDING)
    if _PLAIN.fullmatch(text):
        return text
    faults: dict[Reason, None] = {}
    shown = ""
    for character in text:
        fault = _fault_of(character)
        if fault is not None:
            faults[fault] = None
        shown += character if fault in (None, reasons.PRIVATE_CHARACTER) else REPLACEMENT
    findings.extend(Finding(fault, name, shown) for fault in faults)
    return shown


def _fault_of(character: str) -> Reason | None:
    category = unicodedata.category(character)
    if category == "Cs":
        return reasons.LONE_SURROGATE
    if category == "Co":
        return reasons.PRIVATE_CHARACTER
    code = ord(character)
    if category in _NO_TEXT or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return reasons.CONTROL_CHARACTERS
    # Characters newer than this Python's Unicode are left as they are: rare names have them.
    return None


def _day(text: str, name: str, reason: Reason, findings: list[Finding]) -> date | None:
    if _DATE.fullmatch(text):
        try:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            pass
    findings.append(Finding(reason, name, text))
    return None


_FORMS: Final[Mapping[DocumentType, Callable[[str], bool]]] = {
    DocumentType.RESIDENT: numbers.is_resident_number,
    DocumentType.PERMIT: numbers.is_resident_number,
    DocumentType.FOREIGN_2017: numbers.is_foreign_2017_number,
    DocumentType.FOREIGN_2023: numbers.is_foreign_2023_number,
}


def _check_number(
    kind: DocumentType, number: str, born: str, sex: Sex | None, findings: list[Finding]
) -> bool:
    if not _FORMS[kind](number):
        findings.append(Finding(reasons.NUMBER_FORM, "number", number))
        return False
    old_foreign = kind is DocumentType.FOREIGN_2017
    holds = numbers.check_digit_2017_holds(number) if old_foreign else numbers.check_digit_holds(number)
    if not holds:
        findings.append(Finding(reasons.NUMBER_CHECK_DIGIT, "number", number))
    if kind is DocumentType.PERMIT and number[:6] not in numbers.PERMIT_AREAS:
        findings.append(Finding(reasons.NUMBER_AREA, "number", number))
    in_number = numbers.birth_in(number)
    if not born.endswith(in_number):
        findings.append(Finding(reasons.BIRTH_MISMATCH, "birth", f"{born} / {in_number}"))
    if kind in (DocumentType.RESIDENT, DocumentType.PERMIT) and sex in (Sex.MALE, Sex.FEMALE):
        # GB 11643: the 17th digit is odd for men, even for women.
        male = int(number[16]) % 2 == 1
        if male is not (sex is Sex.MALE):
            findings.append(Finding(reasons.SEX_MISMATCH, "sex", f"{sex.value} / {number[16]}"))
    return holds
