"""Packages and their keys: built from the arrangement, given out within the window and never else."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from central_sync.centre.exchange.tables import DocumentRow, ReleasedKeyRow
from central_sync.centre.packaging.opening import OpeningRelease
from central_sync.centre.packaging.releases import Releases
from central_sync.centre.settings import KeySettings
from central_sync.centre.tables.arrangement import SessionRow, TicketRow
from central_sync.centre.tables.banks import BankItemRow, BankRow
from central_sync.centre.tables.packages import KeyReleaseRow, PackageRow
from central_sync.centre.tables.rosters import CandidateRow
from central_sync.protocol.package import content_key_from_code, open_package, read_manifest
from central_sync.protocol.package_errors import WrongKey
from central_sync.protocol.session import SessionDocument, SignedDocument
from tests.arranged_parts import Arranged, arrange
from tests.centre_parts import RunningCentre, centre_settings, running_centre
from tests.exchange_parts import SITE, later, until


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[RunningCentre]:
    """A running centre."""
    async with running_centre(tmp_path) as centre:
        yield centre


async def built(here: RunningCentre, arranged: Arranged) -> Any:
    """Build the session's package and return how the job ended."""
    job = await here.planner.post(f"sessions/{arranged.session}/package", expect=202)
    return await here.planner.ended(job)


async def reason(here: RunningCentre, path: str, body: object = None, *, by: str = "releaser") -> str:
    """Return why a POST is refused; empty when it is not."""
    answer = await here.clients[by].ask("POST", path, json={} if body is None else body)  # type: ignore[index]
    return "" if answer.status < 300 else str(answer.json["reason"])


def published(here: RunningCentre, arranged: Arranged) -> SessionDocument:
    """Return the session as its site is told of it."""
    with here.centre.database.begin() as session:
        row = session.get_one(DocumentRow, (SITE, "session", arranged.session))
        return SessionDocument.model_validate(SignedDocument.model_validate_json(row.signed).body)


async def test_a_package_holds_the_arrangement_and_only_its_code_opens_it(
    here: RunningCentre,
) -> None:
    arranged = arrange(here.centre, candidates=3)
    exam = f"sessions/{arranged.session}"
    assert (await here.viewer.get(f"{exam}/package"))["state"] == "none"
    ended = await built(here, arranged)
    assert (ended["kind"], ended["subject"], ended["percent"]) == ("package.build", arranged.session, 100)
    view = await here.viewer.get(f"{exam}/package")
    assert (view["state"], view["by"], view["candidates"], view["photos"]) == ("built", "planner", 3, 2)
    document = published(here, arranged)
    assert document.blob is not None
    assert (document.package, document.blob.sha256, document.blob.size) == (
        view["package"],
        view["sha256"],
        view["size"],
    )
    path = here.centre.exchange.blobs.path(view["sha256"])
    key = here.centre.keys.signing.public_key()
    told = await here.releaser.post(f"{exam}/release-code", {"reason": "线路中断，电话告知王主考"})
    assert [word["pinyin"] for word in told["words"]] == told["code"].split()

    manifest = read_manifest(path, key)
    content_key = content_key_from_code(manifest, told["code"])
    with open_package(path, key, content_key) as package:
        assert package.plan == document.plan
        assert [person.id_number for person in package.roster.candidates] == list(arranged.id_numbers)
        photo = package.roster.candidates[0].photo
        assert photo is not None
        assert hashlib.sha256(package.photo(photo)).hexdigest() == photo
        drawing = package.bank.items[0].media[0].sha256
        assert hashlib.sha256(package.media(drawing)).hexdigest() == drawing
    with pytest.raises(WrongKey):
        open_package(path, key, bytes(32))
    data = await asyncio.to_thread(path.read_bytes)
    assert arranged.id_numbers[0].encode() not in data
    with here.centre.database.begin() as session:
        row = session.scalars(select(PackageRow)).one()
        assert told["code"] not in row.sealed_code
        event = session.scalars(select(KeyReleaseRow)).one()
        assert (event.by, event.way, event.reason) == ("releaser", "code", "线路中断，电话告知王主考")
        assert session.get_one(SessionRow, arranged.session).state == "released"


async def test_keys_are_given_from_the_opening_of_the_window_until_its_end_and_at_no_other_time(
    here: RunningCentre,
) -> None:
    soon = arrange(here.centre, starts_in=timedelta(minutes=61))
    now = arrange(here.centre, session="S2026-0002", first=100, starts_in=timedelta(minutes=59))
    past = arrange(here.centre, session="S2026-0003", first=200, starts_in=timedelta(minutes=-121))
    for arranged in (soon, now, past):
        assert (await built(here, arranged))["state"] == "done"

    async def refusals(arranged: Arranged) -> set[str]:
        exam = f"sessions/{arranged.session}"
        code = {"reason": "线路中断"}
        return {
            await reason(here, f"{exam}/release"),
            await reason(here, f"{exam}/release-code", code),
        }

    async def view(arranged: Arranged) -> Any:
        return await here.viewer.get(f"sessions/{arranged.session}/release")

    early = await view(soon)
    assert (early["state"], early["may_release"]) == ("too_early", False)
    assert "起才能发放密钥" in early["zh"]
    assert await refusals(soon) == {"release.too_early"}
    late = await view(past)
    assert (late["state"], late["may_release"]) == ("closed", False)
    assert await refusals(past) == {"release.window_closed"}
    with here.centre.database.begin() as session:
        assert session.scalars(select(ReleasedKeyRow)).all() == []
        assert session.scalars(select(KeyReleaseRow)).all() == []
    assert (await view(now))["state"] == "may_release"
    assert await refusals(now) == {""}
    given = await view(now)
    assert (given["state"], given["may_release"], given["by"]) == ("released", True, "releaser")
    assert [(event["way"], event["by"], event["servers"]) for event in given["events"]] == [
        ("online", "releaser", 0),
        ("code", "releaser", 0),
    ]
    with here.centre.database.begin() as session:
        assert session.scalars(select(ReleasedKeyRow.package)).all() == [f"{now.session}.1"]


