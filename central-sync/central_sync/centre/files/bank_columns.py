"""The columns of a question bank in .xlsx: one declaration for template, reader and writer."""

from __future__ import annotations

from central_sync.centre.files.workbook import Column, TableForm
from central_sync.protocol.items import ITEM_TYPE_ZH, ItemType

LETTERS = "ABCDEFGH"
MAX_ITEMS = 5_000

ID = Column("id", "题号", "item number", max_length=64, aliases=("编号", "试题编号", "id"))
TYPE = Column("type", "题型", "type", required=True, max_length=20, aliases=("试题类型", "type"))
TOPIC = Column("topic", "知识点", "topic", required=True, max_length=120, aliases=("主题", "章节", "topic"))
STEM = Column(
    "stem",
    "题干",
    "stem",
    required=True,
    max_length=4000,
    one_line=False,
    aliases=("试题内容", "题目", "stem"),
)
CHOICES = tuple(
    Column(
        f"choice_{letter}",
        f"选项{letter}",
        f"choice {letter}",
        required=letter in "AB",
        max_length=2000,
        one_line=False,
        aliases=(letter,),
    )
    for letter in LETTERS
)
KEY = Column("key", "答案", "key", required=True, max_length=40, aliases=("正确答案", "标准答案", "key"))
EXPLANATION = Column(
    "explanation", "解析", "explanation", max_length=4000, one_line=False, aliases=("答案解析", "试题解析")
)
MEDIA = Column(
    "media",
    "题干图片",
    "stem media",
    max_length=2000,
    one_line=False,
    aliases=("图片", "题干媒体", "图片文件名"),
)
CHOICE_MEDIA = Column(
    "choice_media", "选项图片", "choice media", max_length=4000, one_line=False, aliases=("选项媒体",)
)

COLUMNS = (ID, TYPE, TOPIC, STEM, *CHOICES, KEY, EXPLANATION, MEDIA, CHOICE_MEDIA)
BANK_FORM = TableForm(sheet="试题", columns=COLUMNS, max_rows=MAX_ITEMS)

TYPE_WORDS = {
    **{zh: item_type for item_type, zh in ITEM_TYPE_ZH.items()},
    **{item_type.value: item_type for item_type in ItemType},
    "单选": ItemType.SINGLE,
    "单项选择题": ItemType.SINGLE,
    "单项选择": ItemType.SINGLE,
    "多选": ItemType.MULTIPLE,
    "多项选择题": ItemType.MULTIPLE,
    "多项选择": ItemType.MULTIPLE,
    "判断": ItemType.TRUE_FALSE,
    "是非题": ItemType.TRUE_FALSE,
}
