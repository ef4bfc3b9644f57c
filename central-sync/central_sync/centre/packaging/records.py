"""The packages that were built, as the tables keep them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from central_sync.centre.tables.packages import PackageRow


def newest_package(session: Session, exam: str) -> PackageRow | None:
    """Return the package of a session that counts, None while there is none."""
    return newest_packages(session, [exam]).get(exam)


def newest_packages(session: Session, exams: Sequence[str]) -> dict[str, PackageRow]:
    """Return the packages that count by session; sessions without one are missing."""
    newest = (
        select(PackageRow.session, func.max(PackageRow.number).label("number"))
        .where(PackageRow.session.in_(exams))
        .group_by(PackageRow.session)
        .subquery()
    )
    rows = session.scalars(
        select(PackageRow).join(
            newest, (PackageRow.session == newest.c.session) & (PackageRow.number == newest.c.number)
        )
    )
    return {row.session: row for row in rows}
