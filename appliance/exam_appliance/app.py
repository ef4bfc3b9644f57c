"""The site server starts here: it reads the configuration, builds the services, wires the routes."""

from __future__ import annotations

import asyncio
import gc
import logging
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aiohttp import web

import central_sync
import exam_appliance
from central_sync.agent.agent import SyncAgent
from central_sync.agent.patience import Pace
from central_sync.protocol.http.openapi import openapi
from central_sync.protocol.http.pages import (
    add_pages,
    harden,
    problems_as_documents,
    require_libraries,
)
from central_sync.protocol.http.proxied import behind_proxy
from central_sync.protocol.http.routes import Routes
from central_sync.samples.practice import practice_items
from exam_appliance.accounts.accounts import Accounts
from exam_appliance.accounts.staff_sessions import StaffSessions
from exam_appliance.backup.__main__ import job as backup_job
from exam_appliance.backup.watching import Backups
from exam_appliance.config import Settings
from exam_appliance.devices.child import DaemonChild
from exam_appliance.devices.daemon_line import DaemonLine
from exam_appliance.devices.daemon_settings import daemon_settings, daemon_socket
from exam_appliance.devices.devices import Devices
from exam_appliance.documents.printing import Printing, PrintSettings
from exam_appliance.documents.session_papers import SessionPapers
from exam_appliance.documents.site_printers import SitePrinters
from exam_appliance.exam.clock import MachineTime, TimeSources
from exam_appliance.exam.floor import Floor, FloorRules, SiteFacts, build_floor
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.login import LoginRules
from exam_appliance.exam.timekeeping import clock_from_journal
from exam_appliance.faces.child import FacesChild
from exam_appliance.faces.client import FaceService
from exam_appliance.faces.settings import service_settings
from exam_appliance.identity.desks import Desks
from exam_appliance.identity.evidence import Evidence
from exam_appliance.identity.retention import Retention
from exam_appliance.identity.seat_checks import SeatChecks
from exam_appliance.identity.site_faces import SiteFaces
from exam_appliance.identity.verifying import Verifying, VerifyingRules
from exam_appliance.intake.intake import Intake
from exam_appliance.intake.offering import FilesForCentre
from exam_appliance.invigilation.closing import Upload
from exam_appliance.journal.feed import JournalFeed
from exam_appliance.journal.journal import Journal
from exam_appliance.practice.ground import PracticeGround
from exam_appliance.practice.kept_rehearsal import KeptRehearsal, RehearsalFile
from exam_appliance.practice.rehearsing import Rehearsing
from exam_appliance.preflight.preflight import Preflight
from exam_appliance.queue.kiosks import Kiosks
from exam_appliance.queue.queue import Queue
from exam_appliance.queue.record import figures
from exam_appliance.queue.screens import Screens
from exam_appliance.queue.slips import QueueSlips
from exam_appliance.queue.speech import Speech
from exam_appliance.readiness.centre_line import SiteCentreLine
from exam_appliance.readiness.device_list import DaemonDevices
from exam_appliance.readiness.face_service import site_services
from exam_appliance.readiness.front_door import queue_facts, terminals_facts
from exam_appliance.readiness.gathering import Place
from exam_appliance.readiness.kept_run import COMMAND_LINE
from exam_appliance.readiness.readiness import Readiness
from exam_appliance.seats.fixed_addresses import FixedAddresses
from exam_appliance.seats.lock_down import LockDown
from exam_appliance.seats.powering import SeatPower
from exam_appliance.seats.seats import Seats
from exam_appliance.seats.tickets import OpeningTickets
from exam_appliance.state_folder import StateFolder
from exam_appliance.terminals.deciding import TerminalDecisions
from exam_appliance.terminals.terminals import Terminals
from exam_appliance.web.candidate.events import CandidateEvents
from exam_appliance.web.candidate.routes import CandidateDesk, candidate_routes
from exam_appliance.web.console.board import Boards
from exam_appliance.web.console.devices.dock_routes import dock_routes
from exam_appliance.web.console.devices.feed import DevicesFeed
from exam_appliance.web.console.devices.routes import DeviceDesk, device_routes
from exam_appliance.web.console.hall_routes import HallDesk, hall_routes
from exam_appliance.web.console.identity.routes import identity_routes
from exam_appliance.web.console.prints.routes import print_routes
from exam_appliance.web.console.queue.routes import queue_routes
from exam_appliance.web.console.readiness.machine_routes import machine_routes
from exam_appliance.web.console.readiness.preflight_routes import preflight_routes
from exam_appliance.web.console.readiness.routes import readiness_routes
from exam_appliance.web.console.seat_pictures.routes import seat_picture_routes
from exam_appliance.web.console.seats.routes import seat_console_routes
from exam_appliance.web.console.staff import StaffGate, staff_routes
from exam_appliance.web.console.technician_routes import TechnicianDesk, technician_routes
from exam_appliance.web.display.routes import display_routes
from exam_appliance.web.queue.routes import QueueHouse, ticket_machine_routes
from exam_appliance.web.queue.streams import QueueStreams
from exam_appliance.web.seats.gate import seat_gate
from exam_appliance.web.seats.routes import SeatHouse, seat_routes
from exam_appliance.web.terminals.console_routes import missed_terminals, terminal_console_routes
from exam_appliance.web.terminals.mapped_routes import mapped_routes
from exam_appliance.web.terminals.own_routes import terminal_routes
from firmware_adapters.notifying import feed_watchdog, notify

