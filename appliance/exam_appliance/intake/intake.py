"""The desk where the centre's documents arrive and sessions are unlocked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from central_sync.protocol.canonical import canonical
from central_sync.protocol.documents import key_document_name, supersedes
from central_sync.protocol.durable_file import write_whole
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import ApplianceKeys, SealBroken, content_key_purpose, unseal
from central_sync.protocol.package import PackageManifest, content_key_from_code
from central_sync.protocol.package_errors import PackageError
from central_sync.protocol.release_code import ReleaseCodeMistyped
from central_sync.protocol.session import (
    AccountsDocument,
    KeyDocument,
    RevocationsDocument,
    SessionDocument,
    SignedDocument,
    SiteDocument,
)
from exam_appliance.config.layers import POLICY_SOURCE
from exam_appliance.exam.hall import Hall, SessionContents
from exam_appliance.exam.paper import BankTooSmall
from exam_appliance.exam.session import SessionRecord
from exam_appliance.exam.states import SessionState
from exam_appliance.exam.steps import refuse_unless_possible
from exam_appliance.intake.documents import DocumentStore
from exam_appliance.intake.packages import Packages
from exam_appliance.journal.journal import Draft

log = logging.getLogger(__name__)

_REPLACEABLE = (
    SessionState.ANNOUNCED,
    SessionState.DOWNLOADED,
    SessionState.UNLOCKED,
    SessionState.CANCELLED,
)
_UNLOCKED_ONCE = (
    SessionState.UNLOCKED,
    SessionState.OPEN,
    SessionState.RUNNING,
    SessionState.PAUSED,
    SessionState.ENDED,
    SessionState.SIGNED_OFF,
)


KEYS_LOOKED_AT = 200
"""Newest arrivals of keys that are looked through for a package's."""


class CentreAccounts(Protocol):
    """Takes the staff accounts that the centre keeps for the site."""

    async def take_centre(self, document: AccountsDocument) -> None:
        """Make the accounts of the centre's document those of the site."""


