"""False accepts and false rejects by threshold are counted right; unusable files of pairs are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from exam_appliance.faces.calibration import (
    Pair,
    PairsWrong,
    Scored,
    calibrated,
    rates_at,
    read_pairs,
    suggested,
)
from exam_appliance.faces.calibration_plot import draw

SCORES = st.lists(st.floats(-1, 1), min_size=1, max_size=30)


def scored(same: list[float], different: list[float]) -> list[Scored]:
    pairs = [(score, True) for score in same] + [(score, False) for score in different]
    return [Scored(Pair(Path("a"), Path("b"), known), score) for score, known in pairs]


def test_a_score_on_the_threshold_is_a_match() -> None:
    rates = rates_at(0.4, [0.4, 0.5, 0.39], [0.4, 0.1, 0.2, 0.3])
    assert rates.false_reject == pytest.approx(1 / 3)
    assert rates.false_accept == 0.25


@given(same=SCORES, different=SCORES)
@settings(max_examples=60)
def test_strangers_only_become_fewer_and_rejects_more_as_the_threshold_rises(
    same: list[float], different: list[float]
) -> None:
    found = calibrated(scored(same, different))
    accepts = [one.false_accept for one in found.rates]
    rejects = [one.false_reject for one in found.rates]
    assert accepts == sorted(accepts, reverse=True)  # type: ignore[type-var]
    assert rejects == sorted(rejects)  # type: ignore[type-var]
    assert (accepts[0], rejects[0]) == (1.0, 0.0)


def test_the_suggested_threshold_lies_between_strangers_and_the_same() -> None:
    assert suggested([0.6, 0.7], [0.1, 0.2]) == 0.4
    # One stranger is higher than one of the same: nobody may be let in, so that one is turned away.
    assert suggested([0.15, 0.6], [0.1, 0.2]) == 0.4
    assert suggested([0.1], [0.5]) == 0.501
    assert suggested([], [0.5]) is None
    assert suggested([0.5], []) is None


def test_pairs_that_were_not_compared_are_counted_by_their_reason() -> None:
    pair = Pair(Path("a"), Path("b"), same=True)
    found = calibrated([Scored(pair, 0.5), Scored(pair, None, "face.none"), Scored(pair, None, "face.none")])
    assert found.not_compared == {"face.none": 2}
    assert found.same == (0.5,)
    assert found.suggested is None


def test_a_file_of_pairs_is_read_as_a_spreadsheet_writes_it(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"x")
    text = "\ufeffpicture_a,picture_b,same\r\na.jpg,b.jpg,是\r\nb.jpg,a.jpg,0\r\n"
    pairs = read_pairs(text, tmp_path)
    assert [pair.same for pair in pairs] == [True, False]
    assert pairs[0].picture_a == tmp_path / "a.jpg"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "picture_a, picture_b, same"),
        ("picture_a,same\n", "picture_b"),
        ("picture_a,picture_b,same\n", "no pairs"),
        ("picture_a,picture_b,same\na.jpg,a.jpg,perhaps\n", "line 2: same is 1 or 0"),
        ("picture_a,picture_b,same\na.jpg,gone.jpg,1\n", "line 2: no file"),
        ("picture_a,picture_b,same\na.jpg\n", "line 2"),
    ],
)
def test_a_file_of_pairs_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    with pytest.raises(PairsWrong, match=says):
        read_pairs(text, tmp_path)


def test_the_plot_is_a_picture_with_both_curves(tmp_path: Path) -> None:
    draw(calibrated(scored([0.5, 0.6, 0.7], [0.0, 0.1, 0.3])), 0.363, tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as plot:
        assert plot.size == (960, 600)
        # Both colours stand in it, and it is not empty paper.
        colours = {colour for _, colour in plot.convert("RGB").getcolors(2**20) or []}
    assert {(0x1F, 0x6F, 0xB2), (0xC4, 0x49, 0x2F)} <= colours
