"""Pictures from outside are read within bounds, and broken ones refused by one error."""

from __future__ import annotations

import io
import struct
import time
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from firmware_adapters.camera.pictures import (
    MOST_SCANS,
    BrokenPicture,
    Picture,
    decode_picture,
    decode_reduced,
    encode_jpeg,
    read_header,
    shrink,
)
from firmware_adapters.simulators.camera_pictures import Scene, draw_scene


def drawn(width: int = 320, height: int = 240) -> Picture:
    return draw_scene(Scene(person=True), width, height)


def png_of(picture: Picture) -> bytes:
    done, data = cv2.imencode(".png", picture)
    assert done
    return data.tobytes()


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_claiming(width: int, height: int, pixels: bytes = b"") -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + png_chunk(b"IDAT", zlib.compress(pixels))
        + png_chunk(b"IEND", b"")
    )


def jpeg_claiming(data: bytes, width: int, height: int) -> bytes:
    """The same JPEG with another size in its frame header."""
    at = data.index(b"\xff\xc0")
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def test_a_jpeg_and_a_png_decode_to_what_was_drawn() -> None:
    picture = drawn()
    assert np.array_equal(decode_picture(png_of(picture)), picture)
    near = decode_picture(encode_jpeg(picture, 95)).astype(int) - picture.astype(int)
    assert abs(near).mean() < 3


def test_the_header_tells_kind_size_and_where_the_picture_ends() -> None:
    jpeg = encode_jpeg(drawn(322, 218))
    header = read_header(jpeg + b"\0" * 700)
    assert (header.media_type, header.width, header.height, header.end) == ("image/jpeg", 322, 218, len(jpeg))
    png = png_of(drawn(50, 40))
    assert (read_header(png).media_type, read_header(png).width, read_header(png).height) == (
        "image/png",
        50,
        40,
    )


def test_grey_and_transparent_pictures_become_three_colours() -> None:
    grey = np.full((20, 30), 77, np.uint8)
    assert decode_picture(png_of(grey)).shape == (20, 30, 3)
    clear = np.zeros((20, 30, 4), np.uint8)
    clear[:, :, 2] = 200
    assert decode_picture(png_of(clear))[0, 0].tolist() == [0, 0, 200]


def test_a_portrait_stored_lying_down_is_turned_upright() -> None:
    lying = Image.fromarray(np.ascontiguousarray(drawn(300, 200)[:, :, ::-1]))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn 90 degrees clockwise
    stored = io.BytesIO()
    lying.save(stored, "JPEG", exif=exif)
    assert decode_picture(stored.getvalue()).shape == (300, 200, 3)
    assert decode_picture(stored.getvalue(), upright=False).shape == (200, 300, 3)


@pytest.mark.parametrize(
    "bomb",
    [
        png_claiming(60_000, 60_000),
        png_claiming(2**31 - 1, 2**31 - 1),
        jpeg_claiming(encode_jpeg(drawn()), 65_535, 65_535),
    ],
)
def test_a_bomb_is_refused_by_its_header_before_any_pixel(bomb: bytes) -> None:
    with pytest.raises(BrokenPicture, match="at most"):
        decode_picture(bomb)
    with pytest.raises(BrokenPicture, match="at most"):
        decode_reduced(bomb, 640)


def test_more_bytes_or_pixels_than_allowed_are_refused() -> None:
    jpeg = encode_jpeg(drawn())
    with pytest.raises(BrokenPicture, match="bytes, at most"):
        decode_picture(jpeg, max_bytes=len(jpeg) - 1)
    with pytest.raises(BrokenPicture, match="320x240 pixels"):
        decode_picture(jpeg, max_pixels=320 * 240 - 1)
    assert decode_picture(jpeg, max_pixels=320 * 240, max_bytes=len(jpeg)).shape == (240, 320, 3)


