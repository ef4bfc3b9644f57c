"""A site server killed again and again while candidates save over HTTP, and the reckoning after it."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from yarl import URL

from central_sync.protocol.journal import Receipt
from central_sync.protocol.keys import ApplianceKeys
from exam_appliance.journal.journal import Journal
from exam_appliance.journal.verify import Finding, verify_file
from tests.site_app import Candidate, site_app

ROOT = Path(__file__).parents[1]
PROGRAM = Path(__file__).parent / "integration" / "serving_process.py"
CANDIDATES = 12


@dataclass(frozen=True)
class Reckoning:
    """Every receipt ever given, compared with what the server holds in the end."""

    receipts: int
    lost: list[Receipt]
    older: list[tuple[str, str]]
    """(ticket, item) whose held response is older than the acknowledged one."""
    changed: list[tuple[str, str]]
    findings: tuple[Finding, ...]
    """What the verification of the journal found."""


class ServingProcess:
    """The site server as a process; `kill` ends it as a power cut does."""

    def __init__(self, site_file: Path) -> None:
        self._file = site_file
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""

    async def start(self) -> None:
        """Start and wait until it listens."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(PROGRAM),
            str(self._file),
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            self.url = (await self._process.stdout.readline()).decode().strip()
        assert self.url, "the server ended before it listened"

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    async def kill(self) -> None:
        """SIGKILL, and wait until the process is gone."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def end(self) -> int:
        """SIGTERM; return the exit code."""
        assert self._process is not None
        self._process.terminate()
        return await self._process.wait()


async def kill_under_load(
    folder: Path, kills: int, seed: int, tell: Callable[[int, int], None] = lambda done, total: None
) -> Reckoning:
    """Kill a site server `kills` times at random moments under load; `tell` hears (done, total)."""
    async with site_app(folder, candidates=CANDIDATES) as site:
        seated = await site.candidates()
        await (await site.staff("wujk")).step("start")
        papers = {person.ticket: [item["item"] for item in await person.paper()] for person in seated}
        at = URL(f"{site.url}/api/candidate")
        cookies = {person.ticket: person.http.cookie_jar.filter_cookies(at) for person in seated}
        appliance, settings_file = site.appliance.journal.appliance, site.file
    state = site.settings.state_dir
    server = ServingProcess(settings_file)
    chance = random.Random(seed)
    receipts: list[Receipt] = []
    acknowledged: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
    wanted = 0
    enough = asyncio.Event()

    async def sit(person: Candidate) -> None:
        while True:
            person.n += 1
            item, choice = chance.choice(papers[person.ticket]), chance.choice("AB")
            body = {"item": item, "choices": [choice], "flagged": False, "n": person.n}
            async with person.http.post(f"{server.url}/api/candidate/responses", json=body) as answer:
                told = await answer.json()
                assert answer.status == 200, told
            receipts.append(Receipt.model_validate(told["receipt"]))
            acknowledged[person.ticket, item] = (person.n, (choice,))
            if len(receipts) >= wanted:
                enough.set()

    people = []
    for number in range(CANDIDATES):
        person = Candidate("", seated[number].ticket)
        person.http.cookie_jar.update_cookies(
            {name: morsel.value for name, morsel in cookies[person.ticket].items()}
        )
        people.append(person)
    for number in range(kills):
        tell(number, kills)
        await server.start()
        wanted = len(receipts) + chance.randrange(1, 400)
        enough.clear()
        tasks = [asyncio.create_task(sit(person)) for person in people]
        stopped = asyncio.create_task(enough.wait())
        await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        await server.kill()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        stopped.cancel()
        assert {type(outcome) for outcome in outcomes} <= {
            aiohttp.ServerDisconnectedError,
            aiohttp.ClientOSError,
            aiohttp.ClientConnectorError,
            aiohttp.ClientPayloadError,
            ConnectionResetError,
        }, outcomes
    await server.start()
    held = {}
    for person in people:
        person.url = server.url
        for response in (await person.get("/responses"))["responses"]:
            held[person.ticket, response["item"]] = (response["n"], tuple(response["choices"]))
        await person.http.close()
    assert await server.end() == 0
    # The server may hold a newer answer whose receipt the kill swallowed, never an older one.
    older = [place for place, (n, _) in acknowledged.items() if held[place][0] < n]
    changed = [
        place for place, said in acknowledged.items() if held[place][0] == said[0] and held[place] != said
    ]
    findings = verify_file(state / "journal.db", appliance).findings
    journal = Journal(state / "journal.db", appliance, ApplianceKeys.at(state / "keys").journal)
    lost = [receipt for receipt in receipts if journal.holds(receipt) is not True]
    journal.close()
    return Reckoning(len(receipts), lost, older, changed, findings)
