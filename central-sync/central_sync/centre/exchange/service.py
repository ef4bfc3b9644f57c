"""The exchange (交换): everything that goes between the centre and its sites, in one service."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.orm import Session

from central_sync.centre.database import Database
from central_sync.centre.exchange import blobs as blob_files
from central_sync.centre.exchange import courier, documents, enrolment, quarantine, release, standing
from central_sync.centre.exchange.admission import Caller, admit
from central_sync.centre.exchange.authority import Authority
from central_sync.centre.exchange.blobs import BlobFolder
from central_sync.centre.exchange.changes import Changes
from central_sync.centre.exchange.courier import BundleTaken, BundleWritten
from central_sync.centre.exchange.intake import lines_after, read_batch, take_in
from central_sync.centre.exchange.quarantine import Evidence, KeptProblem
from central_sync.centre.exchange.site_app import site_app
from central_sync.centre.exchange.site_files import SiteFiles
from central_sync.centre.exchange.standing import ApplianceStanding, ReceivedEntry
from central_sync.protocol.bundle import BundleForCentre, ToCentre
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import CentreKeys, public_text, signing_key_from
from central_sync.protocol.session import BlobRef, SignedDocument
from central_sync.protocol.site_files import FileHeld
from central_sync.protocol.transfer import (
    Acknowledgement,
    DocumentFeed,
    Enrolment,
    EnrolmentAnswer,
    RenewalAnswer,
    RenewalRequest,
    StatusReport,
)

log = logging.getLogger(__name__)

CLAIM_LIFE = timedelta(days=7)

Result = TypeVar("Result")


def now_utc() -> datetime:
    """Return the wall time in UTC."""
    return datetime.now(UTC)


class Exchange:
    """What the rest of the centre calls, and what stands behind the interface /site/v1.

    Methods that take a `session` work in the caller's transaction; those that sites call open
    their own. All of them are synchronous and belong on a thread.
    """

    def __init__(
        self,
        database: Database,
        keys: CentreKeys,
        authority: Authority,
        blobs: Path,
        *,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self.database = database
        self.authority = authority
        self.blobs = BlobFolder(blobs)
        self.site_files = SiteFiles(blobs / "incoming", self.blobs)
        self.changes = Changes()
        self._keys = keys
        self._clock = clock
        self._on_received: list[Callable[[], None]] = []

    # What the centre calls

    def on_received(self, callback: Callable[[], None]) -> None:
        """Call `callback` on a worker thread whenever new journal entries were committed."""
        self._on_received.append(callback)

    def new_claim(
        self,
        session: Session,
        site: str,
        life: timedelta = CLAIM_LIFE,
        appliance: str | None = None,
    ) -> str:
        """Return a claim code to hand to the technician of a site."""
        return enrolment.new_claim(session, self.authority, site, self._clock(), life, appliance)

    def publish(
        self, session: Session, kind: str, name: str, site: str, body: Mapping[str, object]
    ) -> SignedDocument:
        """Publish a document as the next version of its site; sites learn of it after the commit.

        A body equal to the published one makes no new version. Raises DocumentRefused.
        """
        document = documents.publish(session, self._keys.signing, kind, name, site, body)
        self.changes.tell_after_commit(session, site)
        return document

    def documents(self, session: Session, site: str) -> list[SignedDocument]:
        """Return the newest version of every document of a site."""
        return documents.published(session, site)

    def body_of_any(self, session: Session, kind: str, name: str) -> dict[str, object] | None:
        """Return the body of a document that every site has alike, None where no site has it yet."""
        return documents.body_of_any(session, kind, name)

    def take_file(self, path: Path) -> BlobRef:
        """Move a finished file among the centre's blobs; raises OSError."""
        return self.blobs.take(path)

    def grant(self, session: Session, site: str, ref: BlobRef) -> None:
        """Let a site fetch a blob."""
        blob_files.grant(session, site, ref, self._clock())

    def release_key(self, session: Session, site: str, package_id: str, content_key: bytes) -> int:
        """Seal a package's key for every active server of a site; return how many there are.

        Servers enrolled or readmitted later get it then. May be repeated.
        """
        return release.release_key(
            session, self._keys, self._publish_key(session), site, package_id, content_key
        )

    def appliances(self, session: Session, site: str | None = None) -> list[ApplianceStanding]:
        """Return how the servers of a site, or of all, stand."""
        return standing.appliances(session, site)

    def readmit(self, session: Session, appliance: str, *, machine: str | None = None) -> None:
        """End a quarantine; `machine` is the fingerprint that counts from now on (see the evidence).

        Raises Problem. A forked journal comes back into quarantine with its next upload: revoke
        that server and enrol a fresh system.
        """
        row = quarantine.readmit_appliance(session, appliance, machine)
        release.give_released_keys(session, self._keys, self._publish_key(session), row, anew=False)

    def revoke(self, session: Session, appliance: str, reason: str) -> None:
        """Refuse a server and its certificates for good; raises Problem."""
        quarantine.revoke_appliance(session, appliance, reason, self._clock())

    def evidence(self, session: Session, appliance: str) -> list[Evidence]:
        """Return what stands against a server, oldest first."""
        return quarantine.evidence_of(session, appliance)

    def site_file(self, session: Session, appliance: str, sha256: str) -> tuple[Path, str]:
        """Return path and name of a file that a server sent up whole; raises Problem file.missing."""
        path, row = self.site_files.path(session, appliance, sha256)
        return path, row.name

    def entries(self, session: Session, *, after_received: int, limit: int) -> list[ReceivedEntry]:
        """Return journal entries of all servers in order of receipt."""
        return standing.received_entries(session, after_received, limit)

    def export_bundle(self, addressee: str, path: Path) -> BundleWritten:
        """Write a bundle for a site (its code) or one server (its id) to carry on a stick.

        The file appears whole or not at all. Raises Problem.
        """
        now = self._clock()
        what = self._transaction(lambda session: courier.load(session, addressee, now))
        return courier.write(path, what, self._keys, self.blobs, now)

    def import_bundle(self, path: Path) -> BundleTaken:
        """Take in a bundle of a site server; raises Problem.

        Every batch is taken as if it came over the line. A repetition, after a cut too, ends the same.
        """

        before: list[int] = []

        def journal_key(about: ToCentre) -> Ed25519PublicKey:
            row = self._transaction(lambda session: courier.sender(session, about))
            before.append(row.acknowledged)
            return signing_key_from(row.journal_key)

        with courier.opened(path, self._keys, journal_key) as bundle:
            caller = courier.caller(bundle.about)
            for batch, body in bundle.batches():
                self.take_journal(caller, body, batch.sig)
            files = sum(self._take_carried(caller, ref.sha256, bundle) for ref in bundle.about.files)
            held = self.take_report(caller, bundle.report, maybe_old=True)
            return BundleTaken(
                name=bundle.about.name,
                site=bundle.about.site,
                appliance=bundle.about.appliance,
                first_seq=bundle.about.first_seq,
                last_seq=bundle.about.last_seq,
                fresh=held.acknowledged - before[0],
                acknowledged=held.acknowledged,
                files=files,
            )

    def _take_carried(self, caller: Caller, sha256: str, bundle: BundleForCentre) -> bool:
        """Take a file that came on a stick, from where the line left it; tell whether it was new."""
        try:
            held = self.file_held(caller, sha256)
        except Problem as problem:
            if problem.reason != "file.not_announced":
                raise
            # Its announcement did not reach the journal before the bundle was made: the next brings it.
            return False
        if held.whole:
            return False
        at = 0
        for piece in bundle.file(sha256):
            fresh = piece[max(0, held.received - at) :]
            at += len(piece)
            if fresh:
                held = self.take_piece(caller, sha256, held.received, fresh)
        return held.whole

    def site_app(self) -> web.Application:
        """Return the interface /site/v1; serve it with `authority.server_context(...)`."""
        return site_app(self)

    # What sites call

    def enrol(self, asked: Enrolment, address: str) -> EnrolmentAnswer:
        """Enrol a server; raises Problem."""

        def work(session: Session) -> EnrolmentAnswer:
            row, certificate = enrolment.enrol(session, self.authority, asked, address, self._clock())
            release.give_released_keys(session, self._keys, self._publish_key(session), row, anew=True)
            site_documents = [
                document for document in documents.published(session, row.site) if document.kind == "site"
            ]
            return EnrolmentAnswer(
                site=row.site,
                certificate=enrolment.pem(certificate),
                authority=self.authority.pem,
                centre_key=public_text(self._keys.signing.public_key()),
                centre_sealing_key=public_text(self._keys.sealing.public_key()),
                site_document=site_documents[0] if site_documents else None,
            )

        return self._transaction(work)

    def renew(self, caller: Caller, asked: RenewalRequest) -> RenewalAnswer:
        """Give a server a new certificate; raises Problem."""

        def work(session: Session) -> RenewalAnswer:
            now = self._clock()
            row = admit(session, caller, now)
            certificate = enrolment.certify(session, self.authority, row, asked.csr, now)
            return RenewalAnswer(certificate=enrolment.pem(certificate))

        return self._transaction(work)

    def site_of(self, caller: Caller) -> str:
        """Return the site of a caller that may speak; raises Problem."""
        return self._transaction(lambda session: admit(session, caller, self._clock()).site)

    def feed(self, site: str, appliance: str, after: int) -> DocumentFeed:
        """Return the documents for a server after a version."""
        return self._transaction(lambda session: documents.feed(session, site, appliance, after))

    def blob(self, caller: Caller, sha256: str) -> Path:
        """Return the path of a blob that the caller may fetch; raises Problem."""

        def work(session: Session) -> None:
            row = admit(session, caller, self._clock())
            blob_files.require_granted(session, row.site, sha256)

        self._transaction(work)
        path = self.blobs.path(sha256)
        if not path.exists():
            log.error("exchange: blob %s is granted but not on disk", sha256)
            raise blob_files.missing_blob(sha256)
        return path

    def acknowledged(self, caller: Caller) -> Acknowledgement:
        """Return how far the caller's journal is held; raises Problem."""

        def work(session: Session) -> Acknowledgement:
            row = admit(session, caller, self._clock())
            return Acknowledgement(acknowledged=row.acknowledged, hash=row.head_hash)

        return self._transaction(work)

    def held_lines(self, caller: Caller, after: int) -> bytes:
        """Return entries of the caller's own journal after a seq as NDJSON, one batch; raises Problem."""

        def work(session: Session) -> bytes:
            row = admit(session, caller, self._clock())
            return lines_after(session, row, after)

        return self._transaction(work)

    def take_journal(self, caller: Caller, body: bytes, sig: str) -> Acknowledgement:
        """Take in a batch of journal entries (NDJSON); raises Problem."""
        batch = read_batch(body)

        def work(session: Session) -> tuple[Acknowledgement, int]:
            now = self._clock()
            row = admit(session, caller, now, seq=batch.seq, body=body)
            return take_in(session, row, batch, sig, caller.source, now)

        answer, fresh = self._transaction(work)
        if fresh:
            self._tell_received()
        return answer

    def file_held(self, caller: Caller, sha256: str) -> FileHeld:
        """Return how much of a file of the caller is here; raises Problem."""

        def work(session: Session) -> FileHeld:
            now = self._clock()
            return self.site_files.held(session, admit(session, caller, now), sha256, now)

        return self._transaction(work)

    def take_piece(self, caller: Caller, sha256: str, offset: int, piece: bytes) -> FileHeld:
        """Take a piece of a file that the caller's journal announced; raises Problem."""

        def work(session: Session) -> FileHeld:
            now = self._clock()
            row = admit(session, caller, now)
            return self.site_files.take(session, row, sha256, offset, piece, now)

        return self._transaction(work)

    def take_report(
        self, caller: Caller, report: StatusReport, *, maybe_old: bool = False
    ) -> Acknowledgement:
        """Take a status report; raises Problem."""

        def work(session: Session) -> Acknowledgement:
            now = self._clock()
            row = admit(session, caller, now)
            return standing.take_report(session, row, report, caller.source, now, maybe_old=maybe_old)

        return self._transaction(work)

    # Within

    def _publish_key(self, session: Session) -> release.PublishKey:
        return lambda name, site, body: self.publish(session, "key", name, site, body)

    def _tell_received(self) -> None:
        for callback in self._on_received:
            try:
                callback()
            except Exception:
                # The entries are committed and the site must be told so, whatever a follower does.
                log.exception("exchange: a follower of received entries failed")

    def _transaction(self, work: Callable[[Session], Result]) -> Result:
        """Do work in one transaction. A KeptProblem is raised after the commit, any other rolls back."""
        kept: KeptProblem | None = None
        with self.database.begin() as session:
            try:
                result = work(session)
            except KeptProblem as problem:
                kept = problem
        if kept is not None:
            raise kept
        return result
