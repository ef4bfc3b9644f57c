"""Question banks over the console's routes: in and out unchanged, whole or not at all, whatever is sent."""

from __future__ import annotations

import asyncio
import io
import sys
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import openpyxl
import pytest

from central_sync.centre.api import bank_routes
from central_sync.centre.files.bank_xlsx import (
    read_bank_xlsx,
    read_media_zip,
    write_bank_xlsx,
    write_media_zip,
)
from central_sync.centre.files.qti import read_qti, write_qti
from central_sync.protocol.items import Choice, Item, ItemType
from central_sync.samples.banks import sample_bank
from central_sync.samples.categories import SampleCategory
from tests.centre_parts import PASSWORD, RunningCentre, StaffClient, running_centre

LOW_VOLTAGE = SampleCategory.LOW_VOLTAGE
ROOT = Path(__file__).parents[2]
HEADINGS = ("题号", "题型", "知识点", "题干", "选项A", "选项B", "选项C", "答案")
GOOD_ROW = ("T-001", "单选题", "触电防护", "先做哪一件？", "断电", "呼救", "等待", "A")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[RunningCentre]:
    """A running centre with the empty bank B0001."""
    async with running_centre(tmp_path) as centre:
        await centre.planner.post("banks", {"name": "低压电工题库", "category": LOW_VOLTAGE.value})
        yield centre


async def imported(
    client: StaffClient, parts: Mapping[str, tuple[str, bytes]], bank: str = "B0001", **query: str
) -> Any:
    """Import files and return the ended job."""
    return await client.ended(await client.upload(f"banks/{bank}/import", parts, expect=202, **query))


def items(*numbers: int, stem: str = "下列说法是否正确？") -> list[Item]:
    """Return plain items."""
    choices = tuple(Choice(id=letter, text=f"选项 {letter}") for letter in "ABC")
    return [
        Item(
            id=f"T-{number:03d}",
            type=ItemType.SINGLE,
            topic="触电防护",
            stem=f"{number}. {stem}",
            choices=choices,
            key=("B",),
        )
        for number in numbers
    ]


def table(*rows: Sequence[str | None]) -> bytes:
    """Return a bank's table with these rows."""
    book = openpyxl.Workbook()
    book.worksheets[0].append(HEADINGS)
    for row in rows:
        book.worksheets[0].append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip, names as given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


async def nothing_stored(here: RunningCentre) -> None:
    """See that the bank is as empty as it was and no upload lies about."""
    bank = await here.viewer.get("banks/B0001")
    assert (bank["version"], bank["items"], bank["versions"]) == (0, 0, [])
    assert list(here.centre.uploads.iterdir()) == []


async def test_the_sample_bank_comes_back_equal_by_table_and_by_qti(here: RunningCentre) -> None:
    bank, media = sample_bank(LOW_VOLTAGE)
    parts = {
        "file": ("低压.xlsx", write_bank_xlsx(bank.items)),
        "media": ("图片.zip", write_media_zip(bank.items, media)),
    }
    job = await imported(here.planner, parts, format="xlsx")
    assert (job["state"], job["percent"], job["report"]["taken"]) == ("done", 100, len(bank.items))

    out = {
        form: (await here.planner.ask("GET", f"banks/B0001/export/{form}")).body
        for form in ("xlsx", "media", "qti")
    }
    files, report = read_media_zip(out["media"])
    assert report.ok
    assert sorted(files or ()) == sorted({m.name for item in bank.items for m in item.all_media()})
    draft, report = read_bank_xlsx(out["xlsx"], files)
    assert draft is not None, report
    assert (draft.items, draft.media) == (bank.items, dict(media))
    draft, report = read_qti(out["qti"])
    assert draft is not None, report
    assert (draft.items, draft.media) == (bank.items, dict(media))

    await here.planner.post("banks", {"name": "由 QTI 而来", "category": LOW_VOLTAGE.value})
    job = await imported(here.planner, {"file": ("bank.zip", out["qti"])}, "B0002", format="qti")
    assert job["state"] == "done", job
    first, second = (await here.viewer.get("banks"))["banks"]
    assert first["counts"] == second["counts"]
    assert (second["items"], second["media"]) == (len(bank.items), len(media))
    for number in ("B0001", "B0002"):
        with here.centre.database.begin() as session:
            held = here.centre.banks.items(session, number)
        assert held.items == bank.items
        assert here.centre.banks.media(held) == dict(media)

    again = await imported(here.planner, parts, format="xlsx")
    assert (again["state"], again["zh"]) == ("done", "试题与现有版本相同，没有变化")
    assert (await here.viewer.get("banks/B0001"))["version"] == 1


