"""The picture at the seat over HTTP: compared with the desk's, held back, settled, kept, made again."""

from __future__ import annotations

import asyncio
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from central_sync.protocol.kinds import KINDS
from exam_appliance.exam.rebuild import rebuild
from exam_appliance.exam.seat_pictures import MOST_TRIES
from exam_appliance.faces import reasons
from exam_appliance.faces.reasons import OF_PICTURE, told_of
from exam_appliance.identity.facts import Comparison, Outcome
from exam_appliance.identity.site_faces import SiteFaces
from exam_appliance.web.candidate.routes import PICTURE_LIMIT
from tests.exchange_parts import until
from tests.identity_parts import NO_MATCH, jpeg
from tests.seat_parts import SeatSite, pictured, seat_path, seat_site, shows, tile
from tests.site_app import PASSWORD, Candidate, Refused

_NO_FACE = told_of(OF_PICTURE, reasons.NO_FACE)
NO_FACE = Comparison(Outcome.NOT_COMPARED, code=_NO_FACE.code, zh=_NO_FACE.zh, en=_NO_FACE.en)


async def seated(at: SeatSite, number: int = 1) -> Candidate:
    """Return a candidate who was verified and has logged in."""
    await at.verify(number)
    return await at.site.candidate(number)


def entries(at: SeatSite, kind: str) -> list[Any]:
    """Return the entries of a kind, checked against their declared body."""
    found = [entry for entry in at.site.appliance.journal.entries() if entry["kind"] == kind]
    for entry in found:
        KINDS[kind].body.model_validate(entry["body"])
    return found


def bomb() -> bytes:
    """Return a small file of a picture with 81 megapixels."""
    data = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(data, "PNG")
    return data.getvalue()


async def test_a_good_picture_passes_is_kept_with_its_hash_and_the_start_bell_rings_only_for_who_passed(
    tmp_path: Path,
) -> None:
    async with seat_site(tmp_path) as at:
        staff = await at.site.staff("wujk")
        first, second = await seated(at, 1), await seated(at, 2)
        assert await pictured(first) == {
            "state": "due",
            "required": True,
            "tries_left": MOST_TRIES,
            "zh": "",
            "en": "",
        }
        with pytest.raises(Refused) as none_passed:
            await staff.step("start")
        assert none_passed.value.reason == "session.all_held_back"
        before = (await first.get("/state"))["version"]
        live = jpeg(140)
        state = await shows(first, live)
        assert (state["seat_picture"]["state"], state["phase"]) == ("passed", "waiting")
        assert state["version"] > before
        assert (await tile(staff, first))["seat_picture"] == "passed"

        # Sent again after a lost answer, it changes nothing.
        head = at.site.appliance.journal.head
        await shows(first, live)
        assert at.site.appliance.journal.head == head

        [checked] = entries(at, "attempt.seat_checked")
        body = checked["body"]
        assert (checked["subject"], body["verdict"], body["seat"], body["picture"]) == (
            first.ticket,
            "pass",
            1,
            True,
        )
        of_check = [one for one in entries(at, "identity.gathered") if one["subject"] == body["verification"]]
        kept = {one["what"]: one["sha256"] for one in of_check[0]["body"]["evidence"]}
        assert set(kept) == {"live", "desk", "facts"}
        folder = at.site.settings.state_dir / "evidence"
        for sha256 in kept.values():
            data = (folder / sha256[:2] / sha256).read_bytes()
            assert hashlib.sha256(data).hexdigest() == sha256

        view = await staff.step("start")
        assert view["counts"]["sitting"] == 1
        assert (await second.get("/state"))["phase"] == "waiting"
        assert (await tile(staff, second))["held_back"] is True
        refused = await staff.act("start", [second.ticket])
        assert refused["refused"][0]["reason"] == "attempt.seat_picture"
        assert (await shows(second, jpeg()))["seat_picture"]["state"] == "passed"
        assert (await staff.act("start", [second.ticket]))["done"] == [second.ticket]
        assert (await second.get("/state"))["phase"] == "sitting"


