"""Readiness, form 4 and pre-flight at the console over real HTTP, and what of it reaches the centre."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from docx import Document

from central_sync.protocol.kinds import KINDS
from exam_appliance.preflight.running import CHECKS
from exam_appliance.readiness.standard import standard
from tests.device_daemon_double import PRINTER, SDT, DaemonDouble, daemon_double
from tests.exchange_parts import until
from tests.integration.test_form_4 import UNIT
from tests.readiness_parts import kiosk, pdf_text
from tests.site_app import Refused, SiteApp, Staff, picture, site_app


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[DaemonDouble]:
    async with daemon_double(tmp_path) as double:
        yield double


@pytest.fixture
async def site(tmp_path: Path, daemon: DaemonDouble) -> AsyncIterator[SiteApp]:
    section: dict[str, object] = {"run": "service", "socket": str(daemon.socket)}
    async with site_app(tmp_path, candidates=2, state="downloaded", devices=section) as site:
        await until(lambda: site.appliance.devices.live.line == "live")
        yield site


@pytest.fixture
async def technician(site: SiteApp) -> Staff:
    return await site.staff("zhou")


async def checked(site: SiteApp, person: Staff, what: str = "readiness") -> Any:
    """Run a check and return its view once it is done."""
    assert (await person.post(f"/{what}/run"))["running"]
    here = site.appliance
    service = here.readiness if what == "readiness" else here.preflight
    await until(lambda: not service.progress().running, 60)
    return await person.get(f"/{what}")


async def send(person: Staff, name: str, data: bytes) -> Any:
    """Send a file as the page does."""
    async with person.http.post(
        f"{person.url}/api/console/readiness/evidence",
        params={"name": name},
        data=data,
        headers={"Content-Type": "application/octet-stream"},
    ) as answer:
        body = await answer.json(content_type=None)
        if answer.status >= 400:
            raise Refused(answer.status, body)
        return body


async def put_form(person: Staff, fields: dict[str, Any]) -> Any:
    """Keep the fields of the form as the page does."""
    async with person.http.put(f"{person.url}/api/console/readiness/form-4", json=fields) as answer:
        body = await answer.json(content_type=None)
        if answer.status >= 400:
            raise Refused(answer.status, body)
        return body


async def refused(doing: Any) -> str:
    with pytest.raises(Refused) as refusal:
        await doing
    assert refusal.value.body["detail"]
    assert refusal.value.body["detail_en"]
    return refusal.value.reason


def kinds_at_centre(site: SiteApp) -> list[str]:
    lines = site.centre.lines(site.appliance.journal.appliance)
    return [orjson.loads(line)["kind"] for line in lines]


async def test_a_check_at_the_console_gives_46_rows_and_its_brief_reaches_the_centre(
    site: SiteApp, technician: Staff
) -> None:
    assert (await technician.get("/readiness"))["report"] is None
    assert await refused(technician.data("/readiness/report.pdf")) == "readiness.none"
    report = (await checked(site, technician))["report"]
    assert [row["id"] for row in report["rows"]] == [row.id for row in standard().rows]
    by_id = {row["id"]: row for row in report["rows"]}
    assert by_id["site.server.exam_system"]["state"] == "pass"
    assert "Mbit/s" in by_id["site.wan.bandwidth"]["measured_zh"]
    assert "服务器可达中心" in by_id["site.wan.egress"]["measured_zh"]
    assert report["by_name"] == "周技术"
    await until(lambda: "site.readiness" in kinds_at_centre(site))


async def test_a_row_is_declared_with_a_file_and_withdrawn_again(
    site: SiteApp, technician: Staff, tmp_path: Path
) -> None:
    await checked(site, technician)
    kept = await send(technician, "路由器铭牌.png", picture())
    assert (kept["name"], kept["type"]) == ("路由器铭牌.png", "image/png")
    view = await technician.post(
        "/readiness/rows/site.router/declare",
        {"note": "H3C MSR 2600，2WAN+4LAN", "evidence": kept["sha256"], "name": kept["name"]},
    )
    (row,) = [row for row in view["report"]["rows"] if row["id"] == "site.router"]
    assert (row["state"], row["declaration"]["by_name"]) == ("declared", "周技术")
    assert await technician.data(f"/readiness/evidence/{kept['sha256']}") == picture()
    text = pdf_text(await technician.data("/readiness/report.pdf"), tmp_path)
    assert "申报：H3C" in text
    assert all(row.id in text for row in standard().rows)
    lead = await site.staff("wang")
    view = await lead.post("/readiness/rows/site.router/withdraw", {"reason": "设备已更换"})
    (row,) = [row for row in view["report"]["rows"] if row["id"] == "site.router"]
    assert (row["state"], row["declaration"]) == ("unknown", None)
    assert await refused(technician.data(f"/readiness/evidence/{kept['sha256']}")) == "evidence.missing"
    for entry in site.appliance.journal.entries():
        KINDS[entry["kind"]].body.model_validate(entry["body"])


async def test_hostile_files_unknown_rows_and_other_roles_are_refused(
    site: SiteApp, technician: Staff
) -> None:
    assert await refused(send(technician, "a.pdf", b"<script>")) == "evidence.type"
    assert await refused(send(technician, "a.pdf", b"")) == "evidence.empty"
    kept = await send(technician, "../../etc/passwd", picture())
    assert kept["name"] == "passwd.png"
    good = {"note": "x", "evidence": kept["sha256"], "name": "a.png"}
    assert await refused(technician.post("/readiness/rows/site.nothing/declare", good)) == "row.unknown"
    none = {**good, "evidence": "0" * 64}
    assert await refused(technician.post("/readiness/rows/site.router/declare", none)) == "evidence.missing"
    assert await refused(technician.post("/readiness/rows/site.router/withdraw", {"reason": "x"})) == (
        "declaration.none"
    )
    invigilator = await site.staff("wujk")
    for path in ("/readiness", "/preflight", "/readiness/form-4"):
        assert await refused(invigilator.get(path)) == "role.wrong"


async def test_seats_and_consoles_report_and_devices_count_in_the_rows(
    site: SiteApp, technician: Staff, daemon: DaemonDouble
) -> None:
    seat = await site.candidate(1, enter=False)
    for number in (1, 2):
        await seat.post("/machine", kiosk(number).model_dump(mode="json"))
    await technician.post("/machine", kiosk(9, source="page").model_dump(mode="json"))
    assert await refused(seat.post("/machine", {"machine": "x"})) == "fields.invalid"
    daemon.plug("printer-1", PRINTER, serial="P 1")
    daemon.plug("reader-1", SDT, serial="R 1")
    live = site.appliance.devices.live
    await until(lambda: {"printer-1", "reader-1"} <= set(live.devices))
    await technician.post("/devices/roles/office.reports/bind", {"device": "printer-1"})
    report = (await checked(site, technician))["report"]
    by_id = {row["id"]: row for row in report["rows"]}
    # Both seats come from this machine's one address, where the newest counts.
    assert by_id["site.seat.pc"]["measured_zh"].startswith("上报 1 台：合格 1")
    assert by_id["site.printer"]["state"] == "pass"
    assert "HP LaserJet M405" in by_id["site.printer"]["measured_zh"]
    assert by_id["site.invigilator.pc"]["state"] == "pass"
    assert "未绑定岗位" in by_id["site.identity.desk"]["measured_zh"]


async def test_form_4_is_filled_in_kept_and_downloaded(technician: Staff, tmp_path: Path) -> None:
    empty = await technician.get("/readiness/form-4")
    assert "单位名称" in empty["form"]["open_zh"]
    kept = await put_form(technician, UNIT)
    assert kept["form"]["rooms"][0] == {"name": "第一考场", "server": "一楼服务器", "capacity": 50}
    wrong = {**UNIT, "theory_rooms": [{"name": "甲", "server": "没有", "capacity": 3}]}
    assert await refused(put_form(technician, wrong)) == "form.server_unknown"
    code = {**UNIT, "credit_code": "91110000600037341A"}
    assert await refused(put_form(technician, code)) == "fields.invalid"
    assert (await technician.get("/readiness/form-4"))["unit"]["city"] == "示范市"
    text = pdf_text(await technician.data("/readiness/form-4.pdf"), tmp_path)
    assert "示范市安全生产考试中心" in text
    docx = Document(io.BytesIO(await technician.data("/readiness/form-4.docx")))
    assert docx.tables[0].rows[0].cells[1].text == "示范市安全生产考试中心"


async def test_the_pre_flight_button_prints_a_page_keeps_and_journals_the_result(
    site: SiteApp, technician: Staff, daemon: DaemonDouble
) -> None:
    assert (await technician.get("/preflight"))["result"] is None
    printed: list[Any] = []

    async def print_test(body: Any) -> tuple[dict[str, Any], bytes, str]:
        printed.append(body)
        return {}, b"", ""

    daemon.plug("printer-1", PRINTER, serial="P 1")
    daemon.deeds["printer-1", "print_test"] = print_test
    await until(lambda: "printer-1" in site.appliance.devices.live.devices)
    await technician.post("/devices/roles/office.reports/bind", {"device": "printer-1"})
    result = (await checked(site, technician, "preflight"))["result"]
    states = {item["id"]: item["state"] for item in result["items"]}
    assert list(states) == [check.id for check in CHECKS]
    assert states["printing"] == states["line"] == states["staff"] == "pass"
    assert len(printed) == 1
    assert result["by_name"] == "周技术"
    (session,) = [item for item in result["items"] if item["id"] == "sessions"]
    assert "S2026-0001" in session["measured_zh"]
    assert all(item["todo_zh"] for item in result["items"] if item["state"] != "pass")
    await until(lambda: "site.preflight" in kinds_at_centre(site))
    assert (await (await site.staff("wang")).get("/preflight"))["result"] == result


async def test_a_second_run_waits_for_the_first(technician: Staff) -> None:
    await technician.post("/preflight/run")
    assert await refused(technician.post("/preflight/run")) == "preflight.running"
