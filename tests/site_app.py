"""A whole site server for tests: enrolled with a real exchange, a package taken in, people at its pages."""

from __future__ import annotations

import asyncio
import hashlib
import io
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import aiohttp
import orjson
import yaml
from PIL import Image

from central_sync.protocol.items import BankItems, Media
from central_sync.protocol.package import write_package
from central_sync.protocol.release_code import new_release_code
from central_sync.protocol.roster import ArrangedCandidate
from central_sync.protocol.session import BlobRef, PaperPlan, Roster, SessionDocument, SessionPlan
from exam_appliance.accounts.store import Role
from exam_appliance.app import Appliance, running
from exam_appliance.config import Settings, load_settings
from exam_appliance.exam.clock import TimeSources
from tests.exchange_parts import SITE, Centre, until
from tests.site_parts import SESSION, bank, blueprint, contents

PASSWORD = "lanse-de-shan-2026"
STAFF: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("zhou", "周技术", ("technician",)),
    ("wujk", "吴监考", ("invigilator",)),
    ("zheng", "郑监考", ("invigilator",)),
    ("wang", "王主考", ("lead",)),
)


def picture(shade: int = 200) -> bytes:
    """Return a small PNG picture."""
    data = io.BytesIO()
    Image.new("RGB", (120, 80), (shade, 80, 40)).save(data, "PNG")
    return data.getvalue()


def site_settings(folder: Path, **sections: dict[str, object]) -> Settings:
    """Return the settings of a site server in a folder; sections name what differs."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "site.yaml"
    body: dict[str, object] = {
        "state_dir": str(folder / "state"),
        "listen": {"host": "127.0.0.1", "port": 0},
        # Rooms without an identity desk, seats without cameras; tests of verification ask for them.
        "identity": {"before_login": "off", "seat_picture": "off"} | sections.pop("identity", {}),
        **sections,
    }
    file.write_text(yaml.safe_dump(body, allow_unicode=True))
    return load_settings(file).settings


@dataclass
class Package:
    """A package that the centre built, with what opens it."""

    plan: SessionPlan
    ref: BlobRef
    path: Path
    content_key: bytes
    release_code: str
    tickets: tuple[str, ...]
    id_numbers: tuple[str, ...]
    picture: bytes


@dataclass(frozen=True)
class Arranged:
    """Candidates of a test's own making, with their photos by SHA-256."""

    people: tuple[ArrangedCandidate, ...]
    photos: Mapping[str, bytes]


def alike(candidates: int) -> Arranged:
    """Return so many invented candidates who share one photo."""
    photo = picture(90)
    sha = hashlib.sha256(photo).hexdigest()
    people = [person.model_copy(update={"photo": sha}) for person in contents(candidates).roster.values()]
    return Arranged(tuple(people), {sha: photo})


def build_package(
    centre: Centre,
    *,
    candidates: int | Arranged = 4,
    session: str = SESSION,
    minutes: int = 120,
    package: str = "PK-1",
) -> Package:
    """Build a signed, encrypted package of invented candidates with photos and an item with a picture."""
    arranged = alike(candidates) if isinstance(candidates, int) else candidates
    people = arranged.people
    what = contents(len(people))
    plan = what.plan.model_copy(update={"session": session, "duration_minutes": minutes})
    drawing = picture(200)
    drawing_sha = hashlib.sha256(drawing).hexdigest()
    items = bank()
    shown = Media(name="t-000.png", type="image/png", sha256=drawing_sha, size=len(drawing), alt="接线图")
    items = [item.model_copy(update={"media": (shown,)}) for item in items]
    key, code = secrets.token_bytes(32), new_release_code()
    path = centre.folder / f"{package}.kdpkg"
    write_package(
        path,
        plan,
        Roster(session=session, candidates=people),
        arranged.photos,
        BankItems(name="题库", items=tuple(items)),
        {drawing_sha: drawing},
        PaperPlan(blueprint=blueprint()),
        package_id=package,
        created_at=datetime.now(UTC),
        signing_key=centre.keys.signing,
        content_key=key,
        release_code=code,
    )
    finished = centre.folder / f"{package}.finished"
    finished.write_bytes(path.read_bytes())
    ref = centre.exchange.take_file(finished)
    with centre.database.begin() as open_session:
        centre.exchange.grant(open_session, plan.site, ref)
        body = SessionDocument(plan=plan, package=package, blob=ref).model_dump(mode="json")
        centre.exchange.publish(open_session, "session", plan.session, plan.site, body)
    return Package(
        plan,
        ref,
        path,
        key,
        code,
        tuple(person.ticket for person in people),
        tuple(person.id_number for person in people),
        drawing,
    )