async def test_merging_adds_and_changes_while_replacing_also_removes(here: RunningCentre) -> None:
    planner = here.planner
    rounds = [
        ("merge", items(1, 2, 3), (3, 0, 0, 3)),
        ("merge", [*items(2, stem="改过的题"), *items(4)], (1, 1, 0, 4)),
        ("replace", items(1, 5), (1, 0, 3, 2)),
        ("merge", items(2), (1, 0, 0, 3)),
    ]
    for version, (mode, given, counts) in enumerate(rounds, 1):
        parts = {"file": (f"第{version}版.xlsx", write_bank_xlsx(given))}
        job = await imported(planner, parts, format="xlsx", mode=mode)
        assert job["state"] == "done", job
        newest = (await here.viewer.get("banks/B0001"))["versions"][0]
        found = tuple(newest[name] for name in ("added", "changed", "removed", "items"))
        assert (newest["version"], newest["source"], newest["by"]) == (
            version,
            f"第{version}版.xlsx",
            "planner",
        )
        assert found == counts
    held = {1: (1, 2, 3), 2: (1, 2, 3, 4), 3: (1, 5), 4: (1, 5, 2)}
    for version, numbers in held.items():
        page = await planner.get("banks/B0001/items", version=version)
        assert [item["id"] for item in page["items"]] == [f"T-{number:03d}" for number in numbers]
    changed = await planner.get("banks/B0001/items", version=2, search="改过")
    assert [item["id"] for item in changed["items"]] == ["T-002"]
    assert (await planner.get("banks/B0001/items", version=9, expect=404))["reason"] == "bank.no_version"


async def test_searching_reads_number_stem_and_choices_and_takes_signs_as_they_are(
    here: RunningCentre,
) -> None:
    given = [
        *items(1, stem='写有"禁止合闸"的标示牌'),
        *items(2, stem="相对湿度 85%"),
        *items(3, stem="85 伏\\安"),
    ]
    await imported(here.planner, {"file": ("a.xlsx", write_bank_xlsx(given))}, format="xlsx")
    for wanted, found in (
        ('"禁止合闸"', [1]),
        ("%", [2]),
        ("_", []),
        ("\\", [3]),
        ("choices", []),
        ("t-00", [1, 2, 3]),
    ):
        page = await here.planner.get("banks/B0001/items", search=wanted)
        assert [int(item["id"][2:]) for item in page["items"]] == found, wanted


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        (("T-002", "填空题", *GOOD_ROW[2:]), "bank.type", "题型"),
        (("T-002", "单选题", None, *GOOD_ROW[3:]), "bank.missing", "知识点"),
        ((*GOOD_ROW[:7], "A"), "bank.double", "题号"),
        (("T-002", *GOOD_ROW[1:7], "D"), "bank.key", "答案"),
        (("T-002", *GOOD_ROW[1:7], "AB"), "bank.key", "答案"),
    ],
)
async def test_a_wrong_row_is_named_with_its_field_and_nothing_is_stored(
    here: RunningCentre, row: tuple[str | None, ...], code: str, field: str
) -> None:
    job = await imported(here.planner, {"file": ("a.xlsx", table(GOOD_ROW, row))}, format="xlsx")
    assert (job["state"], job["zh"]) == ("failed", "文件有误，没有导入任何试题")
    (finding,) = [each for each in job["report"]["findings"] if each["severity"] == "error"]
    assert (finding["row"], finding["field"], finding["code"]) == (3, field, code)
    await nothing_stored(here)


