"""How our workbooks look: headings, text cells, widths, and cells that can never turn into formulas."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import escape
from openpyxl.worksheet.worksheet import Worksheet

from central_sync.centre.files.plain_text import printable

FONT = "微软雅黑"
_THIN = Side(style="thin", color="BFC6D0")
BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
HEADING_FILL = PatternFill("solid", fgColor="1F4E79")
REQUIRED_FILL = PatternFill("solid", fgColor="9C2A1F")
TOTAL_FILL = PatternFill("solid", fgColor="E8EDF3")
_MAX_CELL = 32_767
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell_at(sheet: Worksheet, row: int, column: int) -> Cell:
    """Return the cell at row and column, counted from 1."""
    cell = sheet.cell(row=row, column=column)
    if not isinstance(cell, Cell):
        raise TypeError(f"row {row}, column {column} lies inside merged cells")
    return cell


def put_text(cell: Cell, text: str) -> None:
    """Write text as text: never a formula, a number or a date, whatever it begins with."""
    plain = printable(text)
    cell.value = escape(plain)[:_MAX_CELL] if "_x" in plain else plain[:_MAX_CELL]
    cell.data_type = "s"
    cell.number_format = "@"
    if plain.startswith(_STARTS_FORMULA):
        cell.quotePrefix = True


def put_headings(
    sheet: Worksheet, row: int, headings: Sequence[str], required: Sequence[bool] | None = None
) -> None:
    """Write a row of headings; headings of required columns are red."""
    for number, heading in enumerate(headings, start=1):
        cell = cell_at(sheet, row, number)
        put_text(cell, heading)
        cell.font = Font(name=FONT, bold=True, color="FFFFFF", size=11)
        cell.fill = REQUIRED_FILL if required and required[number - 1] else HEADING_FILL
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border = BORDER
    sheet.row_dimensions[row].height = 30


def set_widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    """Set column widths, in characters."""
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width


def text_columns(sheet: Worksheet, count: int) -> None:
    """Format whole columns as text, so that long numbers typed in later stay whole."""
    for number in range(1, count + 1):
        sheet.column_dimensions[get_column_letter(number)].number_format = "@"


def put_notes(sheet: Worksheet, title: str, notes: Sequence[tuple[str, str]]) -> None:
    """Fill a sheet of instructions: what, and how, one line each."""
    put_text(cell_at(sheet, 1, 1), title)
    cell_at(sheet, 1, 1).font = Font(name=FONT, bold=True, size=14)
    for number, (what, how) in enumerate(notes, start=3):
        put_text(cell_at(sheet, number, 1), what)
        put_text(cell_at(sheet, number, 2), how)
        cell_at(sheet, number, 1).font = Font(name=FONT, bold=True)
        cell_at(sheet, number, 2).font = Font(name=FONT)
        cell_at(sheet, number, 2).alignment = Alignment(wrap_text=True, vertical="top")
        cell_at(sheet, number, 1).alignment = Alignment(vertical="top")
    set_widths(sheet, (22, 100))


def saved(book: Workbook) -> bytes:
    """Return the workbook as the bytes of an .xlsx file."""
    out = BytesIO()
    book.save(out)
    return out.getvalue()
