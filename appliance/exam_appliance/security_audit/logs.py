"""The logs: who came in by SSH and who was refused, USB devices and packets that were refused, changes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import orjson

from exam_appliance.readiness.machine.commands import Ask
from exam_appliance.security_audit.report import MOST_LINES, Point

MANY_REFUSED = 20
"""So many refused log-ins in the time looked at are worth a look."""
_IN = re.compile(r"^Accepted (\S+) for (\S+) from (\S+)")
_OUT = re.compile(
    r"^(?:Failed \S+ for|Invalid user|Connection closed by (?:authenticating|invalid) user) (.*)"
)
_PACKET = re.compile(r"^kaodian ([\w -]+?): .*?\bSRC=(\S+)")


async def log_points(ask: Ask, hours: int) -> list[Point]:
    """Return what the system's journal says of the last `hours`."""
    ssh = await _messages(ask, hours, "-t", "sshd", "-t", "sshd-session")
    usb = await _messages(ask, hours, "-t", "kaodian-usb")
    kernel = await _messages(ask, hours, "-k", "-g", "^kaodian ")
    if ssh is None or usb is None or kernel is None:
        return [
            Point(
                id="logs",
                zh="日志审计",
                en="log audit",
                state="fault",
                found_zh="系统日志无法读取，请用 sudo 执行",
                found_en="the system's journal cannot be read: run it with sudo",
            )
        ]
    return [_logins(ssh), _usb(usb), _packets(kernel)]


async def _messages(ask: Ask, hours: int, *which: str) -> list[str] | None:
    words = [
        "journalctl",
        "--quiet",
        "--output=json",
        "--output-fields=MESSAGE",
        f"--since=-{hours}h",
        *which,
    ]
    told = await ask(words)
    # 1: nothing was found (-g); with no word on standard error it is no fault.
    if told.code not in (0, 1) or told.err.strip():
        return None
    found = []
    for line in told.out.splitlines():
        try:
            message = orjson.loads(line).get("MESSAGE")
        except orjson.JSONDecodeError:
            continue
        if isinstance(message, str):
            found.append(message)
    return found


def _logins(messages: Iterable[str]) -> Point:
    came: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for message in messages:
        if into := _IN.match(message):
            came[f"{into[2]} ← {into[3]} ({into[1]})"] += 1
        elif out := _OUT.match(message):
            refused[re.sub(r" port \d+.*", "", out[1])] += 1
    many = sum(refused.values()) >= MANY_REFUSED
    lines = [f"{who} ×{count}" for who, count in came.most_common()]
    lines += [f"拒绝 / refused: {who} ×{count}" for who, count in refused.most_common()]
    return Point(
        id="logins",
        zh="系统登录",
        en="log-ins to the system",
        state="look" if many else "ok",
        found_zh=f"登录 {sum(came.values())} 次，拒绝 {sum(refused.values())} 次",
        found_en=f"{sum(came.values())} log-ins, {sum(refused.values())} refused",
        lines=tuple(lines[:MOST_LINES]),
    )


def _usb(messages: Iterable[str]) -> Point:
    refused = [message for message in messages if message.startswith("已拒绝")]
    opened = [message for message in messages if "已放行" in message]
    return Point(
        id="usb",
        zh="USB 设备",
        en="USB devices",
        state="look" if refused else "ok",
        found_zh=f"拒绝 {len(refused)} 次，放行 U 盘 {len(opened)} 次",
        found_en=f"{len(refused)} refused, sticks let in {len(opened)} times",
        lines=tuple([*refused, *opened][:MOST_LINES]),
    )


def _packets(messages: Iterable[str]) -> Point:
    counts: Counter[tuple[str, str]] = Counter()
    for message in messages:
        if found := _PACKET.match(message):
            counts[found[1], found[2]] += 1
    return Point(
        id="packets",
        zh="防火墙拦截",
        en="packets that the firewall stopped",
        state="look" if counts else "ok",
        found_zh=f"日志中 {sum(counts.values())} 条（日志有限速，总数见防火墙计数）",
        found_en=f"{sum(counts.values())} in the log, which is limited; the counters tell all",
        lines=tuple(f"{what}: {source} ×{n}" for (what, source), n in counts.most_common(MOST_LINES)),
    )