log = logging.getLogger(__name__)

WEB = Path(exam_appliance.__file__).parent / "web"
SHARED = Path(central_sync.__file__).parent / "web" / "shared"
LIBRARIES_INSTALLED = Path("/usr/share/kaodian/web-libraries")
LIBRARIES_IN_PROJECT = Path("provisioning/workstation/web-libraries/node_modules")
COLLECTOR_THRESHOLDS = (20_000, 20, 20)
"""New objects before the collector looks at the youngest, and how often it goes on to the older ones."""
SHUTDOWN_S = 3.0
"""Requests under way get this long when the server stops, seconds."""


def software_version() -> str:
    """Return the version of this distribution."""
    try:
        return version("exam-appliance")
    except PackageNotFoundError:
        return "0"


def libraries_folder(settings: Settings) -> Path:
    """Return the folder of the page libraries: as configured, as installed, or as in the project."""
    if settings.vendor_dir is not None:
        return settings.vendor_dir
    for parent in Path(__file__).resolve().parents:
        if (parent / LIBRARIES_IN_PROJECT).is_dir():
            return parent / LIBRARIES_IN_PROJECT
    return LIBRARIES_INSTALLED


def floor_rules(settings: Settings) -> FloorRules:
    """Return the rules of a floor as the settings give them."""
    exam = settings.exam
    return FloorRules(
        login=LoginRules(
            takeover_ms=round(exam.seat_takeover_seconds * 1000),
            failures_per_minute=exam.login_rate_per_minute,
            late_minutes=exam.late_minutes,
        ),
        heartbeat_s=exam.heartbeat_seconds,
        slow_ms=round(exam.contact_slow_seconds * 1000),
        lost_ms=round(exam.contact_lost_seconds * 1000),
        seat_picture=settings.identity.seat_picture,
    )


def print_settings(settings: Settings) -> PrintSettings:
    """Return how the site prints."""
    documents = settings.documents
    return PrintSettings(
        folder=settings.state_dir / "prints",
        templates=documents.templates or settings.state_dir / "templates",
        slip_paper=documents.slip_paper,
        keep_days=documents.keep_days,
    )


