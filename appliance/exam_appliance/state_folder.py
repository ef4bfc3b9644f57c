"""The one folder that holds all that must survive: who this server is, its keys, one server at a time."""

from __future__ import annotations

import fcntl
import os
import uuid
from pathlib import Path
from typing import Self

from central_sync.protocol.durable_file import write_once, write_whole
from central_sync.protocol.keys import ApplianceKeys

JOURNAL = "journal.db"
ADDRESS = "serve.address"


class StateFolderWrong(Exception):
    """The state folder cannot be used; the message says what to do."""


class StateFolder:
    """An opened state folder; `lock` keeps a second server out of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_once(path / "appliance.id", f"{uuid.uuid4()}\n".encode(), mode=0o644)
            self.appliance = str(uuid.UUID((path / "appliance.id").read_text().strip()))
        except OSError as error:
            raise StateFolderWrong(
                f"状态目录 {path} 无法使用（{error.strerror}），请检查权限和磁盘 / "
                f"the state folder {path} cannot be used: check its rights and the disk"
            ) from error
        except ValueError as error:
            raise StateFolderWrong(
                f"{path / 'appliance.id'} 内容损坏，请从备份恢复 / "
                f"{path / 'appliance.id'} is damaged: restore it from the backup"
            ) from error
        self._lock = -1

    @property
    def journal(self) -> Path:
        """Where the journal lies."""
        return self.path / JOURNAL

    def keys(self) -> ApplianceKeys:
        """Return the server's keys, made at the first start. Raises KeyFileWrong."""
        return ApplianceKeys.at(self.path / "keys")

    def tell_address(self, url: str) -> None:
        """Note where the running server listens, for the commands on the same machine."""
        write_whole(self.path / ADDRESS, f"{url}\n".encode(), mode=0o644)

    def address(self) -> str | None:
        """Return where the server listens or listened last, None when it never ran."""
        try:
            return (self.path / ADDRESS).read_text().strip() or None
        except FileNotFoundError:
            return None

    def __enter__(self) -> Self:
        """Lock the folder for this server. Raises StateFolderWrong when another one runs in it."""
        self._lock = os.open(self.path / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise StateFolderWrong(
                f"另一个考点服务正在使用 {self.path}，请先停止它 / "
                f"another server runs in {self.path}: stop it first"
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        """Unlock the folder."""
        os.close(self._lock)
