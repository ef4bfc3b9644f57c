"""What the server's own screen shows until it is a site's: where the page is, how it goes."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any

from rich.align import Align
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from site_setup.first_boot import PORT

AGAIN_S = 2.0


def show(console: Console) -> None:
    """Draw until set-up is over and its end was read; the process is ended with its unit."""
    drawn: dict[str, Any] | None = None
    with Live(_centred(None), console=console, screen=True, auto_refresh=False) as live:
        while True:
            if (told := _asked()) != drawn:
                live.update(_centred(told), refresh=True)
                drawn = told
            time.sleep(AGAIN_S)


def _centred(told: dict[str, Any] | None) -> RenderableType:
    return Align.center(screen(told), vertical="middle")


def screen(told: dict[str, Any] | None) -> RenderableType:
    """Return what to draw for the document of `FirstBoot.document`; None: it does not answer yet."""
    if told is None:
        return Panel("正在启动…… / starting …", title="Kaodian 考点", padding=(1, 4))
    parts: list[RenderableType] = []
    if told["state"] == "done":
        taken = told["taken"]
        parts.append(
            Text(f"考点 {taken['code']} {taken['name']} 已就绪 / the site is ready", style="bold green")
        )
        parts.append(Text(f"监考台 / console   {taken['console']}"))
        if taken["password"]:
            parts.append(
                Text(
                    f"账户 / account   {taken['username']}    初始密码 / first password   {taken['password']}"
                )
            )
            parts.append(
                Text("请记下；首次登录须改密码 / write it down; a new one is asked for at the first log-in")
            )
    elif told["state"] == "taking":
        parts.append(Text(f"正在设置（{told['source']}） / setting up …", style="bold"))
        parts.append(ProgressBar(total=1.0, completed=told["share"], width=60))
    else:
        parts.append(Text("本机尚未设置为考点 / this server is no site yet", style="bold"))
        parts.append(Text("一、插入带有 kaodian-set-up.yaml 的 U 盘；或"))
        parts.append(Text("   put in a stick with kaodian-set-up.yaml; or", style="dim"))
        parts.append(Text("二、用浏览器打开下列任一地址，输入数字"))
        parts.append(Text("   open one of these pages and enter the number", style="dim"))
        parts.append(Text(f"   {told['number']}", style="bold yellow"))
        parts.append(_ports(told["ports"]))
        parts += [Text(f"{problem['zh']} / {problem['en']}", style="red") for problem in told["problems"]]
    return Panel(Group(*parts), title="Kaodian 考点", padding=(1, 4), width=100)


def _ports(ports: list[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 2))
    for heading in ("网口 / port", "网线 / cable", "MAC", "网页 / page"):
        table.add_column(heading)
    for port in ports:
        cable = "已接 / yes" if port["cable"] else "未接 / no"
        pages = "\n".join(f"http://{address}:{PORT}" for address in port["addresses"] if ":" not in address)
        table.add_row(port["name"], cable, port["mac"], pages or "—")
    return table


def _asked() -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/api/set-up", timeout=5) as answer:
            told: dict[str, Any] = json.load(answer)
            return told
    except (OSError, ValueError, urllib.error.URLError):
        return None
