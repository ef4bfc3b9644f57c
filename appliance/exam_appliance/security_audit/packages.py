"""Known-vulnerable packages: the installed ones against the centre's list, in Debian's order of versions."""

from __future__ import annotations

from central_sync.protocol.advisories import AdvisoriesDocument, Advisory
from exam_appliance.readiness.machine.commands import Ask
from exam_appliance.security_audit.report import MOST_LINES, Point

ZH, EN = "已知漏洞的软件包", "packages that are known to be vulnerable"


async def package_point(ask: Ask, known: AdvisoriesDocument | None) -> Point:
    """Compare the installed packages with the list; without one it says how a site gets it."""
    if known is None:
        return Point(
            id="packages",
            zh=ZH,
            en=EN,
            state="look",
            found_zh="尚未收到中心的漏洞清单，请向中心索取",
            found_en="no list came from the centre yet: ask for it",
        )
    told = await ask(["dpkg-query", "--show", "--showformat=${source:Package} ${Package} ${Version}\n"])
    if told.code != 0:
        return Point(
            id="packages", zh=ZH, en=EN, state="fault", found_zh=f"无法列出：{told.err}", found_en=told.err
        )
    open_faults: list[tuple[str, str, Advisory]] = []
    looked = 0
    for line in told.out.splitlines():
        source, name, version = line.split()
        for advisory in {*known.packages.get(source, ()), *known.packages.get(name, ())}:
            looked += 1
            if advisory.fixed is None or await _older(ask, version, advisory.fixed):
                open_faults.append((name, version, advisory))
    urgent = [one for one in open_faults if one[2].severity == "high" and one[2].fixed is not None]
    lines = [
        f"{advisory.severity} {advisory.id} {name} {version} → {advisory.fixed or '—'} {advisory.zh}".rstrip()
        for name, version, advisory in sorted(
            open_faults, key=lambda one: (one[2].severity, one[0], one[2].id)
        )
    ]
    return Point(
        id="packages",
        zh=ZH,
        en=EN,
        state="fault" if urgent else "look" if open_faults else "ok",
        found_zh=f"{known.issued} 的清单：{len(open_faults)} 项，{len(urgent)} 项高危且可修复，请更新系统"
        if open_faults
        else f"{known.issued} 的清单：没有（比对 {looked} 项）",
        found_en=f"list of {known.issued}: {len(open_faults)}, {len(urgent)} severe and mended: update"
        if open_faults
        else f"list of {known.issued}: none ({looked} compared)",
        lines=tuple(lines[:MOST_LINES]),
    )


async def _older(ask: Ask, version: str, fixed: str) -> bool:
    return (await ask(["dpkg", "--compare-versions", version, "lt", fixed])).code == 0
