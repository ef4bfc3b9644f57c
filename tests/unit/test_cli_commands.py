"""The command line of the site server, run as people run it: over a folder, with exit codes and sentences."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exam_appliance.cli import main
from exam_appliance.state_folder import StateFolder

PASSWORD = "lanse-de-shan-2026"


class Machine:
    """A machine with a site's configuration file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "site.yaml"
        self.state = folder / "state"
        self.file.write_text(f"state_dir: {self.state}\nlisten:\n  port: 0\n")

    def run(self, *words: str, given: str = "") -> Result:
        """Run a command."""
        return CliRunner().invoke(main, [*words, "--config", str(self.file)], input=given)

    def technician(self) -> Result:
        """Make the first account."""
        return self.run(
            *("accounts", "create", "zhou", "--name", "周技术", "--role", "technician", "--password-stdin"),
            given=f"{PASSWORD}\n",
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_config_check_shows_every_value_with_where_it_comes_from(machine: Machine) -> None:
    shown = machine.run("config", "check")
    assert shown.exit_code == 0
    assert f'state_dir: "{machine.state}"' in shown.output
    assert f"site {machine.file}:1" in shown.output
    assert "出厂默认 / shipped default" in shown.output
    told = json.loads(machine.run("config", "check", "--json").output)
    assert told["ok"] is True
    assert told["origin"]["listen.port"]["line"] == 3


def test_a_wrong_configuration_is_named_with_file_line_key_and_what_is_allowed(machine: Machine) -> None:
    machine.file.write_text(f"state_dir: {machine.state}\nlisten:\n  port: 70000\n  prot: 1\n")
    refused = machine.run("config", "check")
    assert refused.exit_code == 2
    assert f"{machine.file}:3 listen.port" in refused.stderr
    assert "65535" in refused.stderr
    assert "port？" in refused.stderr
    told = machine.run("config", "check", "--json")
    assert told.exit_code == 2
    problems = json.loads(told.stdout)["problems"]
    assert {problem["key"] for problem in problems} == {"listen.port", "listen.prot"}


def test_commands_say_when_no_server_ever_ran_there_and_leave_nothing_behind(machine: Machine) -> None:
    for words in (("status",), ("journal", "verify"), ("accounts", "list"), ("journal", "rebuild")):
        refused = machine.run(*words)
        assert refused.exit_code == 3
        assert "考点服务尚未在此运行过" in refused.stderr
    assert not machine.state.exists()


def test_accounts_are_made_listed_and_given_new_passwords(machine: Machine) -> None:
    made = machine.technician()
    assert made.exit_code == 0, made.stderr
    again = machine.technician()
    assert again.exit_code == 3
    assert "用户名 zhou 已存在" in again.stderr
    held = json.loads(machine.run("accounts", "list", "--json").stdout)
    assert [(one["username"], one["roles"]) for one in held] == [("zhou", ["technician"])]
    changed = machine.run("accounts", "passwd", "zhou", "--generate")
    assert changed.exit_code == 0
    assert "密码 / password: " in changed.stdout
    # Nothing here says that there was service: an outage must stay visible.
    with closing(sqlite3.connect(machine.state / "journal.db")) as connection:
        kinds = [kind for (kind,) in connection.execute("SELECT kind FROM journal ORDER BY seq")]
    assert kinds == ["staff.account", "staff.password"]
    unknown = machine.run("accounts", "passwd", "wang", "--generate")
    assert unknown.exit_code == 3
    assert "wang" in unknown.stderr


def test_a_weak_password_is_refused_with_what_is_wrong_with_it(machine: Machine) -> None:
    refused = machine.run(
        *("accounts", "create", "zhou", "--name", "周", "--role", "lead", "--password-stdin"), given="kurz\n"
    )
    assert refused.exit_code == 3
    assert "密码" in refused.stderr


def test_a_folder_in_use_is_left_alone_and_the_sentence_says_what_to_do(machine: Machine) -> None:
    machine.technician()
    with StateFolder(machine.state):
        for words in (
            ("accounts", "passwd", "zhou", "--generate"),
            ("journal", "rebuild"),
            ("enrol", "--centre", "https://127.0.0.1:1", "--code", "ABCD"),
            ("courier", "export", str(machine.state.parent)),
        ):
            refused = machine.run(*words)
            assert refused.exit_code == 3, words
            assert "请先停止它" in refused.stderr
        # Looking is always possible.
        assert json.loads(machine.run("status", "--json").stdout)["running"] is True
        assert machine.run("journal", "verify").exit_code == 0


def test_a_changed_entry_is_named_by_its_seq_and_nothing_is_rebuilt_from_it(machine: Machine) -> None:
    machine.technician()
    machine.run("accounts", "passwd", "zhou", "--generate")
    assert machine.run("journal", "verify").exit_code == 0
    with closing(sqlite3.connect(machine.state / "journal.db")) as connection, connection:
        connection.execute(
            "UPDATE journal SET line = replace(line, 'command-line', 'somebody') WHERE seq = 2"
        )
    found = machine.run("journal", "verify")
    assert found.exit_code == 1
    assert "seq 2: 第 2 条内容被改动" in found.stderr
    told = json.loads(machine.run("journal", "verify", "--json").stdout)
    assert (told["ok"], told["first_wrong"]) == (False, 2)
    refused = machine.run("journal", "rebuild")
    assert refused.exit_code == 1
    assert "未作任何更改" in refused.stderr


def test_a_stick_needs_an_enrolled_server(machine: Machine, tmp_path: Path) -> None:
    machine.technician()
    refused = machine.run("courier", "export", str(tmp_path))
    assert refused.exit_code == 3
    assert "登记" in refused.stderr
    assert not list(tmp_path.glob("*.partial"))


def test_help_is_in_chinese_first() -> None:
    shown = CliRunner().invoke(main, ["--help"])
    assert shown.exit_code == 0
    for name in ("serve", "status", "config", "accounts", "enrol", "courier", "journal", "rehearse"):
        assert name in shown.output
    assert "压力演练 / play candidates" in shown.output
