"""Registration photos of the sample candidates: drawn busts, nobody's face."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from central_sync.samples.candidates import SampleCandidate
from central_sync.samples.draws import Draws

WIDTH, HEIGHT = 240, 320
"""Pixels; the proportions of a registration photo."""
_BACKGROUNDS = ("#ffffff", "#dcebfa", "#cfe3f5")
_SKINS = ("#f2cfae", "#e8bd95", "#d9a87c", "#f6d9bf")
_HAIRS = ("#1d1a18", "#2b2420", "#3a2f28", "#4a4a4a")
_CLOTHES = ("#27446b", "#4a4f57", "#6b2f3a", "#2f5d50", "#394b8a")


def sample_portrait(candidate: SampleCandidate) -> bytes:
    """Return the photo of a sample candidate as JPEG, always the same for the same one."""
    draws = Draws("portrait", candidate.id_number)
    picture = Image.new("RGB", (WIDTH, HEIGHT), draws.one_of(_BACKGROUNDS))
    pen = ImageDraw.Draw(picture)
    skin, hair, clothes = draws.one_of(_SKINS), draws.one_of(_HAIRS), draws.one_of(_CLOTHES)
    middle = WIDTH // 2
    face = 52 + draws.below(10)
    if candidate.sex == "F":
        pen.rounded_rectangle((middle - face - 14, 70, middle + face + 14, 250), 60, fill=hair)
    pen.ellipse((10, 236, WIDTH - 10, 460), fill=clothes)
    pen.rectangle((middle - 22, 200, middle + 22, 250), fill=skin)
    pen.polygon((middle - 34, 240, middle, 282, middle + 34, 240), fill="#ffffff")
    pen.ellipse((middle - face, 78, middle + face, 226), fill=skin)
    pen.pieslice((middle - face - 4, 58, middle + face + 4, 190), 180, 360, fill=hair)
    pen.ellipse((middle - face + 6, 104, middle + face - 6, 200), fill=skin)
    for eye in (-22, 22):
        pen.ellipse((middle + eye - 5, 142, middle + eye + 5, 152), fill="#222222")
        pen.line((middle + eye - 11, 132, middle + eye + 11, 130), fill=hair, width=4)
    if draws.below(3) == 0:
        for eye in (-22, 22):
            pen.rounded_rectangle(
                (middle + eye - 16, 136, middle + eye + 16, 159), 6, outline="#333333", width=2
            )
        pen.line((middle - 6, 146, middle + 6, 146), fill="#333333", width=2)
    pen.line((middle, 152, middle - 4, 174, middle + 3, 174), fill="#a9774f", width=2)
    pen.arc((middle - 18, 176, middle + 18, 202), 20, 160, fill="#a0433f", width=3)
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=85)
    return data.getvalue()
