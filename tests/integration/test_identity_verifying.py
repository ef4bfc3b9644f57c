"""Verification over a journal file: found, compared, decided, settled, seated, kept, restarted, forgotten."""

from __future__ import annotations

import asyncio
import hashlib
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.kinds import KINDS
from central_sync.protocol.roster import ArrangedCandidate
from exam_appliance.exam.hall import SessionContents
from exam_appliance.exam.rebuild import put_in_place, rebuild
from exam_appliance.identity.evidence import Evidence
from exam_appliance.identity.facts import Pair, Place
from exam_appliance.identity.pictures import taken_in
from exam_appliance.identity.retention import Retention
from exam_appliance.identity.rules import Verdict
from exam_appliance.identity.verification import Verification
from exam_appliance.identity.verifying import MOST_LOOKS, Verifying, VerifyingRules
from exam_appliance.journal.journal import Draft
from tests.identity_parts import MATCH, NO_MATCH, TWO_FACES, DecidedFaces, document_of, jpeg
from tests.site_parts import SESSION, HandClock, Site, contents

PHOTO = jpeg(90, (120, 160))
PHOTO_SHA = hashlib.sha256(PHOTO).hexdigest()
HERE: dict[str, Any] = {"place": Place.DESK, "where": "desk-1", "actor": "wujk"}


@dataclass
class Desk:
    """A site with its verifications; `again` is a restart."""

    folder: Path
    key: Ed25519PrivateKey
    time: HandClock
    faces: DecidedFaces
    what: SessionContents
    site: Site
    verifying: Verifying

    def person(self, number: int = 1) -> ArrangedCandidate:
        """Return a candidate."""
        return self.what.roster[f"260001{number:06d}"]

    async def lays(self, number: int = 1, **more: Any) -> Verification:
        """Begin a verification of a candidate with a valid document, a card photo and a live picture."""
        given = {"card_picture": jpeg(60, (102, 126)), "live_picture": jpeg(), **more}
        document = given.pop("document", document_of(self.person(number)))
        return await self.verifying.begin(document=document, **HERE, **given)

    def entries(self, *kinds: str) -> list[dict[str, Any]]:
        """Return entries of kinds, all checked against their declared bodies."""
        found = [entry for entry in self.site.journal.entries() if entry["kind"].startswith("identity.")]
        for entry in found:
            KINDS[entry["kind"]].body.model_validate(entry["body"])
        return [entry for entry in found if not kinds or entry["kind"].removeprefix("identity.") in kinds]

    def again(self) -> None:
        """Close everything and open it again."""
        self.close()
        self.open()

    def close(self) -> None:
        """Close the files."""
        self.verifying.close()
        self.site.journal.close()

    def open(self) -> None:
        """Open them."""
        self.site = Site(self.folder, self.time, self.key)
        self.site.hall.install(self.what)
        self.verifying = service(self.site, self.folder, self.faces, self.time)


def service(site: Site, folder: Path, faces: DecidedFaces, time: HandClock) -> Verifying:
    """Return the service over a site."""
    evidence = Evidence(folder / "evidence")
    zone = "Asia/Shanghai"
    return Verifying(site.hall, evidence, faces, lambda: zone, time.wall_ms, VerifyingRules())


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """An open session whose candidates have registration photos, but the fourth has none."""
    key, time, faces = Ed25519PrivateKey.generate(), HandClock(), DecidedFaces()
    site = Site(tmp_path, time, key)
    what = contents(4)
    roster = {
        ticket: one.model_copy(update={"photo": None if one.seat == 4 else PHOTO_SHA})
        for ticket, one in what.roster.items()
    }
    what = replace(what, roster=roster, photo=lambda sha256: PHOTO)
    time.wall = round(what.plan.starts_at.timestamp() * 1000)
    await site.begin(what)
    made = Desk(tmp_path, key, time, faces, what, site, service(site, tmp_path, faces, time))
    yield made
    made.close()


@contextmanager
def refused(reason: str) -> Iterator[None]:
    """Expect a Problem of a reason."""
    with pytest.raises(Problem) as caught:
        yield
    assert caught.value.reason == reason


