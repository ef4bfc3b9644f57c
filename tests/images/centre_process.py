"""The centre in the room of virtual machines, a process of its own: sample city, packages built, keys out.

`python -m tests.images.centre_process FOLDER ADDRESS PORT CONSOLE_PORT MINUTES` prints a line of JSON when it
is ready. For each server that is named on its standard input it then prints a claim code to restore that
server with; it runs until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy.orm import Session

from central_sync.centre.api.models import BASE, ROLES
from central_sync.centre.app import Centre, running
from central_sync.centre.sample_office import load_samples
from central_sync.centre.settings import ConsoleSettings, Settings, SiteLineSettings
from central_sync.samples.city import sample_city

PASSWORD = "Ming-chuan-2026#kd"
NAME = "centre.example.org"


async def asked(http: aiohttp.ClientSession, method: str, path: str) -> Any:
    """Return the JSON of an answer of the centre's console."""
    async with http.request(method, f"{BASE}/{path}", json=None if method == "GET" else {}) as answer:
        assert answer.status < 400, (path, await answer.text())
        return await answer.json(content_type=None)


async def handed_out(centre: Centre, sessions: list[str]) -> dict[str, list[Any]]:
    """Build the packages and release the keys; return the tickets of each session."""
    tickets = {}
    async with aiohttp.ClientSession(centre.console_url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        login = {"username": "office", "password": PASSWORD}
        async with http.post(f"{BASE}/login", json=login) as answer:
            assert answer.status == 200, await answer.text()
        for session in sessions:
            job = await asked(http, "POST", f"sessions/{session}/package")
            while job["state"] in ("waiting", "running"):
                await asyncio.sleep(0.05)
                job = await asked(http, "GET", f"jobs/{job['job']}")
            assert job["state"] == "done", job
            tickets[session] = (await asked(http, "GET", f"sessions/{session}/tickets"))["tickets"]
            await asked(http, "POST", f"sessions/{session}/release")
    return tickets


async def main(folder: Path, address: str, port: int, console_port: int, minutes: int) -> None:
    """Run it."""
    settings = Settings(
        state_dir=folder,
        name=sample_city().centre_name,
        console=ConsoleSettings(port=console_port),
        site_line=SiteLineSettings(host=address, port=port, names=(NAME, address)),
    )
    async with running(settings) as centre:
        centre.staff.create("office", "考试办公室", list(ROLES), PASSWORD, must_change_password=False)
        starts_at = (datetime.now(UTC) + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
        sessions = await asyncio.to_thread(load_samples, centre, starts_at, "office", lambda *_: None)
        tickets = await handed_out(centre, sessions)
        site = sample_city().sites[0]
        claim = await centre.transact(lambda session: centre.exchange.new_claim(session, site.code))
        told = {
            "site": site.code,
            "claim": claim,
            "session": sessions[0],
            "tickets": [
                {"ticket": one["ticket"], "name": one["name"], "room": one["room"], "seat": one["seat"]}
                for one in tickets[sessions[0]]
            ],
        }
        print(json.dumps(told, ensure_ascii=False), flush=True)
        while server := (await asyncio.to_thread(sys.stdin.readline)).strip():
            print(await centre.transact(partial(_claim_for, centre, site.code, server)), flush=True)


def _claim_for(centre: Centre, site: str, server: str, session: Session) -> str:
    return centre.exchange.new_claim(session, site, appliance=server)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], *(int(word) for word in sys.argv[3:6])))
