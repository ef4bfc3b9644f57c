"""The command exam-central, run as a user runs it."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central_sync.centre.api.models import SiteRequest
from central_sync.centre.app import Centre
from central_sync.centre.cli import main
from central_sync.centre.exchange.service import now_utc
from central_sync.centre.files.bank_xlsx import read_bank_xlsx, read_media_zip
from central_sync.centre.files.roster_read import read_roster
from central_sync.centre.settings import load_settings
from central_sync.protocol.advisories import AdvisoriesDocument
from central_sync.protocol.session import SignedDocument


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


ADVISORIES = {
    "issued": "2026-11-20",
    "source": "考试机构",
    "packages": {"nginx": [{"id": "CVE-2026-0001", "fixed": "1.26.3-3+deb13u2", "severity": "high"}]},
}


def sent(state: Path) -> list[SignedDocument]:
    """Return the lists of vulnerable packages that the centre has published."""
    with sqlite3.connect(next(state.glob("*.db"))) as database:
        rows = database.execute("SELECT signed FROM exchange_document WHERE kind = 'advisories'").fetchall()
    return [SignedDocument.model_validate_json(row[0]) for row in rows]


def test_the_list_of_vulnerable_packages_goes_to_every_site_and_again_only_when_it_changed(
    state: Path, tmp_path: Path
) -> None:
    run("samples", "load")
    file = tmp_path / "advisories.json"
    file.write_text(json.dumps(ADVISORIES))
    told = run("advisories", str(file), "--json")
    assert told.exit_code == 0, told.output
    sites = json.loads(told.output)["sites"]
    first = sent(state)
    assert (len(first), {one.name for one in first}) == (sites, {"packages"})
    assert AdvisoriesDocument.model_validate(first[0].body).packages["nginx"][0].severity == "high"
    assert run("advisories", str(file)).exit_code == 0
    assert sent(state) == first


def test_a_site_that_comes_later_gets_the_list_as_well(state: Path, tmp_path: Path) -> None:
    run("samples", "load")
    file = tmp_path / "advisories.json"
    file.write_text(json.dumps(ADVISORIES))
    run("advisories", str(file))
    before = sent(state)
    centre = Centre(load_settings(None, os.environ), clock=now_utc)
    try:
        with centre.database.begin() as session:
            told = centre.sites.all(session)[0]
            asked = {name: getattr(told, name) for name in SiteRequest.model_fields}
            centre.sites.put(session, "MC0199", SiteRequest.model_validate(asked))
    finally:
        centre.close()
    after = {one.site: one.body for one in sent(state)}
    assert set(after) - {one.site for one in before} == {"MC0199"}
    assert after["MC0199"] == before[0].body


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"issued": "yesterday"}, "issued"),
        (
            {"packages": {"nginx": [{"id": "CVE-2026-0001", "severity": "dreadful"}]}},
            "packages.nginx.0.severity",
        ),
        ({"packages": {"../nginx": []}}, "packages.../nginx"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_list_with_faults_is_sent_to_nobody(
    state: Path, tmp_path: Path, wrong: dict[str, object], place: str
) -> None:
    run("samples", "load")
    file = tmp_path / "advisories.json"
    file.write_text(json.dumps({**ADVISORIES, **wrong}))
    told = run("advisories", str(file))
    assert told.exit_code == 1
    assert place in told.output
    assert sent(state) == []


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
