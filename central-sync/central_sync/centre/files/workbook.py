"""Reading one table from an .xlsx workbook that strangers made.

The container is checked first (safe_zip, no DTD, no macros), then openpyxl reads it row by row.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Protocol

import openpyxl

from central_sync.centre.files.cells import CellText, cell_text
from central_sync.centre.files.plain_text import compatible
from central_sync.centre.files.report import Findings, Refused, refused
from central_sync.centre.files.xlsx_container import check_container

_MAX_SHEETS = 40
_HEADER_ROWS = 8
_LAST_EXCEL_ROW = 1_048_576
_NOT_DATA = {"填写说明", "示例"}


@dataclass(frozen=True)
class Column:
    """A column of a table that we read: its key in the code, its heading, and what its cells may hold."""

    key: str
    zh: str
    en: str
    required: bool = False
    """True when the heading must be there."""
    aliases: tuple[str, ...] = ()
    max_length: int = 200
    text_only: bool = False
    """True for numbers too long for a spreadsheet number, such as ID numbers."""
    one_line: bool = True

    @property
    def names(self) -> tuple[str, str]:
        """Heading in Chinese and name in English, as findings need them."""
        return self.zh, self.en


@dataclass(frozen=True)
class TableForm:
    """A table as our template has it."""

    sheet: str
    """Name of the sheet in the template; other names are found by their headings."""
    columns: tuple[Column, ...]
    max_rows: int
    max_columns: int = 64


@dataclass(frozen=True)
class TableRow:
    """A row with something in it: its number as Excel shows it, and its texts by column key."""

    number: int
    texts: Mapping[str, str]
    """Text of every column of the form, empty for empty cells."""
    bad: frozenset[str] = field(default_factory=frozenset)
    """Columns whose cell already has a finding."""


class _Sheet(Protocol):
    title: str

    def iter_rows(self, **bounds: int) -> Iterator[tuple[Any, ...]]: ...

    def reset_dimensions(self) -> None: ...


def read_table(data: bytes, form: TableForm, findings: Findings) -> list[TableRow]:
    """Return the rows of the form's table; what is wrong with cells goes to `findings`.

    Raises Refused when the file as a whole cannot be taken. Rows without any text are left out.
    """
    merges = check_container(data, form.max_rows * (len(form.columns) + 8))
    book = _opened(data)
    try:
        sheet, header_row, places = _table_of(book, form, findings)
        rows = _rows(sheet, header_row, places, form, findings)
        _check_merges(merges.get(sheet.title, ()), header_row, rows, places, findings)
    finally:
        book.close()
    return rows


def _opened(data: bytes) -> Any:
    try:
        # openpyxl warns of extensions and default styles it drops; they mean nothing to the table
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(BytesIO(data), read_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises nearly every kind of error on damaged parts
        raise _broken() from error


def _cells_by_row(sheet: _Sheet, **bounds: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield row numbers and cells; a damaged sheet raises Refused."""
    rows = enumerate(sheet.iter_rows(**bounds), start=1)
    while True:
        try:
            number, cells = next(rows)
        except StopIteration:
            return
        except Exception as error:  # as above
            raise _broken() from error
        if number > _LAST_EXCEL_ROW:
            raise _broken()
        yield number, cells


def _broken() -> Refused:
    return refused(
        "xlsx.broken",
        "文件内容已损坏，无法读出。请用 Excel 或 WPS 打开后另存为 .xlsx 再上传。",
        "The workbook is damaged and cannot be read. Open it in Excel or WPS, save it as .xlsx and upload "
        "that.",
    )


def _heading(text: str) -> str:
    return re.sub(r"\(.*?\)|[*\s:]", "", compatible(text))


def _table_of(book: Any, form: TableForm, findings: Findings) -> tuple[_Sheet, int, dict[int, Column]]:
    """Find the sheet and row of the headings; return them with the columns by their place from 0."""
    sheets: list[_Sheet] = [
        sheet for sheet in book.worksheets[:_MAX_SHEETS] if sheet.title.strip() not in _NOT_DATA
    ]
    sheets.sort(key=lambda sheet: sheet.title.strip() != form.sheet)
    known = {_heading(name): column for column in form.columns for name in (column.zh, *column.aliases)}
    required = {column.key for column in form.columns if column.required}
    best: set[str] = set()
    for sheet in sheets:
        # the stated size of a sheet is often wrong, and a wrong one hides rows
        sheet.reset_dimensions()
        for number, cells in _cells_by_row(sheet, max_row=_HEADER_ROWS, max_col=form.max_columns):
            headings = [cell_text(cell, text_only=False).text for cell in cells]
            keys = {known[_heading(text)].key for text in headings if _heading(text) in known}
            if required <= keys:
                return sheet, number, _places(headings, number, known, findings)
            best = max(best, keys & required, key=len)
    missing = [column for column in form.columns if column.required and column.key not in best]
    raise refused(
        "xlsx.columns",
        f"没有找到表头：缺少列 {'、'.join(column.zh for column in missing)}。请使用下载的模板，不要改动表头。"
        f"",
        f"No header row found: missing columns {', '.join(column.en for column in missing)}. Use the "
        f"template and leave its headings as they are.",
        place="、".join(column.zh for column in missing),
    )


