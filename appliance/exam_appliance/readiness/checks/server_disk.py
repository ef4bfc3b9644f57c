"""The server's disks: size, and their health where they tell it."""

from __future__ import annotations

from collections.abc import Mapping

from exam_appliance.readiness.finding import Finding, Point, State, Text, at_least, found
from exam_appliance.readiness.machine.disks import Disk, Health, disks, health_told
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.server.disk",)
GB = 10**9
"""Disks are sold in these, not in GiB."""


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    held = disks(sources.root)
    health = {}
    for disk in held:
        told = await sources.ask(("smartctl", "--json", "--health", "--info", f"/dev/{disk.name}"))
        health[disk.name] = health_told(told.out) if told.out else Health(None, told.err)
    return judge(row, held, health)


def judge(row: Row, held: tuple[Disk, ...], health: Mapping[str, Health]) -> Finding:
    """Compare disks with the row. A disk that tells nothing of its health is counted all the same."""
    total = sum(disk.bytes for disk in held) // GB
    need = row.limits.disk_gb or 0
    shown = " + ".join(f"{disk.name} {disk.bytes // GB} GB" for disk in held)
    size = at_least(
        Text("容量", "size"),
        total or None,
        need,
        Text(f"共 {total} GB（{shown}）", f"{total} GB in all ({shown})")
        if held
        else Text("未找到硬盘", "no disk found"),
        Text(f"请加装硬盘到 {need} GB", f"install disks up to {need} GB"),
        Text(
            "请确认硬盘接好；虚拟机请对宿主机申报", "check the disks; on a virtual machine declare the host"
        ),
    )
    return found((size, *(_health_point(disk, health.get(disk.name, Health(None))) for disk in held)))


def _health_point(disk: Disk, health: Health) -> Point:
    name = Text(f"{disk.name} 健康状态", f"health of {disk.name}")
    if health.healthy is None:
        told = Text(f"{disk.name} 未报告健康状态", f"{disk.name} tells nothing of its health")
        return Point(name, told, State.PASS)
    if health.healthy:
        return Point(name, Text(f"{disk.name} 健康", f"{disk.name} healthy"), State.PASS)
    return Point(
        name,
        Text(f"{disk.name} 即将损坏（SMART）", f"{disk.name} is about to fail (SMART)"),
        State.FAIL,
        Text(
            f"请立即备份并更换硬盘 {disk.name} {disk.model}".strip(),
            f"back up now and replace disk {disk.name} {disk.model}".strip(),
        ),
    )
