"""A simulated security module: everything it answers, whatever the wire; and the ways it misbehaves."""

from __future__ import annotations

import random
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final, Literal

from firmware_adapters.simulators.id_card_cards import SimulatedCard

Misbehaviour = Literal[
    "none",
    "silent",
    "garbage",
    "slow",
    "hang",
    "wrong_checksum",
    "wrong_length",
    "too_long",
    "lost_byte",
    "short_preamble",
    "noise",
]
"""`slow` answers each command 0.8 s late; `hang` takes nothing any more; `lost_byte` loses one in the middle
of a reply, `short_preamble` the first one; `noise` puts bytes of a bad line before it."""


def sam_id(number: int) -> bytes:
    """Return the id of a module by its last part; 890123456 is printed as
    05.01-20230508-0001234567-0890123456."""
    return struct.pack("<4B3I", 5, 0, 1, 0, 20230508, 1234567, number)


SAM_ID: Final = sam_id(890123456)
START: Final = bytes.fromhex("aaaaaa9669")
BAUDS: Final = (115200, 57600, 38400, 19200, 9600)
SLOW_S: Final = 0.8
WORK_S: Final = {0x10: 0.05, 0x11: 0.002, 0x12: 0.004, 0x20: 0.04, 0x30: 0.25, 0x60: 0.002}
"""What commands take, about as on a real module, the wire not counted."""
PROBE_WORK_S: Final = 0.03


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out over the wire, and how long after the command."""

    after_s: float
    data: bytes


def frame(sw3: int, data: bytes = b"") -> bytes:
    """Return a reply with a right length and check byte."""
    body = (len(data) + 4).to_bytes(2, "big") + bytes((0, 0, sw3)) + data
    return START + body + bytes((reduce(xor, body),))


class SdtModule:
    """Takes requests as bytes in any portions. May be used from any thread."""

    def __init__(
        self,
        *,
        sam_id: bytes = SAM_ID,
        old: bool = False,
        status: int = 0x90,
        baud: int = 115200,
        haste: float = 1.0,
        seed: int = 1,
    ) -> None:
        self.sam_id = sam_id
        self.old = old
        """An old module reads no fingerprints: it answers 30 10 with 21."""
        self.status = status
        """What it says of itself: 90, 60 self-test failed, 66 unauthorised."""
        self.baud = baud
        self.haste = haste
        """What the times of its work are divided by."""
        self.commands: list[tuple[int, int]] = []
        """Every request it understood, command and parameter, in order."""
        self.answers_with: dict[tuple[int, int], int] = {}
        """SW3 by which it refuses a command, whatever the card."""
        self.probe_status: int | None = None
        """SW3 for a new address that is asked of no card; None for 41."""
        self.behaves = threading.Event()
        """Cleared while it hangs."""
        self.behaves.set()
        self._lock = threading.RLock()
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._misbehaviour: Misbehaviour = "none"
        self._times = -1
        self._lift_at: tuple[int, int] | None = None
        self._card: SimulatedCard | None = None
        self._found = self._selected = self._read = False
        self._held = b""

    @property
    def card(self) -> SimulatedCard | None:
        """The card that lies on it."""
        return self._card

    def lay_card(self, card: SimulatedCard) -> None:
        """Lay a card; one that lies there is taken away first."""
        with self._lock:
            self._card = card
            self._found = self._selected = self._read = False

    def remove_card(self) -> None:
        """Take the card away."""
        with self._lock:
            self._card = None
            self._found = self._selected = self._read = False

    def lift_card_during(self, command: int, parameter: int) -> None:
        """Take the card away in the moment this command comes."""
        self._lift_at = (command, parameter)

    def misbehave(self, mode: Misbehaviour, times: int = -1) -> None:
        """Behave in this way for so many replies, -1 for ever."""
        with self._lock:
            self._misbehaviour, self._times = mode, times
            if mode == "hang":
                self.behaves.clear()
            else:
                self.behaves.set()

    def power_up(self) -> None:
        """Forget what was going on; the speed that was set stays."""
        with self._lock:
            self._held = b""
            self._found = self._selected = self._read = False

    def take(self, data: bytes) -> list[Answer]:
        """Take bytes from the wire and return what to answer."""
        with self._lock:
            self._held += data
            answers = []
            while (request := self._next()) is not None:
                answers += self._answer(request)
            return answers

    def _next(self) -> bytes | None:
        start = self._held.find(START)
        if start < 0:
            self._held = self._held[-4:]
            return None
        self._held = self._held[start:]
        if len(self._held) < 7:
            return None
        end = 7 + int.from_bytes(self._held[5:7], "big")
        if len(self._held) < end:
            return None
        request, self._held = self._held[5:end], self._held[end:]
        return request

    def _answer(self, request: bytes) -> list[Answer]:
        if len(request) < 5:
            return self._sent(0.001, frame(0x11))
        if reduce(xor, request):
            return self._sent(0.001, frame(0x10))
        command, parameter = request[2], request[3]
        self.commands.append((command, parameter))
        if self._lift_at == (command, parameter):
            self._lift_at = None
            self.remove_card()
        probe = (command, parameter) == (0x30, 0x03)
        work_s = PROBE_WORK_S if probe else WORK_S.get(command, 0.002)
        refusal = self.answers_with.get((command, parameter))
        reply = frame(refusal) if refusal is not None else self._reply(command, parameter)
        return self._sent(work_s / self.haste, reply)

    def _reply(self, command: int, parameter: int) -> bytes:
        if command == 0x60 and parameter < len(BAUDS):
            self.baud = BAUDS[parameter]
            return frame(0x90)
        replies: dict[tuple[int, int], Callable[[], bytes]] = {
            (0x10, 0xFF): self._reset,
            (0x11, 0xFF): lambda: frame(self.status),
            (0x12, 0xFF): lambda: frame(0x90, self.sam_id),
            (0x20, 0x01): self._find,
            (0x20, 0x02): self._select,
            (0x30, 0x01): lambda: self._read_card(fingerprint=False),
            (0x30, 0x10): lambda: self._read_card(fingerprint=True),
            (0x30, 0x03): self._new_address,
        }
        reply = replies.get((command, parameter))
        if reply is None or (self.old and (command, parameter) == (0x30, 0x10)):
            return frame(0x21)
        if command in (0x20, 0x30) and self.status != 0x90:
            return frame(self.status)
        return reply()

    def _reset(self) -> bytes:
        self.power_up()
        return frame(0x90)

    def _find(self) -> bytes:
        # A card that was read stays in its active state and answers no further call.
        if self._card is None or self._read:
            return frame(0x80)
        self._found, self._selected = True, False
        return frame(0x9F, bytes(4))

    def _select(self) -> bytes:
        if self._card is None or not self._found:
            return frame(0x81)
        self._selected = True
        return frame(0x90, self._card.serial)

    def _read_card(self, *, fingerprint: bool) -> bytes:
        if self._card is None or not self._selected:
            return frame(0x41)
        self._read = True
        card = self._card
        parts = [card.text, card.photo] + ([card.fingerprint] if fingerprint else [])
        lengths = b"".join(len(part).to_bytes(2, "big") for part in parts)
        return frame(0x90, lengths + b"".join(parts))

    def _new_address(self) -> bytes:
        if self._card is None or not self._selected:
            return frame(0x41 if self.probe_status is None else self.probe_status)
        return frame(0x90, self._card.new_address) if self._card.new_address else frame(0x91)

    def _sent(self, after_s: float, reply: bytes) -> list[Answer]:
        mode = self._misbehaviour
        if mode != "none" and self._times >= 0:
            self._times -= 1
            if self._times < 0:
                mode = self._misbehaviour = "none"
        if mode in ("silent", "hang"):
            return []
        if mode == "slow":
            after_s += SLOW_S
        middle = len(reply) // 2
        spoilt = {
            "garbage": lambda: self._random.randbytes(self._random.randint(1, 200)),
            "wrong_checksum": lambda: reply[:-1] + bytes((reply[-1] ^ 0x55,)),
            "wrong_length": lambda: reply[:6] + bytes((reply[6] ^ 0x01,)) + reply[7:],
            "too_long": lambda: reply[:5] + b"\xff\xff" + reply[7:],
            "lost_byte": lambda: reply[:middle] + reply[middle + 1 :],
            "short_preamble": lambda: reply[1:],
            "noise": lambda: self._random.randbytes(40) + b"\xaa\xaa\x96" + reply,
        }.get(mode)
        return [Answer(after_s, spoilt() if spoilt else reply)]
