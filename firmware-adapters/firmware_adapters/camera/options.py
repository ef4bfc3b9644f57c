"""What a catalogue entry or a technician may set of a camera."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from firmware_adapters.adapter import Options
from firmware_adapters.camera.codes import USUAL, Symbology
from firmware_adapters.camera.modes import parse_size
from firmware_adapters.camera.pixel_formats import is_readable

Seconds = Annotated[float, Field(gt=0, le=120)]
Quality = Annotated[int, Field(ge=30, le=100)]


class CameraOptions(Options):
    """Options of a camera; the defaults suit a UVC camera on a desk."""

    read_codes: bool = False
    """Look for codes in the running picture all the time and tell them as `code.scanned`."""
    symbologies: Annotated[tuple[Symbology, ...], Field(min_length=1)] = USUAL
    codes_per_s: Annotated[float, Field(ge=0.5, le=15)] = 5.0
    """Pictures a second in which codes are looked for."""
    code_quiet_s: Annotated[float, Field(ge=0, le=60)] = 3.0
    """A code is told again only after it was out of view for so long."""

    still_size: str = ""
    """`2592x1944`; empty takes the largest."""
    still_quality: Quality = 92
    """Of stills that are not the camera's own JPEG."""
    settle_frames: Annotated[int, Field(ge=0, le=60)] = 4
    """Frames let go before a still, while exposure and white balance find themselves."""
    settle_s: Annotated[float, Field(ge=0, le=10)] = 1.5
    """At most so long is waited for the brightness to hold still."""
    rotate: Literal[0, 90, 180, 270] = 0
    """Clockwise, for a camera that is mounted on its side or upside down."""

    live_width: Annotated[int, Field(ge=160, le=1920)] = 640
    live_rate: Annotated[float, Field(ge=0.5, le=15)] = 5.0
    """At most so many new live pictures a second."""
    live_quality: Quality = 75
    stream_width: Annotated[int, Field(ge=160, le=3840)] = 1280
    """Width of the running picture: codes of phones need more than the live picture shows."""
    stream_rate: Annotated[float, Field(ge=1, le=60)] = 15.0
    """Frames a second asked of the camera; a wish."""
    pixel_formats: tuple[str, ...] = ()
    """The only formats used, as V4L2 writes them: `MJPG`, `YUYV`; empty allows all."""

    when_idle: Literal["release", "hold"] = "release"
    """While nobody wants frames: leave the camera to other programs, or keep it open."""
    idle_after_s: Annotated[float, Field(ge=0.2, le=600)] = 5.0
    """After the last live picture was asked for."""

    starts_within_s: Seconds = 5.0
    """For the first frame of a stream."""
    stops_after_s: Seconds = 2.0
    """Without a whole frame: the picture has stopped."""
    lost_after_s: Seconds = 10.0
    """Without a whole frame: a person must look."""
    restart_every_s: Seconds = 3.0
    """While the picture is stopped."""
    slowest_rate: Annotated[float, Field(ge=0, le=30)] = 2.0
    """Frames a second below which the picture is called slow; 0 never calls it so."""
    answers_within_s: Annotated[float, Field(ge=0.5, le=60)] = 10.0
    """For one step of the driver; USB cameras take up to 5 s to refuse a request."""

    @field_validator("still_size")
    @classmethod
    def _is_a_size(cls, value: str) -> str:
        if value:
            parse_size(value)
        return value

    @field_validator("pixel_formats")
    @classmethod
    def _are_readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [fourcc for fourcc in value if not is_readable(fourcc)]
        if unknown:
            raise ValueError(f"formats that cannot be read: {', '.join(unknown)}")
        return value

    @model_validator(mode="after")
    def _lost_comes_later(self) -> Self:
        if self.lost_after_s <= self.stops_after_s:
            raise ValueError("lost_after_s must be longer than stops_after_s")
        return self
