"""The readiness of the sites at the centre: from a check at a real site's console to the centre's list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from central_sync.protocol.kinds import KINDS
from tests.arranged_parts import Arranged, arrange
from tests.centre_parts import RunningCentre, running_centre
from tests.exchange_parts import SITE, until
from tests.integration.test_centre_results_whole import enrolled_site
from tests.received_parts import OTHER, Said, receive

DIGEST = "a" * 64


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[RunningCentre]:
    """A running centre."""
    async with running_centre(tmp_path) as centre:
        yield centre


@pytest.fixture
def arranged(here: RunningCentre) -> Arranged:
    """A session of two, so that there is a site."""
    return arrange(here.centre, candidates=2)


def checked(ready: bool, appliance: str, **rows: str) -> Said:
    """A server was checked against the standard."""
    told = {name.replace("__", "."): state for name, state in rows.items()}
    body = {"ready": ready, "rows": told, "software": "0.1.0", "report_sha256": DIGEST}
    return Said("site.readiness", appliance, body, appliance, SITE, "zhou")


async def test_a_check_at_the_sites_console_is_shown_at_the_centre(
    tmp_path: Path, here: RunningCentre, arranged: Arranged
) -> None:
    assert (await here.viewer.get("readiness"))["servers"] == []
    async with enrolled_site(tmp_path, here, arranged) as site:
        technician = await site.staff("zhou")
        for what in ("readiness", "preflight"):
            await technician.post(f"/{what}/run")
        appliance = site.appliance
        await until(
            lambda: not appliance.readiness.progress().running and not appliance.preflight.progress().running,
            60,
        )
        report = (await technician.get("/readiness"))["report"]
        assert {row["id"]: row for row in report["rows"]}["site.server.exam_system"]["state"] == "pass"
        head = appliance.journal.head
        await until(lambda: appliance.agent.status().acknowledged_seq >= head)
        (told,) = (await here.viewer.get("readiness"))["servers"]
    assert (told["site"], told["site_name"], told["appliance"]) == (
        SITE,
        "明川市第一考点",
        appliance.journal.appliance,
    )
    assert told["readiness"]["rows"] == {row["id"]: row["state"] for row in report["rows"]}
    assert len(told["readiness"]["rows"]) == 46
    assert told["readiness"]["ready"] is report["ready"] is False
    assert told["preflight"]["items"]["staff"] == "pass"


async def test_the_newest_of_each_server_is_kept_and_read_once(
    here: RunningCentre, arranged: Arranged
) -> None:
    first = "5a0e4c6e-0000-4000-8000-000000000001"
    receive(
        here.centre,
        [
            checked(False, first, site__router="unknown"),
            checked(True, OTHER, site__router="pass"),
            checked(True, first, site__router="declared"),
        ],
    )
    servers: list[Any] = (await here.viewer.get("readiness"))["servers"]
    by_appliance = {one["appliance"]: one["readiness"] for one in servers}
    assert by_appliance[first]["rows"] == {"site.router": "declared"}
    assert by_appliance[OTHER]["ready"] is True
    assert all(one["preflight"] is None for one in servers)
    items = {"ready": False, "items": {"disk": "fail"}, "report_sha256": DIGEST}
    receive(here.centre, [Said("site.preflight", OTHER, items, OTHER, SITE, "zhou")])
    servers = (await here.viewer.get("readiness"))["servers"]
    (other,) = [one for one in servers if one["appliance"] == OTHER]
    assert other["preflight"]["items"] == {"disk": "fail"}
    assert other["readiness"]["ready"] is True
    assert (await here.viewer.get("readiness"))["servers"] == servers
    assert KINDS["site.preflight"].zh == "考前检查"


async def test_whoever_is_not_logged_in_sees_nothing(here: RunningCentre) -> None:
    assert (await here.nobody.ask("GET", "readiness")).status == 401
