"""The signed header of packages and bundles, and the cipher of their chunks that it binds."""

from __future__ import annotations

import hashlib
import struct
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from central_sync.protocol.canonical import canonical
from central_sync.protocol.items import Sha256, Words
from central_sync.protocol.package_errors import FileKind, PackageIncomplete, PackageUnsupported
from central_sync.protocol.package_suite import SUITES, Suite

HEADER_LIMIT = 16 * 1024 * 1024
"""Bytes: room for the digests of about 60 GiB."""
MAGIC_BYTES = 8
LENGTH = struct.Struct(">I")
_NONCE = struct.Struct(">IQ")
_PLACE = struct.Struct(">IQ?")

PartName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9./-]{0,99}$")]


class PartHeader(Words):
    """A part: its plain size in bytes and the SHA-256 of each encrypted chunk."""

    name: PartName
    size: Annotated[int, Field(ge=0, le=2**50)]
    chunks: Annotated[tuple[Sha256, ...], Field(min_length=1)]


class Header(Words):
    """The signed header. `about` is what the format itself says, readable without the key."""

    format: Annotated[str, Field(max_length=60)]
    suite: Annotated[str, Field(max_length=60)]
    signer: Sha256
    salt: Sha256
    """32 random bytes in hex; makes the file's key differ even if a content key is used twice."""
    chunk_size: Annotated[int, Field(ge=16, le=16 * 1024 * 1024)]
    about: dict[str, Any]
    parts: Annotated[tuple[PartHeader, ...], Field(min_length=1, max_length=10_000)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len({part.name for part in self.parts}) != len(self.parts):
            raise ValueError("two parts have one name")
        for part in self.parts:
            if len(part.chunks) != chunk_count(part.size, self.chunk_size):
                raise ValueError(f"part {part.name} has {len(part.chunks)} chunks for {part.size} bytes")
        return self

    def binding(self) -> bytes:
        """Return what every chunk is bound to: the SHA-256 of the header without chunk digests."""
        value = self.model_dump(mode="json")
        value["parts"] = [{"name": part.name, "size": part.size} for part in self.parts]
        return hashlib.sha256(canonical(value)).digest()


def chunk_count(size: int, chunk_size: int) -> int:
    """Return the number of chunks of a part; an empty part has one, which proves that it is empty."""
    return max(1, -(-size // chunk_size))


def framed(kind: FileKind, header: Header) -> bytes:
    """Return magic, length and header: the bytes that are digested and signed."""
    encoded = canonical(header.model_dump(mode="json"))
    if len(encoded) > HEADER_LIMIT:
        raise PackageIncomplete(
            f"{kind.noun[0]}过大，请分开制作", f"the {kind.noun[1]} is too large: split it"
        )
    return kind.magic + LENGTH.pack(len(encoded)) + encoded


def parsed(encoded: bytes, kind: FileKind) -> tuple[Header, Suite]:
    """Return header and suite of a file; raises PackageUnsupported for what this release does not know."""
    unsupported = PackageUnsupported(
        f"该{kind.noun[0]}由更新版本的程序制作，请先升级本系统",
        f"this {kind.noun[1]} is of a newer format: upgrade this system first",
    )
    try:
        header = Header.model_validate_json(encoded)
    except ValidationError as error:
        raise unsupported from error
    suite = SUITES.get(header.suite)
    if header.format != kind.format or suite is None:
        raise unsupported
    return header, suite


class ChunkCipher:
    """Chunks of one file under one content key.

    Nonces are part and chunk number; they never repeat under one key, for the key is derived from
    the salt of the file.
    """

    def __init__(self, header: Header, suite: Suite, content_key: bytes) -> None:
        self._suite = suite
        self._binding = header.binding()
        self._key = suite.derive(
            content_key, bytes.fromhex(header.salt), f"{header.format}\n{header.suite}\n".encode()
        )

    def seal(self, part: int, chunk: int, plain: bytes, last: bool) -> bytes:
        """Return a chunk encrypted, bound to its place."""
        return self._suite.encrypt(
            self._key, _NONCE.pack(part, chunk), plain, self._binding + _PLACE.pack(part, chunk, last)
        )

    def open(self, part: int, chunk: int, sealed: bytes, last: bool) -> bytes | None:
        """Return a chunk in plain, None when the key or the place is another."""
        return self._suite.decrypt(
            self._key, _NONCE.pack(part, chunk), sealed, self._binding + _PLACE.pack(part, chunk, last)
        )
