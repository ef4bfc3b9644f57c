"""The container of packages and bundles: a signed header, then encrypted parts in chunks.

Layout: magic (8 bytes), length of the header (4 bytes, big-endian), header (canonical JSON),
SHA-256 of all before (32 bytes), signature over the same bytes, then the chunks of all parts in
order. The header holds the SHA-256 of every encrypted chunk, so that a changed byte is found
without the key. Each chunk is bound to the header, its part, its number and whether it is the last.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from central_sync.protocol.durable_file import sync_folder
from central_sync.protocol.package_errors import FileKind, PackageForeign, PackageIncomplete, WrongKey
from central_sync.protocol.package_header import (
    HEADER_LIMIT,
    LENGTH,
    MAGIC_BYTES,
    ChunkCipher,
    Header,
    PartHeader,
    chunk_count,
    framed,
    parsed,
)
from central_sync.protocol.package_suite import INTERNATIONAL, KEY_BYTES, TAG_BYTES, Suite, key_digest

CHUNK_BYTES = 256 * 1024
"""Plain bytes in a chunk; only the last of a part is shorter."""
_DIGEST_BYTES = 32


@dataclass(frozen=True)
class PartSource:
    """A part to be written: `pieces` gives its `size` plain bytes in pieces of any length."""

    name: str
    size: int
    pieces: Callable[[], Iterable[bytes]]

    @classmethod
    def of(cls, name: str, data: bytes) -> PartSource:
        """Return the source of a part that is in memory."""
        return cls(name, len(data), lambda: (data,))


def write_container(
    path: Path,
    kind: FileKind,
    about: dict[str, Any],
    parts: Sequence[PartSource],
    *,
    signing_key: Ed25519PrivateKey,
    content_key: bytes,
    suite: Suite = INTERNATIONAL,
    chunk_size: int = CHUNK_BYTES,
) -> tuple[str, int]:
    """Write a container and return its SHA-256 and size in bytes.

    The file appears whole or not at all: a temporary file in the same folder is synced to disk
    and renamed. Raises OSError when the disk is full, PackageIncomplete when a source gives
    another number of bytes than it said.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            _write(file, kind, about, parts, signing_key, content_key, suite, chunk_size)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return digest, size


def _write(
    file: BinaryIO,
    kind: FileKind,
    about: dict[str, Any],
    parts: Sequence[PartSource],
    signing_key: Ed25519PrivateKey,
    content_key: bytes,
    suite: Suite,
    chunk_size: int,
) -> None:
    if len(content_key) != KEY_BYTES:
        raise ValueError(f"a content key has {KEY_BYTES} bytes, not {len(content_key)}")
    # Digests have a fixed length, so the header's place is known before the chunks are.
    draft = Header(
        format=kind.format,
        suite=suite.name,
        signer=key_digest(signing_key.public_key()),
        salt=secrets.token_hex(32),
        chunk_size=chunk_size,
        about=about,
        parts=tuple(
            PartHeader(
                name=part.name, size=part.size, chunks=("0" * 64,) * chunk_count(part.size, chunk_size)
            )
            for part in parts
        ),
    )
    cipher = ChunkCipher(draft, suite, content_key)
    blank = framed(kind, draft)
    file.write(b"\0" * (len(blank) + _DIGEST_BYTES + suite.signature_bytes))
    written: list[PartHeader] = []
    for number, part in enumerate(parts):
        digests: list[str] = []
        for plain, last in _rechunk(part, chunk_size):
            sealed = cipher.seal(number, len(digests), plain, last)
            digests.append(suite.digest(sealed).hex())
            file.write(sealed)
        written.append(PartHeader(name=part.name, size=part.size, chunks=tuple(digests)))
    frame = framed(kind, draft.model_copy(update={"parts": tuple(written)}))
    file.seek(0)
    file.write(frame + hashlib.sha256(frame).digest() + suite.sign(signing_key, frame))


