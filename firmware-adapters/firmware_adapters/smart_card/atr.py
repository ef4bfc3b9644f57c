"""A card's answer to reset (复位应答, ATR), ISO/IEC 7816-3. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smartcard.ATR import ATR
from smartcard.Exceptions import SmartcardException

from firmware_adapters.adapter import Json

LONGEST: Final = 33
"""TS and at most 32 more bytes."""


class AtrWrong(ValueError):
    """The bytes are no answer to reset; the message says why, English, one line."""


@dataclass(frozen=True, slots=True)
class AnswerToReset:
    """What a card tells when it gets power."""

    raw: bytes
    convention: str
    """`direct` or `inverse`."""
    protocols: tuple[str, ...]
    """`T=0`, `T=1` ..., in the order offered."""
    historical: bytes

    def facts(self) -> dict[str, Json]:
        """Return it for events and the console; bytes as upper-case hexadecimal."""
        return {
            "atr": self.raw.hex().upper(),
            "convention": self.convention,
            "protocols": list(self.protocols),
            "historical": self.historical.hex().upper(),
        }


def parse_atr(raw: bytes) -> AnswerToReset:
    """Return what an answer to reset says. Raises AtrWrong.

    Check byte: present exactly when something else than T=0 is offered, and right (clause 8.2.5).
    """
    if len(raw) > LONGEST:
        raise AtrWrong(f"{len(raw)} bytes, at most {LONGEST} are allowed")
    try:
        parsed = ATR(list(raw))
    except SmartcardException as error:
        raise AtrWrong(str(error)) from None
    except IndexError:
        raise AtrWrong("it ends within the interface bytes") from None
    if len(parsed.historicalBytes) < parsed.K:
        raise AtrWrong(f"{parsed.K} historical bytes announced, {len(parsed.historicalBytes)} are there")
    protocols = tuple(dict.fromkeys(f"T={td & 0x0F}" for td in parsed.TD if td is not None)) or ("T=0",)
    checked = any(protocol != "T=0" for protocol in protocols)
    rest = len(raw) - parsed.interfaceBytesCount - 2 - parsed.K
    if rest != (1 if checked else 0):
        missing = "the check byte is missing" if rest < 1 else f"{rest} bytes follow the historical bytes"
        raise AtrWrong(missing)
    if checked and not parsed.checksumOK:
        raise AtrWrong("the check byte is wrong")
    convention = "inverse" if raw[0] == 0x3F else "direct"
    return AnswerToReset(raw, convention, protocols, bytes(parsed.historicalBytes))
