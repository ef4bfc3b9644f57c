"""The readiness of the sites as the console's interface shows it."""

from __future__ import annotations

from typing import Literal

from central_sync.protocol.items import Words
from central_sync.protocol.kinds import ReadinessState


class ReadinessTold(Words):
    """A server's newest check against the environment standard."""

    at: str
    """ISO 8601, by the server's clock."""
    ready: bool
    rows: dict[str, ReadinessState]
    report_sha256: str


class PreflightTold(Words):
    """A server's newest pre-flight."""

    at: str
    ready: bool
    items: dict[str, Literal["pass", "fail", "unknown"]]


class ServerReadiness(Words):
    """What one server told last; None for what it never told."""

    site: str
    site_name: str
    appliance: str
    readiness: ReadinessTold | None
    preflight: PreflightTold | None


class SitesReadiness(Words):
    """All servers by site, each site's newest first."""

    servers: tuple[ServerReadiness, ...]
