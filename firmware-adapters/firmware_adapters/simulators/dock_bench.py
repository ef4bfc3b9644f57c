"""What the simulators of a dock stand on: the testbed, a folder, real services, and free ports of USB."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from firmware_adapters.adapter import Json
from firmware_adapters.simulators.base import Unavailable
from firmware_adapters.simulators.testbed import Testbed
from firmware_adapters.simulators.testbed_tree import UsbFacts

USB_BUS: Final = "/devices/pci0000:00/0000:00:14.0/usb1"


class Bench:
    """Built once for a dock; `stack` ends what was started, in the opposite order."""

    def __init__(self, folder: Path, testbed: Testbed | None, missing_testbed: str, stack: AsyncExitStack):
        self.folder = folder
        self.stack = stack
        self.source_options: dict[str, Mapping[str, Json]] = {}
        """Options of ordinary sources, by their name."""
        self._testbed = testbed
        self._missing = missing_testbed
        self._ports = itertools.count(1)

    @property
    def testbed(self) -> Testbed:
        """The made-up /sys and /dev. Raises Unavailable."""
        if self._testbed is None:
            raise Unavailable(f"本机无法模拟 USB 设备：{self._missing}", f"no simulated USB: {self._missing}")
        return self._testbed

    def on_a_port(self, facts: UsbFacts) -> tuple[UsbFacts, tuple[str, ...]]:
        """Return facts with a USB port of their own, and the marks of what is plugged in there."""
        port = f"1-{next(self._ports)}"
        return replace(facts, port=port), (f"{USB_BUS}/{port}",)
