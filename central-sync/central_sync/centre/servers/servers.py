"""What staff do about site servers: claim codes, readmission, revocation; each noted with who and why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.api.result_models import (
    ApplianceAct,
    ApplianceView,
    ClaimView,
    EvidenceList,
    EvidencePiece,
    SiteFileList,
    SiteFileView,
)
from central_sync.centre.exchange.quarantine import REASONS, Evidence, locked_appliance
from central_sync.centre.exchange.service import CLAIM_LIFE, Exchange
from central_sync.centre.exchange.site_files import site_files
from central_sync.centre.exchange.standing import ApplianceStanding
from central_sync.centre.tables.acts import ApplianceActRow
from central_sync.centre.tables.sites import SiteRow
from central_sync.protocol.http.problems import Problem

SHOWN_BODY = 4000
"""Characters of a piece of evidence that pages are given."""


class SiteServers:
    """The site servers as staff see them. Methods work in the caller's transaction."""

    def __init__(self, exchange: Exchange, clock: Callable[[], datetime]) -> None:
        self._exchange = exchange
        self._clock = clock

    def all(self, session: Session) -> list[ApplianceView]:
        """Return all servers by site."""
        names = dict(session.execute(select(SiteRow.code, SiteRow.name)).all())
        return [_view(standing, names) for standing in self._exchange.appliances(session)]

    def claim(self, session: Session, site: str, by: str, centre_url: str) -> ClaimView:
        """Return a claim code for a server of a site; raises Problem site.unknown, site.not_active."""
        row = session.get(SiteRow, site)
        if row is None:
            raise Problem(
                "missing",
                "site.unknown",
                f"没有考点 {site[:20]}，请刷新页面",
                f"there is no site {site[:20]}; reload the page",
            )
        if not row.active:
            raise Problem(
                "conflict",
                "site.not_active",
                f"考点 {site} 已停用，不能登记服务器",
                f"site {site} is not active; no server can be enrolled for it",
            )
        now = self._clock()
        code = self._exchange.new_claim(session, site)
        self._note(session, site, "", "claim", by, "")
        return ClaimView(
            site=site,
            code=code,
            expires_at=now + CLAIM_LIFE,
            centre_url=centre_url,
            pin=hashlib.sha256(self._exchange.authority.der).hexdigest(),
        )

    def readmit(
        self, session: Session, appliance: str, by: str, reason: str, machine: str | None
    ) -> ApplianceView:
        """End a quarantine; raises Problem appliance.unknown, appliance.not_quarantined."""
        self._exchange.readmit(session, appliance, machine=machine)
        return self._acted(session, appliance, "readmit", by, reason)

    def revoke(self, session: Session, appliance: str, by: str, reason: str) -> ApplianceView:
        """Refuse a server for good; raises Problem appliance.unknown."""
        self._exchange.revoke(session, appliance, reason)
        return self._acted(session, appliance, "revoke", by, reason)

    def evidence(self, session: Session, appliance: str) -> EvidenceList:
        """Return what stands against a server and what was done; raises Problem appliance.unknown."""
        locked_appliance(session, appliance)
        acts = session.scalars(
            select(ApplianceActRow).where(ApplianceActRow.appliance == appliance).order_by(ApplianceActRow.id)
        )
        return EvidenceList(
            appliance=appliance,
            evidence=tuple(_piece(piece) for piece in self._exchange.evidence(session, appliance)),
            acts=tuple(
                ApplianceAct.model_validate({name: getattr(act, name) for name in ApplianceAct.model_fields})
                for act in acts
            ),
        )

    def files(self, session: Session, appliance: str) -> SiteFileList:
        """Return the files that a server announced; raises Problem appliance.unknown."""
        locked_appliance(session, appliance)
        return SiteFileList(
            appliance=appliance,
            files=tuple(
                SiteFileView.model_validate({name: getattr(row, name) for name in SiteFileView.model_fields})
                for row in site_files(session, appliance)
            ),
        )

    def _acted(self, session: Session, appliance: str, act: str, by: str, reason: str) -> ApplianceView:
        row = locked_appliance(session, appliance)
        self._note(session, row.site, appliance, act, by, reason)
        return next(view for view in self.all(session) if view.id == appliance)

    def _note(self, session: Session, site: str, appliance: str, act: str, by: str, reason: str) -> None:
        session.add(
            ApplianceActRow(site=site, appliance=appliance, act=act, at=self._clock(), by=by, reason=reason)
        )
        session.flush()


def _view(standing: ApplianceStanding, names: dict[str, str]) -> ApplianceView:
    zh, en = _sentence(standing.reason) if standing.state != "active" else ("", "")
    return ApplianceView.model_validate(
        {
            "id": standing.id,
            "site": standing.site,
            "site_name": names.get(standing.site, ""),
            "state": standing.state,
            "reason": standing.reason,
            "zh": zh,
            "en": en,
            "enrolled_at": standing.enrolled_at,
            "last_contact": standing.last_contact,
            "acknowledged": standing.acknowledged,
            "head": standing.head,
            "software": standing.software,
            "disk_free": standing.disk_free,
            "trouble": standing.trouble,
        }
    )


def _sentence(reason: str) -> tuple[str, str]:
    return next((texts for code, texts in REASONS.items() if code == reason), (reason, reason))


def _piece(piece: Evidence) -> EvidencePiece:
    zh, en = _sentence(piece.reason)
    return EvidencePiece(
        at=piece.at,
        reason=piece.reason,
        zh=zh,
        en=en,
        machine=piece.machine,
        address=piece.address,
        seq=piece.seq,
        entries=piece.body.count(b"\n"),
        body=piece.body.decode(errors="replace")[:SHOWN_BODY],
    )
