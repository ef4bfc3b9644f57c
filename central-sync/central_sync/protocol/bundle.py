"""The bundle (U 盘数据包): what the line would carry, as one signed and sealed file on a stick.

It is the container of exam packages. To a site it holds documents and packages, signed by the
centre; to the centre journal batches and a status report, signed by the appliance's journal key.
The content key is sealed for whom the bundle is for: a stick that is lost tells nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

from central_sync.protocol.canonical import NotCanonical, canonical
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.items import Sha256, Words
from central_sync.protocol.keys import SealBroken, seal, unseal
from central_sync.protocol.package_container import (
    Container,
    PartReader,
    PartSource,
    open_container,
    write_container,
)
from central_sync.protocol.package_errors import (
    FileKind,
    PackageError,
    PackageForeign,
    PackageIncomplete,
    PackageUnsupported,
    WrongKey,
)
from central_sync.protocol.package_header import Header
from central_sync.protocol.package_suite import KEY_BYTES
from central_sync.protocol.session import BlobRef, SignedDocument, SiteCode
from central_sync.protocol.transfer import (
    JOURNAL_BODY_LIMIT,
    Acknowledgement,
    ApplianceId,
    SignatureText,
    StatusReport,
)

BUNDLE = FileKind(b"KDBDL\x00\x01\n", "kaodian.bundle/1", ("U 盘数据包", "bundle"))
BUNDLE_BYTES = 4_000_000_000
"""What one bundle carries at most: a stick with FAT holds no file of 4 GiB."""
FILES_LIMIT = 1_000
"""Files in one bundle to the centre; what does not fit goes with the next."""
FILES_TOLD = 500
"""Received files that a bundle to a site names."""
BATCHES_LIMIT = 8_000
"""Journal batches in one bundle; what does not fit goes with the next."""
DOCUMENTS_LIMIT = 64 * 1024 * 1024
"""Bytes of all documents."""
REPORT_LIMIT = 64 * 1024
_DOCUMENTS = "documents"
_REPORT = "report"
_BLOB = "blobs/"
_FILE = "files/"
_JOURNAL = "journal/"


class Recipient(Words):
    """A server that a bundle is for: the content key sealed for it, and what of its is held."""

    appliance: ApplianceId
    sealed: Annotated[str, StringConstraints(max_length=400)]
    held: Acknowledgement
    files: Annotated[tuple[Sha256, ...], Field(max_length=FILES_TOLD)]
    """The newest files that came up from it whole."""


class ToSite(Words):
    """What a bundle of the centre says of itself, readable by anyone."""

    direction: Literal["to-site"] = "to-site"
    site: SiteCode
    made_at: AwareDatetime
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1, max_length=1000)]

    @property
    def name(self) -> str:
        """The file's name."""
        return f"kaodian-{self.site}-{self.made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}.kdbundle"


class SignedBatch(Words):
    """Journal entries `first` to `last` with the appliance's signature over the last (see `sign_head`)."""

    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=1)]
    sig: SignatureText


class ToCentre(Words):
    """What a bundle of a site server says of itself, readable by anyone."""

    direction: Literal["to-centre"] = "to-centre"
    site: SiteCode
    appliance: ApplianceId
    certificate: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,40}$")]
    """Serial number of the server's certificate in hex."""
    machine: Sha256
    made_at: AwareDatetime
    sealed: Annotated[str, StringConstraints(max_length=400)]
    batches: Annotated[tuple[SignedBatch, ...], Field(max_length=BATCHES_LIMIT)]
    files: Annotated[tuple[BlobRef, ...], Field(max_length=FILES_LIMIT)]
    """Files that the journal announced."""

    @property
    def first_seq(self) -> int:
        """Seq of the first entry, 0 for none."""
        return self.batches[0].first if self.batches else 0

    @property
    def last_seq(self) -> int:
        """Seq of the last entry, 0 for none."""
        return self.batches[-1].last if self.batches else 0

    @property
    def name(self) -> str:
        """The file's name."""
        return f"kaodian-{self.site}-{self.appliance[:8]}-{self.first_seq}-{self.last_seq}.kdbundle"


About = Annotated[ToSite | ToCentre, Field(discriminator="direction")]
_ABOUT: TypeAdapter[ToSite | ToCentre] = TypeAdapter(About)
_WRONG_WAY: dict[str, tuple[str, str]] = {
    "to-site": (
        "这是中心发给考点的数据包，请在考点服务端导入",
        "this bundle goes from the centre to a site: take it in there",
    ),
    "to-centre": (
        "这是考点送往中心的数据包，请在中心导入",
        "this bundle goes from a site to the centre: take it in there",
    ),
}

Side = TypeVar("Side", ToSite, ToCentre)
Model = TypeVar("Model", bound=BaseModel)


class BundleElsewhere(PackageForeign):
    """The bundle is sound but for another site, server or centre."""


def new_content_key() -> bytes:
    """Return a key for one bundle."""
    return secrets.token_bytes(KEY_BYTES)