async def test_a_stranger_is_told_to_the_invigilator_and_let_in_only_by_two_people_after_any_restart(
    tmp_path: Path,
) -> None:
    async with seat_site(tmp_path) as at:
        staff = await at.site.staff("wujk")
        candidate = await seated(at)
        at.faces.answer = NO_MATCH
        told = (await shows(candidate, jpeg()))["seat_picture"]
        assert (told["state"], told["tries_left"], told["zh"][:9]) == (
            "person",
            MOST_TRIES - 1,
            "与核验台照片不一致",
        )
        seen = await tile(staff, candidate)
        assert (seen["seat_picture"], seen["held_back"], seen["seat_picture_zh"]) == (
            "person",
            True,
            told["zh"],
        )

        await at.again()
        assert await pictured(candidate) == told
        path = seat_path(at.site, candidate)
        view = await staff.get(path)
        check = view["check"]
        assert (check["verdict"], [reason["code"] for reason in check["reasons"]]) == (
            "refuse",
            ["face.desk_no_match"],
        )
        for what in ("live", "desk"):
            picture = await staff.data(f"/identity/verifications/{check['id']}/pictures/{what}")
            assert picture.startswith(b"\xff\xd8\xff")
        assert [entry["actor"] for entry in entries(at, "identity.viewed")] == ["wujk", "wujk"]

        settle = {"verification": check["id"], "verdict": "pass", "reason": "双胞胎，已核对证件"}
        with pytest.raises(Refused) as alone:
            await staff.post(f"{path}/settle", settle)
        assert alone.value.reason == "identity.second_needed"
        with pytest.raises(Refused) as empty:
            await staff.post(f"{path}/settle", {**settle, "reason": " "})
        assert empty.value.reason == "identity.no_reason"
        with pytest.raises(Refused) as other:
            await staff.post(f"{path}/settle", {**settle, "verification": "0" * 32})
        assert other.value.reason == "seat_picture.another"
        second = {"username": "wang", "password": PASSWORD}
        view = await staff.post(f"{path}/settle", {**settle, "second": second})
        assert (view["state"], view["check"]["second"]) == ("passed", "wang")
        assert (await pictured(candidate))["state"] == "passed"
        [settled] = entries(at, "identity.settled")
        assert settled["body"] == {
            "verdict": "pass",
            "before": "refuse",
            "reason": "双胞胎，已核对证件",
            "second": "wang",
        }
        assert (await staff.step("start"))["counts"]["sitting"] == 1


async def test_a_fault_is_named_tries_are_bounded_and_an_invigilator_refuses_renews_or_lets_in(
    tmp_path: Path,
) -> None:
    async with seat_site(tmp_path) as at:
        staff = await at.site.staff("wujk")
        candidate = await seated(at)
        path = seat_path(at.site, candidate)
        at.faces.answer = NO_FACE
        for left in range(MOST_TRIES - 1, -1, -1):
            told = (await shows(candidate, jpeg()))["seat_picture"]
            assert (told["state"], told["tries_left"]) == ("due" if left else "person", left)
            assert told["zh"] == reasons.NO_FACE.zh
        with pytest.raises(Refused) as enough:
            await shows(candidate, jpeg())
        assert (enough.value.status, enough.value.reason) == (409, "seat_picture.too_many")

        check = (await staff.get(path))["check"]["id"]
        refuse = {"verification": check, "verdict": "refuse", "reason": "不是本人"}
        assert (await staff.post(f"{path}/settle", refuse))["state"] == "refused"
        with pytest.raises(Refused) as shut:
            await shows(candidate, jpeg())
        assert (shut.value.status, shut.value.reason) == (403, "seat_picture.refused")

        view = await staff.post(f"{path}/renew", {"reason": "已调整灯光"})
        assert (view["state"], view["tries_left"], view["check"]) == ("due", MOST_TRIES, None)
        view = await staff.post(
            f"{path}/settle", {"verification": "", "verdict": "pass", "reason": "已核对证件与本人"}
        )
        assert (view["state"], view["check"]["reasons"][0]["code"]) == ("passed", "seat.not_taken")
        assert (await pictured(candidate))["state"] == "passed"


async def test_broken_empty_huge_and_crowded_pictures_are_refused_in_words_and_cost_no_try(
    tmp_path: Path,
) -> None:
    async with seat_site(tmp_path) as at:
        candidate = await seated(at)
        head = at.site.appliance.journal.head
        for wrong, status, reason in (
            (jpeg()[:300], 422, "picture.broken"),
            (b"", 422, "picture.broken"),
            (b"GIF89a not a picture", 422, "picture.broken"),
            (jpeg(size=(40, 40)), 422, "picture.too_small"),
            (bomb(), 413, "picture.too_large"),
            (b"\xff" * (PICTURE_LIMIT + 1), 413, "body.too_large"),
        ):
            with pytest.raises(Refused) as refused:
                await shows(candidate, wrong)
            assert (refused.value.reason, refused.value.body["detail"] != "") == (reason, True)
            assert refused.value.status == status
        assert (at.site.appliance.journal.head, at.faces.asked) == (head, 2)
        assert (await pictured(candidate))["tries_left"] == MOST_TRIES

        # While one picture is looked at, another is not.
        at.faces.hold = asyncio.Event()
        slow = asyncio.create_task(shows(candidate, jpeg()))
        await until(lambda: at.faces.asked > 2)
        with pytest.raises(Refused) as at_work:
            await shows(candidate, jpeg())
        assert at_work.value.reason == "seat_picture.at_work"
        at.faces.hold.set()
        assert (await slow)["seat_picture"]["state"] == "passed"


