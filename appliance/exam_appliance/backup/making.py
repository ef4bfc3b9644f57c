"""A backup from beginning to end: copy, restic, trial by restoring, retention, report."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from exam_appliance.backup.password import FOLDER, made_password, password_path
from exam_appliance.backup.places import Place, place_of, restic_of
from exam_appliance.backup.report import BackupReport, ReportFile
from exam_appliance.backup.restic import Restic, Snapshot
from exam_appliance.backup.settings import BackupSettings, Destination
from exam_appliance.backup.staging import Manifest, staged
from exam_appliance.backup.trial import LEFT_FOR_WHOLE, require_sound
from exam_appliance.backup.trouble import BackupTrouble

Progress = Callable[[str, str, float], None]
"""Told what is being done, in Chinese and English, and how much of it is done, 0 to 1."""


@dataclass(frozen=True)
class Source:
    """What is backed up: a site server's state folder and the site's file."""

    state_dir: Path
    config: Path | None
    settings: BackupSettings
    appliance: str
    site: str
    software: str

    @property
    def folder(self) -> Path:
        """Where backups keep what they need; itself never backed up."""
        return self.state_dir / FOLDER


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Keep a second backup of this server out. Raises BackupTrouble."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupTrouble(
                "running", "另一次备份正在进行，请稍候", "another backup is under way: wait for it"
            ) from error
        yield
    finally:
        os.close(handle)


def make_backups(
    source: Source, destinations: tuple[Destination, ...], progress: Progress, *, new_repository: bool = False
) -> list[BackupReport]:
    """Back up to each destination and return the reports, which are kept too; one failing stops no other.

    Raises BackupTrouble when none can be tried: another run, no password, no copy.
    """
    with one_at_a_time(source.folder):
        password = made_password(password_path(source.state_dir, source.settings.password_file))
        staging = source.folder / "staging"
        try:
            manifest = _copy(source, staging, progress)
            reports = []
            for destination in destinations:
                report = _to_one(source, destination, password, staging, manifest, progress, new_repository)
                _keep(source, report)
                reports.append(report)
            return reports
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def check_backup(
    source: Source, destination: Destination, snapshot: str, progress: Progress, *, whole: bool
) -> Manifest:
    """Restore a kept backup for a trial and return what it holds. Raises BackupTrouble."""
    with one_at_a_time(source.folder):
        password = made_password(password_path(source.state_dir, source.settings.password_file))
        place = place_of(destination, source.appliance, source.state_dir)
        restic = restic_of(place, password, source.state_dir)
        if whole:
            progress("检查仓库", "checking the repository", 0.0)
            restic.check()
        return tried(restic, chosen(restic.snapshots(), snapshot), source.folder, progress, whole=whole)


def chosen(snapshots: tuple[Snapshot, ...], wanted: str) -> Snapshot:
    """Return the snapshot of an id, or the newest for `latest`. Raises BackupTrouble."""
    found = [one for one in snapshots if wanted == "latest" or one.id.startswith(wanted)]
    if not found or (wanted != "latest" and len(found) > 1):
        raise BackupTrouble(
            "no_snapshot",
            f"没有这份备份（{wanted[:40]}），请用 exam-appliance backup list 查看",
            f"there is no such backup ({wanted[:40]}): see exam-appliance backup list",
        )
    return found[-1]


def tried(restic: Restic, snapshot: Snapshot, scratch: Path, progress: Progress, *, whole: bool) -> Manifest:
    """Restore a backup into a scratch folder, check it there, return its manifest. Raises BackupTrouble."""
    progress("试恢复", "restoring for a trial", 0.0)
    try:
        with tempfile.TemporaryDirectory(prefix="trial-", dir=scratch) as folder:
            content = restic.restore(snapshot, Path(folder), () if whole else LEFT_FOR_WHOLE)

            def verified(done: int, of: int) -> None:
                progress("校验日志", "verifying the journal", done / max(of, 1))

            manifest = require_sound(content, verified)
            if whole:
                held = sum(1 for path in (content / "state").rglob("*") if path.is_file())
                if held != manifest.files:
                    raise BackupTrouble(
                        "unsound",
                        f"备份中应有 {manifest.files} 个文件，实有 {held} 个",
                        f"the backup shall hold {manifest.files} files and holds {held}",
                    )
            return manifest
    except OSError as error:
        raise BackupTrouble(
            "scratch",
            f"试恢复时本机磁盘出错（{error.strerror}），请检查磁盘空间",
            f"this server's disk failed during the trial ({error.strerror}): check its space",
        ) from error


def _copy(source: Source, staging: Path, progress: Progress) -> Manifest:
    progress("复制数据", "copying the data", 0.0)
    try:
        return staged(
            source.state_dir,
            staging,
            source.config,
            appliance=source.appliance,
            site=source.site,
            software=source.software,
            now=datetime.now(UTC),
        )
    except PermissionError as error:
        raise BackupTrouble(
            "copy",
            f"无权访问 {error.filename}：请把它改回考点服务的用户所有（chown kaodian:），再备份",
            f"{error.filename} is closed to this user: give it back to the user of the site server "
            "(chown kaodian:), then back up again",
        ) from error
    except (OSError, sqlite3.Error) as error:
        raise BackupTrouble(
            "copy",
            f"无法复制数据（{error}），请检查本机磁盘空间",
            f"the data could not be copied ({error}): check the space on this server's disk",
        ) from error


def _to_one(
    source: Source,
    destination: Destination,
    password: str,
    staging: Path,
    manifest: Manifest,
    progress: Progress,
    new_repository: bool,
) -> BackupReport:
    began = time.monotonic()
    report = BackupReport(
        id=uuid.uuid4().hex,
        at=manifest.made_at,
        destination=destination.id,
        place=destination.place,
        ok=False,
        head=manifest.head,
        head_hash=manifest.head_hash,
        files=manifest.files,
    )
    place: Place | None = None
    try:
        place = place_of(destination, source.appliance, source.state_dir)
        report = report.model_copy(update={"same_disk": place.same_disk})
        restic = restic_of(place, password, source.state_dir)
        _ready(source, restic, place, new_repository)
        tags = {"site": manifest.site, "head": str(manifest.head), "software": manifest.software}
        told = lambda part: progress(f"备份到 {destination.id}", f"backing up to {destination.id}", part)  # noqa: E731
        snapshot = restic.backup(staging, source.appliance, tags, told)
        report = report.model_copy(update={"snapshot": snapshot.id[:8]})
        held = tried(restic, snapshot, source.folder, progress, whole=False)
        if (held.head, held.head_hash) != (manifest.head, manifest.head_hash):
            raise BackupTrouble(
                "unsound",
                "试恢复得到的不是刚才备份的内容，不可依赖；请更换备份盘",
                "the trial gave another content than was backed up: change the backup disk",
            )
        restic.forget(source.appliance, source.settings.keep.model_dump())
    except BackupTrouble as trouble:
        why = trouble
        if place is not None and place.lost():
            why = BackupTrouble(
                "pulled",
                "备份途中备份盘被拔出，本次备份未完成，已有备份和考试数据不受影响；请插好后重试",
                "the disk was pulled while it was written; earlier backups and the exam are unharmed: "
                "plug it in and try again",
            )
        failed = {"code": why.code, "zh": why.zh, "en": why.en}
        return report.model_copy(update={**failed, "seconds": round(time.monotonic() - began)})
    return report.model_copy(update={"ok": True, "seconds": round(time.monotonic() - began)})


def _ready(source: Source, restic: Restic, place: Place, new_repository: bool) -> None:
    """Make the repository at the first use. Raises BackupTrouble."""
    if restic.exists():
        # Of a backup that the power ended.
        restic.unlock()
        return
    before = [
        one
        for one in ReportFile(source.state_dir).read()
        if one.ok and (one.destination, one.place) == (place.destination.id, place.destination.place)
    ]
    if before and not new_repository:
        raise BackupTrouble(
            "gone",
            "以前的备份仓库不在此处：可能备份盘未挂载或换了盘；确需新建请加 --new-repository",
            "the repository of earlier backups is not here: is the disk mounted? "
            "use --new-repository to begin a new one",
        )
    restic.init()


def _keep(source: Source, report: BackupReport) -> None:
    try:
        ReportFile(source.state_dir).add(report)
    except OSError as error:
        raise BackupTrouble(
            "report",
            f"备份报告无法保存（{error.strerror}），请检查本机磁盘",
            f"the report of the backup cannot be kept ({error.strerror}): check this server's disk",
        ) from error
