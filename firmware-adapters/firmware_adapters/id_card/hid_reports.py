"""A reader that speaks in HID reports: frames cut into reports of 64 bytes, the last filled with zeros."""

from __future__ import annotations

import asyncio
import os
from typing import ClassVar

from firmware_adapters.adapter import DeviceGone
from firmware_adapters.id_card.arrivals import Arrivals
from firmware_adapters.id_card.transport import Transport, fault_of


class HidReports(Transport):
    """Opens a hidraw node. Reports have no number, so zero stands for it in what is written (hidraw.rst)."""

    name: ClassVar[str] = "hid"

    def __init__(self, node: str, report_bytes: int, *, length_byte: bool) -> None:
        self.node = node
        self.report_bytes = report_bytes
        self.length_byte = length_byte
        self._file: int | None = None
        self._arrivals = Arrivals()

    async def open(self) -> None:
        """See Transport."""
        self._arrivals = Arrivals()
        try:
            self._file = os.open(self.node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as trouble:
            raise fault_of(trouble) from trouble
        asyncio.get_running_loop().add_reader(self._file, self._read)

    def _read(self) -> None:
        if self._file is None:
            return
        try:
            report = os.read(self._file, self.report_bytes)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as trouble:
            self._end(DeviceGone(str(trouble)))
            return
        if not report:
            self._end(DeviceGone("end of file"))
        elif self.length_byte:
            self._arrivals.add(report[1 : 1 + report[0]])
        else:
            self._arrivals.add(report)

    def _end(self, trouble: DeviceGone) -> None:
        if self._file is not None:
            asyncio.get_running_loop().remove_reader(self._file)
        self._arrivals.end(trouble)

    async def send(self, frame: bytes) -> None:
        """See Transport."""
        if self._file is None:
            raise DeviceGone("the node is closed")
        room = self.report_bytes - self.length_byte
        for start in range(0, len(frame), room):
            part = frame[start : start + room]
            used = bytes((len(part),)) if self.length_byte else b""
            report = b"\0" + used + part.ljust(room, b"\0")
            try:
                # In a thread: hidraw waits for the device to take a report, up to 5 s, O_NONBLOCK or not.
                await asyncio.to_thread(os.write, self._file, report)
            except (BlockingIOError, TimeoutError) as full:
                raise TimeoutError("the device takes no more reports") from full
            except OSError as trouble:
                raise fault_of(trouble) from trouble

    async def receive(self, within_s: float) -> bytes:
        """See Transport."""
        return await self._arrivals.take(within_s)

    async def discard(self, *, thorough: bool) -> None:
        """See Transport."""
        await asyncio.sleep(0)  # what has come already reaches the loop first
        self._arrivals.take_now()

    async def close(self) -> None:
        """See Transport."""
        if self._file is not None:
            asyncio.get_running_loop().remove_reader(self._file)
            os.close(self._file)
            self._file = None