class Refused(Exception):
    """The server answered with a problem."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.reason = str(body["reason"])


class Caller:
    """Someone who calls a server with cookies of their own."""

    def __init__(self, url: str, base: str) -> None:
        self.url = url
        self.base = base
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()

    async def get(self, path: str) -> Any:
        """Return the JSON of a GET. Raises Refused."""
        return await self._call("GET", path, None)

    async def post(self, path: str, body: object = None) -> Any:
        """Return the JSON of a POST. Raises Refused."""
        return await self._call("POST", path, {} if body is None else body)

    async def patch(self, path: str, body: object) -> Any:
        """Return the JSON of a PATCH. Raises Refused."""
        return await self._call("PATCH", path, body)

    async def data(self, path: str) -> bytes:
        """Return the body of a GET. Raises Refused."""
        async with self.http.get(f"{self.url}{self.base}{path}") as answer:
            body = await answer.read()
            if answer.status >= 400:
                raise Refused(answer.status, orjson.loads(body))
            return body

    async def _call(self, method: str, path: str, body: object) -> Any:
        async with self.http.request(method, f"{self.url}{self.base}{path}", json=body) as answer:
            data = await answer.read()
            told = orjson.loads(data) if data else {}
            if answer.status >= 400:
                raise Refused(answer.status, told)
            return told


class Candidate(Caller):
    """A candidate at a seat."""

    def __init__(self, url: str, ticket: str, base: str = "/api/candidate") -> None:
        super().__init__(url, base)
        self.ticket = ticket
        self.receipts: list[dict[str, Any]] = []
        self.sent: dict[str, list[str]] = {}
        self.n = 0

    async def enter(self, seat: int | None = None, identity: str | None = None) -> Any:
        """Log in and confirm; return the state."""
        await self.post("/login", {"identity": identity or self.ticket, "seat": seat})
        return await self.post("/confirm")

    async def answer(self, item: str, choices: Sequence[str], *, flagged: bool = False) -> Any:
        """Save a response and keep its receipt."""
        self.n += 1
        body = {"item": item, "choices": list(choices), "flagged": flagged, "n": self.n}
        told = await self.post("/responses", body)
        self.receipts.append(told["receipt"])
        self.sent[item] = sorted(choices)
        return told

    async def paper(self) -> list[dict[str, Any]]:
        """Return the items of the paper in order."""
        items: list[dict[str, Any]] = (await self.get("/paper"))["items"]
        return items


class Staff(Caller):
    """A member of staff at the console."""

    def __init__(self, url: str, session: str) -> None:
        super().__init__(url, "/api/console")
        self.session = session

    async def enter(self, username: str, password: str = PASSWORD) -> Any:
        """Log in."""
        return await self.post("/login", {"username": username, "password": password})

    async def step(self, name: str, reason: str = "") -> Any:
        """Take a step of the session."""
        return await self.post(f"/sessions/{self.session}/{name}", {"reason": reason})

    async def act(self, action: str, tickets: Sequence[str] | None = None, **more: object) -> Any:
        """Carry out an action."""
        body = {"action": action, "tickets": None if tickets is None else list(tickets), **more}
        return await self.post(f"/sessions/{self.session}/actions", body)

    async def view(self, name: str = "") -> Any:
        """Return the session, or a part of it such as `board`."""
        return await self.get(f"/sessions/{self.session}" + (f"/{name}" if name else ""))


@dataclass
class SiteApp:
    """A running site server, its centre and its package."""

    settings: Settings
    centre: Centre
    package: Package
    time: TimeSources | None
    people: AsyncExitStack = field(default_factory=AsyncExitStack)
    _server: AsyncExitStack = field(default_factory=AsyncExitStack)
    _appliance: Appliance | None = None

    @property
    def appliance(self) -> Appliance:
        """The running server."""
        assert self._appliance is not None, "the server is stopped"
        return self._appliance

    @property
    def url(self) -> str:
        """Where the server listens; the same after a restart."""
        return f"http://127.0.0.1:{self.settings.listen.port}"

    @property
    def file(self) -> Path:
        """The site's configuration file, for a process of its own."""
        return self.settings.state_dir.with_name("site.yaml")

    async def start(self) -> None:
        """Start the server over its state folder."""
        self._appliance = await self._server.enter_async_context(running(self.settings, self.time))
        port = int(self.appliance.address().rpartition(":")[2])
        listen = self.settings.listen.model_copy(update={"port": port})
        self.settings = self.settings.model_copy(update={"listen": listen})

    async def stop(self) -> None:
        """Stop the server in order."""
        self._appliance = None
        await self._server.aclose()
        self._server = AsyncExitStack()

    async def staff(self, username: str) -> Staff:
        """Return a member of staff, logged in."""
        person = Staff(self.url, self.package.plan.session)
        await self.people.enter_async_context(person)
        await person.enter(username)
        return person

    async def candidate(self, number: int, *, enter: bool = True) -> Candidate:
        """Return the candidate of a number from 1, logged in and confirmed."""
        person = Candidate(self.url, self.package.tickets[number - 1])
        await self.people.enter_async_context(person)
        if enter:
            await person.enter()
        return person

    async def candidates(self) -> list[Candidate]:
        """Return all candidates, logged in and confirmed."""
        return [await self.candidate(number) for number in range(1, len(self.package.tickets) + 1)]


