"""Days and moments as callers write them: ISO 8601 text (RFC 3339), never a count of seconds.

Pydantic takes numbers, and text that looks like one, for seconds since 1970; no interface of ours says so.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    _DAY.pattern + r"[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _day(value: object) -> date:
    """Raises ValueError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    raise ValueError("a day is written 2026-11-24")


def _moment(value: object) -> datetime:
    """Raises ValueError."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return datetime.fromisoformat(value.upper())
    raise ValueError("a moment is written 2026-11-24T09:00:00+08:00")


AskedDay = Annotated[date, BeforeValidator(_day)]
"""A day in a request: 2026-11-24."""

AskedMoment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A moment with its offset in a request: 2026-11-24T09:00:00+08:00."""
