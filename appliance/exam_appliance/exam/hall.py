"""The hall: all sessions and attempts of one journal in memory, and the one way to change them."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.items import Item, Media
from central_sync.protocol.roster import ArrangedCandidate
from central_sync.protocol.session import SessionPlan
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.clock import ExamClock
from exam_appliance.exam.paper import ItemPool, Paper
from exam_appliance.exam.projection import Held, Projection
from exam_appliance.exam.seat_pictures import SeatPictureGate
from exam_appliance.exam.session import SessionRecord
from exam_appliance.journal.batches import Rows
from exam_appliance.journal.journal import Acknowledged, Draft, Journal, Written

_TOKEN_KINDS = ("attempt.checked_in", "attempt.resumed", "attempt.moved", "attempt.absent")


@dataclass(frozen=True, eq=False)
class SessionContents:
    """An unlocked package, ready to hold the session. Two are the same only as one object."""

    plan: SessionPlan
    roster: Mapping[str, ArrangedCandidate]
    """By admission ticket."""
    pool: ItemPool
    items: Mapping[str, Item]
    photo: Callable[[str], bytes]
    """Registration photo by SHA-256; reads and decrypts, so call it off the event loop."""
    media: Callable[[str], bytes]
    """Media bytes by SHA-256; reads and decrypts, so call it off the event loop."""
    media_types: Mapping[str, Media]
    """Media by SHA-256."""


@dataclass(slots=True)
class Contact:
    """When and from where an attempt's page was last heard."""

    t: int
    address: str


@dataclass(slots=True)
class PreparedPaper:
    """A drawn paper with what saving and sending need at hand."""

    paper: Paper
    choices: dict[str, frozenset[str]]
    """Choice ids by item id."""
    single: frozenset[str]
    """Items that take at most one choice."""
    body: bytes = b""
    """The JSON that the page gets; filled by the page's routes when first needed."""
    media: frozenset[str] = frozenset()
    """SHA-256 of the pictures and clips on the paper; filled with `body`."""


Listener = Callable[[set[str], set[str]], None]
"""Called with (tickets, sessions) that changed, once the change is on disk."""


