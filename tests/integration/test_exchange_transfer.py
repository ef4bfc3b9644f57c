"""Journal, documents and packages over a line that is cut every few hundred kilobytes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from central_sync.agent.line import Line, Refused, client_context
from central_sync.agent.state import Bond
from central_sync.centre.exchange.intake import read_batch
from central_sync.protocol.documents import sign_document
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import CentreKeys, content_key_purpose, unseal
from central_sync.protocol.session import KeyDocument
from central_sync.protocol.transfer import (
    JOURNAL_BODY_LIMIT,
    JOURNAL_GZIP_TYPE,
    JOURNAL_TYPE,
    MACHINE_HEADER,
    Acknowledgement,
    machine_fingerprint,
)
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
from tests.site_parts import contents


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    centre = Centre(tmp_path / "centre")
    await centre.start()
    yield centre
    await centre.stop()


@pytest.fixture
async def site(tmp_path: Path, centre: Centre) -> AsyncIterator[SiteServer]:
    """An enrolled site server whose agent is not started yet."""
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
        yield site


async def test_a_session_of_a_hundred_candidates_arrives_entry_for_entry_over_a_cut_line(
    tmp_path: Path, centre: Centre
) -> None:
    # What goes over the line is compressed: three megabytes of journal are some seven hundred kilobytes.
    async with cutting_line(centre.port, high=150_000) as line, site_server(tmp_path / "site") as site:
        await site.agent.enrol(line.url, centre.claim())
        await site.agent.start()
        await hold_session(site.journal)
        sent = site.lines()
        assert len(sent) > 9000
        assert sum(map(len, sent)) > 3_000_000
        await until(lambda: site.agent.status().acknowledged_seq == len(sent), 120)
        assert line.cuts >= 3, line.carried
        assert site.agent.status().quarantined is False
    assert centre.lines() == sent
    assert centre.evidence() == []


async def test_the_order_of_receipt_has_no_gaps_and_followers_are_told(
    centre: Centre, site: SiteServer
) -> None:
    told: list[int] = []

    def read_on() -> None:
        with centre.database.begin() as session:
            after = told[-1] if told else 0
            entries = centre.exchange.entries(session, after_received=after, limit=1000)
            assert {entry.site for entry in entries} <= {SITE}
            told.extend(entry.received for entry in entries)

    centre.exchange.on_received(read_on)
    await site.agent.start()
    for _ in range(5):
        await site.answers(40)
    await until(lambda: len(told) == 200)
    assert told == list(range(1, 201))


async def test_a_package_arrives_whole_over_a_cut_line_and_only_then_is_handed_over(
    tmp_path: Path, centre: Centre
) -> None:
    package = os.urandom(3_000_000)
    async with (
        cutting_line(centre.port, low=100_000, high=300_000) as line,
        site_server(tmp_path / "s") as site,
    ):
        await site.agent.enrol(line.url, centre.claim())
        await site.agent.start()
        ref = centre.publish_package(package)
        await until(lambda: site.desk.files, 60)
        assert line.cuts >= 3
        # The download went on where it was cut: what the line carried is little more than the package.
        assert line.carried < 2 * len(package)
        assert site.desk.files == {contents().plan.session: package}
        assert sorted(path.name for path in (tmp_path / "s/sync/blobs").iterdir()) == [ref.sha256]


async def test_only_the_newest_version_counts_and_an_older_one_is_refused(
    centre: Centre, site: SiteServer
) -> None:
    await site.agent.start()
    first = centre.publish("policy", "exam", {"heartbeat_s": 5})
    await until(lambda: site.desk.documents.get(("policy", "exam")) == first)
    second = centre.publish("policy", "exam", {"heartbeat_s": 3})
    await until(lambda: site.desk.documents.get(("policy", "exam")) == second)
    assert (first.version, second.version) == (1, 2)
    assert centre.publish("policy", "exam", {"heartbeat_s": 3}) == second
    assert await site.agent._take([first]) == 0
    await asyncio.sleep(0)
    assert site.desk.documents["policy", "exam"] == second


async def test_a_document_that_the_centre_did_not_sign_is_refused_and_shown(
    tmp_path: Path, centre: Centre, site: SiteServer
) -> None:
    await site.agent.start()
    stranger = CentreKeys.at(tmp_path / "stranger").signing
    forged = sign_document(stranger, kind="policy", name="exam", site=SITE, version=9, body={"a": 1})
    assert await site.agent._take([forged]) == 0
    assert "签名无效" in site.agent.status().error_zh
    assert site.desk.documents == {}


async def test_a_document_published_waits_no_longer_than_the_line_takes(
    centre: Centre, site: SiteServer
) -> None:
    await site.agent.start()
    await until(lambda: site.agent.status().online)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    centre.publish("policy", "exam", {"a": 1})
    await until(lambda: site.desk.documents)
    # Without the wake-up the long poll would look again only after five seconds.
    assert loop.time() - begun < 3


async def test_documents_come_again_after_a_restart_and_when_they_were_not_taken(
    tmp_path: Path, centre: Centre
) -> None:
    centre.publish_package(b"package")
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
        site.desk.broken = True
        await site.agent.start()
        await until(lambda: "未能处理" in site.agent.status().error_zh)
        site.desk.broken = False
        await until(lambda: site.desk.files)
        await until(lambda: site.agent.status().error_zh == "")
    await centre.stop()
    async with site_server(tmp_path / "site") as site:
        await site.agent.start()
        await until(lambda: site.desk.files == {contents().plan.session: b"package"})
        await until(lambda: not site.agent.status().online and site.agent.status().error_zh)


async def test_a_released_key_reaches_every_server_of_the_site_and_only_its_own(
    tmp_path: Path, centre: Centre, site: SiteServer
) -> None:
    await site.agent.start()
    with centre.database.begin() as session:
        assert centre.exchange.release_key(session, SITE, "PK-1", b"k" * 32) == 1
        assert centre.exchange.release_key(session, SITE, "PK-1", b"k" * 32) == 1
    other_id = "5a0e4c6e-0000-4000-8000-000000000002"
    async with site_server(tmp_path / "late", appliance=other_id) as late:
        await late.agent.enrol(centre.url, centre.claim())
        await late.agent.start()
        for server in (site, late):
            await until(lambda server=server: server.desk.documents)
            ((_, document),) = server.desk.documents.items()
            sealed = KeyDocument.model_validate(document.body).sealed
            purpose = content_key_purpose("PK-1", server.appliance)
            assert unseal(server.keys.sealing, sealed, purpose) == b"k" * 32


async def test_a_package_of_another_site_cannot_be_fetched(centre: Centre, site: SiteServer) -> None:
    ref = centre.publish_package(
        b"other", contents().plan.model_copy(update={"site": "KD0002", "session": "S2026-0002"})
    )
    with pytest.raises(Refused) as caught:
        await ask(centre, site, "GET", f"/site/v1/blobs/{ref.sha256}")
    assert caught.value.reason == "blob.missing"


async def test_a_package_that_is_not_what_its_document_says_is_never_handed_over(
    centre: Centre, site: SiteServer
) -> None:
    ref = centre.publish_package(b"package one")
    centre.exchange.blobs.path(ref.sha256).write_bytes(b"package two")
    await site.agent.start()
    await until(lambda: "校验不符" in site.agent.status().error_zh)
    assert site.desk.files == {}
    centre.exchange.blobs.path(ref.sha256).write_bytes(b"package one")
    await until(lambda: site.desk.files)


async def test_a_part_left_by_a_crash_is_used_if_right_and_fetched_anew_if_wrong(
    centre: Centre, site: SiteServer
) -> None:
    package = os.urandom(200_000)
    ref = centre.publish_package(package)
    blobs = site.folder / "sync/blobs"
    (blobs / f"{ref.sha256}.part").write_bytes(package[:50_000] + bytes(1000))
    await site.agent.start()
    await until(lambda: site.desk.files.get(contents().plan.session) == package)


async def ask(
    centre: Centre, site: SiteServer, method: str, path: str, *, machine: str = "", **more: object
) -> Acknowledgement:
    """Send one request as the enrolled site."""
    bond = Bond.model_validate_json((site.folder / "sync/bond.json").read_bytes())
    fingerprint = machine or machine_fingerprint("mac:02:00:00:00:00:01")
    context = client_context(centre.authority.pem, bond.certificate, site.keys.tls)
    line = Line(centre.url, context, APPLIANCE, fingerprint)
    try:
        return await line.ask(method, path, Acknowledgement, **more)
    finally:
        await line.close()


async def upload(
    centre: Centre, site: SiteServer, lines: list[bytes], sig: str | None = None
) -> Acknowledgement:
    """Send a batch as the enrolled site, signed unless another signature is given."""
    import orjson

    from central_sync.protocol.signed_heads import sign_head

    last = orjson.loads(lines[-1])
    sig = sig or sign_head(site.keys.journal, APPLIANCE, last["seq"], last["hash"])
    body = b"\n".join(lines) + b"\n"
    headers = {"Content-Type": JOURNAL_TYPE}
    return await ask(
        centre, site, "POST", "/site/v1/journal", params={"sig": sig}, data=body, headers=headers
    )


async def test_an_upload_may_be_repeated_and_overlap(centre: Centre, site: SiteServer) -> None:
    await site.answers(20)
    lines = site.source.lines(0, 100)
    assert (await upload(centre, site, lines[:12])).acknowledged == 12
    assert (await upload(centre, site, lines[:12])).acknowledged == 12
    assert (await upload(centre, site, lines[5:15])).acknowledged == 15
    assert (await upload(centre, site, lines[2:4])).acknowledged == 15
    with pytest.raises(Refused) as caught:
        await upload(centre, site, lines[17:])
    assert (caught.value.reason, caught.value.more["acknowledged"]) == ("journal.gap", 15)
    assert (await upload(centre, site, lines[15:])).acknowledged == 20
    assert [line.encode() for line in centre.lines()] == lines


async def test_two_uploads_at_the_same_time_store_each_entry_once(centre: Centre, site: SiteServer) -> None:
    await site.answers(200)
    lines = site.source.lines(0, 1000)
    parts = [upload(centre, site, lines[:end]) for end in (50, 200, 120, 200, 80)]
    answers = await asyncio.gather(*parts)
    assert max(answer.acknowledged for answer in answers) == 200
    assert [line.encode() for line in centre.lines()] == lines


async def test_an_unsound_batch_is_refused_and_leaves_nothing(centre: Centre, site: SiteServer) -> None:
    await site.answers(5)
    lines = site.source.lines(0, 100)
    changed = lines[2].replace(b'"n":3', b'"n":4')
    assert changed != lines[2]
    good = site.source.head()[2]
    cases: list[tuple[list[bytes], str | None, str]] = [
        ([*lines[:2], changed, *lines[3:]], None, "journal.chain"),
        ([lines[0], lines[2]], None, "journal.chain"),
        (lines[:4], good, "journal.signature"),
    ]
    for batch, sig, wanted in cases:
        with pytest.raises(Refused) as caught:
            await upload(centre, site, batch, sig)
        assert caught.value.reason == wanted
    headers = {"Content-Type": JOURNAL_GZIP_TYPE}
    for body, wanted in ((b"no gzip", "journal.unreadable"), (gzip_bomb(), "body.too_large")):
        with pytest.raises(Refused) as caught:
            await ask(
                centre, site, "POST", "/site/v1/journal", params={"sig": good}, data=body, headers=headers
            )
        assert caught.value.reason == wanted
    assert centre.lines() == []
    assert centre.state() == ("active", "")


def gzip_bomb() -> bytes:
    import gzip

    return gzip.compress(bytes(50 * JOURNAL_BODY_LIMIT))


@pytest.mark.parametrize(
    "body", [b"", b"\n", b"{}\n", b"null\n", b"\xff\n", b'{"seq":1}\n', b"[1]\n\n", b"{" * 5000 + b"\n"]
)
def test_what_is_no_batch_is_named_by_its_line(body: bytes) -> None:
    with pytest.raises(Problem) as caught:
        read_batch(body)
    assert caught.value.reason == "journal.unreadable"


async def test_a_request_without_its_machine_is_refused(centre: Centre, site: SiteServer) -> None:
    with pytest.raises(Refused) as caught:
        await ask(centre, site, "GET", "/site/v1/journal", headers={MACHINE_HEADER: "x"})
    assert caught.value.reason == "machine.missing"
    assert centre.state() == ("active", "")


async def test_a_centre_that_restarts_is_found_again(centre: Centre, site: SiteServer) -> None:
    await site.agent.start()
    await site.answers(3)
    await until(lambda: site.agent.status().acknowledged_seq == 3)
    await centre.stop()
    await site.answers(3)
    await until(lambda: not site.agent.status().online)
    await centre.start()
    await site.agent.sync_now()
    await until(lambda: site.agent.status().acknowledged_seq == 6)
    await until(lambda: site.agent.status().online)
    with centre.database.begin() as session:
        (standing,) = centre.exchange.appliances(session, SITE)
    assert (standing.acknowledged, standing.head, standing.software) == (6, 6, "0.1.0")
    assert standing.disk_free > 0