class Intake:
    """Takes documents, keeps packages, unlocks sessions for one hall."""

    def __init__(
        self,
        state: Path,
        keys: ApplianceKeys,
        hall: Hall,
        centre_key: Callable[[], Ed25519PublicKey | None],
        accounts: CentreAccounts,
    ) -> None:
        self._state = state
        self._keys = keys
        self._hall = hall
        self._appliance = hall.journal.appliance
        self._centre_key = centre_key
        self._accounts = accounts
        self._documents = DocumentStore(state / "documents")
        self._packages = Packages(state / "packages", keys, self._appliance)
        self._one_at_a_time = asyncio.Lock()
        self.by_courier = False
        """True while a stick is read: keys that arrive now came by courier."""
        self._take: dict[str, Callable[[SignedDocument, Path | None], Awaitable[None]]] = {
            "session": self._session,
            "key": self._key,
            "accounts": self._accounts_document,
            "policy": self._policy,
        }

    async def start(self) -> None:
        """Open again what was unlocked before, so that a restart goes on where it stopped."""
        for document in self._documents.of_kind("session"):
            self._announce(SessionDocument.model_validate_json(canonical(document.body)))
        for record in list(self._hall.projection.sessions.values()):
            if record.state is SessionState.DOWNLOADED:
                await self._read_plan(record)
            elif record.state in _UNLOCKED_ONCE:
                await self._reopen(record)

    async def taken(self, document: SignedDocument, file: Path | None) -> None:
        """Take a document that the agent verified; `file` is the package of a session document.

        Taking the same again changes nothing. Raises OSError when it cannot be kept.
        """
        async with self._one_at_a_time:
            take = self._take.get(document.kind)
            if take is not None:
                await take(document, file)
            await asyncio.to_thread(self._documents.keep, document)

    def site(self) -> SiteDocument | None:
        """Return who the centre says this site is."""
        held = self._documents.of_kind("site")
        return SiteDocument.model_validate_json(canonical(held[-1].body)) if held else None

    def has_key(self, session: str) -> bool:
        """Tell whether the centre's key for a session's package is here."""
        record = self._hall.projection.sessions.get(session)
        return record is not None and self._key_document(record.package) is not None

    async def unlock(self, session: str, actor: str, release_code: str | None) -> None:
        """Unlock a session with the centre's key, or with a release code. Raises Problem."""
        async with self._one_at_a_time:
            record = self._hall.session(session)
            refuse_unless_possible(record, "unlock")
            self._refuse_revoked(record.package)
            centre_key = self._known_centre()
            by: Literal["online", "code", "courier"]
            try:
                if release_code is None:
                    content_key = self._released_key(record.package)
                    by = await asyncio.to_thread(self._way_of_key, record.package)
                else:
                    content_key = await self._key_of_code(record, centre_key, release_code)
                    by = "code"
                contents = await asyncio.to_thread(
                    self._packages.unlock, record.package_sha256, record.package, centre_key, content_key
                )
            except (PackageError, BankTooSmall, ReleaseCodeMistyped) as error:
                zh, _, en = str(error).partition(" / ")
                raise Problem("invalid", "session.unlock_failed", zh, en or zh) from error
            self._hall.install(contents)
            body = {"by": by, "candidates": len(contents.roster), "items": len(contents.items)}
            await self._hall.commit([Draft("session.unlocked", session, actor, body)])

    async def _key_of_code(
        self, record: SessionRecord, centre_key: Ed25519PublicKey, release_code: str
    ) -> bytes:
        def derive() -> bytes:
            manifest = self._packages.manifest(record.package_sha256, centre_key)
            return content_key_from_code(manifest, release_code)

        return await asyncio.to_thread(derive)

    def _released_key(self, package: str) -> bytes:
        held = self._key_document(package)
        if held is None:
            raise Problem(
                "not_ready",
                "key.not_here",
                "密钥尚未下发：请考试机构在开放时间内发放；线路不通时请向其索取解密码",
                "the key is not here: ask the centre to release it; without a line ask for a release code",
            )
        try:
            return unseal(self._keys.sealing, held.sealed, content_key_purpose(package, self._appliance))
        except SealBroken as error:
            raise Problem(
                "conflict",
                "key.not_ours",
                "收到的密钥不是给本机的，请联系考试机构重新下发",
                "the key that came is not for this server; ask the exam agency to release it anew",
            ) from error

    def _key_document(self, package: str) -> KeyDocument | None:
        held = self._documents.one("key", key_document_name(package, self._appliance))
        return None if held is None else KeyDocument.model_validate_json(canonical(held.body))

    def _refuse_revoked(self, package: str) -> None:
        for document in self._documents.of_kind("revocations"):
            if package in RevocationsDocument.model_validate_json(canonical(document.body)).packages:
                raise Problem(
                    "conflict",
                    "package.revoked",
                    f"考试包 {package} 已被中心作废，请等待新的考试包",
                    f"package {package} was revoked by the centre; wait for the new one",
                )

    def _known_centre(self) -> Ed25519PublicKey:
        key = self._centre_key()
        if key is None:
            raise Problem(
                "not_ready",
                "site.not_enrolled",
                "本机尚未登记到中心，请技术人员先登记",
                "this server is not enrolled; the technician must enrol it first",
            )
        return key

    async def _session(self, document: SignedDocument, file: Path | None) -> None:
        body = SessionDocument.model_validate_json(canonical(document.body))
        record = self._hall.projection.sessions.get(body.plan.session)
        if record is not None and record.state not in _REPLACEABLE:
            log.warning(
                "场次 %s 已开放，忽略中心的更改 / session is open, the centre's change is not taken",
                record.session,
            )
            return
        if body.cancelled:
            if record is not None and record.state not in (SessionState.ANNOUNCED, SessionState.CANCELLED):
                draft = Draft("session.cancelled", record.session, "centre", {"reason": body.reason})
                self._hall.contents.pop(record.session, None)
                await self._hall.commit([draft])
            elif record is not None:
                record.state, record.reason = SessionState.CANCELLED, body.reason
            return
        record = self._announce(body)
        if file is None or body.blob is None or body.package is None:
            return
        if record.package_sha256 == body.blob.sha256 and record.state is not SessionState.CANCELLED:
            return
        await self._downloaded(record, body.package, body.blob.sha256, file)

    def _announce(self, body: SessionDocument) -> SessionRecord:
        sessions = self._hall.projection.sessions
        record = sessions.setdefault(body.plan.session, SessionRecord(body.plan.session))
        if record.plan is None and not body.cancelled:
            record.plan = body.plan
        return record

    async def _downloaded(self, record: SessionRecord, package: str, sha256: str, file: Path) -> None:
        centre_key = self._known_centre()
        await asyncio.to_thread(self._packages.take, file, sha256)
        manifest = await asyncio.to_thread(self._packages.manifest, sha256, centre_key)
        self._hall.contents.pop(record.session, None)
        record.plan = manifest.plan
        await self._hall.commit([_downloaded_draft(manifest, sha256)])

    async def _key(self, document: SignedDocument, file: Path | None) -> None:
        if not supersedes(document, self._documents.one("key", document.name)):
            return
        body = {
            "package": document.name.rpartition("@")[0],
            "by": "courier" if self.by_courier else "online",
        }
        await self._hall.commit([Draft("site.key_received", self._appliance, "centre", body)])

    def _way_of_key(self, package: str) -> Literal["online", "courier"]:
        """Return how the newest key of a package came, by the journal: a restart may lie between."""
        kinds = ("site.key_received",)
        for entry in self._hall.journal.newest_of_kinds([self._appliance], kinds, KEYS_LOOKED_AT):
            if entry["body"]["package"] == package:
                return "courier" if entry["body"]["by"] == "courier" else "online"
        return "online"

    async def _accounts_document(self, document: SignedDocument, file: Path | None) -> None:
        await self._accounts.take_centre(AccountsDocument.model_validate_json(canonical(document.body)))

    async def _policy(self, document: SignedDocument, file: Path | None) -> None:
        # Read by the configuration at the next start; by that of the other services too, which run as
        # users of the same group. It holds no secret.
        data = document.model_dump_json().encode()
        await asyncio.to_thread(write_whole, self._state / POLICY_SOURCE, data, mode=0o640)

    async def _read_plan(self, record: SessionRecord) -> None:
        centre_key = self._centre_key()
        if centre_key is None:
            return
        try:
            manifest = await asyncio.to_thread(self._packages.manifest, record.package_sha256, centre_key)
        except (PackageError, OSError) as error:
            log.error("场次 %s 的考试包无法读取 / package cannot be read: %s", record.session, error)
        else:
            record.plan = manifest.plan

    async def _reopen(self, record: SessionRecord) -> None:
        try:
            contents: SessionContents = await asyncio.to_thread(
                self._packages.reopen, record.package_sha256, record.package, self._known_centre()
            )
        except (PackageError, SealBroken, BankTooSmall, OSError, Problem) as error:
            log.error("场次 %s 无法恢复 / session cannot be taken up again: %s", record.session, error)
        else:
            self._hall.install(contents)


def _downloaded_draft(manifest: PackageManifest, sha256: str) -> Draft:
    plan = manifest.plan
    body = {
        "package": manifest.package,
        "package_sha256": sha256,
        "title": plan.title,
        "starts_at": plan.starts_at.isoformat(),
        "candidates": plan.candidates,
    }
    return Draft("session.downloaded", plan.session, "centre", body)
