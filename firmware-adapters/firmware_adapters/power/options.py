"""What a site may set of its UPS and of the NUT server that tells of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from firmware_adapters.adapter import Options
from firmware_adapters.power.nut_client import NutAddress


def _address(text: str) -> str:
    return str(NutAddress.parse(text))


Server = Annotated[str, AfterValidator(_address)]
"""`localhost:3493`."""


class NutOptions(Options):
    """Options of the source: which NUT servers are asked for their UPSes."""

    servers: Annotated[tuple[Server, ...], Field(max_length=8)] = ("localhost:3493",)
    poll_s: Annotated[float, Field(ge=0.05, le=60)] = 0.5
    answers_within_s: Annotated[float, Field(gt=0, le=60)] = 3.0
    patience_s: Annotated[float, Field(ge=0, le=600)] = 15.0
    """UPSes of a server that has gone away stay listed for so long: it may just be restarting."""


class UpsOptions(Options):
    """Options of one UPS."""

    poll_s: Annotated[float, Field(ge=0.05, le=1)] = 0.5
    answers_within_s: Annotated[float, Field(gt=0, le=30)] = 3.0
    patience_s: Annotated[float, Field(ge=0, le=120)] = 5.0
    """A server that is away for less is no fault; what it told last holds meanwhile."""
    low_charge_percent: Annotated[float, Field(ge=0, le=90)] = 15.0
    """On battery, below this it counts as low whatever the UPS says; 0 leaves it to the UPS."""
    low_runtime_s: Annotated[float, Field(ge=0, le=3600)] = 180.0
    """On battery, with less left it counts as low whatever the UPS says; 0 leaves it to the UPS."""
    numbers_every_s: Annotated[float, Field(ge=0.05, le=600)] = 5.0
    """How often charge, runtime and load are told while nothing else changes."""
    user: Annotated[str, Field(max_length=100)] = ""
    """Of upsd.users, for the battery test; empty does without."""
    password: Annotated[str, Field(max_length=100, repr=False)] = ""
