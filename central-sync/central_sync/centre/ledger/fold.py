"""What one server's journal makes of its candidates and sessions, entry by entry. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Self

import orjson
from pydantic import ValidationError

from central_sync.protocol.items import Words
from central_sync.protocol.journal import Entry
from central_sync.protocol.kinds import (
    KINDS,
    AttemptAbsent,
    AttemptCheckedIn,
    AttemptPresent,
    AttemptReopened,
    AttemptScored,
    AttemptStarted,
    AttemptSubmitted,
    AttemptTerminated,
    LedgerState,
    ResponseSaved,
    SessionCancelled,
    SessionDownloaded,
    SessionEnded,
    SessionOpened,
    SessionSignedOff,
    SessionStarted,
)

LONGEST_NAME = 120
"""Characters of a ticket or session; what is longer is no name of ours."""

_FROM: dict[str, frozenset[LedgerState]] = {
    "attempt.checked_in": frozenset({LedgerState.ARRANGED}),
    "attempt.started": frozenset({LedgerState.CHECKED_IN}),
    "attempt.submitted": frozenset({LedgerState.SITTING}),
    "attempt.scored": frozenset({LedgerState.SUBMITTED}),
    "attempt.terminated": frozenset(
        {LedgerState.CHECKED_IN, LedgerState.SITTING, LedgerState.SUBMITTED, LedgerState.SCORED}
    ),
    "attempt.reopened": frozenset({LedgerState.SUBMITTED, LedgerState.SCORED, LedgerState.VOIDED}),
    "attempt.absent": frozenset({LedgerState.ARRANGED, LedgerState.CHECKED_IN}),
    "attempt.present": frozenset({LedgerState.ABSENT}),
}
"""States that each kind may follow; anything else is taken all the same and noted as irregular."""


@dataclass
class _Fold:
    """What can be kept as JSON."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what `text` kept."""
        return cls(**orjson.loads(text))

    def text(self) -> str:
        """Return it as JSON; the same content gives the same text."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS).decode()


@dataclass
class LineFold(_Fold):
    """A candidate in the journal of one server; changed only by `take`."""

    ticket: str
    session: str = ""
    """As the entries say; empty while none of them named it."""
    state: LedgerState = LedgerState.ARRANGED
    at: str = ""
    """When the state was written down, wall time of the site."""
    seq: int = 0
    """Seq of the entry that made the state."""
    actor: str = ""
    reason: str = ""
    second: str = ""
    by: str = ""
    """Who handed in: candidate, invigilator, clock."""
    points: int | None = None
    of: int | None = None
    passed: bool | None = None
    right: int | None = None
    """Items that the site marked right."""
    saved: int = 0
    responses: dict[str, str] = field(default_factory=dict)
    """The last response to each item that has one: its choices in order, such as AC."""
    told_answered: int | None = None
    """How many responses the site counted when the paper was handed in."""
    held_answered: int | None = None
    """How many of them had reached this journal by then."""
    irregular: list[str] = field(default_factory=list)
    """Kinds that did not follow from the state they found."""
    unreadable: int = 0

    def __post_init__(self) -> None:
        self.state = LedgerState(self.state)

    def take(self, entry: Entry) -> None:
        """Take an entry about this candidate; entries that change nothing here are passed over."""
        known = KINDS.get(entry.kind)
        if known is None or (known.ledger is None and known.body is not ResponseSaved):
            return
        try:
            body = known.body.model_validate(entry.body)
        except ValidationError:
            self.unreadable += 1
            return
        if isinstance(body, ResponseSaved):
            self._saved(body)
        elif known.ledger is not None:
            self._moved(entry, known.ledger, body)

    def _saved(self, body: ResponseSaved) -> None:
        self.saved += 1
        if body.choices:
            self.responses[body.item] = "".join(sorted(body.choices))
        else:
            self.responses.pop(body.item, None)

    def _moved(self, entry: Entry, state: LedgerState, body: Words) -> None:
        if isinstance(body, AttemptCheckedIn | AttemptAbsent | AttemptPresent):
            if len(body.session) > LONGEST_NAME:
                self.unreadable += 1
                return
            self.session = body.session
        if self.state not in _FROM[entry.kind]:
            self.irregular.append(entry.kind)
        self.state, self.at, self.seq, self.actor = state, entry.at, entry.seq, entry.actor
        if isinstance(body, AttemptScored):
            self.points, self.of, self.passed, self.right = body.points, body.of, body.passed, body.right
            return
        self.points = self.of = self.passed = self.right = None
        self.reason = self.second = self.by = ""
        if isinstance(body, AttemptStarted):
            return
        if isinstance(body, AttemptSubmitted):
            self.reason, self.by = body.reason, body.by
            self.told_answered, self.held_answered = body.answered, len(self.responses)
        elif isinstance(body, AttemptTerminated | AttemptReopened):
            self.reason, self.second = body.reason, body.second
        elif isinstance(body, AttemptAbsent | AttemptPresent):
            self.reason = body.reason


@dataclass
class SessionFold(_Fold):
    """A session in the journal of one server; changed only by `take` and `touch`."""

    session: str
    package: str = ""
    begun: bool = False
    """The site held it: it was opened, started, ended or signed off, or a candidate of it did something."""
    cancelled: bool = False
    opened_at: str = ""
    started_at: str = ""
    ended_at: str = ""
    signed_off_at: str = ""
    signed_off_seq: int = 0
    by: str = ""
    second: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    remarks: str = ""
    last_seq: int = 0
    """Seq of the last entry of the session or its candidates."""
    last_at: str = ""
    unreadable: int = 0

    def touch(self, entry: Entry, *, begun: bool = False) -> None:
        """Note that an entry of the session or one of its candidates came."""
        self.last_seq, self.last_at = entry.seq, entry.at
        self.begun = self.begun or begun

    def take(self, entry: Entry) -> None:
        """Take an entry about this session."""
        self.touch(entry)
        known = KINDS.get(entry.kind)
        if known is None:
            return
        try:
            body: Any = known.body.model_validate(entry.body)
        except ValidationError:
            self.unreadable += 1
            return
        match body:
            case SessionDownloaded():
                self.package, self.cancelled = body.package, False
            case SessionCancelled():
                self.cancelled = True
            case SessionOpened():
                self.begun, self.opened_at = True, entry.at
            case SessionStarted():
                self.begun, self.started_at = True, entry.at
            case SessionEnded():
                self.begun, self.ended_at = True, entry.at
            case SessionSignedOff():
                self.begun, self.signed_off_at, self.signed_off_seq = True, entry.at, entry.seq
                self.by, self.second = entry.actor, body.second
                self.counts, self.remarks = dict(body.counts), body.remarks
