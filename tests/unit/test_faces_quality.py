"""Quality of a face: pose from landmarks, bounds, and which faces count."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from exam_appliance.faces import reasons
from exam_appliance.faces.models import Face, Reason
from exam_appliance.faces.quality import Measured, judged, measured, pose, that_count
from exam_appliance.faces.settings import QualityBounds

Points = tuple[tuple[float, float], ...]
STRAIGHT: Points = ((40, 40), (80, 40), (60, 62), (45, 80), (75, 80))
GOOD = Measured(face_px=120, sharpness=300, yaw=0, pitch=0.55, roll=0, light=130, contrast=45)
BOUNDS = QualityBounds()


def _face(width: float) -> Face:
    return Face(x=0, y=0, width=width, height=width * 1.3, score=0.9, landmarks=STRAIGHT)


def test_a_straight_face_has_no_yaw_and_no_roll() -> None:
    yaw, pitch, roll = pose(STRAIGHT)
    assert yaw == roll == 0
    assert pitch == pytest.approx(0.55)


@pytest.mark.parametrize("degrees", [-30, -5, 12, 44])
def test_a_tilted_head_is_told_as_roll_alone(degrees: float) -> None:
    angle = math.radians(degrees)
    turned = tuple(
        (x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle))
        for x, y in STRAIGHT
    )
    yaw, pitch, roll = pose(turned)
    assert [yaw, pitch, roll] == pytest.approx([0, 0.55, degrees], abs=1e-9)


def test_a_nose_beside_the_middle_of_the_eyes_is_yaw() -> None:
    yaw, _, _ = pose(((40, 40), (80, 40), (80, 62), (45, 80), (75, 80)))
    assert yaw == pytest.approx(0.5)


def test_landmarks_in_one_point_are_a_face_turned_away() -> None:
    yaw, pitch, _ = pose(((50, 50),) * 5)
    assert list(judged(replace(GOOD, yaw=yaw, pitch=pitch), BOUNDS)) == [reasons.TURNED_AWAY]


def test_a_good_face_has_no_reason() -> None:
    assert not list(judged(GOOD, BOUNDS))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"face_px": 39}, reasons.FACE_SMALL),
        ({"sharpness": 5}, reasons.BLURRED),
        ({"yaw": -0.5}, reasons.TURNED_AWAY),
        ({"pitch": 0.2}, reasons.TURNED_AWAY),
        ({"pitch": 0.9}, reasons.TURNED_AWAY),
        ({"roll": 50}, reasons.TURNED_AWAY),
        ({"light": 20}, reasons.DARK),
        ({"light": 240}, reasons.BRIGHT),
        ({"contrast": 4}, reasons.FLAT),
    ],
)
def test_each_bound_has_its_reason(changed: dict[str, float], reason: Reason) -> None:
    assert list(judged(replace(GOOD, **changed), BOUNDS)) == [reason]


def test_bounds_come_from_the_settings() -> None:
    assert list(judged(GOOD, QualityBounds(face_px=150, dark=140))) == [reasons.FACE_SMALL, reasons.DARK]


def test_bounds_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="dark < bright"):
        QualityBounds(dark=200, bright=100)


def test_a_blurred_crop_is_less_sharp_and_light_is_the_mean() -> None:
    sharp = np.zeros((112, 112, 3), np.uint8)
    sharp[::4] = 200
    soft = np.full((112, 112, 3), 50, np.uint8)

    one, two = measured(_face(100), sharp), measured(_face(100), soft)

    assert one.sharpness > 100 > two.sharpness == 0
    assert one.light == two.light == 50


def test_people_far_behind_do_not_count_and_somebody_beside_does() -> None:
    assert that_count((), BOUNDS) == 0
    assert that_count((_face(100), _face(30)), BOUNDS) == 1
    assert that_count((_face(100), _face(45), _face(30)), BOUNDS) == 2
