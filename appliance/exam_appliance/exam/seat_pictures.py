"""The picture at the seat (座位拍照核对): how a candidate stands with it, and whom it holds back. Pure."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, Literal

from exam_appliance.exam.attempt import Attempt, SeatCheck
from exam_appliance.exam.states import SeatState

SeatPictureMode = Literal["off", "asked", "required"]
MOST_TRIES: Final = 5
"""Pictures that a candidate may take before a person must look."""

_BEGUN = (SeatState.SITTING, SeatState.PAUSED, SeatState.SUBMITTED, SeatState.SCORED)


class SeatPictureState(StrEnum):
    """How a candidate stands with the picture at the seat."""

    DUE = "due"
    """To be taken, or taken again: what was wrong the candidate can mend."""
    PASSED = "passed"
    """It is the person verified at the desk, or an invigilator said so."""
    PERSON = "person"
    """An invigilator must look (转人工)."""
    REFUSED = "refused"
    """An invigilator said that it is not the person."""
    MISSED = "missed"
    """The exam began without a picture: an invigilator must look."""


UNSETTLED: Final = (SeatPictureState.PERSON, SeatPictureState.MISSED)
"""An invigilator has still to say who sat there."""


class SeatPictureGate:
    """The site's rule for one hall."""

    def __init__(self, mode: SeatPictureMode = "off") -> None:
        self.mode = mode
        self.comparable: Callable[[str], bool] = lambda ticket: True
        """Tells whether a candidate was verified before, so that there is something to compare with."""

    def check(self, attempt: Attempt) -> SeatCheck | None:
        """Return what counts for the attempt: before the start, only what was decided at this seat."""
        found = attempt.seat_check
        if found is None or attempt.state in _BEGUN:
            return found
        return found if (found.room, found.seat) == (attempt.room, attempt.seat) else None

    def state(self, attempt: Attempt) -> SeatPictureState | None:
        """Return how an attempt stands, None where no picture is wanted."""
        if self.mode == "off" or attempt.state not in (SeatState.CHECKED_IN, *_BEGUN):
            return None
        check = self.check(attempt)
        if check is None:
            return self._without(attempt)
        if check.verdict == "pass":
            return SeatPictureState.PASSED
        if check.by_person:
            return SeatPictureState.REFUSED
        mendable = check.verdict == "ask" and check.retake and self.tries_left(attempt) > 0
        if mendable and attempt.state is SeatState.CHECKED_IN:
            return SeatPictureState.DUE
        return SeatPictureState.PERSON

    def tries_left(self, attempt: Attempt) -> int:
        """Return how many pictures the candidate may still take."""
        return max(0, MOST_TRIES - attempt.seat_tries)

    def holds_back(self, attempt: Attempt) -> bool:
        """Return whether the exam may not begin for an attempt that waits."""
        return self.mode == "required" and self.state(attempt) is not SeatPictureState.PASSED

    def _without(self, attempt: Attempt) -> SeatPictureState | None:
        if not self.comparable(attempt.ticket):
            # Who must have passed and did not is held back until a person decides.
            return SeatPictureState.PERSON if self.mode == "required" else None
        if attempt.state in _BEGUN:
            return SeatPictureState.MISSED
        return SeatPictureState.DUE if self.tries_left(attempt) else SeatPictureState.PERSON
