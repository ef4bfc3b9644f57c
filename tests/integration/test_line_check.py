"""A site checks its line to a real centre over mutual TLS: time, distance, throughput, a line gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from central_sync.agent.line import LineDown
from central_sync.agent.line_check import opened_line, reach, throughput
from central_sync.protocol.keys import ApplianceKeys
from tests.exchange_parts import Centre, site_server


async def test_a_site_learns_the_centres_time_and_what_goes_through_and_that_the_line_is_gone(
    tmp_path: Path,
) -> None:
    (tmp_path / "centre").mkdir()
    centre = Centre(tmp_path / "centre")
    await centre.start()
    machine = "mac:02:00:00:00:00:01"
    async with site_server(tmp_path / "site", machine=machine) as server:
        await server.agent.enrol(centre.url, centre.claim())
        line = opened_line(
            server.folder / "sync", server.keys, server.appliance, lambda: frozenset({machine})
        )
        assert line is not None
        try:
            told = await reach(line, lambda: datetime.now(UTC))
            assert abs(told.offset_ms) < 5_000
            assert told.seen_from == "127.0.0.1"
            behind = await reach(line, lambda: datetime.now(UTC) - timedelta(minutes=10))
            assert 595_000 < behind.offset_ms < 605_000
            through = await throughput(line, measured_s=0.3)
            assert through.down_kbit > 1_000
            assert through.up_kbit > 1_000
            await centre.stop()
            with pytest.raises(LineDown) as down:
                await reach(line, lambda: datetime.now(UTC))
            assert "中心" in down.value.zh
        finally:
            await line.close()


def test_a_server_that_is_not_enrolled_has_no_line(tmp_path: Path) -> None:
    assert opened_line(tmp_path, ApplianceKeys.at(tmp_path / "keys"), "a") is None
