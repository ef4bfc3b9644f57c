"""A second machine with one identity, and a journal with two histories: heard, not believed, never merged."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from central_sync.agent.machine import fingerprint
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.transfer import machine_fingerprint
from tests.exchange_parts import APPLIANCE, SITE, Centre, SiteServer, site_server, until

OTHER_MACHINE = "mac:02:00:00:00:00:99"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    centre = Centre(tmp_path / "centre")
    await centre.start()
    yield centre
    await centre.stop()


@pytest.fixture
async def copied(tmp_path: Path, centre: Centre) -> Path:
    """The disk of an enrolled server with ten entries, and a copy of it in the folder beside."""
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
        await site.agent.start()
        await site.answers(10)
        await until(lambda: site.agent.status().acknowledged_seq == 10)
    # What a stopping server was about to put in place is no part of its disk.
    shutil.copytree(tmp_path / "site", tmp_path / "copy", ignore=shutil.ignore_patterns("*.part"))
    return tmp_path / "copy"


async def is_quarantined(site: SiteServer) -> None:
    await until(lambda: site.agent.status().quarantined)
    assert "已被中心隔离" in site.agent.status().error_zh


async def test_a_copied_disk_in_a_second_machine_is_quarantined_and_its_entries_are_not_merged(
    tmp_path: Path, centre: Centre, copied: Path
) -> None:
    held = centre.lines()
    async with site_server(copied, machine=OTHER_MACHINE) as clone:
        await clone.answers(3)
        await clone.agent.start()
        await is_quarantined(clone)
    assert centre.state() == ("quarantined", "clone")
    assert centre.lines() == held
    # Which of the two is the real one only people can say: the first is not believed either ...
    async with site_server(tmp_path / "site") as site:
        await site.answers(2)
        await site.agent.start()
        await is_quarantined(site)
        assert centre.lines() == held
        # ... until they say so; then everything that waited goes up.
        with centre.database.begin() as session:
            centre.exchange.readmit(session, APPLIANCE)
        await site.agent.sync_now()
        await until(lambda: site.agent.status().acknowledged_seq == 12)
        await until(lambda: not site.agent.status().quarantined)
        assert centre.lines() == site.lines()


async def test_the_machine_that_staff_name_is_the_one_that_counts(centre: Centre, copied: Path) -> None:
    async with site_server(copied, machine=OTHER_MACHINE) as moved:
        await moved.agent.start()
        await is_quarantined(moved)
        with centre.database.begin() as session:
            centre.exchange.readmit(session, APPLIANCE, machine=machine_fingerprint(OTHER_MACHINE))
        await moved.answers(1)
        await moved.agent.sync_now()
        await until(lambda: moved.agent.status().acknowledged_seq == 11)


def test_a_replaced_network_card_is_no_second_machine(tmp_path: Path) -> None:
    path = tmp_path / "machine.json"
    first = fingerprint(path, lambda: frozenset({"mac:1", "board_serial:7"}))
    assert fingerprint(path, lambda: frozenset({"mac:2", "board_serial:7"})) == first
    assert fingerprint(path, lambda: frozenset({"mac:2", "board_serial:8"})) != first


async def test_an_old_disk_that_went_on_writes_another_history_and_is_quarantined_as_a_fork(
    tmp_path: Path, centre: Centre, copied: Path
) -> None:
    async with site_server(tmp_path / "site") as site:
        await site.agent.start()
        await site.answers(5)
        await until(lambda: site.agent.status().acknowledged_seq == 15)
        held = site.lines()
    async with site_server(copied) as forked:
        await forked.answers(8, ticket="260001000002")
        other = forked.lines()[10:]
        await forked.agent.start()
        await is_quarantined(forked)
    assert centre.state() == ("quarantined", "fork")
    assert centre.lines() == held
    # The evidence shows where the histories part, in the site's own signed words.
    # What the server sent at the same moment, such as a report, may stand beside it.
    kept = [(reason, body.decode().splitlines()) for reason, body in centre.evidence()]
    assert ("fork", other[-4:]) in kept


async def test_an_old_disk_that_wrote_nothing_since_is_quarantined_as_rewound(
    tmp_path: Path, centre: Centre, copied: Path
) -> None:
    async with site_server(tmp_path / "site") as site:
        await site.agent.start()
        await site.answers(5)
        await until(lambda: site.agent.status().acknowledged_seq == 15)
    async with site_server(copied) as rewound:
        await rewound.agent.start()
        await is_quarantined(rewound)
    assert centre.state() == ("quarantined", "rewind")
    assert len(centre.lines()) == 15


@pytest.mark.parametrize("reason", ["clone", "fork"])
async def test_a_stick_from_a_clone_or_a_fork_is_quarantined_like_the_line(
    tmp_path: Path, centre: Centre, copied: Path, reason: str
) -> None:
    stick = tmp_path / "stick"
    async with site_server(tmp_path / "site") as site:
        await site.agent.start()
        await site.answers(5)
        await until(lambda: site.agent.status().acknowledged_seq == 15)
        held = site.lines()
    machine = {"machine": OTHER_MACHINE} if reason == "clone" else {}
    async with site_server(copied, **machine) as bad:
        await bad.answers(8, ticket="260001000002")
        name = (await asyncio.to_thread(bad.agent.export_bundle, stick)).name
        other = bad.lines()[10:]
    for _ in range(2):
        with pytest.raises(Problem) as caught:
            centre.exchange.import_bundle(stick)
        assert (caught.value.reason, caught.value.more["quarantine"]) == ("appliance.quarantined", reason)
    assert centre.state() == ("quarantined", reason)
    assert centre.lines() == held
    ((kept, body),) = centre.evidence()
    assert (kept, body.decode().splitlines()) == (reason, other)
    with centre.database.begin() as session:
        (piece,) = centre.exchange.evidence(session, APPLIANCE)
    assert piece.address == name
    # Nothing goes down to a server in quarantine either.
    for addressee in (SITE, APPLIANCE):
        with pytest.raises(Problem):
            centre.exchange.export_bundle(addressee, tmp_path / "down")
    assert not (tmp_path / "down").exists()


async def test_a_stick_from_a_revoked_server_is_refused(tmp_path: Path, centre: Centre, copied: Path) -> None:
    async with site_server(copied) as site:
        await site.answers(1)
        await asyncio.to_thread(site.agent.export_bundle, tmp_path / "stick")
    with centre.database.begin() as session:
        centre.exchange.revoke(session, APPLIANCE, "设备报废")
    with pytest.raises(Problem) as caught:
        centre.exchange.import_bundle(tmp_path / "stick")
    assert caught.value.reason == "certificate.revoked"
    assert len(centre.lines()) == 10


async def test_a_site_whose_journal_is_shorter_than_the_stick_says_is_told_so(
    tmp_path: Path, centre: Centre, copied: Path
) -> None:
    async with site_server(tmp_path / "site") as site:
        await site.agent.start()
        await site.answers(5)
        await until(lambda: site.agent.status().acknowledged_seq == 15)
    centre.publish("policy", "exam", {"heartbeat_s": 5})
    centre.exchange.export_bundle(SITE, tmp_path / "down")
    async with site_server(copied) as rewound:
        with pytest.raises(Problem) as caught:
            await rewound.agent.import_bundle(tmp_path / "down")
        assert caught.value.reason == "journal.differs"
        # The documents count all the same: an exam must not wait for the quarrel to be settled.
        assert ("policy", "exam") in rewound.desk.documents
        assert rewound.agent.status().acknowledged_seq == 10
