"""restic, which encrypts, deduplicates and keeps: one repository, every failure as BackupTrouble."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from exam_appliance.backup.trouble import BackupTrouble, trouble_of

LOOK_S = 0.3
"""How often it is looked whether the disk is still there, seconds."""
Progress = Callable[[float], None]
"""Told how much is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A backup in a repository."""

    id: str
    at: str
    """ISO 8601."""
    appliance: str
    folder: str
    """What was backed up, as an absolute path of the machine that did."""
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Restic:
    """One repository. All methods wait for restic: call them on a thread."""

    repository: str
    password: str
    options: Mapping[str, str] = field(default_factory=dict)
    ca_file: Path | None = None
    cache: Path | None = None
    """Folder of restic's cache; None for repositories on this machine's disks."""
    lost: Callable[[], bool] = lambda: False
    """Tells that the disk was pulled: restic would try again for a quarter of an hour."""

    def exists(self) -> bool:
        """Tell whether there is a repository that the password opens. Raises BackupTrouble."""
        try:
            self._run(["cat", "config"])
        except BackupTrouble as trouble:
            if trouble.code == "no_repository":
                return False
            raise
        return True

    def init(self) -> None:
        """Make the repository. Raises BackupTrouble."""
        self._run(["init"])

    def backup(self, folder: Path, appliance: str, tags: Mapping[str, str], progress: Progress) -> Snapshot:
        """Back a folder up and return the snapshot. Raises BackupTrouble."""
        words = ["backup", "--json", "--host", appliance, "--ignore-ctime", "--ignore-inode"]
        for name, value in tags.items():
            words += ["--tag", f"{name}={value}"]
        summary: dict[str, Any] = {}
        for line in self._lines([*words, str(folder)]):
            if line.get("message_type") == "status":
                progress(float(line.get("percent_done", 0.0)))
            elif line.get("message_type") == "summary":
                summary = line
        if "snapshot_id" not in summary:
            raise trouble_of("")
        short = str(summary["snapshot_id"])[:8]
        return next(one for one in self.snapshots() if one.id.startswith(short))

    def snapshots(self) -> tuple[Snapshot, ...]:
        """Return all backups, oldest first. Raises BackupTrouble."""
        held = orjson.loads(self._run(["snapshots", "--json"]) or b"[]") or []
        return tuple(
            Snapshot(
                id=str(one["id"]),
                at=str(one["time"]),
                appliance=str(one["hostname"]),
                folder=str(one["paths"][0]),
                tags=dict(tag.split("=", 1) for tag in one.get("tags") or () if "=" in tag),
            )
            for one in sorted(held, key=lambda one: str(one["time"]))
        )

    def restore(self, snapshot: Snapshot, target: Path, leave_out: Sequence[str] = ()) -> Path:
        """Restore a backup, without folders of some names, and return where it lies. Raises BackupTrouble."""
        words = ["restore", snapshot.id, "--target", str(target)]
        self._run([*words, *(part for name in leave_out for part in ("--exclude", name))])
        return target / snapshot.folder.lstrip("/")

    def forget(self, appliance: str, keep: Mapping[str, int]) -> None:
        """Forget what is past its time and give its room free. Raises BackupTrouble."""
        words = ["forget", "--prune", "--host", appliance, "--group-by", "host", "--quiet"]
        for span, number in keep.items():
            if number:
                words += [f"--keep-{span}", str(number)]
        self._run(words)

    def check(self) -> None:
        """Check the repository's structure. Raises BackupTrouble."""
        self._run(["check", "--quiet"])

    def unlock(self) -> None:
        """Take away locks of programs that no longer run. Raises BackupTrouble."""
        self._run(["unlock", "--quiet"])

    def _run(self, words: Sequence[str]) -> bytes:
        with self._started(words) as process:
            said, wrong = process.communicate()
        _require_well(process.returncode, wrong)
        return said

    def _lines(self, words: Sequence[str]) -> Iterator[dict[str, Any]]:
        with self._started(words) as process:
            if process.stdout is None or process.stderr is None:
                raise RuntimeError("restic has no pipes")
            for line in process.stdout:
                try:
                    told = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if isinstance(told, dict):
                    yield told
            wrong = process.stderr.read()
            process.wait()
        _require_well(process.returncode, wrong)

    @contextmanager
    def _started(self, words: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
        program = shutil.which("restic")
        if program is None:
            raise BackupTrouble(
                "no_restic",
                "未安装备份程序 restic，请执行 apt-get install restic",
                "restic is not installed: apt-get install restic",
            )
        command = ["nice", "-n", "10", program, "--repo", self.repository]
        command += ["--no-cache"] if self.cache is None else ["--cache-dir", str(self.cache)]
        if self.ca_file is not None:
            command += ["--cacert", str(self.ca_file)]
        for name, value in self.options.items():
            command += ["--option", f"{name}={value}"]
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": os.environ.get("HOME", "/"),
            "LC_ALL": "C.UTF-8",
            "RESTIC_PASSWORD": self.password,
            "RESTIC_PROGRESS_FPS": "4",
            # An exam may be running on the same machine.
            "GOMAXPROCS": "1",
        }
        with subprocess.Popen(
            [*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        ) as process:
            ended = threading.Event()
            watch = threading.Thread(target=self._watched, args=(process, ended), daemon=True)
            watch.start()
            try:
                yield process
            except BaseException:
                process.terminate()
                raise
            finally:
                ended.set()
                watch.join()

    def _watched(self, process: subprocess.Popen[bytes], ended: threading.Event) -> None:
        while not ended.wait(LOOK_S):
            if self.lost():
                process.kill()
                return


def _require_well(code: int | None, wrong: bytes) -> None:
    if code != 0:
        raise trouble_of(wrong.decode(errors="replace"))
