"""What the site's configuration means for the device daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from exam_appliance.config.settings import Settings
from firmware_adapters.settings import DaemonSettings

FOLDER = "devices"
SOCKET = "devices.sock"


def daemon_socket(settings: Settings) -> Path:
    """Return where the daemon listens."""
    return settings.devices.socket or settings.state_dir / SOCKET


def daemon_settings(settings: Settings, *, dock: bool | None = None) -> DaemonSettings:
    """Return the daemon's settings; `dock` None: as configured. Raises pydantic's ValidationError."""
    devices = settings.devices
    fixed: dict[str, Any] = {"devices": [one.model_dump() for one in devices.fixed]}
    return DaemonSettings(
        folder=settings.state_dir / FOLDER,
        socket=daemon_socket(settings),
        sources={**devices.sources, "fixed": fixed},
        options=devices.options,
        entries=devices.entries,
        dock=devices.dock if dock is None else dock,
    )