async def test_bombs_path_tricks_and_foreign_files_are_refused_and_nothing_is_stored(
    here: RunningCentre,
) -> None:
    plain = write_bank_xlsx(items(1))
    qti = write_qti(items(1), {}, title="题库")
    with zipfile.ZipFile(io.BytesIO(qti)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    bomb = zipped({"a.png": bytes(80 * 1024 * 1024)})
    entity = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    tries: list[tuple[str, dict[str, tuple[str, bytes]], set[str]]] = [
        (
            "xlsx",
            {"file": ("a.xlsx", plain), "media": ("m.zip", bomb)},
            {"zip.bomb", "zip.size", "zip.total"},
        ),
        (
            "xlsx",
            {"file": ("a.xlsx", plain), "media": ("m.zip", zipped({"../../a.png": b"x"}))},
            {"zip.path"},
        ),
        ("xlsx", {"file": ("a.xlsx", plain), "media": ("m.zip", zipped({"/etc/a.png": b"x"}))}, {"zip.path"}),
        ("xlsx", {"file": ("a.xlsx", "题号,题型\n1,单选题\n".encode("gbk"))}, {"xlsx.csv"}),
        ("xlsx", {"file": ("a.xlsx", plain[: len(plain) // 2])}, {"zip.broken", "xlsx.not_xlsx"}),
        ("xlsx", {"file": ("a.xlsx", qti)}, {"xlsx.not_xlsx"}),
        ("qti", {"file": ("a.zip", zipped(parts | {"../x.xml": b"<a/>"}))}, {"zip.path"}),
        (
            "qti",
            {"file": ("a.zip", zipped(parts | {"media/a.png": bytes(80 * 1024 * 1024)}))},
            {"zip.bomb", "zip.size"},
        ),
        ("qti", {"file": ("a.xml", entity.encode())}, {"xml.entity", "xml.doctype"}),
        ("qti", {"file": ("a.zip", plain)}, {"qti.manifest"}),
    ]
    for form, files, codes in tries:
        job = await imported(here.planner, files, format=form)
        found = {each["code"] for each in job["report"]["findings"] if each["severity"] == "error"}
        assert (job["state"], bool(found & codes)) == ("failed", True), (form, files.keys(), codes, found)
        await nothing_stored(here)


async def test_what_is_no_proper_form_is_refused_at_once(
    here: RunningCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ("a.xlsx", write_bank_xlsx(items(1)))
    path = "banks/B0001/import"
    refused = [
        ({"media": plain}, {"format": "xlsx"}, 422, "upload.missing"),
        ({"file": ("", b"")}, {"format": "xlsx"}, 422, "upload.missing"),
        ({"file": plain, "other": plain}, {"format": "xlsx"}, 422, "upload.unknown_part"),
        ({"file": plain, "media": plain}, {"format": "qti"}, 422, "upload.media_not_wanted"),
    ]
    for parts, query, status, reason in refused:
        answer = await here.planner.upload(path, parts, expect=status, **query)
        assert answer["reason"] == reason
    for wrong in ({}, {"format": "docx"}, {"format": "xlsx", "mode": "append"}):
        answer = await here.planner.upload(path, {"file": plain}, expect=422, **wrong)
        assert answer["reason"] == "fields.invalid"
    answer = await here.planner.ask("POST", path, query={"format": "xlsx"}, json={})
    assert (answer.status, answer.json["reason"]) == (415, "upload.not_a_form")
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    for body in (
        b"",
        b"no form at all",
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ncut off',
    ):
        answer = await here.planner.ask("POST", path, query={"format": "xlsx"}, data=body, headers=headers)
        assert (answer.status, answer.json["reason"]) == (422, "upload.broken"), body
    monkeypatch.setitem(bank_routes.LIMITS, "file", 1000)
    answer = await here.planner.upload(path, {"file": plain}, expect=413, format="xlsx")
    assert answer["reason"] == "upload.too_large"
    assert (await here.planner.get("jobs"))["jobs"] == []
    await nothing_stored(here)


async def test_an_upload_too_large_or_cut_off_leaves_nothing_behind(here: RunningCentre) -> None:
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
    async with raw_request(here, 4 << 30) as (reader, writer):
        writer.write(head.encode())
        assert b" 413 " in await reader.readline()
    async with raw_request(here, 1 << 20) as (_, writer):
        writer.write(head.encode() + b"PK" * 1000)
        await writer.drain()
        await until(lambda: any(here.centre.uploads.iterdir()))
    await until(lambda: not any(here.centre.uploads.iterdir()))
    assert (await here.planner.get("jobs"))["jobs"] == []
    await nothing_stored(here)


@asynccontextmanager
async def raw_request(
    here: RunningCentre, length: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Begin an import as the planner, whose body shall have `length` bytes; the line is cut at the end."""
    at = urlsplit(here.centre.console_url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in here.planner.http.cookie_jar)
    writer.write(
        f"POST /api/central/banks/B0001/import?format=xlsx HTTP/1.1\r\nHost: {at.netloc}\r\n"
        f"Cookie: {cookies}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {length}\r\n\r\n".encode()
    )
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_a_job_that_was_killed_is_told_as_failed_and_stored_nothing(tmp_path: Path) -> None:
    async with running_centre(tmp_path) as centre:
        await centre.planner.post("banks", {"name": "低压电工题库", "category": LOW_VOLTAGE.value})
    big = write_bank_xlsx(items(*range(1, 4000)))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("central_process.py")),
        str(tmp_path),
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(url, cookie_jar=jar) as http:
            client = StaffClient(http)
            await client.post("login", {"username": "planner", "password": PASSWORD})
            job = await client.upload("banks/B0001/import", {"file": ("big.xlsx", big)}, format="xlsx")
            process.kill()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert any((tmp_path / "centre" / "uploads").iterdir())
    async with running_centre(tmp_path) as here:
        held = await here.planner.get(f"jobs/{job['job']}")
        assert held["state"] == "failed"
        assert "没有写入任何内容" in held["zh"]
        assert held["finished_at"] is not None
        await nothing_stored(here)


async def test_only_planners_see_items_or_take_them_in_and_out(here: RunningCentre) -> None:
    file = {"file": ("a.xlsx", write_bank_xlsx(items(1)))}
    await imported(here.planner, file, format="xlsx")
    paths = ("items", "export/qti", "export/xlsx", "export/media", f"media/{'0' * 64}")
    for other in (here.viewer, here.releaser, here.admin):
        for path in paths:
            assert (await other.ask("GET", f"banks/B0001/{path}")).status == 403, path
        await other.upload("banks/B0001/import", file, expect=403, format="xlsx")
    assert (await here.nobody.ask("GET", "banks/B0001/items")).status == 401
    await here.nobody.upload("banks/B0001/import", file, expect=401, format="xlsx")
    assert "T-001" not in str(await here.viewer.get("banks/B0001"))


async def test_unknown_banks_empty_banks_and_taken_names_are_refused(here: RunningCentre) -> None:
    planner = here.planner
    assert (await planner.get("banks/B0009", expect=404))["reason"] == "bank.unknown"
    assert (await planner.ask("GET", "banks/B0001/export/qti")).json["reason"] == "bank.empty"
    file = {"file": ("a.xlsx", write_bank_xlsx(items(1)))}
    refusal = await planner.upload("banks/B0009/import", file, expect=404, format="xlsx")
    assert refusal["reason"] == "bank.unknown"
    same = {"name": "低压电工题库", "category": LOW_VOLTAGE.value}
    assert (await planner.post("banks", same, expect=409))["reason"] == "bank.exists"
    renamed = await planner.patch("banks/B0001", {**same, "name": "低压电工题库（2026）"})
    assert renamed["name"] == "低压电工题库（2026）"
    assert (await planner.get(f"banks/B0001/media/{'0' * 64}", expect=404))["reason"] == "file.missing"
