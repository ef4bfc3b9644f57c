"""Codes are found in pictures as cameras give them: bad light, phones at an angle, grids, noise."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.camera.codes import (
    VIEWS,
    RecentCodes,
    ScannedCode,
    Symbology,
    read_codes,
)
from firmware_adapters.camera.pictures import Picture, decode_picture, encode_jpeg
from firmware_adapters.simulators.camera_pictures import CodeKind, Scene, add_noise, code_picture, draw_scene

TICKET = "准考证:202311250117;张三;14座"
PRINTED = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"))
CODE_KINDS: tuple[CodeKind, ...] = ("data_matrix", "code_128")
Change = Callable[[Picture], Picture]


def bytes_of(array: object) -> Picture:
    return np.clip(np.asarray(array, np.float32), 0, 255).astype(np.uint8)


def phone(text: str = TICKET) -> Picture:
    return draw_scene(Scene(held="phone", code=text), 1280, 720)


def rotated(degrees: float) -> Change:
    def turn(picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
        return bytes_of(cv2.warpAffine(picture, matrix, (width, height), borderValue=(90, 90, 90)))

    return turn


def dimmed(dark: int, bright: int) -> Change:
    return lambda picture: bytes_of(dark + picture.astype(np.float32) / 255 * (bright - dark))


def noisy(strength: float) -> Change:
    noise = np.random.default_rng(7)
    return lambda picture: bytes_of(picture + noise.normal(0, strength, picture.shape))


def inverted(picture: Picture) -> Picture:
    return 255 - picture


def mirrored(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[:, ::-1])


def tilted(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = np.array(
        [[width * 0.13, height * 0.1], [width * 0.97, 0], [width, height * 0.95], [width * 0.02, height]],
        np.float32,
    )
    return bytes_of(cv2.warpPerspective(picture, cv2.getPerspectiveTransform(corners, seen), (width, height)))


def gridded(strength: float, period: float, angle: float = 0.2) -> Change:
    """A phone's pixels against the camera's: two waves that beat (moire)."""

    def beat(picture: Picture) -> Picture:
        y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
        slanted = x * np.cos(angle) + y * np.sin(angle)
        wave = np.sin(2 * np.pi * slanted / period) * np.sin(2 * np.pi * y / period * 1.03)
        return bytes_of(picture * 0.75 + strength * wave[:, :, None] + 20)

    return beat


def glaring(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    spot = 180 * np.exp(-(((x - width * 0.56) / 90) ** 2) - ((y - height * 0.45) / 60) ** 2)
    return bytes_of(picture + spot[:, :, None])


def lit_from_one_side(picture: Picture) -> Picture:
    return bytes_of(picture * np.linspace(0.15, 1, picture.shape[1])[None, :, None])


def blurred(width: float) -> Change:
    return lambda picture: bytes_of(cv2.GaussianBlur(picture, (0, 0), width))


def compressed(quality: int) -> Change:
    return lambda picture: decode_picture(encode_jpeg(picture, quality))


def one_after_the_other(*changes: Change) -> Change:
    def all_of(picture: Picture) -> Picture:
        for change in changes:
            picture = change(picture)
        return picture

    return all_of


DISTORTIONS: dict[str, Change] = {
    "as it is": lambda picture: picture,
    "turned by 17 degrees": rotated(17),
    "turned by 45 degrees": rotated(45),
    "turned by 68 degrees": rotated(68),
    "turned by 90 degrees": rotated(90),
    "upside down": rotated(180),
    "turned by 133 degrees": rotated(133),
    "light on dark": inverted,
    "mirrored by a front camera": mirrored,
    "hardly any contrast": one_after_the_other(dimmed(110, 135), noisy(4)),
    "little contrast, much noise": one_after_the_other(dimmed(100, 140), noisy(14)),
    "a dark room": one_after_the_other(dimmed(2, 22), noisy(2)),
    "fine moire": gridded(80, 3.1),
    "coarse moire": gridded(90, 5.3, 0.7),
    "moire on an inverted screen": one_after_the_other(inverted, gridded(60, 3.3)),
    "seen at an angle": tilted,
    "a lamp mirrored in the glass": glaring,
    "light from one side": lit_from_one_side,
    "out of focus": blurred(3),
    "strongly compressed": compressed(8),
    "inverted, dim, turned, noisy": one_after_the_other(inverted, rotated(31), dimmed(90, 125), noisy(5)),
    "dim, turned, at an angle, moire, noisy": one_after_the_other(
        dimmed(60, 190), rotated(23), tilted, gridded(30, 3.3), noisy(6)
    ),
}


@pytest.mark.parametrize("distortion", DISTORTIONS)
def test_a_ticket_on_a_phone_is_read(distortion: str) -> None:
    seen = DISTORTIONS[distortion](phone())
    assert [(code.text, code.symbology) for code in read_codes(seen)] == [(TICKET, "qr_code")]


@pytest.mark.parametrize("kind", CODE_KINDS)
@pytest.mark.parametrize(
    "distortion",
    [
        "as it is",
        "turned by 17 degrees",
        "turned by 45 degrees",
        "turned by 68 degrees",
        "turned by 90 degrees",
        "turned by 133 degrees",
        "light from one side",
        "strongly compressed",
    ],
)
def test_other_codes_on_paper_are_read(kind: CodeKind, distortion: str) -> None:
    text = "T110101199003070011"
    paper = draw_scene(Scene(held="paper", code=text, code_kind=kind), 1280, 720)
    found = read_codes(DISTORTIONS[distortion](paper))
    assert [(code.text, code.symbology) for code in found] == [(text, kind)]


def test_a_small_code_in_a_large_picture_is_read() -> None:
    room = draw_scene(Scene(person=True), 1920, 1080)
    code = np.repeat(np.repeat(code_picture(TICKET, "qr_code"), 2, 0), 2, 1)
    room[500 : 500 + code.shape[0], 200 : 200 + code.shape[1]] = code[:, :, None]
    assert [found.text for found in read_codes(add_noise(room, 3))] == [TICKET]


def test_a_running_reader_finds_a_hard_code_within_as_many_pictures_as_there_are_views() -> None:
    hard = DISTORTIONS["little contrast, much noise"](phone())
    found = [code for view in range(VIEWS) for code in read_codes(hard, view=view)]
    assert {code.text for code in found} == {TICKET}


def test_the_corners_lie_on_the_code() -> None:
    (code,) = read_codes(phone())
    xs, ys = [x for x, _ in code.corners], [y for _, y in code.corners]
    assert 1280 * 0.3 < min(xs) < 1280 / 2 < max(xs) < 1280 * 0.7
    assert 720 * 0.15 < min(ys) < 720 / 2 < max(ys) < 720 * 0.85


def test_two_codes_in_one_picture_are_both_read() -> None:
    both = np.concatenate((phone("第一张"), phone("第二张")), axis=1)
    assert {code.text for code in read_codes(both)} == {"第一张", "第二张"}


def test_a_code_of_a_kind_that_is_not_wanted_is_not_told() -> None:
    assert read_codes(phone(), ("data_matrix",)) == []


def test_a_room_and_a_person_hold_no_code() -> None:
    assert read_codes(draw_scene(Scene(person=True), 1280, 720)) == []
    assert read_codes(draw_scene(Scene(covered=True), 1280, 720)) == []


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 90), columns=st.integers(1, 120))
def test_noise_of_any_size_holds_no_code_and_does_no_harm(seed: int, rows: int, columns: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (rows, columns, 3), np.uint8)
    assert read_codes(noise) == []


@settings(max_examples=40, deadline=None)
@given(
    text=st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=60
    )
)
def test_any_text_comes_out_of_its_code_as_it_went_in(text: str) -> None:
    assert [code.text for code in read_codes(phone(text))] == [text]


def a_code(text: str, symbology: Symbology = "qr_code") -> ScannedCode:
    return ScannedCode(text, symbology, ((0, 0), (9, 0), (9, 9), (0, 9)))


def test_a_code_that_stays_in_view_is_told_once() -> None:
    recent = RecentCodes(3.0)
    assert [recent.is_new(a_code("A"), at / 5) for at in range(100)] == [True] + [False] * 99


def test_a_code_that_was_away_long_enough_is_told_again() -> None:
    recent = RecentCodes(3.0)
    assert recent.is_new(a_code("A"), 0.0)
    assert not recent.is_new(a_code("A"), 2.9)
    assert recent.is_new(a_code("A"), 5.9)


def test_another_text_or_another_kind_is_told_at_once() -> None:
    recent = RecentCodes(3.0)
    assert recent.is_new(a_code("A"), 0.0)
    assert recent.is_new(a_code("B"), 0.1)
    assert recent.is_new(a_code("A", "data_matrix"), 0.2)


def test_thousands_of_different_codes_are_not_remembered_for_ever() -> None:
    recent = RecentCodes(3.0)
    for number in range(5000):
        assert recent.is_new(a_code(str(number)), number * 0.001)
    assert len(recent._seen) == RecentCodes.LIMIT
