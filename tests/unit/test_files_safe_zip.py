"""Archives that strangers made: names in their right letters, and no bomb, trick or lock gets through."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central_sync.centre.files.report import Refused
from central_sync.centre.files.safe_zip import MIB, ZipLimits, open_zip


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def zipped_with_raw_names(files: Mapping[bytes, bytes]) -> bytes:
    """Write names as given, without the UTF-8 mark, as zip tools of Chinese Windows do."""
    stand_ins = {raw: f"{number:03d}".ljust(len(raw), "~")[: len(raw)] for number, raw in enumerate(files)}
    data = zipped({stand_ins[raw]: content for raw, content in files.items()})
    for raw, stand_in in stand_ins.items():
        data = data.replace(stand_in.encode(), raw)
    return data


def refusal(data: bytes, limits: ZipLimits | None = None) -> Refused:
    with pytest.raises(Refused) as caught, open_zip(data, limits) as archive:
        for name in archive:
            archive.read(name)
    return caught.value


def test_names_in_gbk_without_the_utf8_mark_are_read_in_chinese() -> None:
    data = zipped_with_raw_names({"照片/张三.jpg".encode("gbk"): b"one", "联通.png".encode("gbk"): b"two"})
    with open_zip(data) as archive:
        assert archive.names == ("照片/张三.jpg", "联通.png")
        assert archive.read("联通.png") == b"two"


def test_gbk_letters_whose_second_byte_is_a_backslash_are_no_path_trick() -> None:
    name = "誠.png"
    assert b"\\" in name.encode("gbk")
    with open_zip(zipped_with_raw_names({name.encode("gbk"): b"x"})) as archive:
        assert archive.names == (name,)


def test_names_in_utf8_are_read_with_and_without_the_mark() -> None:
    with open_zip(zipped({"图片/配电箱.png": b"x"})) as archive:
        assert archive.names == ("图片/配电箱.png",)
    with open_zip(zipped_with_raw_names({"图片/配电箱.png".encode(): b"x"})) as archive:
        assert archive.names == ("图片/配电箱.png",)


def test_name_that_is_neither_utf8_nor_gbk_is_refused() -> None:
    assert refusal(zipped_with_raw_names({b"\xff\xff\xff.png": b"x"})).finding.code == "zip.name"


def test_empty_archive_has_no_names() -> None:
    with open_zip(zipped({})) as archive:
        assert archive.names == ()


def test_litter_of_file_managers_and_folders_are_left_out() -> None:
    data = zipped(
        {"a/": b"", "a/1.png": b"x", "__MACOSX/a/._1.png": b"y", "a/.DS_Store": b"z", "Thumbs.db": b"t"}
    )
    with open_zip(data) as archive:
        assert archive.names == ("a/1.png",)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "a/../../evil.png",
        "/etc/passwd",
        "a\\..\\evil.png",
        "C:/evil.png",
        "c:evil.png",
        "a//b.png",
        "./a.png",
        "a\x01.png",
        "a/../b.png",
    ],
)
def test_path_tricks_are_refused(name: str) -> None:
    finding = refusal(zipped({"good.png": b"x", name: b"y"})).finding
    assert finding.code == "zip.path"
    assert finding.zh
    assert finding.en


def test_nul_in_a_name_is_refused() -> None:
    assert refusal(zipped_with_raw_names({b"a.png\x00.exe": b"x"})).finding.code == "zip.path"


def test_symbolic_link_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link.png")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert refusal(out.getvalue()).finding.code == "zip.link"


def test_names_that_differ_in_case_only_are_refused() -> None:
    assert refusal(zipped({"a.png": b"x", "A.PNG": b"y"})).finding.code == "zip.duplicate"


def test_archive_with_password_is_refused_with_what_to_do() -> None:
    data = bytearray(zipped({"a.png": b"x"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + at] |= 1
    finding = refusal(bytes(data)).finding
    assert finding.code == "zip.encrypted"
    assert "密码" in finding.zh
    assert "password" in finding.en


def test_uncommon_compression_is_refused() -> None:
    assert refusal(zipped({"a.png": b"x" * 100}, zipfile.ZIP_LZMA)).finding.code == "zip.method"


@pytest.mark.timeout(30)
def test_bomb_is_refused_by_its_ratio_before_it_is_unpacked() -> None:
    data = zipped({"a.png": b"\0" * (40 * MIB)})
    assert refusal(data).finding.code == "zip.bomb"


def test_sizes_and_counts_above_the_limits_are_refused() -> None:
    data = zipped({f"{number}.png": bytes(1000) for number in range(20)}, zipfile.ZIP_STORED)
    assert refusal(data, ZipLimits(entries=10)).finding.code == "zip.entries"
    assert refusal(data, ZipLimits(entry_bytes=999)).finding.code == "zip.size"
    assert refusal(data, ZipLimits(total_bytes=5_000)).finding.code == "zip.total"


def test_entry_larger_than_it_says_is_refused() -> None:
    data = bytearray(zipped({"a.png": bytes(range(256)) * 400}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", data, data.find(mark) + at, 1000)
    assert refusal(bytes(data)).finding.code == "zip.damaged"


def overlapping_bomb(entries: int) -> bytes:
    """Write one compressed block that every entry of the directory claims as its own."""
    data = zipped({"a": b"\0" * 100_000})
    directory = data.find(b"PK\x01\x02")
    end = data.find(b"PK\x05\x06")
    records = []
    for number in range(entries):
        record = bytearray(data[directory:end])
        record[46:47] = bytes([ord("a") + number])
        records.append(bytes(record))
    tail = bytearray(data[end:])
    struct.pack_into("<HHL", tail, 8, entries, entries, sum(map(len, records)))
    return data[:directory] + b"".join(records) + bytes(tail)


def test_overlapping_entries_are_refused() -> None:
    assert refusal(overlapping_bomb(20)).finding.code == "zip.overlap"


@pytest.mark.timeout(30)
def test_directory_of_countless_entries_is_refused_before_it_is_read() -> None:
    record = zipped({"a": b""})
    directory = record[record.find(b"PK\x01\x02") : record.find(b"PK\x05\x06")]
    count = 400_000
    flood = directory * count
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 100, 100, len(flood), 0, 0)
    assert refusal(flood + end).finding.code == "zip.entries"


def test_damaged_content_is_named() -> None:
    data = bytearray(zipped({"a.png": b"hello" * 100}, zipfile.ZIP_STORED))
    data[60] ^= 0xFF
    finding = refusal(bytes(data)).finding
    assert finding.code == "zip.damaged"
    assert finding.place == "a.png"


def test_truncated_archive_and_plain_text_are_refused() -> None:
    whole = zipped({"a.png": b"x" * 1000})
    assert refusal(whole[:-30]).finding.code == "zip.broken"
    assert refusal(b"").finding.code == "zip.broken"
    assert refusal(b"no archive at all").finding.code == "zip.broken"


VALID = zipped({"a.png": b"hello" * 50, "图/b.png": b"x" * 300, "c/": b""})


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_mutated_archive_is_read_or_refused_and_nothing_else(changes: list[tuple[int, int]]) -> None:
    data = bytearray(VALID)
    for at, value in changes:
        data[at] = value
    try:
        with open_zip(bytes(data)) as archive:
            total = sum(len(archive.read(name)) for name in archive)
    except Refused as refused:
        assert refused.finding.zh
        assert refused.finding.en
    else:
        assert total <= 1000


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_are_refused(data: bytes) -> None:
    assert refusal(b"PK\x03\x04" + data).finding.code.startswith("zip.")
