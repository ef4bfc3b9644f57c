"""The site server is killed at random moments while candidates save over HTTP: no receipt is ever wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.killed_site import kill_under_load

KILLS = 50


@pytest.mark.timeout(420)
@pytest.mark.alone
async def test_no_acknowledged_answer_is_lost_over_fifty_kills_under_load(tmp_path: Path) -> None:
    reckoning = await kill_under_load(tmp_path, KILLS, 20261124)
    assert (reckoning.older, reckoning.changed, reckoning.lost) == ([], [], [])
    assert reckoning.findings == ()
    assert reckoning.receipts > KILLS
