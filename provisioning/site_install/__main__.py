"""`kaodian-install`: what runs when a server was started from the installer stick."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from exam_appliance.config.problems import ConfigError
from site_images.steps import BuildStopped
from site_install.disks import Disk, InstallStopped, chosen, disks, unattended
from site_install.encryption import (
    ENCRYPTED,
    RECOVERY_FILE,
    needs_tpm,
    new_recovery_key,
    recovery_text,
    seal_anew,
)
from site_install.installing import STICK, SYSTEM, System, install, stick_system, system_on_stick
from site_install.screen import show
from site_install.status import Choice, Status, choice
from site_setup.hardware import mounted
from site_setup.places import ANSWERS_FILE
from site_setup.taking import from_folder

log = logging.getLogger("kaodian-install")
CANNOT = 3
LOOK_S = 1.0
SCREEN = Path("/dev/tty0")
PULLED_OUT = """

    The stick was pulled out: the installation did not end, the disk starts nothing.
    Put the stick in again and restart the server.

"""
READ_ON_S = 20.0
"""The end stays on the screen so long before the server restarts."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """把本安装盘的系统装到服务器的磁盘 / install the system of this stick on a disk of the server."""
    logging.basicConfig(level=logging.INFO, format="kaodian: %(message)s", stream=sys.stdout)


@main.command("disks")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def list_disks(*, as_json: bool) -> None:
    """列出可安装的磁盘 / list the disks."""
    found = disks()
    if as_json:
        click.echo(json.dumps([disk.document() for disk in found], ensure_ascii=False))
        return
    for disk in found:
        click.echo(f"{disk.name}\t{disk.mib} MiB\t{disk.model}\t{disk.held}")


@main.command()
def screen() -> None:
    """在本机屏幕上选择磁盘并显示进度 / choose on this screen, and show how it goes."""
    show(Console())


@main.command("run")
def run_installer() -> None:
    """按 U 盘上的回答或屏幕上的选择安装，然后重启 / install as answers or screen say; restart."""
    status = Status()
    status.tell()
    try:
        with mounted(str(STICK)) as folder:
            system = stick_system(folder)
            wanted = _wanted(folder)
    except (InstallStopped, ConfigError, OSError) as error:
        _failed(status, error)
        sys.exit(CANNOT)
    status.version = system.version
    # What the end needs is read while the stick is there: it may be pulled out.
    _warm()
    while True:
        found = disks()
        try:
            choice = _choose(status, found, wanted)
            recovery = None
            if choice is not None and choice.encrypt:
                recovery = _recovery_key(chosen(choice.disk, found))
        except InstallStopped as stopped:
            status.problems, wanted = [str(stopped)], None
            log.warning("%s", stopped)
            continue
        if choice is not None and _install(status, chosen(choice.disk, found), system, recovery):
            break
        wanted = None
    time.sleep(READ_ON_S)
    subprocess.run(["systemctl", "--no-block", "reboot"], check=False)


@main.command("seal")
@click.argument("key", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def seal_command(key: Path) -> None:
    """恢复密钥打开过磁盘后，把密钥重新存入 TPM / after the recovery key was typed: the TPM opens again."""
    try:
        needs_tpm()
        for name in ENCRYPTED:
            seal_anew(Path("/dev/disk/by-partlabel") / name, key)
    except (InstallStopped, BuildStopped) as stopped:
        log.error("%s", stopped)
        sys.exit(CANNOT)
    log.info("密钥已存入本机 TPM / this server's TPM opens the disk again")


def _wanted(folder: Path) -> Choice | None:
    """Return what the answers say; None: somebody chooses on the screen. Raises ConfigError."""
    if not (folder / ANSWERS_FILE).is_file():
        return None
    told = from_folder(folder)
    if told is None or told.joining.disk is None:
        return None
    return Choice(told.joining.disk, told.joining.encrypt)


def _choose(status: Status, found: Sequence[Disk], wanted: Choice | None) -> Choice | None:
    """Return what to do; None when whoever stands there wants to look again. Raises InstallStopped."""
    if wanted is not None:
        return Choice(unattended(wanted.disk, found).name, wanted.encrypt)
    status.state, status.disks = "choosing", [disk.document() for disk in found]
    status.tell()
    log.info("选择磁盘 / choose a disk: %s", ", ".join(f"{disk.name} {disk.held}" for disk in found) or "—")
    while (made := choice()) is None:
        time.sleep(LOOK_S)
    status.state = "looking"
    status.tell()
    return made if made.disk else None


def _recovery_key(disk: Disk) -> str:
    """Return a new recovery key that stands on the stick already. Raises InstallStopped."""
    needs_tpm()
    key = new_recovery_key()
    try:
        with mounted(str(STICK), "rw") as folder:
            file = folder / RECOVERY_FILE
            text = recovery_text(key, disk.name, disk.serial)
            file.write_text(text, encoding="utf-8", newline="\r\n")
            os.sync()
    except OSError as error:
        raise InstallStopped(
            f"恢复密钥无法写入安装盘，未作任何改动；请检查写保护：{error} / "
            "the recovery key cannot be written to the stick, nothing was changed: is it write-protected? "
            f"{error}"
        ) from error
    return key


def _install(status: Status, disk: Disk, system: System, recovery: str | None) -> bool:
    status.state, status.disk, status.problems = "installing", disk.name, []
    log.info("安装到 %s / installing on %s: %s", disk.name, disk.name, system.version)
    heard = ""

    def hear(zh: str, en: str, share: float) -> None:
        nonlocal heard
        percent = round(share, 2)
        if (status.zh, status.share) != (zh, percent):
            status.zh, status.en, status.share = zh, en, percent
            status.tell()
        if zh != heard:
            heard = zh
            log.info("%s / %s", zh, en)

    try:
        install(disk, system, system_on_stick(), recovery, hear)
    except InstallStopped as stopped:
        if SYSTEM.exists():
            _failed(status, stopped)
            return False
        _failed(
            status,
            InstallStopped(
                "安装盘已被拔出，安装未完成；请插好安装盘，重新启动服务器，从头再装 / "
                "the stick was pulled out and the installation did not end: put it in, restart, begin again"
            ),
        )
        # Every program was on the stick, that of the screen too: nothing is left to do but to say so,
        # on the kernel's own screen, which has no Chinese letters.
        with contextlib.suppress(OSError):
            SCREEN.write_text(PULLED_OUT)
        while True:
            time.sleep(3600)
    status.state, status.recovery = "done", recovery or ""
    status.tell()
    log.info("已安装 / installed on %s: %s", disk.name, system.version)
    return True


def _failed(status: Status, error: Exception) -> None:
    told = [str(one) for one in error.problems] if isinstance(error, ConfigError) else [str(error)]
    status.state, status.problems = "failed", told
    status.tell()
    for one in told:
        log.error("%s", one)


def _warm() -> None:
    """Read the programs that are needed to write a disk, so that they are in memory."""
    for name in (
        "sfdisk",
        "mke2fs",
        "mkfs.fat",
        "mtools",
        "grub-mkimage",
        "grub-editenv",
        "dd",
        "blockdev",
        "wipefs",
        "cryptsetup",
        "systemd-cryptenroll",
    ):
        found = subprocess.run(["which", name], capture_output=True, text=True, check=False).stdout.strip()
        if found:
            Path(found).read_bytes()


if __name__ == "__main__":
    main(prog_name="kaodian-install")
