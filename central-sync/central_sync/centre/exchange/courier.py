"""The centre's side of the courier (U 盘传递): bundles for a site, and bundles that came from one.

What comes on a stick goes the way of what comes over the line: the same admission, the same check
of the chain, the same quarantine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.exchange import documents
from central_sync.centre.exchange.admission import Caller
from central_sync.centre.exchange.blobs import BlobFolder
from central_sync.centre.exchange.quarantine import Source, quarantined
from central_sync.centre.exchange.site_files import received_of
from central_sync.centre.exchange.tables import ApplianceRow, BlobGrantRow
from central_sync.protocol.bundle import (
    BUNDLE_BYTES,
    FILES_TOLD,
    BundleForCentre,
    Recipient,
    ToCentre,
    ToSite,
    bundle_problem,
    new_content_key,
    open_at_centre,
    sealed_key,
    write_to_site,
)
from central_sync.protocol.canonical import canonical
from central_sync.protocol.documents import is_for_appliance
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import CentreKeys, sealing_key_from
from central_sync.protocol.package_errors import PackageError, PackageIncomplete
from central_sync.protocol.session import BlobRef, SessionDocument, SignedDocument
from central_sync.protocol.transfer import Acknowledgement

PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class BundleWritten:
    """A bundle that was written for a site."""

    name: str
    """A name for the file."""
    site: str
    appliances: tuple[str, ...]
    documents: int
    blobs: int
    left_out: tuple[str, ...]
    """Sessions whose package did not fit; a bundle made later brings it once earlier ones are over."""
    size: int
    """Bytes."""


@dataclass(frozen=True)
class BundleTaken:
    """A bundle of a site server that was taken in."""

    name: str
    site: str
    appliance: str
    first_seq: int
    """First journal entry in it, 0 for none."""
    last_seq: int
    fresh: int
    """Entries that the centre did not hold before."""
    acknowledged: int
    """Highest seq that the centre holds whole now."""
    files: int
    """Files that came whole with it and were not here before."""


@dataclass(frozen=True)
class Server:
    """A server that a bundle is for."""

    appliance: str
    sealing_key: str
    held: Acknowledgement
    """How far its journal is held."""
    files: tuple[str, ...]
    """SHA-256 of the files that came up from it whole, the newest."""


@dataclass(frozen=True)
class Load:
    """What goes into a bundle, read in one transaction."""

    site: str
    servers: tuple[Server, ...]
    documents: tuple[SignedDocument, ...]
    blobs: tuple[BlobRef, ...]
    left_out: tuple[str, ...]


def load(session: Session, addressee: str, now: datetime, most_bytes: int = BUNDLE_BYTES) -> Load:
    """Return what a site (all of its active servers) or one appliance shall get. Raises Problem.

    Packages come along as far as `most_bytes` reach, the next session first, until their session
    can no longer be started.
    """
    rows = _servers(session, addressee)
    site = rows[0].site
    published = tuple(
        document
        for document in documents.published(session, site)
        if any(is_for_appliance(document, row.id) for row in rows)
    )
    granted = set(session.scalars(select(BlobGrantRow.sha256).where(BlobGrantRow.site == site)))
    due = []
    for document in published:
        body = _session_of(document)
        if body is None or body.cancelled or body.blob is None or body.plan.closes_at <= now:
            continue
        if body.blob.sha256 in granted:
            due.append((body.plan.starts_at, document.name, body.blob))
    blobs: dict[str, BlobRef] = {}
    left_out = []
    room = most_bytes
    for _, name, ref in sorted(due, key=lambda item: item[:2]):
        if ref.sha256 in blobs:
            continue
        if ref.size > room:
            left_out.append(name)
            continue
        room -= ref.size
        blobs[ref.sha256] = ref
    servers = tuple(
        Server(
            row.id,
            row.sealing_key,
            Acknowledgement(acknowledged=row.acknowledged, hash=row.head_hash),
            received_of(session, row.id, FILES_TOLD),
        )
        for row in rows
    )
    return Load(site, servers, published, tuple(blobs.values()), tuple(left_out))


def write(path: Path, what: Load, keys: CentreKeys, folder: BlobFolder, now: datetime) -> BundleWritten:
    """Write a bundle, whole or not at all. Raises Problem."""
    content_key = new_content_key()
    about = ToSite(
        site=what.site,
        made_at=now.replace(microsecond=0),
        recipients=tuple(
            Recipient(
                appliance=server.appliance,
                sealed=sealed_key(
                    sealing_key_from(server.sealing_key), content_key, "to-site", what.site, server.appliance
                ),
                held=server.held,
                files=server.files,
            )
            for server in what.servers
        ),
    )
    blobs = [(ref, _pieces(folder.path(ref.sha256))) for ref in what.blobs]
    try:
        size = write_to_site(
            path, about, what.documents, blobs, signing_key=keys.signing, content_key=content_key
        )
    except PackageError as error:
        raise bundle_problem(error) from error
    except OSError as error:
        raise _disk(error) from error
    return BundleWritten(
        name=about.name,
        site=what.site,
        appliances=tuple(server.appliance for server in what.servers),
        documents=len(what.documents),
        blobs=len(blobs),
        left_out=what.left_out,
        size=size,
    )


def opened(
    path: Path, keys: CentreKeys, journal_key: Callable[[ToCentre], Ed25519PublicKey]
) -> BundleForCentre:
    """Open a bundle of a site server, checked to its last byte. Raises Problem."""
    try:
        return open_at_centre(path, journal_key, keys.sealing)
    except PackageError as error:
        raise bundle_problem(error) from error
    except OSError as error:
        raise _disk(error) from error


def sender(session: Session, about: ToCentre) -> ApplianceRow:
    """Return the server that a bundle says it is from. Raises Problem."""
    row = session.get(ApplianceRow, about.appliance)
    if row is None or row.site != about.site:
        raise Problem(
            "missing",
            "appliance.unknown",
            f"数据包来自考点 {about.site} 的服务器 {about.appliance}，中心没有登记，请核对来源",
            f"the bundle is from server {about.appliance} of site {about.site}, which is not enrolled here",
        )
    return row


def caller(about: ToCentre) -> Caller:
    """Return whom a bundle speaks for, as a request over the line would show it."""
    return Caller(about.certificate, about.appliance, Source(about.machine, about.name))


def _servers(session: Session, addressee: str) -> list[ApplianceRow]:
    row = session.get(ApplianceRow, addressee)
    if row is not None:
        if row.state != "active":
            raise quarantined(row)
        return [row]
    rows = session.scalars(
        select(ApplianceRow)
        .where(ApplianceRow.site == addressee, ApplianceRow.state == "active")
        .order_by(ApplianceRow.id)
    ).all()
    if not rows:
        raise Problem(
            "not_ready",
            "bundle.no_server",
            f"考点 {addressee} 没有可用的已登记服务器，请先登记考点服务端",
            f"site {addressee} has no enrolled server in good standing: enrol one first",
        )
    return list(rows)


def _session_of(document: SignedDocument) -> SessionDocument | None:
    if document.kind != "session":
        return None
    return SessionDocument.model_validate_json(canonical(document.body))


def _pieces(path: Path) -> Callable[[], Iterable[bytes]]:
    def read() -> Iterable[bytes]:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                digest.update(piece)
                yield piece
        if digest.hexdigest() != path.name:
            # Better found here than at the end of a day's drive.
            raise PackageIncomplete(
                f"中心的文件 {path.name[:12]}… 校验不符，请重新发布考试包",
                f"the centre's file {path.name[:12]}... is damaged: publish the package anew",
            )

    return read


def _disk(error: OSError) -> Problem:
    return Problem(
        "not_ready",
        "bundle.disk",
        f"数据包读写失败（{error.strerror or error}），请检查 U 盘和磁盘空间",
        f"the bundle could not be read or written ({error.strerror or error}): check stick and disk space",
    )
