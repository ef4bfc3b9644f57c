"""Bytes of a serial scanner become scans. Pure: time is told by calling `idle`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from firmware_adapters.scanner import reasons
from firmware_adapters.scanner.key_decoder import EndBy
from firmware_adapters.scanner.scan import LONGEST, Ending, RawScan

Encoding = Literal["auto", "utf-8", "gb18030"]
BYTES_A_CHARACTER: Final = 4
"""At most, in UTF-8 and in GB 18030."""


@dataclass(frozen=True, slots=True)
class LineRules:
    """How one scanner writes to its line."""

    terminators: frozenset[int] = frozenset(b"\r\n")
    """Bytes that end a scan, each by itself; CR LF ends one scan, not two, as empty scans do not count."""
    end_by: EndBy = "auto"
    encoding: Encoding = "auto"
    longest: int = LONGEST


class LineSplitter:
    """Cuts the stream at terminators or, where a scanner sends none, at silence."""

    def __init__(self, rules: LineRules) -> None:
        self._rules = rules
        self._bytes = bytearray()
        self._more = 0
        self._terminates = rules.end_by == "terminator"

    @property
    def pending(self) -> bool:
        """Whether a scan has begun and not ended: `idle` is to be called after a silence."""
        return bool(self._bytes)

    def feed(self, data: bytes) -> list[RawScan]:
        """Take what came; return the scans that ended in it."""
        scans: list[RawScan] = []
        if self._rules.end_by == "idle":
            self._keep(data)
            return scans
        begin = 0
        for place, one in enumerate(data):
            if one in self._rules.terminators:
                self._keep(data[begin:place])
                begin = place + 1
                scan = self._end("terminator")
                if scan is not None:
                    scans.append(scan)
        self._keep(data[begin:])
        return scans

    def idle(self) -> RawScan | None:
        """Nothing came for a while; return what this silence ended."""
        return self._end("idle")

    def _keep(self, data: bytes) -> None:
        room = max(0, self._rules.longest * BYTES_A_CHARACTER + 1 - len(self._bytes))
        self._bytes += data[:room]
        self._more += len(data) - len(data[:room])

    def _end(self, ended_by: Ending) -> RawScan | None:
        data, more = bytes(self._bytes), self._more
        self._bytes.clear()
        self._more = 0
        if ended_by == "idle":
            data = data.rstrip(bytes(self._rules.terminators))
        if not data:
            return None
        if ended_by == "terminator" and self._rules.end_by == "auto":
            self._terminates = True
        text = decoded(data, self._rules.encoding)
        if more:
            return RawScan(text or "", ended_by, reasons.TOO_LONG, f"{len(data) + more} bytes")
        if text is None:
            return RawScan(data.decode("latin-1"), ended_by, reasons.NOT_TEXT, f"not {self._rules.encoding}")
        if ended_by == "idle" and self._terminates:
            return RawScan(text, ended_by, reasons.INCOMPLETE, f"{len(data)} bytes without an end")
        return RawScan(text, ended_by)


def decoded(data: bytes, encoding: Encoding = "auto") -> str | None:
    """Return the text of a scan, None where it is none in this encoding; a byte-order mark goes.

    `auto` is UTF-8, else GB 18030, many mainland scanners' default. Bytes that are both are read as UTF-8:
    GB text that happens to be well-formed UTF-8 is rare from two characters on; a scanner that always
    writes GB is better configured so.
    """
    attempts = {"auto": ("utf-8-sig", "gb18030"), "utf-8": ("utf-8-sig",), "gb18030": ("gb18030",)}
    for each in attempts[encoding]:
        try:
            return data.decode(each)
        except UnicodeDecodeError:
            continue
    return None
