"""A driverless printer on USB that ipp-usb has not taken yet: shown at once, replaced by its queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, ClassVar, cast

from pydantic import Field

from firmware_adapters.adapter import (
    Action,
    Adapter,
    Answer,
    DeviceKind,
    DeviceState,
    Identity,
    Json,
    Options,
    Reason,
    Report,
    StateReport,
    self_test_answer,
)
from firmware_adapters.printer import reasons, self_test
from firmware_adapters.sighting import Sighting


class AwaitedOptions(Options):
    """Options of a USB printer that is waited for."""

    taken_within_s: Annotated[float, Field(ge=1, le=600)] = 45.0
    """ipp-usb and CUPS may take so long; a printer that starts up answers late."""


class AwaitedUsbPrinter(Adapter):
    """A printer (打印机) between its plug and its queue. It cannot print yet."""

    kind: ClassVar[DeviceKind] = DeviceKind.PRINTER
    options_model: ClassVar[type[Options]] = AwaitedOptions

    def __init__(self, sighting: Sighting, options: Options, quirks: frozenset[str] = frozenset()) -> None:
        super().__init__(sighting, options, quirks)
        self._options = cast("AwaitedOptions", options)
        self._reason: Reason = reasons.STARTING

    async def probe(self) -> Identity:
        """Tell what the bus tells; only ipp-usb may speak with it."""
        return Identity(self.sighting.maker, self.sighting.model, self.sighting.serial)

    async def open(self) -> None:
        """Nothing is held."""

    async def events(self) -> AsyncIterator[Report]:
        """Yield that it starts, and after a while that nobody has taken it."""
        yield StateReport(DeviceState.PRESENT, self._reason)
        await asyncio.sleep(self._options.taken_within_s)
        self._reason = reasons.IPP_USB_MISSING
        yield StateReport(DeviceState.FAILED, self._reason)

    def actions(self) -> Mapping[str, Action]:
        """`self_test`, which says why it does not print."""
        return {"self_test": self._self_test}

    async def close(self) -> None:
        """Nothing is held."""

    async def _self_test(self, _parameters: Mapping[str, Json]) -> Answer:
        return self_test_answer([self_test.answers_step(self._reason, 0.0)])
