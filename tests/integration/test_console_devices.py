"""Devices at the console over real HTTP: the device daemon's stand-in behind a real Unix socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exam_appliance.devices.fan_out import Subscription
from tests.device_daemon_double import (
    CAMERA,
    PRINTER,
    SCANNER,
    SDT,
    UPS,
    DaemonDouble,
    Json,
    daemon_double,
    iso,
    steps,
)
from tests.exchange_parts import until
from tests.site_app import Refused, SiteApp, Staff, picture, site_app

READER = "sdt-0001"


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[DaemonDouble]:
    async with daemon_double(tmp_path) as double:
        yield double


@pytest.fixture
async def site(tmp_path: Path, daemon: DaemonDouble) -> AsyncIterator[SiteApp]:
    section: dict[str, object] = {"run": "service", "socket": str(daemon.socket), "dock": True}
    async with site_app(tmp_path, candidates=2, devices=section) as site:
        await until(lambda: site.appliance.devices.live.line == "live")
        yield site


@pytest.fixture
async def technician(site: SiteApp) -> Staff:
    return await site.staff("zhou")


async def refused(doing: Any) -> str:
    with pytest.raises(Refused) as refusal:
        await doing
    assert refusal.value.body["detail"]
    assert refusal.value.body["detail_en"]
    return refusal.value.reason


async def listed(person: Staff) -> dict[str, Json]:
    return {device["id"]: device for device in (await person.get("/devices"))["devices"]}


async def shown(site: SiteApp, device: str) -> None:
    """Wait until the server's view holds a device."""
    await until(lambda: device in site.appliance.devices.live.devices)


def role_in(view: Json, role: str) -> Json:
    (found,) = [one for station in view["stations"] for one in station["roles"] if one["role"] == role]
    return dict(found)


@asynccontextmanager
async def changes(person: Staff) -> AsyncIterator[AsyncIterator[Json]]:
    """Follow the stream as a page does."""

    async def read(content: Any) -> AsyncGenerator[Json, None]:
        data = ""
        async for line in content:
            text = line.decode().rstrip("\r\n")
            if text.startswith("data:"):
                data += text[5:].strip()
            elif not text and data:
                yield json.loads(data)
                data = ""

    async with person.http.get(f"{person.url}/api/console/devices/events") as stream:
        assert stream.content_type == "text/event-stream"
        async with aclosing(read(stream.content)) as found, asyncio.timeout(20):
            yield found


async def test_a_plugged_device_is_pushed_to_the_page_with_all_that_is_known_of_it(
    daemon: DaemonDouble, technician: Staff
) -> None:
    async with changes(technician) as stream:
        first = await anext(stream)
        assert first["whole"]["devices"] == []
        assert first["whole"]["line"]["state"] == "live"
        begun = asyncio.get_running_loop().time()
        daemon.plug(READER, SDT, serial="SN 1", port="1-1.2")
        change = await anext(stream)
        assert asyncio.get_running_loop().time() - begun < 1.0
        (device,) = change["devices"]
        assert (device["maker"], device["serial"], device["port"], device["state"]) == (
            "华视电子",
            "SN 1",
            "1-1.2",
            "ready",
        )
        daemon.fault(
            READER, "id_card.silent", "阅读器没有应答，请重新插拔", "the reader is silent: replug it"
        )
        (device,) = (await anext(stream))["devices"]
        assert (device["state"], device["reason"]["code"]) == ("failed", "id_card.silent")
        daemon.unplug(READER)
        (device,) = (await anext(stream))["devices"]
        assert (device["state"], device["serial"]) == ("absent", "SN 1")
        daemon.forget(READER)
        assert (await anext(stream))["gone"] == [READER]
    assert await listed(technician) == {}


