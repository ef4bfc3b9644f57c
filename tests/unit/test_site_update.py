"""Updates: when they are refused, what RAUC's words mean, what becomes of a system on trial."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from site_update import slots, trial
from site_update.slots import UpdateStopped, fault
from site_update.trial import Failed, Trial, conclude, keep, kept_failure, kept_trial, wait_until_well


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (
            "Failed to install: Compatible mismatch: Expected 'a' but bundle manifest has 'b'",
            "不是为这种服务器",
        ),
        ("signature verification failed: self-signed certificate in certificate chain", "签名不是本系统"),
        ("Verification failed: unable to get local issuer certificate", "签名不是本系统"),
        (
            "failed to check bundle identifier: Invalid identifier. Did you pass a valid RAUC bundle?",
            "已损坏",
        ),
        ("signature size (5) exceeds bundle size", "已损坏"),
        ("No such file", "找不到更新包"),
        ('error calling D-Bus method "GetSlotStatus": already processing a different method', "正在安装另一"),
        ("Installation failed: something new", "RAUC 未能完成"),
    ],
)
def test_words_of_rauc_come_with_what_they_mean(said: str, meant: str) -> None:
    assert meant in fault(said)
    assert said in fault(said)


def test_a_server_that_was_not_flashed_is_told_how_it_is_updated() -> None:
    assert not Path(slots.RAUC).exists() or slots.RAUC == "/usr/bin/rauc"
    with pytest.raises(UpdateStopped):
        slots.bundle_info("/nowhere.raucb")


@pytest.fixture
def marks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, str]]:
    """Keep trials below `tmp_path`; returns the marks that RAUC would have made."""
    made: list[tuple[str, str]] = []
    monkeypatch.setattr(trial, "TRIAL", tmp_path / "update/trial.json")
    monkeypatch.setattr(trial, "FAILED", tmp_path / "update/failed.json")
    monkeypatch.setattr(slots, "mark", lambda state, slot: made.append((state, slot)))
    return made


NEW = Trial("B", "2", "1", "2026-11-27T08:00:00Z")


def test_a_new_system_that_is_well_stays(marks: list[tuple[str, str]]) -> None:
    keep(trial.TRIAL, NEW)
    conclude("2", ())
    assert marks == [("good", "booted")]
    assert (kept_trial(), kept_failure()) == (None, None)


def test_a_new_system_that_is_not_well_leaves_word_why_and_keeps_its_trial(
    marks: list[tuple[str, str]],
) -> None:
    keep(trial.TRIAL, NEW)
    conclude("2", ("nginx.service 未运行",))
    assert marks == []
    assert kept_trial() == NEW
    failed = kept_failure()
    assert failed is not None
    assert (failed.version, failed.running, failed.reasons) == ("2", "1", ("nginx.service 未运行",))


def test_a_system_that_never_said_it_was_well_is_told_of_by_the_one_before(
    marks: list[tuple[str, str]],
) -> None:
    keep(trial.TRIAL, NEW)
    conclude("1", ())
    assert marks == [("good", "booted")]
    failed = kept_failure()
    assert failed is not None
    assert "三次启动均未就绪" in failed.reasons[0]
    assert kept_trial() is None


def test_a_system_that_was_good_before_is_never_left(marks: list[tuple[str, str]]) -> None:
    conclude("1", ("nginx.service 未运行",))
    assert (marks, kept_failure()) == ([], None)


def test_the_fall_back_script_finds_the_version_in_what_is_kept(marks: list[tuple[str, str]]) -> None:
    keep(trial.TRIAL, NEW)
    assert '"version": "2"' in trial.TRIAL.read_text()
    keep(trial.FAILED, Failed("2", "1", "2026-11-27T08:00:00Z", ("a",)))
    assert json.loads(trial.FAILED.read_text())["reasons"] == ["a"]


def test_a_system_has_time_until_it_has_started_and_a_little_after() -> None:
    looks = iter([("a",), ("a",), ()])
    assert wait_until_well(lambda: next(looks), lambda: False, 60, 60, 0) == ()
    assert wait_until_well(lambda: ("a", "b"), lambda: True, 60, 0, 0) == ("a", "b")
    assert wait_until_well(lambda: ("a",), lambda: False, 0, 60, 0) == ("a",)


def test_a_server_that_becomes_a_site_while_it_is_looked_at_gets_its_time_anew() -> None:
    begun = time.monotonic()
    still = iter([True, True, False, *([True] * 1000)])
    seen: list[float] = []

    def started() -> bool:
        seen.append(time.monotonic() - begun)
        return next(still)

    assert wait_until_well(lambda: ("a",), started, 60, 0.2, 0.05) == ("a",)
    # Counted from when it was still again, after the third look.
    assert seen[-1] - seen[3] > 0.2


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have `systemctl` answer as told: the words of each of its commands."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def answers(**told: str) -> None:
        cases = "".join(f"{verb.replace('_', '-')}) printf '%s' '{text}' ;;\n" for verb, text in told.items())
        program = tmp_path / "systemctl"
        program.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}esac\n')
        program.chmod(0o755)

    return answers


@pytest.mark.parametrize(
    ("state", "jobs", "expected"),
    [
        ("starting", "", False),
        ("", "", False),
        ("running", "", True),
        ("degraded", "", True),
        ("running", "812 kaodian-enrol.service start running\n813 kaodian.service start waiting\n", False),
        ("running", "812 kaodian-start-report.service start running\n", True),
    ],
)
def test_a_system_has_started_when_nothing_waits_to_be_started(
    systemctl: Callable[..., None], state: str, jobs: str, *, expected: bool
) -> None:
    systemctl(is_system_running=state, list_jobs=jobs)
    assert trial.started() is expected


def test_what_does_not_run_is_named_and_silence_is_not_taken_for_health(
    systemctl: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "MARK", "nowhere/at/all")
    monkeypatch.setattr(trial, "SITE_FILE", Path("/nowhere/at/all"))
    systemctl(is_active="active\nactive\nactive\n")
    assert trial.amiss() == []
    systemctl(is_active="active\nfailed\nactivating\n")
    assert [one.split(" ")[0] for one in trial.amiss()] == list(trial.UNITS_BEFORE_SET_UP[1:])
    systemctl(is_active="")
    assert trial.amiss() == ["systemd 没有回答 / systemd does not answer"]


@pytest.mark.parametrize(("busy", "patience_s", "marked"), [(2, 30.0, True), (1000, 0.05, False)])
def test_rauc_is_asked_again_while_it_does_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, busy: int, patience_s: float, *, marked: bool
) -> None:
    program, asked = tmp_path / "rauc", tmp_path / "asked"
    program.write_text(
        f"""#!/bin/sh
echo "$@" >> {asked}
[ "$(wc -l < {asked})" -gt {busy} ] && exit 0
echo "already processing a different method" >&2
exit 1
"""
    )
    program.chmod(0o755)
    monkeypatch.setattr(slots, "RAUC", str(program))
    monkeypatch.setattr(slots, "BUSY_S", patience_s)
    monkeypatch.setattr(slots, "AGAIN_S", 0.01)
    if marked:
        slots.mark("good", "booted")
        assert asked.read_text().splitlines() == ["status mark-good booted"] * (busy + 1)
        return
    with pytest.raises(UpdateStopped, match="正在安装另一更新"):
        slots.mark("good", "booted")
