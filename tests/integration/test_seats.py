"""Seats over HTTP: a machine without a seat is kept out, one that proves its key sits at its own."""

from __future__ import annotations

import hashlib
import plistlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from yarl import URL

from central_sync.protocol.kinds import KINDS
from exam_appliance.exam.rebuild import rebuild
from exam_appliance.readiness.checks.seats import check
from exam_appliance.readiness.heard.machines import heard_machines
from exam_appliance.readiness.standard import standard
from exam_appliance.seats.safe_exam_browser import HEADER, config_key, request_hash
from exam_appliance.web.seats.gate import FINGERPRINT, VERIFY
from tests.bound_seat_parts import SeatMachine
from tests.exchange_parts import until
from tests.readiness_parts import kiosk, sources
from tests.site_app import Caller, Refused, SiteApp, Staff, site_app
from tests.site_parts import HandClock

ROOM = {"binding": "required", "rooms": [{"room": "", "first": 1, "last": 30}]}
FIRST_MAC, SECOND_MAC = "52:54:00:10:00:01", "52:54:00:10:00:02"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[SiteApp]:
    fixed = {"folder": str(tmp_path / "bindings"), "ipv4": "127.0.0.1", "ipv6": None}
    room = {**ROOM, "fixed_addresses": fixed}
    async with site_app(tmp_path, candidates=3, seats=room, devices={"run": "none"}) as site:
        yield site


@asynccontextmanager
async def at_seat(
    site: SiteApp, machine: SeatMachine, *, certificate: bool = False
) -> AsyncIterator[tuple[Caller, dict[str, Any]]]:
    """Give a browser at a machine that has entered, and what it was told."""
    async with Caller(site.url, "/api/seat") as browser:
        challenge = (await browser.get("/challenge"))["challenge"]
        yield browser, await browser.post("/enter", machine.body(challenge, certificate=certificate))


async def bound(technician: Staff, code: str, number: int, **more: object) -> Any:
    """Type the code of a machine at the console."""
    return await technician.post("/seats/bind", {"code": code, "number": number, **more})


async def status_of(browser: Caller, path: str | URL, **how: Any) -> tuple[int, str]:
    """Return status and reason of a GET that follows no redirect; a URL is sent as it is written."""
    whole = URL(f"{browser.url}{path}", encoded=isinstance(path, URL))
    async with browser.http.get(whole, allow_redirects=False, **how) as answer:
        if answer.content_type == "application/problem+json":
            return answer.status, (await answer.json())["reason"]
        return answer.status, answer.headers.get("Location", "")


async def test_an_unbound_machine_is_kept_out_and_a_bound_one_sits_at_its_own_seat(site: SiteApp) -> None:
    technician = await site.staff("zhou")
    async with at_seat(site, SeatMachine(raw=True, kept="browser")) as (browser, entered):
        assert (await browser.get("/state"))["code"] == entered["code"]
        assert await status_of(browser, "/exam/") == (302, "/seat/")
        assert await status_of(browser, "/api/candidate/hall") == (403, "seat.not_bound")
        async with Caller(site.url, "") as stranger:
            assert await status_of(stranger, "/api/candidate/hall") == (401, "seat.not_known")
            assert await status_of(stranger, "/practice/") == (200, "")
            for odd in ("/api/%63andidate/hall", "/api/./candidate/hall", "/api/x/../candidate/hall"):
                assert (await status_of(stranger, URL(odd, encoded=True)))[0] in (401, 404)
        view = await bound(technician, entered["code"], 2)
        assert [one["place"]["number"] for one in view["seats"] if one["state"] == "online"] == [2]
        assert view["waiting"] == []
        assert (await browser.get("/state"))["place"]["zh"] == "2 号"
        assert await status_of(browser, "/exam/") == (200, "")
        # The candidate of seat 1 sits down at seat 2 and says 3: the machine's own seat counts.
        login = {"identity": site.package.tickets[0], "seat": 3}
        exam = f"{browser.url}/api/candidate"
        async with browser.http.post(f"{exam}/login", json=login) as answer:
            assert (await answer.json())["seat"] == 2
        async with browser.http.post(f"{exam}/confirm", json={}) as answer:
            assert answer.status == 200
        # Nobody switches the machine off under a candidate.
        with pytest.raises(Refused) as refused:
            await technician.post("/seats/power", {"what": "shutdown", "seats": [{"number": 2}]})
        assert "正在考试" in refused.value.body["detail"]
        await technician.post("/seats/unbind", {"number": 2})
        assert await status_of(browser, "/api/candidate/state") == (403, "seat.not_bound")


