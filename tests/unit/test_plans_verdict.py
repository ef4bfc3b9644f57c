"""A blueprint passes exactly when papers can be drawn from the bank, as the site server draws them."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from central_sync.centre.plans.verdict import judge
from central_sync.protocol.items import Blueprint, BlueprintSection, Choice, Item, ItemType
from central_sync.samples.banks import sample_bank
from central_sync.samples.blueprints import sample_blueprint
from central_sync.samples.categories import SampleCategory
from exam_appliance.exam.paper import BankTooSmall, ItemPool

TOPICS = ("触电防护", "电工基础")
SINGLE, MULTIPLE, TRUE_FALSE = ItemType

kinds = st.tuples(st.sampled_from(ItemType), st.sampled_from(TOPICS))
banks = st.dictionaries(kinds, st.integers(1, 6))
sections = st.lists(
    st.builds(
        BlueprintSection,
        type=st.sampled_from(ItemType),
        topic=st.sampled_from([*TOPICS, "没有的知识点", None]),
        count=st.integers(1, 4),
        points=st.integers(1, 3),
    ),
    min_size=1,
    max_size=5,
)


def items(held: dict[tuple[ItemType, str], int]) -> list[Item]:
    """Return a bank with so many items of each type and topic."""
    choices = tuple(Choice(id=letter, text=letter) for letter in "AB")
    return [
        Item(
            id=f"{type_.value}-{TOPICS.index(topic)}-{number}",
            type=type_,
            topic=topic,
            stem="下列说法是否正确？",
            choices=choices,
            key=("A", "B") if type_ is MULTIPLE else ("A",),
        )
        for (type_, topic), count in held.items()
        for number in range(count)
    ]


def draws(bank: list[Item], blueprint: Blueprint) -> bool:
    """Tell whether the site server can draw papers, from some seeds."""
    try:
        pool = ItemPool(bank, blueprint)
        for seed in ("11" * 32, "fe" * 32):
            lines = pool.draw(seed).lines
            assert len({line.item.id for line in lines}) == blueprint.items
            assert sum(line.points for line in lines) == blueprint.points
    except BankTooSmall:
        return False
    return True


def section(type_: ItemType, topic: str | None, count: int) -> BlueprintSection:
    return BlueprintSection(type=type_, topic=topic, count=count, points=1)


@settings(max_examples=150)
@given(banks, sections)
@example({(SINGLE, TOPICS[0]): 3}, [section(SINGLE, None, 2), section(SINGLE, TOPICS[0], 2)])
@example({(SINGLE, TOPICS[0]): 4}, [section(SINGLE, None, 2), section(SINGLE, TOPICS[0], 2)])
@example(
    {(SINGLE, TOPICS[0]): 3, (SINGLE, TOPICS[1]): 9},
    [section(SINGLE, TOPICS[0], 2), section(SINGLE, TOPICS[0], 2)],
)
def test_the_verdict_is_good_exactly_when_papers_can_be_drawn(
    held: dict[tuple[ItemType, str], int], chosen: list[BlueprintSection]
) -> None:
    blueprint = Blueprint(sections=tuple(chosen))
    verdict = judge(blueprint, held, 7)
    assert verdict.ok == draws(items(held), blueprint)
    assert verdict.ok == (not verdict.findings)
    assert verdict.ok == all(each.enough for each in verdict.sections)
    assert (verdict.points, verdict.items, verdict.bank_version) == (blueprint.points, blueprint.items, 7)
    assert [(each.type, each.topic, each.wanted) for each in verdict.sections] == [
        (each.type, each.topic, each.count) for each in chosen
    ]


def test_sections_that_share_a_topic_are_told_what_they_need_together() -> None:
    held = {(SINGLE, TOPICS[0]): 3, (SINGLE, TOPICS[1]): 9}
    blueprint = Blueprint(sections=(section(SINGLE, TOPICS[0], 2), section(SINGLE, TOPICS[0], 2)))
    verdict = judge(blueprint, held, 1)
    (finding,) = verdict.findings
    assert finding.code == "blueprint.topic_short"
    assert finding.zh == "“触电防护”的单选题需要 4 题，题库只有 3 题"
    assert [(each.held, each.enough) for each in verdict.sections] == [(3, False), (3, False)]


@pytest.mark.parametrize("category", list(SampleCategory))
def test_the_sample_blueprints_pass_against_the_sample_banks(category: SampleCategory) -> None:
    bank = sample_bank(category)[0].items
    held = Counter((item.type, item.topic) for item in bank)
    assert judge(sample_blueprint(category), held, 1).ok
    assert draws(list(bank), sample_blueprint(category))
