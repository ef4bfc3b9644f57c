"""rehearsal: 1,000 candidates against the server of a site, all on this machine."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import orjson

from exam_appliance.web.console.models import RehearsalReport
from tests.bench.figure import Figure
from tests.bench.server_process import PASSWORD, TECHNICIAN, site_server

P99_MS = 100


async def rehearsal(folder: Path, *, candidates: int, minutes: int) -> Figure:
    """Play a rehearsal with the command that technicians use."""
    async with site_server(folder) as site:
        playing = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "exam_appliance.cli", "rehearse", "--url", site.url, "--user", TECHNICIAN, "--json"),
            *("--candidates", str(candidates), "--minutes", str(minutes)),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "KAODIAN_STAFF_PASSWORD": PASSWORD},
        )
        told, _ = await playing.communicate()
        memory = site.peak_memory_mb()
    report = RehearsalReport.model_validate(orjson.loads(told))
    faults = (f"{report.lost} receipts lost",) if report.lost else ()
    faults += (f"{report.errors} errors",) if report.errors else ()
    return Figure(
        "rehearsal",
        report.save_ms.p99,
        "ms, p99 of a save",
        "the most it may take, ms",
        P99_MS,
        P99_MS / max(1, report.save_ms.p99),
        1.0,
        {
            "candidates": report.candidates,
            "minutes": minutes,
            "saves": report.saves,
            "lost": report.lost,
            "errors": report.errors,
            "save_p50_ms": report.save_ms.p50,
            "start_bell_s": report.start_bell_s,
            "server_peak_memory_mb": memory,
        },
        faults,
    )