async def test_stolen_replayed_and_outdated_proofs_are_refused(tmp_path: Path) -> None:
    clock = HandClock()
    async with site_app(
        tmp_path,
        time=clock,
        seats=ROOM,
        devices={"run": "none"},
        listen={"host": "127.0.0.1", "port": 0, "behind_proxy": True},
    ) as site:
        technician = await site.staff("zhou")
        machine = SeatMachine(macs=(FIRST_MAC,))
        async with at_seat(site, machine) as (browser, entered):
            await bound(technician, entered["code"], 1)
            challenge = (await browser.get("/challenge"))["challenge"]
            body = machine.body(challenge, certificate=True)
            agent = await browser.post("/enter", body)
            with pytest.raises(Refused) as refused:
                await browser.post("/enter", body)
            assert (refused.value.status, refused.value.reason) == (401, "seat.replayed")
            certificate = x509.load_pem_x509_certificate(agent["certificate"].encode())
            # nginx tells the fingerprint in lower case without colons.
            shown = {VERIFY: "SUCCESS", FINGERPRINT: certificate.fingerprint(SHA1()).hex()}
            assert await status_of(browser, "/api/candidate/hall", headers=shown) == (200, "")
            # No token, the certificate alone.
            async with Caller(site.url, "") as other:
                assert await status_of(other, "/api/candidate/hall", headers=shown) == (200, "")
                wrong = {**shown, FINGERPRINT: "0" * 40}
                assert await status_of(other, "/api/candidate/hall", headers=wrong) == (
                    401,
                    "seat.certificate",
                )
                # From another address, as nginx tells it.
                elsewhere = {**shown, "X-Real-IP": "10.20.10.109"}
                assert await status_of(other, "/api/candidate/hall", headers=elsewhere) == (
                    401,
                    "seat.certificate",
                )
                token = {"Authorization": f"Seat {agent['token']}"}
                assert await status_of(other, "/api/candidate/hall", headers=token) == (200, "")
                stolen = {**token, "X-Real-IP": "10.20.10.109"}
                assert await status_of(other, "/api/candidate/hall", headers=stolen) == (
                    401,
                    "seat.not_known",
                )
            # What nginx refused is refused, whatever cookie comes along.
            over = {VERIFY: "FAILED:certificate has expired", FINGERPRINT: shown[FINGERPRINT]}
            assert await status_of(browser, "/api/candidate/hall", headers=over) == (401, "seat.certificate")
            await until(lambda: site.appliance.seats.bound.held["1"].admissions[-1].certificate != "")
            clock.pass_ms(12 * 3_600_000)
            assert await status_of(browser, "/api/candidate/hall", headers=shown) == (401, "seat.certificate")
            assert await status_of(browser, "/api/candidate/hall") == (401, "seat.not_known")


async def test_the_proxys_headers_are_worth_nothing_where_no_proxy_stands_in_front(site: SiteApp) -> None:
    technician = await site.staff("zhou")
    machine = SeatMachine()
    async with at_seat(site, machine) as (_, entered):
        await bound(technician, entered["code"], 1)
    async with at_seat(site, machine, certificate=True) as (_, agent):
        fingerprint = x509.load_pem_x509_certificate(agent["certificate"].encode()).fingerprint(SHA1()).hex()
    async with Caller(site.url, "") as liar:
        shown = {VERIFY: "SUCCESS", FINGERPRINT: fingerprint}
        assert await status_of(liar, "/api/candidate/hall", headers=shown) == (401, "seat.not_known")


async def test_two_machines_one_seat_the_technician_decides_and_the_journal_knows(site: SiteApp) -> None:
    technician, invigilator = await site.staff("zhou"), await site.staff("wujk")
    async with (
        at_seat(site, SeatMachine(macs=(FIRST_MAC,))) as (_, first),
        at_seat(site, SeatMachine(macs=(SECOND_MAC,))) as (browser, second),
    ):
        with pytest.raises(Refused) as refused:
            await bound(invigilator, first["code"], 1)
        assert refused.value.reason == "role.wrong"
        await bound(technician, first["code"], 1)
        with pytest.raises(Refused) as refused:
            await bound(technician, second["code"], 1)
        assert refused.value.reason == "seat.taken"
        assert FIRST_MAC in refused.value.body["detail"]
        with pytest.raises(Refused) as refused:
            await bound(technician, second["code"], 31)
        assert refused.value.reason == "seat.unknown"
        await bound(technician, second["code"], 1, replace=True)
        view = await technician.post("/seats/move", {"number": 1, "to": {"number": 3}})
        assert [one["macs"] for one in view["seats"] if one["state"] != "free"] == [[SECOND_MAC]]
        # In order, from seat 3 on, which is taken: the touched machine gets seat 4.
        await technician.post("/seats/unbind", {"number": 3})
        again = await technician.post("/seats/in-order", {"number": 4})
        assert again["in_order"]["next"]["number"] == 4
        challenge = (await browser.get("/challenge"))["challenge"]
        assert challenge
    async with at_seat(site, SeatMachine()) as (third, told):
        assert told["code"]
        assert (await third.get("/state"))["turn"]["number"] == 4
        await third.post("/touch")
        assert (await third.get("/state"))["place"]["number"] == 4
        ended = await technician.post("/seats/in-order/end")
        assert ended["in_order"] is None
    journal = site.settings.state_dir / "journal.db"
    await site.appliance.journal.append([])
    bodies = [entry for entry in site.appliance.journal.entries() if entry["kind"].startswith("seat.")]
    for entry in bodies:
        KINDS[entry["kind"]].body.model_validate(entry["body"])
    assert {entry["body"].get("cause") for entry in bodies} >= {
        "typed",
        "in_order",
        "replaced",
        "moved",
        "asked",
    }
    assert rebuild(journal).differences == ()


