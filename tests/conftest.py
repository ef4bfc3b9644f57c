"""What all tests share: rules of scheduling and of Hypothesis. Fixtures stand with their tests."""

from __future__ import annotations

import fcntl
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# Two workers share two cores with browsers and servers: an example may take its time.
settings.register_profile("kaodian", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kaodian")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep other workers' tests away while a test marked `alone` runs; the wait is not part of its time."""
    cache = item.config.cache
    assert cache is not None
    locks = cache.mkdir("alone")
    kind = fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH
    with (locks / "turnstile").open("w") as turnstile, (locks / "floor").open("w") as floor:
        # Who waits for the whole floor holds the turnstile meanwhile, so that nobody slips past.
        fcntl.flock(turnstile, fcntl.LOCK_EX)
        fcntl.flock(floor, kind)
        fcntl.flock(turnstile, fcntl.LOCK_UN)
        return (yield)
