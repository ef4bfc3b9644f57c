"""Restoring (恢复) onto a new server: checked before it takes its place, so that a session can go on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from central_sync.agent.refetch import Fetched
from central_sync.agent.state import AgentFileWrong, AgentState
from central_sync.protocol.durable_file import sync_folder, write_whole
from central_sync.protocol.items import Words
from central_sync.protocol.journal import genesis
from central_sync.protocol.keys import ApplianceKeys, KeyFileWrong
from exam_appliance.backup.making import Progress, chosen
from exam_appliance.backup.password import FOLDER, NAME
from exam_appliance.backup.places import REPOSITORIES
from exam_appliance.backup.restic import Restic
from exam_appliance.backup.staging import Manifest
from exam_appliance.backup.trial import require_sound
from exam_appliance.backup.trouble import BackupTrouble
from exam_appliance.exam.rebuild import put_in_place, rebuild
from exam_appliance.journal.database import connect_to_read
from exam_appliance.journal.writing import connect
from exam_appliance.state_folder import JOURNAL, StateFolder, StateFolderWrong

RESTORED = "restored.json"
CONFIG = "restored-site.yaml"
"""The site's file as it was backed up, for the technician to put in its place."""
Fetch = Callable[[Path, Manifest, Callable[[int], str | None]], Awaitable[Fetched]]
"""Asks the centre for what the journal lacks: state folder, manifest, hash of a seq."""


class Restored(Words):
    """What was restored; lies in the state folder until the server has journalled it."""

    appliance: str
    site: str
    made_at: datetime
    snapshot: str
    head: int
    """Of the journal in the backup."""
    fetched: int
    """Entries that the centre gave in addition."""
    asked_centre: bool
    enrolled: bool
    put_aside: str = ""
    """Where the folder went that stood in the place, empty for none."""


@dataclass(frozen=True)
class Order:
    """What to restore, and where to."""

    source: str
    """Folder of a disk or stick, of a repository, or a server as restic names it."""
    snapshot: str
    to: Path
    site: str
    """Site code that this server is configured with, empty for none."""
    overwrite: bool
    any_site: bool


def repository_of(source: str) -> str:
    """Return the repository at a place: itself, or the one below a disk's folder. Raises BackupTrouble."""
    if source.startswith(("sftp:", "rest:")):
        return source
    path = Path(source)
    if not path.is_dir():
        raise BackupTrouble(
            "absent",
            f"找不到 {path}：请插好备份盘并挂载后重试",
            f"{path} is not there: plug the backup disk in, mount it, and try again",
        )
    for below in (path, path / REPOSITORIES):
        if (below / "config").is_file() and (below / "keys").is_dir():
            return str(below)
        found = sorted(one.parent for one in below.glob("*/config") if (one.parent / "keys").is_dir())
        if len(found) == 1:
            return str(found[0])
        if found:
            names = "、".join(str(one) for one in found[:10])
            raise BackupTrouble(
                "several",
                f"此处有多台服务器的备份，请指明其中一个：{names}",
                f"backups of several servers lie here, name one of them: {', '.join(map(str, found[:10]))}",
            )
    raise BackupTrouble(
        "no_repository",
        f"{path} 中没有备份仓库，请核对路径",
        f"there is no backup repository in {path}: check the path",
    )


async def restore(order: Order, restic: Restic, progress: Progress, fetch: Fetch | None) -> Restored:
    """Restore a backup into the place of a state folder. Raises BackupTrouble, Problem.

    All is checked in a folder beside it first; what stood there before is put aside, never deleted.
    """
    _require_room(order)
    snapshot = chosen(restic.snapshots(), order.snapshot)
    order.to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{order.to.name}.restoring-", dir=order.to.parent) as scratch:
        progress("恢复", "restoring", 0.0)
        content = restic.restore(snapshot, Path(scratch))
        manifest = require_sound(
            content, lambda done, of: progress("校验日志", "verifying the journal", done / max(of, 1))
        )
        _require_site(order, manifest)
        state = content / "state"
        enrolled = _require_usable(state)
        fetched = None
        if fetch is not None:
            fetched = await fetch(
                state, manifest, lambda seq: _hash_at(state / JOURNAL, manifest.appliance, seq)
            )
            _append(state / JOURNAL, fetched)
        (state / FOLDER).mkdir(exist_ok=True, mode=0o700)
        write_whole(state / FOLDER / NAME, f"{restic.password}\n".encode(), mode=0o600)
        config = content / "config" / "site.yaml"
        if config.is_file():
            shutil.copyfile(config, state / CONFIG)
        aside = _put_aside(order.to)
        restored = Restored(
            appliance=manifest.appliance,
            site=manifest.site,
            made_at=manifest.made_at,
            snapshot=snapshot.id[:8],
            head=manifest.head,
            fetched=0 if fetched is None else len(fetched.entries),
            asked_centre=fetched is not None,
            enrolled=enrolled,
            put_aside="" if aside is None else str(aside),
        )
        write_whole(state / RESTORED, restored.model_dump_json(indent=1).encode())
        try:
            state.rename(order.to)
        except OSError as error:
            if aside is not None:
                aside.rename(order.to)
            raise BackupTrouble(
                "place",
                f"无法放到 {order.to}（{error.strerror}），原有内容未动",
                f"it cannot be put at {order.to} ({error.strerror}); what was there is unharmed",
            ) from error
        sync_folder(order.to.parent)
    return restored


