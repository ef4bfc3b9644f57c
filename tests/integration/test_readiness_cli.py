"""`exam-appliance readiness` and `form-4` on this machine, run as people run them."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from docx import Document

from exam_appliance.cli import main
from exam_appliance.preflight.preflight import PreflightFile
from exam_appliance.preflight.running import CHECKS
from exam_appliance.readiness.standard import standard
from exam_appliance.readiness.unit_form import UnitForm, UnitFormFile
from exam_appliance.state_folder import StateFolder
from tests.readiness_parts import pdf_text


class Machine:
    """A machine whose server has an account and does not run."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "site.yaml"
        self.state = folder / "state"
        self.file.write_text(f"state_dir: {self.state}\nsite:\n  name: 第一考试点\n  code: KD0001\n")
        made = self.run(
            *("accounts", "create", "zhou", "--name", "周技术", "--role", "technician", "--password-stdin"),
            given="lanse-de-shan-2026\n",
        )
        assert made.exit_code == 0, made.stderr

    def run(self, *words: str, given: str = "") -> Result:
        """Run a command."""
        return CliRunner().invoke(main, [*words, "--config", str(self.file)], input=given)

    def journalled(self) -> list[str]:
        """Return the kinds of all journal entries."""
        with closing(sqlite3.connect(self.state / "journal.db")) as reading:
            return [kind for (kind,) in reading.execute("SELECT kind FROM journal ORDER BY seq")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_readiness_prints_all_46_ids_with_state_and_what_to_do_and_makes_the_pdf(
    machine: Machine, tmp_path: Path
) -> None:
    pdf = tmp_path / "就绪报告.pdf"
    shown = machine.run("readiness", "--json", "--pdf", str(pdf))
    assert shown.exit_code == 1, shown.stderr
    told = json.loads(shown.stdout)
    assert [row["id"] for row in told["rows"]] == [row.id for row in standard().rows]
    assert len(told["rows"]) == 46
    for row in told["rows"]:
        assert row["state"] in ("pass", "fail", "unknown")
        assert row["measured_zh"], row
        if row["state"] != "pass" and not row["stood_in_for_by"]:
            assert row["todo_zh"], row
    by_id = {row["id"]: row for row in told["rows"]}
    assert by_id["site.server.exam_system"]["state"] == "fail"
    assert "设备服务没有运行" in by_id["site.printer"]["measured_zh"]
    assert sum(told["counts"].values()) == 46
    assert told["site_name"] == "第一考试点"
    assert "site.readiness" in machine.journalled()
    text = pdf_text(pdf.read_bytes(), tmp_path)
    assert all(row.id in text for row in standard().rows)


def test_readiness_shows_a_table_and_says_how_many_rows_are_open(machine: Machine) -> None:
    shown = machine.run("readiness")
    assert shown.exit_code == 1
    assert "项必备项待处理" in shown.stdout
    assert "site.server.cpu" in shown.stdout


def test_form_4_is_written_as_pdf_and_word_with_what_is_known(machine: Machine, tmp_path: Path) -> None:
    UnitFormFile(machine.state / "readiness" / "unit.json").keep(UnitForm(unit_name="示范考试中心"))
    pdf, docx = tmp_path / "f.pdf", tmp_path / "f.docx"
    shown = machine.run("form-4", "--pdf", str(pdf), "--docx", str(docx))
    assert shown.exit_code == 0, shown.stderr
    assert "1号服务器" in shown.stdout
    assert "统一社会信用代码" in shown.stderr
    assert "示范考试中心" in pdf_text(pdf.read_bytes(), tmp_path)
    table = Document(io.BytesIO(docx.read_bytes())).tables[0]
    assert table.rows[0].cells[1].text == "示范考试中心"
    told = json.loads(machine.run("form-4", "--json").stdout)
    assert told["servers"][0]["cores"] >= 1
    assert told["servers"][0]["memory_gb"] >= 1


def test_a_file_that_cannot_be_written_and_a_damaged_form_are_named(machine: Machine, tmp_path: Path) -> None:
    refused = machine.run("form-4", "--pdf", str(tmp_path / "none" / "f.pdf"))
    assert refused.exit_code == 3
    assert "无法写入" in refused.stderr
    UnitFormFile(machine.state / "readiness" / "unit.json").keep(UnitForm())
    (machine.state / "readiness" / "unit.json").write_text("{")
    refused = machine.run("form-4")
    assert refused.exit_code == 3
    assert "请删除后重新填写" in refused.stderr


def test_preflight_prints_its_items_keeps_and_journals_the_result(machine: Machine) -> None:
    shown = machine.run("preflight", "--json")
    assert shown.exit_code == 1, shown.stderr
    told = json.loads(shown.stdout)
    states = {item["id"]: item["state"] for item in told["items"]}
    assert list(states) == [check.id for check in CHECKS]
    assert states["line"] == states["backup"] == states["staff"] == "fail"
    assert states["sessions"] == states["rehearsal"] == states["printing"] == "unknown"
    assert all(item["todo_zh"] for item in told["items"] if item["state"] != "pass")
    kept = PreflightFile(machine.state).read()
    assert kept is not None
    assert json.loads(kept.model_dump_json()) == told
    assert machine.journalled()[-1] == "site.preflight"
    assert machine.run("journal", "verify").exit_code == 0
    plain = machine.run("preflight")
    assert "→ 请先登记到中心" in plain.stdout
    assert "项未通过" in plain.stdout


def test_results_are_not_journalled_beside_a_running_server(machine: Machine) -> None:
    before = machine.journalled()
    with StateFolder(machine.state):
        shown = machine.run("preflight")
    assert "服务运行中" in shown.stderr
    assert machine.journalled() == before