class Appliance:
    """A site server with all its services; `async with running(...)` builds, starts and stops one."""

    def __init__(self, settings: Settings, folder: StateFolder, time: TimeSources) -> None:
        self.settings = settings
        self.version = software_version()
        keys = folder.keys()
        rules = floor_rules(settings)
        self.journal = Journal(folder.journal, folder.appliance, keys.journal)
        self.journal.start()
        self.hall = Hall(self.journal, clock_from_journal(self.journal, time), practice=False)
        self.floor = build_floor(self.hall, rules)
        self.events = CandidateEvents(self.hall)
        self.boards = Boards(self.floor)
        self.accounts = Accounts(folder.path / "accounts.db", self.journal, time, settings=settings.accounts)
        self.staff_sessions = StaffSessions(self.accounts)
        self.intake = Intake(
            folder.path, keys, self.hall, lambda: self.agent.status().centre_key, self.accounts
        )
        self.feed = JournalFeed(self.journal, keys.journal)
        self.agent = SyncAgent(
            folder.path / "sync",
            keys,
            folder.appliance,
            self.feed,
            self.intake,
            software=f"exam-appliance {self.version}",
            pace=Pace(report_s=settings.centre.report_seconds),
        )
        self.practice = PracticeGround(
            folder.path,
            keys.journal,
            folder.appliance,
            rules,
            time,
            lambda: self.site().code,
            self.version,
        )
        rehearsed = RehearsalFile(folder.path)
        self.rehearsing = Rehearsing(
            lambda report: rehearsed.keep(KeptRehearsal(at=datetime.now(UTC), report=report))
        )
        self.device_daemon = (
            DaemonChild(daemon_settings(settings)) if settings.devices.run == "child" else None
        )
        self.devices = Devices(self.journal, self._device_line(), self.hall.clock.t)
        self.printing = Printing(self.journal, SitePrinters(self.devices), print_settings(settings))
        faces = service_settings(settings.faces, settings.state_dir)
        self.faces = FaceService(faces)
        self.face_child = FacesChild(faces) if settings.faces.run == "child" else None
        self.verifying = Verifying(
            self.hall,
            Evidence(settings.state_dir / "evidence"),
            SiteFaces(self.faces),
            lambda: self.site().time_zone,
            time.wall_ms,
            VerifyingRules(
                settings.exam.late_minutes, settings.identity.without_card_photo == "registration"
            ),
        )
        if settings.identity.before_login == "required":
            self.floor.login.verified = lambda ticket: self.verifying.verified(ticket) is not None
        else:
            # Whom nobody verified has no picture to be compared with.
            self.hall.seat_pictures.comparable = lambda ticket: self.verifying.verified(ticket) is not None
        self.seat_checks = SeatChecks(self.verifying, self.hall)
        self.retention = Retention(
            self.verifying.book,
            self.verifying.evidence,
            settings.identity.evidence_days,
            lambda: self.agent.status().acknowledged_seq,
            time.wall_ms,
        )
        self.devices_feed = DevicesFeed(
            self.devices,
            self.hall,
            self.journal,
            lambda: missed_terminals(self.terminals),
            dock=settings.devices.dock,
        )
        self.queue = Queue(self.journal, self.hall, settings.queue, settings.exam.late_minutes)
        screens = Screens(self.journal)
        self.kiosks = Kiosks(self.queue, screens, self.devices)
        self.queue_streams = QueueStreams(self.queue, self.kiosks, self.devices.live)
        self.queue.on_taken = QueueSlips(self.printing, self.site, mask=settings.queue.mask_names).print
        self.queue_house = QueueHouse(
            self.queue,
            screens,
            self.kiosks,
            self.queue_streams,
            Speech(folder.path / "speech"),
            self.site,
        )
        self.desks = Desks(
            self.verifying,
            self.devices,
            self.printing,
            self.hall,
            self.site,
            self.queue.served_candidate,
        )
        self.terminals = Terminals(
            folder.path,
            self.journal,
            self.hall,
            time,
            settings.terminals,
            TerminalDecisions(self.verifying, self.hall, self.queue.served_candidate).decide,
        )
        self.terminals.changed = self.devices_feed.look_again
        place = Place(settings, folder.appliance, self.version)
        self.readiness_line = self._device_line()
        centre_line = SiteCentreLine(place.sync_folder, keys, folder.appliance, self._exam_runs)
        device_list = DaemonDevices(self.readiness_line, self.devices.bindings.all)
        self.files = FilesForCentre(self.journal, self.agent.outbox)
        self.readiness = Readiness(
            place,
            self.journal,
            self.files,
            device_list,
            centre_line,
            self._staff_names,
            lambda: site_services(
                self.faces,
                queue_facts(settings, self.queue_house.speech, screens),
                terminals_facts(self.terminals),
            ),
        )
        self.preflight = Preflight(place, self.journal, device_list, centre_line, self._staff_names)
        self.seats = Seats(folder.path, folder.appliance, self.journal, time, settings.seats)
        self.seat_house = SeatHouse(
            self.seats,
            SeatPower(self.seats, self.journal, self.hall),
            LockDown(self.seats, self.hall),
            OpeningTickets(),
            self.hall,
            self.readiness,
            self.site,
        )
        fixed = settings.seats.fixed_addresses
        self.fixed_addresses = (
            FixedAddresses(self.seats.bound, self.journal, fixed) if fixed is not None else None
        )
        self.backups = Backups(
            settings.state_dir,
            settings.backup,
            self.journal,
            backup_job(
                settings.backup,
                settings.state_dir,
                None,
                folder.appliance,
                settings.site.code or self.agent.status().site,
                self.version,
            ),
        )
        self.inbox = folder.path / "courier"
        self._address = ""
        self.routes = self._routes()

    def site(self) -> SiteFacts:
        """Return who the site is: its own settings first, then the centre's document."""
        own, document = self.settings.site, self.intake.site()
        return SiteFacts(
            code=own.code or (document.code if document is not None else ""),
            name=own.name or (document.name if document is not None else "未登记考点"),
            time_zone=document.time_zone if document is not None else own.time_zone,
        )

    async def start(self) -> None:
        """Take up where the journal stopped and begin to serve time."""
        # Bundles that a power cut left there while they were read or written.
        await asyncio.to_thread(shutil.rmtree, self.inbox, ignore_errors=True)
        self.accounts.start()
        self.staff_sessions.start()
        await self.intake.start()
        await self.files.start()
        await self.floor.timekeeper.start(self.version)
        if self.device_daemon is not None:
            self.device_daemon.start()
        if self.face_child is not None:
            self.face_child.start()
        await self.devices.start()
        await self.printing.start()
        self.desks.start()
        await self.terminals.start()
        await self.seats.start()
        self.seat_house.power.start()
        if self.fixed_addresses is not None:
            await self.fixed_addresses.start()
        self.retention.start()
        self.kiosks.look()
        await self.backups.start()
        await self.agent.start()

    async def stop(self) -> None:
        """Stop in order; what is acknowledged is on disk anyway."""
        await self.backups.stop()
        await self.rehearsing.stop()
        await self.preflight.stop()
        await self.readiness.stop()
        if self.readiness_line is not None:
            await self.readiness_line.close()
        await self.agent.stop()
        await self.retention.stop()
        await self.terminals.stop()
        await self.seat_house.power.stop()
        if self.fixed_addresses is not None:
            await self.fixed_addresses.stop()
        await self.desks.stop()
        self.verifying.close()
        await self.kiosks.stop()
        await self.printing.stop()
        await self.devices.stop()
        if self.device_daemon is not None:
            await self.device_daemon.stop()
        await self.faces.close()
        if self.face_child is not None:
            await self.face_child.stop()
        await self.practice.close()
        await self.floor.timekeeper.stop()
        await self.staff_sessions.stop()
        self.accounts.close()
        self.feed.close()
        self.journal.close()

    def address(self) -> str:
        """Return where the server listens, such as http://127.0.0.1:8080."""
        return self._address

    def listens_at(self, url: str) -> None:
        """Note where the server listens."""
        self._address = url

    def hang_up(self) -> None:
        """End the live streams, so that the listening socket can close; pages come back by themselves."""
        self.events.close()
        self.boards.close()
        self.devices_feed.close()
        self.desks.hang_up()
        self.queue_streams.close()
        self.seats.orders.wake_all()

    def web_app(self) -> web.Application:
        """Return the web application: interface, pages and libraries."""
        proxied = [behind_proxy] if self.settings.listen.behind_proxy else []
        # Only where a site asks for it: every answer that is saved would go through it.
        seats = self.settings.seats
        guarded = seats.binding == "required" or seats.safe_exam_browser == "required"
        gates = (
            [seat_gate(self.seats, self.seat_house.lock_down, behind_proxy=self.settings.listen.behind_proxy)]
            if guarded
            else []
        )
        app = web.Application(middlewares=[*proxied, problems_as_documents, *gates])
        app.on_response_prepare.append(harden)
        self.routes.add_to(app)
        description = openapi(self.routes)

        async def described(request: web.Request) -> web.Response:
            return web.json_response(description)

        async def front_door(request: web.Request) -> web.StreamResponse:
            raise web.HTTPFound("/exam/")

        app.router.add_get("/api/openapi.json", described)
        app.router.add_get("/", front_door)
        candidate_page = WEB / "candidate" / "index.html"
        libraries = libraries_folder(self.settings)
        require_libraries(libraries)
        add_pages(
            app,
            pages={
                "/exam/": candidate_page,
                "/practice/": candidate_page,
                "/console/": WEB / "console" / "index.html",
                "/queue/": WEB / "queue" / "index.html",
                "/display/": WEB / "display" / "index.html",
                "/seat/": WEB / "seat" / "index.html",
            },
            static={
                "/static/candidate/": WEB / "candidate",
                "/static/console/": WEB / "console",
                "/static/queue/": WEB / "queue",
                "/static/display/": WEB / "display",
                "/static/seat/": WEB / "seat",
                "/static/shared/": SHARED,
            },
            libraries=libraries,
        )
        return app

    def _routes(self) -> Routes:
        routes = Routes("Kaodian site server 考点服务器", self.version)
        gate = StaffGate(self.accounts, self.staff_sessions)
        items = practice_items()
        floor: Floor = self.floor
        candidate_routes(
            CandidateDesk(
                "/api/candidate",
                "kd_candidate",
                lambda: floor,
                lambda: self.events,
                self.site,
                items,
                self.seat_checks,
            ),
            routes,
        )
        candidate_routes(
            CandidateDesk(
                "/api/practice",
                "kd_practice",
                self.practice.floor,
                self.practice.events,
                self.site,
                items,
            ),
            routes,
        )
        staff_routes(gate, routes, site=self.site, version=self.version)
        hall_routes(
            HallDesk(
                "/api/console",
                False,
                lambda: floor,
                lambda: self.boards,
                self.intake.unlock,
                self._upload,
            ),
            gate,
            routes,
        )
        hall_routes(
            HallDesk(
                "/api/console/practice",
                True,
                self.practice.floor,
                self.practice.boards,
                None,
                None,
            ),
            gate,
            routes,
        )
        technician_routes(
            TechnicianDesk(
                self.agent,
                self.intake,
                self.journal,
                self.practice,
                self.rehearsing,
                self.settings,
                self.inbox,
                self.address,
            ),
            gate,
            routes,
        )
        device_routes(DeviceDesk(self.devices, self.devices_feed, floor), gate, routes)
        if self.settings.devices.dock:
            dock_routes(self.devices, gate, routes)
        papers = SessionPapers(
            self.hall, self.site, self._staff_names, lambda session: figures(self.queue, session)
        )
        identity_routes(self.desks, self.hall, gate, routes)
        seat_picture_routes(self.seat_checks, self.hall, gate, routes)
        terminal_console_routes(self.terminals, self.address, gate, routes)
        routes.operations += terminal_routes(self.terminals, self.version).operations
        mapped_routes(self.terminals, lambda: self.site().time_zone, routes)
        print_routes(self.printing, papers, self.hall, self._staff_names, gate, routes)
        ticket_machine_routes(self.queue_house, routes)
        display_routes(self.queue_house, routes)
        queue_routes(self.queue_house, gate, routes)
        readiness_routes(self.readiness, gate, routes)
        preflight_routes(self.preflight, gate, routes)
        machine_routes(self.readiness, gate, routes)
        seat_routes(self.seat_house, routes)
        seat_console_routes(self.seat_house, gate, routes)
        return routes

    def _device_line(self) -> DaemonLine | None:
        if self.settings.devices.run == "none":
            return None
        return DaemonLine(daemon_socket(self.settings))

    def _exam_runs(self) -> bool:
        return any(one.active for one in self.hall.projection.sessions.values())

    def _staff_names(self) -> dict[str, str]:
        return {COMMAND_LINE: "命令行", **{one.username: one.name for one in self.accounts.all()}}

    def _upload(self) -> Upload:
        return Upload(self.journal.head, self.agent.status().acknowledged_seq)


