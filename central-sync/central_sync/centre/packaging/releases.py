"""Giving keys out (发放密钥): only within the window, and always noted with who and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.api.result_models import (
    ReleaseCodeView,
    ReleaseEvent,
    ReleaseView,
    ServerKey,
    SpokenWord,
)
from central_sync.centre.exchange.service import Exchange
from central_sync.centre.exchange.tables import DocumentRow
from central_sync.centre.packaging.contents import is_outdated
from central_sync.centre.packaging.keys import content_key_of, release_code_of
from central_sync.centre.packaging.records import newest_package
from central_sync.centre.sessions.sessions import CHANGEABLE, held_session
from central_sync.centre.tables.arrangement import SessionRow
from central_sync.centre.tables.packages import KeyReleaseRow, PackageRow
from central_sync.centre.tables.sites import SiteRow
from central_sync.protocol.documents import key_document_name
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import CentreKeys
from central_sync.protocol.release_code import spoken_words
from central_sync.protocol.session import local_text


class Releases:
    """Who may have which key when. Methods work in the caller's transaction."""

    def __init__(self, exchange: Exchange, keys: CentreKeys, clock: Callable[[], datetime]) -> None:
        self._exchange = exchange
        self._keys = keys
        self._clock = clock

    def view(self, session: Session, exam: str) -> ReleaseView:
        """Return whether a session's key may be given, and to whom it was; raises Problem."""
        row = held_session(session, exam)
        package = newest_package(session, exam)
        refusal = self._refusal(session, row, package)
        events = session.scalars(
            select(KeyReleaseRow).where(KeyReleaseRow.session == exam).order_by(KeyReleaseRow.id)
        ).all()
        now = self._clock()
        state = (
            "released"
            if events
            else "too_early"
            if now < row.unlock_from
            else "closed"
            if now >= row.closes_at
            else "may_release"
        )
        return ReleaseView.model_validate(
            {
                "session": exam,
                "package": None if package is None else package.id,
                "state": state,
                "may_release": refusal is None,
                "zh": "" if refusal is None else refusal.zh,
                "en": "" if refusal is None else refusal.en,
                "unlock_from": row.unlock_from,
                "closes_at": row.closes_at,
                "released_at": events[0].at if events else None,
                "by": events[0].by if events else "",
                "servers": self._servers(session, row.site, package),
                "events": tuple(
                    ReleaseEvent.model_validate(
                        {name: getattr(event, name) for name in ReleaseEvent.model_fields}
                    )
                    for event in events
                ),
            }
        )

    def online(self, session: Session, exam: str, by: str) -> ReleaseView:
        """Seal a session's key for each server of its site; a repetition reaches servers new since.

        Raises Problem session.unknown, release.*.
        """
        row, package = self._permitted(session, exam)
        servers = self._exchange.release_key(
            session, row.site, package.id, content_key_of(self._keys, package)
        )
        self._note(session, row, package, "online", by, servers, "")
        return self.view(session, exam)

    def code(self, session: Session, exam: str, by: str, reason: str) -> ReleaseCodeView:
        """Return the release code of a session's package; raises Problem session.unknown, release.*."""
        row, package = self._permitted(session, exam)
        code = release_code_of(self._keys, package)
        self._note(session, row, package, "code", by, 0, reason)
        return ReleaseCodeView(
            session=exam,
            package=package.id,
            code=code,
            words=tuple(
                SpokenWord(pinyin=pinyin, character=character) for pinyin, character in spoken_words(code)
            ),
        )

    def _permitted(self, session: Session, exam: str) -> tuple[SessionRow, PackageRow]:
        row = held_session(session, exam)
        package = newest_package(session, exam)
        refusal = self._refusal(session, row, package)
        if refusal is not None or package is None:
            raise refusal or _no_package()
        return row, package

    def _note(
        self,
        session: Session,
        row: SessionRow,
        package: PackageRow,
        way: str,
        by: str,
        servers: int,
        reason: str,
    ) -> None:
        session.add(
            KeyReleaseRow(
                session=row.id,
                package=package.id,
                way=way,
                at=self._clock(),
                by=by,
                servers=servers,
                reason=reason,
            )
        )
        row.state = "released"
        session.flush()

    def _refusal(self, session: Session, row: SessionRow, package: PackageRow | None) -> Problem | None:
        """Return why the key may not be given now, None when it may."""
        now = self._clock()
        zone = session.get_one(SiteRow, row.site).time_zone
        if row.state == "cancelled":
            return Problem(
                "conflict", "release.cancelled", "场次已取消，不能发放密钥", "the session is cancelled"
            )
        if row.state == "closed":
            return Problem(
                "conflict",
                "release.over",
                "考点已签结本场，不必再发放密钥",
                "the site signed the session off",
            )
        if package is None:
            return _no_package()
        if now < row.unlock_from:
            at = local_text(row.unlock_from, zone)
            return Problem(
                "not_ready",
                "release.too_early",
                f"{at} 起才能发放密钥，现在为时尚早",
                f"the key may be given from {at} (site's time) on; it is too early",
            )
        if now >= row.closes_at:
            at = local_text(row.closes_at, zone)
            return Problem(
                "conflict",
                "release.window_closed",
                f"发放时间已于 {at} 截止，本场不能再开考，请另行安排",
                f"the window closed at {at} (site's time): this session can no longer start",
            )
        if row.state in CHANGEABLE and is_outdated(session, row, package):
            return Problem(
                "conflict",
                "release.outdated",
                "制作考试包之后安排有变更，请先重新制作",
                "the arrangement changed after the package was built: build it again first",
            )
        return None

    def _servers(self, session: Session, site: str, package: PackageRow | None) -> tuple[ServerKey, ...]:
        return tuple(
            ServerKey.model_validate(
                {
                    "appliance": server.id,
                    "state": server.state,
                    "has_document": package is not None
                    and session.get(DocumentRow, (site, "key", key_document_name(package.id, server.id)))
                    is not None,
                    "last_contact": server.last_contact,
                }
            )
            for server in self._exchange.appliances(session, site)
        )


def _no_package() -> Problem:
    return Problem(
        "not_ready",
        "release.no_package",
        "尚未制作考试包，请先制作",
        "there is no package yet: build it first",
    )