async def test_who_matches_passes_gets_the_seat_and_every_step_is_in_the_journal(desk: Desk) -> None:
    one = await desk.lays()
    assert (one.verdict, one.rules, one.session) == ("pass", ["identity.verified"], SESSION)
    given = await desk.verifying.give_seat(one.id, "wujk")
    assert (given.room, given.seat) == ("第一考场", 1)
    assert await desk.verifying.give_seat(one.id, "wujk") == given
    kinds = [entry["kind"].removeprefix("identity.") for entry in desk.entries()]
    assert kinds == ["started", "gathered", "decided", "seat_given"]
    assert all(entry["subject"] == one.id and entry["actor"] == "wujk" for entry in desk.entries())
    # The number stands masked in what goes up to the centre, whole only in the file of facts.
    number = desk.person().id_number
    assert number not in str(desk.entries())
    facts = desk.verifying.evidence.read(one.evidence["facts"])
    assert facts is not None
    assert number.encode() in facts


async def test_pictures_and_scores_are_kept_under_the_hash_that_the_journal_says(desk: Desk) -> None:
    one = await desk.lays()
    [gathered] = desk.entries("gathered")
    told = {file["what"]: file for file in gathered["body"]["evidence"]}
    assert set(told) == {"facts", "card", "live", "registration"}
    for what, file in told.items():
        path = desk.folder / "evidence" / file["sha256"][:2] / file["sha256"]
        data = path.read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file["sha256"], file["size"]), what
        assert path.stat().st_mode & 0o077 == 0
    assert [
        (c["pair"], c["outcome"], c["score"], c["threshold"]) for c in gathered["body"]["comparisons"]
    ] == [
        ("card", "match", 710_000, 400_000),
        ("registration", "match", 710_000, 400_000),
    ]
    path.write_bytes(b"another picture")
    assert desk.verifying.evidence.read(one.evidence[what]) is None


async def test_an_impostor_is_refused_and_looking_again_until_it_fits_goes_to_a_person(desk: Desk) -> None:
    desk.faces.answer = NO_MATCH
    one = await desk.lays()
    assert one.verdict == Verdict.REFUSE
    assert one.rules[0] == "face.card_no_match"
    desk.faces.answer = MATCH
    one = await desk.verifying.look(one.id, jpeg(130), "wujk")
    assert (one.verdict, one.rules) == ("ask", ["history.refused"])


async def test_a_blurred_or_doubled_face_is_looked_at_again_and_then_passes(desk: Desk) -> None:
    desk.faces.answer = TWO_FACES
    one = await desk.lays()
    assert one.verdict == Verdict.ASK
    decision = desk.verifying.decision(one)
    assert decision is not None
    assert "画面中有多张脸" in decision.reasons[0].zh
    desk.faces.answer = MATCH
    assert (await desk.verifying.look(one.id, jpeg(130), "wujk")).verdict == Verdict.PASS


async def test_a_question_is_settled_by_one_person_and_a_refusal_only_by_two(desk: Desk) -> None:
    asked = await desk.lays(4)
    assert asked.rules == ["roster.no_photo"]
    with refused("identity.no_reason"):
        await desk.verifying.settle(asked.id, "pass", "  ", "wujk")
    with refused("identity.not_passed"):
        await desk.verifying.give_seat(asked.id, "wujk")
    settled = await desk.verifying.settle(asked.id, "pass", "与证件照片一致", "wujk")
    assert (settled.verdict, settled.settled_by, settled.reason) == ("pass", "wujk", "与证件照片一致")
    desk.faces.answer = NO_MATCH
    impostor = await desk.lays(2)
    for second in ("", "wujk"):
        with refused("identity.second_needed"):
            await desk.verifying.settle(impostor.id, "pass", "双胞胎，已核对", "wujk", second)
    passed = await desk.verifying.settle(impostor.id, "pass", "整容，已核对指纹", "wujk", "wang")
    assert (passed.verdict, passed.second) == ("pass", "wang")
    [_, last] = desk.entries("settled")
    assert last["body"] == {
        "verdict": "pass",
        "before": "refuse",
        "reason": "整容，已核对指纹",
        "second": "wang",
    }
    with refused("identity.closed"):
        await desk.verifying.look(impostor.id, jpeg(), "wujk")


