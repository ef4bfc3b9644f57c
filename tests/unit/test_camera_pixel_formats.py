"""Every pixel format of cameras decodes to the picture that was put in."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_adapters.camera.pictures import Picture, encode_jpeg
from firmware_adapters.camera.pixel_formats import (
    COMPRESSED,
    PREFERENCE,
    BrokenFrame,
    FrameLayout,
    check_frame,
    decode_frame,
    is_readable,
    jpeg_of_frame,
)

WIDTH, HEIGHT = 64, 32
BARS = (
    (255, 255, 255),
    (0, 255, 255),
    (255, 255, 0),
    (0, 255, 0),
    (255, 0, 255),
    (0, 0, 255),
    (255, 0, 0),
    (0, 0, 0),
)
"""White, yellow, cyan, green, magenta, red, blue, black as blue-green-red."""


def colour_bars() -> Picture:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for number, colour in enumerate(BARS):
        picture[:, number * 8 : number * 8 + 8] = colour
    return picture


def luma_and_chroma(picture: Picture) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Y, Cb, Cr of BT.601 in studio range, worked out here and not by the library under test."""
    blue, green, red = (picture[:, :, index].astype(float) for index in range(3))
    luma = 16 + (65.738 * red + 129.057 * green + 25.064 * blue) / 256
    cb = 128 + (-37.945 * red - 74.494 * green + 112.439 * blue) / 256
    cr = 128 + (112.439 * red - 94.154 * green - 18.285 * blue) / 256
    return tuple(np.rint(plane).clip(0, 255).astype(np.uint8) for plane in (luma, cb, cr))  # type: ignore[return-value]


