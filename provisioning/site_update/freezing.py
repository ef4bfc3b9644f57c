"""While a session is open the system stays as it is: nothing is installed, no other slot is chosen."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from exam_appliance.config import load_site
from exam_appliance.config.problems import ConfigError
from exam_appliance.journal.database import connect_to_read
from exam_appliance.state_folder import JOURNAL
from site_update.slots import UpdateStopped

FREEZING = ("open", "running", "paused")


def open_sessions(journal: Path) -> list[str]:
    """Return the sessions in which candidates log in or sit. Raises sqlite3.Error, OSError."""
    if not journal.is_file():
        return []
    with closing(connect_to_read(journal)) as reading:
        marks = ",".join("?" * len(FREEZING))
        asked = f"SELECT session FROM session WHERE state IN ({marks}) ORDER BY session"  # noqa: S608
        return [str(row[0]) for row in reading.execute(asked, FREEZING)]


def refuse_while_open(site_file: Path = Path("/etc/kaodian/site.yaml")) -> None:
    """Do nothing when no session is open. Raises UpdateStopped when one is, or when that cannot be told."""
    if not site_file.is_file():
        return
    try:
        found = open_sessions(load_site(site_file).settings.state_dir / JOURNAL)
    except (sqlite3.Error, OSError, ConfigError) as error:
        raise UpdateStopped(
            f"无法确认有没有场次在进行（{error}），不更新；请运行 exam-appliance journal verify / "
            "whether a session is open cannot be told; nothing is updated: run exam-appliance journal verify"
        ) from error
    if found:
        raise UpdateStopped(
            f"场次 {'、'.join(found)} 正在进行，考试结束后再更新 / "
            f"session {', '.join(found)} is open: update after it has ended"
        )
