"""Numbers of documents: their form, the date of birth in them, their check digit."""

from __future__ import annotations

import re
from typing import Final

from stdnum.cn import ric

PERMIT_AREAS: Final = ("810000", "820000", "830000")
"""Hong Kong, Macau, Taiwan."""
_RESIDENT = re.compile(r"[1-8][0-9]{16}[0-9X]")
_FOREIGN_2023 = re.compile(r"9[0-9]{16}[0-9X]")
_FOREIGN_2017 = re.compile(r"[A-Z]{3}[0-9]{12}")
_PASS = re.compile(r"(?:[HM][0-9]{8}|[0-9]{8})")


def is_resident_number(number: str) -> bool:
    """Return whether a number has the form of GB 11643: 17 digits and a digit or X."""
    return _RESIDENT.fullmatch(number) is not None


def is_foreign_2023_number(number: str) -> bool:
    """Return whether it is 9, province, country, birth, sequence and check, 18 characters in all."""
    return _FOREIGN_2023.fullmatch(number) is not None


def is_foreign_2017_number(number: str) -> bool:
    """Return whether it is three letters of the country and 12 digits."""
    return _FOREIGN_2017.fullmatch(number) is not None


def is_pass_number(number: str) -> bool:
    """Return whether it is a pass of Hong Kong (H), Macau (M) or Taiwan: letter and 8 digits, or 8 digits."""
    return _PASS.fullmatch(number) is not None


def check_digit_holds(number: str) -> bool:
    """Return whether the last character of an 18-character number checks the others, GB 11643.

    Permits and foreign numbers of 2023 use the same check; the place in a number is not looked up, since
    foreign ones have none and old ones have places that are gone.
    """
    return str(ric.calc_check_digit(number)) == number[-1]


def check_digit_2017_holds(number: str) -> bool:
    """Return whether the last digit of a foreign number of 2017 checks the first 14 characters.

    Weights 7, 3, 1 in turn over A = 10 to Z = 35 and digits, the sum modulo 10, as in travel documents.
    """
    total = sum(int(character, 36) * (7, 3, 1)[place % 3] for place, character in enumerate(number[:14]))
    return total % 10 == int(number[14])


def birth_in(number: str) -> str:
    """Return the YYYYMMDD in an 18-character number, the YYMMDD in one of 15."""
    return number[6:14] if len(number) == 18 else number[7:13]
