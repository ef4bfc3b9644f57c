"""The stick at the technician's console, over real HTTP: an exam begins and ends without a line."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from central_sync.protocol.transfer import JOURNAL_TYPE
from tests.exchange_parts import SITE, until
from tests.site_app import SiteApp, Staff, release, site_app


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[SiteApp]:
    """A site with a package and no key, whose line went down."""
    async with site_app(tmp_path, candidates=2, state="downloaded") as site:
        await site.centre.stop()
        await until(lambda: not site.appliance.agent.status().online)
        yield site


async def brought(person: Staff, data: bytes, kind: str = "application/octet-stream") -> tuple[int, Any]:
    """Take a file in from the stick; return status and answer."""
    url = f"{person.url}{person.base}/courier/import"
    async with person.http.post(url, data=data, headers={"Content-Type": kind}) as answer:
        return answer.status, orjson.loads(await answer.read())


async def test_the_key_comes_by_stick_and_the_journal_goes_by_stick(tmp_path: Path, site: SiteApp) -> None:
    centre, name = site.centre, site.package.plan.session
    release(centre, site.package)
    centre.exchange.export_bundle(SITE, tmp_path / "down")
    technician = await site.staff("zhou")
    status, told = await brought(technician, (tmp_path / "down").read_bytes())
    assert (status, told["documents"], told["blobs"]) == (200, 1, 0)
    # Without a release code: the key that the stick brought is used, and the journal says so, also
    # when the server was started anew in between.
    await site.stop()
    await site.start()
    technician = await site.staff("zhou")
    lead = await site.staff("wang")
    await lead.post(f"/sessions/{name}/unlock", {"release_code": None})
    unlocked = [line for line in map(orjson.loads, lines(site)) if line["kind"] == "session.unlocked"]
    assert [entry["body"]["by"] for entry in unlocked] == ["courier"]

    url = f"{technician.url}{technician.base}/courier/export"
    async with technician.http.get(url) as answer:
        up, disposition = await answer.read(), answer.headers["Content-Disposition"]
    file_name = re.fullmatch(r'attachment; filename="(kaodian-[A-Za-z0-9-]+\.kdbundle)"', disposition)
    assert file_name is not None
    (tmp_path / "up").write_bytes(up)
    taken = centre.exchange.import_bundle(tmp_path / "up")
    assert taken.name == file_name[1]
    held = centre.lines(site.appliance.journal.appliance)
    assert held == lines(site)[: len(held)]
    assert any('"session.unlocked"' in line for line in held)
    moved = [line["body"] for line in map(orjson.loads, lines(site)) if line["kind"] == "courier.moved"]
    assert [(body["direction"], body["last_seq"]) for body in moved] == [
        ("import", 0),
        ("export", taken.last_seq),
    ]
    # The next bundle of the centre says how much has arrived; taken in again it says so again.
    centre.exchange.export_bundle(SITE, tmp_path / "down")
    for _ in range(2):
        status, told = await brought(technician, (tmp_path / "down").read_bytes())
        assert (status, told["documents"], told["acknowledged_seq"]) == (200, 0, taken.last_seq)
    # Nothing of it is left where bundles lie while they are read and written.
    assert list(site.appliance.inbox.iterdir()) == []


def lines(site: SiteApp) -> list[str]:
    """Return all lines of the site's journal."""
    return [line.decode() for line in site.appliance.journal.lines(0, 100_000)]


async def test_what_is_no_bundle_is_refused_in_both_languages(tmp_path: Path, site: SiteApp) -> None:
    technician = await site.staff("zhou")
    url = f"{technician.url}{technician.base}/courier/export"
    async with technician.http.get(url) as answer:
        own = await answer.read()
    before = len(lines(site))
    for data, reason in (
        (b"", "bundle.damaged"),
        (b"PK\x03\x04 a zip", "bundle.damaged"),
        (own[:-1], "bundle.elsewhere"),
        (own, "bundle.elsewhere"),
        (site.package.path.read_bytes(), "bundle.damaged"),
    ):
        status, told = await brought(technician, data)
        assert (status, told["reason"]) in ((422, reason), (409, reason))
        assert re.search(r"[一-龥]", told["detail"])
        assert told["detail_en"].isascii()
    assert (await brought(technician, b"x", JOURNAL_TYPE))[0] in (415, 422)
    assert len(lines(site)) == before


async def test_the_stick_is_for_technician_and_lead(site: SiteApp) -> None:
    watcher = await site.staff("wujk")
    status, told = await brought(watcher, b"x")
    assert (status, told["code"]) == (403, "denied")
    async with watcher.http.get(f"{watcher.url}{watcher.base}/courier/export") as answer:
        assert answer.status == 403


async def test_what_a_power_cut_left_of_a_bundle_is_gone_after_the_restart(site: SiteApp) -> None:
    left = site.appliance.inbox / "tmp-left"
    left.mkdir(parents=True)
    (left / "bundle").write_bytes(b"half")
    await site.stop()
    await site.start()
    assert not left.exists()
