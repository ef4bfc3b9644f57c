"""Question banks in .xlsx: what authors fill in comes back as items, every slip is named by its cell."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from central_sync.centre.files.bank_xlsx import (
    BankDraft,
    bank_template,
    read_bank_xlsx,
    read_media_zip,
    write_bank_xlsx,
    write_media_zip,
)
from central_sync.centre.files.report import Finding, ImportReport
from central_sync.protocol.items import Choice, Item, ItemType

HEADINGS = (
    "题号",
    "题型",
    "知识点",
    "题干",
    "选项A",
    "选项B",
    "选项C",
    "选项D",
    "选项E",
    "答案",
    "解析",
    "题干图片",
    "选项图片",
)
SINGLE = {
    "题型": "单选题",
    "知识点": "安全用电",
    "题干": "安全电压额定值不包括哪一个？",
    "选项A": "12 V",
    "选项B": "36 V",
    "选项C": "110 V",
    "答案": "C",
}


def picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), colour).save(out, "PNG")
    return out.getvalue()


def sheet_of(*rows: Mapping[str, Any], headings: Sequence[str] = HEADINGS) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(headings))
    for row in rows:
        sheet.append([row.get(heading) for heading in headings])
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bank(*rows: Mapping[str, Any]) -> bytes:
    return saved(sheet_of(*rows))


def read(data: bytes, media: Mapping[str, bytes] | None = None) -> BankDraft:
    draft, report = read_bank_xlsx(data, media)
    assert report.ok, report
    assert draft is not None
    assert report.taken == len(draft.items)
    return draft


def only_error(data: bytes, media: Mapping[str, bytes] | None = None) -> Finding:
    draft, report = read_bank_xlsx(data, media)
    assert draft is None
    assert not report.ok
    assert report.taken == 0
    assert len(report.errors) == 1, report
    return report.errors[0]


def is_bilingual(report: ImportReport) -> bool:
    return all(
        any("\u4e00" <= each <= "\u9fff" for each in finding.zh)
        and sum(each.isascii() and each.isalpha() for each in finding.en) > 10
        for finding in report.findings
    )


def test_three_item_types_are_read() -> None:
    draft = read(
        bank(
            SINGLE,
            SINGLE | {"题干": "哪些是绝缘工具？", "题型": "多选题", "答案": "CA", "题号": "dx-01"},
            {"题型": "判断题", "知识点": "急救", "题干": "可以直接拉开触电者。", "答案": "错"},
        )
    )
    single, multiple, truth = draft.items
    assert (single.type, single.key, len(single.choices)) == (ItemType.SINGLE, ("C",), 3)
    assert (multiple.id, multiple.type, multiple.key) == ("dx-01", ItemType.MULTIPLE, ("A", "C"))
    assert (truth.type, truth.key) == (ItemType.TRUE_FALSE, ("B",))
    assert [choice.text for choice in truth.choices] == ["正确", "错误"]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("对", "A"),
        ("正确", "A"),
        ("√", "A"),
        ("T", "A"),
        (True, "A"),
        ("错", "B"),
        ("×", "B"),
        (False, "B"),
        ("B", "B"),
    ],
)
def test_true_false_key_is_read_in_every_common_spelling(written: object, key: str) -> None:
    row = {"题型": "判断题", "知识点": "急救", "题干": "应先断电。", "答案": written}
    assert read(bank(row)).items[0].key == (key,)


@pytest.mark.parametrize("written", ["ABD", "A,B,D", "A、B、D", "ａｂｄ", "d b a", "A;B;D", "A/B/D"])
def test_multiple_key_is_read_in_every_common_spelling(written: str) -> None:
    row = SINGLE | {"题型": "多选", "选项D": "220 V", "答案": written}
    assert read(bank(row)).items[0].key == ("A", "B", "D")


def test_numbers_in_cells_become_the_text_that_the_author_saw() -> None:
    row = SINGLE | {"选项A": 12, "选项B": 0.5, "选项C": 0.1 + 0.2}
    assert [choice.text for choice in read(bank(row)).items[0].choices] == ["12", "0.5", "0.3"]


def test_same_item_gets_the_same_id_at_every_import() -> None:
    assert read(bank(SINGLE)).items[0].id == read(bank({}, SINGLE | {"解析": "新"})).items[0].id


def test_row_numbers_are_those_that_excel_shows() -> None:
    finding = only_error(bank(SINGLE, {}, {}, SINGLE | {"题干": "另一题", "答案": "E"}))
    assert finding.row == 5
    assert finding.zh.startswith("第 5 行「答案」：")
    assert finding.en.startswith("Row 5, key: ")


def test_headings_below_a_title_row_are_found() -> None:
    book = sheet_of(SINGLE, SINGLE | {"题干": "坏题", "答案": ""})
    book.worksheets[0].insert_rows(1)
    book.worksheets[0]["A1"] = "低压电工题库"
    book.worksheets[0].merge_cells("A1:H1")
    assert only_error(saved(book)).row == 4


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"题型": "填空题"}, "题型", "bank.type"),
        ({"题型": None}, "题型", "bank.type"),
        ({"知识点": None}, "知识点", "bank.missing"),
        ({"题干": "  "}, "题干", "bank.missing"),
        ({"题干": "长" * 4001}, "题干", "xlsx.too_long"),
        ({"选项B": None}, "选项B", "bank.choice_missing"),
        ({"选项B": None, "选项C": None, "答案": "A"}, "选项B", "bank.choice_missing"),
        ({"选项E": "跳过了 D"}, "选项D", "bank.choice_missing"),
        ({"选项C": "36 V"}, "选项C", "bank.choice_double"),
        ({"答案": None}, "答案", "bank.key"),
        ({"答案": "D"}, "答案", "bank.key"),
        ({"答案": "AB"}, "答案", "bank.key"),
        ({"答案": "甲"}, "答案", "bank.key"),
        ({"题型": "多选题", "答案": "A"}, "答案", "bank.key"),
        ({"题型": "多选题", "答案": "AAB"}, "答案", "bank.key"),
        ({"题号": "第一题"}, "题号", "bank.id"),
        ({"选项A": "=1+1"}, "选项A", "xlsx.formula"),
        ({"题干": "#N/A"}, "题干", "xlsx.error_value"),
        ({"选项A": dt.date(2026, 3, 4)}, "选项A", "xlsx.date"),
        ({"题干图片": "没有.png"}, "题干图片", "bank.media_missing"),
        ({"选项图片": "没有.png"}, "选项图片", "bank.choice_media"),
        ({"选项图片": "A=没有.png"}, "选项图片", "bank.media_missing"),
    ],
)
def test_each_slip_is_named_by_row_and_column(change: dict[str, Any], field: str, code: str) -> None:
    draft, report = read_bank_xlsx(bank(SINGLE | {"题干": "好题"}, SINGLE | change))
    assert draft is None
    assert report.taken == 0
    assert [(each.row, each.field, each.code) for each in report.errors] == [(3, field, code)]
    assert is_bilingual(report)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"选项A": "错误"}, "选项A"),
        ({"选项C": "不一定"}, "选项C"),
        ({"答案": "C"}, "答案"),
        ({"答案": "也许"}, "答案"),
    ],
)
def test_true_false_with_other_choices_is_refused(change: dict[str, str], field: str) -> None:
    row = {"题型": "判断题", "知识点": "急救", "题干": "应先断电。", "答案": "对"} | change
    assert only_error(bank(row)).field == field


def test_percentages_are_refused_because_the_sheet_shows_other_words() -> None:
    book = sheet_of(SINGLE)
    book.worksheets[0]["E2"] = 0.5
    book.worksheets[0]["E2"].number_format = "0%"
    assert only_error(saved(book)).code == "xlsx.percent"


def test_double_item_numbers_name_both_rows() -> None:
    finding = only_error(bank(SINGLE | {"题号": "x1"}, SINGLE | {"题号": "x1", "题干": "另一题"}))
    assert (finding.row, finding.code) == (3, "bank.double")
    assert "第 2 行" in finding.zh
    assert "row 2" in finding.en


def test_the_same_item_twice_without_numbers_names_both_rows() -> None:
    finding = only_error(bank(SINGLE, SINGLE))
    assert (finding.row, finding.code) == (3, "bank.double")


def test_merged_cells_in_the_data_are_named_by_range() -> None:
    book = sheet_of(SINGLE, SINGLE | {"题干": "另一题"})
    book.worksheets[0].merge_cells("C2:C3")
    _, report = read_bank_xlsx(saved(book))
    assert ("xlsx.merged", "C2:C3") in {(each.code, each.place) for each in report.errors}


def test_every_error_of_the_file_is_listed_at_once() -> None:
    _, report = read_bank_xlsx(bank(*(SINGLE | {"题干": f"题 {n}", "答案": "Z"} for n in range(30))))
    assert [each.row for each in report.errors] == list(range(2, 32))


def test_a_wrong_column_lists_five_hundred_and_counts_the_rest() -> None:
    _, report = read_bank_xlsx(bank(*(SINGLE | {"题干": f"题 {n}", "答案": "Z"} for n in range(600))))
    assert (len(report.findings), report.unlisted) == (500, 100)


def test_missing_headings_are_named() -> None:
    finding = only_error(saved(sheet_of(headings=("题型", "题干"))))
    assert finding.code == "xlsx.columns"
    assert "答案" in finding.zh
    assert "key" in finding.en


def test_unknown_column_is_a_warning_and_the_rest_goes_in() -> None:
    draft, report = read_bank_xlsx(saved(sheet_of(SINGLE | {"难度": "易"}, headings=(*HEADINGS, "难度"))))
    assert draft is not None
    assert [(each.code, each.severity, each.field) for each in report.findings] == [
        ("xlsx.unknown_column", "warning", "难度")
    ]


def test_column_that_stands_twice_is_refused() -> None:
    book = sheet_of(SINGLE)
    book.worksheets[0]["N1"] = "答案"
    assert only_error(saved(book)).code == "xlsx.double_column"


def test_pictures_come_from_the_zip_by_name() -> None:
    row = SINGLE | {"题干图片": "图.png|配电箱", "选项图片": "A=a.png\nＢ：b.png"}
    media = {"图.png": picture(), "资料/a.png": picture("blue"), "b.png": picture("green")}
    draft = read(bank(row), media)
    item = draft.items[0]
    assert [(each.name, each.alt) for each in item.media] == [("图.png", "配电箱")]
    assert [[each.name for each in choice.media] for choice in item.choices] == [["a.png"], ["b.png"], []]
    assert set(draft.media) == {each.sha256 for each in item.all_media()}
    assert set(draft.media.values()) == set(media.values())


def test_file_that_is_no_picture_is_named_with_its_row() -> None:
    finding = only_error(bank(SINGLE | {"题干图片": "图.png"}), {"图.png": b"MZ a program"})
    assert (finding.row, finding.field, finding.code) == (2, "题干图片", "media.not_a_picture")
    assert "图.png" in finding.zh


def test_files_that_no_item_names_are_listed_as_warnings() -> None:
    _, report = read_bank_xlsx(bank(SINGLE), {"多余.png": picture()})
    assert report.ok
    assert [(each.code, each.place) for each in report.findings] == [("bank.media_unused", "多余.png")]


def test_zip_of_media_with_a_path_trick_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../图.png", picture())
    files, report = read_media_zip(out.getvalue())
    assert files is None
    assert report.errors[0].code == "zip.path"


def changed_part(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content.replace(old, new, 1) if name == part else content)
    return out.getvalue()


def with_part(data: bytes, part: str, content: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(part, content)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "xlsx.empty", "空"),
        (OLE, "xlsx.old_format", "另存为"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "xlsx.password", "密码"),
        ("题型,题干,答案\n单选题,甲,A\n".encode("gbk"), "xlsx.csv", "CSV"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "xlsx.web_page", "网页"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "xlsx.not_xlsx", "模板"),
        (with_part(bank(SINGLE), "xl/vbaProject.bin", b"macro"), "xlsx.macros", "宏"),
        (
            changed_part(bank(SINGLE), "[Content_Types].xml", b"sheet.main", b"sheet.macroEnabled.main"),
            "xlsx.macros",
            "宏",
        ),
        (
            changed_part(
                bank(SINGLE),
                "xl/worksheets/sheet1.xml",
                b"<worksheet",
                b'<!DOCTYPE x [<!ENTITY e "v">]><worksheet',
            ),
            "xlsx.entity",
            "DTD",
        ),
        (changed_part(bank(SINGLE), "xl/workbook.xml", b"<sheets>", b"<sheets"), "xlsx.broken", "损坏"),
        (changed_part(bank(SINGLE), "xl/worksheets/sheet1.xml", b"</sheetData>", b""), "xlsx.broken", "损坏"),
        (bank(SINGLE)[:-200], "zip.broken", "zip"),
    ],
)
def test_files_that_are_no_plain_workbook_are_told_what_to_do(data: bytes, code: str, says: str) -> None:
    finding = only_error(data)
    assert finding.code == code
    assert says in finding.zh
    assert len(finding.en) > 20


def test_word_document_and_ods_are_told_apart() -> None:
    for part, word in (("word/document.xml", "Word"), ("content.xml", "OpenDocument")):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(part, "<x/>")
        assert word in only_error(out.getvalue()).en


@pytest.mark.timeout(30)
def test_sheet_of_a_hundred_thousand_rows_is_refused_before_it_is_read() -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("试题")
    sheet.append(["题型", "知识点", "题干", "选项A", "选项B", "答案"])
    for number in range(100_000):
        sheet.append(["单选题", "t", number, "a", "b", "A"])
    assert only_error(saved(book)).code == "xlsx.cells"


def test_one_row_more_than_allowed_is_refused() -> None:
    finding = only_error(bank(*({"题干": f"题 {number}"} for number in range(5_001))))
    assert finding.code == "xlsx.rows"
    assert "5000" in finding.zh


@pytest.mark.timeout(30)
def test_stray_cell_in_the_last_row_of_the_sheet_does_no_harm() -> None:
    book = sheet_of(SINGLE)
    book.worksheets[0]["C1048576"] = " "
    assert len(read(saved(book)).items) == 1


def test_template_is_empty_explains_itself_and_offers_the_types() -> None:
    book = openpyxl.load_workbook(io.BytesIO(bank_template()))
    assert book.sheetnames == ["试题", "示例", "填写说明"]
    sheet = book["试题"]
    assert sheet.freeze_panes == "A2"
    assert sheet.max_row == 1
    lists = [each.formula1 for each in sheet.data_validations.dataValidation if each.type == "list"]
    assert lists == ['"单选题,多选题,判断题"']
    assert only_error(bank_template()).code == "bank.empty"


def test_samples_of_the_template_are_valid_items() -> None:
    book = openpyxl.load_workbook(io.BytesIO(bank_template()))
    del book["试题"]
    book["示例"].title = "试题"
    draft = read(saved(book), {"急救.png": picture()})
    assert [item.type for item in draft.items] == list(ItemType)


TEXTS = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Zs", "Co", "Cn"))
        | st.sampled_from("=+-@_x000D _ \n"),
        min_size=1,
        max_size=30,
    )
    .map(str.strip)
    .filter(bool)
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    item_type = draw(st.sampled_from(ItemType))
    if item_type is ItemType.TRUE_FALSE:
        texts = ["正确", "错误"]
    else:
        texts = draw(st.lists(TEXTS, min_size=2, max_size=8, unique=True))
    letters = "ABCDEFGH"[: len(texts)]
    least = 2 if item_type is ItemType.MULTIPLE else 1
    key = draw(st.sets(st.sampled_from(letters), min_size=least, max_size=len(texts) if least == 2 else 1))
    return Item(
        id=draw(st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,20}\Z")),
        type=item_type,
        topic=" ".join(draw(TEXTS).split()),
        stem=draw(TEXTS),
        choices=tuple(Choice(id=letter, text=text) for letter, text in zip(letters, texts, strict=True)),
        key=tuple(sorted(key)),
        explanation=draw(st.just("") | TEXTS),
    )


@settings(max_examples=40)
@given(st.lists(items(), min_size=1, max_size=6, unique_by=lambda item: item.id))
def test_written_bank_reads_back_as_the_same_items(written: list[Item]) -> None:
    draft, report = read_bank_xlsx(write_bank_xlsx(written))
    assert report.ok, report
    assert draft is not None
    assert list(draft.items) == written


def test_written_bank_with_pictures_reads_back_with_its_zip() -> None:
    rows = [
        SINGLE | {"题干图片": "图.png|配电箱，甲", "选项图片": "A=a.png"},
        SINGLE | {"题干": "另一题", "题干图片": "图.png"},
    ]
    draft = read(bank(*rows), {"图.png": picture(), "a.png": picture("blue")})
    files, report = read_media_zip(write_media_zip(draft.items, draft.media))
    assert report.ok
    assert files is not None
    again = read(write_bank_xlsx(draft.items), files)
    assert again == draft


def test_two_pictures_of_one_name_get_two_names_in_the_zip() -> None:
    one = read(bank(SINGLE | {"题干图片": "图.png"}), {"图.png": picture("red")})
    other = read(bank(SINGLE | {"题干": "另一题", "题干图片": "图.png"}), {"图.png": picture("blue")})
    both = [*one.items, *other.items]
    contents = {**one.media, **other.media}
    files, _ = read_media_zip(write_media_zip(both, contents))
    assert files is not None
    assert len(files) == 2
    again = read(write_bank_xlsx(both), files)
    assert again.media == contents
    assert [item.media[0].sha256 for item in again.items] == [item.media[0].sha256 for item in both]


def test_stem_that_begins_like_a_formula_stays_text() -> None:
    item = read(bank(SINGLE)).items[0].model_copy(update={"stem": '=HYPERLINK("http://example.invalid")'})
    book = openpyxl.load_workbook(io.BytesIO(write_bank_xlsx([item])))
    cell = book["试题"]["D2"]
    assert cell.data_type == "s"
    assert cell.value == item.stem
    assert cell.quotePrefix


VALID = bank(SINGLE, SINGLE | {"题干": "另一题", "题型": "多选题", "答案": "AB"})


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=5))
def test_mutated_workbook_gives_items_or_a_clean_report(changes: list[tuple[int, int]]) -> None:
    data = bytearray(VALID)
    for at, value in changes:
        data[at] = value
    draft, report = read_bank_xlsx(bytes(data))
    assert (draft is None) == (not report.ok)
    assert draft is not None or report.errors
    assert is_bilingual(report)


SHEET = "xl/worksheets/sheet1.xml"
PART = zipfile.ZipFile(io.BytesIO(VALID)).read(SHEET)


@settings(max_examples=80)
@given(st.integers(0, len(PART) - 1), st.binary(max_size=12), st.integers(0, 20))
def test_mutated_sheet_inside_a_sound_container_gives_items_or_a_clean_report(
    at: int, put: bytes, cut: int
) -> None:
    data = changed_part(VALID, SHEET, PART, PART[:at] + put + PART[at + cut :])
    draft, report = read_bank_xlsx(data)
    assert (draft is None) == (not report.ok)
    assert draft is not None or report.errors


CELLS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.datetimes() | st.just("=A1")


@settings(max_examples=60)
@given(st.lists(st.lists(CELLS, max_size=len(HEADINGS)), max_size=5))
def test_any_cells_give_items_or_a_clean_report(rows: list[list[Any]]) -> None:
    book = sheet_of()
    for row in rows:
        book.worksheets[0].append(row)
    draft, report = read_bank_xlsx(saved(book))
    assert (draft is None) == (not report.ok)
    assert draft is not None or report.errors
    assert is_bilingual(report)


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_random_bytes_give_a_clean_report(data: bytes) -> None:
    assert read_bank_xlsx(data)[1].errors
    assert read_media_zip(data)[1].errors
