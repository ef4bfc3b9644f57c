"""A consistent copy of the state folder while the server writes, for restic to read."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import orjson
from pydantic import AwareDatetime

from central_sync.agent.state import Progress
from central_sync.protocol.durable_file import write_whole
from central_sync.protocol.items import Words
from central_sync.protocol.journal import genesis
from exam_appliance.journal.database import connect_to_read
from exam_appliance.state_folder import ADDRESS, JOURNAL

MANIFEST = "manifest.json"
FORMAT = 1
LEFT_OUT = frozenset({"backup", "courier", "speech", "serve.lock", ADDRESS})
"""Of the state folder: what is made again, or belongs to one machine."""
_SQLITE = b"SQLite format 3\x00"
_BESIDE = ("-wal", "-shm", "-journal")


class Manifest(Words):
    """What a backup holds; lies beside the copy of the state folder."""

    format: int
    appliance: str
    site: str
    """Site code, empty when none was known."""
    software: str
    schema_version: int
    """Of the journal's database."""
    made_at: AwareDatetime
    head: int
    head_hash: str
    acknowledged: int
    """How much of the journal the centre held as far as the server knew."""
    files: int


def staged(
    state: Path,
    staging: Path,
    config: Path | None,
    *,
    appliance: str,
    site: str,
    software: str,
    now: datetime,
) -> Manifest:
    """Copy the state folder into `staging`/state, the site's file into `staging`/config; return the manifest.

    Databases are copied by SQLite's online backup in one read transaction, which keeps no writer
    waiting; other files are linked, for they are replaced whole and never changed. The journal
    comes before the files that it names. Raises OSError, sqlite3.Error.
    """
    shutil.rmtree(staging, ignore_errors=True)
    copy = staging / "state"
    copy.mkdir(parents=True, mode=0o700)
    # What the centre holds is read first: it must not be ahead of the journal's copy.
    try:
        held = Progress.model_validate_json((state / "sync" / "progress.json").read_bytes())
    except (OSError, ValueError):
        held = Progress()
    copied_database(state / JOURNAL, copy / JOURNAL)
    head, head_hash, schema = journal_head(copy / JOURNAL, appliance)
    files = 1 + sum(_taken(state, copy, path) for path in _files(state) if path != state / JOURNAL)
    if config is not None and config.is_file():
        (staging / "config").mkdir()
        shutil.copy2(config, staging / "config" / "site.yaml")
    manifest = Manifest(
        format=FORMAT,
        appliance=appliance,
        site=site,
        software=software,
        schema_version=schema,
        made_at=now,
        head=head,
        head_hash=head_hash,
        acknowledged=min(held.acknowledged, head),
        files=files,
    )
    write_whole(staging / MANIFEST, manifest.model_dump_json(indent=1).encode())
    return manifest


def journal_head(journal: Path, appliance: str) -> tuple[int, str, int]:
    """Return seq and hash of the last entry of a journal file, and its schema version."""
    with closing(connect_to_read(journal)) as reading:
        row = reading.execute("SELECT seq, line FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        schema = int(reading.execute("PRAGMA user_version").fetchone()[0])
    if row is None:
        return 0, genesis(appliance), schema
    return int(row[0]), str(orjson.loads(row[1])["hash"]), schema


def copied_database(source: Path, target: Path) -> None:
    """Copy a database that others write to, whole and consistent, into one file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=30.0)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode=DELETE")
    target.chmod(source.stat().st_mode & 0o777)


def is_database(path: Path) -> bool:
    """Tell whether a file is a SQLite database."""
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _files(state: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(state):
        here = Path(folder)
        left_out = LEFT_OUT if here == state else frozenset()
        folders[:] = [name for name in folders if name not in left_out]
        for name in names:
            path = here / name
            if name in left_out:
                continue
            if path.is_symlink() or not path.is_file() or name.endswith((".part", ".partial")):
                continue
            if name.endswith(_BESIDE) and path.with_name(name.rpartition("-")[0]).exists():
                continue
            yield path


def _taken(state: Path, copy: Path, path: Path) -> int:
    """Copy or link a file; return 1, or 0 when it went away meanwhile."""
    target = copy / path.relative_to(state)
    try:
        if is_database(path):
            copied_database(path, target)
            return 1
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            target.hardlink_to(path)
        except OSError:
            shutil.copy2(path, target)
    except FileNotFoundError:
        return 0
    return 1
