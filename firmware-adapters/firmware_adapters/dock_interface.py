"""What the daemon asks of a dock: simulated devices of demo and test builds, plugged and used by a click.

`simulators/dock.py` offers `prepare()` and `open_dock(folder)`, see below; only --dock imports it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from firmware_adapters.adapter import DeviceKind, Json
from firmware_adapters.sighting import Sighting
from firmware_adapters.source import Source


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a parameter may have, and what a form calls it."""

    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ActParameter:
    """One parameter of an act, as a form shows it."""

    name: str
    zh: str
    en: str
    type: str
    """`text`, `number`, `flag` or `choice`."""
    choices: tuple[Choice, ...] = ()
    """Of a `choice`: all there are, the usual one first."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done with a simulator: `lay_card`, `scan`, `jam`."""

    name: str
    zh: str
    en: str
    parameters: tuple[ActParameter, ...] = ()


@dataclass(frozen=True, slots=True)
class DockedSimulator:
    """One simulator as the dock shows it."""

    id: str
    kind: DeviceKind
    zh: str
    en: str
    plugged: bool
    acts: tuple[Act, ...] = ()


class DockRefusal(Exception):
    """There is no such simulator or act, or it cannot be done now; both sentences say what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class Dock(Protocol):
    """The simulators of one daemon."""

    def list(self) -> Sequence[DockedSimulator]:
        """Return all simulators, plugged or not."""

    async def plug(self, simulator: str) -> None:
        """Plug it in. Raises DockRefusal."""

    async def unplug(self, simulator: str) -> None:
        """Pull it out. Raises DockRefusal."""

    async def act(self, simulator: str, act: str, parameters: Mapping[str, Json]) -> Mapping[str, Json]:
        """Do something with it and return what there is to tell, usually {}. Raises DockRefusal."""

    def simulator_of(self, sighting: Sighting) -> str:
        """Return the id of the simulator that makes this sighting, or an empty string: a real device."""

    def sources(self) -> Sequence[Source]:
        """Return further sources that the simulators need (ptys and ports that udev does not show)."""

    def source_options(self) -> Mapping[str, Mapping[str, Json]]:
        """Return options of the ordinary sources: where the simulated CUPS, NUT or pcscd is."""

    async def close(self) -> None:
        """End all simulators. Never raises."""


class DockModule(Protocol):
    """What `firmware_adapters.simulators.dock` offers."""

    def prepare(self) -> None:
        """Called first thing in the daemon's process: may set the environment, or start the program anew
        below a preloaded library with os.execve."""

    async def open_dock(self, folder: Path) -> Dock:
        """Start the simulators; the folder is theirs, below the daemon's state folder."""
