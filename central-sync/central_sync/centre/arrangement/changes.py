"""Changes of the arrangement: kept with who and why, listed, and undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import orjson
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central_sync.centre.api.plan_models import Changes, ChangesQuery, ChangeView
from central_sync.centre.arrangement.clashes import refuse_lost_place
from central_sync.centre.arrangement.snapshot import (
    Snapshot,
    drop_empty_sessions,
    packed,
    restore,
    snapshot,
)
from central_sync.centre.arrangement.turns import take_turn
from central_sync.centre.sessions.sessions import CHANGEABLE
from central_sync.centre.sites.sites import Sites
from central_sync.centre.tables.arrangement import ChangeRow, ChangeSessionRow, SessionRow, TicketRow
from central_sync.protocol.http.problems import Problem

ON_A_PAGE = 50
_UNDOABLE = ("confirm", "move", "remove")


class ChangeLog:
    """The changes of the arrangement. Methods work in the caller's transaction."""

    def __init__(self, sites: Sites, clock: Callable[[], datetime]) -> None:
        self._sites = sites
        self._clock = clock

    def keep(
        self,
        session: Session,
        kind: str,
        by: str,
        told: tuple[str, str],
        *,
        reason: str = "",
        before: Snapshot,
        after: Snapshot,
        sessions: Iterable[str],
        made: Iterable[str] = (),
    ) -> ChangeRow:
        """Keep a change: `told` in Chinese and English, tickets before and after, sessions it made."""
        zh, en = told
        row = ChangeRow(
            at=self._clock(),
            by=by,
            kind=kind,
            zh=zh[:400],
            en=en[:400],
            reason=reason,
            before=packed(before),
            after=packed({"tickets": after, "made": list(made)}),
        )
        session.add(row)
        session.flush()
        for exam in sorted(set(sessions)):
            session.add(ChangeSessionRow(change=row.id, session=exam))
        session.flush()
        return row

    def page(self, session: Session, query: ChangesQuery) -> Changes:
        """Return a page of changes, newest first."""
        chosen = select(ChangeRow)
        if query.session is not None:
            chosen = chosen.where(
                ChangeRow.id.in_(
                    select(ChangeSessionRow.change).where(ChangeSessionRow.session == query.session)
                )
            )
        total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
        rows = session.scalars(
            chosen.order_by(ChangeRow.id.desc()).limit(ON_A_PAGE).offset((query.page - 1) * ON_A_PAGE)
        ).all()
        return Changes(total=total, page=query.page, changes=tuple(change_view(session, row) for row in rows))

    def undo(self, session: Session, change: int, by: str) -> ChangeView:
        """Put back what a change did and return the change that does so.

        Raises Problem change.unknown, change.not_undoable, change.overtaken, move.same_time.
        """
        take_turn(session)
        row = session.get(ChangeRow, change, with_for_update=True)
        if row is None:
            raise Problem(
                "missing", "change.unknown", "没有这次变更，请刷新页面", "there is no such change; reload"
            )
        if not change_view(session, row).undoable:
            raise Problem(
                "conflict",
                "change.not_undoable",
                "该变更已撤销，或相关场次已发放密钥、结束或取消，不能撤销",
                "it is undone already, or the key of one of its sessions is released",
            )
        before: Snapshot = orjson.loads(row.before)
        held = orjson.loads(row.after)
        after: Snapshot = held["tickets"]
        if snapshot(session, {*before, *after}) != after:
            raise _overtaken()
        try:
            with session.begin_nested():
                restore(session, before, after)
        except IntegrityError as error:
            raise _overtaken() from error
        for ticket in before:
            refuse_lost_place(session, self._sites, session.get_one(TicketRow, ticket))
        row.undone = True
        exams = _sessions_of(session, row.id)
        made = self.keep(
            session,
            "undo",
            by,
            (f"撤销变更 {change}：{row.zh}", f"undid change {change}: {row.en}"),
            before=after,
            after=before,
            sessions=exams,
        )
        drop_empty_sessions(session, held["made"])
        return change_view(session, made)


def change_view(session: Session, row: ChangeRow) -> ChangeView:
    """Return a change as pages show it."""
    exams = _sessions_of(session, row.id)
    changeable = session.scalar(
        select(func.count())
        .select_from(SessionRow)
        .where(SessionRow.id.in_(exams), SessionRow.state.in_(CHANGEABLE))
    )
    return ChangeView.model_validate(
        {
            "change": row.id,
            "at": row.at,
            "by": row.by,
            "kind": row.kind,
            "zh": row.zh,
            "en": row.en,
            "reason": row.reason,
            "sessions": tuple(exams),
            "undone": row.undone,
            "undoable": row.kind in _UNDOABLE and not row.undone and changeable == len(exams),
        }
    )


def _sessions_of(session: Session, change: int) -> list[str]:
    return list(
        session.scalars(
            select(ChangeSessionRow.session)
            .where(ChangeSessionRow.change == change)
            .order_by(ChangeSessionRow.session)
        )
    )


def _overtaken() -> Problem:
    return Problem(
        "conflict",
        "change.overtaken",
        "之后又有变更涉及这些考生或座位，请先撤销较新的变更",
        "later changes touch the same candidates or seats; undo those first",
    )
