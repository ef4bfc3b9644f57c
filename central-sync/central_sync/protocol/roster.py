"""Candidates (考生) as arranged, and the identity numbers that name them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator
from stdnum.cn import ric

from central_sync.protocol.items import Sha256, Words

SeatNumber = Annotated[int, Field(ge=1, le=999)]
TicketNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
"""Admission ticket number (准考证号), twelve digits."""

_NO_BIRTH_DATE = "身份证号中的出生日期不存在 / the birth date in the ID number is no date"


_FOREIGN_2017 = re.compile(r"[A-Z]{3}[0-9]{12}")


class InvalidIdNumber(ValueError):
    """The text is no number of an identity document; the message says which rule it breaks."""


def identity_number(text: str) -> str:
    """Return the number of an identity document (身份证号) in its standard form.

    18 characters for residents, residents of Hong Kong, Macau and Taiwan and, since 2023, foreigners with
    permanent residence; 15 for cards that these got from 2017 on. Full-width digits, spaces and small
    letters are put right; anything else raises InvalidIdNumber. Source: GB 11643, weights and check digit by
    python-stdnum. The check digit of 15 characters is published nowhere, so it is not judged here.
    """
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").upper()
    if _FOREIGN_2017.fullmatch(plain):
        if not _is_short_date(plain[7:13]):
            raise InvalidIdNumber(_NO_BIRTH_DATE)
        return plain
    if len(plain) != 18:
        raise InvalidIdNumber(
            f"身份证号应为 18 位（2017 版外国人永久居留证为 3 个字母和 12 位数字），现为 {len(plain)} 位 / "
            "an ID number has 18 characters, that of a foreigner's card of 2017 three letters and 12 digits"
        )
    if not (plain[:17].isascii() and plain[:17].isdigit()) or plain[17] not in "0123456789X":
        raise InvalidIdNumber("身份证号只含数字，末位可为 X / digits only, the last may be X")
    if ric.calc_check_digit(plain) != plain[17]:
        raise InvalidIdNumber("身份证号校验位不符，请核对 / the check digit of the ID number is wrong")
    try:
        ric.get_birth_date(plain)
    except Exception as error:
        raise InvalidIdNumber(_NO_BIRTH_DATE) from error
    return plain


def sex_in(number: str) -> Literal["M", "F"] | None:
    """Return the sex that a number tells, None where it tells none.

    GB 11643: the seventeenth digit is odd for men, even for women; numbers of foreigners do not say so.
    """
    if len(number) != 18 or number[0] == "9":
        return None
    return "M" if int(number[16]) % 2 else "F"


def _is_short_date(text: str) -> bool:
    """Return whether YYMMDD is a day in some century."""
    try:
        date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return False
    return True


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
    def _identity_number(cls, value: str) -> str:
        return identity_number(value)
