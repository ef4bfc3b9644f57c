"""Rosters in .xlsx: every candidate with a checked ID number, and every slip named by row and column."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from stdnum.cn import ric

from central_sync.centre.files.report import Finding
from central_sync.centre.files.roster_xlsx import RosterDraft, read_roster, roster_template

HEADINGS = ("姓名", "性别", "身份证号", "工作单位", "联系电话", "加时（分钟）", "补考次数", "备注")


def id_number(order: int, area: str = "140100", birth: str = "19000101") -> str:
    """Return an invented ID number; an odd order number is a man's."""
    stem = f"{area}{birth}{order:03d}"
    return stem + str(ric.calc_check_digit(stem + "0"))


MAN, WOMAN = id_number(1), id_number(2)
ZHANG = {
    "姓名": "张三",
    "性别": "男",
    "身份证号": MAN,
    "工作单位": "示例电力有限公司",
    "联系电话": "13900000001",
}


def roster(*rows: Mapping[str, Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(HEADINGS))
    for row in rows:
        sheet.append([row.get(heading) for heading in HEADINGS])
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def photo(size: tuple[int, int] = (300, 400), form: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "steelblue").save(out, form, **options)
    return out.getvalue()


def photos(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def read(data: bytes, photos_zip: bytes | None = None) -> RosterDraft:
    draft, report = read_roster(data, photos_zip)
    assert report.ok, report
    assert draft is not None
    assert report.taken == len(draft.candidates)
    return draft


def only_error(data: bytes, photos_zip: bytes | None = None) -> Finding:
    draft, report = read_roster(data, photos_zip)
    assert draft is None
    assert report.taken == 0
    assert len(report.errors) == 1, report
    return report.errors[0]


def test_candidates_are_read_with_all_columns() -> None:
    granted = {"加时（分钟）": 30, "补考次数": "1", "备注": "右手受伤"}
    draft = read(roster(ZHANG | granted, {"姓名": "李四", "身份证号": WOMAN}))
    zhang, li = draft.candidates
    assert (zhang.name, zhang.sex, zhang.id_number, zhang.employer) == ("张三", "M", MAN, "示例电力有限公司")
    assert (zhang.mobile, zhang.extra_minutes, zhang.resit, zhang.remark) == (
        "13900000001",
        30,
        1,
        "右手受伤",
    )
    assert (li.sex, li.mobile, li.extra_minutes, li.resit, li.photo_sha256) == ("F", "", 0, 0, None)


def test_full_width_spaces_and_small_x_are_put_right() -> None:
    with_x = next(number for number in map(id_number, range(1, 999)) if number.endswith("X"))
    wide = "".join(chr(ord(each) + 0xFEE0) for each in with_x.lower())
    draft = read(
        roster({"姓名": "张　三", "身份证号": f" {wide[:6]} {wide[6:]} ", "联系电话": "+86 139-0000-0001"})
    )
    candidate = draft.candidates[0]
    assert (candidate.name, candidate.id_number, candidate.mobile) == ("张三", with_x, "13900000001")


def test_names_in_other_letters_keep_their_spaces() -> None:
    assert read(roster(ZHANG | {"姓名": "Maria  da Silva"})).candidates[0].name == "Maria da Silva"
    assert read(roster(ZHANG | {"姓名": "阿依古丽·买买提"})).candidates[0].name == "阿依古丽·买买提"


def test_mobile_number_stored_as_a_figure_is_read() -> None:
    assert read(roster(ZHANG | {"联系电话": 13900000001})).candidates[0].mobile == "13900000001"


@pytest.mark.parametrize("stored", [1.40100190001010e17, 140100190001010013])
def test_id_number_stored_as_a_figure_is_told_to_be_formatted_as_text(stored: float) -> None:
    finding = only_error(roster(ZHANG | {"身份证号": stored}))
    assert (finding.row, finding.field, finding.code) == (2, "身份证号", "xlsx.long_number")
    assert "文本" in finding.zh
    assert "text" in finding.en


WRONG_CHECK = MAN[:17] + str((int(MAN[17]) + 1) % 10)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"姓名": None}, "姓名", "roster.name"),
        ({"姓名": "名" * 61}, "姓名", "xlsx.too_long"),
        ({"身份证号": WRONG_CHECK}, "身份证号", "roster.id_number"),
        ({"身份证号": MAN[:17]}, "身份证号", "roster.id_number"),
        ({"身份证号": "14010019000101001A"}, "身份证号", "roster.id_number"),
        ({"身份证号": id_number(1, birth="19001301")}, "身份证号", "roster.id_number"),
        ({"身份证号": "CAN110190130112"}, "身份证号", "roster.id_number"),
        ({"身份证号": None}, "身份证号", "roster.id_number"),
        ({"性别": "女"}, "性别", "roster.sex_mismatch"),
        ({"性别": "先生"}, "性别", "roster.sex"),
        ({"联系电话": "0351-1234567"}, "联系电话", "roster.mobile"),
        ({"联系电话": "1390000000"}, "联系电话", "roster.mobile"),
        ({"加时（分钟）": "241"}, "加时(分钟)", "roster.extra_minutes"),
        ({"加时（分钟）": "半小时"}, "加时(分钟)", "roster.extra_minutes"),
        ({"加时（分钟）": -5}, "加时(分钟)", "roster.extra_minutes"),
        ({"补考次数": 10}, "补考次数", "roster.resit"),
        ({"工作单位": "=A1"}, "工作单位", "xlsx.formula"),
        ({"备注": "注" * 501}, "备注", "xlsx.too_long"),
    ],
)
def test_each_slip_is_named_by_row_and_column(change: dict[str, Any], field: str, code: str) -> None:
    finding = only_error(roster({"姓名": "李四", "身份证号": WOMAN}, ZHANG | change))
    assert (finding.row, finding.field, finding.code) == (3, field, code)
    assert finding.zh.startswith(f"第 3 行「{field}」：")
    assert finding.en.startswith("Row 3, ")