async def test_two_at_once_who_settle_the_same_count_once(desk: Desk) -> None:
    one = await desk.lays(4)
    done = await asyncio.gather(
        desk.verifying.settle(one.id, "pass", "甲", "wujk"),
        desk.verifying.settle(one.id, "refuse", "乙", "zheng"),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Problem) for result in done) == 1
    assert len(desk.entries("settled")) == 1


async def test_who_is_on_no_roster_can_be_let_in_by_nobody(desk: Desk) -> None:
    stranger = document_of(desk.person(), number="110101198803075510", name="外人")
    one = await desk.lays(document=stranger)
    assert one.verdict == Verdict.REFUSE
    assert "roster.unknown" in one.rules
    with refused("identity.not_overridable"):
        await desk.verifying.settle(one.id, "pass", "熟人", "wujk", "wang")


async def test_the_ticket_of_another_and_a_number_that_is_not_the_ticket_s_are_refused(desk: Desk) -> None:
    one = await desk.lays(1, ticket=desk.person(2).ticket)
    assert (one.ticket, one.rules) == (desk.person(1).ticket, ["ticket.other"])
    other = document_of(desk.person(), number="110101198803075510")
    one = await desk.lays(document=other, ticket=desk.person(2).ticket)
    assert (one.ticket, one.rules[0]) == (desk.person(2).ticket, "number.differs")


async def test_two_desks_that_verify_the_same_candidate_at_once_do_not_both_pass(desk: Desk) -> None:
    done = await asyncio.gather(desk.lays(), desk.lays(), desk.lays())
    assert sorted(one.verdict for one in done) == ["ask", "ask", "pass"]


async def test_after_a_restart_a_case_goes_on_from_its_files(desk: Desk) -> None:
    desk.faces.answer = TWO_FACES
    one = await desk.lays()
    desk.again()
    desk.faces.answer = MATCH
    again = await desk.verifying.look(one.id, jpeg(130), "wujk")
    assert again.verdict == Verdict.PASS
    assert desk.faces.asked == 4
    desk.again()
    verified = desk.verifying.verified(desk.person().ticket)
    assert verified is not None
    assert verified.id == one.id
    assert (await desk.verifying.give_seat(one.id, "wujk")).seat == 1


async def test_the_table_is_made_again_from_the_journal_alone(desk: Desk) -> None:
    await desk.verifying.give_seat((await desk.lays()).id, "wujk")
    asked = await desk.lays(4)
    await desk.verifying.settle(asked.id, "refuse", "不是本人", "wujk")
    await desk.verifying.picture(asked.id, "live", "wang")
    before = desk.site.journal.rows("verification")
    desk.close()
    made = rebuild(desk.folder / "journal.db")
    assert not made.differences
    assert sorted(made.rows["verification"]) == sorted(before)
    put_in_place(desk.folder / "journal.db", made.rows)
    desk.open()
    assert sorted(desk.site.journal.rows("verification")) == sorted(before)


async def test_who_looked_at_a_picture_is_journalled(desk: Desk) -> None:
    one = await desk.lays()
    data = await desk.verifying.picture(one.id, "registration", "zheng")
    assert data.startswith(b"\xff\xd8\xff")
    [viewed] = desk.entries("viewed")
    assert (viewed["actor"], viewed["body"]) == ("zheng", {"what": "registration"})
    with refused("identity.no_file"):
        await desk.verifying.picture(one.id, "desk", "zheng")


