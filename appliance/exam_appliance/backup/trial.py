"""The trial of a backup: restored into a scratch folder, its journal verified entry by entry."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from pydantic import ValidationError

from exam_appliance.backup.staging import FORMAT, MANIFEST, Manifest, is_database
from exam_appliance.backup.trouble import BackupTrouble
from exam_appliance.journal.database import SCHEMA_VERSION, connect_to_read
from exam_appliance.journal.verify import verify_file
from exam_appliance.state_folder import JOURNAL

LEFT_FOR_WHOLE = ("packages", "evidence", "models", "blobs")
"""Folders of large files that never change, which only a whole trial restores."""


def read_manifest(content: Path) -> Manifest:
    """Return what a restored backup says of itself. Raises BackupTrouble."""
    try:
        manifest = Manifest.model_validate_json((content / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise BackupTrouble(
            "not_ours",
            "此仓库中的内容不是考点服务器的备份，请核对路径",
            "what lies here is no backup of a site server: check the path",
        ) from error
    if manifest.format > FORMAT or manifest.schema_version > SCHEMA_VERSION:
        raise BackupTrouble(
            "too_new",
            f"该备份由更新的版本（{manifest.software}）制作，请先安装该版本再恢复",
            f"the backup was made by a newer release ({manifest.software}): install that one first",
        )
    return manifest


def require_sound(content: Path, progress: Callable[[int, int], None] | None = None) -> Manifest:
    """Check databases and journal of a restored backup, return its manifest; raises BackupTrouble."""
    manifest = read_manifest(content)
    state = content / "state"
    try:
        for path in state.rglob("*"):
            if path.is_file() and is_database(path):
                with closing(connect_to_read(path)) as reading:
                    if reading.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                        raise _unsound(f"{path.name}")
        verdict = verify_file(state / JOURNAL, manifest.appliance, progress)
    except (OSError, sqlite3.Error) as error:
        raise _unsound(str(error)) from error
    if not verdict.ok:
        raise _unsound(verdict.findings[0].en)
    if (verdict.entries, verdict.head) != (manifest.head, manifest.head_hash):
        raise _unsound("the head of the journal is not the one that was backed up")
    return manifest


def _unsound(why: str) -> BackupTrouble:
    return BackupTrouble(
        "unsound",
        f"备份恢复后校验未通过（{why}），不可依赖；请换用另一份备份，并检查备份盘",
        f"the restored backup does not verify ({why}): use another one, and look at the backup disk",
    )
