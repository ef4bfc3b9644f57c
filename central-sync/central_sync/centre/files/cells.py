"""A single cell of a workbook as text, exactly as a reader of the sheet would take it, or why not."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openpyxl.utils.escape import unescape

from central_sync.centre.files.plain_text import cleaned, forbidden_character, visible

Problem = tuple[str, str, str]
"""Code and two sentences, Chinese and English."""

_SAFE_DIGITS = 15
"""A spreadsheet number keeps 15 digits; what comes after is lost."""
_PERCENT = re.compile(r"^[^\"]*%")


@dataclass(frozen=True)
class CellText:
    """A cell's text, or the problem that keeps it from having one."""

    text: str = ""
    problem: Problem | None = None


_FORMULA: Problem = (
    "xlsx.formula",
    "单元格是公式，只接受值。请复制后用“选择性粘贴 - 数值”改为文本。",
    "the cell is a formula, only values are allowed. Copy it and paste special as values.",
)
_ERROR: Problem = (
    "xlsx.error_value",
    "单元格是错误值（如 #N/A、#REF!），请改正。",
    "the cell shows an error value (such as #N/A or #REF!); put it right.",
)
_DATE: Problem = (
    "xlsx.date",
    "单元格被 Excel 存成了日期或时间。请把该列格式设为“文本”，再重新输入原文。",
    "Excel stored the cell as a date or time. Format the column as text and type the words again.",
)
_PERCENTAGE: Problem = (
    "xlsx.percent",
    "单元格是百分比数值。请把该列格式设为“文本”，再输入如 50%。",
    "the cell is a percentage number. Format the column as text and type it again, such as 50%.",
)
_LONG_NUMBER: Problem = (
    "xlsx.long_number",
    "号码被 Excel 存成了数值（如 1.40105E+17），末几位已丢失。请把该列格式设为“文本”，再重新输入完整号码。",
    (
        "Excel stored the number as a figure (such as 1.40105E+17) and lost its last digits. Format the "
        "column as text and type the whole number again."
    ),
)


def cell_text(cell: Any, *, text_only: bool) -> CellText:
    """Return the text of an openpyxl cell.

    `text_only` refuses numbers of more than 15 digits, which a spreadsheet cannot hold.
    """
    value = cell.value
    if value is None:
        return CellText()
    if cell.data_type == "f":
        return CellText(problem=_FORMULA)
    if cell.data_type == "e":
        return CellText(problem=_ERROR)
    if isinstance(value, bool):
        return CellText("TRUE" if value else "FALSE")
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return CellText(problem=_DATE)
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""), text_only=text_only)
    return _text(str(value))


def _number(value: float, number_format: str, *, text_only: bool) -> CellText:
    if value != value or value in {float("inf"), float("-inf")}:
        return CellText(problem=_ERROR)
    if _PERCENT.match(number_format):
        return CellText(problem=_PERCENTAGE)
    if abs(value) >= 10**_SAFE_DIGITS:
        return CellText(problem=_LONG_NUMBER)
    if text_only and value != int(value):
        return CellText(problem=_LONG_NUMBER)
    if value == int(value):
        return CellText(str(int(value)))
    return CellText(f"{Decimal(format(value, '.15g')):f}")


def _text(value: str) -> CellText:
    text = visible(cleaned(unescape(value)))
    found = forbidden_character(text)
    if found is None:
        return CellText(text)
    return CellText(
        problem=(
            "xlsx.control",
            f"含有不可见的控制字符 {found}，请删除后重新输入。",
            f"the cell holds the control character {found}; delete it and type the text again.",
        )
    )