def test_double_id_numbers_name_both_rows() -> None:
    finding = only_error(roster(ZHANG, {"姓名": "李四", "身份证号": WOMAN}, ZHANG | {"姓名": "张三丰"}))
    assert (finding.row, finding.code) == (4, "roster.double")
    assert "第 2 行" in finding.zh
    assert "row 2" in finding.en


FOREIGN_2023 = id_number(4, area="931840", birth="19900101")
FOREIGN_2017 = "CAN110190010112"


@pytest.mark.parametrize("number", [id_number(1, area="810000"), FOREIGN_2023, FOREIGN_2017])
def test_permits_and_foreign_cards_of_both_years_are_on_the_roster(number: str) -> None:
    draft = read(roster(ZHANG | {"姓名": "Anna  Smith", "性别": "男", "身份证号": number.lower()}))
    assert (draft.candidates[0].id_number, draft.candidates[0].sex) == (number, "M")


@pytest.mark.parametrize("number", [FOREIGN_2023, FOREIGN_2017])
def test_sex_is_asked_for_where_the_number_of_a_foreigner_does_not_tell_it(number: str) -> None:
    finding = only_error(roster(ZHANG | {"性别": None, "身份证号": number}))
    assert (finding.field, finding.code) == ("性别", "roster.sex_needed")
    assert read(roster(ZHANG | {"性别": "女", "身份证号": number})).candidates[0].sex == "F"


def test_one_wrong_row_keeps_the_whole_roster_out() -> None:
    rows = [{"姓名": "考生", "身份证号": id_number(order)} for order in range(1, 40)]
    rows[20]["身份证号"] = WRONG_CHECK
    assert only_error(roster(*rows)).row == 22


def test_photo_is_found_by_id_number_and_made_small_without_exif() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home"
    camera = photo((1600, 1200), exif=exif, comment=b"secret")
    draft = read(roster(ZHANG), photos({f"照片/{MAN}.JPG": camera}))
    sha256 = draft.candidates[0].photo_sha256
    assert sha256 is not None
    stored = draft.photos[sha256]
    assert hashlib.sha256(stored).hexdigest() == sha256
    with Image.open(io.BytesIO(stored)) as picture:
        assert picture.format == "JPEG"
        # orientation 6 means that the camera lay on its side
        assert picture.size == (480, 640)
        assert not picture.getexif()
        assert "comment" not in picture.info


def test_transparent_png_gets_a_white_ground() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (200, 300), (0, 0, 0, 0)).save(out, "PNG")
    draft = read(roster(ZHANG), photos({f"{MAN}.png": out.getvalue()}))
    with Image.open(io.BytesIO(next(iter(draft.photos.values())))) as picture:
        assert picture.getpixel((100, 150)) == (255, 255, 255)
        assert picture.size == (200, 300)


