"""What can be wrong with a package or bundle, each with a sentence that says what to do."""

from __future__ import annotations

from dataclasses import dataclass


class PackageError(Exception):
    """A package or bundle cannot be used; `zh` and `en` say why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


class PackageDamaged(PackageError):
    """Bytes are not what was signed: which part, which chunk of it, which bytes of the file.

    `part` is `magic`, `header`, `signature`, `end` (bytes after the last chunk) or a part's name;
    `chunk` counts from 0 and is None outside of parts; `first_byte` and `last_byte` count from 0,
    both inclusive, and the damage lies between them.
    """

    def __init__(
        self, noun: tuple[str, str], part: str, chunk: int | None, first_byte: int, last_byte: int
    ) -> None:
        where_zh = f"{part}" if chunk is None else f"{part} 第 {chunk + 1} 块"
        where_en = f"{part}" if chunk is None else f"{part}, chunk {chunk + 1}"
        super().__init__(
            f"{noun[0]}已损坏或被改动（{where_zh}，字节 {first_byte}–{last_byte}），请重新获取",
            f"the {noun[1]} is damaged or was changed "
            f"({where_en}, bytes {first_byte}-{last_byte}): get it again",
        )
        self.part = part
        self.chunk = chunk
        self.first_byte = first_byte
        self.last_byte = last_byte


class PackageForeign(PackageError):
    """The file is whole but was not signed by whom it should be."""


class PackageUnsupported(PackageError):
    """The file is of a format or suite that this release does not know."""


class PackageIncomplete(PackageError):
    """The parts do not fit together."""


class WrongKey(PackageError):
    """The content key is of another package."""


@dataclass(frozen=True)
class FileKind:
    """What tells packages and bundles apart: first bytes, format name, and what people call it."""

    magic: bytes
    format: str
    noun: tuple[str, str]

    def damaged(self, part: str, chunk: int | None, first_byte: int, last_byte: int) -> PackageDamaged:
        """Return the error for damage at a place."""
        return PackageDamaged(self.noun, part, chunk, first_byte, max(first_byte, last_byte))
