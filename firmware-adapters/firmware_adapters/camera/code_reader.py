"""The running code reader: looks for codes in the feed's frames and tells each one once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firmware_adapters.adapter import Event, Report
from firmware_adapters.camera.codes import RecentCodes, ScannedCode, read_codes
from firmware_adapters.camera.feed import FrameFeed
from firmware_adapters.camera.options import CameraOptions
from firmware_adapters.camera.pixel_formats import BrokenFrame, decode_frame
from firmware_adapters.camera.v4l2 import RawFrame
from firmware_adapters.scanner.scan import RawScan, judge

LONG_WAIT_S = 60.0


class CodeReader:
    """Reads codes from the running picture until cancelled."""

    def __init__(
        self,
        feed: FrameFeed,
        options: CameraOptions,
        *,
        report: Callable[[Report], None],
        clock: Callable[[], float],
    ) -> None:
        self._feed = feed
        self._options = options
        self._report = report
        self._clock = clock
        self._recent = RecentCodes(options.code_quiet_s)
        self._looked = 0
        self.refused = 0
        """Codes whose text cannot be right: control characters, no text at all."""

    async def run(self) -> None:
        """Look at the newest frame again and again, at most `codes_per_s` times a second."""
        number = 0
        while True:
            begun = self._clock()
            numbered = await self._feed.newer_than(number, LONG_WAIT_S, self._options.stops_after_s)
            if numbered is None:
                continue
            number = numbered.number
            try:
                codes = await asyncio.to_thread(self._read, numbered.frame)
            except BrokenFrame:
                continue
            self._tell(codes)
            rest = begun + 1.0 / self._options.codes_per_s - self._clock()
            if rest > 0:
                await asyncio.sleep(rest)

    def _read(self, frame: RawFrame) -> list[ScannedCode]:
        picture = decode_frame(frame.data, frame.layout)
        self._looked += 1
        return read_codes(picture, self._options.symbologies, view=self._looked)

    def _tell(self, codes: list[ScannedCode]) -> None:
        for code in codes:
            if not self._recent.is_new(code, self._clock()):
                continue
            # The same judgement as a hand scanner's text: what one refuses the other must not let in.
            scan = judge(RawScan(code.text, "terminator"))
            if scan.fault is not None:
                self.refused += 1
                continue
            self._report(
                Event(
                    "code.scanned",
                    {"text": scan.text, "symbology": code.symbology, "source": "camera"},
                )
            )
