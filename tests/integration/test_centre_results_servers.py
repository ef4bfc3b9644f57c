"""Site servers at the console: claim codes, quarantine, sticks, and pages that learn what changed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from central_sync.protocol.transfer import machine_fingerprint
from tests.arranged_parts import Arranged, arrange
from tests.centre_parts import RunningCentre, StaffClient, logged_in, running_centre
from tests.exchange_parts import APPLIANCE, SITE, SiteServer, hold_session, site_server, until
from tests.received_parts import checked_in, receive
from tests.site_parts import SESSION

OTHER_MACHINE = "mac:02:00:00:00:00:99"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[RunningCentre]:
    """A running centre."""
    async with running_centre(tmp_path) as centre:
        yield centre


@pytest.fixture
def arranged(here: RunningCentre) -> Arranged:
    """A session of three."""
    return arrange(here.centre, candidates=3)


async def enrol(here: RunningCentre, site: SiteServer) -> None:
    """Enrol a site server with a claim code of the console."""
    claim = await here.planner.post(f"sites/{SITE}/claims")
    await site.agent.enrol(claim["centre_url"], claim["code"])


async def refused(client: StaffClient, path: str, body: object) -> str:
    """Return why a POST is refused."""
    answer = await client.ask("POST", path, json=body)
    assert answer.status >= 400, answer.body
    return str(answer.json["reason"])


async def test_a_claim_code_is_for_planners_and_for_sites_that_are_there(
    here: RunningCentre, arranged: Arranged
) -> None:
    claim = await here.planner.post(f"sites/{SITE}/claims")
    assert claim["centre_url"] == here.centre.site_url
    left = datetime.fromisoformat(claim["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6) < left <= timedelta(days=7)
    assert await refused(here.planner, "sites/KD0009/claims", {}) == "site.unknown"
    assert await refused(here.viewer, f"sites/{SITE}/claims", {}) == "role.wrong"


async def test_a_clone_is_shown_with_its_evidence_and_staff_decide(
    tmp_path: Path, here: RunningCentre, arranged: Arranged
) -> None:
    async with site_server(tmp_path / "site") as site:
        await enrol(here, site)
        await site.agent.start()
        await site.answers(5)
        await until(lambda: site.agent.status().acknowledged_seq == 5)
    (server,) = (await here.viewer.get("appliances"))["appliances"]
    assert (server["id"], server["site_name"], server["state"]) == (APPLIANCE, "明川市第一考点", "active")
    assert (server["acknowledged"], server["zh"]) == (5, "")
    shutil.copytree(tmp_path / "site", tmp_path / "copy")
    async with site_server(tmp_path / "copy", machine=OTHER_MACHINE) as clone:
        await clone.answers(3)
        await clone.agent.start()
        await until(lambda: clone.agent.status().quarantined)
        (server,) = (await here.viewer.get("appliances"))["appliances"]
        assert (server["state"], server["reason"], server["acknowledged"]) == ("quarantined", "clone", 5)
        assert "系统盘可能被复制" in server["zh"]
        against = await here.admin.get(f"appliances/{APPLIANCE}/evidence")
        assert {piece["machine"] for piece in against["evidence"]} == {machine_fingerprint(OTHER_MACHINE)}
        readmit = {"reason": "主板更换，已与考点核实", "machine": machine_fingerprint(OTHER_MACHINE)}
        assert await refused(here.planner, f"appliances/{APPLIANCE}/readmit", readmit) == "role.wrong"
        server = await here.admin.post(f"appliances/{APPLIANCE}/readmit", readmit)
        assert (server["state"], server["reason"]) == ("active", "")
        assert (
            await refused(here.admin, f"appliances/{APPLIANCE}/readmit", readmit)
            == "appliance.not_quarantined"
        )
        await clone.agent.sync_now()
        await until(lambda: clone.agent.status().acknowledged_seq == 8)
    server = await here.admin.post(f"appliances/{APPLIANCE}/revoke", {"reason": "服务器报废"})
    assert (server["state"], server["zh"]) == ("revoked", "服务器报废")
    acts = (await here.admin.get(f"appliances/{APPLIANCE}/evidence"))["acts"]
    assert [(act["act"], act["by"], act["reason"]) for act in acts] == [
        ("readmit", "admin", "主板更换，已与考点核实"),
        ("revoke", "admin", "服务器报废"),
    ]
    unknown = APPLIANCE.replace("1", "7")
    assert await refused(here.admin, f"appliances/{unknown}/revoke", {"reason": "x"}) == "appliance.unknown"


async def test_without_a_line_a_stick_carries_package_and_key_down_and_the_ledger_up(
    tmp_path: Path, here: RunningCentre, arranged: Arranged
) -> None:
    async with site_server(tmp_path / "site") as site:
        await enrol(here, site)
        await here.planner.ended(await here.planner.post(f"sessions/{SESSION}/package", expect=202))
        released = await here.releaser.post(f"sessions/{SESSION}/release")
        assert [server["has_document"] for server in released["servers"]] == [True]
        answer = await here.planner.ask("POST", f"courier/{SITE}/export", json={})
        assert answer.status == 200
        assert answer.headers["Content-Disposition"].endswith('.kdbundle"')
        stick = tmp_path / "stick"
        stick.write_bytes(answer.body)
        await site.agent.import_bundle(stick)
        assert {kind for kind, _ in site.desk.documents} == {"session", "key"}
        package = (await here.viewer.get(f"sessions/{SESSION}/package"))["size"]
        assert len(site.desk.files[SESSION]) == package

        await hold_session(site.journal, candidates=3, session=SESSION)
        back = tmp_path / "back"
        await asyncio.to_thread(site.agent.export_bundle, back)
        before = await here.viewer.get(f"sessions/{SESSION}/ledger")
        assert before["counts"]["not_reported"] == 3
        for fresh in (site.journal.head, 0):
            report = await here.planner.upload(
                "courier/import", {"file": ("stick", back.read_bytes())}, expect=200
            )
            assert (report["site"], report["taken"]) == (SITE, fresh)
            assert report["acknowledged"] == site.journal.head
        ledger = await here.viewer.get(f"sessions/{SESSION}/ledger")
        assert ledger["counts"]["submitted"] == 3
        # The journal is invented: some of its items are not in the package, and that is noticed.
        assert {finding["code"] for finding in ledger["findings"]} == {"ledger.items"}
    nothing = {"file": ("stick", b"PK\x03\x04 no bundle at all")}
    told = await here.planner.upload("courier/import", nothing, expect=422)
    assert told["reason"] == "bundle.damaged"
    assert await refused(here.planner, "courier/KD0009/export", {}) == "bundle.no_server"
    assert list(here.centre.uploads.iterdir()) == []


async def news(client: StaffClient, ready: asyncio.Event, wanted: set[str]) -> set[str]:
    """Follow the stream until all wanted topics came; return what came."""
    came: set[str] = set()
    async with client.http.get("/api/central/changes") as answer:
        assert answer.status == 200
        ready.set()
        async for line in answer.content:
            name, _, data = line.decode().strip().partition(": ")
            if name == "data":
                came.add(orjson.loads(data)["topic"])
            if wanted <= came:
                return came
    return came


async def test_pages_are_told_what_changed_and_nothing_before(
    here: RunningCentre, arranged: Arranged
) -> None:
    assert (await here.nobody.ask("GET", "changes")).status == 401
    async with logged_in(here.centre, "viewer") as page, asyncio.timeout(20):
        ready = asyncio.Event()
        following = asyncio.create_task(news(page, ready, {"jobs", "sessions"}))
        await ready.wait()
        await here.planner.ended(await here.planner.post(f"sessions/{SESSION}/package", expect=202))
        assert await following == {"jobs", "sessions"}
        ready = asyncio.Event()
        following = asyncio.create_task(news(page, ready, {"ledger"}))
        await ready.wait()
        receive(here.centre, [checked_in(arranged.tickets[0])])
        here.centre.exchange._tell_received()
        assert "ledger" in await following


async def test_an_open_stream_does_not_hold_the_centre_up_and_a_restart_catches_up(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    async with running_centre(tmp_path) as here:
        arranged = arrange(here.centre, candidates=2)
        async with logged_in(here.centre, "viewer") as page:
            following = asyncio.create_task(news(page, ready, {"never"}))
            await ready.wait()
            await loop.run_in_executor(None, receive, here.centre, [checked_in(arranged.tickets[0])])
            here.centre.announcements.close()
            assert "never" not in await following
    async with running_centre(tmp_path) as here:
        ledger: Any = await here.viewer.get(f"sessions/{arranged.session}/ledger")
        assert [line["state"] for line in ledger["lines"]] == ["checked_in", "arranged"]
