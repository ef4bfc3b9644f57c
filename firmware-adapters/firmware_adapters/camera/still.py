"""Stills at full size: let the exposure settle, take a whole frame, believe the picture and no claim."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from firmware_adapters.adapter import DeviceFault
from firmware_adapters.camera import reasons
from firmware_adapters.camera.exposure import Exposure, has_settled, measure_exposure
from firmware_adapters.camera.modes import CaptureMode
from firmware_adapters.camera.pictures import Picture, encode_jpeg
from firmware_adapters.camera.pixel_formats import (
    BrokenFrame,
    check_frame,
    decode_frame,
    jpeg_of_frame,
)
from firmware_adapters.camera.v4l2 import RawFrame, V4l2Node
from firmware_adapters.camera.worker import JobStopped

MODES_TRIED = 3
EXPOSURE_WIDTH = 320

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, slots=True)
class Settling:
    """How long to let the camera find its exposure, and how long to wait for frames at all."""

    frames: int
    longest_s: float
    first_frame_s: float
    quality: int
    rotate: int


@dataclass(frozen=True, slots=True)
class Still:
    """A photo as it was taken."""

    jpeg: bytes
    width: int
    height: int
    mode: CaptureMode
    """What was asked for; its size is the camera's claim."""
    exposure: Exposure
    frames: int
    """Whole frames seen, the photo included."""
    broken_frames: int
    own_jpeg: bool
    """The camera's own JPEG, not encoded anew."""

    @property
    def as_claimed(self) -> bool:
        """Whether the picture has the size that the camera claims, turned or not."""
        return sorted((self.width, self.height)) == sorted((self.mode.width, self.mode.height))


def take_still(
    node: V4l2Node, modes: Sequence[CaptureMode], settling: Settling, given_up: Callable[[], bool]
) -> Still:
    """Take a photo in the first of `modes` that gives a whole picture; leaves the stream stopped.

    Blocks; `given_up` is asked between frames. Raises DeviceFault, DeviceGone, JobStopped.
    """
    refused: DeviceFault | None = None
    try:
        for number, mode in enumerate(modes[:MODES_TRIED]):
            # The camera is awake after the first mode; somebody waits for the answer.
            patience_s = settling.first_frame_s / (2 if number else 1)
            try:
                node.start(mode)
                return _settled_still(node, mode, settling, patience_s, given_up)
            except DeviceFault as fault:
                if fault.reason.code not in {
                    reasons.IO_ERROR.code,
                    reasons.NO_USABLE_FORMAT.code,
                    reasons.NO_STILL.code,
                    reasons.NO_BANDWIDTH.code,
                }:
                    raise
                refused = refused or fault
    finally:
        node.stop()
    raise refused or DeviceFault(reasons.NO_USABLE_FORMAT, node.node)


def _settled_still(
    node: V4l2Node,
    mode: CaptureMode,
    settling: Settling,
    patience_s: float,
    given_up: Callable[[], bool],
) -> Still:
    seen = broken = 0
    before: Exposure | None = None
    settle_until = 0.0
    deadline = time.monotonic() + patience_s
    while True:
        if given_up():
            raise JobStopped
        if time.monotonic() >= deadline:
            what = f"{seen} whole and {broken} damaged frames" if seen or broken else "no frame"
            raise DeviceFault(reasons.NO_STILL, f"{mode.fourcc} {mode.size}: {what}")
        frame = node.next_frame(0.1)
        if frame is None:
            continue
        try:
            picture = _whole_picture(frame, EXPOSURE_WIDTH)
        except BrokenFrame:
            broken += 1
            continue
        seen += 1
        now = time.monotonic()
        if seen == 1:
            settle_until = now + settling.longest_s
            deadline = settle_until + patience_s
        exposure = measure_exposure(picture)
        settled = seen > settling.frames and (settling.frames == 0 or has_settled(before, exposure))
        before = exposure
        if not settled and now < settle_until:
            continue
        try:
            return finish_still(frame, mode, settling, seen, broken)
        except BrokenFrame:
            broken += 1


def finish_still(frame: RawFrame, mode: CaptureMode, settling: Settling, seen: int, broken: int) -> Still:
    """Return the photo that a frame makes: the camera's own JPEG where it may stay as it is.

    Raises BrokenFrame when the whole of it cannot be decoded.
    """
    picture = decode_frame(frame.data, frame.layout)
    exposure = measure_exposure(picture)
    own = jpeg_of_frame(frame.data, frame.layout) if not settling.rotate else None
    picture = turned(picture, settling.rotate)
    height, width = picture.shape[:2]
    return Still(
        own if own is not None else encode_jpeg(picture, settling.quality),
        width,
        height,
        mode,
        exposure,
        seen,
        broken,
        own is not None,
    )


def turned(picture: Picture, degrees: int) -> Picture:
    """Return the picture turned clockwise by 0, 90, 180 or 270 degrees."""
    if not degrees:
        return picture
    return np.ascontiguousarray(cv2.rotate(picture, _TURNS[degrees]), np.uint8)


def _whole_picture(frame: RawFrame, width: int) -> Picture:
    if frame.flawed:
        raise BrokenFrame("marked as damaged by the driver")
    check_frame(frame.data, frame.layout)
    return decode_frame(frame.data, frame.layout, reduced_to=width)


@dataclass(frozen=True, slots=True)
class MeasuredRate:
    """Frames counted over a while."""

    per_second: float
    whole: int
    broken: int


def measure_rate(
    node: V4l2Node,
    mode: CaptureMode,
    rate: float,
    seconds: float,
    first_frame_s: float,
    given_up: Callable[[], bool],
) -> MeasuredRate:
    """Stream for some seconds from the first whole frame on and count; leaves the stream stopped.

    Blocks. Raises DeviceFault, DeviceGone, JobStopped.
    """
    whole = broken = 0
    first = last = 0.0
    try:
        layout = node.start(mode, rate)
        end = time.monotonic() + first_frame_s
        while (now := time.monotonic()) < end:
            if given_up():
                raise JobStopped
            frame = node.next_frame(min(0.1, max(0.001, end - now)))
            if frame is None:
                continue
            try:
                if frame.flawed:
                    raise BrokenFrame("marked as damaged by the driver")
                check_frame(frame.data, layout)
            except BrokenFrame:
                broken += 1
                continue
            whole += 1
            last = frame.at
            if whole == 1:
                first = last
                end = now + seconds
    finally:
        node.stop()
    return MeasuredRate((whole - 1) / (last - first) if last > first else 0.0, whole, broken)
