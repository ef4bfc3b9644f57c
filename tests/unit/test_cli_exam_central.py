"""The command exam-central, run as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central_sync.centre.cli import main
from central_sync.centre.files.bank_xlsx import read_bank_xlsx, read_media_zip
from central_sync.centre.files.roster_read import read_roster


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """State folder of the centre that the commands work on."""
    monkeypatch.setenv("EXAM_CENTRAL_STATE_DIR", str(tmp_path / "centre"))
    return tmp_path / "centre"


def run(*words: str, text: str | None = None) -> Result:
    """Run the command with these words."""
    return CliRunner().invoke(main, list(words), input=text)


def test_samples_are_loaded_once_and_arranged(state: Path) -> None:
    first = run("samples", "load", "--in-minutes", "45")
    assert first.exit_code == 0, first.output
    assert len(first.output.splitlines()) == 2
    again = run("samples", "load")
    assert again.exit_code == 1
    assert "已有名为" in again.output
    assert run("ledger", "rebuild").exit_code == 0


def test_sample_files_are_what_the_import_takes(tmp_path: Path) -> None:
    assert run("samples", "files", str(tmp_path / "files")).exit_code == 0
    files = {path.name: path.read_bytes() for path in (tmp_path / "files").iterdir()}
    media, report = read_media_zip(files["题库-低压电工作业-媒体.zip"])
    assert report.ok
    bank, report = read_bank_xlsx(files["题库-低压电工作业.xlsx"], media)
    assert bank is not None
    assert (report.ok, report.findings) == (True, ())
    roster, report = read_roster(files["名册-低压电工作业.xlsx"], files["名册-低压电工作业-照片.zip"])
    assert roster is not None
    assert len(roster.candidates) == len(roster.photos) == 40
    assert report.findings == ()


def test_accounts_are_made_listed_and_refused_with_a_reason(state: Path) -> None:
    made = run(
        "accounts", "create", "hong", "--name", "洪立川", "--role", "admin", text="Erste-Losung-7\n" * 2
    )
    assert made.exit_code == 0, made.output
    (listed,) = json.loads(run("accounts", "list", "--json").output)
    assert listed == {"username": "hong", "name": "洪立川", "roles": ["admin"], "active": True}
    weak = run("accounts", "create", "gu-m", "--name", "顾", "--role", "viewer", text="x\nx\n")
    assert weak.exit_code == 1
    assert " / " in weak.output


def test_a_claim_code_is_given_only_for_a_registered_site(state: Path) -> None:
    refused = run("claim", "MC0101")
    assert refused.exit_code == 1
    assert "请先登记" in refused.output
    run("samples", "load")
    assert json.loads(run("claim", "MC0101", "--json").output)["site"] == "MC0101"


def test_wrong_settings_are_named_with_place_and_key(tmp_path: Path) -> None:
    file = tmp_path / "central.yaml"
    file.write_text("console:\n  port: many\n")
    told = run("--config", str(file), "config", "check")
    assert told.exit_code == 1
    assert "console.port" in told.output


def test_a_database_password_is_not_shown(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAM_CENTRAL_DATABASE_URL", "mysql+pymysql://kd:geheim@127.0.0.1/kaodian")
    told = run("config", "check", "--json")
    assert "geheim" not in told.output
    assert json.loads(told.output)["database_url"].startswith("mysql+pymysql://kd:***@")
