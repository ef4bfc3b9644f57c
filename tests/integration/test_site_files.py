"""Files go up from the site: announced in the journal, resumed at any byte, whole or not there at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from central_sync.agent.outbox import Outbox
from central_sync.centre.exchange.admission import Caller
from central_sync.centre.exchange.quarantine import Source
from central_sync.centre.exchange.site_files import site_files
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.site_files import SITE_FILE_BYTES
from exam_appliance.intake.offering import FilesForCentre
from tests.exchange_parts import APPLIANCE, SITE, Centre, SiteServer, cutting_line, site_server, until
from tests.killed_process import killed_when


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    centre = Centre(tmp_path / "centre")
    await centre.start()
    yield centre
    await centre.stop()


@pytest.fixture
async def site(tmp_path: Path, centre: Centre) -> AsyncIterator[SiteServer]:
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
        yield site


async def offer(site: SiteServer, data: bytes, name: str = "就绪报告.json") -> str:
    """Offer a file as the site server does and return its SHA-256."""
    files = FilesForCentre(site.journal, site.agent.outbox)
    offered = await files.offer(
        data,
        subject=APPLIANCE,
        name=name,
        media_type="application/json",
        purpose="readiness_report",
        by="zhou",
    )
    return offered.sha256


def received(centre: Centre, sha256: str) -> bytes | None:
    """Return what the centre holds whole of a file."""
    with centre.database.begin() as session:
        try:
            return centre.exchange.site_file(session, APPLIANCE, sha256)[0].read_bytes()
        except Problem:
            return None


def listed(centre: Centre) -> list[tuple[str, str, bool]]:
    """Return name, purpose and whether it is whole of all files that the server announced."""
    with centre.database.begin() as session:
        return [
            (row.name, row.purpose, row.received_at is not None) for row in site_files(session, APPLIANCE)
        ]


def caller_of(centre: Centre, site: SiteServer) -> Caller:
    """Return the site as the centre sees it over the line."""
    with sqlite3.connect(centre.folder / "centre.db") as reading:
        (serial,) = reading.execute("SELECT serial FROM exchange_certificate").fetchone()
        (machine,) = reading.execute("SELECT machine FROM exchange_appliance").fetchone()
    return Caller(serial, APPLIANCE, Source(machine, "127.0.0.1"))


async def test_a_file_goes_up_after_its_announcement_and_leaves_the_outbox(
    centre: Centre, site: SiteServer
) -> None:
    sha256 = await offer(site, b'{"ready":true}')
    assert [waiting.offered.sha256 for waiting in site.agent.outbox.waiting()] == [sha256]
    await site.agent.start()
    await until(lambda: received(centre, sha256) == b'{"ready":true}')
    await until(lambda: site.agent.outbox.waiting() == [])
    assert listed(centre) == [("就绪报告.json", "readiness_report", True)]
    # The same again changes nothing.
    await offer(site, b'{"ready":true}')
    await site.agent.sync_now()
    await until(lambda: site.agent.outbox.waiting() == [])
    assert len(listed(centre)) == 1
    assert site.agent.status().error_zh == ""


async def test_a_large_file_arrives_whole_over_a_cut_line_though_the_agent_is_killed_on_the_way(
    tmp_path: Path, centre: Centre
) -> None:
    data = os.urandom(6_000_000)
    async with cutting_line(centre.port, low=200_000, high=1_500_000) as line:
        line.whole = True
        async with site_server(tmp_path / "site") as site:
            await site.agent.enrol(line.url, centre.claim())
            sha256 = await offer(site, data, "考场记录.pdf")
        line.whole = False
        part = centre.folder / "blobs" / "incoming" / APPLIANCE / f"{sha256}.part"

        def held() -> int:
            return part.stat().st_size if part.exists() else 0

        for share in (1, 3, 5):
            assert await killed_when(
                lambda share=share: held() >= len(data) * share // 10, "agent", tmp_path / "site"
            )
            assert data.startswith(part.read_bytes())
        async with site_server(tmp_path / "site") as site:
            await site.agent.start()
            await until(lambda: received(centre, sha256) == data, 60)
            await until(lambda: site.agent.outbox.waiting() == [])
        assert line.cuts
    assert not part.exists()


async def test_what_the_journal_did_not_announce_is_not_taken(centre: Centre, site: SiteServer) -> None:
    caller = caller_of(centre, site)
    data = b"something else"
    with pytest.raises(Problem) as caught:
        centre.exchange.take_piece(caller, hashlib.sha256(data).hexdigest(), 0, data)
    assert (caught.value.reason, caught.value.status) == ("file.not_announced", 409)
    assert not (centre.folder / "blobs" / "incoming").exists()


async def test_pieces_that_do_not_fit_are_refused_and_the_file_is_whole_in_the_end(
    centre: Centre, site: SiteServer
) -> None:
    data = b"abcdefghij"
    sha256 = await offer(site, data)
    await site.agent.start()
    await until(lambda: received(centre, sha256) == data)
    await site.agent.stop()
    other = b"0123456789"
    wrong = await offer(site, other)
    caller = caller_of(centre, site)
    # The journal goes up alone, then pieces come by hand.
    note = site.agent.outbox.path(wrong)
    kept = note.read_bytes()
    site.agent.outbox.delivered(wrong)
    await site.agent.start()
    await until(lambda: len(listed(centre)) == 2)

    def refused(offset: int, piece: bytes) -> tuple[str, object]:
        with pytest.raises(Problem) as caught:
            centre.exchange.take_piece(caller, wrong, offset, piece)
        return caught.value.reason, caught.value.more.get("received")

    assert refused(3, b"345") == ("file.offset", 0)
    assert centre.exchange.take_piece(caller, wrong, 0, kept[:4]).received == 4
    assert refused(0, kept[:4]) == ("file.offset", 4)
    assert refused(4, b"x" * 20)[0] == "file.too_long"
    assert refused(4, b"456789")[0] == "file.offset"
    assert centre.exchange.take_piece(caller, wrong, 0, b"9999").received == 4
    assert refused(4, kept[4:])[0] == "file.damaged"
    assert received(centre, wrong) is None
    assert centre.exchange.take_piece(caller, wrong, 0, kept).whole
    assert received(centre, wrong) == other
    # Once it is whole a repetition is told so, whatever it brings.
    assert centre.exchange.take_piece(caller, wrong, 3, b"zzz").whole


async def test_a_file_damaged_on_the_sites_disk_is_named_and_holds_up_no_other(
    centre: Centre, site: SiteServer
) -> None:
    damaged = await offer(site, b"x" * 5000, "损坏.pdf")
    good = await offer(site, b"y" * 5000, "完好.pdf")
    site.agent.outbox.path(damaged).write_bytes(b"x" * 4000)
    await site.agent.start()
    await until(lambda: received(centre, good) is not None)
    await until(lambda: "损坏.pdf" in site.agent.status().error_zh)
    assert received(centre, damaged) is None
    # Made anew, it goes.
    await offer(site, b"x" * 5000, "损坏.pdf")
    await site.agent.sync_now()
    await until(lambda: received(centre, damaged) == b"x" * 5000)


async def test_a_revoked_server_sends_no_files(centre: Centre, site: SiteServer) -> None:
    sha256 = await offer(site, b"report")
    with centre.database.begin() as session:
        centre.exchange.revoke(session, APPLIANCE, "设备报废")
    await site.agent.start()
    await until(lambda: "吊销" in site.agent.status().error_zh)
    assert received(centre, sha256) is None
    assert site.agent.outbox.waiting()


async def test_files_travel_on_the_stick_and_the_stick_back_clears_the_outbox(
    tmp_path: Path, centre: Centre, site: SiteServer
) -> None:
    sha256 = await offer(site, os.urandom(3_000_000))
    await asyncio.to_thread(site.agent.export_bundle, tmp_path / "up")
    taken = centre.exchange.import_bundle(tmp_path / "up")
    assert taken.files == 1
    assert received(centre, sha256) == site.agent.outbox.path(sha256).read_bytes()
    assert centre.exchange.import_bundle(tmp_path / "up").files == 0
    centre.exchange.export_bundle(SITE, tmp_path / "down")
    await site.agent.import_bundle(tmp_path / "down")
    assert site.agent.outbox.waiting() == []


async def test_a_stick_goes_on_where_the_line_was_cut(
    tmp_path: Path, centre: Centre, site: SiteServer
) -> None:
    data = os.urandom(2_500_000)
    sha256 = await offer(site, data)
    await asyncio.to_thread(site.agent.export_bundle, tmp_path / "up")
    caller = caller_of(centre, site)
    # Only the journal and the first bytes came over the line.
    site.agent.outbox.delivered(sha256)
    await site.agent.start()
    await until(lambda: len(listed(centre)) == 1)
    centre.exchange.take_piece(caller, sha256, 0, data[:700_001])
    assert centre.exchange.import_bundle(tmp_path / "up").files == 1
    assert received(centre, sha256) == data


async def test_a_file_put_away_before_a_power_cut_is_announced_at_the_next_start(
    centre: Centre, site: SiteServer
) -> None:
    offered = site.agent.outbox.put(
        b"half done", subject=APPLIANCE, name="证明.pdf", media_type="application/pdf", purpose="evidence"
    )
    files = FilesForCentre(site.journal, site.agent.outbox)
    await files.start()
    await files.start()
    assert sum('"file.offered"' in line for line in site.lines()) == 1
    await site.agent.start()
    await until(lambda: received(centre, offered.sha256) == b"half done")


def test_the_outbox_refuses_what_it_cannot_carry_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, limit=1000)

    def refused(source: Path | bytes) -> str:
        with pytest.raises(Problem) as caught:
            outbox.put(source, subject="S", name="n", media_type="text/plain", purpose="evidence")
        return caught.value.reason

    assert refused(b"") == "file.empty"
    assert refused(b"x" * 1001) == "outbox.full"
    huge = tmp_path.with_name("huge")
    with huge.open("wb") as file:
        file.truncate(SITE_FILE_BYTES + 1)
    assert refused(huge) in ("outbox.full", "file.too_large")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="No such file"):
        outbox.put(tmp_path / "gone", subject="S", name="n", media_type="text/plain", purpose="evidence")
    assert list(tmp_path.iterdir()) == []
    outbox.put(b"x" * 900, subject="S", name="n", media_type="text/plain", purpose="evidence")
    assert refused(b"y" * 200) == "outbox.full"
    (tmp_path / ("0" * 64 + ".json")).write_text("{broken")
    assert [waiting.offered.size for waiting in outbox.waiting()] == [900]
