"""Parameters of the camera's actions, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from firmware_adapters.adapter import ActionRefused, Json
from firmware_adapters.camera import reasons
from firmware_adapters.camera.modes import parse_size

P = TypeVar("P", bound=BaseModel)


class StillParameters(BaseModel):
    """Of `still`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    size: str = ""
    """`1280x720`; empty takes the option's or the largest."""
    quality: Annotated[int, Field(ge=30, le=100)] | None = None
    """Of a photo that is not the camera's own JPEG."""

    @field_validator("size")
    @classmethod
    def _is_a_size(cls, value: str) -> str:
        if value:
            parse_size(value)
        return value


class LiveParameters(BaseModel):
    """Of `live`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    width: Annotated[int, Field(ge=160, le=1920)] | None = None
    """Pixels; None takes the option's."""
    after: Annotated[int, Field(ge=0)] = 0
    """Number of the frame shown last: wait for a newer one."""


class NoParameters(BaseModel):
    """Of `self_test`."""

    model_config = ConfigDict(extra="forbid", strict=True)


def checked(model: type[P], given: Mapping[str, Json]) -> P:
    """Return the parameters. Raises ActionRefused that names what is wrong."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()[:5]
        )
        raise ActionRefused(reasons.BAD_PARAMETER, wrong) from None