@dataclass
class Hall:
    """One hall: the real one, or the practice hall with a journal of its own."""

    journal: Journal
    clock: ExamClock
    practice: bool
    projection: Projection = field(default_factory=Projection)
    contents: dict[str, SessionContents] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    """Ticket by digest of the page's secret."""
    papers: dict[str, PreparedPaper] = field(default_factory=dict)
    """By ticket: drawn for the waiting room, kept while the attempt goes on."""
    refusals: dict[str, int] = field(default_factory=dict)
    seat_pictures: SeatPictureGate = field(default_factory=SeatPictureGate)
    """Whether candidates are asked for a picture at the seat."""
    _listeners: list[Listener] = field(default_factory=list)
    _token_of: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reload()
        self.journal.follow(self._on_disk)
        self.journal.on_failure(self.reload)

    def reload(self) -> None:
        """Go back to what the disk holds."""
        self.projection.load(self.journal)
        self.tokens = {
            attempt.token: attempt.ticket for attempt in self.projection.attempts.values() if attempt.token
        }
        self._token_of = {ticket: known for known, ticket in self.tokens.items()}
        self.papers.clear()
        for session, contents in self.contents.items():
            self.projection.sessions.setdefault(session, SessionRecord(session)).plan = contents.plan
            self._arrange(session, contents)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Register a listener and return the function that takes it off again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def commit(self, drafts: list[Draft]) -> asyncio.Future[Acknowledged]:
        """Write entries and change the hall at once; the future is done when all is on disk."""
        return self.journal.append(drafts, self.apply)

    def apply(self, written: list[Written]) -> Rows:
        """Change the hall as entries say and return the rows that stand for it; `commit` calls it."""
        if len(written) == 1 and written[0].kind == "response.saved":
            return Rows(response=(self.projection.saved(written[0]),))
        rows = self.projection.apply(written)
        for entry in written:
            if entry.kind in _TOKEN_KINDS:
                self._follow_token(self.projection.attempts[entry.subject])
        return rows

    def session(self, session: str) -> SessionRecord:
        """Return a session or raise Problem `missing`."""
        record = self.projection.sessions.get(session)
        if record is None:
            raise Problem(
                "missing", "session.unknown", f"没有场次 {session}", f"there is no session {session}"
            )
        return record

    def planned(self, session: str) -> tuple[SessionRecord, SessionPlan]:
        """Return a session with its plan; sessions whose package was taken away have none."""
        record = self.session(session)
        if record.plan is None:
            raise Problem(
                "not_ready",
                "session.no_package",
                f"场次 {session} 的考试包不在本机",
                f"the package of session {session} is not on this server",
            )
        return record, record.plan

    def unlocked(self, session: str) -> SessionContents:
        """Return a session's contents or raise Problem `not_ready`."""
        contents = self.contents.get(session)
        if contents is None:
            raise Problem(
                "not_ready",
                "session.locked",
                "考试包尚未解密，请先解密",
                "the package is still locked; unlock it first",
            )
        return contents

    def attempt(self, ticket: str) -> Attempt:
        """Return an attempt or raise Problem `missing`."""
        attempt = self.projection.attempts.get(ticket)
        if attempt is None:
            raise Problem(
                "missing",
                "attempt.unknown",
                f"没有准考证号 {ticket}",
                f"there is no admission ticket {ticket}",
            )
        return attempt

    def candidate(self, attempt: Attempt) -> ArrangedCandidate:
        """Return the roster's data of an attempt."""
        return self.unlocked(attempt.session).roster[attempt.ticket]

    def attempts_of(self, session: str) -> list[Attempt]:
        """Return the attempts of a session in roster order."""
        contents = self.contents.get(session)
        if contents is None:
            return []
        return [self.projection.attempts[ticket] for ticket in contents.roster]

    def responses(self, ticket: str) -> dict[str, Held]:
        """Return the held responses of an attempt by item id."""
        return self.projection.responses.get(ticket, {})

    def answered(self, ticket: str) -> int:
        """Return how many items have a response."""
        return sum(1 for held in self.responses(ticket).values() if held.choices)

    def install(self, contents: SessionContents) -> None:
        """Make an unlocked package's session available."""
        session = contents.plan.session
        self.contents[session] = contents
        self.projection.sessions.setdefault(session, SessionRecord(session)).plan = contents.plan
        self._arrange(session, contents)

    def prepared(self, attempt: Attempt) -> PreparedPaper:
        """Return the attempt's paper: the one it started with, else one drawn now from a new seed."""
        ready = self.papers.get(attempt.ticket)
        if ready is None or (attempt.seed and ready.paper.seed != attempt.seed):
            pool = self.unlocked(attempt.session).pool
            ready = prepare(pool.draw(attempt.seed or new_seed()))
            self.papers[attempt.ticket] = ready
        return ready

    def touch(self, ticket: str, address: str) -> None:
        """Note a sign of life of an attempt's page."""
        contact = self.contacts.get(ticket)
        if contact is None:
            self.contacts[ticket] = Contact(self.clock.t(), address)
        else:
            contact.t = self.clock.t()
            contact.address = address

    def by_token(self, secret: str, address: str) -> Attempt | None:
        """Return whom a page's secret speaks for at this address, None when for nobody (any more)."""
        ticket = self.tokens.get(token_digest(secret, address))
        return None if ticket is None else self.projection.attempts[ticket]

    def _arrange(self, session: str, contents: SessionContents) -> None:
        attempts = self.projection.attempts
        for ticket, candidate in contents.roster.items():
            attempt = attempts.setdefault(ticket, Attempt(ticket, session))
            if not attempt.seat:
                attempt.room, attempt.seat = candidate.room, candidate.seat

    def _follow_token(self, attempt: Attempt) -> None:
        old = self._token_of.pop(attempt.ticket, None)
        if old is not None:
            self.tokens.pop(old, None)
        if attempt.token:
            self.tokens[attempt.token] = attempt.ticket
            self._token_of[attempt.ticket] = attempt.token

    def _on_disk(self, written: list[Written]) -> None:
        if not self._listeners:
            return
        tickets = {entry.subject for entry in written if entry.kind.startswith(("attempt.", "response."))}
        sessions = {entry.subject for entry in written if entry.kind.startswith("session.")}
        for listener in self._listeners:
            listener(tickets, sessions)


def prepare(paper: Paper) -> PreparedPaper:
    """Return a paper with the look-ups that saving needs."""
    return PreparedPaper(
        paper,
        {line.item.id: frozenset(line.choices) for line in paper.lines},
        frozenset(line.item.id for line in paper.lines if line.item.type != "multiple"),
    )


def new_seed() -> str:
    """Return a new random seed for a paper."""
    return secrets.token_hex(32)


@lru_cache(maxsize=4096)
def token_digest(secret: str, address: str) -> str:
    """Return the SHA-256 of a page's secret and its address; only this is stored.

    The address is part of it, so a secret carried off to another machine opens nothing there, also
    after a restart of the server.
    """
    return hashlib.sha256(f"{address}\n{secret}".encode()).hexdigest()
