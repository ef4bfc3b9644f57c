"""What came of each backup, kept beside the state folder's other files, and how the backups stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, ValidationError

from central_sync.protocol.durable_file import write_whole
from central_sync.protocol.items import Words
from exam_appliance.backup.password import FOLDER
from exam_appliance.backup.settings import BackupSettings

NAME = "reports.json"
KEPT = 200


class BackupReport(Words):
    """One backup to one destination, done or not."""

    id: str
    at: AwareDatetime
    destination: str
    place: str
    ok: bool
    """It is whole, was restored for a trial, and its journal holds."""
    snapshot: str = ""
    head: int = 0
    """Seq of the last journal entry in it."""
    head_hash: str = ""
    files: int = 0
    seconds: int = 0
    same_disk: bool = False
    """It lies on the disk that it shall stand in for."""
    code: str = ""
    zh: str = ""
    en: str = ""
    """What went wrong and what to do."""


class _Reports(Words):
    reports: tuple[BackupReport, ...] = ()


class DestinationStanding(Words):
    """How the backups at one destination stand."""

    id: str
    kind: str
    place: str
    last: BackupReport | None
    last_good: BackupReport | None


class BackupStanding(Words):
    """How the site's backups stand."""

    state: Literal["none", "missing", "failed", "stale", "same_disk", "good"]
    """none: no destination is set; missing: no verified backup yet."""
    zh: str
    en: str
    last_good: BackupReport | None
    age_minutes: int | None
    stale_hours: int
    destinations: tuple[DestinationStanding, ...]


class ReportFile:
    """The reports below a state folder. Methods wait for the disk."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / FOLDER / NAME

    def read(self) -> tuple[BackupReport, ...]:
        """Return the reports, oldest first; none when there are none that can be read."""
        try:
            return _Reports.model_validate_json(self.path.read_bytes()).reports
        except (OSError, ValidationError):
            return ()

    def add(self, report: BackupReport) -> None:
        """Keep a report; raises OSError."""
        held = (*self.read(), report)[-KEPT:]
        write_whole(self.path, _Reports(reports=held).model_dump_json(indent=1).encode(), mode=0o640)


def standing(settings: BackupSettings, reports: tuple[BackupReport, ...], now: datetime) -> BackupStanding:
    """Return how the backups stand, for the console and the readiness checks."""
    places = []
    for one in settings.destinations:
        mine = [report for report in reports if report.destination == one.id]
        good = [report for report in mine if report.ok]
        places.append(
            DestinationStanding(
                id=one.id,
                kind=one.kind,
                place=one.place,
                last=mine[-1] if mine else None,
                last_good=good[-1] if good else None,
            )
        )
    goods = [place.last_good for place in places if place.last_good is not None]
    newest = max(goods, key=lambda report: report.at, default=None)
    age = None if newest is None else max(timedelta(), now - newest.at)
    state: Literal["none", "missing", "failed", "stale", "same_disk", "good"]
    failed = next((p.last for p in places if p.last is not None and not p.last.ok), None)
    if not places:
        state, zh, en = (
            "none",
            "未设置备份目的地，请在配置 backup.destinations 中设置",
            ("no destination is set: see backup.destinations in the configuration"),
        )
    elif (newest is None or age is None) and failed is None:
        state, zh, en = (
            "missing",
            "尚无验证过的备份，请立即备份",
            "there is no verified backup yet: make one now",
        )
    elif age is not None and age > timedelta(hours=settings.stale_hours):
        state, zh, en = (
            "stale",
            f"最近一次验证过的备份已超过 {settings.stale_hours} 小时，请立即备份并检查备份盘",
            f"the last verified backup is over {settings.stale_hours} hours old: make one, look at the disk",
        )
    elif failed is not None:
        state, zh, en = "failed", f"最近一次备份失败：{failed.zh}", f"the last backup failed: {failed.en}"
    elif all(report.same_disk for report in goods):
        state, zh, en = (
            "same_disk",
            "备份与考试数据在同一块硬盘上，硬盘损坏时会一起丢失；请检查备份盘是否已挂载",
            "the backup is on the same disk as the data: see whether the backup disk is mounted",
        )
    else:
        state, zh, en = "good", "备份正常，已通过恢复验证", "backups are in order and were tried by restoring"
    return BackupStanding(
        state=state,
        zh=zh,
        en=en,
        last_good=newest,
        age_minutes=None if age is None else int(age.total_seconds() // 60),
        stale_hours=settings.stale_hours,
        destinations=tuple(places),
    )