def _require_room(order: Order) -> None:
    if not order.to.exists() or not any(order.to.iterdir()):
        return
    if not order.overwrite:
        raise BackupTrouble(
            "not_empty",
            f"{order.to} 中已有数据，未作任何更改；确需替换请加 --yes-overwrite（原有数据会移到旁边保存）",
            f"{order.to} is not empty, nothing was changed; --yes-overwrite puts it aside",
        )
    if (order.to / "serve.lock").exists():
        try:
            with StateFolder(order.to):
                pass
        except StateFolderWrong as error:
            raise BackupTrouble("serving", *str(error).split(" / ", 1)) from error


def _require_site(order: Order, manifest: Manifest) -> None:
    if order.site and manifest.site and manifest.site != order.site and not order.any_site:
        raise BackupTrouble(
            "other_site",
            f"备份属于考点 {manifest.site}，本机为考点 {order.site}；请核对；确需恢复加 --another-site",
            f"this is a backup of site {manifest.site}, this server is configured as {order.site}: "
            "check it, or use --another-site",
        )


def _require_usable(state: Path) -> bool:
    """Check keys and the bond to the centre; tell whether the server was enrolled. Raises BackupTrouble."""
    try:
        if not (state / "keys" / "journal.key").is_file():
            raise KeyFileWrong("备份中没有密钥 / the backup holds no keys")
        ApplianceKeys.at(state / "keys")
        return AgentState(state / "sync").bond is not None
    except (KeyFileWrong, AgentFileWrong) as error:
        zh, _, en = str(error).partition(" / ")
        raise BackupTrouble("unsound", zh, en or zh) from error


def _hash_at(journal: Path, appliance: str, seq: int) -> str | None:
    if seq == 0:
        return genesis(appliance)
    with closing(connect_to_read(journal)) as reading:
        row = reading.execute("SELECT line FROM journal WHERE seq = ?", (seq,)).fetchone()
    return None if row is None else str(orjson.loads(row[0])["hash"])


def _append(journal: Path, fetched: Fetched) -> None:
    """Add entries that the centre gave and make the tables of all anew. Raises BackupTrouble."""
    if not fetched.entries:
        return
    try:
        with closing(connect(journal)) as writing:
            writing.execute("BEGIN IMMEDIATE")
            writing.executemany(
                "INSERT INTO journal(seq, kind, subject, line) VALUES (?, ?, ?, ?)",
                [
                    (entry.seq, entry.kind, entry.subject, line.decode())
                    for entry, line in zip(fetched.entries, fetched.lines, strict=True)
                ],
            )
            writing.execute("COMMIT")
        put_in_place(journal, rebuild(journal).rows)
    except sqlite3.Error as error:
        raise BackupTrouble(
            "copy",
            f"补齐的日志无法写入（{error}），请检查本机磁盘",
            f"the entries of the centre could not be written ({error}): check this server's disk",
        ) from error


def _put_aside(to: Path) -> Path | None:
    """Move what stands in the place beside it; return where it is now."""
    if not to.exists():
        return None
    if not any(to.iterdir()):
        to.rmdir()
        return None
    aside = to.with_name(f"{to.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}")
    to.rename(aside)
    return aside


def take_note(state_dir: Path) -> Restored | None:
    """Return what was restored and not yet journalled, None for nothing."""
    try:
        return Restored.model_validate_json((state_dir / RESTORED).read_bytes())
    except (OSError, ValueError):
        return None


def noted(state_dir: Path) -> None:
    """Note that the restoration is journalled."""
    (state_dir / RESTORED).unlink(missing_ok=True)
