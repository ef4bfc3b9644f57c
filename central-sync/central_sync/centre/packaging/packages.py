"""Building packages: from the tables to a signed, encrypted file that the site may fetch."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.api.result_models import PackageView
from central_sync.centre.banks.banks import held_counts
from central_sync.centre.database import Database
from central_sync.centre.exchange.service import Exchange
from central_sync.centre.file_store import FileStore
from central_sync.centre.jobs.jobs import Ended, Progress
from central_sync.centre.packaging.contents import (
    Arrangement,
    StoredFiles,
    is_outdated,
    questions_digest,
    read_arrangement,
    read_blueprint,
    read_items,
)
from central_sync.centre.packaging.keys import seal_content_key, seal_release_code
from central_sync.centre.packaging.records import newest_package
from central_sync.centre.plans.verdict import judge
from central_sync.centre.sessions.sessions import CHANGEABLE, held_session
from central_sync.centre.tables.arrangement import SessionRow
from central_sync.centre.tables.jobs import JobRow
from central_sync.centre.tables.packages import PackageRow
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.items import BankItems
from central_sync.protocol.keys import CentreKeys
from central_sync.protocol.package import open_package, write_package
from central_sync.protocol.package_errors import PackageError
from central_sync.protocol.package_suite import KEY_BYTES
from central_sync.protocol.release_code import new_release_code
from central_sync.protocol.session import BlobRef, PaperPlan, SessionDocument

JOB = "package.build"


@dataclass(frozen=True)
class _Draft:
    """What one package is made of, read in one transaction."""

    package: str
    number: int
    arrangement: Arrangement
    paper_plan: PaperPlan
    source: tuple[str, int]
    """Bank and its version."""
    bank: BankItems
    questions: str

    @property
    def photos(self) -> set[str]:
        """Digests of all registration photos."""
        return {person.photo for person in self.arrangement.roster.candidates if person.photo is not None}

    @property
    def media(self) -> set[str]:
        """Digests of all pictures and clips."""
        return {media.sha256 for item in self.bank.items for media in item.all_media()}


class Packages:
    """The packages of the centre. `exam` is an exam session's id."""

    def __init__(
        self,
        database: Database,
        exchange: Exchange,
        keys: CentreKeys,
        files: FileStore,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._exchange = exchange
        self._keys = keys
        self._files = files
        self._clock = clock

    def view(self, session: Session, exam: str) -> PackageView:
        """Return the newest package of a session; raises Problem session.unknown."""
        row = held_session(session, exam)
        job = _building(session, exam)
        package = newest_package(session, exam)
        state = "building" if job is not None else "none" if package is None else "built"
        if package is None:
            return PackageView(
                session=exam,
                state=state,
                job=job,
                package=None,
                sha256="",
                size=0,
                items=0,
                media=0,
                candidates=0,
                photos=0,
                built_at=None,
                by="",
                outdated=False,
                newer_items=False,
            )
        changeable = row.state in CHANGEABLE
        return PackageView(
            session=exam,
            state=state,
            job=job,
            package=package.id,
            sha256=package.sha256,
            size=package.size,
            items=package.items,
            media=package.media,
            candidates=package.candidates,
            photos=package.photos,
            built_at=package.built_at,
            by=package.by,
            outdated=changeable and is_outdated(session, row, package),
            newer_items=changeable and questions_digest(*read_blueprint(session, row)) != package.questions,
        )

    def require_buildable(self, session: Session, exam: str) -> None:
        """Refuse what cannot be built now. Raises Problem session.unknown, package.*."""
        row = held_session(session, exam)
        if _building(session, exam) is not None:
            raise Problem(
                "busy",
                "package.building",
                f"场次 {exam} 的考试包正在制作，请稍候",
                f"the package of session {exam} is being built; wait a moment",
                status=409,
            )
        self._draft(session, row)

    def build(self, exam: str, by: str, folder: Path, progress: Progress) -> Ended:
        """Build a session's package, publish it and let its site fetch it; on a thread.

        `folder` takes the file while it is written. Raises Problem; then nothing is stored.
        """
        progress(5, "读取名单与试题", "reading roster and items")
        with self._database.begin() as session:
            draft = self._draft(session, held_session(session, exam))
        content_key, code = secrets.token_bytes(KEY_BYTES), new_release_code()
        path = folder / f"{draft.package}.{secrets.token_hex(4)}.kdpkg"
        try:
            progress(20, "加密并签名", "encrypting and signing")
            ref = self._write(path, draft, content_key, code)
            progress(65, "核对成品", "checking the finished file")
            open_package(path, self._keys.signing.public_key(), content_key).close()
            progress(85, "发布", "publishing")
            held = self._exchange.take_file(path)
            if held != ref:
                raise OSError(f"{path} changed while it was stored")
        except PackageError as error:
            raise Problem("conflict", "package.unfit", error.zh, error.en) from error
        finally:
            path.unlink(missing_ok=True)
        with self._database.begin() as session:
            self._publish(session, exam, draft, ref, content_key, code, by)
        return Ended(
            True,
            f"考试包 {draft.package} 已制作并发布：{len(draft.arrangement.roster.candidates)} 名考生，"
            f"{len(draft.bank.items)} 道试题，{ref.size / 1_000_000:.1f} MB",
            f"package {draft.package} is built and published: {len(draft.arrangement.roster.candidates)} "
            f"candidates, {len(draft.bank.items)} items, {ref.size / 1_000_000:.1f} MB",
        )

    def _draft(self, session: Session, row: SessionRow) -> _Draft:
        _require_unreleased(row)
        arrangement = read_arrangement(session, row)
        if not arrangement.roster.candidates:
            raise Problem(
                "conflict",
                "package.nobody",
                f"场次 {row.id} 没有考生，不必制作考试包",
                f"nobody is arranged to session {row.id}; there is nothing to build",
            )
        blueprint, bank = read_blueprint(session, row)
        verdict = judge(blueprint, held_counts(session, bank.id), bank.version)
        if not verdict.ok or verdict.points != arrangement.plan.points:
            raise Problem(
                "conflict",
                "package.questions",
                "；".join(finding.zh for finding in verdict.findings)
                or f"蓝图为 {verdict.points} 分，计划为 {arrangement.plan.points} 分，请改正后再制作",
                "; ".join(finding.en for finding in verdict.findings)
                or f"the blueprint has {verdict.points} points, the plan {arrangement.plan.points}",
            )
        newest = newest_package(session, row.id)
        number = 1 if newest is None else newest.number + 1
        return _Draft(
            package=f"{row.id}.{number}",
            number=number,
            arrangement=arrangement,
            paper_plan=PaperPlan(blueprint=blueprint),
            source=(bank.id, bank.version),
            bank=read_items(session, blueprint, bank),
            questions=questions_digest(blueprint, bank),
        )

    def _write(self, path: Path, draft: _Draft, content_key: bytes, code: str) -> BlobRef:
        return write_package(
            path,
            draft.arrangement.plan,
            draft.arrangement.roster,
            StoredFiles(self._files, draft.photos),
            draft.bank,
            StoredFiles(self._files, draft.media),
            draft.paper_plan,
            package_id=draft.package,
            created_at=self._clock(),
            signing_key=self._keys.signing,
            content_key=content_key,
            release_code=code,
        )

    def _publish(
        self,
        session: Session,
        exam: str,
        draft: _Draft,
        ref: BlobRef,
        content_key: bytes,
        code: str,
        by: str,
    ) -> None:
        row = held_session(session, exam)
        _require_unreleased(row)
        if read_arrangement(session, row).digest != draft.arrangement.digest:
            raise Problem(
                "conflict",
                "package.overtaken",
                "制作期间安排有变更，请重新制作",
                "the arrangement changed meanwhile; build it again",
            )
        session.add(
            PackageRow(
                id=draft.package,
                session=exam,
                number=draft.number,
                sha256=ref.sha256,
                size=ref.size,
                items=len(draft.bank.items),
                media=len(draft.media),
                candidates=len(draft.arrangement.roster.candidates),
                photos=sum(person.photo is not None for person in draft.arrangement.roster.candidates),
                bank=draft.source[0],
                bank_version=draft.source[1],
                arrangement=draft.arrangement.digest,
                questions=draft.questions,
                sealed_key=seal_content_key(self._keys, draft.package, content_key),
                sealed_code=seal_release_code(self._keys, draft.package, code),
                built_at=self._clock(),
                by=by,
            )
        )
        row.state = "packaged"
        self._exchange.grant(session, row.site, ref)
        document = SessionDocument(plan=draft.arrangement.plan, package=draft.package, blob=ref)
        self._exchange.publish(session, "session", exam, row.site, document.model_dump(mode="json"))


def _building(session: Session, exam: str) -> str | None:
    return session.scalar(
        select(JobRow.id)
        .where(JobRow.kind == JOB, JobRow.subject == exam, JobRow.state.in_(("waiting", "running")))
        .limit(1)
    )


def _require_unreleased(row: SessionRow) -> None:
    if row.state in CHANGEABLE:
        return
    if row.state == "cancelled":
        raise Problem(
            "conflict",
            "package.cancelled",
            f"场次 {row.id} 已取消，不能制作考试包",
            f"session {row.id} is cancelled; it gets no package",
        )
    raise Problem(
        "conflict",
        "package.released",
        f"场次 {row.id} 的密钥已发放，考试包不能再改",
        f"the key of session {row.id} is released; its package cannot change any more",
    )
