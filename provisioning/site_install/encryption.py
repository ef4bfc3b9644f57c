"""Data partitions that only their server reads: LUKS2, the key in the server's TPM, a recovery key on paper.

The system's slots hold nothing of a site and are not encrypted. PCR 7, which the key is bound to, tells
whether Secure Boot is on and with whose keys (TCG PC Client Platform Firmware Profile, 3.3.4.8): it stays
as it is over updates of the system, and changes when somebody has the server start something else.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from site_images.steps import run
from site_install.disks import InstallStopped

ENCRYPTED = ("log", "evidence", "state")
"""Partitions by name; what is opened is `kd-` and the name, as the file system in it."""
GROUPS, DIGITS = 8, 6
PCRS = "7"
TPM = Path("/sys/class/tpm/tpm0/tpm_version_major")
RECOVERY_FILE = "kaodian-recovery-key.txt"
_LINE = re.compile(r"^\d{6}(?:-\d{6}){7}(?=\r?$)", re.MULTILINE)


def has_tpm(told: Path = TPM) -> bool:
    """Whether the server has a TPM 2.0 that is turned on."""
    try:
        return told.read_text().strip() == "2"
    except OSError:
        return False


def needs_tpm(told: Path = TPM) -> None:
    """Raise InstallStopped where there is no TPM 2.0."""
    if not has_tpm(told):
        raise InstallStopped(
            "要求加密数据分区，但本机没有启用 TPM 2.0；请在固件设置中启用，或去掉 encrypt / "
            "encryption is asked for and no TPM 2.0 is on: turn it on in the firmware, or leave out encrypt"
        )


def new_recovery_key() -> str:
    """Return eight groups of six digits, 159 bits of chance."""
    return "-".join(f"{secrets.randbelow(10**DIGITS):0{DIGITS}}" for _ in range(GROUPS))


def recovery_text(key: str, disk: str, serial: str) -> str:
    """Return what the technician is given."""
    return (
        f"{key}\n\n"
        f"磁盘 / disk: {disk} {serial}\n"
        "本服务器数据分区的恢复密钥：更换主板或固件设置改变后，开机时在服务器屏幕上输入。\n"
        "请抄录后锁入保险柜，并从本 U 盘删除；丢失后数据无法恢复。\n"
        "Recovery key of this server's data: asked for on its screen when mainboard or firmware settings\n"
        "changed. Lock a copy away, delete this file; without it the data is lost when the TPM is.\n"
    )


def recovery_key_in(text: str) -> str:
    """Return the key in a text of `recovery_text`. Raises ValueError."""
    if (found := _LINE.search(text)) is None:
        raise ValueError("没有恢复密钥 / no recovery key in it")
    return found[0]


@contextmanager
def key_file(key: str, folder: Path) -> Iterator[Path]:
    """Keep the key, its digits alone, in a file in memory for as long as programs need it."""
    file = folder / "key"
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
        written.write(key.replace("-", ""))
    try:
        yield file
    finally:
        file.unlink()


def encrypt(device: Path, name: str, key: Path) -> Path:
    """Make a partition an encrypted one and open it; returns the device to put a file system on.

    Raises BuildStopped.
    """
    # The recovery key is random and long: slow hashing would add nothing but minutes to each try.
    hashed = ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"]
    run(["cryptsetup", "luksFormat", "--batch-mode", "--type", "luks2", *hashed, "--key-file", key, device])
    seal(device, key)
    run(["cryptsetup", "open", "--key-file", key, device, f"kd-{name}"])
    return Path("/dev/mapper") / f"kd-{name}"


def close(name: str) -> None:
    """Close an opened partition. Raises BuildStopped."""
    run(["cryptsetup", "close", f"kd-{name}"])


def seal(device: Path, key: Path) -> None:
    """Have the TPM of this server open a partition. Raises BuildStopped."""
    run(
        [
            "systemd-cryptenroll",
            f"--unlock-key-file={key}",
            "--tpm2-device=auto",
            f"--tpm2-pcrs={PCRS}",
            device,
        ]
    )


def seal_anew(device: Path, key: Path) -> None:
    """Have the TPM of this server open a partition, and no TPM that did before. Raises BuildStopped.

    In two steps: systemd-cryptenroll takes a slot of the same PCRs for its own work, whichever TPM made it,
    and does nothing. A cut between them leaves the recovery key, which is asked for once more.
    """
    run(["systemd-cryptenroll", "--wipe-slot=tpm2", device])
    seal(device, key)
    os.sync()
