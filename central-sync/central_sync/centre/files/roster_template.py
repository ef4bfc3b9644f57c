"""The .xlsx template of a roster that exam agencies fill in."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from central_sync.centre.files import sheet_style
from central_sync.centre.files.roster_columns import COLUMNS, MAX_CANDIDATES, MAX_EXTRA_MINUTES, ROSTER_FORM

_SAMPLES = (
    ("张三", "男", "140100190001010013", "示例电力安装有限公司", "13900000001", "", "", ""),
    ("李四", "", "140100190002020029", "示例化工有限公司", "", "30", "1", "右手受伤，批准加时"),
)
_NOTES = (
    (
        "怎样填写",
        "在“考生”工作表中每行填写一名考生；红色表头为必填列，表头文字请勿改动。“示例”工作表不会被导入。",
    ),
    (
        "身份证号",
        (
            "居民身份证、港澳台居民居住证、外国人永久居留身份证（2023 版）为 18 位；2017 版外国人永久居留"
            "身份证为 3 个字母和 12 位数字。整列须为文本格式，否则 Excel 会丢失末几位。"
            "系统核对校验位、出生日期和重复。"
        ),
    ),
    ("性别", "可留空，由身份证号得出；填写时须与身份证号一致。外国人须填写。"),
    ("联系电话", "可留空；填写时为 11 位手机号。"),
    ("加时(分钟)", "可留空；经批准的加时，0 到 240 的整数。"),
    ("补考次数", "可留空或 0 表示首次考试；第 1 次补考填 1。"),
    (
        "照片",
        "以身份证号命名（如 身份证号.jpg），放进一个 zip 与本表一起上传；JPG 或 PNG，至少 100×120 像素。",
    ),
    ("整份导入", "有任何一处错误，整份名册都不会导入；页面会列出每一处错误的行和列，改好后重新上传即可。"),
    (
        "English",
        (
            "One candidate a row on the first sheet; red headings are required. ID numbers must be text. "
            "Photos are named by ID number and uploaded in one zip beside this file."
        ),
    ),
)


def roster_template() -> bytes:
    """Return the .xlsx template of a roster: empty sheet, samples, instructions."""
    book = Workbook()
    sheets = [book.worksheets[0], book.create_sheet()]
    for sheet, title in zip(sheets, (ROSTER_FORM.sheet, "示例"), strict=True):
        sheet.title = title
        sheet_style.put_headings(sheet, 1, [each.zh for each in COLUMNS], [each.required for each in COLUMNS])
        sheet_style.set_widths(sheet, (12, 8, 24, 34, 16, 12, 12, 30))
        sheet_style.text_columns(sheet, len(COLUMNS))
        sheet.freeze_panes = "A2"
    for row, sample in enumerate(_SAMPLES, start=2):
        for column, text in enumerate(sample, start=1):
            sheet_style.put_text(sheet_style.cell_at(sheets[1], row, column), text)
    sexes = DataValidation(
        type="list",
        formula1='"男,女"',
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="性别",
        error="只能选择：男、女",
    )
    sexes.add(f"B2:B{MAX_CANDIDATES + 1}")
    minutes = DataValidation(
        type="custom",
        formula1="TRUE",
        allow_blank=True,
        showInputMessage=True,
        promptTitle="加时",
        prompt=f"0 到 {MAX_EXTRA_MINUTES} 分钟，没有可留空",
    )
    minutes.add(f"F2:F{MAX_CANDIDATES + 1}")
    for validation in (sexes, minutes):
        sheets[0].add_data_validation(validation)
    sheet_style.put_notes(book.create_sheet("填写说明"), "考生名册导入模板 填写说明", _NOTES)
    return sheet_style.saved(book)
