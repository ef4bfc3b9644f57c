"""What the daemon is told when it starts: its folder and socket, options of sources and devices, entries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from firmware_adapters.catalogue.entry import Entry
from firmware_adapters.sources import SOURCES

SOCKET_BYTES = 107
"""Linux takes no longer path of a Unix socket."""

_KEPT: Final[Mapping[str, Mapping[str, str]]] = {"receipt_printer": {"book_folder": "slips"}}
"""Family of adapters -> options that name a folder to keep things in -> its name below the daemon's."""


class DaemonSettings(BaseModel):
    """All settings of the daemon; JSON of it is what a started child reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path
    """The daemon's own: history, results of self-tests."""
    socket: Path
    """Where it listens."""
    socket_mode: Annotated[int, Field(ge=0, le=0o777)] = 0o660
    sources: dict[str, dict[str, Any] | None] = Field(default_factory=dict)
    """Options of a source by its name; None turns it off."""
    options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Options of devices: by the id of an entry or of a device; the device's win."""
    entries: tuple[Entry, ...] = ()
    """The site's own entries of the catalogue."""
    dock: bool = False

    @field_validator("sources")
    @classmethod
    def _known(cls, sources: dict[str, Any]) -> dict[str, Any]:
        for name in sources:
            if name not in SOURCES:
                known = ", ".join(sorted(SOURCES))
                raise ValueError(
                    f"没有来源 {name}，可用：{known} / there is no source {name}; known: {known}"
                )
        return sources

    @field_validator("socket")
    @classmethod
    def _short(cls, socket: Path) -> Path:
        if len(str(socket).encode()) > SOCKET_BYTES:
            raise ValueError(
                f"套接字路径超过 {SOCKET_BYTES} 字节，请改用较短的路径 / "
                f"the path of the socket is over {SOCKET_BYTES} bytes: use a shorter one"
            )
        return socket

    def options_of(self, entry: Entry, device_id: str) -> Mapping[str, Any]:
        """Return a device's options: where it keeps things, those of the entry, the site's for the entry and
        the site's for the device; the last wins.
        """
        kept = _KEPT.get(entry.adapter.partition(".")[0], {})
        return {
            **{name: str(self.folder / where) for name, where in kept.items()},
            **entry.options,
            **self.options.get(entry.id, {}),
            **self.options.get(device_id, {}),
        }