async def test_a_machines_report_counts_for_its_seat_and_what_falls_short_is_told(site: SiteApp) -> None:
    technician = await site.staff("zhou")
    async with at_seat(site, SeatMachine(macs=(FIRST_MAC,))) as (agent, entered):
        await bound(technician, entered["code"], 5)
        # It cannot say which seat it is, nor that it is proven.
        report = kiosk(9, cores=2, proven=False).model_dump(mode="json")
        await agent.post("/machine", report)
        view = await technician.get("/seats")
        (seat,) = [one for one in view["seats"] if one["state"] != "free"]
        assert (seat["place"]["number"], seat["reported"], seat["faults"]) == (5, True, 1)
        (fault,) = [point for point in seat["hardware"] if point["state"] == "fail"]
        assert fault["zh"] == "CPU 核数"
        assert "更换" in fault["todo_zh"]
        reports = site.appliance.readiness.place.folder / "machines.db"
        machines = heard_machines(reports, datetime.now(UTC))
        row = standard().row("site.seat.authentication")
        assert row is not None
        (point,) = (await check(row, sources(site.settings.state_dir, machines=machines))).points
        assert point.measured.zh == "识别：1 台合格"
        # Seat 5 has 127.0.0.5 here, and seat 1 the address from which all of this comes.
        assert [one.report.fixed_address for one in machines] == [False]
        await technician.post("/seats/move", {"number": 5, "to": {"number": 1}})
        await agent.post("/machine", report)
        assert [one.report.fixed_address for one in heard_machines(reports, datetime.now(UTC))] == [True]
        hosts = site.settings.state_dir.parents[1] / "bindings" / "seats"
        await until(lambda: "seat-001" in hosts.read_text())
        # Whoever says so without a key is not believed.
        async with agent.http.post(
            f"{site.url}/api/candidate/machine", json=kiosk(6).model_dump(mode="json")
        ):
            machines = heard_machines(reports, datetime.now(UTC))
        assert [one.report.proven for one in machines] == [True]
    async with Caller(site.url, "/api/seat") as stranger:
        with pytest.raises(Refused) as refused:
            await stranger.post("/machine", report)
        assert refused.value.status == 401


async def test_a_browser_gets_in_with_its_agents_ticket_once(site: SiteApp) -> None:
    technician = await site.staff("zhou")
    async with at_seat(site, SeatMachine(), certificate=True) as (agent, entered):
        await bound(technician, entered["code"], 1)
        ticket = (await agent.post("/ticket"))["ticket"]
    async with Caller(site.url, "/api/seat") as browser:
        await browser.post("/open", {"ticket": ticket})
        assert (await browser.get("/state"))["place"]["number"] == 1
        assert await status_of(browser, "/api/candidate/hall") == (200, "")
        with pytest.raises(Refused) as refused:
            await browser.post("/open", {"ticket": ticket})
        assert refused.value.reason == "seat.ticket"


async def test_safe_exam_browser_alone_gets_in_with_the_configuration_of_a_session(tmp_path: Path) -> None:
    settings = {"safe_exam_browser": "required"}
    async with site_app(tmp_path, candidates=1, seats=settings, devices={"run": "none"}) as site:
        session = site.package.plan.session
        lead = await site.staff("wang")
        (told,) = (await lead.get("/seats/lock-down"))["sessions"]
        async with Caller(site.url, "") as browser:
            assert await status_of(browser, "/api/candidate/hall") == (403, "seb.missing")
            assert await status_of(browser, "/exam/") == (302, "/seat/")
            async with browser.http.get(told["file"]) as answer:
                assert answer.content_type == "application/seb"
                held = plistlib.loads(await answer.read())
            key = config_key(held)
            assert key == told["config_key"]
            assert held["startURL"] == f"{site.url}/seat/?session={session}"
            assert held["hashedQuitPassword"] == hashlib.sha256(told["quit_password"].encode()).hexdigest()
            path = "/api/candidate/hall?at=%E4%B8%80"
            right = {HEADER: request_hash(f"{site.url}{path}", key)}
            assert await status_of(browser, URL(path, encoded=True), headers=right) == (200, "")
            assert await status_of(browser, "/api/candidate/hall", headers=right) == (403, "seb.wrong")
            assert await status_of(browser, "/api/seat/seb/NONE.seb") == (404, "seb.no_session")
