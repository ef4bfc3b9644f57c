"""A stand (工位) of the contract suite: one adapter, simulators of its devices, what can be done to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, TypeVar

from firmware_adapters.adapter import DeviceKind
from firmware_adapters.interface import Device, DeviceEvent
from firmware_adapters.simulators.base import Simulator
from firmware_adapters.simulators.testbed import Testbed

Simulated = TypeVar("Simulated", bound=Simulator)
Act = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""Has the device do an action, as the appliance does."""
Case = Literal["silent", "garbage", "slow", "hang", "swap"]


class Stand(ABC, Generic[Simulated]):
    """Everything that the suite must know of one adapter."""

    adapter: ClassVar[str]
    also: ClassVar[tuple[str, ...]] = ()
    """Adapters that have the device only until this one takes it over."""
    kind: ClassVar[DeviceKind]
    event: ClassVar[str]
    """Name of the event that `provoke` leads to."""
    operation: ClassVar[tuple[str, Mapping[str, Any]]]
    """An action, with its parameters, that waits once `occupy` was called."""
    operation_needs_it: ClassVar[bool] = False
    """Whether the operation needs what `provoke` does: a card in the reader."""
    cannot: ClassVar[Mapping[Case, str]] = {}
    """What this wire cannot show, and why. The suite shows that it really cannot be seen."""
    id_stays: ClassVar[str] = ""
    """Why another one on the same port keeps the id, though it is told apart; empty where it does not."""
    must_have_worked: ClassVar[bool] = False
    """Whether the adapter learns from what works what is broken: a scanner's way to end a code."""
    slow_is_a_fault: ClassVar[str] = ""
    """Why one that is slow rightly does not pass its self-test; empty where it does."""
    counts_from: ClassVar[str] = "plug"
    """`plug`: the hand at the plug; else what must have taken the device first, which is not ours."""

    def __init__(self, testbed: Testbed, folder: Path) -> None:
        self.testbed = testbed
        self.folder = folder

    async def start(self, stack: AsyncExitStack) -> None:
        """Start the services that the devices stand behind; `stack` ends them."""

    def sources(self) -> Mapping[str, Mapping[str, Any]]:
        """Return options of the daemon's sources."""
        return {}

    def options(self) -> Mapping[str, Mapping[str, Any]]:
        """Return options of devices by the id of their entry in the catalogue."""
        return {}

    @abstractmethod
    def device(self, place: int, serial: int = 1) -> Simulated:
        """Return a device to plug in at a place; another `serial` is another device of the same make."""

    @abstractmethod
    def is_shown(self, simulator: Simulated, device: Device) -> bool:
        """Return whether the daemon's device is at the simulator's place."""

    @abstractmethod
    def is_itself(self, simulator: Simulated, device: Device) -> bool:
        """Return whether the daemon's device says that it is just this simulator, and not one of its make."""

    @abstractmethod
    async def provoke(self, simulator: Simulated, number: int, act: Act) -> None:
        """Do what a person does at the device, or have it do its work, so that it tells an event."""

    @abstractmethod
    def is_told(self, event: DeviceEvent, number: int) -> bool:
        """Return whether the event is what `provoke` with this number leads to."""

    async def settle(self, simulator: Simulated) -> None:
        """Undo what `provoke` did."""

    async def occupy(self, simulator: Simulated) -> None:
        """Let the device take long over the stand's operation."""
        simulator.misbehave("silent")

    async def release(self, simulator: Simulated) -> None:
        """Undo what `occupy` did."""
        simulator.misbehave("none")

    async def replug(self, simulator: Simulated) -> None:
        """Pull it out and plug it in again at once."""
        await simulator.unplug()
        await simulator.plug()
