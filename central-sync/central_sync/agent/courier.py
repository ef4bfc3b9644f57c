"""The site's side of the courier (U 盘传递): bundles written for the stick, and taken from it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
from cryptography import x509

from central_sync.agent.deliveries import wanted_blob
from central_sync.agent.downloads import RESERVE_BYTES, BlobWrong, require_space
from central_sync.agent.interfaces import JournalSource
from central_sync.agent.outbox import Outbox
from central_sync.agent.state import AgentState, Bond
from central_sync.agent.uploads import batch_of
from central_sync.protocol.bundle import (
    BATCHES_LIMIT,
    BUNDLE_BYTES,
    FILES_LIMIT,
    BundleForSite,
    SignedBatch,
    ToCentre,
    bundle_problem,
    new_content_key,
    open_at_site,
    sealed_key,
    write_to_centre,
)
from central_sync.protocol.documents import supersedes
from central_sync.protocol.durable_file import sync_folder
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import ApplianceKeys, sealing_key_from, signing_key_from
from central_sync.protocol.package_errors import PackageError, PackageIncomplete
from central_sync.protocol.session import BlobRef
from central_sync.protocol.signed_heads import sign_head
from central_sync.protocol.transfer import BATCH_ENTRIES, StatusReport


@dataclass(frozen=True)
class BundleFacts:
    """What a bundle held for the one who asked: journal entries upward, news downward."""

    name: str
    first_seq: int
    """First journal entry in it, 0 for none."""
    last_seq: int
    documents: int
    """Documents that were news here."""
    blobs: int
    """Packages that were not here before."""


@dataclass(frozen=True)
class Courier:
    """Reads and writes bundles for one appliance. All methods belong on a thread and raise Problem."""

    state: AgentState
    keys: ApplianceKeys
    appliance: str
    machine: str
    source: JournalSource
    outbox: Outbox

    def export(self, path: Path, report: StatusReport, made_at: datetime) -> BundleFacts:
        """Write the journal from what the centre acknowledged to the head, whole or not at all."""
        bond = self._bond()
        signed = list(self._batches(self.state.progress.acknowledged))
        files = self._files(BUNDLE_BYTES - sum(size for _, size in signed))
        content_key = new_content_key()
        about = ToCentre(
            site=bond.site,
            appliance=self.appliance,
            certificate=f"{x509.load_pem_x509_certificate(bond.certificate.encode()).serial_number:x}",
            machine=self.machine,
            made_at=made_at.replace(microsecond=0),
            sealed=sealed_key(
                sealing_key_from(bond.centre_sealing_key), content_key, "to-centre", bond.site, self.appliance
            ),
            batches=tuple(batch for batch, _ in signed),
            files=files,
        )
        pieces = [(size, self._pieces(batch)) for batch, size in signed]
        try:
            write_to_centre(
                path,
                about,
                report,
                pieces,
                [self.outbox.pieces(ref.sha256) for ref in files],
                signing_key=self.keys.journal,
                content_key=content_key,
            )
        except PackageError as error:
            raise bundle_problem(error) from error
        except OSError as error:
            raise _disk(error) from error
        return BundleFacts(about.name, about.first_seq, about.last_seq, 0, 0)

    def opened(self, path: Path) -> BundleForSite:
        """Open a bundle of the centre, checked to its last byte."""
        bond = self._bond()
        try:
            return open_at_site(
                path, signing_key_from(bond.centre_key), bond.site, self.appliance, self.keys.sealing
            )
        except PackageError as error:
            raise bundle_problem(error) from error
        except OSError as error:
            raise _disk(error) from error

    def keep_blobs(self, bundle: BundleForSite) -> int:
        """Keep the packages that documents call for and that are not here; return how many they are."""
        for left in self.state.blobs.glob("*.stick"):
            left.unlink()  # of an import that was killed
        wanted = self._wanted(bundle)
        fresh = [ref for ref in bundle.blobs if ref in wanted and not self.state.blob(ref.sha256).exists()]
        try:
            require_space(self.state.blobs, sum(ref.size for ref in fresh) + RESERVE_BYTES)
            for ref in fresh:
                self._keep(bundle, ref)
        except PackageError as error:
            raise bundle_problem(error) from error
        except BlobWrong as error:
            raise Problem("not_ready", "bundle.no_space", error.zh, error.en) from error
        except OSError as error:
            raise _disk(error) from error
        return len(fresh)

    def _bond(self) -> Bond:
        bond = self.state.bond
        if bond is None:
            raise Problem(
                "not_ready",
                "site.not_enrolled",
                "本机尚未登记到中心，请技术人员先登记",
                "this server is not enrolled; the technician must enrol it first",
            )
        return bond

    def _files(self, room: int) -> tuple[BlobRef, ...]:
        """Return the waiting files that fit, oldest first; the rest goes with a later bundle."""
        chosen: list[BlobRef] = []
        for waiting in self.outbox.waiting():
            offered = waiting.offered
            if offered.size > room or len(chosen) == FILES_LIMIT or not self.outbox.is_sound(waiting):
                continue
            room -= offered.size
            chosen.append(BlobRef(sha256=offered.sha256, size=offered.size))
        return tuple(chosen)

    def _batches(self, after: int) -> Iterable[tuple[SignedBatch, int]]:
        """Yield batches as the line would send them, with their size in bytes."""
        for _ in range(BATCHES_LIMIT):
            lines = batch_of(self.source.lines(after, BATCH_ENTRIES))
            if not lines:
                return
            last = orjson.loads(lines[-1])
            sig = sign_head(self.keys.journal, self.appliance, last["seq"], last["hash"])
            yield SignedBatch(first=after + 1, last=last["seq"], sig=sig), sum(map(len, lines)) + len(lines)
            after = last["seq"]

    def _pieces(self, batch: SignedBatch) -> Callable[[], Iterable[bytes]]:
        def read() -> Iterable[bytes]:
            for line in self.source.lines(batch.first - 1, batch.last - batch.first + 1):
                yield line + b"\n"

        return read

    def _wanted(self, bundle: BundleForSite) -> set[BlobRef]:
        """Return the packages of documents that are not older than what is held."""
        wanted = set()
        for document in bundle.documents:
            held = self.state.documents.get((document.kind, document.name))
            newest = document if held is None or supersedes(document, held) else held
            wanted.add(wanted_blob(newest))
        return {ref for ref in wanted if ref is not None}

    def _keep(self, bundle: BundleForSite, ref: BlobRef) -> None:
        # A name of its own: the line may be fetching the same file at this moment.
        aside = self.state.blobs / f"{ref.sha256}.stick"
        try:
            digest = hashlib.sha256()
            with aside.open("wb") as file:
                for piece in bundle.blob(ref.sha256):
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            if digest.hexdigest() != ref.sha256:
                raise PackageIncomplete(
                    f"数据包内的文件 {ref.sha256[:12]}… 校验不符，请中心重新导出",
                    f"file {ref.sha256[:12]}... in the bundle is not what its name says: make it anew",
                )
            aside.replace(self.state.blob(ref.sha256))
            sync_folder(self.state.blobs)
        finally:
            aside.unlink(missing_ok=True)


def _disk(error: OSError) -> Problem:
    return Problem(
        "not_ready",
        "bundle.disk",
        f"数据包读写失败（{error.strerror or error}），请检查 U 盘和磁盘空间",
        f"the bundle could not be read or written ({error.strerror or error}): check stick and disk space",
    )
