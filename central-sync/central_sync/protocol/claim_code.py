"""Claim codes (登记码): what a technician types in once to enrol a site server with its centre.

A code is seven groups of five characters (Crockford's base 32). Four of each group are content:
80 bits of the SHA-256 of the centre's authority certificate, so that the very first connection is
authenticated, and 60 random bits. The fifth is a check over GF(32) that also knows the group's
place, so a slip is named by its group.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS = 7
_CONTENT = 4
_FINGERPRINT_BITS = 80
_SECRET_BITS = 60
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


class ClaimCodeMistyped(ValueError):
    """The text is no claim code; `group` counts from 1, None when no single group can be named."""

    def __init__(self, zh: str, en: str, group: int | None = None) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en
        self.group = group


@dataclass(frozen=True)
class ClaimCode:
    """A claim code taken apart: the authority's fingerprint (80 bits) and the secret (60 bits)."""

    fingerprint: int
    secret: int

    @property
    def claim(self) -> str:
        """The secret as it is sent to the centre, over a connection the fingerprint vouches for."""
        return f"{self.secret:015x}"

    def names(self, authority_der: bytes) -> bool:
        """Tell whether a certificate is the authority that this code was made by."""
        return secrets.compare_digest(
            self.fingerprint.to_bytes(10, "big"), authority_fingerprint(authority_der).to_bytes(10, "big")
        )

    def text(self) -> str:
        """Return the code to print or read out: XXXXX-XXXXX-... in seven groups."""
        value = self.fingerprint << _SECRET_BITS | self.secret
        bits = GROUPS * _CONTENT * 5
        digits = [value >> (bits - 5 * (place + 1)) & 31 for place in range(GROUPS * _CONTENT)]
        groups = [digits[place * _CONTENT : (place + 1) * _CONTENT] for place in range(GROUPS)]
        return "-".join(
            "".join(ALPHABET[digit] for digit in (*group, _check(place, group)))
            for place, group in enumerate(groups)
        )


def authority_fingerprint(authority_der: bytes) -> int:
    """Return the first 80 bits of the SHA-256 of a certificate."""
    return int.from_bytes(hashlib.sha256(authority_der).digest()[: _FINGERPRINT_BITS // 8], "big")


def new_claim_code(authority_der: bytes) -> ClaimCode:
    """Return a new random code of the centre with this authority certificate."""
    return ClaimCode(authority_fingerprint(authority_der), secrets.randbits(_SECRET_BITS))


def read_claim_code(text: str) -> ClaimCode:
    """Return a code as typed: any case and width, any separators, O for 0, I and L for 1.

    Raises ClaimCodeMistyped.
    """
    plain = unicodedata.normalize("NFKC", text[:400]).upper().translate(_READ_AS)
    letters = [letter for letter in plain if letter.isalnum()]
    wanted = GROUPS * (_CONTENT + 1)
    if len(letters) != wanted:
        raise ClaimCodeMistyped(
            f"登记码应为 {wanted} 个字符（{GROUPS} 组，每组 {_CONTENT + 1} 个），现有 {len(letters)} 个",
            f"a claim code has {wanted} characters in {GROUPS} groups, found {len(letters)}",
        )
    value = 0
    for place in range(GROUPS):
        group = letters[place * (_CONTENT + 1) : (place + 1) * (_CONTENT + 1)]
        digits = [ALPHABET.find(letter) for letter in group]
        if -1 in digits or digits[-1] != _check(place, digits[:-1]):
            raise ClaimCodeMistyped(
                f"登记码第 {place + 1} 组“{''.join(group)}”输入有误，请核对",
                f"group {place + 1} of the claim code ({''.join(group)}) is mistyped: look at it again",
                place + 1,
            )
        for digit in digits[:-1]:
            value = value << 5 | digit
    return ClaimCode(value >> _SECRET_BITS, value & (1 << _SECRET_BITS) - 1)


def _check(place: int, digits: list[int]) -> int:
    """Return the check digit: the polynomial of the digits at x over GF(32), plus the group's place."""
    value = place + 1
    for digit in digits:
        value ^= digit
        value <<= 1
        if value & 32:
            value ^= 0b100101
    return value
