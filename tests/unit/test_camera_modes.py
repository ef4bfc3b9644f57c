"""Which of a camera's formats and sizes is used for what, and what is told of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_adapters.camera.modes import (
    CaptureMode,
    facts_of,
    live_in_order,
    megapixels,
    parse_size,
    stills_in_order,
    usable,
)
from firmware_adapters.camera.pixel_formats import PREFERENCE

WEBCAM = [
    CaptureMode("YUYV", 640, 480, (30.0, 15.0)),
    CaptureMode("YUYV", 1280, 720, (10.0, 5.0)),
    CaptureMode("YUYV", 2592, 1944, (2.0,)),
    CaptureMode("MJPG", 640, 480, (30.0,)),
    CaptureMode("MJPG", 1280, 720, (30.0,)),
    CaptureMode("MJPG", 1920, 1080, (30.0,)),
    CaptureMode("MJPG", 2592, 1944, (15.0,)),
    CaptureMode("H264", 3840, 2160, (30.0,)),
]


def names(modes: list[CaptureMode]) -> list[str]:
    return [f"{mode.fourcc} {mode.size}" for mode in modes]


def test_formats_that_cannot_be_decoded_are_left_out_of_use() -> None:
    assert "H264" not in {mode.fourcc for mode in usable(WEBCAM)}
    assert usable([CaptureMode("H264", 640, 480)]) == []


def test_a_still_is_taken_at_the_largest_size_and_compressed_where_both_are_offered() -> None:
    assert names(stills_in_order(usable(WEBCAM)))[:3] == [
        "MJPG 2592x1944",
        "YUYV 2592x1944",
        "MJPG 1920x1080",
    ]


def test_an_uncompressed_size_larger_than_all_compressed_ones_is_best_for_a_still() -> None:
    modes = [
        CaptureMode("MJPG", 1920, 1080),
        CaptureMode("NV12", 2048, 1536),
        CaptureMode("GREY", 4000, 3000),
    ]
    assert names(stills_in_order(modes)) == ["NV12 2048x1536", "MJPG 1920x1080", "GREY 4000x3000"]


def test_a_still_of_one_size_takes_the_best_format_of_that_size() -> None:
    assert names(stills_in_order(usable(WEBCAM), (1280, 720))) == ["MJPG 1280x720", "YUYV 1280x720"]
    assert stills_in_order(usable(WEBCAM), (1, 1)) == []


def test_the_running_picture_is_the_smallest_that_is_wide_and_fast_enough() -> None:
    assert names(live_in_order(usable(WEBCAM), 1280, 15))[:2] == ["MJPG 1280x720", "MJPG 1920x1080"]
    assert names(live_in_order(usable(WEBCAM), 640, 15))[:2] == ["MJPG 640x480", "YUYV 640x480"]


def test_a_narrower_picture_is_better_than_a_slow_one() -> None:
    modes = [CaptureMode("YUYV", 640, 480, (30.0,)), CaptureMode("YUYV", 1280, 720, (5.0,))]
    assert names(live_in_order(modes, 1280, 15))[0] == "YUYV 640x480"
    assert names(live_in_order(modes, 1280, 5))[0] == "YUYV 1280x720"


def test_a_camera_that_tells_no_rates_is_not_taken_for_slow() -> None:
    assert names(live_in_order([CaptureMode("YUYV", 1280, 720)], 1280, 15)) == ["YUYV 1280x720"]


def test_impossible_sizes_and_repetitions_are_not_believed() -> None:
    lies = [
        CaptureMode("MJPG", 0, 0),
        CaptureMode("MJPG", 1, 480),
        CaptureMode("MJPG", 65535, 65535),
        CaptureMode("MJPG", 640, 480, (30.0,)),
        CaptureMode("MJPG", 640, 480, (1.0,)),
    ]
    assert usable(lies) == [CaptureMode("MJPG", 640, 480, (30.0,))]


def test_only_allowed_formats_are_used() -> None:
    assert {mode.fourcc for mode in usable(WEBCAM, ("YUYV",))} == {"YUYV"}


def test_facts_tell_formats_sizes_rates_and_the_best_still() -> None:
    facts = facts_of(WEBCAM)
    assert (facts["best_still"], facts["megapixels"]) == ("2592x1944", 5.04)
    by_name = {each["format"]: each for each in facts["formats"]}
    assert by_name["H264"] == {
        "format": "H264",
        "compressed": False,
        "readable": False,
        "sizes": [{"size": "3840x2160", "width": 3840, "height": 2160, "rates": [30.0]}],
    }
    assert by_name["MJPG"]["compressed"]
    assert [size["size"] for size in by_name["YUYV"]["sizes"]] == ["640x480", "1280x720", "2592x1944"]


def test_a_camera_without_any_readable_format_has_no_best_still() -> None:
    facts = facts_of([CaptureMode("H264", 1920, 1080)])
    assert (facts["best_still"], facts["megapixels"]) == ("", 0.0)
    assert facts_of([])["formats"] == []


@pytest.mark.parametrize("text", ["2592x1944", "2592X1944", "2592×1944", "2592 x 1944"])
def test_a_size_is_read_as_people_write_it(text: str) -> None:
    assert parse_size(text) == (2592, 1944)


@pytest.mark.parametrize("text", ["", "big", "2592", "x", "-1x5", "1x2x3", "1.5x2", "9" * 30 + "x1", "½x2"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


def test_megapixels_are_millions_to_two_places() -> None:
    assert megapixels(2592, 1944) == 5.04
    assert megapixels(2048, 1536) == 3.15


@given(
    st.lists(
        st.builds(
            CaptureMode,
            st.sampled_from([*PREFERENCE, "H264", "0x00000000"]),
            st.integers(-5, 70000),
            st.integers(-5, 70000),
            st.lists(st.floats(0.01, 1000), max_size=3).map(tuple),
        ),
        max_size=20,
    )
)
def test_whatever_a_camera_claims_the_orders_hold_the_same_modes(modes: list[CaptureMode]) -> None:
    readable = usable(modes)
    assert sorted(names(stills_in_order(readable))) == sorted(names(readable))
    assert sorted(names(live_in_order(readable, 1280, 15))) == sorted(names(readable))
    coloured = [mode for mode in readable if mode.fourcc != "GREY"]
    if coloured:
        assert stills_in_order(readable)[0].pixels == max(mode.pixels for mode in coloured)
    facts_of(modes)
