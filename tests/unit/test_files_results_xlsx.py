"""Result lists in .xlsx: all columns, ID numbers whole, nothing that acts as a formula, ready to print."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from central_sync.centre.files.results_xlsx import HEADINGS, ResultRow, totals_line, write_results
from central_sync.protocol.kinds import LedgerState

MADE_AT = dt.datetime(2026, 11, 24, 1, 5, tzinfo=dt.UTC)
PASSED = ResultRow(
    ticket="261123000001",
    name="张三",
    sex="M",
    id_number="140100190001010013",
    employer="示例电力有限公司",
    site="第一考点",
    room="一号考场",
    seat=12,
    starts_at=dt.datetime(2026, 11, 23, 1, 30, tzinfo=dt.UTC),
    state=LedgerState.SCORED,
    score=92,
    passed=True,
)
FAILED = replace(PASSED, ticket="261123000002", name="李四", sex="F", score=79, passed=False)
ABSENT = replace(
    PASSED,
    ticket="261123000003",
    state=LedgerState.ABSENT,
    score=None,
    passed=None,
    seat=None,
    remark="未到场",
)


def sheet_of(*rows: ResultRow, title: str = "低压电工 理论考试成绩表") -> Worksheet:
    book = openpyxl.load_workbook(io.BytesIO(write_results(rows, title, made_at=MADE_AT)))
    return book.worksheets[0]


def test_every_candidate_has_a_line_with_all_columns() -> None:
    sheet = sheet_of(PASSED, FAILED, ABSENT)
    lines = [list(line) for line in sheet.iter_rows(min_row=3, max_row=6, values_only=True)]
    assert lines[0] == list(HEADINGS)
    assert lines[1] == [
        1,
        "261123000001",
        "张三",
        "男",
        "140100190001010013",
        "示例电力有限公司",
        "第一考点",
        "一号考场",
        12,
        "2026-11-23 09:30",
        "已评分",
        92,
        "合格",
        None,
    ]
    assert lines[2][3] == "女"
    assert lines[2][11:13] == [79, "不合格"]
    assert lines[3][8:] == [None, "2026-11-23 09:30", "缺考", None, None, "未到场"]


def test_id_numbers_and_tickets_are_text_cells() -> None:
    sheet = sheet_of(PASSED)
    for place in ("B4", "E4"):
        assert sheet[place].data_type == "s"
        assert sheet[place].number_format == "@"


@pytest.mark.parametrize("text", ["=1+1", "+861390", "-1", "@SUM(A1)", "=cmd|'/c calc'!A1"])
def test_text_that_begins_like_a_formula_stays_text(text: str) -> None:
    sheet = sheet_of(replace(PASSED, name=text, employer=text, remark=text), title=text)
    for place in ("A1", "C4", "F4", "N4"):
        assert sheet[place].data_type == "s"
        assert sheet[place].value == text
        assert sheet[place].quotePrefix


def test_list_prints_on_a4_landscape_with_repeated_headings_and_page_numbers() -> None:
    sheet = sheet_of(PASSED, title="安全 & 考试")
    assert sheet.page_setup.orientation == "landscape"
    assert str(sheet.page_setup.paperSize) == sheet.PAPERSIZE_A4
    assert sheet.print_title_rows == "$3:$3"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.oddFooter is not None
    assert sheet.oddFooter.right.text == "第 &P 页 共 &N 页"
    assert sheet.oddFooter.left.text == "安全 && 考试"
    assert sheet.freeze_panes == "A4"


def test_totals_line_counts_states_and_shares() -> None:
    line = totals_line([PASSED, FAILED, ABSENT])
    assert line == (
        "合计 3 人；缺考 1 人；已评分 2 人；有成绩 2 人，合格 1 人，不合格 1 人；合格率 50.0%；平均分 85.5"
    )
    assert sheet_of(PASSED, FAILED, ABSENT)["A7"].value == line


def test_empty_list_is_still_a_sheet() -> None:
    sheet = sheet_of()
    assert sheet["A4"].value == "合计 0 人；有成绩 0 人，合格 0 人，不合格 0 人"


def test_time_of_making_is_shown_in_the_zone_of_the_sites() -> None:
    assert sheet_of()["A2"].value == "制表时间：2026-11-24 09:05"


TEXT = st.text(max_size=40)


@settings(max_examples=50)
@given(TEXT, TEXT, TEXT, st.sampled_from(LedgerState))
def test_any_text_gives_a_workbook_that_opens(
    name: str, employer: str, title: str, state: LedgerState
) -> None:
    sheet = sheet_of(replace(PASSED, name=name, employer=employer, state=state), title=title)
    assert sheet["B4"].value == PASSED.ticket
    assert sheet["C4"].data_type != "f"
    assert sheet["F4"].data_type != "f"
