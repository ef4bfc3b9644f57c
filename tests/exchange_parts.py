"""Both ends of the sync for tests: a centre with a TLS port, a site with a real journal, a bad line."""

from __future__ import annotations

import asyncio
import hashlib
import random
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from aiohttp import web
from sqlalchemy import select

from central_sync.agent.agent import SyncAgent
from central_sync.agent.patience import Pace
from central_sync.centre.database import Base, Database
from central_sync.centre.exchange.authority import Authority
from central_sync.centre.exchange.service import Exchange, now_utc
from central_sync.centre.exchange.tables import EntryRow
from central_sync.protocol.journal import genesis
from central_sync.protocol.keys import ApplianceKeys, CentreKeys
from central_sync.protocol.session import BlobRef, SessionDocument, SessionPlan, SignedDocument
from central_sync.protocol.signed_heads import sign_head
from exam_appliance.journal.database import connect_to_read
from exam_appliance.journal.journal import Draft, Journal
from tests.site_parts import contents

SITE = "KD0001"
APPLIANCE = "5a0e4c6e-0000-4000-8000-000000000001"
QUICK = Pace(first_retry_s=0.02, longest_retry_s=0.2, report_s=0.1, gather_s=0.01)


async def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until a condition holds; fail when it takes too long."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody of its change
            await asyncio.sleep(0.01)


class Centre:
    """An exchange over a database, served on a loopback port."""

    def __init__(self, folder: Path, url: str | None = None, clock: Callable[[], datetime] = now_utc) -> None:
        self.folder = folder
        self.keys = CentreKeys.at(folder / "keys")
        self.database = Database(url or f"sqlite:///{folder / 'centre.db'}")
        Base.metadata.create_all(self.database.engine)
        self.authority = Authority(self.keys, folder / "keys")
        self.exchange = Exchange(self.database, self.keys, self.authority, folder / "blobs", clock=clock)
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The address that sites call."""
        return f"https://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Serve, on the same port as before if there was one."""
        self._runner = web.AppRunner(self.exchange.site_app(), shutdown_timeout=0.1)
        await self._runner.setup()
        context = self.authority.server_context([])
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=context, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop serving."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def claim(self, site: str = SITE, life: timedelta = timedelta(days=7)) -> str:
        """Return a new claim code."""
        with self.database.begin() as session:
            return self.exchange.new_claim(session, site, life)

    def publish(self, kind: str, name: str, body: dict[str, object], site: str = SITE) -> SignedDocument:
        """Publish a document."""
        with self.database.begin() as session:
            return self.exchange.publish(session, kind, name, site, body)

    def publish_package(self, data: bytes, plan: SessionPlan | None = None) -> BlobRef:
        """Publish a session whose package is these bytes."""
        plan = plan or contents().plan
        finished = self.folder / "finished.kdpkg"
        finished.write_bytes(data)
        ref = self.exchange.take_file(finished)
        with self.database.begin() as session:
            self.exchange.grant(session, plan.site, ref)
            body = SessionDocument(plan=plan, package="PK-1", blob=ref).model_dump(mode="json")
            self.exchange.publish(session, "session", plan.session, plan.site, body)
        return ref

    def state(self, appliance: str = APPLIANCE) -> tuple[str, str]:
        """Return state and reason of a server."""
        with self.database.begin() as session:
            found = {standing.id: standing for standing in self.exchange.appliances(session)}[appliance]
        return found.state, found.reason

    def lines(self, appliance: str = APPLIANCE) -> list[str]:
        """Return all journal lines held of a server, by seq."""
        with self.database.begin() as session:
            query = select(EntryRow.line).where(EntryRow.appliance == appliance).order_by(EntryRow.seq)
            return list(session.scalars(query))

    def evidence(self, appliance: str = APPLIANCE) -> list[tuple[str, bytes]]:
        """Return reason and body of what stands against a server."""
        with self.database.begin() as session:
            return [(piece.reason, piece.body) for piece in self.exchange.evidence(session, appliance)]


class SiteJournal:
    """The journal of the real site server as the agent reads it, over a connection of its own."""

    def __init__(self, journal: Journal, keys: ApplianceKeys, appliance: str = APPLIANCE) -> None:
        self._journal = journal
        self._keys = keys
        self._appliance = appliance

    def head(self) -> tuple[int, str, str]:
        """Return seq, hash and signature of the last entry on disk."""
        rows = self._rows("SELECT seq, line FROM journal ORDER BY seq DESC LIMIT 1", ())
        seq, last = (rows[0][0], orjson.loads(rows[0][1])["hash"]) if rows else (0, genesis(self._appliance))
        return seq, last, sign_head(self._keys.journal, self._appliance, seq, last)

    def lines(self, after_seq: int, limit: int, /) -> list[bytes]:
        """Return entries after a seq."""
        rows = self._rows(
            "SELECT seq, line FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (after_seq, limit)
        )
        return [line.encode() for _, line in rows]

    def follow(self, follower: Callable[[object], None], /) -> None:
        """Follow commits."""
        self._journal.follow(follower)

    def _rows(self, query: str, values: tuple[int, ...]) -> list[tuple[int, str]]:
        connection: sqlite3.Connection = connect_to_read(self._journal.path)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


