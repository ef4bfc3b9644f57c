"""The journal entries of a session as the centre received them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.api.result_models import Entries, EntriesQuery, EntryView
from central_sync.centre.exchange.tables import EntryRow
from central_sync.centre.sessions.sessions import held_session
from central_sync.centre.tables.arrangement import TicketRow
from central_sync.centre.tables.ledger import LedgerLineRow
from central_sync.centre.tables.rosters import CandidateRow
from central_sync.protocol.journal import Entry
from central_sync.protocol.kinds import KINDS


def entries_of(session: Session, exam: str, query: EntriesQuery) -> Entries:
    """Return entries of a session's site about the session, its tickets and tickets that came up in it.

    Raises Problem session.unknown.
    """
    row = held_session(session, exam)
    names = dict(
        session.execute(
            select(TicketRow.ticket, CandidateRow.name)
            .join(CandidateRow, CandidateRow.id_number == TicketRow.candidate)
            .where(TicketRow.session == exam)
        ).all()
    )
    strangers = session.scalars(
        select(LedgerLineRow.ticket).where(LedgerLineRow.session == exam, LedgerLineRow.site == row.site)
    )
    found = session.execute(
        select(EntryRow.received, EntryRow.appliance, EntryRow.flag, EntryRow.line)
        .where(
            EntryRow.site == row.site,
            EntryRow.subject.in_({exam, *names, *strangers}),
            EntryRow.received > query.after,
        )
        .order_by(EntryRow.received)
        .limit(query.limit + 1)
    ).all()
    return Entries(
        session=exam,
        entries=tuple(
            _view(received, appliance, flag, Entry.model_validate_json(line), names)
            for received, appliance, flag, line in found[: query.limit]
        ),
        more=len(found) > query.limit,
    )


def _view(received: int, appliance: str, flag: str, entry: Entry, names: dict[str, str]) -> EntryView:
    kind = KINDS.get(entry.kind)
    return EntryView.model_validate(
        {
            "received": received,
            "appliance": appliance,
            "seq": entry.seq,
            "at": entry.at,
            "kind": entry.kind,
            "zh": entry.kind if kind is None else kind.zh,
            "en": entry.kind if kind is None else kind.en,
            "subject": entry.subject,
            "name": names.get(entry.subject, ""),
            "actor": entry.actor,
            "body": entry.body,
            "odd": flag,
        }
    )
