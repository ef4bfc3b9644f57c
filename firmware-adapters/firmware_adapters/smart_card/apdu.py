"""Commands and responses of cards (APDU), ISO/IEC 7816-4 clause 5. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4 + 3 + 65535 + 2
"""Bytes of the longest command: header, extended length, data, expected length."""
LONGEST_RESPONSE: Final = 65536 + 2


class ApduWrong(ValueError):
    """The bytes are no command or no response; the message says why, English, one line."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a card answered."""

    data: bytes
    sw: int
    """Status word, 0x9000 for success."""


def command_of(text: str) -> bytes:
    """Return a command written in hexadecimal digits, with or without spaces. Raises ApduWrong."""
    digits = "".join(text.split())
    if len(digits) > 2 * LONGEST:
        raise ApduWrong(f"{len(digits)} digits, at most {2 * LONGEST} are allowed")
    # bytes.fromhex takes full-width digits for nothing, but says it in a way nobody understands.
    wrong = next((one for one in digits if one not in "0123456789abcdefABCDEF"), None)
    if wrong is not None:
        raise ApduWrong(f"{wrong!r} is no hexadecimal digit")
    if len(digits) % 2:
        raise ApduWrong("an odd number of hexadecimal digits")
    command = bytes.fromhex(digits)
    check_command(command)
    return command


def check_command(command: bytes) -> None:
    """Raise ApduWrong for bytes that are none of the seven forms of a command."""
    if len(command) < 4:
        raise ApduWrong(f"{len(command)} bytes; CLA INS P1 P2 are needed")
    if command[0] == 0xFF and command[1] == 0xFF:
        raise ApduWrong("class FF with instruction FF is invalid")
    body = command[4:]
    if len(body) <= 1:
        return  # no body, or Le
    if body[0]:
        lengths, stated = (1 + body[0], 2 + body[0]), body[0]
        if len(body) in lengths:
            return
        raise ApduWrong(f"Lc says {stated} bytes of data, {len(body) - 1} bytes follow")
    if len(body) == 3:
        return  # extended Le
    stated = int.from_bytes(body[1:3], "big") if len(body) > 3 else 0
    if stated and len(body) in (3 + stated, 5 + stated):
        return
    raise ApduWrong(f"extended Lc says {stated} bytes of data, {max(0, len(body) - 3)} bytes follow")


def response_of(raw: bytes) -> Response:
    """Return a response in its parts. Raises ApduWrong."""
    if len(raw) < 2:
        raise ApduWrong(f"{len(raw)} bytes; SW1 SW2 are needed")
    if len(raw) > LONGEST_RESPONSE:
        raise ApduWrong(f"{len(raw)} bytes, at most {LONGEST_RESPONSE} are allowed")
    sw = int.from_bytes(raw[-2:], "big")
    if sw >> 12 not in (0x6, 0x9) or sw >> 8 == 0x60:
        raise ApduWrong(f"the status word {sw:04X} is neither 6xxx nor 9xxx")
    return Response(raw[:-2], sw)


def with_expected(command: bytes, expected: int) -> bytes:
    """Return a valid command with another Le, as a card asks for by 6Cxx; the length keeps its form."""
    body = command[4:]
    if len(body) > 1 and body[0] == 0:
        head = command[:5] if len(body) == 3 else command[: 7 + int.from_bytes(body[1:3], "big")]
        return head + expected.to_bytes(2, "big")
    if len(body) == 1 or (body and len(body) == 2 + body[0]):
        return command[:-1] + bytes([expected])
    return command + bytes([expected])


def get_response(command: bytes, expected: int) -> bytes:
    """Return GET RESPONSE for what a card still holds after 61xx.

    The logical channel of an interindustry class stays, chaining and secure messaging go; a maker's own
    class stays whole, since cards that use one want it (A0 of SIM cards, FF of contactless readers).
    """
    cla = command[0]
    if cla < 0x40:
        cla &= 0x03
    elif cla < 0x80:
        cla &= 0x4F
    return bytes([cla, 0xC0, 0, 0, expected])