def _places(
    headings: list[str], row: int, known: Mapping[str, Column], findings: Findings
) -> dict[int, Column]:
    places: dict[int, Column] = {}
    for place, text in enumerate(headings):
        column = known.get(_heading(text))
        shown = text[:30]
        if column is None:
            if text.strip():
                findings.at_row(
                    row,
                    (shown, shown),
                    "xlsx.unknown_column",
                    "不认识的列，已忽略。",
                    "unknown column, left out.",
                    "warning",
                )
        elif column in places.values():
            findings.at_row(
                row,
                column.names,
                "xlsx.double_column",
                "表头中有两列同名，请只保留一列。",
                "two columns have this heading; keep one.",
            )
        else:
            places[place] = column
    return places


def _rows(
    sheet: _Sheet, header_row: int, places: Mapping[int, Column], form: TableForm, findings: Findings
) -> list[TableRow]:
    rows: list[TableRow] = []
    empty = {column.key: "" for column in form.columns}
    blank: tuple[Any, ...] | None = None
    for number, cells in _cells_by_row(sheet, max_col=form.max_columns):
        # openpyxl fills a million missing rows with one and the same tuple; looking into it once is enough
        if number <= header_row or cells is blank:
            continue
        if all(cell.value is None for cell in cells):
            blank = cells
            continue
        read = {
            place: cell_text(cell, text_only=column.text_only)
            for place, cell, column in _cells(cells, places)
        }
        if not any(each.text or each.problem for each in read.values()):
            _check_stray(number, cells, places, findings)
            continue
        if len(rows) >= form.max_rows:
            raise refused(
                "xlsx.rows",
                f"表中超过 {form.max_rows} 行，请分成几个文件上传。",
                f"The table has more than {form.max_rows} rows; split it into several files.",
            )
        rows.append(_row(number, read, places, empty, findings))
    return rows


def _cells(cells: tuple[Any, ...], places: Mapping[int, Column]) -> Iterator[tuple[int, Any, Column]]:
    return ((place, cells[place], column) for place, column in places.items() if place < len(cells))


def _check_stray(
    number: int, cells: tuple[Any, ...], places: Mapping[int, Column], findings: Findings
) -> None:
    if any(cell.value is not None for place, cell in enumerate(cells) if place not in places):
        findings.at_row(
            number,
            ("整行", "whole row"),
            "xlsx.stray_row",
            "只在不认识的列中有内容，整行已忽略。",
            "only unknown columns are filled in; the row was left out.",
            "warning",
        )


def _row(
    number: int,
    read: Mapping[int, CellText],
    places: Mapping[int, Column],
    empty: Mapping[str, str],
    findings: Findings,
) -> TableRow:
    texts = dict(empty)
    bad = set()
    for place, cell in read.items():
        column = places[place]
        texts[column.key] = " ".join(cell.text.split()) if column.one_line else cell.text
        problem = cell.problem or _length_problem(cell.text, column)
        if problem is not None:
            code, zh, en = problem
            findings.at_row(number, column.names, code, zh, en)
            texts[column.key] = ""
            bad.add(column.key)
    return TableRow(number, texts, frozenset(bad))


def _length_problem(text: str, column: Column) -> tuple[str, str, str] | None:
    if len(text) <= column.max_length:
        return None
    return (
        "xlsx.too_long",
        f"内容有 {len(text)} 个字符，最多 {column.max_length} 个。",
        f"the text has {len(text)} characters, at most {column.max_length} are allowed.",
    )


_RANGE = re.compile(r"^([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)$")


def _check_merges(
    merges: tuple[str, ...],
    header_row: int,
    rows: list[TableRow],
    places: Mapping[int, Column],
    findings: Findings,
) -> None:
    """Name merged cells below the headings: all but the first of them read as empty."""
    filled = {row.number for row in rows}
    for merged in merges:
        match = _RANGE.match(merged)
        if match is None:
            continue
        first_row, last_row = int(match.group(2)), int(match.group(4))
        first_column, last_column = _column_number(match.group(1)), _column_number(match.group(3))
        touches = any(first_column <= place + 1 <= last_column for place in places)
        if last_row > header_row and touches and any(first_row <= row <= last_row for row in filled):
            findings.whole(
                "xlsx.merged",
                f"第 {first_row} 行：单元格区域 {merged} 是合并单元格，无法判断内容属于哪一行。"
                f"请取消合并并逐行填写。",
                f"Row {first_row}: the cells {merged} are merged, so it is unclear which row they belong to. "
                f"Unmerge them and fill in every row.",
                place=merged,
            )


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