def sealed_key(
    recipient: X25519PublicKey, content_key: bytes, direction: str, site: str, appliance: str
) -> str:
    """Return a bundle's content key sealed for who may read it."""
    return seal(recipient, content_key, _purpose(direction, site, appliance))


def write_to_site(
    path: Path,
    about: ToSite,
    documents: Iterable[SignedDocument],
    blobs: Sequence[tuple[BlobRef, Callable[[], Iterable[bytes]]]],
    *,
    signing_key: Ed25519PrivateKey,
    content_key: bytes,
) -> int:
    """Write a bundle of the centre, whole or not at all; return its size in bytes.

    `blobs` are given in pieces of any length. Raises OSError, PackageIncomplete.
    """
    lines = b"".join(document.model_dump_json().encode() + b"\n" for document in documents)
    parts = [
        PartSource.of(_DOCUMENTS, lines),
        *(PartSource(_BLOB + ref.sha256, ref.size, pieces) for ref, pieces in blobs),
    ]
    value = about.model_dump(mode="json")
    return write_container(path, BUNDLE, value, parts, signing_key=signing_key, content_key=content_key)[1]


def write_to_centre(
    path: Path,
    about: ToCentre,
    report: StatusReport,
    batches: Sequence[tuple[int, Callable[[], Iterable[bytes]]]],
    files: Sequence[Callable[[], Iterable[bytes]]],
    *,
    signing_key: Ed25519PrivateKey,
    content_key: bytes,
) -> int:
    """Write a bundle of a site server, whole or not at all; return its size in bytes.

    `batches` are size and pieces of each of `about.batches` as NDJSON, `files` the pieces of each of
    `about.files`. Raises OSError, PackageIncomplete.
    """
    parts = [
        PartSource.of(_REPORT, report.model_dump_json().encode()),
        *(
            PartSource(f"{_JOURNAL}{batch.first}", size, pieces)
            for batch, (size, pieces) in zip(about.batches, batches, strict=True)
        ),
        *(
            PartSource(_FILE + ref.sha256, ref.size, pieces)
            for ref, pieces in zip(about.files, files, strict=True)
        ),
    ]
    value = about.model_dump(mode="json")
    return write_container(path, BUNDLE, value, parts, signing_key=signing_key, content_key=content_key)[1]


class _Opened:
    def __init__(self, container: Container, reader: PartReader) -> None:
        self._container = container
        self._reader = reader

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def _whole(self, part: str, limit: int) -> bytes:
        if self._container.size(part) > limit:
            raise PackageIncomplete(
                f"{BUNDLE.noun[0]}的 {part} 部分超过 {limit} 字节，请重新制作",
                f"part {part} of the {BUNDLE.noun[1]} is over {limit} bytes: make it anew",
            )
        return self._reader.whole(part)

    def _lines(self, part: str, limit: int, model: type[Model]) -> list[Model]:
        try:
            return [model.model_validate_json(line) for line in self._whole(part, limit).splitlines()]
        except ValidationError as error:
            raise _unsupported() from error


class BundleForSite(_Opened):
    """A bundle of the centre, checked to its last byte."""

    def __init__(self, container: Container, reader: PartReader, about: ToSite, recipient: Recipient) -> None:
        super().__init__(container, reader)
        self.about = about
        self.held = recipient.held
        """How far the centre holds this server's journal."""
        self.files = recipient.files
        """Files of this server that the centre holds whole."""
        sizes = {part.name: part.size for part in container.header.parts}
        self.blobs = tuple(
            BlobRef(sha256=name.removeprefix(_BLOB), size=size)
            for name, size in sizes.items()
            if name.startswith(_BLOB)
        )
        self.documents = tuple(self._lines(_DOCUMENTS, DOCUMENTS_LIMIT, SignedDocument))

    def blob(self, sha256: str) -> Iterator[bytes]:
        """Yield a blob in pieces; raises PackageDamaged when the file changed meanwhile."""
        return self._reader.stream(_BLOB + sha256)


class BundleForCentre(_Opened):
    """A bundle of a site server, checked to its last byte."""

    def __init__(self, container: Container, reader: PartReader, about: ToCentre) -> None:
        super().__init__(container, reader)
        self.about = about
        reports = self._lines(_REPORT, REPORT_LIMIT, StatusReport)
        if len(reports) != 1:
            raise _unsupported()
        self.report = reports[0]

    def batches(self) -> Iterator[tuple[SignedBatch, bytes]]:
        """Yield the journal batches in order, each as NDJSON."""
        for batch in self.about.batches:
            yield batch, self._whole(f"{_JOURNAL}{batch.first}", JOURNAL_BODY_LIMIT)

    def file(self, sha256: str) -> Iterator[bytes]:
        """Yield a file in pieces; raises PackageDamaged when the bundle changed meanwhile."""
        return self._reader.stream(_FILE + sha256)


