"""Pictures for the detector: whatever comes is opened upright and small, or refused with the right reason."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from exam_appliance.faces import reasons
from exam_appliance.faces.models import Reason
from exam_appliance.faces.picture import PictureRefused, opened

BYTES, PIXELS = 16 * 1024 * 1024, 50_000_000


def _drawn(width: int, height: int) -> Image.Image:
    """Return a picture whose four corners differ."""
    picture = Image.new("RGB", (width, height), (40, 40, 40))
    picture.paste((250, 0, 0), (0, 0, width // 2, height // 2))
    picture.paste((0, 250, 0), (width // 2, 0, width, height // 2))
    picture.paste((0, 0, 250), (0, height // 2, width // 2, height))
    return picture


def _file(picture: Image.Image, kind: str = "JPEG", orientation: int | None = None, **more: object) -> bytes:
    made = io.BytesIO()
    if orientation is not None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        more["exif"] = exif
    picture.save(made, kind, **more)
    return made.getvalue()


def _refusal(data: bytes) -> Reason:
    with pytest.raises(PictureRefused) as refused:
        opened(data, BYTES, PIXELS)
    return refused.value.reason


def _claims(width: int, height: int) -> bytes:
    """Return a PNG of a hundred bytes that claims to be so large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(64)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [8_000, 20_000, 60_000, 2**31 - 1])
def test_a_decompression_bomb_is_too_large_before_anything_is_unpacked(side: int) -> None:
    assert _refusal(_claims(side, side)) == reasons.TOO_LARGE


def test_a_picture_of_too_many_bytes_is_too_large() -> None:
    assert _refusal(_file(_drawn(200, 200)) + bytes(BYTES)) == reasons.TOO_LARGE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"%PDF-1.7 ...",
        bytes(1000),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        _file(_drawn(300, 300), "GIF"),
    ],
)
def test_what_is_no_picture_is_refused_as_such(data: bytes) -> None:
    assert _refusal(data) == reasons.NOT_A_PICTURE


def test_a_jpeg_cut_short_is_broken_though_the_thumbnail_in_it_is_whole() -> None:
    exif = Image.Exif()
    exif[0x927C] = _file(_drawn(100, 100))
    whole = _file(_drawn(1600, 1200), exif=exif, quality=95)
    opened(whole, BYTES, PIXELS)

    for share in (0.99, 0.7, 0.4):
        assert _refusal(whole[: int(len(whole) * share)]) == reasons.BROKEN


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP"])
def test_a_file_cut_in_the_middle_is_broken(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8))
    whole = _file(noise, kind)
    assert opened(whole, BYTES, PIXELS).width == 200

    assert _refusal(whole[: len(whole) // 2]) == reasons.BROKEN


def test_a_signature_alone_is_broken() -> None:
    assert _refusal(b"\xff\xd8\xff\xe0" + bytes(50)) == reasons.BROKEN
    assert _refusal(b"\x89PNG\r\n\x1a\n") == reasons.BROKEN


def test_a_picture_with_sides_of_a_few_pixels_is_too_small() -> None:
    assert _refusal(_file(_drawn(30, 400))) == reasons.TOO_SMALL


def test_the_photo_of_an_id_card_is_enlarged_for_the_detector() -> None:
    told = opened(_file(_drawn(102, 126)), BYTES, PIXELS)

    assert (told.width, told.height) == (102, 126)
    assert told.pixels.shape[:2] == (320, 259)
    assert told.scale == pytest.approx(320 / 126)


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (1300, 700), (640, 480), (7000, 800)])
def test_a_large_picture_is_made_small_and_keeps_its_shape(size: tuple[int, int]) -> None:
    told = opened(_file(_drawn(*size)), BYTES, PIXELS)

    assert (told.width, told.height) == size
    assert max(told.pixels.shape[:2]) == 640
    assert told.pixels.shape[1] / told.pixels.shape[0] == pytest.approx(size[0] / size[1], rel=0.02)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(4000, 3000), (400, 300)])
def test_a_picture_is_turned_as_its_exif_says(orientation: int, size: tuple[int, int]) -> None:
    data = _file(_drawn(*size), orientation=orientation)

    told = opened(data, BYTES, PIXELS)

    with Image.open(io.BytesIO(data)) as picture:
        upright = ImageOps.exif_transpose(picture)
        assert (told.width, told.height) == upright.size
        expected = upright.resize((told.pixels.shape[1], told.pixels.shape[0]))
    ours = told.pixels[:, :, ::-1].astype(int)
    assert np.abs(ours - np.asarray(expected).astype(int)).mean() < 6


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB"])
def test_grey_and_printers_jpegs_are_opened_in_three_colours(mode: str) -> None:
    assert opened(_file(_drawn(640, 640).convert(mode)), BYTES, PIXELS).pixels.shape == (640, 640, 3)


@pytest.mark.parametrize("mode", ["RGBA", "P", "LA", "I;16"])
def test_pngs_of_other_kinds_are_opened_in_three_colours(mode: str) -> None:
    picture = _drawn(640, 640)
    made = picture.convert("L").convert(mode) if mode in ("LA", "I;16") else picture.convert(mode)
    assert opened(_file(made, "PNG"), BYTES, PIXELS).pixels.shape == (640, 640, 3)


SEEDS = [
    _file(_drawn(160, 120)),
    _file(_drawn(160, 120), orientation=6),
    _file(_drawn(160, 120), "PNG"),
    _file(_drawn(160, 120), "BMP"),
    _file(_drawn(160, 120), "WEBP"),
]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=12),
    keep=st.floats(0, 1),
    cut=st.booleans(),
)
def test_damaged_pictures_are_opened_or_refused_and_nothing_else(
    seed: bytes, changes: list[tuple[int, int]], keep: float, cut: bool
) -> None:
    data = bytearray(seed)
    for at, value in changes:
        data[at % len(data)] = value
    if cut:
        del data[int(len(data) * keep) :]
    try:
        told = opened(bytes(data), BYTES, PIXELS)
    except PictureRefused as refused:
        assert refused.reason in reasons.REASONS.values()
    else:
        assert told.pixels.shape[2] == 3
        assert max(told.pixels.shape[:2]) <= 640
