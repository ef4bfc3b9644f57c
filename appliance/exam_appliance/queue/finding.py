"""Whose number is wanted: a candidate by admission ticket, ID card, or what was typed. Pure over rosters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.roster import ArrangedCandidate
from exam_appliance.identity.scanned_code import CodeKind, classify
from exam_appliance.queue.ordering import EntryWindow

TAIL = 6
"""So many last characters of an ID number are enough."""
_TAIL = re.compile(rf"[0-9]{{{TAIL - 1},16}}[0-9X]")


class Standing(StrEnum):
    """How a session stands for somebody who wants a number now."""

    EARLY = "early"
    ENTERING = "entering"
    CLOSED = "closed"
    """Too late to be let in."""
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Arranged:
    """A candidate in a session, and how that stands now."""

    session: str
    title: str
    candidate: ArrangedCandidate
    window: EntryWindow
    standing: Standing


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an input asks for; one of them is filled."""

    ticket: str = ""
    id_number: str = ""
    tail: str = ""

    def fits(self, candidate: ArrangedCandidate) -> bool:
        """Tell whether a candidate is meant."""
        if self.ticket:
            return candidate.ticket == self.ticket
        if self.id_number:
            return candidate.id_number == self.id_number
        return candidate.id_number.endswith(self.tail)


def wanted(text: str) -> Wanted:
    """Return what an input asks for: a scanned code, a card's number, or what was typed. Raises Problem."""
    code = classify(text)
    if code.kind is CodeKind.ADMISSION_TICKET:
        return Wanted(ticket=code.number)
    if code.kind is not CodeKind.OTHER:
        return Wanted(id_number=code.number.removeprefix("T"))
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    if _TAIL.fullmatch(plain):
        return Wanted(tail=plain)
    raise Problem(
        "invalid",
        "queue.input",
        f"请输入 12 位准考证号，或证件号码的后 {TAIL} 位",
        f"enter the 12 digits of the admission ticket, or the last {TAIL} characters of the ID number",
    )


def chosen(what: Wanted, arranged: Iterable[Arranged], help_zh: str, help_en: str) -> Arranged:
    """Return for which session somebody gets a number: the one whose entry closes first. Raises Problem."""
    found = [one for one in arranged if what.fits(one.candidate)]
    if not found:
        raise Problem(
            "missing",
            "queue.not_on_roster",
            f"名单中没有您的信息，{help_zh}",
            f"you are not on the roster; {help_en}",
        )
    if len({one.candidate.id_number for one in found}) > 1:
        raise Problem(
            "conflict",
            "queue.ambiguous",
            "有多位考生的号码相同，请输入完整的准考证号或刷身份证",
            "several candidates match: enter the whole admission ticket number or use the ID card",
        )
    entering = [one for one in found if one.standing is Standing.ENTERING]
    if entering:
        return min(entering, key=lambda one: (one.window.closes_at, one.session))
    early = [one for one in found if one.standing is Standing.EARLY]
    if early:
        first = min(early, key=lambda one: one.window.starts_at)
        raise Problem(
            "not_ready",
            "queue.early",
            f"您的场次“{first.title}”还没有开始取号，请稍后再来",
            "numbers for your session are not given yet, please come back later",
            more={"starts_at": first.window.starts_at.isoformat()},
        )
    last = max(found, key=lambda one: one.window.starts_at)
    if last.standing is Standing.CLOSED:
        raise Problem(
            "conflict",
            "queue.closed",
            f"您的场次“{last.title}”已停止入场，{help_zh}",
            f"entry to your session is closed; {help_en}",
        )
    raise Problem(
        "conflict",
        "queue.over",
        f"您的场次“{last.title}”已结束，{help_zh}",
        f"your session is over; {help_en}",
    )
