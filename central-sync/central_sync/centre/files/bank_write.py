"""Writing a question bank to .xlsx with a zip of its media, and the template that authors fill in."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from central_sync.centre.files import sheet_style
from central_sync.centre.files.bank_columns import BANK_FORM, CHOICES, COLUMNS, KEY, MAX_ITEMS, TYPE
from central_sync.centre.files.media import ALLOWED_ZH, media_name
from central_sync.protocol.items import ITEM_TYPE_ZH, Item, ItemType, Media

_WIDTHS = {
    "id": 14,
    "type": 10,
    "topic": 18,
    "stem": 50,
    "key": 10,
    "explanation": 40,
    "media": 20,
    "choice_media": 24,
}
_SAMPLES = (
    {
        "id": "DY-0001",
        "type": "单选题",
        "topic": "安全用电",
        "stem": "在潮湿的金属容器内使用手持照明灯，其电压不应超过多少伏？",
        "choice_A": "12 V",
        "choice_B": "36 V",
        "choice_C": "110 V",
        "choice_D": "220 V",
        "key": "A",
        "explanation": "狭窄、潮湿的金属容器内属特别危险场所，采用 12 V 安全电压。",
    },
    {
        "id": "DY-0002",
        "type": "多选题",
        "topic": "触电急救",
        "stem": "发现有人触电，下列做法正确的有哪些？",
        "choice_A": "立即切断电源",
        "choice_B": "用干燥的木棒挑开电线",
        "choice_C": "直接用手把人拉开",
        "choice_D": "脱离电源后判断呼吸和脉搏",
        "key": "ABD",
        "explanation": "未脱离电源前不得直接接触触电者。",
        "media": "急救.png|触电者倒在配电箱旁",
    },
    {
        "id": "DY-0003",
        "type": "判断题",
        "topic": "安全用电",
        "stem": "停电检修时，验明设备确无电压后即可直接开始工作，不必装设接地线。",
        "key": "错",
        "explanation": "验电后还应装设接地线并悬挂标示牌。",
    },
)
_NOTES = (
    (
        "怎样填写",
        "在“试题”工作表中每行填写一道题；红色表头为必填列，表头文字请勿改动。“示例”工作表不会被导入。",
    ),
    ("题号", "可留空，由系统生成。填写时只用字母、数字和 . _ -，以字母或数字开头，同一文件内不得重复。"),
    ("题型", "从下拉列表选择：单选题、多选题、判断题。"),
    ("知识点", "组卷时按知识点抽题，同一知识点请使用完全相同的文字。"),
    ("题干", "最多 4000 字，可用 Alt+Enter 换行。不接受公式、日期和百分比数值，请把单元格设为文本。"),
    ("选项A～选项H", "2 至 8 个选项，依次填写，中间不能空；每个最多 2000 字。判断题请留空。"),
    (
        "答案",
        "单选题填一个字母，如 B；多选题填多个字母，如 ABD；判断题填 对 或 错（也可填 正确、错误、√、×）。",
    ),
    ("解析", "可留空，最多 4000 字，只在教师端显示。"),
    (
        "题干图片",
        "写文件名，每行一个（或用分号隔开）；可在文件名后加 | 和文字说明，如：急救.png|触电者倒在配电箱旁。",
    ),
    ("选项图片", "写明选项，如：A=图1.png，每行一个。"),
    (
        "图片文件",
        f"把所有文件放进一个 zip，与本表一起上传。允许：{ALLOWED_ZH}。粘贴在单元格里的图片不会被导入。",
    ),
    ("整份导入", "有任何一处错误，整份文件都不会导入；页面会列出每一处错误的行和列，改好后重新上传即可。"),
    (
        "English",
        (
            "One item a row on the first sheet; red headings are required. Key: letters such as ABD, or "
            "对/错 for true/false items. Pictures and clips are named here and uploaded in one zip."
        ),
    ),
)


def bank_template() -> bytes:
    """Return the .xlsx template of a question bank: empty sheet, samples, instructions."""
    book = Workbook()
    sheet = _sheet(book, BANK_FORM.sheet)
    _offer_choices(sheet)
    samples = _sheet(book, "示例")
    for number, sample in enumerate(_SAMPLES, start=2):
        _put_row(samples, number, sample)
    notes = book.create_sheet("填写说明")
    sheet_style.put_notes(notes, "题库导入模板 填写说明", _NOTES)
    return sheet_style.saved(book)


def write_bank_xlsx(items: Sequence[Item]) -> bytes:
    """Return items as an .xlsx that `read_bank_xlsx` takes back, together with `write_media_zip`.

    The sheet holds the key: it is a secret file.
    """
    book = Workbook()
    sheet = _sheet(book, BANK_FORM.sheet)
    _offer_choices(sheet)
    names = file_names(items)
    for number, item in enumerate(items, start=2):
        _put_row(sheet, number, _texts(item, names))
    return sheet_style.saved(book)


def write_media_zip(items: Sequence[Item], media: Mapping[str, bytes]) -> bytes:
    """Return a zip of the items' media, named as `write_bank_xlsx` names them.

    `media` holds contents by SHA-256; raises KeyError when one is not there.
    """
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for (_, sha256), name in sorted(file_names(items).items(), key=lambda entry: entry[1]):
            archive.writestr(name, media[sha256])
    return out.getvalue()


def file_names(items: Iterable[Item]) -> dict[tuple[str, str], str]:
    """Return a file name for every (media name, SHA-256), made unique where two contents share a name."""
    names: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for item in items:
        for media in item.all_media():
            if (media.name, media.sha256) in names:
                continue
            name = media_name(media.name)
            if name.casefold() in taken:
                stem, dot, ending = name.rpartition(".")
                name = f"{(stem or ending)[:90]}-{media.sha256[:16]}{dot}{ending if stem else ''}"
            taken.add(name.casefold())
            names[media.name, media.sha256] = name
    return names


def _texts(item: Item, names: Mapping[tuple[str, str], str]) -> dict[str, str]:
    truth = item.type is ItemType.TRUE_FALSE
    texts = {
        "id": item.id,
        "type": ITEM_TYPE_ZH[item.type],
        "topic": item.topic,
        "stem": item.stem,
        "key": ("对" if item.key == ("A",) else "错") if truth else "".join(item.key),
        "explanation": item.explanation,
        "media": "\n".join(_named(media, names) for media in item.media),
        "choice_media": "\n".join(
            f"{choice.id}={_named(media, names)}" for choice in item.choices for media in choice.media
        ),
    }
    if not truth:
        texts |= {f"choice_{choice.id}": choice.text for choice in item.choices}
    return texts


def _named(media: Media, names: Mapping[tuple[str, str], str]) -> str:
    name = names[media.name, media.sha256]
    alt = " ".join(media.alt.replace("|", "/").split())
    return f"{name}|{alt}" if alt else name


def _sheet(book: Workbook, title: str) -> Worksheet:
    first = book.worksheets[0]
    # a new book comes with one untitled sheet
    sheet = first if first.title == "Sheet" else book.create_sheet()
    sheet.title = title
    sheet_style.put_headings(
        sheet, 1, [column.zh for column in COLUMNS], [column.required for column in COLUMNS]
    )
    sheet_style.set_widths(sheet, [_WIDTHS.get(column.key, 18) for column in COLUMNS])
    sheet_style.text_columns(sheet, len(COLUMNS))
    sheet.freeze_panes = "A2"
    return sheet


def _put_row(sheet: Worksheet, row: int, texts: Mapping[str, str]) -> None:
    for number, column in enumerate(COLUMNS, start=1):
        if text := texts.get(column.key, ""):
            cell = sheet_style.cell_at(sheet, row, number)
            sheet_style.put_text(cell, text)
            cell.alignment = Alignment(vertical="top", wrap_text=True)


def _offer_choices(sheet: Worksheet) -> None:
    letters = {
        column.key: sheet_style.cell_at(sheet, 1, number).column_letter
        for number, column in enumerate(COLUMNS, 1)
    }
    types = DataValidation(
        type="list",
        formula1='"' + ",".join(ITEM_TYPE_ZH.values()) + '"',
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="题型",
        error="只能选择：单选题、多选题、判断题",
    )
    types.add(f"{letters[TYPE.key]}2:{letters[TYPE.key]}{MAX_ITEMS + 1}")
    sheet.add_data_validation(types)
    key = DataValidation(
        allow_blank=True,
        showInputMessage=True,
        promptTitle="答案",
        prompt="单选：B　多选：ABD　判断：对 或 错",
    )
    key.add(f"{letters[KEY.key]}2:{letters[KEY.key]}{MAX_ITEMS + 1}")
    sheet.add_data_validation(key)
    choice = DataValidation(
        allow_blank=True, showInputMessage=True, promptTitle="选项", prompt="依次填写，中间不能空；判断题留空"
    )
    choice.add(f"{letters[CHOICES[0].key]}2:{letters[CHOICES[-1].key]}{MAX_ITEMS + 1}")
    sheet.add_data_validation(choice)
