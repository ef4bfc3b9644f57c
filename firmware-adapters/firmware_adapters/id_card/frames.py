"""Frames of the SDT protocol (GA 450): what goes over the wire between us and the security module.

Request `AA AA AA 96 69 | length | command, parameter | data | check`, reply `AA AA AA 96 69 | length |
SW1 SW2 SW3 | data | check`. The length has two bytes, high byte first, and counts all that follows it; the
check byte is the XOR of everything from the length to the last byte of data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware_adapters.adapter import Reason
from firmware_adapters.id_card import reasons

PREAMBLE: Final = b"\xaa\xaa\xaa\x96\x69"
SYNC: Final = PREAMBLE[1:]
"""What a frame is known by. Some readers drop the first byte of the preamble, so it is not insisted on."""
LEAST_REPLY: Final = 4
"""SW1, SW2, SW3 and the check byte."""
LONGEST_REPLY: Final = 3 + 6 + 256 + 1024 + 1024 + 1
"""The reply to `read + fingerprint`; a longer length is a broken one and must not make us wait."""
_HEADER: Final = len(SYNC) + 2


class SdtError(Exception):
    """Bytes of a reader that do not hold what the protocol says; refused, never guessed at."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.code}: {detail}" if detail else reason.code)
        self.reason = reason
        self.detail = detail
        """For the log, English, one line."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply whose length and check byte are right."""

    sw1: int
    sw2: int
    sw3: int
    """The module's status, see module_status.py."""
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class BrokenFrame:
    """Something that began like a frame and is none."""

    reason: Reason
    detail: str


def check_byte(data: bytes) -> int:
    """Return the XOR of all bytes, 0 for none. By numpy: a frame with a photo has 1290 of them."""
    return int(np.bitwise_xor.reduce(np.frombuffer(data, np.uint8)))


def encode_request(command: int, parameter: int, data: bytes = b"") -> bytes:
    """Return the frame of a request; `data` has up to 65532 bytes."""
    body = (len(data) + 3).to_bytes(2, "big") + bytes((command, parameter)) + data
    return PREAMBLE + body + bytes((check_byte(body),))


class ReplyParser:
    """Takes bytes as they come, in any portions, and gives the replies in them.

    Noise before, between and after frames is skipped. After a broken frame the search goes on right behind
    its preamble, so that a reply swallowed by a wrong length is still found.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self.noise = 0
        """Bytes skipped so far because they belonged to no frame."""

    @property
    def within_frame(self) -> bool:
        """True when a frame has begun and its end has not come yet."""
        return self._bytes.startswith(SYNC)

    def feed(self, portion: bytes) -> list[Reply | BrokenFrame]:
        """Return what is complete now, in the order in which it came."""
        self._bytes += portion
        found: list[Reply | BrokenFrame] = []
        while (frame := self._next()) is not None:
            found.append(frame)
        return found

    def cut(self) -> list[Reply | BrokenFrame]:
        """Nothing more comes: give up the frame that began, look behind it for others, forget the rest."""
        found: list[Reply | BrokenFrame] = []
        while self.within_frame:
            found.append(BrokenFrame(reasons.TRUNCATED, f"{len(self._bytes)} bytes and no more"))
            self._skip(len(SYNC))
            found.extend(self.feed(b""))
        self._skip(len(self._bytes))
        return found

    def _next(self) -> Reply | BrokenFrame | None:
        held = self._bytes
        start = held.find(SYNC)
        if start < 0:
            # The end may be the beginning of a preamble.
            self._skip(max(0, len(held) - len(SYNC) + 1))
            return None
        if start:
            if held[start - 1] == PREAMBLE[0]:
                self._drop_first_of_preamble(start)
            else:
                self._skip(start)
        if len(held) < _HEADER:
            return None
        length = held[4] << 8 | held[5]
        if not LEAST_REPLY <= length <= LONGEST_REPLY:
            self._skip(len(SYNC))
            return BrokenFrame(reasons.BAD_LENGTH, f"length {length}")
        end = _HEADER + length
        if len(held) < end:
            return None
        checked = bytes(held[len(SYNC) : end])
        if check_byte(checked):
            self._skip(len(SYNC))
            return BrokenFrame(reasons.BAD_CHECKSUM, f"length {length}")
        del held[:end]
        return Reply(checked[2], checked[3], checked[4], checked[5:-1])

    def _drop_first_of_preamble(self, start: int) -> None:
        self.noise += start - 1
        del self._bytes[:start]

    def _skip(self, count: int) -> None:
        self.noise += count
        del self._bytes[:count]
