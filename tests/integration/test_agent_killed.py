"""The agent's process is killed in mid-transfer, again and again: it resumes and ends the same."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.exchange_parts import Centre, CuttingLine, cutting_line, hold_session, site_server, until
from tests.killed_process import killed_when
from tests.site_parts import contents


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    centre = Centre(tmp_path / "centre")
    await centre.start()
    yield centre
    await centre.stop()


@pytest.fixture
async def line(centre: Centre) -> AsyncIterator[CuttingLine]:
    """A line to the centre that breaks every few hundred kilobytes."""
    async with cutting_line(centre.port) as line:
        yield line


@pytest.fixture
async def site_folder(tmp_path: Path, centre: Centre, line: CuttingLine) -> Path:
    """The folder of a site server that is enrolled over the line, and stopped."""
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(line.url, centre.claim())
    return tmp_path / "site"


async def test_a_session_goes_up_entry_for_entry_though_the_agent_is_killed_on_the_way(
    centre: Centre, line: CuttingLine, site_folder: Path
) -> None:
    async with site_server(site_folder) as site:
        await hold_session(site.journal)
        sent = site.lines()
    kills = 0
    for share in (1, 4, 7):
        wanted = len(sent) * share // 10
        kills += await killed_when(lambda wanted=wanted: held(centre) >= wanted, "agent", site_folder)
        lines = centre.lines()
        assert lines == sent[: len(lines)]
    assert kills == 3
    assert len(centre.lines()) < len(sent)
    async with site_server(site_folder) as site:
        await site.agent.start()
        await until(lambda: site.agent.status().acknowledged_seq == len(sent))
        assert centre.lines() == sent
    assert (centre.state(), centre.evidence()) == (("active", ""), [])


def held(centre: Centre) -> int:
    """Return how many entries the centre holds whole."""
    with centre.database.begin() as session:
        (standing,) = centre.exchange.appliances(session)
    return standing.acknowledged


async def test_a_package_arrives_whole_though_the_agent_is_killed_on_the_way(
    centre: Centre, line: CuttingLine, site_folder: Path
) -> None:
    package = os.urandom(6_000_000)
    ref = centre.publish_package(package)
    blobs = site_folder / "sync/blobs"
    part, whole = blobs / f"{ref.sha256}.part", blobs / ref.sha256

    def fetched() -> int:
        return part.stat().st_size if part.exists() else 0

    for share in (1, 4, 7):
        assert await killed_when(
            lambda share=share: fetched() >= len(package) * share // 10, "agent", site_folder
        )
        assert not whole.exists()
        assert package.startswith(part.read_bytes())
    begun = line.carried
    left = len(package) - fetched()
    async with site_server(site_folder) as site:
        await site.agent.start()
        await until(lambda: site.desk.files)
        assert site.desk.files == {contents().plan.session: package}
    # It went on from what lay on the disk, and did not begin again.
    assert line.carried - begun < left + len(package) // 2
    assert [path.name for path in blobs.iterdir()] == [ref.sha256]


async def test_a_package_arrives_over_a_line_that_is_cut_at_random_bytes(
    tmp_path: Path, centre: Centre
) -> None:
    package = os.urandom(1_500_000)
    async with (
        cutting_line(centre.port, low=1, high=120_000, seed=20261124) as line,
        site_server(tmp_path / "site") as site,
    ):
        line.whole = True
        await site.agent.enrol(line.url, centre.claim())
        line.whole = False
        centre.publish_package(package)
        await site.agent.start()
        await until(lambda: site.desk.files, 60)
        assert line.cuts > 20
        assert site.desk.files == {contents().plan.session: package}
