"""A new system is on trial at its first starts: well, and it stays; not well, and the old one starts again.

The trial is written down on the state partition before the new slot is chosen, so that a power cut loses
nothing: GRUB counts the starts of a slot and leaves it after three that nobody called good.
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from central_sync.protocol.durable_file import write_whole
from exam_appliance.config import load_site
from exam_appliance.config.problems import ConfigError
from exam_appliance.state_folder import ADDRESS
from site_setup.places import MARK, SITE_FILE
from site_update import slots

TRIAL = Path("/state/update/trial.json")
FAILED = Path("/state/update/failed.json")
PATIENCE_S = 600.0
"""At most so long after the start."""
AFTER_START_S = 90.0
"""And so long once nothing waits to be started any more."""
AGAIN_S = 2.0
UNITS_OF_A_SITE = (
    "nftables.service",
    "systemd-networkd.service",
    "ssh.service",
    "chrony.service",
    "kaodian-dhcp.service",
    "nginx.service",
    "kaodian.service",
)
UNITS_BEFORE_SET_UP = ("nftables.service", "systemd-networkd.service", "kaodian-first-boot.service")


@dataclass(frozen=True, slots=True)
class Trial:
    """A version that was installed beside the one that ran. `at` is UTC, ISO 8601."""

    slot: str
    version: str
    before: str
    at: str


@dataclass(frozen=True, slots=True)
class Failed:
    """An update that was taken back, and why: Chinese and English."""

    version: str
    running: str
    at: str
    reasons: tuple[str, ...]


def now() -> str:
    """Return the time, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def keep(path: Path, told: Trial | Failed) -> None:
    """Write it so that a power cut leaves the old one or the new one."""
    write_whole(path, json.dumps(asdict(told), ensure_ascii=False).encode(), mode=0o644)


def kept_trial() -> Trial | None:
    """Return the trial that is under way, None when there is none."""
    told = _kept(TRIAL)
    return None if told is None else Trial(**told)


def kept_failure() -> Failed | None:
    """Return the last update that was taken back, None when there is none."""
    told = _kept(FAILED)
    return None if told is None else Failed(**{**told, "reasons": tuple(told["reasons"])})


def _kept(path: Path) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told


def wait_until_well(
    look: Callable[[], Iterable[str]],
    started: Callable[[], bool],
    patience_s: float = PATIENCE_S,
    after_start_s: float = AFTER_START_S,
    again_s: float = AGAIN_S,
) -> tuple[str, ...]:
    """Look again and again until nothing is amiss; returns what still is when patience is over.

    `started` tells whether the system has started all that it starts, which set-up begins once more.
    """
    deadline = time.monotonic() + patience_s
    still_since: float | None = None
    while lacking := tuple(look()):
        now_s = time.monotonic()
        still_since = (now_s if still_since is None else still_since) if started() else None
        if now_s > deadline or (still_since is not None and now_s - still_since > after_start_s):
            return lacking
        time.sleep(again_s)
    return ()


def started() -> bool:
    """Tell whether the system has started all that it starts, well or not; also after it became a site."""
    if _said("systemctl", "is-system-running").strip() in ("initializing", "starting", ""):
        return False
    jobs = _said("systemctl", "list-jobs", "--no-legend").splitlines()
    # The report of the start waits for all others.
    return all("kaodian-start-report" in job for job in jobs)


def amiss() -> list[str]:
    """Return what a started system lacks, in words; empty when it is well."""
    site = (Path("/") / MARK).is_file()
    if not site and SITE_FILE.is_file():
        return ["考点设置未能按新系统生成 / the site's settings are not in force in this system"]
    units = UNITS_OF_A_SITE if site else UNITS_BEFORE_SET_UP
    states = _said("systemctl", "is-active", *units).split()
    if len(states) != len(units):
        return ["systemd 没有回答 / systemd does not answer"]
    told = zip(units, states, strict=True)
    found = [f"{unit} 未运行 / is not running" for unit, state in told if state != "active"]
    if site and not found:
        found += _unanswered()
    return found


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.stdout


def _unanswered() -> list[str]:
    try:
        address = (load_site(None).settings.state_dir / ADDRESS).read_text().strip()
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own server's address
            return (
                [] if answer.status < 500 else [f"考点服务回答 {answer.status} / the site server answers it"]
            )
    except urllib.error.HTTPError as error:
        return [] if error.code < 500 else [f"考点服务回答 {error.code} / the site server answers it"]
    except (OSError, ValueError, ConfigError) as error:
        return [f"考点服务没有回答（{error}）/ the site server does not answer"]


def conclude(version: str, lacking: tuple[str, ...]) -> None:
    """Keep the running system, or note why it is left when it is on trial and not well.

    `lacking` is empty when it is well. `kaodian-fall-back.service` leaves it. Raises UpdateStopped.
    """
    trial = kept_trial()
    if not lacking:
        slots.mark("good", "booted")
        if trial is not None and trial.version == version:
            FAILED.unlink(missing_ok=True)
            TRIAL.unlink()
        elif trial is not None:
            # GRUB left the new slot after three starts that nobody called good.
            why = "新系统三次启动均未就绪 / the new system was not ready in three starts"
            keep(FAILED, Failed(trial.version, version, now(), (why,)))
            TRIAL.unlink()
    elif trial is not None and trial.version == version:
        keep(FAILED, Failed(trial.version, trial.before, now(), lacking))
