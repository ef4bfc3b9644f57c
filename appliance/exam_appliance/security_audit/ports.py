"""Listening ports, each with its program: what no part of a site server opens is named."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exam_appliance.readiness.machine.commands import Ask
from exam_appliance.security_audit.report import Point

OURS = (
    "chronyd",
    "cupsd",
    "cups-browsed",
    "dnsmasq",
    "exam-appliance",
    "kaodian",
    "nginx",
    "python",
    "sshd",
    "systemd",
    "upsd",
)
"""Beginnings of the names of programs that a site server runs."""
_USERS = re.compile(r'\(\("([^"]+)"')


@dataclass(frozen=True, slots=True)
class Listening:
    """One port. `program` is "" where the system does not tell it."""

    kind: str
    address: str
    program: str

    @property
    def local(self) -> bool:
        """Whether the machine alone can reach it."""
        return self.address.startswith(("127.", "[::1]", "[::ffff:127."))

    @property
    def ours(self) -> bool:
        """Whether a part of a site server opens it."""
        return self.program.startswith(OURS)


def listening(told: str) -> list[Listening]:
    """Return what `ss -H -l -n -t -u -p` tells."""
    found = set()
    for line in told.splitlines():
        fields = line.split()
        if len(fields) >= 5:
            program = _USERS.search(line)
            found.add(Listening(fields[0], fields[4], program[1] if program else ""))
    return sorted(found, key=lambda one: (one.kind, one.address, one.program))


async def port_point(ask: Ask) -> Point:
    """Compare the listening ports with what a site server opens."""
    told = await ask(["ss", "-H", "-l", "-n", "-t", "-u", "-p"])
    zh, en = "监听端口", "listening ports"
    if told.code != 0:
        return Point(
            id="ports", zh=zh, en=en, state="fault", found_zh=f"无法读取：{told.err}", found_en=told.err
        )
    found = listening(told.out)
    strange = [one for one in found if not one.ours and not one.local]
    lines = [
        f"{'! ' if one in strange else ''}{one.kind} {one.address} {one.program or '?'}" for one in found
    ]
    return Point(
        id="ports",
        zh=zh,
        en=en,
        state="fault" if strange else "ok",
        found_zh=f"{len(found)} 个，其中 {len(strange)} 个不属于考点服务器，请查明并停用"
        if strange
        else f"{len(found)} 个，都属于考点服务器",
        found_en=f"{len(found)}, {len(strange)} of them of no part of a site server: find out and stop"
        if strange
        else f"{len(found)}, all of a site server's own",
        lines=tuple(sorted(lines)),
    )
