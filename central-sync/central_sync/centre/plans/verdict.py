"""Whether a bank holds what a blueprint asks for. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from central_sync.centre.api.plan_models import BlueprintVerdict, FindingView, SectionVerdict
from central_sync.protocol.items import ITEM_TYPE_ZH, Blueprint, ItemType

ITEM_TYPE_EN = {
    ItemType.SINGLE: "single choice",
    ItemType.MULTIPLE: "multiple choice",
    ItemType.TRUE_FALSE: "true/false",
}


def judge(
    blueprint: Blueprint, held: Mapping[tuple[ItemType, str], int], bank_version: int
) -> BlueprintVerdict:
    """Return the verdict on a blueprint, given how many items a bank holds of each type and topic.

    Sections draw different items: those bound to a topic share the topic's, those open to any
    topic take from what the others leave.
    """
    of_type = {
        type_: sum(count for (held_type, _), count in held.items() if held_type is type_)
        for type_ in ItemType
    }
    bound: dict[tuple[ItemType, str], int] = {}
    wanted = dict.fromkeys(ItemType, 0)
    for section in blueprint.sections:
        wanted[section.type] += section.count
        if section.topic is not None:
            key = (section.type, section.topic)
            bound[key] = bound.get(key, 0) + section.count
    findings: list[FindingView] = []
    for (type_, topic), count in bound.items():
        there = held.get((type_, topic), 0)
        if count > there:
            findings.append(
                FindingView(
                    code="blueprint.topic_short",
                    zh=f"“{topic}”的{ITEM_TYPE_ZH[type_]}需要 {count} 题，题库只有 {there} 题",
                    en=f"{count} {ITEM_TYPE_EN[type_]} items on '{topic}' are wanted, the bank has {there}",
                )
            )
    for type_, count in wanted.items():
        if count > of_type[type_]:
            findings.append(
                FindingView(
                    code="blueprint.type_short",
                    zh=f"{ITEM_TYPE_ZH[type_]}共需要 {count} 题，题库只有 {of_type[type_]} 题",
                    en=f"{count} {ITEM_TYPE_EN[type_]} items are wanted, the bank has {of_type[type_]}",
                )
            )
    sections = []
    for section in blueprint.sections:
        there = of_type[section.type] if section.topic is None else held.get((section.type, section.topic), 0)
        enough = wanted[section.type] <= of_type[section.type] and (
            section.topic is None or bound[section.type, section.topic] <= there
        )
        sections.append(
            SectionVerdict(
                type=section.type, topic=section.topic, wanted=section.count, held=there, enough=enough
            )
        )
    return BlueprintVerdict(
        ok=not findings,
        points=blueprint.points,
        items=blueprint.items,
        bank_version=bank_version,
        sections=tuple(sections),
        findings=tuple(findings),
    )
