"""Status bytes of ESC/POS: what DLE EOT 1 to 4 answer, and the answer of GS r 1. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware_adapters.adapter import Reason
from firmware_adapters.receipt_printer import reasons

QUESTIONS: Final = (1, 2, 3, 4)
"""Printer, cause of being offline, error, paper."""


def ask_status(question: int) -> bytes:
    """Return DLE EOT n: answered at once, also while the printer is offline."""
    return bytes((0x10, 0x04, question))


ASK_DONE: Final = b"\x1dr\x01"
"""GS r 1: answered in its turn, when all before it is printed."""


def is_status(byte: int) -> bool:
    """Return whether a byte answers DLE EOT: bits 1 and 4 set, 0 and 7 clear."""
    return byte & 0b1001_0011 == 0b0001_0010


def is_done(byte: int) -> bool:
    """Return whether a byte answers GS r 1: two bits for paper that runs low and two for none, else clear."""
    return byte & 0b1111_0000 == 0


@dataclass(frozen=True, slots=True)
class PaperStatus:
    """How the printer stands, from four status bytes."""

    online: bool = True
    cover_open: bool = False
    paper_out: bool = False
    paper_low: bool = False
    cutter: bool = False
    broken: bool = False
    recovering: bool = False

    @property
    def prints(self) -> bool:
        """Whether it prints now."""
        return self.online and not (self.cover_open or self.paper_out or self.cutter or self.broken)

    @property
    def reason(self) -> Reason | None:
        """The worst of what is wrong, None when all is well."""
        for wrong, reason in (
            (self.broken, reasons.UNRECOVERABLE),
            (self.cutter, reasons.CUTTER),
            (self.cover_open, reasons.COVER_OPEN),
            (self.paper_out, reasons.PAPER_OUT),
            (self.recovering, reasons.RECOVERING),
            (not self.online, reasons.NOT_ONLINE),
            (self.paper_low, reasons.PAPER_LOW),
        ):
            if wrong:
                return reason
        return None


def read_status(printer: int, cause: int, error: int, paper: int) -> PaperStatus:
    """Return the status that four answers tell. Raises ValueError for bytes that are no answers."""
    for byte in (printer, cause, error, paper):
        if not is_status(byte):
            raise ValueError(f"{byte:02X} is no status byte")
    return PaperStatus(
        online=not printer & 0x08,
        cover_open=bool(cause & 0x04),
        paper_out=bool(paper & 0x60) or bool(cause & 0x20),
        paper_low=bool(paper & 0x0C),
        cutter=bool(error & 0x08),
        broken=bool(error & 0x20),
        recovering=bool(error & 0x40),
    )