def frame_of(picture: Picture, fourcc: str) -> bytes:
    luma, cb, cr = luma_and_chroma(picture)
    half_cb, half_cr = cb[::2, ::2], cr[::2, ::2]
    if fourcc in COMPRESSED:
        return encode_jpeg(picture, 100)
    if fourcc in {"YUYV", "YVYU", "UYVY"}:
        packed = np.empty((HEIGHT, WIDTH // 2, 4), np.uint8)
        first, second = (cr, cb) if fourcc == "YVYU" else (cb, cr)
        planes = [luma[:, ::2], first[:, ::2], luma[:, 1::2], second[:, ::2]]
        order = (1, 0, 3, 2) if fourcc == "UYVY" else (0, 1, 2, 3)
        for place, plane in zip(order, range(4), strict=True):
            packed[:, :, place] = planes[plane]
        return packed.tobytes()
    if fourcc in {"NV12", "NV21"}:
        pair = (half_cb, half_cr) if fourcc == "NV12" else (half_cr, half_cb)
        return luma.tobytes() + np.stack(pair, axis=2).tobytes()
    if fourcc in {"YU12", "YV12"}:
        pair = (half_cb, half_cr) if fourcc == "YU12" else (half_cr, half_cb)
        return luma.tobytes() + pair[0].tobytes() + pair[1].tobytes()
    if fourcc == "BGR3":
        return picture.tobytes()
    if fourcc == "RGB3":
        return np.ascontiguousarray(picture[:, :, ::-1]).tobytes()
    assert fourcc == "GREY"
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).tobytes()


@pytest.mark.parametrize("fourcc", PREFERENCE)
def test_colour_bars_come_out_of_every_format(fourcc: str) -> None:
    bars = colour_bars()
    decoded = decode_frame(frame_of(bars, fourcc), FrameLayout(fourcc, WIDTH, HEIGHT))
    assert decoded.shape == (HEIGHT, WIDTH, 3)
    if fourcc == "GREY":
        bars = cv2.cvtColor(cv2.cvtColor(bars, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR).astype(np.uint8)
    # The middle of each bar: chroma of neighbours runs into its edges.
    middle = decoded[HEIGHT // 2, 4::8].astype(int)
    allowed = 12 if fourcc in COMPRESSED else 4
    assert abs(middle - bars[HEIGHT // 2, 4::8].astype(int)).max() <= allowed


def padded(frame: bytes, line: int, stride: int) -> bytes:
    rows = np.frombuffer(frame, np.uint8).reshape(-1, line)
    return np.pad(rows, ((0, 0), (0, stride - line)), constant_values=213).tobytes()


@pytest.mark.parametrize(
    ("fourcc", "line"), [("YUYV", 128), ("UYVY", 128), ("NV12", 64), ("BGR3", 192), ("GREY", 64)]
)
def test_padding_of_lines_is_left_out(fourcc: str, line: int) -> None:
    frame = frame_of(colour_bars(), fourcc)
    plain = decode_frame(frame, FrameLayout(fourcc, WIDTH, HEIGHT))
    stride = line + 32
    wide = padded(frame, line, stride)
    layout = FrameLayout(fourcc, WIDTH, HEIGHT, stride)
    assert np.array_equal(decode_frame(wide, layout), plain)
    # Drivers often leave out the padding of the last line.
    assert np.array_equal(decode_frame(wide[:-32], layout), plain)


@pytest.mark.parametrize("fourcc", ["YU12", "YV12"])
def test_padding_of_three_planes_is_left_out(fourcc: str) -> None:
    frame = frame_of(colour_bars(), fourcc)
    luma, chroma = frame[: WIDTH * HEIGHT], frame[WIDTH * HEIGHT :]
    wide = padded(luma, WIDTH, WIDTH + 32) + padded(chroma, WIDTH // 2, WIDTH // 2 + 16)
    plain = decode_frame(frame, FrameLayout(fourcc, WIDTH, HEIGHT))
    assert np.array_equal(decode_frame(wide, FrameLayout(fourcc, WIDTH, HEIGHT, WIDTH + 32)), plain)


@pytest.mark.parametrize("fourcc", PREFERENCE)
def test_a_short_frame_is_broken_and_not_a_crash(fourcc: str) -> None:
    frame = frame_of(colour_bars(), fourcc)
    layout = FrameLayout(fourcc, WIDTH, HEIGHT)
    for part in (b"", frame[:1], frame[: len(frame) // 2], frame[:-1]):
        with pytest.raises(BrokenFrame):
            check_frame(part, layout)
        with pytest.raises(BrokenFrame):
            decode_frame(part, layout)


def test_bytes_behind_a_frame_do_no_harm() -> None:
    for fourcc in PREFERENCE:
        frame, layout = frame_of(colour_bars(), fourcc), FrameLayout(fourcc, WIDTH, HEIGHT)
        assert np.array_equal(decode_frame(frame + b"\0" * 999, layout), decode_frame(frame, layout))


def test_the_size_of_a_jpeg_frame_is_what_it_says_and_not_what_the_driver_says() -> None:
    frame = encode_jpeg(colour_bars())
    lying = FrameLayout("MJPG", 2592, 1944)
    assert check_frame(frame, lying) == (WIDTH, HEIGHT)
    assert decode_frame(frame, lying).shape == (HEIGHT, WIDTH, 3)


def test_a_jpeg_frame_stays_as_it_is_without_its_padding() -> None:
    frame = encode_jpeg(colour_bars())
    assert jpeg_of_frame(frame + b"\0" * 4096, FrameLayout("MJPG", WIDTH, HEIGHT)) == frame
    assert jpeg_of_frame(frame_of(colour_bars(), "YUYV"), FrameLayout("YUYV", WIDTH, HEIGHT)) is None


def without_huffman_tables(jpeg: bytes) -> bytes:
    """As motion-JPEG cameras send it: the standard tables are left out."""
    while (at := jpeg.find(b"\xff\xc4")) >= 0:
        jpeg = jpeg[:at] + jpeg[at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big") :]
    return jpeg


def test_a_frame_without_huffman_tables_is_decoded_and_encoded_anew() -> None:
    done, encoded = cv2.imencode(
        ".jpg", colour_bars(), [cv2.IMWRITE_JPEG_QUALITY, 100, cv2.IMWRITE_JPEG_OPTIMIZE, 0]
    )
    assert done
    bare = without_huffman_tables(encoded.tobytes())
    layout = FrameLayout("MJPG", WIDTH, HEIGHT)
    assert np.array_equal(decode_frame(bare, layout), decode_frame(encoded.tobytes(), layout))
    assert jpeg_of_frame(bare, layout) is None


def test_a_png_in_a_jpeg_stream_and_an_unknown_format_are_broken() -> None:
    done, png = cv2.imencode(".png", colour_bars())
    assert done
    with pytest.raises(BrokenFrame):
        check_frame(png.tobytes(), FrameLayout("MJPG", WIDTH, HEIGHT))
    with pytest.raises(BrokenFrame):
        check_frame(b"\0" * 9999, FrameLayout("H264", WIDTH, HEIGHT))
    assert not is_readable("H264")


@settings(max_examples=200, deadline=None)
@given(
    fourcc=st.sampled_from(PREFERENCE),
    width=st.integers(0, 50),
    height=st.integers(0, 50),
    stride=st.integers(0, 300),
    length=st.integers(0, 20_000),
)
def test_any_layout_with_any_bytes_is_a_picture_or_broken(
    fourcc: str, width: int, height: int, stride: int, length: int
) -> None:
    data = bytes(range(256)) * (length // 256 + 1)
    layout = FrameLayout(fourcc, width, height, stride)
    try:
        picture = decode_frame(data[:length], layout)
    except BrokenFrame:
        return
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8
