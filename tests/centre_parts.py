"""A centre that runs in the test: real ports, a client for each role, and the sample city at hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from argon2 import PasswordHasher

from central_sync.centre.accounts.passwords import Passwords
from central_sync.centre.api.models import BASE, ROLES, Role
from central_sync.centre.app import Centre, running
from central_sync.centre.exchange.service import now_utc
from central_sync.centre.settings import ConsoleSettings, Settings, SiteLineSettings

PASSWORD = "Ming-chuan-2026#kd"
JOB_WAIT_S = 60.0


def quick_passwords() -> Passwords:
    """Return argon2id at the least cost it allows: what is tested is not its slowness."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def centre_settings(folder: Path, *, database_url: str | None = None) -> Settings:
    """Return settings of a centre in a folder, on ports that the system chooses."""
    return Settings(
        state_dir=folder / "centre",
        database_url=database_url,
        name="明川市安全生产考试中心",
        console=ConsoleSettings(port=0),
        site_line=SiteLineSettings(port=0),
    )


@dataclass
class Answer:
    """What the centre answered."""

    status: int
    type: str
    body: bytes
    json: Any
    headers: Mapping[str, str]


@dataclass
class StaffClient:
    """A browser's worth of HTTP: cookies, JSON, uploads. Paths without a leading / are below /api/central."""

    http: aiohttp.ClientSession

    async def ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, **more: Any
    ) -> Answer:
        """Return the answer to a request, whatever its status."""
        url = path if path.startswith("/") else f"{BASE}/{path}"
        async with self.http.request(method, url, params=query, allow_redirects=False, **more) as answer:
            body = await answer.read()
            found = await answer.json(content_type=None) if answer.content_type.endswith("json") else None
            return Answer(answer.status, answer.content_type, body, found, dict(answer.headers))

    async def get(self, path: str, *, expect: int = 200, **query: object) -> Any:
        """Return the JSON of a GET."""
        answer = await self.ask("GET", path, query={name: str(value) for name, value in query.items()})
        assert answer.status == expect, (answer.status, answer.body[:600])
        return answer.json

    async def post(self, path: str, body: object = None, *, expect: int = 200) -> Any:
        """Return the JSON of a POST; no body is sent as {}."""
        return await self._send("POST", path, body, expect)

    async def put(self, path: str, body: object, *, expect: int = 200) -> Any:
        """Return the JSON of a PUT."""
        return await self._send("PUT", path, body, expect)

    async def patch(self, path: str, body: object, *, expect: int = 200) -> Any:
        """Return the JSON of a PATCH."""
        return await self._send("PATCH", path, body, expect)

    async def upload(
        self,
        path: str,
        parts: Mapping[str, tuple[str, bytes]],
        *,
        expect: int = 202,
        **query: str,
    ) -> Any:
        """Send files as a form does: part name -> (file name, content)."""
        # Browsers send file names as they are.
        form = aiohttp.FormData(quote_fields=False)
        for name, (filename, content) in parts.items():
            form.add_field(name, content, filename=filename, content_type="application/octet-stream")
        answer = await self.ask("POST", path, query=query, data=form)
        assert answer.status == expect, (answer.status, answer.body[:600])
        return answer.json

    async def ended(self, job: Mapping[str, Any]) -> Any:
        """Wait until a job has ended and return it."""
        async with asyncio.timeout(JOB_WAIT_S):
            while True:
                found = await self.get(f"jobs/{job['job']}")
                if found["state"] in ("done", "failed"):
                    return found
                await asyncio.sleep(0.02)

    async def _send(self, method: str, path: str, body: object, expect: int) -> Any:
        answer = await self.ask(method, path, json={} if body is None else body)
        assert answer.status == expect, (answer.status, answer.body[:600])
        return answer.json


@dataclass
class RunningCentre:
    """A centre that listens, with a client logged in for each role."""

    centre: Centre
    nobody: StaffClient
    clients: dict[Role, StaffClient] = field(default_factory=dict)

    @property
    def planner(self) -> StaffClient:
        """Who plans and arranges."""
        return self.clients["planner"]

    @property
    def releaser(self) -> StaffClient:
        """Who releases keys."""
        return self.clients["releaser"]

    @property
    def viewer(self) -> StaffClient:
        """Who looks on."""
        return self.clients["viewer"]

    @property
    def admin(self) -> StaffClient:
        """Who keeps the accounts."""
        return self.clients["admin"]


@asynccontextmanager
async def running_centre(
    folder: Path,
    *,
    clock: Callable[[], datetime] = now_utc,
    database_url: str | None = None,
    settings: Settings | None = None,
) -> AsyncIterator[RunningCentre]:
    """Run a centre; accounts planner, releaser, viewer, admin have the password PASSWORD."""
    chosen = settings or centre_settings(folder, database_url=database_url)
    async with AsyncExitStack() as stack:
        centre = await stack.enter_async_context(running(chosen, clock=clock, passwords=quick_passwords()))
        held = {member.username for member in await asyncio.to_thread(centre.staff.all)}
        for role in ROLES:
            if role not in held:
                await asyncio.to_thread(
                    lambda role=role: centre.staff.create(
                        role, role, (role,), PASSWORD, must_change_password=False
                    )
                )
        here = RunningCentre(centre, await stack.enter_async_context(_client(centre)))
        for role in ROLES:
            here.clients[role] = await stack.enter_async_context(logged_in(centre, role))
        yield here


@asynccontextmanager
async def logged_in(centre: Centre, username: str, password: str = PASSWORD) -> AsyncIterator[StaffClient]:
    """Give one more client, logged in."""
    async with _client(centre) as client:
        await client.post("login", {"username": username, "password": password})
        yield client


@asynccontextmanager
async def _client(centre: Centre) -> AsyncIterator[StaffClient]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(centre.console_url, cookie_jar=jar) as http:
        yield StaffClient(http)
