"""Rosters over the console's routes: candidates with photos, whole or not at all, masked for who looks on."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PIL import Image

from central_sync.protocol.roster import masked_id
from central_sync.samples.candidates import SampleCandidate, sample_candidates
from central_sync.samples.categories import SampleCategory
from tests.centre_parts import RunningCentre, running_centre

LOW_VOLTAGE = SampleCategory.LOW_VOLTAGE
PEOPLE = sample_candidates(30, category=LOW_VOLTAGE)[:6]
HEADINGS = ("姓名", "性别", "身份证号", "工作单位", "联系电话", "加时（分钟）", "补考次数", "备注")
MOBILE = "13900000001"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[RunningCentre]:
    """A running centre with the empty roster R0001."""
    async with running_centre(tmp_path) as centre:
        await centre.planner.post("rosters", {"name": "十一月名册", "category": LOW_VOLTAGE.value})
        yield centre


def line(person: SampleCandidate, **changed: str) -> list[str]:
    """Return a candidate's row, some cells changed."""
    sex = {"M": "男", "F": "女"}[person.sex]
    cells = dict(
        zip(HEADINGS, (person.name, sex, person.id_number, person.employer, MOBILE, "", "", ""), strict=True)
    )
    return list((cells | changed).values())


def table(rows: Sequence[Sequence[str]]) -> bytes:
    """Return a roster's table."""
    book = openpyxl.Workbook()
    book.worksheets[0].append(HEADINGS)
    for row in rows:
        book.worksheets[0].append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def picture(shade: int, form: str = "JPEG") -> bytes:
    """Return a plain photo."""
    out = io.BytesIO()
    Image.new("RGB", (300, 400), (shade, 120, 160)).save(out, form)
    return out.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip, names as given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


async def imported(here: RunningCentre, file: bytes, photos: bytes | None = None) -> Any:
    """Import a roster and return the ended job."""
    parts = {"file": ("名册.xlsx", file)} | ({} if photos is None else {"photos": ("照片.zip", photos)})
    job = await here.planner.upload("rosters/R0001/import", parts)
    return await here.planner.ended(job)


async def test_candidates_come_in_with_their_photos_and_again_only_with_what_is_new(
    here: RunningCentre,
) -> None:
    first, second, third, *_ = PEOPLE
    files = {
        f"照片/{first.id_number}.JPG": picture(10),
        f"{second.id_number}.png": picture(20, "PNG"),
        "440101199001011234.jpg": picture(30),
    }
    job = await imported(here, table([line(first), line(second), line(third)]), zipped(files))
    assert (job["state"], job["zh"]) == ("done", "新增 3 人，更新 0 人，照片 2 张")
    warned = {finding["code"] for finding in job["report"]["findings"]}
    assert warned == {"roster.photo_unknown", "roster.photo_missing"}
    page = await here.planner.get("rosters/R0001")
    assert [person["id_number"] for person in page["candidates"]] == [
        p.id_number for p in (first, second, third)
    ]
    assert [person["photo"] is not None for person in page["candidates"]] == [True, True, False]
    assert (page["roster"]["candidates"], page["roster"]["photos"]) == (3, 2)
    for person in page["candidates"][:2]:
        answer = await here.viewer.ask("GET", f"photos/{person['photo']}")
        assert (answer.status, answer.type) == (200, "image/jpeg")
        with Image.open(io.BytesIO(answer.body)) as photo:
            assert (photo.format, photo.size) == ("JPEG", (300, 400))

    changed = line(first, 工作单位="新单位", **{"加时（分钟）": "30", "备注": "右手受伤"})
    job = await imported(
        here, table([line(PEOPLE[3]), changed]), zipped({f"{third.id_number}.jpg": picture(5)})
    )
    assert (job["state"], job["zh"]) == ("done", "新增 1 人，更新 1 人，照片 0 张")
    again = await here.planner.get("rosters/R0001")
    renewed = again["candidates"][0]
    assert (renewed["employer"], renewed["extra_minutes"], renewed["remark"]) == ("新单位", 30, "右手受伤")
    assert renewed["photo"] == page["candidates"][0]["photo"]
    assert [person["name"] for person in again["candidates"]] == [p.name for p in PEOPLE[:4]]


WRONG_CHECK = PEOPLE[1].id_number[:17] + str((int(PEOPLE[1].id_number[17].replace("X", "0")) + 1) % 10)


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        (line(PEOPLE[1], 身份证号=WRONG_CHECK), "roster.id_number", "身份证号"),
        (line(PEOPLE[1], 身份证号=PEOPLE[1].id_number[:15]), "roster.id_number", "身份证号"),
        (line(PEOPLE[0], 姓名="另一人"), "roster.double", "身份证号"),
        (line(PEOPLE[1], 性别={"M": "女", "F": "男"}[PEOPLE[1].sex]), "roster.sex_mismatch", "性别"),
        (line(PEOPLE[1], 姓名=""), "roster.name", "姓名"),
    ],
)
async def test_a_wrong_row_is_named_with_its_field_and_nobody_comes_in(
    here: RunningCentre, row: list[str], code: str, field: str
) -> None:
    job = await imported(
        here, table([line(PEOPLE[0]), row]), zipped({f"{PEOPLE[0].id_number}.jpg": picture(9)})
    )
    assert (job["state"], job["zh"]) == ("failed", "名册有误，没有导入任何考生")
    (finding,) = [each for each in job["report"]["findings"] if each["severity"] == "error"]
    assert (finding["row"], finding["field"], finding["code"]) == (3, field, code)
    assert (await here.planner.get("rosters/R0001"))["candidates"] == []
    assert list(here.centre.uploads.iterdir()) == []