async def test_a_bound_reader_stays_listed_while_absent_and_is_replaced_by_one_click(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    daemon.plug(READER, SDT, serial="SN 1")
    await shown(site, READER)
    view = await technician.post("/devices/roles/gate-1.reader/bind", {"device": READER})
    assert role_in(view, "gate-1.reader")["bound"][0]["there"] is True
    daemon.unplug(READER)
    await until(lambda: not site.appliance.devices.live.there(READER))
    # Also when the daemon forgets it, as a new one does.
    daemon.forget(READER)
    await until(lambda: READER not in site.appliance.devices.live.devices)
    gone = (await listed(technician))[READER]
    assert (gone["state"], gone["serial"], gone["roles"]) == ("absent", "SN 1", ["gate-1.reader"])
    assert gone["reason"]["zh"]
    daemon.plug("sdt-0002", SDT, serial="SN 2")
    await shown(site, "sdt-0002")
    (bound,) = role_in(await technician.get("/devices"), "gate-1.reader")["bound"]
    assert (bound["there"], bound["replacements"]) == (False, ["sdt-0002"])
    view = await technician.post("/devices/roles/gate-1.reader/replace", {"device": READER, "by": "sdt-0002"})
    (bound,) = role_in(view, "gate-1.reader")["bound"]
    assert (bound["device"], bound["serial"], bound["there"]) == ("sdt-0002", "SN 2", True)
    assert READER not in await listed(technician)


async def test_a_bound_device_follows_the_id_that_a_twin_with_its_serial_forces_on_it(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    daemon.plug(READER, SDT, serial="SN 0", port="1-2")
    await shown(site, READER)
    await technician.post("/devices/roles/gate-1.reader/bind", {"device": READER})
    daemon.forget(READER)
    for port in ("1-3", "1-2"):
        daemon.plug(f"{READER}-{port}", SDT, serial="SN 0", port=port, was=READER)
    await until(lambda: site.appliance.devices.bindings.of_device(f"{READER}-1-2"))
    (bound,) = role_in(await technician.get("/devices"), "gate-1.reader")["bound"]
    assert (bound["device"], bound["there"]) == (f"{READER}-1-2", True)


async def test_bindings_and_stations_are_there_again_after_a_restart(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    daemon.plug(READER, SDT, serial="SN 1")
    await shown(site, READER)
    await technician.post("/devices/stations", {"kind": "gate", "label": "东门"})
    await technician.post("/devices/roles/gate-2.reader/bind", {"device": READER})
    before = (await technician.get("/devices"))["stations"]
    await site.stop()
    await site.start()
    await until(lambda: site.appliance.devices.live.line == "live")
    assert (await technician.get("/devices"))["stations"] == before


async def test_events_reach_who_works_with_the_role_and_follow_the_binding(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    devices = site.appliance.devices
    daemon.plug(READER, SDT)
    daemon.plug("scan-1", SCANNER)
    await shown(site, "scan-1")
    for role, device in (("gate-1.reader", READER), ("gate-1.scanner", "scan-1")):
        await technician.post(f"/devices/roles/{role}/bind", {"device": device})
    reader, scanner = devices.events("gate-1.reader"), devices.events("gate-1.scanner")
    daemon.happen(READER, "card.read", {"document": {"number": "14010519900101001X"}})
    daemon.happen("scan-1", "code.scanned", {"text": "260001000001", "symbology": "qr", "source": "scanner"})
    assert (await heard(reader)).body["document"]["number"] == "14010519900101001X"
    assert (await heard(scanner)).body["text"] == "260001000001"
    await technician.post("/devices/roles/desk-1.reader/bind", {"device": READER, "move": True})
    desk = devices.events("desk-1.reader")
    daemon.happen(READER, "card.removed", {})
    assert (await heard(desk)).name == "card.removed"
    # Nothing more came to the gate, and what comes too late is for nobody.
    daemon.happen("scan-1", "code.scanned", {"text": "old"}, at=iso(datetime.now(UTC) - timedelta(minutes=5)))
    daemon.happen("scan-1", "code.scanned", {"text": "new"})
    assert (await heard(scanner)).body["text"] == "new"
    reader.close()
    assert [event async for event in reader] == []


async def heard(subscription: Subscription) -> Any:
    async with asyncio.timeout(10):
        return await anext(subscription)


async def test_the_technician_sees_what_was_read_with_the_middle_of_numbers_hidden_and_others_do_not(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    daemon.plug(READER, SDT)
    await shown(site, READER)
    watcher = await site.staff("wujk")
    async with changes(technician) as for_technician, changes(watcher) as for_watcher:
        await anext(for_technician)
        await anext(for_watcher)
        daemon.happen(
            READER, "card.read", {"document": {"name": "张三", "number": "14010519900101001X"}}, picture()
        )
        (event,) = (await anext(for_technician))["events"]
        assert event["body"]["document"] == {"name": "张三", "number": "1401**********001X"}
        assert (await anext(for_watcher))["events"] == []
    assert await technician.data(f"/devices/blobs/{event['blob']}") == picture()
    (kept,) = (await technician.get(f"/devices/by-id/{READER}/events"))["events"]
    assert kept == event
    assert await refused(watcher.get(f"/devices/by-id/{READER}/events")) == "role.wrong"
    assert await refused(watcher.data(f"/devices/blobs/{event['blob']}")) == "role.wrong"


async def test_a_self_test_is_run_shown_and_kept(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    async def tested(_: Json) -> tuple[Json, bytes, str]:
        wrong = {"name": "size", "zh": "尺寸不足", "en": "too small", "passed": False, "measured": "640x480"}
        return steps(False, wrong), picture(), "image/png"

    daemon.deeds["cam", "self_test"] = tested
    daemon.plug("cam", CAMERA)
    await shown(site, "cam")
    assert (await listed(technician))["cam"]["last_test"] is None
    result = await technician.post("/devices/by-id/cam/self-test")
    assert result["passed"] is False
    assert [(step["name"], step["passed"], step["measured"]) for step in result["steps"]] == [
        ("answers", True, "12 ms"),
        ("size", False, "640x480"),
    ]
    assert await technician.data(f"/devices/blobs/{result['blob']}") == picture()
    assert (await technician.get("/devices/by-id/cam/self-tests"))["results"] == [result]
    assert (await listed(technician))["cam"]["last_test"] == {"at": result["at"], "passed": False}
    # The daemon keeps it: a server that starts anew shows it without another test.
    await site.stop()
    await site.start()
    await until(lambda: site.appliance.devices.self_tests.newest("cam"))
    assert (await listed(technician))["cam"]["last_test"]["passed"] is False


async def test_a_self_test_with_a_person_waits_for_the_card_or_code_of_its_kind(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    given: list[Json] = []

    async def tested(parameters: Json) -> tuple[Json, bytes, str]:
        given.append(parameters)
        return steps(True), b"", ""

    for device, what in ((READER, SDT), ("gun", SCANNER), ("cam", CAMERA)):
        daemon.deeds[device, "self_test"] = tested
        daemon.plug(device, what)
        await shown(site, device)
        await technician.post(f"/devices/by-id/{device}/self-test", {"with_person": True})
    assert given == [{"card": True, "wait_s": 30}, {"code": True, "wait_s": 30}, {}]
    known = await listed(technician)
    assert [known[one]["test_with_person"] for one in (READER, "gun", "cam")] == [True, True, False]


async def test_what_a_technician_asks_of_a_reader_comes_without_fingerprint_raw_photo_and_whole_numbers(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    number = "140105199001010010"

    async def read(_: Json) -> tuple[Json, bytes, str]:
        amiss = {"code": "id_card.number", "zh": "校验位不符", "en": "check digit", "field": "number"}
        document = {"name": "张三", "number": number, "findings": [{**amiss, "detail": number}]}
        photo = {"state": "not_decoded", "wlt": "V0xU"}
        return {"document": document, "photo": photo, "fingerprint": "RlA=", "card_id": "00a1"}, b"", ""

    daemon.deeds[READER, "read_once"] = read
    daemon.plug(READER, SDT, actions=["self_test", "read_once"])
    await shown(site, READER)
    told = (await technician.post(f"/devices/by-id/{READER}/actions/read_once"))["body"]
    assert told["document"]["number"] == told["document"]["findings"][0]["detail"] == "1401**********0010"
    assert told["photo"] == {"state": "not_decoded"}
    assert set(told) == {"document", "photo"}


async def test_technicians_look_through_a_camera_and_print_a_test_page_and_no_more(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    async def live(_: Json) -> tuple[Json, bytes, str]:
        return {}, picture(50), "image/png"

    async def print_test(_: Json) -> tuple[Json, bytes, str]:
        return {"job": 7}, b"", ""

    daemon.deeds["cam", "live"] = live
    daemon.deeds["hp", "print_test"] = print_test
    daemon.plug("cam", CAMERA)
    daemon.plug("hp", PRINTER, actions=["self_test", "print_test", "print"])
    await shown(site, "hp")
    assert await technician.data("/devices/by-id/cam/live") == picture(50)
    assert (await technician.post("/devices/by-id/hp/actions/print_test"))["body"] == {"job": 7}
    assert await refused(technician.post("/devices/by-id/hp/actions/print")) == "device.action"
    assert await refused(technician.post("/devices/by-id/none/actions/live")) == "device.unknown"
    daemon.refusal = {
        "status": 503,
        "code": "busy",
        "reason": "printer.jammed",
        "zh": "打印机卡纸，请打开前盖取出纸张",
        "en": "paper jam: open the front cover",
    }
    with pytest.raises(Refused) as refusal:
        await technician.post("/devices/by-id/hp/actions/print_test")
    assert (refusal.value.status, refusal.value.reason) == (503, "printer.jammed")
    assert refusal.value.body["detail"] == "打印机卡纸，请打开前盖取出纸张"


async def test_a_daemon_that_goes_away_is_told_and_its_return_too(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    daemon.plug(READER, SDT)
    await shown(site, READER)
    async with changes(technician) as stream:
        await anext(stream)
        await daemon.stop()
        assert (await anext(stream))["line"]["state"] == "away"
        # What was known stays in sight; what needs the daemon says why it cannot be.
        assert READER in await listed(technician)
        assert await refused(technician.post(f"/devices/by-id/{READER}/self-test")) == "devices.away"
        assert await refused(technician.get("/devices/history")) == "devices.away"
        assert await refused(technician.get("/devices/unknown")) == "devices.away"
        daemon.devices.clear()
        daemon.plug("cam", CAMERA)
        await daemon.restart()
        devices: set[str] = set()
        gone: set[str] = set()
        state = ""
        while state != "live" or not gone:
            change = await anext(stream)
            state = change["line"]["state"]
            devices |= {device["id"] for device in change["devices"]}
            gone |= set(change["gone"])
        assert (devices, gone) == ({"cam"}, {READER})
        # The new daemon counts from the beginning; what it tells is heard all the same.
        daemon.plug("cam-2", CAMERA)
        assert [device["id"] for device in (await anext(stream))["devices"]] == ["cam-2"]


async def test_a_device_that_cannot_be_understood_hides_no_other(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    daemon.tell("device", {"id": "strange", "kind": "coffee_machine"})
    daemon.tell("event", {"device": "strange", "kind": "coffee_machine", "name": "cup.full"})
    daemon.plug(READER, SDT)
    await shown(site, READER)
    assert set(await listed(technician)) == {READER}


async def test_history_and_unknown_devices_are_told_with_what_would_make_them_known(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    daemon.plug(READER, SDT)
    daemon.fault(READER, "id_card.silent", "没有应答", "silent")
    daemon.plug("cam", CAMERA)
    lines = (await technician.get("/devices/history"))["lines"]
    assert [(line["device"], line["what"]) for line in lines] == [
        ("cam", "plugged"),
        (READER, "fault"),
        (READER, "plugged"),
    ]
    assert lines[1]["reason"]["zh"] == "没有应答"
    lines = (await technician.get(f"/devices/history?device={READER}&limit=1"))["lines"]
    assert [line["what"] for line in lines] == ["fault"]
    daemon.unknown.append(
        {
            "key": "/devices/usb1/1-3",
            "maker": "Acme",
            "model": "Reader",
            "keys": {"usb": "dead:beef", "interfaces": ["ff0000"]},
            "suggestion": "- id: acme\n",
        }
    )
    (found,) = (await technician.get("/devices/unknown"))["sightings"]
    assert (found["name"], found["keys"]["usb"], found["suggestion"]) == (
        "Acme Reader",
        "dead:beef",
        "- id: acme\n",
    )


async def test_roles_read_and_only_technicians_change(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    daemon.plug(READER, SDT)
    await shown(site, READER)
    for name in ("wujk", "wang"):
        person = await site.staff(name)
        assert READER in await listed(person)
        assert (await person.get("/devices/history"))["lines"]
        assert (await person.get(f"/devices/by-id/{READER}/self-tests"))["results"] == []
        for doing in (
            person.post("/devices/roles/gate-1.reader/bind", {"device": READER}),
            person.post("/devices/roles/gate-1.reader/unbind", {"device": READER}),
            person.post("/devices/roles/gate-1.reader/replace", {"device": READER, "by": READER}),
            person.post("/devices/stations", {"kind": "gate", "label": ""}),
            person.post(f"/devices/by-id/{READER}/self-test"),
            person.post(f"/devices/by-id/{READER}/actions/still"),
            person.get("/devices/unknown"),
            person.get("/devices/dock"),
        ):
            assert await refused(doing) == "role.wrong"
    assert await refused(technician.post("/devices/power/pause")) == "role.wrong"


async def test_power_lost_is_journalled_shown_to_all_and_the_lead_pauses_with_one_click(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    lead, watcher = await site.staff("wang"), await site.staff("wujk")
    candidate = await site.candidate(1)
    await watcher.step("start")
    daemon.plug("ups-1", UPS, serial="UPS 1")
    await shown(site, "ups-1")
    await technician.post("/devices/roles/server.ups/bind", {"device": "ups-1"})
    assert (await watcher.get("/devices"))["power"]["power"] == "mains"
    assert await refused(lead.post("/devices/power/pause")) == "power.mains"
    async with changes(watcher) as stream:
        await anext(stream)
        daemon.happen("ups-1", "power.on_battery", {"charge_percent": 96, "runtime_s": 1500})
        power = (await anext(stream))["power"]
        assert (power["power"], power["charge_percent"], power["running"]) == (
            "battery",
            96,
            [watcher.session],
        )
        daemon.happen("ups-1", "power.low", {"charge_percent": 18, "runtime_s": 180})
        assert (await anext(stream))["power"]["power"] == "low"
        assert (await lead.post("/devices/power/pause"))["paused"] == [watcher.session]
        assert (await anext(stream))["power"]["running"] == []
        state = await candidate.get("/state")
        assert (state["phase"], state["reason"]) == ("paused", "UPS 电量低，保护性暂停")
        daemon.happen("ups-1", "power.restored", {"charge_percent": 20})
        assert (await anext(stream))["power"]["power"] == "mains"
    lines = [line for line in (await watcher.view("log"))["lines"] if line["kind"] == "site.power"]
    assert [line["zh"] for line in lines] == [
        "供电变化：市电正常，电量 20%，约可供电 3 分钟",
        "供电变化：UPS 电量低，电量 18%，约可供电 3 分钟",
        "供电变化：市电中断，UPS 供电，电量 96%，约可供电 25 分钟",
    ]


async def test_the_lead_may_pause_as_soon_as_the_mains_are_gone(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    lead = await site.staff("wang")
    candidate = await site.candidate(1)
    await lead.step("start")
    daemon.plug("ups-1", UPS, serial="UPS 1")
    await shown(site, "ups-1")
    daemon.happen("ups-1", "power.on_battery", {"charge_percent": 96, "runtime_s": 1500})
    devices = site.appliance.devices
    await until(lambda: [ups.power for ups in devices.power.counting()] == ["battery"])
    assert (await lead.post("/devices/power/pause"))["paused"] == [lead.session]
    state = await candidate.get("/state")
    assert (state["phase"], state["reason"]) == ("paused", "市电中断，保护性暂停")
    assert (await lead.post("/devices/power/pause")) == {"paused": [], "refused": []}


async def test_a_ups_that_is_on_battery_already_is_noticed_at_the_start_and_told_once(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    reason = {"code": "power.on_battery", "zh": "市电中断", "en": "on battery"}
    daemon.plug("ups-1", UPS, state="degraded", reason=reason)
    devices = site.appliance.devices
    await until(lambda: devices.power.counting() and devices.power.counting()[0].power == "battery")
    daemon.change("ups-1", facts={"charge_percent": 80, "runtime_s": 900})
    await until(lambda: devices.power.counting()[0].charge_percent == 80)
    await site.stop()
    await site.start()
    again = site.appliance.devices
    await until(again.power.counting)
    kinds = [entry["kind"] for entry in site.appliance.journal.entries()]
    assert kinds.count("site.power") == 1
    # The bound UPS that is pulled out is no good news.
    await technician.post("/devices/roles/server.ups/bind", {"device": "ups-1"})
    daemon.unplug("ups-1")
    await until(lambda: again.power.counting()[0].power == "unknown")
    assert (await technician.get("/devices"))["power"]["power"] == "unknown"


async def test_simulated_devices_are_plugged_and_used_from_the_dock(
    site: SiteApp, daemon: DaemonDouble, technician: Staff
) -> None:
    choices = [{"value": "resident", "zh": "居民身份证", "en": "resident card"}]
    card = {"name": "document", "zh": "证件", "en": "document", "type": "choice", "choices": choices}
    daemon.simulators["reader"] = {
        "id": "reader",
        "kind": "id_card",
        "zh": "模拟阅读器",
        "en": "Simulated reader",
        "plugged": False,
        "device_id": None,
        "acts": [{"name": "lay_card", "zh": "放卡", "en": "Lay card", "parameters": [card]}],
        "makes": SDT,
    }
    (simulator,) = (await technician.get("/devices/dock"))["simulators"]
    assert (simulator["plugged"], simulator["acts"][0]["parameters"][0]["choices"]) == (False, choices)
    lay = technician.post("/devices/dock/reader/acts/lay_card", {"parameters": {"document": "resident"}})
    assert await refused(lay) == "dock.unplugged"
    (simulator,) = (await technician.post("/devices/dock/reader/plug"))["simulators"]
    assert (simulator["plugged"], simulator["device"]) == (True, "sim-reader")
    await shown(site, "sim-reader")
    assert (await listed(technician))["sim-reader"]["simulated"] is True
    await technician.post("/devices/dock/reader/acts/lay_card", {"parameters": {"document": "resident"}})
    assert daemon.asked[-1] == ("reader", "lay_card", {"document": "resident"})
    await technician.post("/devices/dock/reader/unplug")
    await until(lambda: not site.appliance.devices.live.there("sim-reader"))


async def test_a_site_without_a_dock_has_no_such_address_and_one_without_devices_says_so(
    tmp_path: Path,
) -> None:
    async with site_app(tmp_path / "plain", candidates=1, devices={"run": "none"}) as site:
        person = await site.staff("zhou")
        view = await person.get("/devices")
        assert (view["line"]["state"], view["dock"]) == ("off", False)
        async with person.http.get(f"{person.url}/api/console/devices/dock") as answer:
            assert answer.status == 404
