"""A floor: one hall with the services that act on it, built once and used by its routes."""

from __future__ import annotations

from dataclasses import dataclass

from exam_appliance.exam.answering import Answering
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.login import CandidateLogin, LoginRules
from exam_appliance.exam.seat_pictures import SeatPictureGate, SeatPictureMode
from exam_appliance.exam.steps import SessionSteps
from exam_appliance.exam.submission import Submission
from exam_appliance.exam.timekeeping import Timekeeper


@dataclass(frozen=True)
class SiteFacts:
    """Who the site is, as pages show it."""

    code: str
    name: str
    time_zone: str


@dataclass(frozen=True)
class FloorRules:
    """The settings that a floor works by."""

    login: LoginRules
    heartbeat_s: float
    slow_ms: int
    """A page heard longer ago than this is shown as slow."""
    lost_ms: int
    """A page heard longer ago than this is lost: the silence may be credited."""
    seat_picture: SeatPictureMode = "off"
    """Whether the real hall asks for a picture at the seat; a practice hall has nobody verified."""


@dataclass(frozen=True)
class Floor:
    """One hall and its services."""

    hall: Hall
    rules: FloorRules
    login: CandidateLogin
    answering: Answering
    submission: Submission
    steps: SessionSteps
    timekeeper: Timekeeper


def build_floor(hall: Hall, rules: FloorRules) -> Floor:
    """Return a floor over a hall; nothing runs until its timekeeper is started."""
    submission = Submission(hall)
    if not hall.practice:
        hall.seat_pictures = SeatPictureGate(rules.seat_picture)
    return Floor(
        hall,
        rules,
        CandidateLogin(hall, rules.login),
        Answering(hall),
        submission,
        SessionSteps(hall, submission),
        Timekeeper(hall, submission, heartbeat_s=rules.heartbeat_s, lost_ms=rules.lost_ms),
    )