def test_thousands_of_empty_scans_are_refused() -> None:
    stored = io.BytesIO()
    Image.fromarray(drawn()).save(stored, "JPEG", progressive=True)
    jpeg = stored.getvalue()
    assert decode_picture(jpeg).shape == (240, 320, 3)
    scan = jpeg.rindex(b"\xff\xda")
    last_scan = jpeg[scan:-2]
    with pytest.raises(BrokenPicture, match="scans"):
        decode_picture(jpeg[:-2] + last_scan * (MOST_SCANS + 1) + b"\xff\xd9")


@pytest.mark.parametrize("filling", [b"\xff\x00", b"\xff\xff", b"\xff\xe0\x00\x02", b"\x00", b"\xff\xd0"])
def test_megabytes_of_filling_are_walked_over_quickly(filling: bytes) -> None:
    jpeg = encode_jpeg(drawn())
    stuffed = jpeg[:-2] + filling * (8_000_000 // len(filling))
    begun = time.perf_counter()
    with pytest.raises(BrokenPicture):
        decode_picture(stuffed)
    # Each takes some milliseconds; a walk in steps of two bytes took seconds.
    assert time.perf_counter() - begun < 2


def test_every_cut_jpeg_and_png_is_refused() -> None:
    for whole in (encode_jpeg(drawn(64, 48)), png_of(drawn(64, 48))):
        for length in range(0, len(whole), 7):
            with pytest.raises(BrokenPicture):
                decode_picture(whole[:length])


def test_two_frames_run_into_one_are_refused() -> None:
    jpeg = encode_jpeg(drawn())
    with pytest.raises(BrokenPicture, match="anew"):
        decode_picture(jpeg[: len(jpeg) // 2] + jpeg)


def test_other_kinds_and_nothing_at_all_are_refused() -> None:
    done, bitmap = cv2.imencode(".bmp", drawn(16, 16))
    assert done
    for data in (b"", b"\xff", b"\xff\xd8", b"GIF89a" + b"\0" * 50, bitmap.tobytes(), b"%PDF-1.7"):
        with pytest.raises(BrokenPicture):
            decode_picture(data)


def test_a_damaged_png_checksum_is_refused() -> None:
    png = bytearray(png_of(drawn()))
    png[len(png) // 2] ^= 1
    with pytest.raises(BrokenPicture, match="decoded"):
        decode_picture(bytes(png))


_JPEG, _PNG = encode_jpeg(drawn(48, 32)), png_of(drawn(48, 32))


@settings(max_examples=300, deadline=None)
@given(
    whole=st.sampled_from([_JPEG, _PNG]),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=8),
    cut=st.none() | st.integers(0, 5000),
    behind=st.binary(max_size=30),
)
def test_a_mutated_picture_is_a_bounded_array_or_one_error(
    whole: bytes, changes: list[tuple[int, int]], cut: int | None, behind: bytes
) -> None:
    data = bytearray(whole[:cut])
    for place, value in changes:
        if data:
            data[place % len(data)] = value
    try:
        picture = decode_picture(bytes(data) + behind, max_pixels=2_000_000)
    except BrokenPicture:
        return
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    assert picture.shape[0] * picture.shape[1] <= 2_000_000


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n"]))
def test_noise_behind_a_beginning_is_refused(noise: bytes, beginning: bytes) -> None:
    with pytest.raises(BrokenPicture):
        decode_picture(beginning + noise)


def test_reduced_decoding_keeps_the_asked_width_and_the_proportions() -> None:
    jpeg = encode_jpeg(drawn(2592, 1944))
    assert decode_reduced(jpeg, 640).shape == (486, 648, 3)
    assert decode_reduced(jpeg, 1300).shape == (1944, 2592, 3)
    assert decode_reduced(jpeg, 100).shape == (243, 324, 3)
    assert shrink(decode_reduced(jpeg, 640), 640).shape == (480, 640, 3)


def test_shrinking_never_enlarges() -> None:
    small = drawn(100, 60)
    assert shrink(small, 640) is small
    assert shrink(drawn(1000, 3), 10).shape == (1, 10, 3)