def open_at_site(
    path: Path, centre_key: Ed25519PublicKey, site: str, appliance: str, sealing_key: X25519PrivateKey
) -> BundleForSite:
    """Open a bundle for this server and check every byte of it.

    Raises OSError and PackageError: PackageDamaged names the place of a changed byte,
    BundleElsewhere a bundle for another site or server, PackageForeign another centre's.
    """
    mine: list[tuple[ToSite, Recipient]] = []

    def signer(header: Header) -> Ed25519PublicKey:
        about = _about(header, ToSite)
        if about.site != site:
            raise BundleElsewhere(
                f"该数据包是发给考点 {about.site} 的，本机属于考点 {site}",
                f"this bundle is for site {about.site}, this server belongs to {site}",
            )
        named = [recipient for recipient in about.recipients if recipient.appliance == appliance]
        if not named:
            raise BundleElsewhere(
                "该数据包不是发给本机的，请中心为本机重新导出",
                "this bundle is for other servers of the site: have the centre make one for this server",
            )
        mine.append((about, named[0]))
        return centre_key

    def opened(container: Container) -> BundleForSite:
        about, recipient = mine[0]
        names = [part.name for part in container.header.parts]
        if names[0] != _DOCUMENTS or not all(_is_blob(name) for name in names[1:]):
            raise _unsupported()
        purpose = _purpose(about.direction, site, appliance)
        return BundleForSite(
            container, _unlocked(container, sealing_key, recipient.sealed, purpose), about, recipient
        )

    return _checked(path, signer, opened)


def open_at_centre(
    path: Path, journal_key: Callable[[ToCentre], Ed25519PublicKey], sealing_key: X25519PrivateKey
) -> BundleForCentre:
    """Open a bundle of a site server and check every byte of it.

    `journal_key` returns the key of the server that a bundle says it is from, or raises. Raises
    OSError and PackageError: PackageDamaged names the place of a changed byte, WrongKey tells of a
    bundle for another centre.
    """
    found: list[ToCentre] = []

    def signer(header: Header) -> Ed25519PublicKey:
        found.append(_about(header, ToCentre))
        return journal_key(found[0])

    def opened(container: Container) -> BundleForCentre:
        about = found[0]
        names = [part.name for part in container.header.parts]
        journal = [f"{_JOURNAL}{batch.first}" for batch in about.batches]
        if names != [_REPORT, *journal, *(_FILE + ref.sha256 for ref in about.files)]:
            raise _unsupported()
        purpose = _purpose(about.direction, about.site, about.appliance)
        return BundleForCentre(container, _unlocked(container, sealing_key, about.sealed, purpose), about)

    return _checked(path, signer, opened)


def bundle_problem(error: PackageError) -> Problem:
    """Return what is wrong with a bundle for the person who holds the stick."""
    reason = next(
        (slug for kind, slug in _REASONS.items() if isinstance(error, kind)),
        "bundle.damaged",
    )
    return Problem("conflict" if reason == "bundle.elsewhere" else "invalid", reason, error.zh, error.en)


_REASONS: dict[type[PackageError], str] = {
    BundleElsewhere: "bundle.elsewhere",
    PackageForeign: "bundle.foreign",
    PackageUnsupported: "bundle.unsupported",
    PackageIncomplete: "bundle.incomplete",
    WrongKey: "bundle.key",
}

Bundle = TypeVar("Bundle", BundleForSite, BundleForCentre)


def _checked(
    path: Path, signer: Callable[[Header], Ed25519PublicKey], opened: Callable[[Container], Bundle]
) -> Bundle:
    container = open_container(path, BUNDLE, signer)
    try:
        container.verify()
        return opened(container)
    except BaseException:
        container.close()
        raise


def _about(header: Header, side: type[Side]) -> Side:
    """Return what a header says, if it is of this direction and says it in its one canonical form."""
    try:
        about = _ABOUT.validate_python(header.about)
        same = canonical(about.model_dump(mode="json")) == canonical(header.about)
    except (ValidationError, NotCanonical) as error:
        raise _unsupported() from error
    if not same:
        raise _unsupported()
    if not isinstance(about, side):
        raise BundleElsewhere(*_WRONG_WAY[about.direction])
    return about


def _unlocked(container: Container, key: X25519PrivateKey, sealed: str, purpose: str) -> PartReader:
    try:
        return container.unlock(unseal(key, sealed, purpose))
    except SealBroken as error:
        raise container.wrong_key() from error


def _is_blob(name: str) -> bool:
    digest = name.removeprefix(_BLOB)
    return name.startswith(_BLOB) and len(digest) == 64 and set(digest) <= set("0123456789abcdef")


def _purpose(direction: str, site: str, appliance: str) -> str:
    return f"kaodian/bundle/1\n{direction}\n{site}\n{appliance}"


def _unsupported() -> PackageUnsupported:
    return PackageUnsupported(
        f"该{BUNDLE.noun[0]}由更新版本的程序制作，请先升级本系统",
        f"this {BUNDLE.noun[1]} is of a newer format: upgrade this system first",
    )