def test_photos_of_strangers_and_candidates_without_photo_are_warnings() -> None:
    data = roster(ZHANG, {"姓名": "李四", "身份证号": WOMAN})
    stranger = id_number(5)
    draft, report = read_roster(
        data, photos({f"{MAN}.jpg": photo(), f"{stranger}.jpg": photo(), "a.txt": b"x"})
    )
    assert draft is not None
    assert [(each.severity, each.code, each.row) for each in report.findings] == [
        ("warning", "roster.photo_unknown", None),
        ("warning", "roster.photo_name", None),
        ("warning", "roster.photo_missing", 3),
    ]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({f"{MAN}.jpg": b"no picture"}, "media.not_a_picture"),
        ({f"{MAN}.jpg": photo()[:300]}, "media.not_a_picture"),
        ({f"{MAN}.png": photo(form="GIF")}, "media.not_a_picture"),
        ({f"{MAN}.jpg": photo((99, 400))}, "photo.small"),
        ({f"{MAN}.png": photo((5000, 4100), "PNG")}, "media.pixels"),
        ({f"{MAN}.jpg": photo(), f"new/{MAN}.png": photo(form="PNG")}, "roster.photo_double"),
    ],
)
def test_photo_that_cannot_be_used_is_an_error_at_the_candidates_row(
    files: Mapping[str, bytes], code: str
) -> None:
    finding = only_error(roster(ZHANG), photos(files))
    assert (finding.row, finding.field, finding.code) == (2, "照片", code)
    assert MAN in finding.zh


def test_broken_zip_of_photos_keeps_the_roster_out() -> None:
    assert only_error(roster(ZHANG), b"PK\x03\x04 broken").code == "zip.broken"
    assert only_error(roster(ZHANG), photos({f"../{MAN}.jpg": photo()})).code == "zip.path"


def test_template_is_empty_and_its_samples_are_valid_candidates() -> None:
    book = openpyxl.load_workbook(io.BytesIO(roster_template()))
    assert book.sheetnames == ["考生", "示例", "填写说明"]
    assert book["考生"].column_dimensions["C"].number_format == "@"
    assert only_error(roster_template()).code == "roster.empty"
    del book["考生"]
    book["示例"].title = "考生"
    assert [each.sex for each in read(saved(book)).candidates] == ["M", "F"]


def test_missing_columns_are_named() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["姓名", "性别"])
    finding = only_error(saved(book))
    assert finding.code == "xlsx.columns"
    assert "身份证号" in finding.zh
    assert "ID number" in finding.en


VALID = roster(ZHANG, {"姓名": "李四", "身份证号": WOMAN})
PHOTOS = photos({f"{MAN}.jpg": photo(), f"{WOMAN}.png": photo(form="PNG")})
CHANGES = st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), min_size=1, max_size=5)


def mutated(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    changed = bytearray(data)
    for at, value in changes:
        changed[at % len(changed)] = value
    return bytes(changed)


@settings(max_examples=60)
@given(CHANGES, CHANGES)
def test_mutated_files_give_candidates_or_a_clean_report(
    in_roster: list[tuple[int, int]], in_photos: list[tuple[int, int]]
) -> None:
    for data, pictures in ((mutated(VALID, in_roster), None), (VALID, mutated(PHOTOS, in_photos))):
        draft, report = read_roster(data, pictures)
        assert (draft is None) == (not report.ok)
        assert draft is not None or report.errors
        assert all(finding.zh and finding.en for finding in report.findings)


@settings(max_examples=100)
@given(st.binary(max_size=300), st.none() | st.binary(max_size=300))
def test_random_bytes_give_a_clean_report(data: bytes, pictures: bytes | None) -> None:
    assert read_roster(data, pictures)[1].errors
    if pictures is not None:
        assert read_roster(VALID, pictures)[1].errors


CELLS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=30)
)


@settings(max_examples=60)
@given(st.lists(st.lists(CELLS, max_size=len(HEADINGS)), max_size=5))
def test_any_cells_give_candidates_or_a_clean_report(rows: list[list[Any]]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(VALID))
    for row in rows:
        book.worksheets[0].append(row)
    draft, report = read_roster(saved(book))
    assert (draft is None) == (not report.ok)
    assert draft is not None or report.errors
