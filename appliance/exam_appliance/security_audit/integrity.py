"""File integrity: Debian's files by dpkg's own sums, Python's by the sums of their wheels (PEP 376)."""

from __future__ import annotations

import asyncio
import base64
import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

from exam_appliance.readiness.machine.commands import Ask
from exam_appliance.security_audit.report import MOST_LINES, Point

PROGRAMS = Path("/opt/kaodian")
LEFT_OUT = (
    "/usr/share/locale/",
    "/usr/share/man/",
    "/usr/share/doc/",
    "/usr/lib/locale/",
    "/usr/share/grub/",
)
"""What an image leaves out of packages: no program reads it."""


async def integrity_points(ask: Ask, programs: Path = PROGRAMS) -> list[Point]:
    """Compare the installed files with what was shipped."""
    told = await ask(["dpkg", "--verify"])
    there = await asyncio.to_thread(programs.is_dir)
    changed = [line for line in told.out.splitlines() if is_changed(line)]
    ours = await asyncio.to_thread(lambda: sorted(changed_files(programs)))
    return [
        _point("system_files", "系统文件", "files of the system", changed, told.code is None),
        _point("program_files", "考点程序文件", "files of the site server", ours, not there),
    ]


def is_changed(line: str) -> bool:
    """Tell whether a line of `dpkg --verify` names a file of a program that is not as it was shipped.

    Settings (`c`) are the site's own; they are watched by the audit rules.
    """
    marks, _, rest = line.partition(" ")
    path = rest.strip().removeprefix("c ").strip()
    if rest.strip().startswith("c "):
        return False
    if marks == "missing":
        return not path.startswith(LEFT_OUT)
    return "5" in marks and not path.startswith(LEFT_OUT)


def changed_files(programs: Path) -> Iterator[str]:
    """Yield the files of wheels below `programs` that are missing or differ from their RECORD."""
    for record in sorted(programs.glob("lib/python3*/site-packages/*.dist-info/RECORD")):
        packages = record.parent.parent
        with record.open(newline="", encoding="utf-8") as file:
            for name, digest, *_ in csv.reader(file):
                if digest.startswith("sha256=") and not _is(packages / name, digest):
                    yield str((packages / name).resolve())


def _is(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return False
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode() == digest.removeprefix("sha256=")


def _point(name: str, zh: str, en: str, changed: list[str], unknown: bool) -> Point:
    if unknown:
        return Point(
            id=name,
            zh=zh,
            en=en,
            state="look",
            found_zh="本机上没有，无法校验",
            found_en="not on this machine, cannot be verified",
        )
    return Point(
        id=name,
        zh=zh,
        en=en,
        state="fault" if changed else "ok",
        found_zh=f"{len(changed)} 个文件与发布时不同，请重新安装" if changed else "与发布时一致",
        found_en=f"{len(changed)} files are not as shipped: install anew" if changed else "as shipped",
        lines=tuple(changed[:MOST_LINES]),
    )
