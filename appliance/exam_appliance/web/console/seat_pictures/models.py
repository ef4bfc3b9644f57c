"""What the console and the server say to each other of pictures at the seats."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from central_sync.protocol.items import Words
from exam_appliance.exam.seat_pictures import SeatPictureState
from exam_appliance.web.console.identity.models import VerificationView
from exam_appliance.web.console.models import SecondPerson


class SeatPictureView(Words):
    """How a candidate stands with the picture at the seat."""

    ticket: str
    state: SeatPictureState | None
    """None where no picture is wanted."""
    required: bool
    """The exam does not begin for the candidate before."""
    tries_left: int
    may_renew: bool
    """Another picture can still be wanted: the exam has not begun."""
    check: VerificationView | None
    """The newest check, None before there is any."""


class SeatSettleRequest(Words):
    """What an invigilator decided who looked; the second person's log-in where a refusal is overturned."""

    verification: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")]
    """The check that was looked at, empty where there was none."""
    verdict: Literal["pass", "refuse"]
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    second: SecondPerson | None = None


class SeatRenewRequest(Words):
    """Another picture is wanted."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]
