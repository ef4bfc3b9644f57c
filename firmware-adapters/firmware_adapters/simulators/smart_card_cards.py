"""Simulated smart cards: files, an identifier and commands of ISO/IEC 7816-4, at the level of APDUs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OK = b"\x90\x00"
NOT_FOUND, WRONG_LENGTH, WRONG_OFFSET, NO_FILE = b"\x6a\x82", b"\x67\x00", b"\x6b\x00", b"\x69\x86"
NO_INSTRUCTION, NO_CLASS = b"\x6d\x00", b"\x6e\x00"

CONTACT_ATR = bytes.fromhex("3B 68 00 00 4B 41 4F 44 49 41 4E 31")
"""T=0, eight historical bytes `KAODIAN1` in a direct convention."""
CONTACTLESS_ATR = bytes.fromhex("3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 01 00 00 00 00 6A")
"""A storage card as PC/SC part 3 describes it, T=1 with a check byte."""


@dataclass
class SimulatedSmartCard:
    """A card with transparent files by their names (hexadecimal: a file's id, or an application's)."""

    atr: bytes = CONTACT_ATR
    uid: bytes = bytes.fromhex("04A1B2C3D4E5F6")
    files: Mapping[str, bytes] = field(default_factory=dict)
    chains: bool = False
    """Answer 61xx and wait for GET RESPONSE, and 6Cxx to a wrong Le, as T=0 cards do."""

    def __post_init__(self) -> None:
        self.commands: list[bytes] = []
        """All that it was sent."""
        self._selected: bytes | None = None
        self._held = b""

    def power(self) -> None:
        """Power up or reset: nothing is selected."""
        self._selected, self._held = None, b""

    def answer(self, command: bytes) -> bytes:
        """Return the response to one command, status word included."""
        self.commands.append(command)
        if len(command) < 4:
            return WRONG_LENGTH
        cla, ins, p1, p2 = command[:4]
        if ins == 0xC0 and self._held:
            return self._give(self._held, command[4] if len(command) > 4 else 0)
        self._held = b""
        if cla == 0xFF:
            return self._reader_command(ins, p1, p2, command)
        if cla != 0x00:
            return NO_CLASS
        if ins == 0xA4:
            return self._select(command)
        if ins == 0xB0:
            return self._read(p1 << 8 | p2, command)
        return NO_INSTRUCTION

    def _reader_command(self, ins: int, p1: int, p2: int, command: bytes) -> bytes:
        if (ins, p1, p2) == (0xCA, 0, 0):
            return self._answer_to(self.uid, command)
        if ins == 0xB0:
            # One maker's way to hand out an ID card's text and photo: blocks by number.
            block = self.files.get(f"{p1:02X}{p2:02X}")
            return NOT_FOUND if block is None else self._answer_to(block, command)
        return NO_INSTRUCTION

    def _select(self, command: bytes) -> bytes:
        length = command[4] if len(command) > 4 else 0
        name = command[5 : 5 + length].hex().upper()
        if name == "3F00":
            self._selected = b""
            return OK
        if name not in self.files:
            return NOT_FOUND
        self._selected = self.files[name]
        return OK

    def _read(self, offset: int, command: bytes) -> bytes:
        if self._selected is None:
            return NO_FILE
        if offset > len(self._selected):
            return WRONG_OFFSET
        return self._answer_to(self._selected[offset:], command)

    def _answer_to(self, data: bytes, command: bytes) -> bytes:
        expected = (command[4] or 256) if len(command) > 4 else 0
        if self.chains and len(data) > 256:
            return self._give(data, 256)
        if self.chains and 0 < len(data) < expected and command[4]:
            return bytes([0x6C, len(data)])
        return data[:expected] + OK

    def _give(self, data: bytes, expected: int) -> bytes:
        taken, self._held = data[: expected or 256], data[expected or 256 :]
        return taken + (bytes([0x61, min(len(self._held), 256) & 0xFF]) if self._held else OK)
