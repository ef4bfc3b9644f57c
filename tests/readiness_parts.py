"""Parts for the tests of readiness: invented machines as trees of files, programs, machines heard."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from exam_appliance.readiness.declarations import Declaration
from exam_appliance.readiness.evidence import Evidence
from exam_appliance.readiness.finding import Finding, Point, State, Text
from exam_appliance.readiness.heard.machine_report import MachineReport
from exam_appliance.readiness.heard.machines import HeardMachine, Use
from exam_appliance.readiness.heard.user_agent import browser_facts
from exam_appliance.readiness.machine.commands import Ask, Told
from exam_appliance.readiness.report import About, ReadinessReport, composed
from exam_appliance.readiness.sources import (
    DeviceFacts,
    LineFacts,
    LineSpeed,
    Missing,
    RoleFacts,
    Sources,
)
from exam_appliance.readiness.standard import Row, standard
from tests.site_parts import APPLIANCE

NOW = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
)
NOT_THERE = Missing(Text("设备服务未启用", "no device daemon"), Text("请启用设备服务", "start the daemon"))


def row(row_id: str) -> Row:
    """Return a row of the standard."""
    found = standard().row(row_id)
    assert found is not None
    return found


def tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write an invented machine's files below a root; a name that ends in / is a folder."""
    for name, text in files.items():
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return root


