"""What the journal says of sessions, attempts, responses and credits: in memory and as rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import orjson

from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.session import SessionRecord
from exam_appliance.journal.batches import Rows
from exam_appliance.journal.journal import Journal, Written


class Held(NamedTuple):
    """The response that counts for an item."""

    choices: tuple[str, ...]
    flagged: bool
    n: int
    seq: int
    t: int


@dataclass(slots=True)
class Proposal:
    """A proposed credit and which tickets were decided."""

    id: str
    session: str
    cause: str
    from_t: int
    to_t: int
    ms: int
    tickets: list[str]
    seq: int
    decided: list[str] = field(default_factory=list)

    def open_tickets(self) -> list[str]:
        """Return the tickets that still wait for a decision."""
        return [ticket for ticket in self.tickets if ticket not in self.decided]


@dataclass(slots=True)
class Projection:
    """All exam state of a hall. `apply` is the only way to change it."""

    sessions: dict[str, SessionRecord] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    responses: dict[str, dict[str, Held]] = field(default_factory=dict)
    credits: dict[str, Proposal] = field(default_factory=dict)

    def apply(self, written: Iterable[Written]) -> Rows:
        """Take entries in order and return the rows that stand for the new state."""
        responses: list[tuple[str, str, str, int, int, int, int]] = []
        sessions: set[str] = set()
        attempts: set[str] = set()
        credits: set[str] = set()
        for entry in written:
            kind = entry.kind
            if kind == "response.saved":
                responses.append(self.saved(entry))
            elif kind.startswith("attempt."):
                self._attempt(entry, credits)
                attempts.add(entry.subject)
            elif kind.startswith("session."):
                record = self.sessions.setdefault(entry.subject, SessionRecord(entry.subject))
                record.apply(entry)
                sessions.add(entry.subject)
            elif kind == "credit.proposed":
                self._proposed(entry)
                credits.add(entry.subject)
        return Rows(
            response=responses,
            session=[self.sessions[session].row() for session in sorted(sessions)],
            attempt=[self.attempts[ticket].row() for ticket in sorted(attempts)],
            credit=[self._credit_row(proposal) for proposal in sorted(credits)],
        )

    def load(self, journal: Journal) -> None:
        """Take the state from the rows on disk, forgetting what is in memory."""
        self.sessions = {row[0]: SessionRecord.from_row(row[2]) for row in journal.rows("session")}
        self.attempts = {row[0]: Attempt.from_row(row[3]) for row in journal.rows("attempt")}
        self.credits = {row[0]: Proposal(**orjson.loads(row[2])) for row in journal.rows("credit")}
        self.responses = {}
        for ticket, item, choices, flagged, n, seq, t in journal.rows("response"):
            held = Held(tuple(choices), bool(flagged), n, seq, t)
            self.responses.setdefault(ticket, {})[item] = held

    def saved(self, entry: Written) -> tuple[str, str, str, int, int, int, int]:
        """Take a `response.saved` and return its row: what nearly every entry of an exam is."""
        body, subject = entry.body, entry.subject
        item, choices = body["item"], tuple(body["choices"])
        flagged, n, t, seq = body["flagged"], body["n"], body["t"], entry.seq
        held = self.responses.get(subject)
        if held is None:
            held = self.responses[subject] = {}
        held[item] = Held(choices, flagged, n, seq, t)
        return (subject, item, "".join(choices), int(flagged), n, seq, t)

    def _attempt(self, entry: Written, credits: set[str]) -> None:
        attempt = self.attempts.get(entry.subject)
        if attempt is None:
            attempt = Attempt(entry.subject, str(entry.body.get("session", "")))
            self.attempts[entry.subject] = attempt
        if entry.kind == "attempt.checked_in":
            attempt.session = entry.body["session"]
        attempt.apply(entry)
        proposal = self.credits.get(str(entry.body.get("proposal", "")))
        if proposal is not None and entry.subject not in proposal.decided:
            proposal.decided.append(entry.subject)
            credits.add(proposal.id)

    def _proposed(self, entry: Written) -> None:
        body = entry.body
        self.credits[entry.subject] = Proposal(
            entry.subject,
            body["session"],
            body["cause"],
            body["from_t"],
            body["to_t"],
            body["ms"],
            list(body["tickets"]),
            entry.seq,
        )

    def _credit_row(self, proposal: str) -> tuple[str, str, str]:
        value = self.credits[proposal]
        return (proposal, value.session, orjson.dumps(asdict(value)).decode())


def written(entry: dict[str, Any]) -> Written:
    """Return a stored entry (JSON object of its line) as it was when it was written."""
    return Written(
        entry["seq"],
        entry["at"],
        entry["kind"],
        entry["subject"],
        entry["actor"],
        entry["body"],
        entry["hash"],
    )


def rebuilt(journal: Journal) -> Projection:
    """Return the projection that the journal's entries make from nothing."""
    projection = Projection()
    projection.apply(written(entry) for entry in journal.entries())
    return projection
