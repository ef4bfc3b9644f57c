"""What a source of sightings is: udev, pcscd, CUPS, NUT, the site's own list."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from firmware_adapters.adapter import Options, Reason
from firmware_adapters.sighting import Sighting


class SourceFault(Exception):
    """A source cannot list now. It is named in the daemon's status and asked again; the others go on."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.code}: {detail}" if detail else reason.code)
        self.reason = reason
        self.detail = detail
        """For the log, English, one line."""


class Source(ABC):
    """Shows what is there. Runs in the daemon's own process, so it must never block the event loop.

    The manager calls `list`, then waits in `changed`, and lists again shortly after it returned; now and
    then it lists without being told. After a SourceFault, any other exception or no answer in time the
    source is closed and a new one is built after a while, so a broken connection need not be mended.
    """

    name: ClassVar[str]
    """A key of firmware_adapters/sources.py, shown in the status: `udev`, `pcsc`, `cups`, `nut`."""
    options_model: ClassVar[type[Options]] = Options
    """What a site may set for the source below `devices.sources.NAME`, such as a server's address."""

    def __init__(self, options: Options) -> None:
        self.options = options
        """Checked by `options_model`. Connections are opened by the first `list`, not here."""

    @abstractmethod
    async def list(self) -> Sequence[Sighting]:
        """Return everything that is there now.

        Begin to listen for changes before looking, so that none is missed in between. Raises SourceFault.
        """

    @abstractmethod
    async def changed(self) -> None:
        """Return when something may have changed; too often is no harm.

        A change that comes while nobody waits is kept for the next call, which then returns at once, like
        `await event.wait(); event.clear()`. A source that cannot be told of changes polls here (every
        second or so). Called after the first `list`. Raises SourceFault.
        """

    @abstractmethod
    async def close(self) -> None:
        """Give back every descriptor, thread, task and process. Never raises; may be called twice."""
