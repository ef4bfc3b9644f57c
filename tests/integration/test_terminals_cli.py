"""`exam-appliance terminals` as people run it: who is enrolled, mapping files, a simulated terminal."""

from __future__ import annotations

import asyncio
import base64
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from exam_appliance.cli import main
from tests.identity_parts import DecidedFaces, jpeg
from tests.site_app import site_app


def run(file: Path, *words: str, given: str = "") -> Result:
    return CliRunner().invoke(main, ["terminals", *words, "--config", str(file)], input=given)


def machine(folder: Path) -> Path:
    file = folder / "site.yaml"
    file.write_text(f"state_dir: {folder / 'state'}\n")
    return file


def mapping(folder: Path, *changes: tuple[str, str]) -> Path:
    text = files("exam_appliance.terminals").joinpath("mappings", "json-in-headers.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = folder / "maker.yaml"
    file.write_text(text)
    return file


RECORD: dict[str, Any] = {
    "recordId": "R-0001",
    "time": "2026-11-26 09:01:02",
    "cert": {"type": "1", "no": "110101199001011237", "name": "王明", "end": "长期"},
    "pics": {"scene": base64.b64encode(jpeg()).decode()},
    "same": 1,
}


def test_a_good_mapping_is_told_with_its_calls_and_a_wrong_one_with_every_line(tmp_path: Path) -> None:
    file = machine(tmp_path)
    good = run(file, "check-mapping", str(mapping(tmp_path)))
    assert good.exit_code == 0, good.stderr
    assert "可用 good" in good.stdout
    assert "POST /device/record (json)" in good.stdout
    told = json.loads(run(file, "check-mapping", str(mapping(tmp_path)), "--json").stdout)
    assert (told["ok"], told["name"], len(told["calls"])) == (True, "json-in-headers", 5)

    wrong = mapping(tmp_path, ("form: ms}", "form: hours}"), ("read: base64", "read: base46"))
    refused = run(file, "check-mapping", str(wrong))
    assert refused.exit_code == 1
    first, *others = refused.stderr.strip().splitlines()
    assert first.startswith("maker.yaml:9 signature.time.form: 值 'hours' 不符合要求；应为ms、s / ")
    assert len(others) == 2
    assert all("base64" in one for one in others)
    as_json = run(file, "check-mapping", str(wrong), "--json")
    assert as_json.exit_code == 1
    assert [one["line"] for one in json.loads(as_json.stdout)["problems"]] == [9, 65, 66]
    (tmp_path / "no.yaml").write_text("a: [")
    assert run(file, "check-mapping", str(tmp_path / "no.yaml")).exit_code == 1
    assert run(file, "check-mapping", str(tmp_path / "missing.yaml")).exit_code == 2


def test_a_makers_sample_shows_what_it_becomes(tmp_path: Path) -> None:
    file, body = machine(tmp_path), tmp_path / "record.json"
    words = ("check-mapping", str(mapping(tmp_path)), "--try", str(body))
    body.write_text(json.dumps(RECORD))
    shown = run(file, *words)
    assert shown.exit_code == 0, shown.stdout
    assert "document_kind    resident  ← /cert/type" in shown.stdout
    assert f"live_picture     JPEG, {len(jpeg())} 字节 bytes  ← /pics/scene" in shown.stdout
    told = json.loads(run(file, *words, "--json").stdout)
    assert told["fields"]["taken_at"] == "2026-11-26 01:01:02+00:00"
    assert told["fields"]["valid_until"] == "long_term"

    body.write_text(json.dumps({**RECORD, "cert": {"type": "7", "no": "1"}, "score": "high"}))
    refused = run(file, *words)
    assert refused.exit_code == 1
    for part in ("fields.document_kind（/cert/type）: 不认识的值 7", "document_number（/cert/no）", "score"):
        assert part in refused.stdout
    told = json.loads(run(file, *words, "--json").stdout)
    assert {one["field"] for one in told["wrong"]} == {"document_kind", "document_number", "score"}
    body.write_text("{")
    broken = run(file, *words)
    assert (broken.exit_code, "record.json: 不是有效的 JSON" in broken.stderr) == (1, True)
    body.write_text('{"ver": "2.1", "alarm": "摄像头故障"}')
    beat = json.loads(run(file, *words, "--call", "heartbeat", "--json").stdout)
    assert beat["fields"] == {"software": "2.1", "faults": ["摄像头故障"]}
    none = mapping(
        tmp_path, ("  announcement:\n    method: GET\n    path: /device/words", "  x:\n    path: /x")
    )
    assert run(file, "check-mapping", str(none)).exit_code == 1


async def test_a_simulated_terminal_goes_the_whole_way_and_the_list_tells_of_it(tmp_path: Path) -> None:
    async with site_app(tmp_path, terminals={"silent_seconds": 3.0}) as site:
        site.appliance.verifying._faces = DecidedFaces()
        technician = await site.staff("zhou")

        async def told(*words: str, given: str = "") -> Result:
            return await asyncio.to_thread(run, site.file, *words, given=given)

        async def listed() -> dict[str, dict[str, Any]]:
            found = json.loads((await told("list", "--json")).stdout)
            assert found["running"]
            return {one["name"]: one for one in found["terminals"]}

        assert "还没有登记一体机" in (await told("list")).stdout
        keys = {}
        for name, spoken in (("一号", ""), ("二号", "form-and-xml"), ("三号", "json-in-headers")):
            body = {"name": name, "place": "一楼大厅", "mapping": spoken}
            keys[name] = await technician.post("/terminals", body)
        assert {one["state"] for one in (await listed()).values()} == {"never_heard"}
        for name, enrolled in keys.items():
            order = ("simulate", enrolled["address"], "--id", enrolled["terminal"]["id"], "--key-stdin")
            candidates = "1" if name == "一号" else "0"
            played = await told(
                *order, "--seconds", "0", "--candidates", candidates, "--json", given=f"{enrolled['key']}\n"
            )
            assert played.exit_code == 0, played.stdout
            steps = json.loads(played.stdout)["steps"]
            assert [one["en"] for one in steps][:4] == [
                "heartbeat",
                "roster",
                "registration photo",
                "somebody not on the roster",
            ]
            assert "4 人" in steps[1]["said"]
            assert steps[3]["said"] == "拒绝 refuse"
        assert site.appliance.verifying.verified(site.package.tickets[0]) is not None
        assert site.appliance.verifying.verified(site.package.tickets[1]) is None
        last = (await listed())["一号"]
        assert last["software"].startswith("exam-appliance")
        async with asyncio.timeout(30):
            states: set[str] = set()
            while states != {"silent"}:
                states = {one["state"] for one in (await listed()).values()}
        silent = await told("list")
        assert silent.exit_code == 1
        assert "失联 silent  一号（一楼大厅）" in silent.stdout

        again = ("--id", keys["一号"]["terminal"]["id"], "--key-stdin", "--seconds", "1")
        wrong = await told("simulate", *again, given=f"{base64.b64encode(bytes(32)).decode()}\n")
        assert wrong.exit_code == 1
        assert "未登记，或签名不符" in wrong.stdout
        assert (await told("simulate", *again, given="short\n")).exit_code == 2
        strange = ("simulate", f"{site.url}/api/terminal/mapped/acme", *again)
        assert (await told(*strange, given=f"{keys['一号']['key']}\n")).exit_code == 2
        good = await told("simulate", *again, given=f"{keys['一号']['key']}\n")
        assert good.exit_code == 0, good.stdout
        address = site.url
    stopped = await told("list", "--json")
    assert stopped.exit_code == 0
    assert {one["state"] for one in json.loads(stopped.stdout)["terminals"]} == {"server_stopped"}
    away = await told("simulate", address, *again, given=f"{keys['一号']['key']}\n")
    assert (away.exit_code, "请确认服务已启动" in away.stderr) == (3, True)


async def test_what_a_terminal_said_last_outlives_a_restart_of_the_server(tmp_path: Path) -> None:
    async with site_app(tmp_path, terminals={"silent_seconds": 3600.0}) as site:
        technician = await site.staff("zhou")
        enrolled = await technician.post("/terminals", {"name": "一号", "place": "", "mapping": ""})
        order = ("simulate", "--id", enrolled["terminal"]["id"], "--key-stdin", "--seconds", "0")
        assert (await asyncio.to_thread(run, site.file, *order, given=f"{enrolled['key']}\n")).exit_code == 0
        before = (await technician.get("/terminals"))["terminals"][0]
        await site.stop()
        await site.start()
        (after,) = (await (await site.staff("zhou")).get("/terminals"))["terminals"]
        assert (after["state"], after["heard_at"]) == ("online", before["heard_at"])
        assert after["software"] == before["software"]