@asynccontextmanager
async def running(settings: Settings, time: TimeSources | None = None) -> AsyncIterator[Appliance]:
    """Run a site server and give it; it listens when given. Raises StateFolderWrong, KeyFileWrong."""
    with StateFolder(settings.state_dir) as folder:
        appliance = Appliance(settings, folder, time or MachineTime())
        runner = web.AppRunner(appliance.web_app(), access_log=None, shutdown_timeout=SHUTDOWN_S)
        try:
            await appliance.start()
            await runner.setup()
            listening = web.TCPSite(runner, settings.listen.host, settings.listen.port, backlog=1024)
            await listening.start()
            host, port = runner.addresses[0][:2]
            url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            appliance.listens_at(url)
            folder.tell_address(url)
            yield appliance
        finally:
            appliance.hang_up()
            await runner.cleanup()
            await appliance.stop()


async def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is told the address once the server listens."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with running(settings) as appliance:
        # What was built at the start stays: the collector need not look at it again during an exam.
        gc.collect()
        gc.freeze()
        # All who save in the same moment hold their requests at once; the usual threshold of 700 objects
        # would look through them many times before the commit that lets them go.
        gc.set_threshold(*COLLECTOR_THRESHOLDS)
        feeding = asyncio.create_task(feed_watchdog())
        notify("READY=1")
        ready(appliance.address())
        await stopping.wait()
        notify("STOPPING=1")
        feeding.cancel()