async def test_foreign_files_and_hostile_photos_are_refused_and_nobody_comes_in(here: RunningCentre) -> None:
    good, number = table([line(PEOPLE[0])]), PEOPLE[0].id_number
    text = "姓名,身份证号\n张三,140101199001011234\n"
    tries: list[tuple[bytes, bytes | None, set[str]]] = [
        (text.encode("gbk"), None, {"xlsx.csv"}),
        (text.encode("utf-16"), None, {"xlsx.csv", "xlsx.not_xlsx"}),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), None, {"xlsx.old_format"}),
        (b"<html><table></table></html>", None, {"xlsx.web_page"}),
        (good[:-200], None, {"zip.broken", "xlsx.not_xlsx"}),
        (table([]), None, {"roster.empty"}),
        (good, zipped({f"../{number}.jpg": picture(1)}), {"zip.path"}),
        (good, zipped({f"{number}.jpg": bytes(60 * 1024 * 1024)}), {"zip.bomb", "zip.size"}),
        (good, zipped({f"{number}.jpg": b"no picture"}), {"media.not_a_picture"}),
        (
            good,
            zipped({f"{number}.jpg": picture(1), f"a/{number}.png": picture(2, "PNG")}),
            {"roster.photo_double"},
        ),
        (good, b"no zip", {"zip.broken"}),
    ]
    for file, photos, codes in tries:
        job = await imported(here, file, photos)
        found = {each["code"] for each in job["report"]["findings"] if each["severity"] == "error"}
        assert (job["state"], bool(found & codes)) == ("failed", True), (codes, found)
    assert (await here.planner.get("rosters/R0001"))["candidates"] == []
    assert list(here.centre.uploads.iterdir()) == []


async def test_who_only_looks_on_sees_masked_numbers_everywhere(here: RunningCentre) -> None:
    job = await imported(here, table([line(person) for person in PEOPLE]), zipped({}))
    seen = await here.viewer.get("rosters/R0001")
    assert [each["id_number"] for each in seen["candidates"]] == [masked_id(p.id_number) for p in PEOPLE]
    assert {each["mobile"] for each in seen["candidates"]} == {""}
    # Nor can a number be found out by searching for parts of it.
    for part in (PEOPLE[0].id_number, PEOPLE[0].id_number[4:14]):
        assert (await here.viewer.get("rosters/R0001", search=part))["total"] == 0
        assert (await here.planner.get("rosters/R0001", search=part))["total"] >= 1
    assert (await here.viewer.get("rosters/R0001", search=PEOPLE[0].name))["total"] == 1
    assert (await here.viewer.get("rosters/R0001", search="%"))["total"] == 0
    for other in (here.viewer, here.releaser, here.admin):
        told = str([await other.get("jobs"), await other.get(f"jobs/{job['job']}")])
        assert not any(person.id_number in told for person in PEOPLE)
    assert PEOPLE[0].id_number in str(await here.planner.get(f"jobs/{job['job']}"))


async def test_who_may_not_see_rosters_is_refused_and_only_planners_change_them(here: RunningCentre) -> None:
    file = {"file": ("名册.xlsx", table([line(PEOPLE[0])]))}
    for other in (here.releaser, here.admin):
        assert (await other.ask("GET", "rosters")).status == 403
        assert (await other.ask("GET", "rosters/R0001")).status == 403
    for other in (here.viewer, here.releaser, here.admin):
        await other.upload("rosters/R0001/import", file, expect=403)
        assert (await other.ask("DELETE", "rosters/R0001/candidates/1")).status == 403
    assert (await here.nobody.ask("GET", "rosters/R0001")).status == 401
    assert (await here.nobody.ask("GET", f"photos/{'0' * 64}")).status == 401
    assert (await here.planner.get(f"photos/{'0' * 64}", expect=404))["reason"] == "file.missing"
    refusal = await here.planner.upload("rosters/R0009/import", file, expect=404)
    assert refusal["reason"] == "roster.unknown"


async def test_a_candidate_is_taken_off_a_roster_and_can_come_back(here: RunningCentre) -> None:
    await imported(here, table([line(person) for person in PEOPLE[:2]]))
    first, second = (await here.planner.get("rosters/R0001"))["candidates"]
    assert (await here.planner.ask("DELETE", f"rosters/R0001/candidates/{first['entry']}")).status == 204
    gone = await here.planner.ask("DELETE", f"rosters/R0001/candidates/{first['entry']}")
    assert (gone.status, gone.json["reason"]) == (404, "roster.no_entry")
    left = (await here.planner.get("rosters/R0001"))["candidates"]
    assert [each["entry"] for each in left] == [second["entry"]]
    job = await imported(here, table([line(PEOPLE[0])]))
    assert job["zh"] == "新增 1 人，更新 0 人，照片 0 张"
    names = [each["name"] for each in (await here.planner.get("rosters/R0001"))["candidates"]]
    assert names == [PEOPLE[1].name, PEOPLE[0].name]