async def make_staff(appliance: Appliance) -> None:
    """Make the staff accounts of the site."""
    await asyncio.gather(
        *(
            appliance.accounts.create("setup", username, name, roles, PASSWORD, must_change_password=False)
            for username, name, roles in STAFF
        )
    )


def release(site_centre: Centre, package: Package, name: str = "PK-1") -> int:
    """Release a package's key to the site's servers; return how many."""
    with site_centre.database.begin() as session:
        return site_centre.exchange.release_key(session, package.plan.site, name, package.content_key)


@asynccontextmanager
async def site_app(
    folder: Path,
    *,
    candidates: int | Arranged = 4,
    minutes: int = 120,
    state: str = "open",
    time: TimeSources | None = None,
    **sections: dict[str, object],
) -> AsyncIterator[SiteApp]:
    """Give a site server whose session is `downloaded`, `unlocked` or `open`."""
    centre_folder = folder / "centre"
    centre_folder.mkdir(parents=True, exist_ok=True)
    centre = Centre(centre_folder)
    await centre.start()
    package = build_package(centre, candidates=candidates, minutes=minutes)
    site = SiteApp(site_settings(folder / "site", **sections), centre, package, time)
    name = package.plan.session
    try:
        await site.start()
        appliance = site.appliance
        await make_staff(appliance)
        await appliance.agent.enrol(centre.url, centre.claim(SITE))
        sessions = appliance.hall.projection.sessions
        await until(lambda: name in sessions and sessions[name].package)
        if state != "downloaded":
            release(centre, package)
            await until(lambda: appliance.intake.has_key(name))
            await appliance.intake.unlock(name, "wang", None)
        if state == "open":
            await appliance.floor.steps.open(name, "wujk")
        yield site
    finally:
        # People first: their streams would hold the server up.
        await site.people.aclose()
        await site.stop()
        await centre.stop()
