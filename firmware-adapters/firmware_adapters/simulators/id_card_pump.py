"""Carries bytes between a simulated module and its wire, at the speed of the wire."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from firmware_adapters.simulators.id_card_module import SdtModule

_BITS_A_BYTE = 10
"""8N1: start bit, 8 data bits, stop bit."""
_SEGMENT_S = 0.004
"""A slow line is fed in portions of so long, as a UART's buffer gives them."""


class Pump:
    """A thread of its own, so that a simulated module takes its time without holding anything up."""

    def __init__(self, module: SdtModule, deliver: Callable[[bytes], None], *, paced: bool = False) -> None:
        self._module = module
        self._deliver = deliver
        self._paced = paced
        self._taken: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulated reader", daemon=True)
        self._thread.start()

    def take(self, data: bytes) -> None:
        """Take what the computer sent."""
        self._taken.put(data)

    def close(self) -> None:
        """Stop at once, whatever is under way."""
        self._ended.set()
        self._taken.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (data := self._taken.get()) is not None:
            for answer in self._module.take(data):
                if self._ended.wait(answer.after_s):
                    return
                self._send(answer.data)

    def _send(self, data: bytes) -> None:
        if not self._paced:
            self._deliver(data)
            return
        rate = self._module.baud / _BITS_A_BYTE
        segment = max(1, int(rate * _SEGMENT_S))
        due = time.monotonic()
        for start in range(0, len(data), segment):
            portion = data[start : start + segment]
            due += len(portion) / rate
            if self._ended.wait(max(0.0, due - time.monotonic())):
                return
            self._deliver(portion)
