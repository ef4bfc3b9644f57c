"""Checking the line between site and centre: the centre's time, and how much goes through."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from central_sync.protocol.items import Words

LINE_BYTES = 64 * 1024 * 1024
"""Bytes that go through one way in a check, at most."""
LINE_TYPE = "application/octet-stream"


class LineAnswer(Words):
    """What the centre says of itself and of who asks."""

    now: AwareDatetime
    """By the centre's clock."""
    seen_from: str
    """Address that the site's request came from."""


class LineTaken(Words):
    """How much of an upload the centre took and threw away."""

    bytes: Annotated[int, Field(ge=0)]