def _rechunk(part: PartSource, chunk_size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield exactly `chunk_count` chunks with a flag for the last."""
    buffer = bytearray()
    left = part.size
    for piece in part.pieces():
        buffer += piece
        if len(buffer) > left:
            break
        while len(buffer) >= chunk_size and left > chunk_size:
            yield bytes(buffer[:chunk_size]), False
            del buffer[:chunk_size]
            left -= chunk_size
    if len(buffer) != left:
        raise PackageIncomplete(
            f"{part.name} 的长度与声明的 {part.size} 字节不符，请重试",
            f"part {part.name} is not {part.size} bytes long as announced: try again",
        )
    yield bytes(buffer), True


class Container:
    """An open container whose header's signature holds. Reading is safe from several threads."""

    def __init__(self, file: BinaryIO, kind: FileKind, header: Header, header_end: int, suite: Suite) -> None:
        self._file = file
        self.kind = kind
        self.header = header
        self.suite = suite
        self._offsets: list[int] = []
        offset = header_end
        for part in header.parts:
            self._offsets.append(offset)
            offset += part.size + len(part.chunks) * TAG_BYTES
        self._end = offset
        self._numbers = {part.name: number for number, part in enumerate(header.parts)}

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def has(self, part: str) -> bool:
        """Tell whether there is a part of this name."""
        return part in self._numbers

    def size(self, part: str) -> int:
        """Return the plain size of a part in bytes."""
        return self.header.parts[self.number(part)].size

    def verify(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Check every chunk's digest and that nothing follows; needs no key.

        `progress` is called with (bytes done, bytes in all). Raises PackageDamaged.
        """
        for number, part in enumerate(self.header.parts):
            for chunk in range(len(part.chunks)):
                self.sealed_chunk(number, chunk)
                if progress is not None:
                    progress(self._span(number, chunk)[1], self._end)
        size = os.fstat(self._file.fileno()).st_size
        if size != self._end:
            raise self.kind.damaged("end", None, self._end, size - 1)

    def unlock(self, content_key: bytes) -> PartReader:
        """Return a reader of the plain parts; raises WrongKey when the key does not fit."""
        if len(content_key) != KEY_BYTES:
            raise self.wrong_key()
        reader = PartReader(self, ChunkCipher(self.header, self.suite, content_key))
        reader.chunk(self.header.parts[0].name, 0)
        return reader

    def number(self, part: str) -> int:
        """Return a part's number from 0; raises PackageIncomplete when there is none of the name."""
        number = self._numbers.get(part)
        if number is None:
            raise PackageIncomplete(
                f"{self.kind.noun[0]}缺少 {part} 部分，请重新获取",
                f"the {self.kind.noun[1]} has no part {part}: get it again",
            )
        return number

    def _span(self, number: int, chunk: int) -> tuple[int, int]:
        """Return the first byte of a chunk in the file and the first after it."""
        part, step = self.header.parts[number], self.header.chunk_size + TAG_BYTES
        first = self._offsets[number] + chunk * step
        plain = min(self.header.chunk_size, part.size - chunk * self.header.chunk_size)
        return first, first + plain + TAG_BYTES

    def sealed_chunk(self, number: int, chunk: int) -> bytes:
        """Return an encrypted chunk once its digest proves right; raises PackageDamaged."""
        part = self.header.parts[number]
        first, end = self._span(number, chunk)
        sealed = os.pread(self._file.fileno(), end - first, first)
        if self.suite.digest(sealed).hex() != part.chunks[chunk]:
            raise self.kind.damaged(part.name, chunk, first, end - 1)
        return sealed

    def wrong_key(self) -> WrongKey:
        """Return the error for a key that does not fit."""
        return WrongKey(
            f"密钥与该{self.kind.noun[0]}不符，请向中心索取该{self.kind.noun[0]}的密钥",
            f"the key is not of this {self.kind.noun[1]}: ask the centre for the right one",
        )


class PartReader:
    """Plain parts of an unlocked container. Each chunk is checked and decrypted when it is asked for."""

    def __init__(self, container: Container, cipher: ChunkCipher) -> None:
        self._container = container
        self._cipher = cipher

    def chunk(self, part: str, chunk: int) -> bytes:
        """Return one chunk of a part, counted from 0."""
        container = self._container
        number = container.number(part)
        last = chunk == len(container.header.parts[number].chunks) - 1
        plain = self._cipher.open(number, chunk, container.sealed_chunk(number, chunk), last)
        if plain is None:
            raise container.wrong_key()
        return plain

    def stream(self, part: str) -> Iterator[bytes]:
        """Yield a part chunk by chunk."""
        number = self._container.number(part)
        for chunk in range(len(self._container.header.parts[number].chunks)):
            yield self.chunk(part, chunk)

    def whole(self, part: str) -> bytes:
        """Return a whole part."""
        return b"".join(self.stream(part))

    def range(self, part: str, offset: int, size: int) -> bytes:
        """Return `size` bytes of a part from `offset`; only the chunks that hold them are read."""
        if offset < 0 or size < 0 or offset + size > self._container.size(part):
            raise PackageIncomplete(
                f"{part} 的索引超出范围，请重新获取",
                f"the index of {part} points outside of it: get the file again",
            )
        if size == 0:
            return b""
        step = self._container.header.chunk_size
        first = offset // step
        data = b"".join(self.chunk(part, chunk) for chunk in range(first, (offset + size - 1) // step + 1))
        return data[offset - first * step : offset - first * step + size]


def open_container(path: Path, kind: FileKind, signer: Callable[[Header], Ed25519PublicKey]) -> Container:
    """Open a container and check its header's form and signature; chunks are not read yet.

    `signer` gets the header before it is trusted and returns the key that must have signed it; it
    may raise a PackageError of its own. Raises PackageDamaged, PackageForeign,
    PackageUnsupported, and OSError when the file cannot be read.
    """
    file = path.open("rb")
    try:
        return _opened(file, kind, signer)
    except BaseException:
        file.close()
        raise


def _opened(file: BinaryIO, kind: FileKind, signer: Callable[[Header], Ed25519PublicKey]) -> Container:
    size = os.fstat(file.fileno()).st_size
    prefix = file.read(MAGIC_BYTES + LENGTH.size)
    if prefix[:MAGIC_BYTES] != kind.magic:
        raise kind.damaged("magic", None, 0, MAGIC_BYTES - 1)
    length = LENGTH.unpack(prefix[MAGIC_BYTES:])[0] if len(prefix) == MAGIC_BYTES + LENGTH.size else 0
    if length == 0 or length > HEADER_LIMIT:
        raise kind.damaged("header", None, MAGIC_BYTES, MAGIC_BYTES + LENGTH.size - 1)
    frame = prefix + file.read(length)
    if hashlib.sha256(frame).digest() != file.read(_DIGEST_BYTES):
        raise kind.damaged("header", None, MAGIC_BYTES, min(size, len(prefix) + length + _DIGEST_BYTES) - 1)
    header, suite = parsed(frame[len(prefix) :], kind)
    key = signer(header)
    start = file.tell()
    signature = file.read(suite.signature_bytes)
    if header.signer != key_digest(key):
        raise PackageForeign(
            f"该{kind.noun[0]}不是由应有的一方签发的，请核对来源",
            f"this {kind.noun[1]} was not signed by whom it should be: check where it comes from",
        )
    if len(signature) != suite.signature_bytes or not suite.verify(key, signature, frame):
        raise kind.damaged("signature", None, start, start + suite.signature_bytes - 1)
    return Container(file, kind, header, start + suite.signature_bytes, suite)
