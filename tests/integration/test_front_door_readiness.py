"""What readiness sees of the front door on a running server: screens that follow, terminals that call."""

from __future__ import annotations

import base64
from pathlib import Path

import aiohttp

from exam_appliance.readiness.checks import identity_terminal, queue_calling
from exam_appliance.readiness.finding import State
from exam_appliance.readiness.gathering import Services
from exam_appliance.terminals.standing import Standing
from firmware_adapters.simulators.terminal import SimulatedTerminal
from tests.exchange_parts import until
from tests.readiness_parts import row, sources
from tests.site_app import SiteApp, site_app


async def services(site: SiteApp) -> Services:
    """Return what the run on the console is told."""
    return await site.appliance.readiness._services()


async def test_screens_that_follow_and_terminals_that_call_are_measured(tmp_path: Path) -> None:
    async with site_app(tmp_path, terminals={"silent_seconds": 3.0}) as site:
        house, terminals = site.appliance.queue_house, site.appliance.terminals
        queue = row("site.queue")
        assert queue_calling.judge(queue, (await services(site)).queue).state is State.UNKNOWN
        _, machine_key = await house.screens.enrol("tickets", "取号机", "", "zhou")
        _, display_key = await house.screens.enrol("display", "大屏", "", "zhou")
        away = queue_calling.judge(queue, (await services(site)).queue)
        assert away.state is State.FAIL
        assert "未连接：大屏" in away.measured.zh
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(site.url, cookie_jar=jar) as http:
            for key, base in ((machine_key, "/api/queue"), (display_key, "/api/display")):
                async with http.post(f"{base}/enter", json={"key": key}) as entered:
                    assert entered.status == 200
            async with http.get("/api/queue/events"), http.get("/api/display/events"):
                both = [one.id for one in house.screens.all()]
                await until(lambda: all(map(house.screens.follows, both)))
                there = queue_calling.judge(queue, (await services(site)).queue)
                assert there.state is State.PASS, there
        await until(lambda: not any(map(house.screens.follows, both)))
        assert queue_calling.judge(queue, (await services(site)).queue).state is State.FAIL

        row_of_terminals = row("site.identity.terminal")
        enrolled, key = await terminals.enrol("一号", "一楼", "", "zhou")
        revoked, _ = await terminals.enrol("旧机", "", "", "zhou")
        await terminals.change(revoked.id, "旧机", "", "", active=False, actor="zhou")
        one = SimulatedTerminal(f"{site.url}/api/terminal", enrolled.id, base64.b64decode(key))
        assert (await one.heartbeat()).status == 200
        told = (await services(site)).terminals
        found = await identity_terminal.check(row_of_terminals, sources(tmp_path, terminals=told))
        assert (found.state, found.measured.zh) == (State.PASS, "已登记 1 台，在线 1 台")
        await until(lambda: terminals.all()[0].state is Standing.SILENT)
        told = (await services(site)).terminals
        found = await identity_terminal.check(row_of_terminals, sources(tmp_path, terminals=told))
        assert found.state is State.FAIL
        assert "失联：一号（一楼" in found.measured.zh
