"""The centre starts here: it reads the settings, builds the services, wires the routes."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

from aiohttp import web
from sqlalchemy.orm import Session

import central_sync
from central_sync.centre.accounts.logins import Logins
from central_sync.centre.accounts.passwords import Passwords
from central_sync.centre.accounts.staff import Staff
from central_sync.centre.announcements import Announcements
from central_sync.centre.api import (
    account_routes,
    appliance_routes,
    arrangement_routes,
    bank_routes,
    change_routes,
    courier_routes,
    job_routes,
    ledger_routes,
    package_routes,
    plan_routes,
    readiness_routes,
    roster_routes,
    site_routes,
)
from central_sync.centre.api.gate import Gate
from central_sync.centre.arrangement.arrangement import Arrangement
from central_sync.centre.arrangement.changes import ChangeLog
from central_sync.centre.banks.banks import Banks
from central_sync.centre.database import Database
from central_sync.centre.exchange.authority import Authority
from central_sync.centre.exchange.service import Exchange, now_utc
from central_sync.centre.file_store import FileStore
from central_sync.centre.jobs.jobs import Jobs
from central_sync.centre.ledger.ledger import Ledger
from central_sync.centre.migrations import upgrade
from central_sync.centre.packaging.opening import OpeningRelease
from central_sync.centre.packaging.releases import Releases
from central_sync.centre.plans.blueprints import Blueprints
from central_sync.centre.plans.plans import Plans
from central_sync.centre.readiness.readiness import Readiness
from central_sync.centre.rosters.rosters import Rosters
from central_sync.centre.sessions.sessions import Sessions
from central_sync.centre.settings import Settings
from central_sync.centre.sites.sites import Sites
from central_sync.protocol.http.openapi import openapi
from central_sync.protocol.http.pages import (
    add_pages,
    harden,
    problems_as_documents,
    require_libraries,
)
from central_sync.protocol.http.routes import Routes
from central_sync.protocol.keys import CentreKeys

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

WEB = Path(central_sync.__file__).parent / "web"
LIBRARIES_INSTALLED = Path("/usr/share/kaodian/web-libraries")
LIBRARIES_IN_PROJECT = Path("provisioning/workstation/web-libraries/node_modules")
SHUTDOWN_S = 3.0
"""Requests under way get this long when the server stops, seconds."""

DECLARED = (
    account_routes.add_routes,
    job_routes.add_routes,
    site_routes.add_routes,
    readiness_routes.add_routes,
    bank_routes.add_routes,
    roster_routes.add_routes,
    plan_routes.add_routes,
    arrangement_routes.add_routes,
    package_routes.add_routes,
    appliance_routes.add_routes,
    ledger_routes.add_routes,
    courier_routes.add_routes,
    change_routes.add_routes,
)
"""What declares routes: each is given the registry and the centre."""


class StateInUse(Exception):
    """Another centre serves from the same state folder."""


class Centre:
    """The services of the centre over one state folder and database, without any listening port.

    The command line uses it as it is; `running` serves it. Raises DatabaseTooNew, KeyFileWrong.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = now_utc,
        passwords: Passwords | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.version = software_version()
        self.state = settings.state_dir
        self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.database = Database(settings.database)
        upgrade(self.database)
        self.keys = CentreKeys.at(self.state / "keys")
        self.authority = Authority(self.keys, self.state / "keys")
        self.exchange = Exchange(self.database, self.keys, self.authority, self.state / "blobs", clock=clock)
        self.files = FileStore(self.state / "files")
        self.staff = Staff(self.database, clock, passwords)
        self.logins = Logins(self.database, clock)
        self.gate = Gate(self.staff, self.logins)
        self.jobs = Jobs(self.database, clock)
        self.sites = Sites(self.exchange, clock)
        self.banks = Banks(self.files, clock)
        self.rosters = Rosters(self.files, clock)
        self.blueprints = Blueprints(clock)
        self.plans = Plans(clock)
        self.sessions = Sessions(self.exchange, self.sites)
        self.changes = ChangeLog(self.sites, clock)
        self.arrangement = Arrangement(self.sites, self.sessions, self.changes, clock)
        self.ledger = Ledger(self.database, self.exchange, clock)
        self.readiness = Readiness(self.database)
        self.announcements = Announcements(self.database)
        self.console_url = ""
        self.site_url = ""

    @property
    def uploads(self) -> Path:
        """Folder for what is being uploaded; emptied at every start."""
        return self.state / "uploads"

    async def transact(self, work: Callable[[Session], Answer]) -> Answer:
        """Do work in one transaction on a thread and return what it returns."""

        def done() -> Answer:
            with self.database.begin() as session:
                return work(session)

        return await asyncio.to_thread(done)

    def close(self) -> None:
        """Stop following the exchange and give the database back."""
        self.ledger.close()
        self.database.close()

    def routes(self) -> Routes:
        """Return all routes of the console's interface."""
        routes = Routes("Kaodian centre 考试中心", self.version)
        for declare in DECLARED:
            declare(routes, self)
        return routes

    def console_app(self) -> web.Application:
        """Return the web application of the console: interface, pages, libraries."""
        app = web.Application(middlewares=[problems_as_documents])
        app.on_response_prepare.append(harden)
        routes = self.routes()
        routes.add_to(app)
        description = openapi(routes)

        async def end_streams(_: web.Application) -> None:
            self.announcements.close()

        # Open streams would hold the server up.
        app.on_shutdown.append(end_streams)

        async def described(request: web.Request) -> web.Response:
            return web.json_response(description)

        async def front_door(request: web.Request) -> web.StreamResponse:
            raise web.HTTPFound("/console/")

        app.router.add_get("/api/openapi.json", described)
        app.router.add_get("/", front_door)
        libraries = libraries_folder(self.settings)
        require_libraries(libraries)
        add_pages(
            app,
            pages={"/console/": WEB / "console" / "index.html"},
            static={"/static/console/": WEB / "console", "/static/shared/": WEB / "shared"},
            libraries=libraries,
        )
        return app


