"""answer-save: responses saved a second over 64 connections, beside a bare handler of the same bodies."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from yarl import URL

from tests.bench.figure import Figure
from tests.bench.server_process import ROOT, serving
from tests.site_app import site_app

CONNECTIONS = 64
ROUNDS = 3
"""The two are measured in turn, so that what else the machine does weighs on both."""
NEEDED = 0.5
SCRIPT = Path(__file__).with_name("save.lua")


async def answer_save(folder: Path, *, seconds: int) -> Figure:
    """Measure with wrk: the real route with session check, validation and journal, against bare aiohttp."""
    async with site_app(folder, candidates=CONNECTIONS) as site:
        seated = await site.candidates()
        await (await site.staff("wujk")).step("start")
        at = URL(f"{site.url}/api/candidate")
        lines = []
        for person in seated:
            items = [item["item"] for item in await person.paper()]
            cookie = person.http.cookie_jar.filter_cookies(at)["kd_candidate"].value
            lines.append(" ".join([f"kd_candidate={cookie}", *items]))
        settings_file = site.file
    seats = folder / "seats"
    seats.write_text("\n".join(lines) + "\n")
    real_n = bare_n = real_failed = bare_failed = 0
    real_s = bare_s = 0.0
    slowest_ms = 0.0
    program = ROOT / "tests" / "integration" / "serving_process.py"
    async with (
        serving(program, settings_file) as real,
        serving("-m", "tests.bench.bare_server", folder) as bare,
    ):
        for number in range(ROUNDS):
            # Each round counts on: a save number that came before would be a retry, not a save.
            n, s, failed, p99 = await _wrk(real.url, "/api/candidate/responses", seats, seconds, number)
            real_n, real_s, real_failed = real_n + n, real_s + s, real_failed + failed
            slowest_ms = max(slowest_ms, p99)
            n, s, failed, _ = await _wrk(bare.url, "/responses", seats, seconds, number)
            bare_n, bare_s, bare_failed = bare_n + n, bare_s + s, bare_failed + failed
    faults = (f"{real_failed} saves failed",) if real_failed else ()
    faults += (f"{bare_failed} requests to the bare handler failed",) if bare_failed else ()
    value, bound = real_n / real_s, bare_n / bare_s
    return Figure(
        "answer-save",
        value,
        "saves/s",
        "bare aiohttp that parses and answers the same bodies, requests/s",
        bound,
        value / bound,
        NEEDED,
        {"connections": CONNECTIONS, "p99_ms": round(slowest_ms, 1)},
        faults,
    )


async def _wrk(url: str, path: str, seats: Path, seconds: int, number: int) -> tuple[int, float, int, float]:
    """Return requests, seconds, failures and p99 in ms."""
    process = await asyncio.create_subprocess_exec(
        "wrk",
        *("-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT), url),
        stdout=asyncio.subprocess.PIPE,
        env={
            **os.environ,
            "KAODIAN_SEATS": str(seats),
            "KAODIAN_PATH": path,
            "KAODIAN_FROM": str(number * 10_000_000),
        },
    )
    told, _ = await process.communicate()
    for line in told.decode().splitlines():
        if line.startswith("RESULT "):
            requests, us, failed, p99_us = map(int, line.split()[1:])
            return requests, us / 1e6, failed, p99_us / 1000
    raise RuntimeError(f"wrk ended without a result: {told.decode()}")
