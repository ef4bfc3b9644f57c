"""Opening archives (.zip, .xlsx, QTI packages) that strangers made.

Nothing is ever written to a path that an archive names: entries are read into memory, within limits.
"""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Self

from central_sync.centre.files.report import Refused, refused

MIB = 1024 * 1024

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1 | 0x40
_LOCAL_HEADER_BYTES = 30
_CHUNK_BYTES = 64 * 1024
_LEAST_DIRECTORY_RECORD_BYTES = 46
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"^[A-Za-z]:")
_LITTER = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|\._|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


@dataclass(frozen=True)
class ZipLimits:
    """What an archive may hold; sizes in bytes."""

    entries: int = 10_000
    entry_bytes: int = 64 * MIB
    total_bytes: int = 512 * MIB
    ratio: int = 200
    """Unpacked to packed size of an entry, asked only of entries above `ratio_from_bytes`."""
    ratio_from_bytes: int = 4 * MIB


class SafeZip:
    """An archive whose names and sizes are in order; contents are checked as they are read."""

    def __init__(
        self, archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], limits: ZipLimits
    ) -> None:
        self._archive = archive
        self._entries = entries
        self._limits = limits

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files, with `/` between folders, in the archive's order."""
        return tuple(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def size(self, name: str) -> int:
        """Return the unpacked size of a file in bytes, as the archive states it."""
        return self._entries[name].file_size

    def read(self, name: str, at_most_bytes: int | None = None) -> bytes:
        """Return a file's content; raises Refused when it is damaged or larger than allowed."""
        allowed = self._limits.entry_bytes if at_most_bytes is None else at_most_bytes
        if self._entries[name].file_size > allowed:
            raise _too_large(name, allowed)
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a file's content piece by piece; raises Refused when it is damaged or larger than stated."""
        info = self._entries[name]
        left = info.file_size
        try:
            with self._archive.open(info) as stream:
                while piece := stream.read(_CHUNK_BYTES):
                    left -= len(piece)
                    if left < 0:
                        raise _too_large(name, info.file_size)
                    yield piece
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            ValueError,
            NotImplementedError,
            RuntimeError,
        ):
            raise _damaged(name) from None
        if left > 0:
            raise _damaged(name)

    def close(self) -> None:
        """Let go of the archive."""
        self._archive.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_zip(data: bytes, limits: ZipLimits | None = None) -> SafeZip:
    """Return the archive in `data`, or raise Refused with the reason.

    Names without the UTF-8 mark, as Windows zip tools in Chinese write them, are read as UTF-8 when
    all of them are, else as GB 18030. Folders and the litter of file managers are left out.
    """
    limits = limits or ZipLimits()
    _check_directory_size(data, limits)
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except UnicodeDecodeError:
        raise refused(
            "zip.name",
            "压缩包中的文件名编码已损坏，请重新压缩后再上传。",
            "File names in the archive are damaged; please zip the files again.",
        ) from None
    except NotImplementedError:
        raise _method_refused("") from None
    except (zipfile.BadZipFile, struct.error, EOFError, OSError, ValueError, IndexError, OverflowError):
        raise refused(
            "zip.broken",
            "这不是完整的 zip 压缩包，请检查文件是否传输完整，再重新压缩上传。",
            "This is no whole zip archive; check that the file arrived whole, or zip it again.",
        ) from None
    try:
        return SafeZip(archive, _checked_entries(archive, limits), limits)
    except Refused:
        archive.close()
        raise


def _checked_entries(archive: zipfile.ZipFile, limits: ZipLimits) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > limits.entries:
        raise _too_many(limits)
    names = _decoded_names(infos)
    _check_overlap(infos, archive.start_dir)
    entries: dict[str, zipfile.ZipInfo] = {}
    seen: dict[str, str] = {}
    total = 0
    for info, name in zip(infos, names, strict=True):
        _check_name(name)
        _check_kind(info, name)
        folded = unicodedata.normalize("NFKC", name).casefold()
        if folded in seen:
            raise refused(
                "zip.duplicate",
                f"压缩包中有重名文件（仅大小写不同也算重名）：{_shown(seen[folded])} 与 {_shown(name)}，"
                f"请只保留一个。",
                f"Two files in the archive have the same name (case does not count): {_shown(seen[folded])} "
                f"and {_shown(name)}; keep one of them.",
                place=_shown(name),
            )
        seen[folded] = name
        if name.endswith("/"):
            continue
        total += info.file_size
        _check_size(info, name, total, limits)
        if not _LITTER.search(name):
            entries[name] = info
    return entries


def _decoded_names(infos: list[zipfile.ZipInfo]) -> list[str]:
    raw = [info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8_NAME else "cp437") for info in infos]
    unmarked = [name for name, info in zip(raw, infos, strict=True) if not info.flag_bits & _UTF8_NAME]
    encoding = "utf-8" if all(_decodes(name, "utf-8") for name in unmarked) else "gb18030"
    names = []
    for name, info in zip(raw, infos, strict=True):
        use = "utf-8" if info.flag_bits & _UTF8_NAME else encoding
        if not _decodes(name, use):
            shown = _shown(name.decode("ascii", "replace"))
            raise refused(
                "zip.name",
                f"压缩包中的文件名 {shown} 既不是 UTF-8 也不是 GBK 编码，请改名后重新压缩。",
                f"The file name {shown} in the archive is neither UTF-8 nor GBK; rename it and zip again.",
                place=shown,
            )
        names.append(name.decode(use))
    return names


