"""What a candidate machine (考生机) or an invigilator machine (监考机) says of itself.

A browser knows little, the kiosk's agent much: what is not known is left out, and never guessed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from central_sync.protocol.items import Words
from central_sync.protocol.roster import SeatNumber

PlainText = Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]
MachineId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")]
"""Made once by who reports, and the same for as long as the machine is."""


class CameraFacts(Words):
    """A camera and the largest picture it gives, pixels."""

    name: PlainText = ""
    width: Annotated[int, Field(ge=1, le=100_000)]
    height: Annotated[int, Field(ge=1, le=100_000)]


class DisplayFacts(Words):
    """A display: pixels, and millimetres where its EDID is known."""

    width_px: Annotated[int, Field(ge=1, le=100_000)]
    height_px: Annotated[int, Field(ge=1, le=100_000)]
    width_mm: Annotated[int, Field(ge=1, le=10_000)] | None = None
    height_mm: Annotated[int, Field(ge=1, le=10_000)] | None = None


class Probe(Words):
    """An attempt to reach something beyond the exam's network."""

    target: PlainText
    reached: bool


class MachineReport(Words):
    """One machine's report; None is `not known here`."""

    machine: MachineId
    source: Literal["page", "agent"]
    """Who reports: the page in a browser, or the kiosk's agent."""
    proven: bool = False
    """Set by the server: the machine is bound to its seat and proved its key."""
    room: PlainText = ""
    seat: SeatNumber | None = None
    cpu_model: PlainText = ""
    cpu_mhz: Annotated[int, Field(ge=1, le=100_000)] | None = None
    cores: Annotated[int, Field(ge=1, le=4096)] | None = None
    bits: Literal[32, 64] | None = None
    memory_mb: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    disk_gb: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    nic_mbit: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    display: DisplayFacts | None = None
    cameras: Annotated[tuple[CameraFacts, ...], Field(max_length=8)] | None = None
    system_id: PlainText = ""
    """As os-release has it, or `windows`."""
    system_version: PlainText = ""
    client: PlainText = ""
    """Name and version of the exam client, such as `kaodian-kiosk 0.1.0`."""
    fixed_address: bool | None = None
    gateway: PlainText = ""
    probes: Annotated[tuple[Probe, ...], Field(max_length=20)] | None = None
    """None: nothing was tried."""
