"""Verifications and desks as the page shows them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from central_sync.protocol.roster import masked_id
from exam_appliance.devices.roles import station_named
from exam_appliance.exam.hall import Hall
from exam_appliance.identity.desks import Desks
from exam_appliance.identity.facts import DocumentFacts
from exam_appliance.identity.framing import Framing
from exam_appliance.identity.rules import RULES
from exam_appliance.identity.verification import Verification
from exam_appliance.identity.verifying import Verifying
from exam_appliance.web.console.identity.models import (
    ComparisonView,
    DeskSummary,
    DeskView,
    DocumentView,
    FaceBoxView,
    FramingView,
    ReasonView,
    VerificationView,
)

_GAP = re.compile(r"\{[a-z]+\}")
"""What a rule's sentence is filled with; only the case in memory knows it."""


def desk_view(desks: Desks, hall: Hall, desk: str) -> DeskView:
    """Return a desk as it stands."""
    one = desks.desk(desk)
    found = desks.verifying.book.find(one.verification) if one.verification else None
    named = desk_summary(desk)
    return DeskView(
        run=desks.run,
        seq=one.seq,
        desk=desk,
        zh=named.zh,
        en=named.en,
        reader=bool(desks.device(desk, "reader")),
        camera=bool(desks.device(desk, "camera")),
        printer=bool(desks.device(desk, "slips")),
        card=one.card,
        trouble_zh=one.zh,
        trouble_en=one.en,
        verification=verification_view(desks.verifying, hall, found) if found is not None else None,
        slip=one.slip,
    )


def desk_summary(desk: str) -> DeskSummary:
    """Return a desk's names."""
    station = station_named(desk)
    return DeskSummary(desk=desk, zh=station.zh if station else desk, en=station.en if station else desk)


def verification_view(verifying: Verifying, hall: Hall, one: Verification) -> VerificationView:
    """Return a verification; the document's data only while the case is in memory."""
    case = verifying.case(one.id)
    contents = hall.contents.get(one.session)
    candidate = contents.roster.get(one.ticket) if contents is not None else None
    return VerificationView(
        id=one.id,
        place=one.place,
        at=datetime.fromisoformat(one.at),
        actor=one.actor,
        verdict=one.verdict,
        reasons=_reasons(verifying, one),
        overridable=one.overridable and bool(one.ticket),
        document=_document(case.document) if case is not None and case.document is not None else None,
        name=candidate.name if candidate is not None else "",
        ticket=one.ticket,
        session=one.session,
        title=contents.plan.title if contents is not None else "",
        room=one.room,
        seat=one.seat,
        comparisons=tuple(_comparison(told) for told in one.comparisons),
        pictures={
            what: one.evidence[what]
            for what in ("card", "live", "registration", "desk")
            if what in one.evidence and not one.forgotten
        },
        settled_by=one.settled_by,
        second=one.second,
        reason=one.reason,
    )


def framing_view(framing: Framing) -> FramingView:
    """Return where faces are."""
    faces = (
        FaceBoxView(left=box.left, top=box.top, width=box.width, height=box.height) for box in framing.boxes
    )
    return FramingView(faces=tuple(faces), code=framing.code, zh=framing.zh, en=framing.en)


def _reasons(verifying: Verifying, one: Verification) -> tuple[ReasonView, ...]:
    decision = verifying.decision(one)
    if decision is not None:
        return tuple(
            ReasonView(code=reason.code, verdict=reason.verdict.value, zh=reason.zh, en=reason.en)
            for reason in decision.reasons
        )
    rules = [RULES[code] for code in one.rules if code in RULES]
    return tuple(
        ReasonView(
            code=rule.code,
            verdict=rule.verdict.value,
            zh=_GAP.sub("…", rule.zh),
            en=_GAP.sub("…", rule.en),
        )
        for rule in rules
    )


def _document(document: DocumentFacts) -> DocumentView:
    return DocumentView(
        kind=document.kind.value if document.kind is not None else "",
        name=document.name or document.english_name,
        number=masked_id(document.number),
        valid_from=document.valid_from,
        valid_to=document.valid_to,
        long_term=document.long_term,
        typed=document.typed,
    )


def _comparison(told: dict[str, Any]) -> ComparisonView:
    return ComparisonView(
        pair=told["pair"],
        outcome=told["outcome"],
        score=told["score"] / 1_000_000 if told["score"] is not None else None,
        threshold=told["threshold"] / 1_000_000 if told["threshold"] is not None else None,
        code=told["code"],
    )
