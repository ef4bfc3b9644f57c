"""Reading and writing a stick is killed at any moment: repeated, it ends the same; no half file is left."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from central_sync.protocol.http.problems import Problem
from tests.exchange_parts import SITE, Centre, hold_session, site_server
from tests.killed_process import killed_when
from tests.site_parts import contents


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    centre = Centre(tmp_path / "centre")
    await centre.start()
    yield centre
    await centre.stop()


@pytest.fixture
async def site_folder(tmp_path: Path, centre: Centre) -> Path:
    """The folder of an enrolled site server that is stopped; a hundred candidates were there."""
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
        await hold_session(site.journal)
    return tmp_path / "site"


async def test_a_killed_intake_at_the_centre_ends_the_same_when_repeated(
    tmp_path: Path, centre: Centre, site_folder: Path
) -> None:
    up = tmp_path / "up"
    async with site_server(site_folder) as site:
        await asyncio.to_thread(site.agent.export_bundle, up)
        sent = site.lines()
    kills = 0
    for share in (1, 3, 5, 7, 9):
        wanted = len(sent) * share // 10
        kills += await killed_when(
            lambda wanted=wanted: held(centre) >= wanted, "take-in-at-centre", centre.folder, up
        )
        lines = centre.lines()
        assert lines == sent[: len(lines)]
    assert kills >= 2
    centre.exchange.import_bundle(up)
    assert centre.lines() == sent
    assert centre.evidence() == []


def held(centre: Centre) -> int:
    """Return how many entries the centre holds whole."""
    with centre.database.begin() as session:
        (standing,) = centre.exchange.appliances(session)
    return standing.acknowledged


async def test_a_killed_intake_at_the_site_ends_the_same_when_repeated(
    tmp_path: Path, centre: Centre, site_folder: Path
) -> None:
    down, package = tmp_path / "down", os.urandom(30_000_000)
    ref = centre.publish_package(package)
    centre.exchange.export_bundle(SITE, down)
    blobs = site_folder / "sync/blobs"
    aside, whole = blobs / f"{ref.sha256}.stick", blobs / ref.sha256
    assert await killed_when(
        lambda: aside.exists() and aside.stat().st_size > 0, "take-in-at-site", site_folder, down
    )
    await killed_when(whole.exists, "take-in-at-site", site_folder, down)
    async with site_server(site_folder) as site:
        await site.agent.import_bundle(down)
        assert site.desk.files == {contents().plan.session: package}
        assert [path.name for path in blobs.iterdir()] == [ref.sha256]


async def test_a_killed_export_leaves_no_half_file_under_the_name(tmp_path: Path, site_folder: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert await killed_when(lambda: list(out.iterdir()), "write-at-site", site_folder, out / "up.kdbundle")
    assert not (out / "up.kdbundle").exists()
    assert not await killed_when(lambda: False, "write-at-site", site_folder, out / "up.kdbundle")
    assert (out / "up.kdbundle").exists()


async def test_a_full_stick_leaves_no_file_and_says_so(tmp_path: Path, site_folder: Path) -> None:
    out = tmp_path / "out"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with site_server(site_folder) as site:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
        try:
            with pytest.raises(Problem) as caught:
                await asyncio.to_thread(site.agent.export_bundle, out / "up")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.reason == "bundle.disk"
    assert "请检查 U 盘" in caught.value.zh
    assert list(out.iterdir()) == []
