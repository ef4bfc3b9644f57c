"""Days and moments in requests are ISO 8601 text; nothing is taken for seconds since 1970."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from central_sync.protocol.dates import AskedDay, AskedMoment


class Asked(BaseModel):
    """A request's words."""

    model_config = ConfigDict(strict=True)
    day: AskedDay | None = None
    at: AskedMoment | None = None


class Needed(BaseModel):
    """The same, where neither may be left out."""

    model_config = ConfigDict(strict=True)
    day: AskedDay
    at: AskedMoment


@pytest.mark.parametrize("model", [Asked, Needed])
def test_a_day_and_a_moment_as_text_are_taken(model: type[Asked | Needed]) -> None:
    asked = model.model_validate_json('{"day": "2026-11-24", "at": "2026-11-24T09:00:00+08:00"}')
    assert asked.day == date(2026, 11, 24)
    assert asked.at == datetime(2026, 11, 24, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "0",
        '"0"',
        '"2.26e-302"',
        "1732410000",
        '"1732410000"',
        "true",
        '"2026-11-24T00:00:00Z "',
        '"2026-02-30"',
        '""',
    ],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Asked.model_validate_json(f'{{"day": {text}}}')


@pytest.mark.parametrize(
    "text", ["0", '"0"', '"1.5e3"', "1732410000", '"2026-11-24T09:00:00"', '"09:00"', "[]"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Asked.model_validate_json(f'{{"at": {text}}}')