def rack_server(root: Path) -> Path:
    """Write a rack server that is all that the standard asks."""
    block = (
        "processor\t: {n}\nmodel name\t: Intel(R) Xeon(R) Silver 4310 CPU @ 2.10GHz\nphysical id\t: 0\n"
        "core id\t\t: {core}\ncpu MHz\t\t: 800.000\nflags\t\t: fpu lm ssse3\n"
    )
    cpus = "\n".join(block.format(n=n, core=n % 12) for n in range(24))
    memory = {f"sys/devices/system/memory/memory{n}/state": "online\n" for n in range(16)}
    return tree(
        root,
        {
            "proc/cpuinfo": cpus,
            "proc/meminfo": "MemTotal:       32563200 kB\nMemFree: 1 kB\n",
            "sys/devices/system/memory/block_size_bytes": "80000000\n",
            **memory,
            "sys/block/sda/size": str(2_000_398_934_016 // 512),
            "sys/block/sda/device/model": "ST2000NM0055\n",
            "sys/block/sda/removable": "0\n",
            "sys/block/sdb/size": "60000000",
            "sys/block/sdb/removable": "1\n",
            "sys/block/loop0/size": "999999999999",
            "sys/class/net/eno1/address": "0c:42:a1:0b:33:7e\n",
            "sys/class/net/eno1/device/": "",
            "sys/class/net/eno1/carrier": "1",
            "sys/class/net/eno1/speed": "1000",
            "sys/class/net/br0/address": "0c:42:a1:0b:33:7f",
            "sys/class/net/br0/speed": "10000",
            "sys/class/net/wlan0/device/": "",
            "sys/class/net/wlan0/wireless/": "",
            "sys/class/net/wlan0/address": "0c:42:a1:0b:33:80",
            "sys/class/dmi/id/chassis_type": "23\n",
            "sys/class/dmi/id/sys_vendor": "Inspur\n",
            "sys/class/dmi/id/product_name": "NF5280M6\n",
            "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
            "proc/sys/net/ipv4/ip_forward": "0\n",
            "proc/net/tcp": "  sl  local_address rem_address   st\n   0: 0100007F:0CEA 00000000:0000 0A\n",
        },
    )


def programs(told: Mapping[str, str]) -> Ask:
    """Return programs of the system that print what is given by their first words; others are missing."""

    async def ask(words: Sequence[str]) -> Told:
        for name, out in told.items():
            if tuple(words[: len(name.split())]) == tuple(name.split()):
                return Told(0, out)
        return Told(None, "", f"{words[0]}: No such file or directory")

    return ask


REACHED = LineFacts(12, 24, "203.0.113.9")
MEASURED = LineSpeed(120_000, 110_000)


@dataclass
class StandInLine:
    """A line to the centre that answers what the test says."""

    reached: LineFacts | Missing = REACHED
    measured: LineSpeed | Missing = MEASURED

    async def reach(self) -> LineFacts | Missing:
        """Return how the centre answered."""
        return self.reached

    async def speed(self) -> LineSpeed | Missing:
        """Return what went through."""
        return self.measured


def sources(root: Path, **different: Any) -> Sources:
    """Return what checks look at, for an enrolled server below `root`; `different` replaces parts."""
    given: dict[str, Any] = {
        "root": root,
        "architecture": "x86_64",
        "state_dir": root / "state",
        "software": "0.1.0",
        "now": NOW,
        "ask": programs({}),
        "enrolled": True,
        "rooms": (),
        "line_kind": "",
        "machines": (),
        "devices": (),
        "centre": StandInLine(),
        **different,
    }
    return Sources(**given)


def kiosk(seat: int, **different: Any) -> MachineReport:
    """Return the report of a candidate machine that is all that the standard asks."""
    given: dict[str, Any] = {
        "machine": f"machine-{seat:04d}",
        "source": "agent",
        "proven": True,
        "room": "第一考场",
        "seat": seat,
        "cpu_model": "Intel(R) Core(TM) i5-6500 CPU @ 3.20GHz",
        "cpu_mhz": 3200,
        "cores": 4,
        "bits": 64,
        "memory_mb": 7800,
        "disk_gb": 500,
        "nic_mbit": 1000,
        "display": {"width_px": 1920, "height_px": 1080, "width_mm": 477, "height_mm": 268},
        "cameras": [{"name": "UVC", "width": 2304, "height": 1536}],
        "system_id": "uos",
        "system_version": "20",
        "client": "kaodian-kiosk 0.1.0",
        "fixed_address": True,
        "gateway": "",
        "probes": [{"target": "internet", "reached": False}],
        **different,
    }
    return MachineReport.model_validate(given)


def heard(report: MachineReport, use: Use = "seat", agent: str = CHROME, address: str = "") -> HeardMachine:
    """Return a machine as the server heard it."""
    at = address or f"10.0.0.{100 + (report.seat or 0)}"
    return HeardMachine(use, report, browser_facts(agent), at, (at,), NOW)


def room_of(number: int) -> tuple[HeardMachine, ...]:
    """Return so many good candidate machines."""
    return tuple(heard(kiosk(seat)) for seat in range(1, number + 1))


def device(kind: str, *roles: str, **different: Any) -> DeviceFacts:
    """Return a device that is ready and bound to roles."""
    given: dict[str, Any] = {
        "id": f"{kind}-1",
        "kind": kind,
        "state": "ready",
        "maker": "华视电子",
        "model": "CVR-100UC",
        "roles": tuple(RoleFacts(name, f"岗位{name}", f"role {name}") for name in roles),
        **different,
    }
    return DeviceFacts(**given)


def reported(states: dict[str, State], declared: tuple[str, ...] = ()) -> ReadinessReport:
    """Return a report whose rows all pass but those given; `declared` rows are declared by a technician."""
    todo = Text("请处理", "do it")
    findings = {
        row.id: Finding(
            state := states.get(row.id, State.PASS),
            Text("实测", "measured"),
            None if state is State.PASS else todo,
            (Point(Text("点", "point"), Text("值", "value"), state),),
        )
        for row in standard().rows
    }
    evidence = Evidence("a.pdf", "application/pdf", "0" * 64, 1)
    held = {row: Declaration(row, "zhou", NOW, "如图", evidence) for row in declared}
    about = About(
        at=NOW,
        by="zhou",
        by_name="周技术",
        site_code="KD0001",
        site_name="第一考试点",
        time_zone="Asia/Shanghai",
        appliance=APPLIANCE,
        software="0.1.0",
        machine="Inspur NF5280M6",
    )
    return composed(standard(), about, findings, held, {"zhou": "周技术"})


def pdf_text(pdf: bytes, folder: Path) -> str:
    """Return what a reader of a PDF sees, without line breaks and spaces."""
    path = folder / "read.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
    return re.sub(r"\s+", "", told.stdout.decode())
