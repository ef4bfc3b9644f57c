"""Bytes that came in on the event loop and wait to be taken."""

from __future__ import annotations

import asyncio

MOST_BYTES = 64 * 1024
"""What is kept of a device that sends without being asked; the longest reply has 2321 bytes."""


class Arrivals:
    """Filled by a callback, emptied by whoever waits."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._something = asyncio.Event()
        self._end: Exception | None = None

    def add(self, data: bytes) -> None:
        """Keep what came; beyond MOST_BYTES the oldest is dropped."""
        self._bytes += data
        del self._bytes[:-MOST_BYTES]
        self._something.set()

    def end(self, trouble: Exception) -> None:
        """Nothing more will come; what came before can still be taken."""
        self._end = self._end or trouble
        self._something.set()

    async def take(self, within_s: float) -> bytes:
        """Return everything there, or what comes first within the time; empty when nothing came.

        Raises the trouble given to `end` once all is taken.
        """
        if not self._bytes and self._end is None:
            self._something.clear()
            try:
                async with asyncio.timeout(within_s):
                    await self._something.wait()
            except TimeoutError:
                return b""
        if not self._bytes and self._end is not None:
            raise self._end
        return self.take_now()

    def take_now(self) -> bytes:
        """Return everything there without waiting."""
        data = bytes(self._bytes)
        self._bytes.clear()
        return data