async def test_where_it_is_asked_no_camera_no_service_and_no_picture_are_told_and_nobody_is_held_back(
    tmp_path: Path,
) -> None:
    async with seat_site(tmp_path, "asked", candidates=3) as at:
        staff = await at.site.staff("wujk")
        without, uncompared, never = [await seated(at, number) for number in (1, 2, 3)]
        for _ in range(2):
            told = (await without.post("/seat-picture/none", {"why": "no_camera"}))["seat_picture"]
            assert (told["state"], told["required"]) == ("person", False)
            assert "没有可用的摄像头" in told["zh"]
        assert len(entries(at, "attempt.seat_checked")) == 1, "told again it is nothing new"
        with pytest.raises(Refused) as unknown:
            await without.post("/seat-picture/none", {"why": "not_taken"})
        assert unknown.value.status == 422
        at.compare_with(SiteFaces(at.site.appliance.faces))
        told = (await shows(uncompared, jpeg()))["seat_picture"]
        assert (told["state"], told["zh"][:4]) == ("person", "未比对：")

        assert (await staff.step("start"))["counts"]["sitting"] == 3
        seen = {ticket.ticket: await tile(staff, ticket) for ticket in (without, uncompared, never)}
        assert [one["seat_picture"] for one in seen.values()] == ["person", "person", "missed"]
        assert not any(one["held_back"] for one in seen.values())
        with pytest.raises(Refused) as late:
            await shows(never, jpeg())
        assert late.value.reason == "seat_picture.not_now"
        closing = {point["id"]: point for point in (await staff.view("closing"))["points"]}
        unseen = closing["seat_pictures"]
        assert (unseen["ok"], unseen["required"]) == (False, False)
        assert unseen["detail_zh"].endswith("2 号座 考生2、3 号座 考生3")
        await never.post("/submit", {"blanks": 20})
        for candidate in (without, never):
            path = seat_path(at.site, candidate)
            one = await staff.get(path)
            looked = {
                "verification": one["check"]["id"] if one["check"] else "",
                "verdict": "pass",
                "reason": "已核对证件与本人",
            }
            assert (await staff.post(f"{path}/settle", looked))["state"] == "passed"
        with pytest.raises(Refused) as begun:
            await staff.post(f"{seat_path(at.site, never)}/renew", {"reason": "再拍"})
        assert begun.value.reason == "seat_picture.not_now"
        log = (await staff.view(f"log?subject={without.ticket}"))["lines"]
        assert any("转人工核对，座位电脑没有可用的摄像头" in line["zh"] for line in log)

        # Everything is in the journal: the tables are the same made again from it alone.
        await at.site.stop()
        assert not rebuild(at.site.settings.state_dir / "journal.db").differences
        await at.site.start()


async def test_at_another_seat_another_picture_is_wanted_and_nothing_leads_past_the_log_in(
    tmp_path: Path,
) -> None:
    async with seat_site(tmp_path) as at:
        staff = await at.site.staff("wujk")
        candidate = await seated(at)
        assert (await shows(candidate, jpeg()))["seat_picture"]["state"] == "passed"
        await staff.act("move", [candidate.ticket], seat=9, reason="屏幕损坏")
        with pytest.raises(Refused) as out:
            await shows(candidate, jpeg())
        assert out.value.status == 401
        state = await candidate.enter(9)
        assert (state["seat"], state["seat_picture"]["state"]) == (9, "due")
        assert (await shows(candidate, jpeg()))["seat_picture"]["state"] == "passed"
        technician = await at.site.staff("zhou")
        with pytest.raises(Refused) as role:
            await technician.get(seat_path(at.site, candidate))
        assert role.value.status == 403


async def test_switched_off_nothing_is_wanted(tmp_path: Path) -> None:
    async with seat_site(tmp_path, "off") as at:
        staff = await at.site.staff("wujk")
        candidate = await seated(at)
        assert await pictured(candidate) is None
        with pytest.raises(Refused) as refused:
            await shows(candidate, jpeg())
        assert refused.value.reason == "seat_picture.not_now"
        seen = await tile(staff, candidate)
        assert (seen["seat_picture"], seen["held_back"]) == (None, False)
        assert (await staff.step("start"))["counts"]["sitting"] == 1


async def test_where_nobody_need_be_verified_only_who_was_is_asked_for_a_picture(tmp_path: Path) -> None:
    async with seat_site(tmp_path, "asked", before_login="off") as at:
        await at.verify(1)
        verified, unverified = await at.site.candidate(1), await at.site.candidate(2)
        assert (await pictured(verified))["state"] == "due"
        assert await pictured(unverified) is None
        with pytest.raises(Refused) as refused:
            await unverified.post("/seat-picture/none", {"why": "no_camera"})
        assert refused.value.reason == "seat_picture.not_now"
        staff = await at.site.staff("wujk")
        assert (await staff.step("start"))["counts"]["sitting"] == 2
        assert (await tile(staff, unverified))["seat_picture"] is None
