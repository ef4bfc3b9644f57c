"""Codes in a camera's picture: admission tickets and certificates on paper and on the screens of phones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from firmware_adapters.camera.pictures import Picture

Grey = NDArray[np.uint8]
Symbology = Literal[
    "qr_code", "micro_qr_code", "data_matrix", "code_128", "code_39", "ean_13", "pdf417", "aztec"
]

_FORMATS: dict[Symbology, tuple[zxingcpp.BarcodeFormat, ...]] = {
    "qr_code": (zxingcpp.BarcodeFormat.QRCode,),
    "micro_qr_code": (zxingcpp.BarcodeFormat.MicroQRCode,),
    "data_matrix": (zxingcpp.BarcodeFormat.DataMatrix,),
    "code_128": (zxingcpp.BarcodeFormat.Code128,),
    "code_39": (zxingcpp.BarcodeFormat.Code39,),
    "ean_13": (zxingcpp.BarcodeFormat.EAN13,),
    "pdf417": (zxingcpp.BarcodeFormat.PDF417,),
    "aztec": (zxingcpp.BarcodeFormat.Aztec,),
}
_NAMES: dict[zxingcpp.BarcodeFormat, Symbology] = {
    each: name for name, formats in _FORMATS.items() for each in formats
}
Corners = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
USUAL: tuple[Symbology, ...] = ("qr_code", "data_matrix", "code_128")


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """One code found in a picture."""

    text: str
    symbology: Symbology
    corners: Corners
    """In pixels of the picture, clockwise from the code's own top left."""


@dataclass(frozen=True, slots=True)
class _View:
    """The picture looked at in another way, and how its points lie in the picture (2 x 3 affine matrix)."""

    grey: Grey
    back: NDArray[np.float64]


def _scaled(grey: Grey, factor: float = 1.0) -> _View:
    return _View(grey, np.array([[1 / factor, 0, 0], [0, 1 / factor, 0]], np.float64))


def _smoothed(grey: Grey) -> _View:
    """The grid of a phone's pixels against the camera's (moire), and noise in dim light."""
    return _scaled(_bytes(cv2.GaussianBlur(grey, (0, 0), 1.5)))


def _stretched(grey: Grey) -> _View:
    """A dimmed screen, or a screen much brighter than the room: two greys close to each other."""
    calm = cv2.GaussianBlur(grey, (0, 0), 2.2)
    dark, bright = np.percentile(calm, (2, 98))
    spread = (calm.astype(np.float32) - dark) * (255.0 / max(1.0, float(bright - dark)))
    return _scaled(_bytes(spread.clip(0, 255).astype(np.uint8)))


def _doubled(grey: Grey) -> _View:
    """Modules of two pixels or less, or slightly out of focus."""
    if grey.size > 2_500_000:
        return _evened(grey)
    return _scaled(_bytes(cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)), 2.0)


def _evened(grey: Grey) -> _View:
    """Light that falls on one side only."""
    return _scaled(_bytes(cv2.createCLAHE(4, (8, 8)).apply(grey)))


def _halved(grey: Grey) -> _View:
    """A code that fills the picture, with coarse moire."""
    if min(grey.shape) < 32:
        return _scaled(grey)
    return _scaled(_bytes(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)), 0.5)


def _slanted(degrees: float) -> Callable[[Grey], _View]:
    """Bars that lie askew: they are looked for along rows and columns only."""

    def slant(grey: Grey) -> _View:
        rows, columns = grey.shape
        matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1)
        middle = int(np.median(grey))
        turned = cv2.warpAffine(grey, matrix, (columns, rows), borderValue=(middle,))
        return _View(_bytes(turned), np.asarray(cv2.invertAffineTransform(matrix), np.float64))

    return slant


_VIEWS: tuple[Callable[[Grey], _View], ...] = (_smoothed, _stretched, _doubled, _halved, _evened)
_VIEWS_OF_BARS = (_slanted(30), _slanted(60))
"""Ways to look at a picture whose code was not found as it is."""
_BARS: frozenset[Symbology] = frozenset({"code_128", "code_39", "ean_13"})
VIEWS = len(_VIEWS) + len(_VIEWS_OF_BARS)
"""Pictures after which a running reader has tried every view."""


def read_codes(
    picture: Picture, symbologies: tuple[Symbology, ...] = USUAL, *, view: int | None = None
) -> list[ScannedCode]:
    """Return the codes in a picture, each once, inverted, rotated and mirrored ones too.

    The picture is first looked at as it is; when nothing is found, in other views: all of them one after
    the other, or only the one of number `view` (counted round), so that a running reader spends its time
    over several frames. Text in QR codes may be UTF-8, GB 18030 or what the code declares.
    """
    grey = _bytes(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    formats = zxingcpp.BarcodeFormats([each for name in symbologies for each in _FORMATS[name]])
    found = _read(_scaled(grey), formats)
    views = (*_VIEWS, *_VIEWS_OF_BARS) if _BARS.intersection(symbologies) else _VIEWS
    for change in views if view is None else (views[view % len(views)],):
        if found:
            break
        found = _read(change(grey), formats)
    return found


def _read(view: _View, formats: zxingcpp.BarcodeFormats) -> list[ScannedCode]:
    codes: dict[tuple[str, str], ScannedCode] = {}
    for barcode in zxingcpp.read_barcodes(view.grey, formats=formats, text_mode=zxingcpp.TextMode.Plain):
        name = _NAMES.get(barcode.symbology) or _NAMES.get(barcode.format)
        if name is None or not barcode.valid or not barcode.text:
            continue
        at = barcode.position
        points = np.array(
            [[p.x, p.y, 1] for p in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)], np.float64
        )
        corners = tuple((round(float(x)), round(float(y))) for x, y in points @ view.back.T)
        codes.setdefault((barcode.text, name), ScannedCode(barcode.text, name, cast("Corners", corners)))
    return list(codes.values())


def _bytes(array: NDArray[np.generic]) -> Grey:
    return np.ascontiguousarray(array, np.uint8)


class RecentCodes:
    """Suppresses a code that stays in view: it counts again only after it was away for `quiet_s` seconds."""

    LIMIT = 256

    def __init__(self, quiet_s: float) -> None:
        self._quiet_s = quiet_s
        self._seen: dict[tuple[str, str], float] = {}

    def is_new(self, code: ScannedCode, now: float) -> bool:
        """Whether this sight of a code is to be told. `now` in seconds of any steady clock."""
        key = (code.text, code.symbology)
        last = self._seen.pop(key, None)
        self._seen[key] = now  # newest last
        while len(self._seen) > self.LIMIT:
            del self._seen[next(iter(self._seen))]
        return last is None or now - last >= self._quiet_s
