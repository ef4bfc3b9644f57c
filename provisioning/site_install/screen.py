"""The installer's screen: the disks, the choice by number, how it goes."""

from __future__ import annotations

import time

from rich.align import Align
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from site_install.disks import LEAST_MIB
from site_install.encryption import RECOVERY_FILE, has_tpm
from site_install.status import Choice, Status, choose, told

AGAIN_S = 1.0
HELD = {
    "nothing": ("空", "empty"),
    "unfinished": ("上次未装完", "unfinished"),
    "kaodian": ("已有考点系统", "a site server"),
    "other": ("其他内容", "other"),
}
WORD = "yes"


def show(console: Console) -> None:
    """Draw, ask for the disk, draw again; the process is ended with its unit."""
    drawn = None
    while True:
        status = told()
        if status != drawn:
            console.clear()
            console.print(Align.center(screen(status)))
            drawn = status
        if status.state == "choosing" and _ask(console, status):
            while told().state == "choosing":
                time.sleep(AGAIN_S / 5)
        elif status.state != "choosing":
            time.sleep(AGAIN_S)


def _ask(console: Console, status: Status) -> bool:
    """Ask for a disk; returns whether one was chosen and confirmed."""
    answer = console.input("  磁盘编号 / number of the disk: ").strip()
    if not answer.isdigit() or not 1 <= int(answer) <= len(status.disks):
        console.print(
            "  请输入表中的编号，回车刷新 / a number of the list; Enter looks again", style="yellow"
        )
        choose(Choice(""))
        return True
    disk = status.disks[int(answer) - 1]
    if not disk["large_enough"]:
        console.print(f"  磁盘太小，至少 {LEAST_MIB // 1024} GiB / the disk is too small", style="yellow")
        return False
    console.print(
        f"  {disk['name']} 上的一切将被清除 / all that is on {disk['name']} will be gone", style="bold red"
    )
    if not _agreed(console, "确认", "to confirm"):
        return False
    encrypt = has_tpm() and _agreed(console, "加密数据，密钥存入本机 TPM", "to encrypt, the key in the TPM")
    choose(Choice(disk["name"], encrypt))
    return True


def _agreed(console: Console, zh: str, en: str) -> bool:
    return console.input(f"  输入 {WORD} {zh} / {WORD} {en}: ").strip().lower() == WORD


def screen(status: Status) -> RenderableType:
    """Return what to draw."""
    parts: list[RenderableType] = [
        Text(f"安装考点服务器 / install a site server   {status.version}", style="bold")
    ]
    if status.state == "looking":
        parts.append(Text("正在查看磁盘…… / looking at the disks …"))
    elif status.state == "choosing":
        parts += [Text(""), _disks(status)]
    elif status.state == "installing":
        parts += [
            Text(f"正在安装到 {status.disk}，请勿断电、勿拔 U 盘 / installing; keep power and stick in"),
            Text(f"{status.zh} / {status.en}   {status.share:.0%}"),
            ProgressBar(total=1.0, completed=status.share, width=60),
        ]
    elif status.state == "done":
        parts.append(Text(f"已安装到 {status.disk} / installed", style="bold green"))
        parts.append(Text("请拔出 U 盘，服务器将重新启动 / take the stick out; the server restarts"))
        if status.recovery:
            parts.append(Text("数据恢复密钥，请抄录并锁存 / recovery key of the data: lock a copy away"))
            parts.append(Text(status.recovery, style="bold"))
            parts.append(Text(f"U 盘上也有 / also on the stick: {RECOVERY_FILE}"))
    parts += [Text(problem, style="red") for problem in status.problems]
    return Panel(Group(*parts), title="Kaodian 考点", padding=(1, 4), width=100)


def _disks(status: Status) -> Table:
    table = Table(box=None, padding=(0, 2))
    for heading in ("", "磁盘 / disk", "容量 / size", "型号 / model", "内容 / holds"):
        table.add_column(heading)
    for number, disk in enumerate(status.disks, 1):
        zh, en = HELD[disk["held"]]
        size = f"{disk['mib'] / 1024:.0f} GiB" + ("" if disk["large_enough"] else "（太小 / small）")
        table.add_row(str(number), disk["name"], size, disk["model"] or "—", f"{zh} / {en}")
    if not status.disks:
        table.add_row("", "没有找到磁盘 / no disk was found", "", "", "")
    return table
