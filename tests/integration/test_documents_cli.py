"""`exam-appliance documents` as people run it: kinds, samples, templates, printing through the server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from click.testing import CliRunner, Result

from exam_appliance.cli import main
from exam_appliance.documents.kinds import DocumentKind
from exam_appliance.documents.samples import sample_document
from tests.device_daemon_double import PRINTER, daemon_double
from tests.exchange_parts import until
from tests.pdf_reading import codes_in, text_of
from tests.printing_parts import PaperTray
from tests.site_app import PASSWORD, site_app


def run(file: Path, *words: str, given: str = "") -> Result:
    return CliRunner().invoke(main, ["documents", *words, "--config", str(file)], input=given)


def machine(folder: Path) -> Path:
    file = folder / "site.yaml"
    file.write_text(f"state_dir: {folder / 'state'}\n")
    return file


def test_kinds_are_listed_and_samples_made_with_the_templates_in_use(tmp_path: Path) -> None:
    file, out = machine(tmp_path), tmp_path / "样张.pdf"
    told = json.loads(run(file, "list", "--json").stdout)
    assert [one["kind"] for one in told["kinds"]] == [kind.value for kind in DocumentKind]
    assert not any(one["own"] for one in told["kinds"])
    assert "准考证" in run(file, "list").stdout
    made = run(file, "render", "seat_slip", "--out", str(out), "--sample", "--json")
    assert (made.exit_code, json.loads(made.stdout)["pages"]) == (0, 1)
    assert "12 号" in text_of(out.read_bytes())

    folder = tmp_path / "state" / "templates"
    folder.mkdir(parents=True)
    (folder / "seat-slip.html").write_text("<p>本省座位条 {{ seat }}</p>")
    assert run(file, "render", "seat_slip", "--out", str(out), "--sample").exit_code == 0
    assert "本省座位条" in text_of(out.read_bytes())
    own = {one["kind"]: one["own"] for one in json.loads(run(file, "list", "--json").stdout)["kinds"]}
    assert own["seat_slip"]
    assert not own["queue_slip"]


def test_every_shipped_template_can_be_taken_and_passes_the_check_as_it_is(tmp_path: Path) -> None:
    file, folder = machine(tmp_path), tmp_path / "state" / "templates"
    for kind in DocumentKind:
        assert run(file, "customise", kind.value).exit_code == 0
    assert "字段 fields: " in (folder / "seat-slip.html").read_text("utf-8")
    (folder / "seat-slip.html").write_text("{{ seat }} mine")
    again = run(file, "customise", "seat_slip")
    assert (again.exit_code, (folder / "seat-slip.html").read_text()) == (3, "{{ seat }} mine")
    checked = json.loads(run(file, "check-templates", "--json").stdout)
    assert len(checked["files"]) == len(DocumentKind)
    assert all(one["good"] and one["used"] for one in checked["files"]), checked
    missing = {one["file"]: one["missing"] for one in checked["files"] if one["missing"]}
    assert missing == {"seat-slip.html": ["room", "ticket"]}


def test_own_data_is_checked_and_wrong_use_told(tmp_path: Path) -> None:
    file, out, data = machine(tmp_path), tmp_path / "x.pdf", tmp_path / "data.json"
    assert run(file, "render", "seat_slip", "--out", str(out)).exit_code == 2
    ticket = sample_document(DocumentKind.ADMISSION_TICKET)
    data.write_text(f"[{ticket.model_dump_json()},{ticket.model_dump_json()}]")
    made = run(file, "render", "admission_ticket", "--out", str(out), "--data", str(data), "--json")
    assert json.loads(made.stdout)["pages"] == 2
    assert codes_in(out.read_bytes()) == ["261126010101"] * 2
    data.write_text('{"site": "x"}')
    wrong = run(file, "render", "admission_ticket", "--out", str(out), "--data", str(data))
    assert wrong.exit_code == 2
    assert "ticket" in wrong.stderr
    data.write_text("not json")
    assert run(file, "render", "seat_slip", "--out", str(out), "--data", str(data)).exit_code == 2


def test_templates_are_checked_with_file_line_and_what_they_leave_out(tmp_path: Path) -> None:
    file = machine(tmp_path)
    assert run(file, "check-templates").exit_code == 0
    folder = tmp_path / "state" / "templates"
    folder.mkdir(parents=True)
    (folder / "seat-slip.html").write_text("<p>{{ seat }} {{ room }}</p>")
    (folder / "zhunkaozheng.html").write_text("{{ name }}")
    assert "没有显示字段 ticket" in run(file, "check-templates").stdout
    good = run(file, "check-templates", "--json")
    assert good.exit_code == 0, good.stdout
    files = {one["file"]: one for one in json.loads(good.stdout)["files"]}
    assert files["seat-slip.html"]["missing"] == ["ticket"]
    assert not files["zhunkaozheng.html"]["used"]
    (folder / "room-list.html").write_text("第一行\n第二行\n{{ rows | nothing }}")
    (folder / "slip.css").write_text("p {\n{{ oops }}\n}")
    bad = run(file, "check-templates", "--json")
    assert bad.exit_code == 1
    files = {one["file"]: one for one in json.loads(bad.stdout)["files"]}
    (room_list,) = files["room-list.html"]["broken"]
    assert (Path(room_list["file"]).name, room_list["line"]) == ("room-list.html", 3)
    assert files["slip.css"]["broken"][0]["line"] == 2
    assert files["seat-slip.html"]["good"]


async def test_the_running_server_prints_in_somebodys_name_and_tells_its_history(tmp_path: Path) -> None:
    async with daemon_double(tmp_path) as daemon:
        section: dict[str, object] = {"run": "service", "socket": str(daemon.socket)}
        async with site_app(tmp_path, candidates=2, devices=section) as site:
            tray = PaperTray(daemon, "hp")
            tray.plug(PRINTER)
            await until(lambda: site.appliance.devices.live.there("hp"))
            await site.appliance.devices.assigning.bind("zhou", "office.reports", "hp")
            session = site.package.plan.session
            room = site.package.plan.rooms[0].name
            order = ("print", "room_list", "--session", session, "--room", room, "--password-stdin")

            async def told(*words: str, password: str = PASSWORD) -> Result:
                return await asyncio.to_thread(run, site.file, *words, given=f"{password}\n")

            wrong = await told(*order, "--user", "wujk", password="wrong-password-1")
            assert wrong.exit_code == 3
            assert "密码" in wrong.stderr
            technician = await told(*order, "--user", "zhou")
            assert technician.exit_code == 3
            first = await told(*order, "--user", "wujk", "--json")
            assert first.exit_code == 0, first.stderr
            job = json.loads(first.stdout)["job"]
            assert job["actor_name"] == "吴监考"
            await until(lambda: len(tray.tray) == 1)
            again = await told(*order, "--user", "wujk", "--json")
            assert json.loads(again.stdout)["before"]
            copy = await told("reprint", job["id"], "--user", "wang", "--password-stdin", "--json")
            assert json.loads(copy.stdout)["job"]["copy_number"] == 2
            await until(lambda: len(tray.tray) == 2)
            async with asyncio.timeout(20):
                history: list[dict[str, object]] = []
                # What came out is on disk a moment later.
                while [one["state"] for one in history] != ["printed", "printed"]:
                    history = json.loads((await told("history", "--session", session, "--json")).stdout)
            assert [(one["copy"], one["actor"]) for one in history] == [(2, "wang"), (1, "wujk")]
            assert "补打 reprint 1" in (await told("history")).stdout
        stopped = await told(*order, "--user", "wujk")
        assert stopped.exit_code == 3
        assert "请先启动" in stopped.stderr