@dataclass
class Desk:
    """Takes documents as the site server does, and remembers them."""

    documents: dict[tuple[str, str], SignedDocument] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    broken: bool = False

    async def taken(self, document: SignedDocument, file: Path | None) -> None:
        """Take a document."""
        if self.broken:
            raise RuntimeError("the site server cannot take anything now")
        self.documents[document.kind, document.name] = document
        if file is not None:
            self.files[document.name] = await asyncio.to_thread(file.read_bytes)


class SiteServer:
    """A site server with a real journal and an agent, which can be stopped and started again."""

    def __init__(
        self,
        folder: Path,
        *,
        appliance: str = APPLIANCE,
        machine: str = "mac:02:00:00:00:00:01",
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.appliance = appliance
        self.keys = ApplianceKeys.at(folder / "keys")
        self.journal = Journal(folder / "journal.db", appliance, self.keys.journal)
        self.journal.start()
        self.desk = Desk()
        self.source = SiteJournal(self.journal, self.keys, appliance)
        self.agent = SyncAgent(
            folder / "sync",
            self.keys,
            appliance,
            self.source,
            self.desk,
            software="0.1.0",
            pace=QUICK,
            facts=lambda: frozenset({machine}),
            clock=clock,
        )

    async def close(self) -> None:
        """Stop the agent and the journal."""
        await self.agent.stop()
        self.journal.close()

    def lines(self) -> list[str]:
        """Return all lines of the site's journal."""
        return [line.decode() for line in self.journal.lines(0, 1_000_000)]

    async def answers(self, count: int, ticket: str = "260001000001") -> None:
        """Save some answers of one candidate."""
        await self.journal.append([saved(ticket, n) for n in range(1, count + 1)])


@asynccontextmanager
async def site_server(folder: Path, **more: object) -> AsyncIterator[SiteServer]:
    """Give a site server that is closed at the end."""
    site = SiteServer(folder, **more)  # type: ignore[arg-type]
    try:
        yield site
    finally:
        await site.close()


def saved(ticket: str, n: int) -> Draft:
    """Return the saving of an answer."""
    body = {"item": f"t-{n % 60:03d}", "choices": ["ABCD"[n % 4]], "flagged": False, "n": n, "t": n * 1000}
    return Draft("response.saved", ticket, ticket, body)


async def hold_session(
    journal: Journal, candidates: int = 100, items: int = 60, session: str = "S2026-0001"
) -> None:
    """Write the journal of a whole session: check-in, start, every item answered, many changed, submitted."""
    chance = random.Random(20261123)
    tickets = [f"260001{number:06d}" for number in range(1, candidates + 1)]

    def named(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    await journal.append([Draft("session.opened", session, "invigilator", {"t": 0})])
    await journal.append(
        [
            Draft(
                "attempt.checked_in",
                ticket,
                ticket,
                {"session": session, "room": "第一考场", "seat": seat, "token": named(ticket), "t": seat},
            )
            for seat, ticket in enumerate(tickets, 1)
        ]
    )
    await journal.append(
        [
            Draft(
                "attempt.started",
                ticket,
                "invigilator",
                {
                    "t": 1000,
                    "seed": named(ticket + "seed"),
                    "paper": named(ticket + "paper"),
                    "duration_ms": 7_200_000,
                    "extra_ms": 0,
                    "deadline_t": 7_201_000,
                },
            )
            for ticket in tickets
        ]
    )
    for n in range(1, items * 3 // 2 + 1):
        order = chance.sample(tickets, len(tickets))
        await asyncio.gather(*(journal.append([saved(ticket, n)]) for ticket in order))
    await journal.append(
        [
            Draft(
                "attempt.submitted",
                ticket,
                ticket,
                {"t": 6_000_000, "by": "candidate", "answered": items, "blank": 0, "reason": ""},
            )
            for ticket in tickets
        ]
    )


class CuttingLine:
    """A TCP line to a port that breaks every few hundred kilobytes, in either direction."""

    def __init__(self, port: int, low: int = 40_000, high: int = 400_000, seed: int = 7) -> None:
        self._target = port
        self._low, self._high = low, high
        self._chance = random.Random(seed)
        self._server: asyncio.Server | None = None
        self.port = 0
        self.cuts = 0
        self.carried = 0
        self.whole = False
        """Set to stop cutting."""

    @property
    def url(self) -> str:
        """The address to call."""
        return f"https://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        budget = self._chance.randrange(self._low, self._high)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        left = [budget]

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(8192):
                if not self.whole and len(data) >= left[0]:
                    # Part of the data still goes through: a cut falls anywhere within a record.
                    sink.write(data[: left[0]])
                    self.cuts += 1
                    writer.transport.abort() if sink is far_writer else far_writer.transport.abort()
                    return
                left[0] -= len(data)
                self.carried += len(data)
                sink.write(data)
                await sink.drain()

        pumps = [
            asyncio.create_task(pump(reader, far_writer)),
            asyncio.create_task(pump(far_reader, writer)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for task in pumps:
            task.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        for end in (writer, far_writer):
            end.close()


@asynccontextmanager
async def cutting_line(port: int, **more: int) -> AsyncIterator[CuttingLine]:
    """Give a line that breaks again and again."""
    line = CuttingLine(port, **more)
    await line.start()
    try:
        yield line
    finally:
        await line.stop()


def later(**spans: float) -> Callable[[], datetime]:
    """Return a clock that is ahead by a span."""
    return lambda: datetime.now(UTC) + timedelta(**spans)
