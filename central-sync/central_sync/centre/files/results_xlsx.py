"""Result lists (成绩表) as .xlsx, ready to print on A4 landscape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from central_sync.centre.files import sheet_style
from central_sync.centre.files.plain_text import one_line, printable
from central_sync.protocol.kinds import LedgerState

HEADINGS = (
    "序号",
    "准考证号",
    "姓名",
    "性别",
    "身份证号",
    "工作单位",
    "考点",
    "考场",
    "座位号",
    "场次时间",
    "状态",
    "成绩",
    "是否合格",
    "说明",
)
_WIDTHS = (6, 15, 11, 6, 21, 26, 18, 14, 7, 17, 10, 7, 9, 24)
_CENTRED = {1, 4, 9, 10, 11, 12, 13}
_STATE_ZH = {
    LedgerState.ARRANGED: "已安排",
    LedgerState.ABSENT: "缺考",
    LedgerState.CHECKED_IN: "已签到",
    LedgerState.SITTING: "考试中",
    LedgerState.SUBMITTED: "已交卷",
    LedgerState.SCORED: "已评分",
    LedgerState.VOIDED: "作废",
    LedgerState.NOT_REPORTED: "未上报",
}
_HEADING_ROW = 3


@dataclass(frozen=True)
class ResultRow:
    """A candidate's line in the result list; fields in the order of the columns."""

    ticket: str
    name: str
    sex: str
    """M or F."""
    id_number: str
    employer: str
    site: str
    room: str
    seat: int | None
    starts_at: dt.datetime | None
    """With zone."""
    state: LedgerState
    score: int | None
    """Points, None when there is none."""
    passed: bool | None
    remark: str = ""


def write_results(
    rows: Sequence[ResultRow],
    title: str,
    *,
    made_at: dt.datetime,
    zone: str = "Asia/Shanghai",
) -> bytes:
    """Return the result list as .xlsx; times are shown in `zone`.

    All texts are text cells, so ID numbers stay whole and nothing can act as a formula.
    """
    place = ZoneInfo(zone)
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "成绩表"
    _put_title(sheet, title, f"制表时间：{_shown(made_at, place)}")
    sheet_style.put_headings(sheet, _HEADING_ROW, HEADINGS)
    sheet_style.set_widths(sheet, _WIDTHS)
    for number, row in enumerate(rows, start=1):
        _put_row(sheet, _HEADING_ROW + number, number, row, place)
    _put_totals(sheet, _HEADING_ROW + len(rows) + 1, rows)
    _set_up_print(sheet, title)
    return sheet_style.saved(book)


def _shown(moment: dt.datetime, place: ZoneInfo) -> str:
    return moment.astimezone(place).strftime("%Y-%m-%d %H:%M")


def _put_title(sheet: Worksheet, title: str, subtitle: str) -> None:
    for row, text, size in ((1, title, 16), (2, subtitle, 10)):
        cell = sheet_style.cell_at(sheet, row, 1)
        sheet_style.put_text(cell, text)
        cell.font = Font(name=sheet_style.FONT, size=size, bold=row == 1)
        cell.alignment = Alignment(horizontal="center" if row == 1 else "right", vertical="center")
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(HEADINGS))
    sheet.row_dimensions[1].height = 32


def _put_row(sheet: Worksheet, at: int, number: int, row: ResultRow, place: ZoneInfo) -> None:
    values: tuple[str | int | None, ...] = (
        number,
        row.ticket,
        row.name,
        {"M": "男", "F": "女"}.get(row.sex, row.sex),
        row.id_number,
        row.employer,
        row.site,
        row.room,
        row.seat,
        "" if row.starts_at is None else _shown(row.starts_at, place),
        _STATE_ZH[row.state],
        row.score,
        {True: "合格", False: "不合格", None: ""}[row.passed],
        row.remark,
    )
    for column, value in enumerate(values, start=1):
        cell = sheet_style.cell_at(sheet, at, column)
        if isinstance(value, str):
            if value:
                sheet_style.put_text(cell, value)
        else:
            cell.value = value
        _style(cell, centred=column in _CENTRED)


def _style(cell: Cell, *, centred: bool) -> None:
    cell.font = _BODY_FONT
    cell.border = sheet_style.BORDER
    cell.alignment = _CENTRED_CELL if centred else _PLAIN_CELL


_BODY_FONT = Font(name=sheet_style.FONT, size=10)
_PLAIN_CELL = Alignment(vertical="center", wrap_text=True)
_CENTRED_CELL = Alignment(horizontal="center", vertical="center", wrap_text=True)


def _put_totals(sheet: Worksheet, at: int, rows: Sequence[ResultRow]) -> None:
    cell = sheet_style.cell_at(sheet, at, 1)
    sheet_style.put_text(cell, totals_line(rows))
    cell.font = Font(name=sheet_style.FONT, size=10, bold=True)
    cell.fill = sheet_style.TOTAL_FILL
    cell.alignment = Alignment(vertical="center")
    sheet.merge_cells(start_row=at, start_column=1, end_row=at, end_column=len(HEADINGS))
    sheet.row_dimensions[at].height = 24


def totals_line(rows: Sequence[ResultRow]) -> str:
    """Return the line below the list: how many in all, by state, and the share that passed of the scored."""
    states = {state: sum(row.state is state for row in rows) for state in LedgerState}
    scored = [row for row in rows if row.score is not None]
    passed = sum(row.passed is True for row in scored)
    parts = [f"合计 {len(rows)} 人"]
    parts += [f"{_STATE_ZH[state]} {count} 人" for state, count in states.items() if count]
    parts.append(f"有成绩 {len(scored)} 人，合格 {passed} 人，不合格 {len(scored) - passed} 人")
    if scored:
        mean_tenths = (sum(row.score or 0 for row in scored) * 10 + len(scored) // 2) // len(scored)
        share_tenths = (passed * 1000 + len(scored) // 2) // len(scored)
        parts.append(f"合格率 {share_tenths // 10}.{share_tenths % 10}%")
        parts.append(f"平均分 {mean_tenths // 10}.{mean_tenths % 10}")
    return "；".join(parts)


def _set_up_print(sheet: Worksheet, title: str) -> None:
    last = get_column_letter(len(HEADINGS))
    sheet.freeze_panes = f"A{_HEADING_ROW + 1}"
    sheet.print_title_rows = f"{_HEADING_ROW}:{_HEADING_ROW}"
    sheet.print_area = f"A1:{last}{sheet.max_row}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_options.horizontalCentered = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.6
    footer = HeaderFooterItem()
    # an ampersand begins a code in headers and footers
    footer.left.text = one_line(printable(title))[:80].replace("&", "&&")
    footer.right.text = "第 &P 页 共 &N 页"
    sheet.oddFooter = footer
