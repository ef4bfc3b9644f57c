"""An attempt (一次应考): what the journal's entries make of one candidate's exam."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from central_sync.protocol.kinds import LedgerState
from exam_appliance.exam.states import SeatState
from exam_appliance.journal.journal import Written


@dataclass(slots=True)
class Message:
    """A message of the invigilator to one seat."""

    seq: int
    at: str
    text: str


@dataclass(slots=True)
class SeatCheck:
    """What came of the picture at the seat, by rule or as a person decided."""

    verification: str
    room: str
    seat: int
    """Where it was decided."""
    verdict: str
    """pass, ask or refuse."""
    by_person: bool
    retake: bool
    """Another picture may change it."""
    zh: str
    en: str


@dataclass(slots=True)
class Attempt:
    """State of one arranged candidate; times are exam-clock milliseconds.

    Changed only by `apply`, so that the same entries always give the same attempt.
    """

    ticket: str
    session: str
    state: SeatState = SeatState.ARRANGED
    locked: bool = False
    room: str = ""
    seat: int = 0
    token: str = ""
    """SHA-256 of the page's secret; empty when no page may speak for the attempt."""
    checked_in_t: int = 0
    seed: str = ""
    paper: str = ""
    started_t: int = 0
    duration_ms: int = 0
    deadline_t: int = 0
    paused_t: int = 0
    paused_scope: str = ""
    credit_ms: int = 0
    """Extensions and credits so far."""
    submitted_t: int = 0
    submitted_by: str = ""
    points: int | None = None
    of: int = 0
    passed: bool = False
    admitted: bool = False
    """An invigilator let the candidate in although late, or took an absence back."""
    sections: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""
    messages: list[Message] = field(default_factory=list)
    seat_check: SeatCheck | None = None
    """The newest; see seat_pictures."""
    seat_tries: int = 0
    """Pictures at a seat since one passed or a person decided."""
    version: int = 0
    """Seq of the last entry that changed it."""

    @property
    def sitting(self) -> bool:
        """True while a deadline runs or stands still."""
        return self.state in (SeatState.SITTING, SeatState.PAUSED)

    def remaining_ms(self, t: int) -> int:
        """Return the time left at exam time t; a paused attempt's stands still."""
        return max(0, self.deadline_t - (self.paused_t if self.state is SeatState.PAUSED else t))

    def apply(self, entry: Written) -> None:
        """Take one entry about this attempt; entries that change nothing here are passed over."""
        change = _CHANGES.get(entry.kind)
        if change is not None:
            change(self, entry.body, entry)
            self.version = entry.seq

    def ledger_state(self) -> LedgerState:
        """Return the state that the centre's ledger gives this candidate."""
        if self.state is SeatState.PAUSED:
            return LedgerState.SITTING
        return LedgerState(self.state.value)

    def row(self) -> tuple[str, str, str, str]:
        """Return the row of the `attempt` table."""
        return (
            self.ticket,
            self.session,
            self.state.value,
            orjson.dumps(self, option=orjson.OPT_SORT_KEYS).decode(),
        )

    @staticmethod
    def from_row(data: str) -> Attempt:
        """Return the attempt that a row's `data` holds."""
        value = orjson.loads(data)
        value["state"] = SeatState(value["state"])
        value["messages"] = [Message(**message) for message in value["messages"]]
        if value.get("seat_check") is not None:
            value["seat_check"] = SeatCheck(**value["seat_check"])
        return Attempt(**value)


def _checked_in(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.state = SeatState.CHECKED_IN
    attempt.room, attempt.seat, attempt.token = body["room"], body["seat"], body["token"]
    attempt.checked_in_t = body["t"]
    attempt.reason = ""


def _resumed(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.seat, attempt.token = body["seat"], body["token"]


def _started(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.state = SeatState.SITTING
    attempt.seed, attempt.paper = body["seed"], body["paper"]
    attempt.started_t, attempt.deadline_t = body["t"], body["deadline_t"]
    attempt.duration_ms = body["duration_ms"] + body["extra_ms"]


def _paused(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.state = SeatState.PAUSED
    attempt.paused_t, attempt.paused_scope = body["t"], body["scope"]
    attempt.reason = body["reason"]


def _continued(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.state = SeatState.SITTING
    attempt.deadline_t += body["paused_ms"]
    attempt.paused_t, attempt.paused_scope, attempt.reason = 0, "", ""


def _given(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.deadline_t += body["ms"]
    attempt.credit_ms += body["ms"]


def _locked(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.locked, attempt.reason = True, body["reason"]


def _unlocked(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.locked, attempt.reason = False, ""


def _moved(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.seat, attempt.token = body["to_seat"], ""


def _messaged(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.messages.append(Message(entry.seq, entry.at, body["text"]))


def _seat_checked(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.seat_check = SeatCheck(
        body["verification"],
        body["room"],
        body["seat"],
        body["verdict"],
        body["by_person"],
        body["retake"],
        body["zh"],
        body["en"],
    )
    if body["by_person"] or body["verdict"] == "pass":
        attempt.seat_tries = 0
    elif body["picture"]:
        attempt.seat_tries += 1


def _seat_renewed(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.seat_check, attempt.seat_tries = None, 0


def _submitted(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.state = SeatState.SUBMITTED
    attempt.submitted_t, attempt.submitted_by = body["t"], body["by"]
    attempt.locked, attempt.reason = False, body["reason"]
    attempt.paused_t, attempt.paused_scope = 0, ""


def _scored(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.state = SeatState.SCORED
    attempt.points, attempt.of, attempt.passed = body["points"], body["of"], body["passed"]
    attempt.sections = body["sections"]


def _terminated(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.state, attempt.reason = SeatState.VOIDED, body["reason"]
    attempt.locked, attempt.paused_t, attempt.paused_scope = False, 0, ""
    attempt.points, attempt.passed, attempt.sections = None, False, []


def _reopened(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.state, attempt.reason = SeatState.SITTING, ""
    attempt.deadline_t = body["deadline_t"]
    attempt.submitted_t, attempt.submitted_by = 0, ""
    attempt.points, attempt.passed, attempt.sections = None, False, []


def _absent(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.state, attempt.reason, attempt.token = SeatState.ABSENT, body["reason"], ""


def _present(attempt: Attempt, body: dict[str, Any], entry: Written) -> None:
    attempt.state, attempt.reason, attempt.admitted = SeatState.ARRANGED, "", True


_CHANGES = {
    "attempt.checked_in": _checked_in,
    "attempt.resumed": _resumed,
    "attempt.started": _started,
    "attempt.paused": _paused,
    "attempt.continued": _continued,
    "attempt.extended": _given,
    "attempt.credited": _given,
    "attempt.locked": _locked,
    "attempt.unlocked": _unlocked,
    "attempt.moved": _moved,
    "attempt.messaged": _messaged,
    "attempt.seat_checked": _seat_checked,
    "attempt.seat_renewed": _seat_renewed,
    "attempt.submitted": _submitted,
    "attempt.scored": _scored,
    "attempt.terminated": _terminated,
    "attempt.reopened": _reopened,
    "attempt.absent": _absent,
    "attempt.present": _present,
}
