"""Exact time over HTTP: wrong clocks and outages neither give nor take a second beyond a confirmed credit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site_app import Refused, site_app
from tests.site_parts import HandClock

HOUR_MS = 3_600_000
TWO_HOURS_MS = 2 * HOUR_MS


async def remaining_ms(candidate: object) -> int:
    """Return the time left as the page is told it."""
    state = await candidate.get("/state")  # type: ignore[attr-defined]
    return int(state["clock"]["remaining_ms"])


async def test_a_wall_clock_moved_by_an_hour_changes_no_deadline(tmp_path: Path) -> None:
    time = HandClock()
    async with site_app(tmp_path, candidates=2, time=time) as site:
        candidate = await site.candidate(1)
        await (await site.staff("wujk")).step("start")
        item = (await candidate.paper())[0]["item"]
        assert await remaining_ms(candidate) == TWO_HOURS_MS
        for jump_ms, passed_ms in ((HOUR_MS, 600_000), (-2 * HOUR_MS, 1_200_000)):
            time.wall += jump_ms
            time.pass_ms(600_000)
            assert await remaining_ms(candidate) == TWO_HOURS_MS - passed_ms
            told = await candidate.answer(item, ["A"])
            assert told["remaining_ms"] == TWO_HOURS_MS - passed_ms
        time.boottime += TWO_HOURS_MS - 1_200_000
        assert (await candidate.answer(item, ["B"]))["remaining_ms"] == 0
        time.boottime += 1
        with pytest.raises(Refused) as late:
            await candidate.answer(item, ["A"])
        assert late.value.reason == "attempt.deadline_passed"
        held = (await candidate.get("/responses"))["responses"]
        assert [response["choices"] for response in held] == [["B"]]


@pytest.mark.parametrize("wall_jump_ms", [0, HOUR_MS, -HOUR_MS])
async def test_ninety_seconds_without_the_server_are_given_back_to_the_millisecond_once_confirmed(
    tmp_path: Path, wall_jump_ms: int
) -> None:
    time = HandClock()
    async with site_app(tmp_path, candidates=3, time=time) as site:
        first, second = await site.candidate(1), await site.candidate(2)
        watcher = await site.staff("wujk")
        await watcher.step("start")
        item = (await first.paper())[0]["item"]
        time.pass_ms(300_000)
        await first.answer(item, ["A"])
        await site.stop()
        time.pass_ms(90_000)
        time.wall += wall_jump_ms
        await site.start()

        before = TWO_HOURS_MS - 300_000
        assert await remaining_ms(first) == before - 90_000
        (proposal,) = (await watcher.view("credits"))["open"]
        assert (proposal["cause"], proposal["ms"]) == ("server", 90_000)
        assert proposal["tickets"] == [first.ticket, second.ticket]
        path = f"/sessions/{watcher.session}/credits/{proposal['id']}"
        report = await watcher.post(path, {"accept": True, "tickets": [first.ticket]})
        assert report["done"] == [first.ticket]
        await watcher.post(path, {"accept": False, "reason": "本人未受影响"})
        with pytest.raises(Refused) as twice:
            await watcher.post(path, {"accept": True})
        assert twice.value.reason == "credit.decided"
        assert (await remaining_ms(first), await remaining_ms(second)) == (before, before - 90_000)
        held = (await first.get("/responses"))["responses"]
        assert [response["choices"] for response in held] == [["A"]]

        time.pass_ms(before - 90_000 + 1)
        with pytest.raises(Refused) as late:
            await second.answer(item, ["A"])
        assert late.value.reason == "attempt.deadline_passed"
        await first.answer(item, ["B"])
        time.pass_ms(90_000)
        with pytest.raises(Refused) as late:
            await first.answer(item, ["C"])
        assert late.value.reason == "attempt.deadline_passed"
