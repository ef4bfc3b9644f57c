"""Practice items (练习题): harmless general knowledge, to try the keys and the mouse before the exam."""

from __future__ import annotations

from central_sync.protocol.items import Choice, Item, ItemType

PRACTICE_TOPIC = "考前练习"
_TRUTH = ("正确", "错误")


def practice_items() -> tuple[Item, ...]:
    """Return the eight practice items: single, multiple and true/false, without media and off every topic."""
    single, multiple, true_false = ItemType.SINGLE, ItemType.MULTIPLE, ItemType.TRUE_FALSE
    return (
        _item(1, single, "一年有几个季节？", ("两个", "三个", "四个", "五个"), "C", "春、夏、秋、冬。"),
        _item(
            2,
            single,
            "下列哪一项是中国的传统节日？",
            ("复活节", "中秋节", "感恩节", "万圣节"),
            "B",
            "中秋节在农历八月十五。",
        ),
        _item(
            3,
            single,
            "计算：25 + 17 = ？",
            ("32", "41", "42", "52"),
            "C",
            "25 加 17 等于 42。",
        ),
        _item(
            4,
            multiple,
            "下列哪些是水果？（多选题可以选择多个选项，再点一次取消选择）",
            ("苹果", "白菜", "梨", "香蕉"),
            "ACD",
            "白菜是蔬菜。",
        ),
        _item(
            5,
            multiple,
            "下列哪些月份有 31 天？",
            ("一月", "四月", "七月", "八月", "十一月"),
            "ACD",
            "四月和十一月有 30 天。",
        ),
        _item(6, true_false, "太阳从东方升起。", _TRUTH, "A", "地球自西向东自转。"),
        _item(7, true_false, "长江是中国最长的河流。", _TRUTH, "A", "长江全长约 6300 公里。"),
        _item(8, true_false, "一个星期有八天。", _TRUTH, "B", "一个星期有七天。"),
    )


def _item(
    number: int, item_type: ItemType, stem: str, choices: tuple[str, ...], key: str, explanation: str
) -> Item:
    return Item(
        id=f"LX-{number:02d}",
        type=item_type,
        topic=PRACTICE_TOPIC,
        stem=stem,
        choices=tuple(
            Choice(id=letter, text=text) for letter, text in zip("ABCDEFGH", choices, strict=False)
        ),
        key=tuple(key),
        explanation=explanation,
    )
