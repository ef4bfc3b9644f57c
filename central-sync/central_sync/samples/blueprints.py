"""How papers of the sample categories are put together (组卷蓝图)."""

from __future__ import annotations

from central_sync.protocol.items import Blueprint, BlueprintSection, ItemType
from central_sync.samples.categories import SampleCategory

_SINGLE, _MULTIPLE, _TRUE_FALSE = ItemType.SINGLE, ItemType.MULTIPLE, ItemType.TRUE_FALSE

_COUNTS: dict[SampleCategory, tuple[tuple[ItemType, int, tuple[tuple[str, int], ...]], ...]] = {
    # type, points each, (topic, items)
    SampleCategory.LOW_VOLTAGE: (
        (
            _SINGLE,
            1,
            (
                ("电气安全法规", 5),
                ("电工基础与仪表", 6),
                ("触电防护", 8),
                ("低压电器与线路", 7),
                ("电动机与控制", 5),
                ("检修作业安全", 5),
                ("触电急救与电气防火", 4),
            ),
        ),
        (
            _MULTIPLE,
            2,
            (
                ("电气安全法规", 2),
                ("电工基础与仪表", 2),
                ("触电防护", 3),
                ("低压电器与线路", 2),
                ("电动机与控制", 2),
                ("检修作业安全", 2),
                ("触电急救与电气防火", 2),
            ),
        ),
        (
            _TRUE_FALSE,
            1,
            (
                ("电气安全法规", 4),
                ("电工基础与仪表", 4),
                ("触电防护", 5),
                ("低压电器与线路", 5),
                ("电动机与控制", 4),
                ("检修作业安全", 4),
                ("触电急救与电气防火", 4),
            ),
        ),
    ),
    SampleCategory.CHEMICALS: (
        (
            _SINGLE,
            2,
            (
                ("危险化学品法规", 4),
                ("危险特性与标志", 6),
                ("储存与装卸运输", 5),
                ("特殊作业安全", 5),
                ("应急处置与防护", 5),
            ),
        ),
        (
            _MULTIPLE,
            3,
            (
                ("危险化学品法规", 2),
                ("危险特性与标志", 2),
                ("储存与装卸运输", 2),
                ("特殊作业安全", 2),
                ("应急处置与防护", 2),
            ),
        ),
        (
            _TRUE_FALSE,
            1,
            (
                ("危险化学品法规", 4),
                ("危险特性与标志", 4),
                ("储存与装卸运输", 4),
                ("特殊作业安全", 4),
                ("应急处置与防护", 4),
            ),
        ),
    ),
}


def sample_blueprint(category: SampleCategory | str) -> Blueprint:
    """Return the blueprint of a category: 100 points, spread over all its topics.

    Low voltage: 40 single at 1 point, 15 multiple at 2, 30 true/false at 1. Chemicals, whose bank is
    smaller: 25 single at 2, 10 multiple at 3, 20 true/false at 1. Raises ValueError for another category.
    """
    return Blueprint(
        sections=tuple(
            BlueprintSection(type=item_type, topic=topic, count=count, points=points)
            for item_type, points, topics in _COUNTS[SampleCategory(category)]
            for topic, count in topics
        )
    )
