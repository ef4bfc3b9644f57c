"""What a camera offers (formats, sizes, rates) and which of it to use for stills and the live picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from firmware_adapters.adapter import Json
from firmware_adapters.camera.pixel_formats import COMPRESSED, PREFERENCE, is_readable

LARGEST_SIDE = 16384
"""Sizes beyond are a lie of the camera; no decoder here would take them."""


@dataclass(frozen=True, slots=True)
class CaptureMode:
    """One way a camera can capture: a pixel format at a size."""

    fourcc: str
    width: int
    height: int
    rates: tuple[float, ...] = ()
    """Frames per second it offers, highest first; empty where it does not say."""

    @property
    def pixels(self) -> int:
        """Pixels of a frame."""
        return self.width * self.height

    @property
    def size(self) -> str:
        """`2592x1944`."""
        return f"{self.width}x{self.height}"

    @property
    def highest_rate(self) -> float:
        """Frames per second at best; 0 where the camera does not say."""
        return max(self.rates, default=0.0)


def usable(modes: Iterable[CaptureMode], fourccs: Sequence[str] = ()) -> list[CaptureMode]:
    """Return the modes that can be decoded and have a possible size, each once, in the camera's order.

    `fourccs`, when given, are the only formats allowed.
    """
    seen: dict[tuple[str, int, int], CaptureMode] = {}
    for mode in modes:
        if not is_readable(mode.fourcc) or (fourccs and mode.fourcc not in fourccs):
            continue
        if not (2 <= mode.width <= LARGEST_SIDE and 2 <= mode.height <= LARGEST_SIDE):
            continue
        seen.setdefault((mode.fourcc, mode.width, mode.height), mode)
    return list(seen.values())


def stills_in_order(modes: Sequence[CaptureMode], size: tuple[int, int] | None = None) -> list[CaptureMode]:
    """Return the modes for a still, best first: of one size when given, else the largest first.

    Grey comes last whatever its size: a registration or check photo has colour. Of one size the formats
    follow PREFERENCE: a compressed one, since 5 megapixels of YUYV fill a USB 2 line at two frames a second.
    """
    wanted = [mode for mode in modes if size is None or (mode.width, mode.height) == size]
    return sorted(
        wanted, key=lambda mode: (mode.fourcc == "GREY", -mode.pixels, PREFERENCE.index(mode.fourcc))
    )


def live_in_order(modes: Sequence[CaptureMode], width: int, rate: float) -> list[CaptureMode]:
    """Return the modes for a running picture at least `width` wide and `rate` frames a second, best first.

    The smallest that is wide enough comes first, since each frame costs bandwidth and time; then larger
    ones; then narrower ones, the widest first. A mode that says it is slower than `rate` comes behind all
    that are fast enough, grey behind colour.
    """

    def rank(mode: CaptureMode) -> tuple[bool, bool, bool, int, int]:
        too_slow = bool(mode.rates) and mode.highest_rate < rate
        too_narrow = mode.width < width
        return (
            mode.fourcc == "GREY",
            too_slow,
            too_narrow,
            -mode.pixels if too_narrow else mode.pixels,
            PREFERENCE.index(mode.fourcc),
        )

    return sorted(modes, key=rank)


def parse_size(text: str) -> tuple[int, int]:
    """Return width and height of `2592x1944`. Raises ValueError."""
    width, cross, height = text.lower().replace("×", "x").partition("x")
    if not cross or not (width.strip().isdecimal() and height.strip().isdecimal()):
        raise ValueError(f"a size is written 2592x1944, not {text!r}")
    if len(text) > 20:
        raise ValueError("a size of more than 20 characters")
    return int(width), int(height)


def megapixels(width: int, height: int) -> float:
    """Return millions of pixels, to two places."""
    return round(width * height / 1_000_000, 2)


def facts_of(modes: Sequence[CaptureMode]) -> dict[str, Json]:
    """Return the facts that the console and readiness show of what a camera offers.

    `formats`: [{format, compressed, readable, sizes: [{size, width, height, rates}]}]; `best_still`:
    `2592x1944`; `megapixels`: of that size. Both are what the camera claims until a still has been taken.
    """
    formats: dict[str, list[Json]] = {}
    for mode in modes:
        formats.setdefault(mode.fourcc, []).append(
            {
                "size": mode.size,
                "width": mode.width,
                "height": mode.height,
                "rates": [round(rate, 2) for rate in mode.rates],
            }
        )
    best = next(iter(stills_in_order(usable(modes))), None)
    return {
        "formats": [
            {
                "format": fourcc,
                "compressed": fourcc in COMPRESSED,
                "readable": is_readable(fourcc),
                "sizes": sizes,
            }
            for fourcc, sizes in formats.items()
        ],
        "best_still": best.size if best else "",
        "megapixels": megapixels(best.width, best.height) if best else 0.0,
    }