async def test_a_changed_arrangement_needs_a_new_package_before_release_and_none_after(
    here: RunningCentre,
) -> None:
    arranged = arrange(here.centre, candidates=3)
    exam = f"sessions/{arranged.session}"
    assert await reason(here, f"{exam}/release") == "release.no_package"
    await built(here, arranged)
    first = published(here, arranged)
    with here.centre.database.begin() as session:
        session.get_one(TicketRow, arranged.tickets[2]).seat = 9
    view = await here.viewer.get(f"{exam}/package")
    assert (view["outdated"], view["newer_items"]) == (True, False)
    assert await reason(here, f"{exam}/release") == "release.outdated"
    await built(here, arranged)
    second = published(here, arranged)
    assert (first.package, second.package) == (f"{arranged.session}.1", f"{arranged.session}.2")
    assert first.blob != second.blob
    with here.centre.database.begin() as session:
        session.get_one(BankRow, "B0001").version = 2
    view = await here.viewer.get(f"{exam}/package")
    assert (view["package"], view["outdated"], view["newer_items"]) == (second.package, False, True)
    assert await reason(here, f"{exam}/release") == ""
    assert await reason(here, f"{exam}/package", by="planner") == "package.released"


async def test_only_planners_build_and_only_releasers_give_keys(here: RunningCentre) -> None:
    arranged = arrange(here.centre)
    exam = f"sessions/{arranged.session}"
    for by in ("releaser", "viewer", "admin"):
        assert await reason(here, f"{exam}/package", by=by) == "role.wrong"
    await built(here, arranged)
    for by in ("planner", "viewer", "admin"):
        assert await reason(here, f"{exam}/release", by=by) == "role.wrong"
        assert await reason(here, f"{exam}/release-code", {"reason": "x"}, by=by) == "role.wrong"
    assert await reason(here, f"{exam}/release-code", {"reason": "  "}) == "fields.invalid"
    assert await reason(here, "sessions/S2026-9999/release") == "session.unknown"


async def test_what_cannot_be_a_package_is_refused_with_its_reason_and_leaves_nothing(
    here: RunningCentre,
) -> None:
    arranged = arrange(here.centre, candidates=2)
    nobody = arrange(here.centre, candidates=0, session="S2026-0002", first=100)
    assert await reason(here, f"sessions/{nobody.session}/package", by="planner") == "package.nobody"
    with here.centre.database.begin() as session:
        person = session.get_one(CandidateRow, arranged.id_numbers[0])
        person.photo = "0" * 64
    ended = await built(here, arranged)
    assert (ended["state"], "000000000000" in ended["zh"]) == ("failed", True)
    with here.centre.database.begin() as session:
        session.get_one(CandidateRow, arranged.id_numbers[0]).photo = None
        for row in session.scalars(select(BankItemRow).where(BankItemRow.type == "multiple")).all()[3:]:
            row.until_version = 2
    assert await reason(here, f"sessions/{arranged.session}/package", by="planner") == "package.questions"
    with here.centre.database.begin() as session:
        row = session.get_one(SessionRow, arranged.session)
        row.state, row.reason = "cancelled", "台风停考"
    assert await reason(here, f"sessions/{arranged.session}/package", by="planner") == "package.cancelled"
    assert await reason(here, f"sessions/{arranged.session}/release") == "release.cancelled"
    with here.centre.database.begin() as session:
        assert session.scalars(select(PackageRow)).all() == []
        assert session.scalars(select(DocumentRow)).all() == []
    assert list(here.centre.uploads.iterdir()) == []


async def test_keys_go_out_by_themselves_when_the_window_opens_and_never_before(here: RunningCentre) -> None:
    early = arrange(here.centre, candidates=2, starts_in=timedelta(hours=5))
    bare = arrange(here.centre, session="S2026-0002", candidates=2, first=10)
    await built(here, early)
    centre = here.centre

    def looked(hours: float) -> list[str]:
        clock = later(hours=hours)
        return OpeningRelease(
            centre.database, Releases(centre.exchange, centre.keys, clock), clock
        ).release_due()

    # The window of one is not open, the other has no package.
    assert looked(0) == []
    assert looked(4.99) == [early.session]
    assert looked(4.99) == []
    view = await here.viewer.get(f"sessions/{early.session}/release")
    assert (view["state"], view["by"], len(view["events"])) == ("released", "centre", 1)
    assert (await here.viewer.get(f"sessions/{bare.session}/release"))["state"] != "released"
    # Long after the end nothing goes out any more.
    await built(here, bare)
    assert looked(48) == []


async def test_a_centre_that_is_set_so_gives_keys_out_while_it_runs(tmp_path: Path) -> None:
    settings = centre_settings(tmp_path).model_copy(update={"keys": KeySettings(release="at_opening")})
    async with running_centre(tmp_path, settings=settings) as here:
        arranged = arrange(here.centre, candidates=2)
        await built(here, arranged)

        def released() -> bool:
            with here.centre.database.begin() as session:
                return session.scalar(select(KeyReleaseRow.by)) == "centre"

        await until(released, 15)
