"""The stick carries what the line would: both ways, mixed with the line, repeated, and late."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from central_sync.centre.exchange import courier
from central_sync.centre.exchange.tables import BlobGrantRow
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import content_key_purpose, unseal
from central_sync.protocol.session import KeyDocument
from tests.exchange_parts import APPLIANCE, SITE, Centre, SiteServer, hold_session, site_server, until
from tests.site_parts import contents

OTHER = "5a0e4c6e-0000-4000-8000-000000000002"
PACKAGE = bytes(range(256)) * 2000


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    centre = Centre(tmp_path / "centre")
    await centre.start()
    yield centre
    await centre.stop()


@pytest.fixture
async def site(tmp_path: Path, centre: Centre) -> AsyncIterator[SiteServer]:
    """An enrolled site server whose line is down from then on."""
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
        await centre.stop()
        yield site


async def carried_up(centre: Centre, site: SiteServer, stick: Path) -> int:
    """Carry a bundle to the centre; return how many entries were new there."""
    await asyncio.to_thread(site.agent.export_bundle, stick)
    return centre.exchange.import_bundle(stick).fresh


async def carried_down(centre: Centre, site: SiteServer, stick: Path, to: str = SITE) -> tuple[int, int]:
    """Carry a bundle to the site; return how many documents and packages were new there."""
    centre.exchange.export_bundle(to, stick)
    facts = await site.agent.import_bundle(stick)
    return facts.documents, facts.blobs


async def test_a_whole_session_goes_by_stick_and_ends_as_over_the_line(
    tmp_path: Path, centre: Centre, site: SiteServer
) -> None:
    ref = centre.publish_package(PACKAGE)
    policy = centre.publish("policy", "exam", {"heartbeat_s": 5})
    with centre.database.begin() as session:
        centre.exchange.release_key(session, SITE, "PK-1", b"k" * 32)
    written = centre.exchange.export_bundle(SITE, tmp_path / "down")
    assert (written.site, written.appliances, written.documents, written.blobs) == (SITE, (APPLIANCE,), 3, 1)
    assert written.size == (tmp_path / "down").stat().st_size
    facts = await site.agent.import_bundle(tmp_path / "down")
    assert (facts.name, facts.documents, facts.blobs) == (written.name, 3, 1)
    # All of it is handed over when the import ends, for who reads a stick has no line to wait for.
    assert site.desk.files == {contents().plan.session: PACKAGE}
    assert site.desk.documents["policy", "exam"] == policy
    (key,) = (document for (kind, _), document in site.desk.documents.items() if kind == "key")
    sealed = KeyDocument.model_validate(key.body).sealed
    assert unseal(site.keys.sealing, sealed, content_key_purpose("PK-1", APPLIANCE)) == b"k" * 32
    assert [path.name for path in (tmp_path / "site/sync/blobs").iterdir()] == [ref.sha256]

    await hold_session(site.journal, candidates=40)
    sent = site.lines()
    up = await asyncio.to_thread(site.agent.export_bundle, tmp_path / "up")
    assert (up.first_seq, up.last_seq) == (1, len(sent))
    taken = centre.exchange.import_bundle(tmp_path / "up")
    assert (taken.name, taken.site, taken.appliance) == (up.name, SITE, APPLIANCE)
    assert (taken.fresh, taken.acknowledged) == (len(sent), len(sent))
    assert centre.lines() == sent
    assert site.agent.status().acknowledged_seq == 0
    await carried_down(centre, site, tmp_path / "down")
    assert site.agent.status().acknowledged_seq == len(sent)
    # What is acknowledged stays at home the next time.
    await site.answers(2)
    up = await asyncio.to_thread(site.agent.export_bundle, tmp_path / "up")
    assert (up.first_seq, up.last_seq) == (len(sent) + 1, len(sent) + 2)
    assert centre.exchange.import_bundle(tmp_path / "up").fresh == 2
    assert centre.lines() == site.lines()
    assert centre.state() == ("active", "")


async def test_stick_and_line_may_be_mixed_in_any_order(
    tmp_path: Path, centre: Centre, site: SiteServer
) -> None:
    down, up, late = tmp_path / "down", tmp_path / "up", tmp_path / "late"
    centre.publish_package(PACKAGE)
    await site.answers(30)
    await carried_down(centre, site, down)
    assert await carried_up(centre, site, up) == 30
    await site.answers(30)
    await asyncio.to_thread(site.agent.export_bundle, late)
    # The line comes back while a stick is under way ...
    await centre.start()
    await site.agent.start()
    await until(lambda: site.agent.status().acknowledged_seq == 60)
    await until(lambda: site.agent.status().online)
    # ... and a bundle is taken in beside it, then the late one, then the first again.
    assert await carried_down(centre, site, tmp_path / "second") == (0, 0)
    assert await carried_up(centre, site, up) == 0
    assert centre.exchange.import_bundle(late).fresh == 0
    await site.answers(30)
    await until(lambda: site.agent.status().acknowledged_seq == 90)
    facts = await site.agent.import_bundle(down)
    assert (facts.documents, facts.blobs) == (0, 0)
    assert site.agent.status().acknowledged_seq == 90
    assert centre.lines() == site.lines()
    assert site.desk.files == {contents().plan.session: PACKAGE}
    assert (centre.state(), centre.evidence()) == (("active", ""), [])
    assert site.agent.status().quarantined is False


async def test_an_older_bundle_changes_nothing_at_the_site(
    tmp_path: Path, centre: Centre, site: SiteServer
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    first = centre.publish_package(b"first package")
    centre.publish("policy", "exam", {"heartbeat_s": 5})
    centre.exchange.export_bundle(SITE, old)
    centre.publish_package(b"second package")
    policy = centre.publish("policy", "exam", {"heartbeat_s": 3})
    await site.answers(5)
    await carried_up(centre, site, tmp_path / "up")
    assert await carried_down(centre, site, new) == (2, 1)
    for _ in range(2):
        facts = await site.agent.import_bundle(old)
        assert (facts.documents, facts.blobs) == (0, 0)
    assert site.desk.documents["policy", "exam"] == policy
    assert site.desk.files == {contents().plan.session: b"second package"}
    assert not (tmp_path / "site/sync/blobs" / first.sha256).exists()
    assert site.agent.status().acknowledged_seq == 5


async def test_an_older_bundle_changes_nothing_at_the_centre(
    tmp_path: Path, centre: Centre, site: SiteServer
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    await site.answers(5)
    await asyncio.to_thread(site.agent.export_bundle, old)
    await site.answers(5)
    assert await carried_up(centre, site, new) == 10
    with centre.database.begin() as session:
        (before,) = centre.exchange.appliances(session)
    for _ in range(2):
        assert centre.exchange.import_bundle(old).fresh == 0
    with centre.database.begin() as session:
        (after,) = centre.exchange.appliances(session)
    assert (after.acknowledged, after.head, after.state) == (10, before.head, "active")
    assert centre.lines() == site.lines()


async def test_what_came_by_stick_is_there_after_a_restart_without_a_line(
    tmp_path: Path, centre: Centre
) -> None:
    plans = [
        contents().plan.model_copy(update={"session": f"S2026-000{number}", "starts_at": starts})
        for number, starts in enumerate(datetime.now(UTC) + timedelta(hours=hours) for hours in (1, 2))
    ]
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
        await centre.stop()
        # The earlier session's package is not on the stick: it must not hold up the later one.
        early = centre.publish_package(os.urandom(5000), plans[0])
        centre.publish_package(b"later", plans[1])
        with centre.database.begin() as session:
            session.delete(session.get(BlobGrantRow, (SITE, early.sha256)))
        await carried_down(centre, site, tmp_path / "down")
        assert site.desk.files == {"S2026-0001": b"later"}
    async with site_server(tmp_path / "site") as site:
        await site.agent.start()
        await until(lambda: site.desk.files == {"S2026-0001": b"later"})


async def test_packages_that_do_not_fit_are_named_and_the_next_session_comes_first(
    centre: Centre, site: SiteServer
) -> None:
    now = datetime.now(UTC)
    for session, starts, closes, size in (
        ("S-OVER", -30, -24, 100),
        ("S-LATER", 48, 50, 700),
        ("S-NEXT", 1, 3, 600),
        ("S-LAST", 72, 74, 300),
    ):
        times = {"starts_at": now + timedelta(hours=starts), "closes_at": now + timedelta(hours=closes)}
        plan = contents().plan.model_copy(update={"session": session, **times})
        centre.publish_package(os.urandom(size), plan)
    with centre.database.begin() as session:
        what = courier.load(session, SITE, now, most_bytes=1000)
    assert [ref.size for ref in what.blobs] == [600, 300]
    assert what.left_out == ("S-LATER",)
    assert len(what.documents) == 4


async def test_a_bundle_for_one_server_is_noise_to_the_other(
    tmp_path: Path, centre: Centre, site: SiteServer
) -> None:
    await centre.start()
    async with site_server(tmp_path / "second", appliance=OTHER) as second:
        await second.agent.enrol(centre.url, centre.claim())
        await centre.stop()
        with centre.database.begin() as session:
            centre.exchange.release_key(session, SITE, "PK-1", b"k" * 32)
        both, alone = tmp_path / "both", tmp_path / "alone"
        assert centre.exchange.export_bundle(SITE, both).appliances == (APPLIANCE, OTHER)
        assert centre.exchange.export_bundle(OTHER, alone).documents == 1
        with pytest.raises(Problem) as caught:
            await site.agent.import_bundle(alone)
        assert (caught.value.code, caught.value.reason) == ("conflict", "bundle.elsewhere")
        assert site.desk.documents == {}
        for server in (site, second):
            await server.agent.import_bundle(both)
            # Each takes only its own key, though both are in the file.
            assert [name for _, name in server.desk.documents] == [f"PK-1@{server.appliance}"]


async def test_a_bundle_of_another_site_or_centre_is_refused(
    tmp_path: Path, centre: Centre, site: SiteServer
) -> None:
    await centre.start()
    async with site_server(tmp_path / "elsewhere", appliance=OTHER) as elsewhere:
        await elsewhere.agent.enrol(centre.url, centre.claim("KD0002"))
        centre.exchange.export_bundle("KD0002", tmp_path / "down")
        with pytest.raises(Problem) as caught:
            await site.agent.import_bundle(tmp_path / "down")
        assert "KD0002" in caught.value.zh
        stranger = Centre(tmp_path / "stranger")
        await asyncio.to_thread(elsewhere.agent.export_bundle, tmp_path / "up")
        with pytest.raises(Problem) as caught:
            stranger.exchange.import_bundle(tmp_path / "up")
        assert caught.value.reason == "appliance.unknown"


async def test_without_enrolment_there_is_no_courier(tmp_path: Path, centre: Centre) -> None:
    with pytest.raises(Problem) as caught:
        centre.exchange.export_bundle(SITE, tmp_path / "down")
    assert caught.value.reason == "bundle.no_server"
    (tmp_path / "any").write_bytes(b"x")
    async with site_server(tmp_path / "site") as site:
        with pytest.raises(Problem) as caught:
            await asyncio.to_thread(site.agent.export_bundle, tmp_path / "up")
        assert caught.value.reason == "site.not_enrolled"
        with pytest.raises(Problem) as caught:
            await site.agent.import_bundle(tmp_path / "any")
        assert caught.value.reason == "site.not_enrolled"
    assert not (tmp_path / "up").exists()


async def test_a_damaged_bundle_leaves_nothing_at_either_end(
    tmp_path: Path, centre: Centre, site: SiteServer
) -> None:
    centre.publish_package(PACKAGE)
    centre.exchange.export_bundle(SITE, tmp_path / "down")
    await hold_session(site.journal, candidates=10)
    await asyncio.to_thread(site.agent.export_bundle, tmp_path / "up")
    for name in ("down", "up"):
        data = bytearray((tmp_path / name).read_bytes())
        data[-1] ^= 1
        (tmp_path / name).write_bytes(data)
    with pytest.raises(Problem) as caught:
        await site.agent.import_bundle(tmp_path / "down")
    assert caught.value.reason == "bundle.damaged"
    assert "blobs/" in caught.value.zh
    with pytest.raises(Problem) as caught:
        centre.exchange.import_bundle(tmp_path / "up")
    assert caught.value.reason == "bundle.damaged"
    assert "journal/" in caught.value.zh
    assert (site.desk.documents, list((tmp_path / "site/sync/blobs").iterdir())) == ({}, [])
    assert centre.lines() == []


@pytest.mark.parametrize("found", [b"package two", b"short", b"longer than the package"])
async def test_a_package_damaged_on_the_centres_disk_does_not_travel(
    tmp_path: Path, centre: Centre, site: SiteServer, found: bytes
) -> None:
    ref = centre.publish_package(b"package one")
    centre.exchange.blobs.path(ref.sha256).write_bytes(found)
    with pytest.raises(Problem) as caught:
        centre.exchange.export_bundle(SITE, tmp_path / "out" / "down")
    assert caught.value.reason == "bundle.incomplete"
    assert list((tmp_path / "out").iterdir()) == []


async def test_a_centre_restored_from_its_backup_says_by_stick_from_where_it_needs_the_journal(
    tmp_path: Path, centre: Centre, site: SiteServer
) -> None:
    await site.answers(5)
    await carried_up(centre, site, tmp_path / "up")
    await carried_down(centre, site, tmp_path / "down")
    centre.database.close()
    shutil.copytree(centre.folder, tmp_path / "backup")
    await site.answers(5)
    await carried_up(centre, site, tmp_path / "up")
    centre.exchange._clock = lambda: datetime.now(UTC) + timedelta(minutes=1)
    await carried_down(centre, site, tmp_path / "down")
    assert site.agent.status().acknowledged_seq == 10
    restored = Centre(tmp_path / "backup", clock=lambda: datetime.now(UTC) + timedelta(minutes=2))
    await site.answers(5)
    with pytest.raises(Problem) as caught:
        await carried_up(restored, site, tmp_path / "up")
    assert (caught.value.reason, caught.value.more["acknowledged"]) == ("journal.gap", 5)
    await carried_down(restored, site, tmp_path / "down")
    assert await carried_up(restored, site, tmp_path / "up") == 10
    assert restored.lines() == site.lines()
