"""The exam package (考试包, .kdpkg): everything a site needs for one session, in one signed file.

The plan stands in the header for all to read; roster, photos, items, media and blueprint are
encrypted under the content key, which comes apart from the file. A release code, when there is
one, wraps the content key in the header.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from central_sync.protocol.canonical import canonical
from central_sync.protocol.items import BankItems, Sha256, Words
from central_sync.protocol.package_container import (
    Container,
    PartReader,
    PartSource,
    open_container,
    write_container,
)
from central_sync.protocol.package_errors import FileKind, PackageError, PackageIncomplete
from central_sync.protocol.package_suite import INTERNATIONAL, KEY_BYTES, NONCE_BYTES, SUITES
from central_sync.protocol.release_code import read_release_code
from central_sync.protocol.session import BlobRef, PackageId, PaperPlan, Roster, SessionPlan

PACKAGE = FileKind(b"KDPKG\x00\x01\n", "kaodian.package/1", ("考试包", "exam package"))
_WRAP_CONTEXT = b"kaodian/package-key/1\n"

Model = TypeVar("Model", bound=BaseModel)


class ReleaseCodeRefused(PackageError):
    """The release code is well formed but opens nothing here."""


class Stretch(Words):
    """Cost of argon2id for release codes (RFC 9106): memory in KiB, passes and lanes."""

    memory_kib: Annotated[int, Field(ge=64, le=1024 * 1024)] = 64 * 1024
    passes: Annotated[int, Field(ge=1, le=20)] = 3
    lanes: Annotated[int, Field(ge=1, le=8)] = 1


class WrappedKey(Words):
    """The content key under a release code; salt, nonce and key are base64."""

    kdf: Literal["argon2id"] = "argon2id"
    salt: str
    stretch: Stretch
    nonce: str
    key: str


class _About(Words):
    """What the header of a package says for all to read."""

    package: PackageId
    created_at: AwareDatetime
    plan: SessionPlan
    wrapped_key: WrappedKey | None


class _Files(Words):
    """Where photos and media lie in their parts: SHA-256, offset, size."""

    photos: tuple[tuple[Sha256, int, int], ...]
    media: tuple[tuple[Sha256, int, int], ...]


@dataclass(frozen=True)
class PackageManifest:
    """What a package says without its key, once the signature and all digests hold."""

    package: str
    created_at: datetime
    plan: SessionPlan
    suite: str
    wrapped_key: WrappedKey | None
    parts: tuple[tuple[str, int], ...]
    """Name and plain size in bytes of each part."""

    @property
    def has_release_code(self) -> bool:
        """True when a release code can open it."""
        return self.wrapped_key is not None


class PackageContents:
    """An unlocked package. Photos and media are read when asked for; safe from several threads."""

    def __init__(self, container: Container, reader: PartReader, manifest: PackageManifest) -> None:
        self._container = container
        self._reader = reader
        self.manifest = manifest
        self.plan = manifest.plan
        self.roster = _model(reader, "roster", Roster)
        self.bank = _model(reader, "bank", BankItems)
        self.paper_plan = _model(reader, "paper-plan", PaperPlan)
        files = _model(reader, "files", _Files)
        self._photos = {sha256: (offset, size) for sha256, offset, size in files.photos}
        self._media = {sha256: (offset, size) for sha256, offset, size in files.media}
        _require_complete(self.plan, self.roster, self._photos.keys(), self.bank, self._media.keys())

    def photo(self, sha256: str) -> bytes:
        """Return a registration photo; raises KeyError when the package has none of that digest."""
        return self._reader.range("photos", *self._photos[sha256])

    def media(self, sha256: str) -> bytes:
        """Return a picture or clip; raises KeyError when the package has none of that digest."""
        return self._reader.range("media", *self._media[sha256])

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write_package(
    path: Path,
    plan: SessionPlan,
    roster: Roster,
    photos: Mapping[str, bytes],
    bank: BankItems,
    media: Mapping[str, bytes],
    paper_plan: PaperPlan,
    *,
    package_id: str,
    created_at: datetime,
    signing_key: Ed25519PrivateKey,
    content_key: bytes,
    release_code: str | None = None,
    stretch: Stretch | None = None,
) -> BlobRef:
    """Write a package and return its digest and size.

    `photos` and `media` map the SHA-256 to the bytes; they may load lazily, each file is asked for
    twice. `content_key` is 32 random bytes of this package alone. Raises PackageIncomplete when
    roster, items and files do not fit together, ReleaseCodeMistyped, or OSError.
    """
    _require_complete(plan, roster, photos.keys(), bank, media.keys())
    about = _About(
        package=package_id,
        created_at=created_at.astimezone(UTC),
        plan=plan,
        wrapped_key=_wrap(content_key, release_code, package_id, stretch) if release_code else None,
    )
    photo_places, media_places = _places(photos), _places(media)
    index = _Files(photos=tuple(photo_places), media=tuple(media_places))
    parts = (
        PartSource.of("paper-plan", _json(paper_plan)),
        PartSource.of("roster", _json(roster)),
        PartSource.of("bank", _json(bank)),
        PartSource.of("files", _json(index)),
        _files_part("photos", photos, photo_places),
        _files_part("media", media, media_places),
    )
    sha256, size = write_container(
        path,
        PACKAGE,
        about.model_dump(mode="json"),
        parts,
        signing_key=signing_key,
        content_key=content_key,
    )
    return BlobRef(sha256=sha256, size=size)


def read_manifest(
    path: Path, centre_key: Ed25519PublicKey, progress: Callable[[int, int], None] | None = None
) -> PackageManifest:
    """Check signature and every chunk of a package, without its key, and return what it says.

    `progress` is called with (bytes done, bytes in all). Raises PackageDamaged with the place,
    PackageForeign when another centre signed it, PackageUnsupported, or OSError.
    """
    with open_container(path, PACKAGE, lambda _: centre_key) as container:
        container.verify(progress)
        return _manifest(container)


def open_package(path: Path, centre_key: Ed25519PublicKey, content_key: bytes) -> PackageContents:
    """Check a package whole and unlock it; close the contents when done.

    Raises what `read_manifest` raises, WrongKey, or PackageIncomplete.
    """
    container = open_container(path, PACKAGE, lambda _: centre_key)
    try:
        container.verify()
        return PackageContents(container, container.unlock(content_key), _manifest(container))
    except BaseException:
        container.close()
        raise


def content_key_from_code(manifest: PackageManifest, code: str) -> bytes:
    """Return the content key that a release code wraps.

    Takes about a tenth of a second of one core. Raises ReleaseCodeMistyped when the words are no
    code at all, ReleaseCodeRefused when the code is of another package or the package has none.
    """
    secret = read_release_code(code)
    wrapped = manifest.wrapped_key
    if wrapped is None:
        raise ReleaseCodeRefused(
            "该考试包不支持解密口令，请联网或用 U 盘获取密钥",
            "this package has no release code: get its key online or by USB stick",
        )
    try:
        salt, nonce, sealed = (
            base64.b64decode(text, validate=True) for text in (wrapped.salt, wrapped.nonce, wrapped.key)
        )
        stretched = _stretched(secret, salt, wrapped.stretch)
        key = SUITES[manifest.suite].decrypt(stretched, nonce, sealed, _wrap_bound(manifest.package, wrapped))
    except (binascii.Error, ValueError) as error:
        raise ReleaseCodeRefused(
            "该考试包的口令信息无法读取，请向中心重新索取考试包",
            "the release-code data of this package cannot be read: ask the centre for the package again",
        ) from error
    if key is None or len(key) != KEY_BYTES:
        raise ReleaseCodeRefused(
            f"解密口令输入无误，但不属于考试包 {manifest.package}，请核对是否为本场次的口令",
            f"the release code is typed right but is not of package {manifest.package}: check the session",
        )
    return key


def _manifest(container: Container) -> PackageManifest:
    try:
        about = _About.model_validate(container.header.about)
    except ValidationError as error:
        raise PackageIncomplete(
            "考试包的说明部分无法读取，请先升级本系统",
            "the package's plan cannot be read: upgrade this system first",
        ) from error
    return PackageManifest(
        about.package,
        about.created_at,
        about.plan,
        container.header.suite,
        about.wrapped_key,
        tuple((part.name, part.size) for part in container.header.parts),
    )


def _require_complete(
    plan: SessionPlan, roster: Roster, photos: Iterable[str], bank: BankItems, media: Iterable[str]
) -> None:
    """Refuse a package whose parts speak of each other and do not agree."""
    if roster.session != plan.session:
        raise PackageIncomplete(
            f"名单属于场次 {roster.session}，不是 {plan.session}",
            f"the roster is of session {roster.session}, not {plan.session}",
        )
    if len(roster.candidates) != plan.candidates:
        raise PackageIncomplete(
            f"名单有 {len(roster.candidates)} 人，计划为 {plan.candidates} 人",
            f"the roster has {len(roster.candidates)} candidates, the plan {plan.candidates}",
        )
    held_photos, held_media = set(photos), set(media)
    for candidate in roster.candidates:
        if candidate.photo is not None and candidate.photo not in held_photos:
            raise PackageIncomplete(
                f"缺少准考证号 {candidate.ticket} 的照片",
                f"the photo of ticket {candidate.ticket} is missing",
            )
    for item in bank.items:
        for wanted in item.all_media():
            if wanted.sha256 not in held_media:
                raise PackageIncomplete(
                    f"缺少试题 {item.id} 的媒体文件 {wanted.name}",
                    f"the file {wanted.name} of item {item.id} is missing",
                )


def _places(files: Mapping[str, bytes]) -> list[tuple[str, int, int]]:
    places: list[tuple[str, int, int]] = []
    offset = 0
    for sha256 in sorted(files):
        data = files[sha256]
        if hashlib.sha256(data).hexdigest() != sha256:
            raise PackageIncomplete(
                f"文件 {sha256[:12]}… 的内容与其摘要不符",
                f"the content of file {sha256[:12]}... is not of that digest",
            )
        places.append((sha256, offset, len(data)))
        offset += len(data)
    return places


def _files_part(name: str, files: Mapping[str, bytes], places: list[tuple[str, int, int]]) -> PartSource:
    size = places[-1][1] + places[-1][2] if places else 0
    return PartSource(name, size, lambda: (files[sha256] for sha256, _, _ in places))


def _json(model: BaseModel) -> bytes:
    return canonical(model.model_dump(mode="json", by_alias=True))


def _model(reader: PartReader, part: str, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(reader.whole(part))
    except ValidationError as error:
        raise PackageIncomplete(
            f"考试包的 {part} 部分无法读取，请先升级本系统",
            f"part {part} cannot be read: upgrade this system first",
        ) from error


def _wrap(content_key: bytes, code: str, package: str, stretch: Stretch | None) -> WrappedKey:
    salt, nonce = os.urandom(16), os.urandom(NONCE_BYTES)
    blank = WrappedKey(salt=_text(salt), stretch=stretch or Stretch(), nonce=_text(nonce), key="")
    stretched = _stretched(read_release_code(code), salt, blank.stretch)
    sealed = INTERNATIONAL.encrypt(stretched, nonce, content_key, _wrap_bound(package, blank))
    return blank.model_copy(update={"key": _text(sealed)})


def _wrap_bound(package: str, wrapped: WrappedKey) -> bytes:
    return _WRAP_CONTEXT + canonical({"package": package, **wrapped.model_dump(mode="json", exclude={"key"})})


def _stretched(secret: bytes, salt: bytes, stretch: Stretch) -> bytes:
    return hash_secret_raw(
        secret, salt, stretch.passes, stretch.memory_kib, stretch.lanes, KEY_BYTES, Type.ID
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
