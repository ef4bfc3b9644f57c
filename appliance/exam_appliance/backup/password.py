"""The password of a site's backups: eleven words with a check, in a file and on a sheet in the safe."""

from __future__ import annotations

from pathlib import Path

from central_sync.protocol.durable_file import write_once
from central_sync.protocol.release_code import (
    ReleaseCodeMistyped,
    code_text,
    new_release_code,
    read_release_code,
    spoken_words,
)
from exam_appliance.backup.trouble import BackupTrouble

FOLDER = "backup"
NAME = "password"


def password_path(state_dir: Path, set_path: Path | None) -> Path:
    """Return where the password lies."""
    return set_path or state_dir / FOLDER / NAME


def made_password(path: Path) -> str:
    """Return the password, made at the first use; the file is for its owner alone. Raises BackupTrouble."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_once(path, f"{new_release_code()}\n".encode(), mode=0o600)
        return kept_password(path)
    except OSError as error:
        raise BackupTrouble(
            "password_file",
            f"备份口令文件 {path} 无法使用（{error.strerror}），请检查权限",
            f"the password file {path} cannot be used: check its rights",
        ) from error


def kept_password(path: Path) -> str:
    """Return the password of a file; raises OSError, BackupTrouble."""
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return read_words(path.read_text("utf-8", errors="replace"))


def read_words(text: str) -> str:
    """Return the password as restic is given it, from words as typed. Raises BackupTrouble.

    The check words find a mistyped word by its place, before any repository is tried.
    """
    try:
        return code_text(read_release_code(text))
    except ReleaseCodeMistyped as wrong:
        raise BackupTrouble(
            "words",
            f"备份口令有误：{wrong.zh.replace('解密口令', '备份口令')}",
            f"the backup's words are wrong: {wrong.en.replace('release code', 'backup password')}",
        ) from wrong


def sheet_words(password: str) -> tuple[tuple[str, str], ...]:
    """Return the words for the sheet as (pinyin, character)."""
    return spoken_words(password)
