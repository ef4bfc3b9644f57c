"""Why a backup or a restoration could not be done, and what to do; nothing was lost by it."""

from __future__ import annotations

import re


class BackupTrouble(Exception):
    """It cannot be done now: `code` for programs, `zh` and `en` for people."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.code = code
        self.zh = zh
        self.en = en


_KNOWN: tuple[tuple[str, str, str, str], ...] = (
    (
        r"wrong password|no key found",
        "password",
        "备份口令不对：该备份仓库是用另一份口令建立的（可能属于别的考点），请核对口令单",
        "wrong password: this repository was made with another one, perhaps another site's; check the sheet",
    ),
    (
        r"no space left|disk quota exceeded|disk full",
        "full",
        "备份盘已满，本次备份未完成，已有备份完好；请清理或更换备份盘后重试",
        "the backup disk is full; earlier backups are whole: make room or change the disk, then try again",
    ),
    (
        r"read-only file system",
        "read_only",
        "备份盘只读，无法写入；请检查开关或更换",
        "the backup disk is read-only: check its switch or change it",
    ),
    (
        r"is there a repository at the following location|unable to open config file",
        "no_repository",
        "此处没有备份仓库，请核对路径",
        "there is no backup repository at this place: check the path",
    ),
    (
        (
            r"ciphertext verification failed|hash does not match|hashes? mismatch|invalid data|checksum|"
            r"does not exist|not found in (?:the )?(?:index|repository)|unexpected eof|load(?:ing)? .*failed|"
            r"repository contains errors|pack .*: .*invalid|has been truncated|input/output error|"
            r"there were \d+ errors"
        ),
        "damaged",
        "备份仓库已损坏，不可依赖；请换用另一处备份，并更换此盘重新备份",
        "the repository is damaged, do not rely on it: use another backup, and begin a new one elsewhere",
    ),
    (
        (
            r"connection refused|no route to host|could not resolve|connection timed out|no such host|"
            r"permission denied \(publickey|connection reset|dial tcp|host key verification"
        ),
        "unreachable",
        "备份服务器连接不上，请检查网络、地址和访问权限",
        "the backup server cannot be reached: check network, address and access",
    ),
    (
        r"already locked|unable to create lock",
        "locked",
        "备份仓库正被另一个程序使用，请稍后重试",
        "another program uses the repository: try again later",
    ),
    (
        r"permission denied",
        "denied",
        "没有写入备份盘的权限，请检查目录属主",
        "no right to write to the backup place: check who owns the folder",
    ),
)


def trouble_of(said: str) -> BackupTrouble:
    """Return what restic's last words mean."""
    lowered = said.casefold()
    for pattern, code, zh, en in _KNOWN:
        if re.search(pattern, lowered):
            return BackupTrouble(code, zh, en)
    shown = said.strip().splitlines()[-1][:300] if said.strip() else ""
    return BackupTrouble(
        "restic", f"备份程序出错：{shown or '无说明'}", f"restic failed: {shown or 'without a word'}"
    )
