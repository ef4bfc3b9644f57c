"""The exchange over each database that the centre may stand on, and the migrations of both."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from central_sync.centre.database import Database
from central_sync.centre.exchange.admission import Caller
from central_sync.centre.exchange.counters import advance, current
from central_sync.centre.exchange.quarantine import Source
from central_sync.centre.exchange.service import now_utc
from central_sync.centre.exchange.tables import BlobRow, CertificateRow, EvidenceRow
from central_sync.centre.ledger.ledger import Ledger
from central_sync.centre.migrations import DatabaseTooNew, upgrade
from central_sync.centre.migrations.metadata import METADATA
from central_sync.centre.tables.ledger import LedgerLineRow
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.signed_heads import sign_head
from central_sync.protocol.transfer import machine_fingerprint
from tests.exchange_parts import (
    APPLIANCE,
    SITE,
    Centre,
    SiteServer,
    cutting_line,
    hold_session,
    site_server,
    until,
)
from tests.mariadb_parts import MariaDb, mariadb
from tests.site_parts import contents

__all__ = ["mariadb"]

OTHER = "5a0e4c6e-0000-4000-8000-000000000002"


@pytest.fixture(params=["sqlite", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'centre.db'}"
    server: MariaDb = request.getfixturevalue("mariadb")
    return server.new_database()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An empty database."""
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
async def centre(tmp_path: Path, url: str, database: Database) -> AsyncIterator[Centre]:
    """A centre over a migrated database."""
    upgrade(database)
    centre = Centre(tmp_path / "centre", url)
    await centre.start()
    yield centre
    await centre.stop()
    centre.database.close()


async def test_two_sessions_go_up_at_once_over_cut_lines_entry_for_entry_and_in_one_order(
    tmp_path: Path, centre: Centre
) -> None:
    async with (
        cutting_line(centre.port) as line,
        site_server(tmp_path / "one") as one,
        site_server(tmp_path / "two", appliance=OTHER) as two,
    ):
        sites = {APPLIANCE: one, OTHER: two}
        for site in sites.values():
            await site.agent.enrol(line.url, centre.claim())
            await site.agent.start()
        await asyncio.gather(*(hold_session(site.journal, candidates=20) for site in sites.values()))
        for appliance, site in sites.items():
            sent = site.lines()
            await until(lambda site=site, sent=sent: site.agent.status().acknowledged_seq == len(sent), 60)
            assert centre.lines(appliance) == sent
            assert centre.evidence(appliance) == []
        with centre.database.begin() as session:
            entries = centre.exchange.entries(session, after_received=0, limit=100_000)
        assert [entry.received for entry in entries] == list(range(1, len(entries) + 1))
        assert len(entries) == sum(len(site.lines()) for site in sites.values())


def caller(centre: Centre, appliance: str = APPLIANCE) -> Caller:
    """Return a server as its requests show it."""
    with centre.database.begin() as session:
        (serial,) = (row.serial for row in session.query(CertificateRow).filter_by(appliance=appliance))
    return Caller(serial, appliance, Source(machine_fingerprint("mac:02:00:00:00:00:01"), "192.0.2.7"))


def stubbornly(centre: Centre, who: Caller, lines: list[bytes], site: SiteServer) -> int:
    """Send a batch until the centre is not busy, as the agent does; return what it holds then."""
    last = orjson.loads(lines[-1])
    sig = sign_head(site.keys.journal, APPLIANCE, last["seq"], last["hash"])
    while True:
        try:
            return centre.exchange.take_journal(who, b"\n".join(lines) + b"\n", sig).acknowledged
        except Problem as problem:
            if problem.code != "busy":
                raise


async def test_uploads_of_one_server_at_the_same_time_store_each_entry_once(
    tmp_path: Path, centre: Centre
) -> None:
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
        await site.answers(300)
        lines, who = site.source.lines(0, 1000), caller(centre)
        ends = (50, 300, 120, 300, 80, 200, 260, 10)
        with ThreadPoolExecutor(len(ends)) as threads:
            held = list(threads.map(lambda end: stubbornly(centre, who, lines[:end], site), ends))
        assert max(held) == 300
        assert [line.encode() for line in centre.lines()] == lines


async def test_documents_published_at_the_same_time_have_versions_without_gap_or_double(
    centre: Centre,
) -> None:
    def publish(number: int) -> int:
        while True:
            try:
                return centre.publish("policy", f"part-{number % 6}", {"value": number}).version
            except Problem as problem:
                if problem.code != "busy":
                    raise

    with ThreadPoolExecutor(8) as threads:
        versions = list(threads.map(publish, range(24)))
    assert sorted(versions) == list(range(1, 25))
    with centre.database.begin() as session:
        newest = [document.version for document in centre.exchange.documents(session, SITE)]
    assert newest == sorted(newest)
    assert len(newest) == 6


@pytest.mark.parametrize("url", ["mariadb"], indirect=True)
def test_one_of_two_that_wait_for_each_other_is_told_to_try_again(database: Database) -> None:
    upgrade(database)
    with database.begin() as session:
        advance(session, "first")
        advance(session, "second")
    both = threading.Barrier(2, timeout=20)

    def cross(names: tuple[str, str]) -> str:
        try:
            with database.begin() as session:
                advance(session, names[0])
                both.wait()
                advance(session, names[1])
        except Problem as problem:
            return problem.reason
        return "done"

    with ThreadPoolExecutor(2) as threads:
        ends = sorted(threads.map(cross, [("first", "second"), ("second", "first")]))
    assert ends == ["centre.busy", "done"]
    with database.begin() as session:
        assert current(session, "first") == current(session, "second") == 2


