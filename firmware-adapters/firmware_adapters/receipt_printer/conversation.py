"""The conversation with a receipt printer: questions, answers, and bytes that are neither."""

from __future__ import annotations

import asyncio
from collections import deque

from firmware_adapters.receipt_printer.status import (
    ASK_DONE,
    QUESTIONS,
    PaperStatus,
    ask_status,
    is_done,
    is_status,
    read_status,
)
from firmware_adapters.receipt_printer.wires import Wire

MOST_NOISE = 64
"""Bytes that make no sense until the device is taken for something else."""


class Silent(Exception):
    """The printer did not answer in time."""


class Garbled(Exception):
    """What came is no answer of ESC/POS."""


class Conversation:
    """Over a wire that is open; one caller at a time sees to that with `turn`."""

    def __init__(self, wire: Wire, answers_within_s: float) -> None:
        self.wire = wire
        self.turn = asyncio.Lock()
        self.done = 0
        """How many slips the printer said that it has printed, since the line was opened."""
        self._owed = 0
        """How many slips were sent; an answer that nobody waits for is none."""
        self._answers_within_s = answers_within_s
        self._statuses: deque[int] = deque()
        self._noise = 0

    async def status(self) -> PaperStatus:
        """Ask how it stands. Raises Silent, Garbled, LineLost, DeviceGone."""
        told = []
        for question in QUESTIONS:
            self._statuses.clear()
            await self._send(ask_status(question))
            told.append(await self._answer())
        self._noise = 0
        return read_status(*told)

    async def print(self, data: bytes) -> None:
        """Send a slip and ask to be told when it is out. Raises Silent, LineLost, DeviceGone."""
        self._owed += 1
        await self._send(data + ASK_DONE)

    async def _send(self, data: bytes) -> None:
        try:
            await self.wire.send(data, max(self._answers_within_s, len(data) / 2000))
        except TimeoutError as full:
            raise Silent(str(full) or "the printer takes nothing") from full

    async def _answer(self) -> int:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._answers_within_s
        while not self._statuses:
            left = end - loop.time()
            if left <= 0:
                raise Garbled(f"{self._noise} bytes") if self._noise else Silent("no answer to DLE EOT")
            try:
                self._take(await self.wire.receive(left))
            except TimeoutError as slow:
                raise Silent(str(slow) or "no answer to DLE EOT") from slow
        return self._statuses.popleft()

    def _take(self, data: bytes) -> None:
        for byte in data:
            if is_status(byte):
                self._statuses.append(byte)
            elif is_done(byte) and self.done < self._owed:
                self.done += 1
            else:
                self._noise += 1
        if self._noise > MOST_NOISE:
            raise Garbled(f"{self._noise} bytes")
