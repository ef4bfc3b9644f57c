"""Candidates (考生) as arranged, and the identity numbers that name them."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator
from stdnum.cn import ric

from central_sync.protocol.items import Sha256, Words

SeatNumber = Annotated[int, Field(ge=1, le=999)]
TicketNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
"""Admission ticket number (准考证号), twelve digits."""


class InvalidIdNumber(ValueError):
    """The text is no resident ID number; the message says which rule it breaks."""


def resident_id(text: str) -> str:
    """Return the 18-character resident ID number (居民身份证号) in its standard form.

    Full-width digits, spaces and a small x are put right; anything else raises InvalidIdNumber.
    Source: GB 11643, weights and check digit by python-stdnum.
    """
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").upper()
    if len(plain) != 18:
        raise InvalidIdNumber(f"身份证号应为 18 位，现为 {len(plain)} 位 / an ID number has 18 characters")
    if not (plain[:17].isascii() and plain[:17].isdigit()) or plain[17] not in "0123456789X":
        raise InvalidIdNumber("身份证号只含数字，末位可为 X / digits only, the last may be X")
    if ric.calc_check_digit(plain) != plain[17]:
        raise InvalidIdNumber("身份证号校验位不符，请核对 / the check digit of the ID number is wrong")
    try:
        ric.get_birth_date(plain)
    except Exception as error:
        raise InvalidIdNumber(
            "身份证号中的出生日期不存在 / the birth date in the ID number is no date"
        ) from error
    return plain


def masked_id(number: str) -> str:
    """Return an ID number with the middle hidden, as lists on walls show it: 1401**********1234."""
    return number[:4] + "*" * max(0, len(number) - 8) + number[-4:] if len(number) > 8 else "*" * len(number)


class ArrangedCandidate(Words):
    """A candidate with ticket, room and seat in one exam session (场次)."""

    ticket: TicketNumber
    id_number: str
    name: Annotated[str, Field(min_length=1, max_length=60)]
    sex: Annotated[str, StringConstraints(pattern=r"^[MF]$")]
    employer: Annotated[str, Field(max_length=120)] = ""
    """工作单位"""
    room: Annotated[str, Field(min_length=1, max_length=60)]
    """Room name, one of the session's rooms."""
    seat: SeatNumber
    photo: Sha256 | None = None
    """SHA-256 of the registration photo in the package (JPEG or PNG), None when there is none."""
    extra_minutes: Annotated[int, Field(ge=0, le=240)] = 0
    """Extra time granted beforehand, minutes."""
    resit: Annotated[int, Field(ge=0, le=9)] = 0
    """0 for the first sitting, n for the n-th resit (补考)."""

    @field_validator("id_number")
    @classmethod
    def _resident(cls, value: str) -> str:
        return resident_id(value)
