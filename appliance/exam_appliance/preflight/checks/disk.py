"""Room on the disk that holds the journal, and how fast it brings entries to safety."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path

from exam_appliance.preflight.looking import Looked
from exam_appliance.readiness.finding import Finding, Point, State, Text, found

ID = "disk"
NAME = Text("硬盘空间与速度", "disk space and speed")

NEEDED_BYTES = 10 * 10**9
NEEDED_SHARE = 0.05
"""Of the disk: file systems slow down when they fill up."""
SYNCS = 20
SLOWEST_SYNC_MS = 50
"""A save waits for one sync; half a hundred milliseconds is still nothing that a candidate notices."""
BLOCK = 4096
BULK = 64 * 1024 * 1024
SLOWEST_MB_S = 30

_FREE = Text("剩余空间", "free space")
_SYNC = Text("落盘耗时", "time to disk")
_BULK = Text("写入速度", "write speed")
_SLOW = Text(
    "硬盘过慢：请停止其他写盘程序，检查硬盘健康（就绪检查），必要时更换为固态硬盘",
    "the disk is slow: stop other programs that write, check its health, or put in an SSD",
)


async def check(looked: Looked) -> Finding:
    """Measure and compare; during an exam nothing is written for the sake of measuring."""
    folder = looked.place.state_dir
    usage = await asyncio.to_thread(shutil.disk_usage, folder)
    space = space_point(usage.free, usage.total)
    if looked.exam_runs or space.state is State.FAIL:
        return found((space,))
    try:
        sync_ms, mb_s = await asyncio.to_thread(measured, folder)
    except OSError as error:
        why = error.strerror or str(error)
        todo = Text(
            "请检查硬盘是否只读或损坏（系统日志）",
            "see in the system's log whether it is read-only or broken",
        )
        broken = Point(_SYNC, Text(f"无法写入：{why}", f"cannot be written: {why}"), State.FAIL, todo)
        return found((space, broken))
    return found((space, *speed_points(sync_ms, mb_s)))


def space_point(free: int, total: int) -> Point:
    """Compare free bytes with what an exam day needs."""
    shown = Text(f"剩余 {free / 1e9:.1f} GB", f"{free / 1e9:.1f} GB free")
    if free >= max(NEEDED_BYTES, total * NEEDED_SHARE):
        return Point(_FREE, shown, State.PASS)
    need = max(NEEDED_BYTES, total * NEEDED_SHARE) / 1e9
    return Point(
        _FREE,
        shown,
        State.FAIL,
        Text(
            f"请清理到至少 {need:.0f} GB 可用：删除旧录像、旧安装包等，不要动状态目录",
            f"make room for {need:.0f} GB: remove old recordings and installers, never the state folder",
        ),
    )


def speed_points(sync_ms: float, mb_s: float) -> tuple[Point, Point]:
    """Compare the usual sync (ms) and a long write (MB/s)."""
    sync = Text(f"每次落盘 {sync_ms:.1f} ms", f"{sync_ms:.1f} ms a sync")
    bulk = Text(f"连续写入 {mb_s:.0f} MB/s", f"{mb_s:.0f} MB/s")
    good_sync, good_bulk = sync_ms <= SLOWEST_SYNC_MS, mb_s >= SLOWEST_MB_S
    return (
        Point(_SYNC, sync, State.PASS if good_sync else State.FAIL, None if good_sync else _SLOW),
        Point(_BULK, bulk, State.PASS if good_bulk else State.FAIL, None if good_bulk else _SLOW),
    )


def measured(folder: Path) -> tuple[float, float]:
    """Return the middle time of a small write with sync, ms, and the speed of a long one, MB/s."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="preflight-") as scratch:
        path = Path(scratch) / "written"
        times = []
        with path.open("wb", buffering=0) as file:
            for _ in range(SYNCS):
                begun = time.monotonic()
                file.write(os.urandom(BLOCK))
                os.fdatasync(file.fileno())
                times.append(time.monotonic() - begun)
            piece = os.urandom(1024 * 1024)
            begun = time.monotonic()
            for _ in range(BULK // len(piece)):
                file.write(piece)
            os.fdatasync(file.fileno())
            took_s = time.monotonic() - begun
    return sorted(times)[len(times) // 2] * 1000, BULK / 1e6 / max(took_s, 1e-6)
