"""Papers, grading and the exam clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_appliance.exam.clock import ExamClock, LastBeat
from exam_appliance.exam.grading import grade
from exam_appliance.exam.paper import BankTooSmall, ItemPool, SeededDraw
from tests.site_parts import HandClock, bank, blueprint

SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(SEEDS)
def test_a_paper_follows_the_blueprint_and_asks_nothing_twice(seed: str) -> None:
    paper = ItemPool(bank(), blueprint()).draw(seed)
    assert len({line.item.id for line in paper.lines}) == blueprint().items == len(paper.lines)
    assert sum(line.points for line in paper.lines) == 100
    for line in paper.lines:
        section = paper.sections[line.section]
        assert line.item.type is section.type
        assert section.topic in (None, line.item.topic)
        assert sorted(line.choices) == [choice.id for choice in line.item.choices]


def test_the_same_seed_draws_the_same_paper_for_ever() -> None:
    first = ItemPool(bank(), blueprint()).draw("11" * 32)
    again = ItemPool(list(reversed(bank())), blueprint()).draw("11" * 32)
    assert first == again
    assert SeededDraw("00" * 32).sample(range(10), 4) == SeededDraw("00" * 32).sample(range(10), 4)
    assert first.digest != ItemPool(bank(), blueprint()).draw("12" * 32).digest


def test_numbers_from_a_seed_spread_evenly() -> None:
    numbers = SeededDraw("22" * 32)
    counts = [0] * 5
    for _ in range(5000):
        counts[numbers.below(5)] += 1
    assert min(counts) > 900


def test_a_bank_too_small_names_the_section() -> None:
    with pytest.raises(BankTooSmall, match="section 4 needs 4 items, the bank has 0"):
        ItemPool([item for item in bank() if item.type != "multiple"], blueprint())


@given(SEEDS)
def test_all_right_gives_all_points_and_all_blank_none(seed: str) -> None:
    paper = ItemPool(bank(), blueprint()).draw(seed)
    full = grade(paper, {line.item.id: line.item.key for line in paper.lines})
    assert (full.points, full.of, full.right) == (100, 100, 20)
    assert grade(paper, {}).points == 0


@given(SEEDS, st.data())
def test_multiple_choice_gives_points_only_for_exactly_the_right_choices(
    seed: str, data: st.DataObject
) -> None:
    paper = ItemPool(bank(), blueprint()).draw(seed)
    line = next(line for line in paper.lines if line.item.type == "multiple")
    chosen = data.draw(st.lists(st.sampled_from("ABCD"), unique=True))
    points = grade(paper, {line.item.id: chosen}).points
    assert points == (line.points if set(chosen) == set(line.item.key) else 0)


@given(st.integers(-3_600_000, 3_600_000))
def test_a_wall_clock_jump_moves_no_exam_time(jump: int) -> None:
    time = HandClock()
    clock = ExamClock(time, None)
    before = clock.t()
    time.wall += jump
    time.boottime += 5
    assert clock.t() == before + 5
    assert clock.wall_jump_ms() == jump - 5


def test_exam_time_goes_on_over_a_restart_in_the_same_boot_whatever_the_wall_says() -> None:
    time = HandClock(boottime=5_000_000, wall=100)
    last = LastBeat(t=10_000, boot="boot-1", boottime_ms=4_900_000, service_t=12_000, wall_ms=10**12)
    clock = ExamClock(time, last)
    assert clock.t() == 110_000
    assert (clock.gap_ms, clock.gap_source) == (98_000, "boottime")


def test_after_a_reboot_the_gap_comes_from_the_wall_clock_if_that_can_be_believed() -> None:
    last = LastBeat(t=10_000, boot="boot-0", boottime_ms=4_900_000, service_t=12_000, wall_ms=1_000_000)
    clock = ExamClock(HandClock(boottime=30_000, wall=1_090_000), last)
    assert (clock.t(), clock.gap_ms, clock.gap_source) == (102_000, 90_000, "wall")
    behind = ExamClock(HandClock(boottime=30_000, wall=0), last)
    assert (behind.t(), behind.gap_ms, behind.gap_source) == (12_000, 0, "unknown")