def software_version() -> str:
    """Return the version of this distribution."""
    try:
        return version("central-sync")
    except PackageNotFoundError:
        return "0"


def libraries_folder(settings: Settings) -> Path:
    """Return the folder of the page libraries: as configured, as in the project, or as installed."""
    if settings.vendor_dir is not None:
        return settings.vendor_dir
    for parent in Path(__file__).resolve().parents:
        if (parent / LIBRARIES_IN_PROJECT).is_dir():
            return parent / LIBRARIES_IN_PROJECT
    return LIBRARIES_INSTALLED


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = now_utc,
    passwords: Passwords | None = None,
) -> AsyncIterator[Centre]:
    """Run a centre and give it; both ports listen when given.

    Raises StateInUse, DatabaseTooNew, KeyFileWrong, LibrariesMissing, OSError for a port in use.
    """
    settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(settings.state_dir):
        centre = await asyncio.to_thread(Centre, settings, clock=clock, passwords=passwords)
        console = web.AppRunner(centre.console_app(), access_log=None, shutdown_timeout=SHUTDOWN_S)
        sites = web.AppRunner(centre.exchange.site_app(), access_log=None, shutdown_timeout=SHUTDOWN_S)
        releasing: asyncio.Task[None] | None = None
        try:
            await asyncio.to_thread(_empty, centre.uploads)
            await asyncio.to_thread(centre.jobs.give_up_interrupted)
            await asyncio.to_thread(centre.ledger.take_up)
            at = settings.console
            centre.console_url = await _listen(console, at.host, at.port, _console_tls(settings))
            line = settings.site_line
            tls = await asyncio.to_thread(centre.authority.server_context, list(line.names))
            centre.site_url = await _listen(sites, line.host, line.port, tls)
            if settings.keys.release == "at_opening":
                releases = Releases(centre.exchange, centre.keys, clock)
                opening = OpeningRelease(centre.database, releases, clock)
                releasing = asyncio.create_task(opening.keep_releasing(), name="key-release")
            yield centre
        finally:
            if releasing is not None:
                releasing.cancel()
                await asyncio.gather(releasing, return_exceptions=True)
            await console.cleanup()
            await sites.cleanup()
            await centre.jobs.stop()
            centre.close()


async def serve(settings: Settings, ready: Callable[[Centre], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is given the centre once both ports listen."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with running(settings) as centre:
        ready(centre)
        await stopping.wait()


async def _listen(runner: web.AppRunner, host: str, port: int, tls: ssl.SSLContext | None) -> str:
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=tls).start()
    found_host, found_port = runner.addresses[0][:2]
    shown = f"[{found_host}]" if ":" in found_host else found_host
    return f"{'https' if tls is not None else 'http'}://{shown}:{found_port}"


def _console_tls(settings: Settings) -> ssl.SSLContext | None:
    files = settings.console.tls
    if files is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    return context


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the state folder, so that no second centre serves from it."""
    handle = os.open(folder / "serving", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StateInUse(
                f"{folder} 已由另一个中心服务使用，请先停止它 / another centre serves here: stop it first"
            ) from error
        yield
    finally:
        os.close(handle)


def _empty(folder: Path) -> None:
    folder.mkdir(exist_ok=True, mode=0o700)
    for left in folder.iterdir():
        left.unlink()
