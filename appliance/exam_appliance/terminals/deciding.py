"""A terminal's result, decided by the site's own rules as at the desk; its verdict is one of the facts."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

from central_sync.protocol.http.problems import Problem
from exam_appliance.exam.hall import Hall
from exam_appliance.identity.facts import Comparison, DocumentFacts, DocumentKind, Outcome, Pair, Place
from exam_appliance.identity.verification import Verification
from exam_appliance.identity.verifying import Verifying
from exam_appliance.terminals.models import Decided, TerminalDecision, TerminalResult
from exam_appliance.terminals.store import Terminal

Served = Callable[[str, str], Awaitable[object]]
"""Told (admission ticket, actor) once somebody is verified: the queue goes on."""


class TerminalDecisions:
    """Decides about results; each is a verification with its evidence in the journal."""

    def __init__(self, verifying: Verifying, hall: Hall, served: Served) -> None:
        self._verifying = verifying
        self._hall = hall
        self._served = served

    async def decide(self, terminal: Terminal, result: TerminalResult) -> TerminalDecision:
        """Return what the terminal shows and says. Raises Problem for pictures that are none."""
        one = await self._verifying.begin(
            Place.TERMINAL,
            terminal.id,
            terminal.id,
            _document(result),
            ticket=result.ticket or "",
            card_picture=result.card_picture or b"",
            live_picture=result.live_picture,
            told=_told(result),
        )
        if one.passed:
            one = await self._verifying.give_seat(one.id, terminal.id)
            # Verified is verified; the queue is put right at its own console.
            with contextlib.suppress(Problem):
                await self._served(one.ticket, terminal.id)
        return self._answer(one)

    def _answer(self, one: Verification) -> TerminalDecision:
        decision = self._verifying.decision(one)
        first = decision.reasons[0] if decision is not None and decision.reasons else None
        verdict: Decided = "pass" if one.passed else "refuse" if one.verdict == "refuse" else "ask"
        contents = self._hall.contents.get(one.session)
        candidate = contents.roster.get(one.ticket) if contents is not None else None
        name = candidate.name if candidate is not None else ""
        code, zh, en = (first.code, first.zh, first.en) if first is not None else ("", "", "")
        match verdict:
            case "pass":
                say_zh = f"{name}，核验通过，请到{one.room}{one.seat}号座位"
                say_en = f"Verified. Please go to {one.room}, seat {one.seat}"
            case "refuse":
                say_zh, say_en = f"核验未通过：{zh}", f"Not verified: {en}"
            case "ask":
                say_zh, say_en = "请到人工核验台", "Please go to the verification desk"
        return TerminalDecision(
            decision=verdict,
            reason_code=code,
            reason_zh=zh,
            reason_en=en,
            say_zh=say_zh,
            say_en=say_en,
            name=name if verdict == "pass" else "",
            room=one.room if verdict == "pass" else "",
            seat=one.seat if verdict == "pass" else None,
        )


def _document(result: TerminalResult) -> DocumentFacts:
    until = result.valid_until
    return DocumentFacts(
        kind=DocumentKind(result.document_kind) if result.document_kind is not None else None,
        number=result.document_number.strip().upper(),
        name=result.name,
        valid_from=result.valid_from,
        valid_to=None if until is None or until == "long_term" else until,
        long_term=until == "long_term",
    )


def _told(result: TerminalResult) -> dict[Pair, Comparison]:
    """Return the terminal's own comparison of card and face."""
    if result.verdict == "not_compared":
        return {}
    return {Pair.CARD: Comparison(Outcome(result.verdict), result.score, result.threshold)}