async def test_one_claim_code_used_by_two_servers_at_the_same_time_enrols_one(
    tmp_path: Path, centre: Centre
) -> None:
    code = centre.claim()
    async with (
        site_server(tmp_path / "one") as one,
        site_server(tmp_path / "two", appliance=OTHER) as two,
    ):
        answers = await asyncio.gather(
            one.agent.enrol(centre.url, code), two.agent.enrol(centre.url, code), return_exceptions=True
        )
        assert [one.agent.status().enrolled, two.agent.status().enrolled].count(True) == 1
    (refusal,) = (answer for answer in answers if answer is not None)
    assert isinstance(refusal, Problem)
    assert refusal.reason in ("claim.used", "enrol.line_down")


async def test_a_quarantine_and_its_evidence_are_kept_though_the_request_is_refused(
    tmp_path: Path, centre: Centre
) -> None:
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
        await hold_session(site.journal, candidates=10)
        lines, who = site.source.lines(0, 400), caller(centre)
        clone = Caller(who.serial, who.appliance, Source("9" * 64, "192.0.2.9"))
        for _ in range(2):
            with pytest.raises(Problem) as caught:
                stubbornly(centre, clone, lines, site)
            assert caught.value.reason == "appliance.quarantined"
        assert centre.state() == ("quarantined", "clone")
        assert centre.lines() == []
        # Longer than the 64 KiB of a plain BLOB.
        ((_, body),) = centre.evidence()
        assert len(body) > 100_000
        assert body.splitlines() == lines
        with centre.database.begin() as session:
            (piece,) = session.query(EvidenceRow).all()
            assert piece.at.tzinfo is not None


async def test_document_package_key_and_stick_reach_the_site(tmp_path: Path, centre: Centre) -> None:
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
        await site.agent.start()
        package = bytes(range(256)) * 1000
        ref = centre.publish_package(package)
        with centre.database.begin() as session:
            assert centre.exchange.release_key(session, SITE, "PK-1", b"k" * 32) == 1
        await until(lambda: len(site.desk.documents) == 2 and site.desk.files)
        assert site.desk.files == {contents().plan.session: package}
        with centre.database.begin() as session:
            held = session.get(BlobRow, ref.sha256)
            assert held is not None
            assert held.size == len(package)
        await site.agent.stop()
        centre.publish("policy", "exam", {"title": "考试纪律 𠮷"})
        await site.answers(40)
        await asyncio.to_thread(site.agent.export_bundle, tmp_path / "up")
        taken = await asyncio.to_thread(centre.exchange.import_bundle, tmp_path / "up")
        assert (taken.fresh, taken.acknowledged) == (40, 40)
        assert centre.lines() == site.lines()
        await asyncio.to_thread(centre.exchange.export_bundle, SITE, tmp_path / "down")
        assert (await site.agent.import_bundle(tmp_path / "down")).documents == 1
        assert site.desk.documents["policy", "exam"].body == {"title": "考试纪律 𠮷"}
        assert site.agent.status().acknowledged_seq == 40


async def test_a_ledger_kept_by_many_at_once_is_the_one_made_again_from_the_entries(
    tmp_path: Path, centre: Centre
) -> None:
    ledger = Ledger(centre.database, centre.exchange, now_utc)

    def kept() -> list[tuple[object, ...]]:
        with centre.database.begin() as session:
            lines = session.execute(
                select(LedgerLineRow.ticket, LedgerLineRow.received, LedgerLineRow.fold).order_by(
                    LedgerLineRow.ticket
                )
            ).all()
        return [tuple(line) for line in lines]

    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
        await hold_session(site.journal, candidates=20)
        lines, who = site.source.lines(0, 100_000), caller(centre)
        with ThreadPoolExecutor(4) as threads:
            # Every batch wakes the ledger, and three others read it at the same time, as pages do.
            for end in range(200, len(lines) + 200, 200):
                stubbornly(centre, who, lines[end - 200 : end], site)
                list(threads.map(lambda _: ledger.catch_up(), range(3)))
    ledger.close()
    before = kept()
    assert len(before) == 20
    assert ledger.rebuild() == len(lines)
    assert kept() == before


def test_migrated_database_has_exactly_the_tables_that_the_code_declares(database: Database) -> None:
    for _ in range(2):
        upgrade(database)
        with database.engine.begin() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, METADATA) == []


def test_a_migrated_database_keeps_every_script_and_tells_names_apart_by_case(database: Database) -> None:
    upgrade(database)
    names = ["document/甲", "document/𠮷", "document/a", "document/A", "document/á"]
    with database.begin() as session:
        for value, name in enumerate(names):
            session.execute(
                text("INSERT INTO exchange_counter (name, value) VALUES (:name, :value)"),
                {"name": name, "value": value},
            )
    with database.begin() as session:
        for value, name in enumerate(names):
            query = text("SELECT value FROM exchange_counter WHERE name = :name")
            assert session.execute(query, {"name": name}).scalars().all() == [value]


def test_a_database_of_a_newer_release_is_refused_and_left_alone(database: Database) -> None:
    upgrade(database)
    with database.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew, match="请安装新版本"):
        upgrade(database)
    with database.begin() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