async def test_files_past_their_time_go_once_the_centre_holds_their_entries(desk: Desk) -> None:
    old = await desk.lays()
    held = {"up_to": 0}
    retention = Retention(
        desk.verifying.book, desk.verifying.evidence, 30, lambda: held["up_to"], desk.time.wall_ms
    )
    assert await retention.run() == 0
    desk.time.pass_ms(round(timedelta(days=400).total_seconds() * 1000))
    assert await retention.run() == 0, "the centre does not hold it yet"
    held["up_to"] = desk.site.journal.head
    young = await desk.lays(2)
    assert await retention.run() == 1
    # The registration photo stands for the young one too.
    assert desk.verifying.evidence.read(old.evidence["live"]) is not None
    assert desk.verifying.evidence.read(old.evidence["facts"]) is None
    assert all(desk.verifying.evidence.read(sha256) for sha256 in young.evidence.values())
    [gone] = desk.entries("forgotten")
    assert (gone["subject"], gone["actor"], gone["body"]["days"]) == (old.id, "site", 30)
    assert old.evidence["facts"] in gone["body"]["files"]
    # Scores go with the pictures; the verdict stays, with whether the faces matched.
    rows = {row[0]: orjson.loads(row[4]) for row in desk.site.journal.rows("verification")}
    kept = rows[old.id]["comparisons"]
    assert {(one["score"], one["threshold"]) for one in kept} == {(None, None)}
    assert [one["outcome"] for one in kept] == [one["outcome"] for one in old.comparisons]
    assert rows[old.id]["verdict"] == old.verdict
    assert all(one["score"] is not None for one in rows[young.id]["comparisons"])
    assert await retention.run() == 0
    with refused("identity.closed"):
        await desk.verifying.look(old.id, jpeg(), "wujk")


async def test_a_face_service_that_fails_or_is_away_sends_the_candidate_to_a_person(desk: Desk) -> None:
    class Broken:
        async def compare(self, first: bytes, second: bytes) -> Any:
            raise ConnectionError

    desk.verifying._faces = Broken()
    one = await desk.lays()
    assert (one.verdict, {c["code"] for c in one.comparisons}) == ("ask", {"faces.failed"})
    told = await desk.lays(2, told={Pair.CARD: MATCH})
    assert [c["outcome"] for c in told.comparisons] == ["match", "not_compared"]


def bomb() -> bytes:
    """Return a PNG of a few kilobytes that would unpack to 2.7 gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "picture.broken"),
        (b"\xff\xd8\xff\xe0 no picture", "picture.broken"),
        (jpeg()[:700], "picture.broken"),
        (b"GIF89a" + bytes(200), "picture.broken"),
        (bomb(), "picture.too_large"),
        (bytes(9 * 1024 * 1024), "picture.too_large"),
        (jpeg(size=(40, 300)), "picture.too_small"),
    ],
    ids=["empty", "garbage", "cut", "gif", "bomb", "nine megabytes", "narrow"],
)
async def test_a_hostile_picture_is_refused_in_words_and_changes_nothing(
    desk: Desk, data: bytes, reason: str
) -> None:
    one = await desk.lays(live_picture=b"")
    head = desk.site.journal.head
    with refused(reason):
        await desk.verifying.look(one.id, data, "wujk")
    assert desk.site.journal.head == head
    # A broken picture of a card costs its photo only.
    card = await desk.lays(2, card_picture=data or b"x")
    assert "card.no_photo" in card.rules


def test_a_picture_of_twelve_megapixels_on_its_side_is_taken_in_upright_and_small() -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    made = taken_in(jpeg(size=(4000, 3000), exif=exif.tobytes()))
    assert (made.width, made.height) == (1200, 1600)
    assert len(made.jpeg) < 400_000


async def test_endless_looks_end_at_a_person(desk: Desk) -> None:
    one = await desk.lays()
    desk.faces.answer = TWO_FACES
    with refused("identity.too_many_looks"):
        for shade in range(MOST_LOOKS):
            await desk.verifying.look(one.id, jpeg(shade + 1), "wujk")


async def test_evidence_that_cannot_be_written_decides_nothing(desk: Desk) -> None:
    (desk.folder / "evidence").write_bytes(b"in the way")
    with refused("identity.not_kept"):
        await desk.lays()
    assert desk.entries() == []
    assert desk.verifying.verified(desk.person().ticket) is None


async def test_a_candidate_who_sits_is_not_verified_a_second_time(desk: Desk) -> None:
    ticket = desk.person().ticket
    body = {"session": SESSION, "room": "第一考场", "seat": 1, "token": "0" * 64, "t": 1}
    await desk.site.hall.commit([Draft("attempt.checked_in", ticket, ticket, body)])
    one = await desk.lays()
    assert one.rules == ["history.seated"]
