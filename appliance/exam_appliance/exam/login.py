"""Log-in of candidates (考生登录): by ID number or admission ticket, at any seat, one page at a time."""

from __future__ import annotations

import re
import secrets
import time
import unicodedata
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from central_sync.protocol.http.problems import Problem
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.hall import Hall, token_digest
from exam_appliance.exam.states import SeatState, SessionState
from exam_appliance.journal.journal import Draft

CONFIRM_WITHIN_S = 600
"""A log-in whose identity data is not confirmed within this time is forgotten, seconds."""

_ACTIVE = (SessionState.OPEN, SessionState.RUNNING, SessionState.PAUSED)
_ENTERED = (SeatState.CHECKED_IN, SeatState.SITTING, SeatState.PAUSED)


@dataclass(frozen=True, slots=True)
class LoginRules:
    """The site's settings for log-in."""

    takeover_ms: int = 15_000
    """A page silent for this long may be replaced from another seat."""
    failures_per_minute: int = 10
    """Failed log-ins from one address before it must wait."""
    late_minutes: int | None = None
    """Log-in closes this long after the start; None: as the session's plan says."""


@dataclass(slots=True)
class _Pending:
    ticket: str
    seat: int
    since: float


class CandidateLogin:
    """Log-in, confirmation and log-out of candidates in one hall."""

    def __init__(self, hall: Hall, rules: LoginRules) -> None:
        self._hall = hall
        self._rules = rules
        self.verified: Callable[[str], bool] = lambda ticket: True
        """Tells whether a candidate may sit as far as identity goes; set where verification is required."""
        self._pending: dict[str, _Pending] = {}
        self._failures: dict[str, deque[float]] = {}

    def login(self, identity: str, seat: int | None, address: str) -> tuple[str, Attempt, int]:
        """Return (page secret, attempt, seat) of the candidate with this ID or ticket number.

        Nothing is written until the candidate confirms the identity data. Raises Problem with
        the reasons `login.*`.
        """
        self._refuse_flood(address)
        try:
            attempt = self._find(identity)
        except Problem as problem:
            if problem.code == "invalid":
                self._failures.setdefault(address, deque(maxlen=64)).append(time.monotonic())
            raise
        candidate = self._hall.candidate(attempt)
        at_seat = seat or attempt.seat or candidate.seat
        self._refuse_late(attempt)
        self._refuse_unverified(attempt)
        self._refuse_elsewhere(attempt, at_seat, address)
        self._refuse_taken(attempt, at_seat)
        secret = secrets.token_urlsafe(32)
        self._forget_stale()
        self._pending[token_digest(secret, address)] = _Pending(attempt.ticket, at_seat, time.monotonic())
        return secret, attempt, at_seat

    def pending(self, secret: str, address: str) -> tuple[Attempt, int] | None:
        """Return (attempt, seat) of a log-in that is not confirmed yet."""
        found = self._pending.get(token_digest(secret, address))
        if found is None or time.monotonic() - found.since > CONFIRM_WITHIN_S:
            return None
        return self._hall.attempt(found.ticket), found.seat

    async def confirm(self, secret: str, address: str) -> Attempt:
        """Check the candidate in, or let the attempt go on here; the page's secret now speaks for it."""
        found = self.pending(secret, address)
        if found is None:
            raise Problem(
                "denied", "login.expired", "登录已过期，请重新登录", "please log in again", status=401
            )
        attempt, seat = found
        self._refuse_elsewhere(attempt, seat, address)
        self._refuse_taken(attempt, seat)
        t = self._hall.clock.t()
        token = token_digest(secret, address)
        del self._pending[token]
        if attempt.state in (SeatState.ARRANGED, SeatState.CHECKED_IN):
            body = {
                "session": attempt.session,
                "room": attempt.room,
                "seat": seat,
                "token": token,
                "t": t,
            }
            draft = Draft("attempt.checked_in", attempt.ticket, attempt.ticket, body)
        else:
            contact = self._hall.contacts.get(attempt.ticket)
            gap = 0 if contact is None else t - contact.t
            draft = Draft(
                "attempt.resumed",
                attempt.ticket,
                attempt.ticket,
                {"seat": seat, "token": token, "t": t, "gap_ms": gap},
            )
        await self._hall.commit([draft])
        self._hall.touch(attempt.ticket, address)
        return attempt

    def logout(self, secret: str, address: str) -> None:
        """Forget a log-in that is not confirmed; a checked-in page simply closes."""
        self._pending.pop(token_digest(secret, address), None)

    def _find(self, identity: str) -> Attempt:
        plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", identity)).upper()
        found: list[Attempt] = []
        waiting = False
        for session, contents in self._hall.contents.items():
            record = self._hall.projection.sessions[session]
            for ticket, candidate in contents.roster.items():
                if plain in (ticket, candidate.id_number):
                    if record.state in _ACTIVE or record.state is SessionState.ENDED:
                        found.append(self._hall.attempt(ticket))
                    elif record.state is SessionState.UNLOCKED:
                        waiting = True
        if found:
            order = {
                SeatState.SITTING: 0,
                SeatState.PAUSED: 0,
                SeatState.CHECKED_IN: 1,
                SeatState.ARRANGED: 2,
            }
            return min(found, key=lambda attempt: order.get(attempt.state, 3))
        if waiting:
            raise Problem(
                "not_ready",
                "login.not_open",
                "本场考试尚未开放登录，请等候监考员通知",
                "log-in is not open yet; please wait for the invigilator",
            )
        raise Problem(
            "invalid",
            "login.unknown",
            "没有查到您的考试安排，请核对证件号或准考证号，或举手询问监考员",
            "no exam is arranged for this number here; check it or ask the invigilator",
        )

    def _refuse_flood(self, address: str) -> None:
        failures = self._failures.get(address)
        if failures is None:
            return
        now = time.monotonic()
        while failures and now - failures[0] > 60:
            failures.popleft()
        if len(failures) >= self._rules.failures_per_minute:
            raise Problem(
                "busy",
                "login.too_many",
                "登录失败次数过多，请一分钟后再试或举手",
                "too many failed log-ins; try again in a minute or raise your hand",
                status=429,
            )

    def _refuse_late(self, attempt: Attempt) -> None:
        if attempt.state is SeatState.ABSENT:
            raise Problem(
                "denied",
                "login.absent",
                "您已被登记为缺考，请联系监考员",
                "you are recorded as absent; ask the invigilator",
            )
        if attempt.state is not SeatState.ARRANGED or attempt.admitted:
            return
        record, plan = self._hall.planned(attempt.session)
        if record.state is SessionState.ENDED:
            raise Problem("denied", "login.ended", "本场考试已结束", "this session has ended")
        late_minutes = plan.late_minutes if self._rules.late_minutes is None else self._rules.late_minutes
        running = record.state in (SessionState.RUNNING, SessionState.PAUSED)
        if running and self._hall.clock.t() > record.started_t + late_minutes * 60_000:
            raise Problem(
                "denied",
                "login.late",
                f"开考已超过 {late_minutes} 分钟，不能入场；如有特殊情况请联系监考员",
                f"more than {late_minutes} minutes after the start; ask the invigilator",
            )

    def _refuse_unverified(self, attempt: Attempt) -> None:
        if attempt.state is SeatState.ARRANGED and not self.verified(attempt.ticket):
            raise Problem(
                "denied",
                "login.not_verified",
                "您尚未通过身份核验，请先到核验台核验，再回到座位登录",
                "you are not verified yet: go to the identity desk first, then log in here",
            )

    def _refuse_elsewhere(self, attempt: Attempt, seat: int, address: str) -> None:
        contact = self._hall.contacts.get(attempt.ticket)
        if not attempt.token or contact is None or (attempt.seat == seat and contact.address == address):
            return
        if attempt.state in _ENTERED and self._hall.clock.t() - contact.t < self._rules.takeover_ms:
            raise Problem(
                "conflict",
                "login.elsewhere",
                f"您已在 {attempt.seat} 号座位登录；如需换座请举手，由监考员办理",
                f"you are logged in at seat {attempt.seat}; ask the invigilator to move you",
            )

    def _refuse_taken(self, attempt: Attempt, seat: int) -> None:
        for other in self._hall.attempts_of(attempt.session):
            if other.ticket == attempt.ticket or other.seat != seat or other.room != attempt.room:
                continue
            contact = self._hall.contacts.get(other.ticket)
            live = contact is not None and self._hall.clock.t() - contact.t < self._rules.takeover_ms
            if other.state in _ENTERED and other.token and live:
                raise Problem(
                    "conflict",
                    "login.seat_in_use",
                    f"{seat} 号座位正由其他考生使用，请核对座位号或举手",
                    f"seat {seat} is in use by another candidate; check the seat number",
                )

    def _forget_stale(self) -> None:
        now = time.monotonic()
        for known, pending in list(self._pending.items()):
            if now - pending.since > CONFIRM_WITHIN_S:
                del self._pending[known]
