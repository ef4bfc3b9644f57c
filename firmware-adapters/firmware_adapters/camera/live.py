"""The live picture: the newest frame as a small JPEG, made anew at most some times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from firmware_adapters.adapter import ActionRefused
from firmware_adapters.camera import reasons
from firmware_adapters.camera.feed import FrameFeed, NumberedFrame
from firmware_adapters.camera.options import CameraOptions
from firmware_adapters.camera.pictures import encode_jpeg, shrink
from firmware_adapters.camera.pixel_formats import BrokenFrame, decode_frame
from firmware_adapters.camera.still import turned

BROKEN_IN_A_ROW = 5


@dataclass(frozen=True, slots=True)
class LivePicture:
    """One small picture."""

    jpeg: bytes
    width: int
    height: int
    number: int
    """Of the frame; give it back as `after` to wait for a newer one."""
    at: float
    """When the frame came, by the clock of the feed."""


class LiveView:
    """Makes live pictures of the feed's frames; those who ask at the same time share one."""

    def __init__(self, feed: FrameFeed, options: CameraOptions, clock: Callable[[], float]) -> None:
        self._feed = feed
        self._options = options
        self._clock = clock
        self._lock = asyncio.Lock()
        self._made: dict[int, tuple[float, LivePicture]] = {}
        """By width: when it was made, and the picture."""

    async def picture(self, width: int, after: int) -> LivePicture:
        """Return the newest picture `width` wide of a frame later than number `after`.

        Starts the running picture when it is off. Raises ActionRefused when no frame comes.
        """
        self._feed.want()
        patience = self._options.starts_within_s + self._options.stops_after_s
        deadline = self._clock() + patience
        async with self._lock:
            made_at, last = self._made.get(width, (float("-inf"), None))
            wait_s = made_at + 1.0 / self._options.live_rate - self._clock()
            if last is not None and wait_s > 0:
                if last.number > after:
                    return last
                await asyncio.sleep(wait_s)
            for _ in range(BROKEN_IN_A_ROW):
                numbered = await self._feed.newer_than(
                    after, max(0.0, deadline - self._clock()), self._options.stops_after_s
                )
                if numbered is None:
                    break
                try:
                    picture = await asyncio.to_thread(self._make, numbered, width)
                except BrokenFrame:
                    after = numbered.number
                    continue
                self._made = {width: (self._clock(), picture)}
                return picture
        reason = self._feed.trouble or reasons.FRAMES_STOPPED
        raise ActionRefused(reason, f"no picture within {patience:g} s")

    def _make(self, numbered: NumberedFrame, width: int) -> LivePicture:
        frame = numbered.frame
        sideways = self._options.rotate in {90, 270}
        reduced_to = 0 if sideways else width
        picture = turned(decode_frame(frame.data, frame.layout, reduced_to=reduced_to), self._options.rotate)
        picture = shrink(picture, width)
        jpeg = encode_jpeg(picture, self._options.live_quality)
        return LivePicture(jpeg, picture.shape[1], picture.shape[0], numbered.number, frame.at)