def _decodes(name: bytes, encoding: str) -> bool:
    try:
        name.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _check_directory_size(data: bytes, limits: ZipLimits) -> None:
    """Refuse a directory of millions of entries before zipfile builds an object for each."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 22 - 0xFFFF))
    if end < 0 or end + 20 > len(data):
        return
    entries, directory_bytes = struct.unpack_from("<HL", data, end + 10)
    if (
        end >= 76
        and data[end - 20 : end - 16] == b"PK\x06\x07"
        and data[end - 76 : end - 72] == b"PK\x06\x06"
    ):
        entries, directory_bytes = struct.unpack_from("<QQ", data, end - 76 + 32)
    roomy = limits.entries * 8 * _LEAST_DIRECTORY_RECORD_BYTES
    if entries > limits.entries or directory_bytes > max(roomy, MIB):
        raise _too_many(limits)


def _check_overlap(infos: list[zipfile.ZipInfo], directory_at: int) -> None:
    """Refuse entries that share bytes: one small block read by thousands of entries is a bomb."""
    ordered = sorted(infos, key=lambda info: info.header_offset)
    ends = [info.header_offset for info in ordered[1:]] + [directory_at]
    # an empty archive has an end but no entry
    for info, end in zip(ordered, ends, strict=False):
        if info.header_offset < 0 or info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size > end:
            raise refused(
                "zip.overlap",
                "压缩包内部结构异常（条目相互重叠），疑似压缩炸弹，已拒绝。请用普通工具重新压缩。",
                "Entries of the archive overlap, as in a zip bomb; refused. Zip the files again with a "
                "common tool.",
            )


def _check_name(name: str) -> None:
    parts = name.removesuffix("/").split("/")
    if (
        not name
        or len(name) > 400
        or _CONTROL.search(name)
        or "\\" in name
        or name.startswith("/")
        or _DRIVE.match(name)
        or any(part in {"", ".", ".."} for part in parts)
    ):
        raise refused(
            "zip.path",
            f"压缩包中有不安全的路径 {_shown(name)}（绝对路径、“..”、反斜杠、盘符或控制字符），已拒绝。"
            f"请把文件放进普通文件夹后重新压缩。",
            f"The archive holds an unsafe path {_shown(name)} (absolute, '..', backslash, drive letter or "
            f"control character); refused. Put the files in a plain folder and zip again.",
            place=_shown(name),
        )


def _check_kind(info: zipfile.ZipInfo, name: str) -> None:
    mode = info.external_attr >> 16
    if info.create_system == 3 and stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise refused(
            "zip.link",
            f"压缩包中的 {_shown(name)} 是链接或特殊文件，只接受普通文件和文件夹。",
            f"{_shown(name)} in the archive is a link or special file; only plain files and folders are "
            f"allowed.",
            place=_shown(name),
        )
    if info.flag_bits & _ENCRYPTED:
        raise refused(
            "zip.encrypted",
            f"压缩包设置了密码（{_shown(name)}），请去掉密码后重新压缩上传。",
            f"The archive is protected by a password ({_shown(name)}); zip the files again without one.",
            place=_shown(name),
        )
    if info.compress_type not in _METHODS:
        raise _method_refused(name)


def _check_size(info: zipfile.ZipInfo, name: str, total: int, limits: ZipLimits) -> None:
    if info.file_size > limits.entry_bytes:
        raise _too_large(name, limits.entry_bytes)
    if total > limits.total_bytes:
        megabytes = limits.total_bytes // MIB
        raise refused(
            "zip.total",
            f"压缩包解压后超过 {megabytes} MB，请分成几个压缩包上传。",
            f"The archive unpacks to more than {megabytes} MB; split it into several archives.",
        )
    if info.file_size > limits.ratio_from_bytes and info.file_size > limits.ratio * max(
        info.compress_size, 1
    ):
        raise refused(
            "zip.bomb",
            f"{_shown(name)} 的压缩比超过 {limits.ratio} 倍，疑似压缩炸弹，已拒绝。",
            f"{_shown(name)} is packed more than {limits.ratio} to 1, as in a zip bomb; refused.",
            place=_shown(name),
        )


def _shown(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name[:80])


def _too_large(name: str, allowed_bytes: int) -> Refused:
    allowed = f"{allowed_bytes // MIB} MB" if allowed_bytes >= MIB else f"{allowed_bytes} B"
    return refused(
        "zip.size",
        f"压缩包中的 {_shown(name)} 解压后超过 {allowed}，请缩小该文件。",
        f"{_shown(name)} in the archive unpacks to more than {allowed}; make that file smaller.",
        place=_shown(name),
    )


def _too_many(limits: ZipLimits) -> Refused:
    return refused(
        "zip.entries",
        f"压缩包中的文件超过 {limits.entries} 个，请分成几个压缩包上传。",
        f"The archive holds more than {limits.entries} files; split it into several archives.",
    )


def _damaged(name: str) -> Refused:
    return refused(
        "zip.damaged",
        f"压缩包中的 {_shown(name)} 已损坏，无法读出，请重新压缩后上传。",
        f"{_shown(name)} in the archive is damaged and cannot be read; zip the files again.",
        place=_shown(name),
    )


def _method_refused(name: str) -> Refused:
    what = _shown(name) or "zip"
    return refused(
        "zip.method",
        f"压缩包（{what}）使用了不常见的压缩方式，请用“Deflate/标准”方式重新压缩。",
        f"The archive ({what}) uses an uncommon compression method; zip it again with Deflate (normal).",
        place=_shown(name),
    )
