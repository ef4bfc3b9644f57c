"""The identity decision (核验判定): from facts to pass, refuse or ask a person, with every reason. Pure.

A pass takes positive evidence of everything; whatever is missing or in doubt asks a person, whatever breaks a
rule refuses. So taking evidence away never turns a refusal or a question into a pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from exam_appliance.identity.facts import (
    Comparison,
    DocumentFacts,
    Facts,
    Outcome,
    Pair,
    Place,
    RosterFacts,
    SessionFacts,
)
from exam_appliance.identity.matching import kinds_agree, newer_card_of, number_holds, same_name, same_number
from exam_appliance.identity.rules import RULES, Verdict

_NOTHING = Comparison(Outcome.NOT_COMPARED, zh="未进行比对", en="no comparison was made")


@dataclass(frozen=True, slots=True)
class DecisionReason:
    """A rule that counted, with its sentences filled in."""

    code: str
    verdict: Verdict
    zh: str
    en: str
    overridable: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict and the reasons that led to it, refusals first."""

    verdict: Verdict
    reasons: tuple[DecisionReason, ...]

    @property
    def overridable(self) -> bool:
        """Whether people may let the candidate in all the same."""
        return all(reason.overridable for reason in self.reasons)


def decide(facts: Facts) -> Decision:
    """Return the decision. Refuses on any broken rule, else asks on any doubt, else passes."""
    found = sorted(_found(facts), key=lambda reason: reason.verdict is not Verdict.REFUSE)
    if not found:
        passed = "seat.verified" if facts.place is Place.SEAT else "identity.verified"
        return Decision(Verdict.PASS, (_reason(passed),))
    return Decision(found[0].verdict, tuple(found))


def _found(facts: Facts) -> Iterator[DecisionReason]:
    if facts.place is Place.SEAT:
        yield from _at_seat(facts)
        return
    yield from _of_document(facts)
    if facts.roster is None:
        yield _reason("roster.unknown")
    else:
        yield from _of_roster(facts, facts.roster)
        yield from _of_session(facts.session, facts.now)
    yield from _of_history(facts)
    yield from _of_faces(facts)


def _at_seat(facts: Facts) -> Iterator[DecisionReason]:
    if facts.roster is None or not facts.history.verified:
        yield _reason("seat.not_verified")
    if not facts.live:
        yield _reason("live.none" if facts.no_picture is None else f"seat.{facts.no_picture}")
    yield from _of_comparison(facts, Pair.DESK)


def _of_document(facts: Facts) -> Iterator[DecisionReason]:
    document = facts.document
    if document is None:
        yield _reason("document.none")
        return
    if not number_holds(document.number):
        yield _reason("document.number_wrong")
    elif not kinds_agree(document.kind, document.number):
        yield _reason("document.kind_differs")
    if document.typed:
        yield _reason("document.typed")
    yield from _of_validity(document, facts)


def _of_validity(document: DocumentFacts, facts: Facts) -> Iterator[DecisionReason]:
    if document.valid_to is not None and facts.today > document.valid_to:
        yield _reason("document.expired", date=document.valid_to.isoformat())
    elif document.valid_from is not None and facts.today < document.valid_from:
        yield _reason("document.not_yet_valid", date=document.valid_from.isoformat())
    elif document.valid_from is None or (document.valid_to is None and not document.long_term):
        yield _reason("document.validity_unknown")


def _of_roster(facts: Facts, roster: RosterFacts) -> Iterator[DecisionReason]:
    if facts.ticket and facts.ticket != roster.ticket:
        yield _reason("ticket.other", ticket=facts.ticket)
    document = facts.document
    if document is None:
        return
    if not same_number(document.number, roster.number):
        if newer_card_of(document.number, document.name, document.english_name, roster):
            yield _reason("number.newer_card")
        else:
            yield _reason("number.differs", ticket=roster.ticket)
    elif not same_name(document.name, document.english_name, roster.name):
        yield _reason("name.differs", name=roster.name)


def _of_session(session: SessionFacts | None, now: datetime) -> Iterator[DecisionReason]:
    if session is None:
        yield _reason("session.unknown")
    elif session.over:
        yield _reason("session.over")
    elif now < session.earliest:
        yield _reason("session.too_early", time=_moment(session.earliest))
    elif session.latest is not None and now > session.latest:
        yield _reason("session.late", time=_moment(session.latest))


def _of_history(facts: Facts) -> Iterator[DecisionReason]:
    history = facts.history
    if history.finished:
        yield _reason("history.finished")
    if history.seated:
        yield _reason("history.seated", seat=str(history.seated))
    if history.absent:
        yield _reason("history.absent")
    if history.verified:
        yield _reason("history.verified")
    if history.refused:
        yield _reason("history.refused", count=str(history.refused))


def _of_faces(facts: Facts) -> Iterator[DecisionReason]:
    if not facts.live:
        yield _reason("live.none")
    registered = facts.comparisons.get(Pair.REGISTRATION, _NOTHING)
    stands_in = facts.registration_stands_in and registered.outcome is Outcome.MATCH
    if not facts.card_photo and not stands_in:
        yield _reason("card.no_photo")
    if facts.card_photo or Pair.CARD in facts.comparisons:
        yield from _of_comparison(facts, Pair.CARD)
    if facts.roster is not None and not facts.roster.has_photo:
        yield _reason("roster.no_photo")
    if (facts.roster is not None and facts.roster.has_photo) or Pair.REGISTRATION in facts.comparisons:
        yield from _of_comparison(facts, Pair.REGISTRATION)


def _of_comparison(facts: Facts, pair: Pair) -> Iterator[DecisionReason]:
    comparison = facts.comparisons.get(pair, _NOTHING)
    if comparison.outcome is Outcome.NO_MATCH:
        yield _reason(f"face.{pair}_no_match")
    elif comparison.outcome is Outcome.NOT_COMPARED and facts.live:
        # Without a live picture `live.none` says it once.
        told = comparison if comparison.zh else _NOTHING
        yield _reason(f"face.{pair}_not_compared", zh=told.zh, en=told.en)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _reason(code: str, **filled: str) -> DecisionReason:
    rule = RULES[code]
    # By replacement: what is filled in was read from documents and may hold braces.
    zh, en = rule.zh, rule.en
    for name, value in filled.items():
        zh, en = zh.replace(f"{{{name}}}", value), en.replace(f"{{{name}}}", value)
    return DecisionReason(rule.code, rule.verdict, zh, en, rule.overridable)
