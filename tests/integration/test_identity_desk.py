"""The identity desk of a running site: a card on the reader, decisions over HTTP, the log-in at the seat."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from exam_appliance.identity.framing import FaceBox, Framing
from tests.device_daemon_double import Json
from tests.identity_parts import NO_MATCH, DecidedFaces, jpeg
from tests.identity_site import desk_site
from tests.site_app import PASSWORD, Refused, Staff

DESK = "/identity/desks/desk-1"


async def decided(staff: Staff, *verdicts: str) -> Any:
    """Wait until somebody is decided upon at the desk, and return the desk."""
    async with asyncio.timeout(20):
        while True:
            view = await staff.get(DESK)
            one = view["verification"]
            if one is not None and one["verdict"] in verdicts:
                return view
            await asyncio.sleep(0.02)


async def sent(staff: Staff, path: str, data: bytes) -> Any:
    """Post a picture. Raises Refused."""
    async with staff.http.post(
        f"{staff.url}{staff.base}{path}", data=data, headers={"Content-Type": "image/jpeg"}
    ) as answer:
        body = await answer.json(content_type=None)
        if answer.status >= 400:
            raise Refused(answer.status, body)
        return body


async def test_a_card_alone_leads_to_picture_comparison_seat_and_slip_within_two_seconds(
    tmp_path: Path,
) -> None:
    async with desk_site(tmp_path) as desk:
        staff = await desk.site.staff("wujk")
        assert (await staff.get("/identity/desks"))["desks"][0]["desk"] == "desk-1"
        begun = time.monotonic()
        desk.lays()
        view = await decided(staff, "pass")
        while not view["slip"]:
            view = await staff.get(DESK)
        assert time.monotonic() - begun < 2.0
        one = view["verification"]
        assert (one["name"], one["room"], one["seat"]) == ("考生1", "第一考场", 1)
        assert desk.number not in str(view)
        assert (view["reader"], view["camera"], view["printer"]) == (True, True, True)
        assert [(c["pair"], c["outcome"], c["score"]) for c in one["comparisons"]] == [
            ("card", "match", 0.71),
            ("registration", "match", 0.71),
        ]
        printed = await staff.get("/prints/history")
        assert [(job["id"], job["kind"]) for job in printed["jobs"]] == [(view["slip"], "seat_slip")]
        for what in ("card", "live", "registration"):
            shown = await staff.data(f"/identity/verifications/{one['id']}/pictures/{what}")
            assert shown.startswith(b"\xff\xd8\xff")
        viewed = [e for e in desk.site.appliance.journal.entries() if e["kind"] == "identity.viewed"]
        assert [(e["actor"], e["body"]["what"]) for e in viewed] == [
            ("wujk", "card"),
            ("wujk", "live"),
            ("wujk", "registration"),
        ]


async def test_nobody_logs_in_at_a_seat_who_was_not_verified(tmp_path: Path) -> None:
    async with desk_site(tmp_path) as desk:
        candidate = await desk.site.candidate(1, enter=False)
        with pytest.raises(Refused) as refused:
            await candidate.enter()
        assert (refused.value.status, refused.value.reason) == (403, "login.not_verified")
        assert "核验台" in refused.value.body["detail"]
        desk.lays()
        await decided(await desk.site.staff("wujk"), "pass")
        await candidate.enter()
        # Also after a restart.
        await desk.site.stop()
        await desk.site.start()
        second = await desk.site.candidate(2, enter=False)
        with pytest.raises(Refused) as refused:
            await second.enter()
        assert refused.value.reason == "login.not_verified"
        again = await desk.site.candidate(1, enter=False)
        assert (await again.enter())["candidate"]["ticket"] == again.ticket


async def test_an_expired_card_is_refused_and_let_in_only_by_a_second_person_s_log_in(tmp_path: Path) -> None:
    async with desk_site(tmp_path) as desk:
        staff = await desk.site.staff("wujk")
        gone = (datetime.now(UTC) - timedelta(days=40)).date().isoformat()
        desk.lays(valid_to=gone, long_term=False)
        view = await decided(staff, "refuse")
        while "live" not in view["verification"]["pictures"]:
            view = await staff.get(DESK)
        one = view["verification"]
        assert one["reasons"][0]["code"] == "document.expired"
        assert gone in one["reasons"][0]["zh"]
        body: Json = {"verification": one["id"], "verdict": "pass", "reason": "已持临时身份证"}
        for second, reason in (
            (None, "identity.second_needed"),
            ({"username": "wujk", "password": PASSWORD}, "second.same"),
            ({"username": "wang", "password": "falsch-falsch-1"}, "second.wrong"),
            ({"username": "zhou", "password": PASSWORD}, "second.role"),
        ):
            with pytest.raises(Refused) as refused:
                await staff.post(f"{DESK}/settle", {**body, "second": second})
            assert refused.value.reason == reason
        for _ in range(8):
            with pytest.raises(Refused) as refused:
                await staff.post(
                    f"{DESK}/settle", {**body, "second": {"username": "wang", "password": "falsch-1"}}
                )
        assert refused.value.reason == "login.wait"
        settled = await staff.post(
            f"{DESK}/settle", {**body, "second": {"username": "zheng", "password": PASSWORD}}
        )
        told = settled["verification"]
        assert (told["verdict"], told["settled_by"], told["second"]) == ("pass", "wujk", "zheng")
        assert told["seat"] == 1
        assert settled["slip"]


async def test_technicians_and_strangers_see_no_personal_data(tmp_path: Path) -> None:
    async with desk_site(tmp_path) as desk:
        desk.lays()
        one = (await decided(await desk.site.staff("wujk"), "pass"))["verification"]["id"]
        technician = await desk.site.staff("zhou")
        for path in (DESK, "/identity/verifications", f"/identity/verifications/{one}/pictures/live"):
            with pytest.raises(Refused) as refused:
                await technician.get(path)
            assert refused.value.status == 403
            async with aiohttp.ClientSession() as nobody:
                answer = await nobody.get(f"{desk.site.url}/api/console{path}")
                assert answer.status == 401


async def test_without_camera_the_page_s_own_picture_is_taken_and_broken_ones_are_refused(
    tmp_path: Path,
) -> None:
    async with desk_site(tmp_path, camera=False) as desk:
        staff = await desk.site.staff("wujk")
        with pytest.raises(Refused) as refused:
            await sent(staff, f"{DESK}/look", jpeg())
        assert refused.value.reason == "identity.nobody"
        with pytest.raises(Refused) as refused:
            await staff.post(f"{DESK}/shoot")
        assert refused.value.reason == "identity.no_camera"
        desk.lays()
        view = await decided(staff, "ask")
        assert "live.none" in [reason["code"] for reason in view["verification"]["reasons"]]
        for data, reason in (
            (b"no picture", "picture.broken"),
            (bytes(9 * 1024 * 1024), "body.too_large"),
            (jpeg(size=(50, 50)), "picture.too_small"),
        ):
            with pytest.raises(Refused) as refused:
                await sent(staff, f"{DESK}/look", data)
            assert refused.value.reason == reason
        told = await sent(staff, f"{DESK}/look", jpeg(size=(4000, 3000)))
        assert told["verification"]["verdict"] == "pass"


async def test_a_document_typed_in_by_hand_goes_to_a_person_and_the_desk_is_cleared_for_the_next(
    tmp_path: Path,
) -> None:
    async with desk_site(tmp_path, camera=False) as desk:
        staff = await desk.site.staff("wang")
        typed = {"number": desk.number, "name": "考生1", "valid_from": "2020-01-01", "long_term": True}
        view = await staff.post(f"{DESK}/document", typed)
        codes = [reason["code"] for reason in view["verification"]["reasons"]]
        assert (view["verification"]["verdict"], "document.typed" in codes) == ("ask", True)
        body = {"verification": view["verification"]["id"], "verdict": "pass", "reason": "原件已核对"}
        settled = await staff.post(f"{DESK}/settle", body)
        assert settled["verification"]["seat"] == 1
        assert (await staff.post(f"{DESK}/clear"))["verification"] is None
        with pytest.raises(Refused) as refused:
            await staff.post(f"{DESK}/settle", body)
        assert refused.value.reason == "identity.another"
        listed = await staff.get("/identity/verifications?limit=1")
        assert listed["verifications"][0]["reason"] == "原件已核对"


async def test_an_impostor_s_retake_and_an_unreadable_card_are_told(tmp_path: Path) -> None:
    async with desk_site(tmp_path) as desk:
        staff = await desk.site.staff("wujk")
        desk.faces.answer = NO_MATCH
        desk.lays()
        view = await decided(staff, "refuse")
        assert view["verification"]["reasons"][0]["code"] == "face.card_no_match"
        assert view["verification"]["seat"] == 0
        reason = {"code": "id_card.no_photo", "zh": "读卡失败，请重新放置", "en": "lay it again"}
        desk.daemon.happen("reader", "card.unreadable", {"reason": reason})
        async with asyncio.timeout(20):
            while (view := await staff.get(DESK))["card"] != "unreadable":
                pass
        assert view["trouble_zh"] == "读卡失败，请重新放置"


async def test_the_desk_s_stream_tells_each_change(tmp_path: Path) -> None:
    async with desk_site(tmp_path) as desk:
        staff = await desk.site.staff("wujk")
        async with staff.http.get(f"{staff.url}{staff.base}{DESK}/events") as stream:
            desk.lays()
            async with asyncio.timeout(20):
                async for line in stream.content:
                    if b'"verdict":"pass"' in line and b'"seat":1' in line:
                        break


async def test_faces_before_the_camera_are_framed_by_whoever_finds_them_and_nothing_is_kept(
    tmp_path: Path,
) -> None:
    seen: list[bytes] = []

    class Finding(DecidedFaces):
        """Finds two."""

        async def framing(self, picture: bytes) -> Framing:
            seen.append(picture)
            boxes = (FaceBox(0.1, 0.2, 0.3, 0.4), FaceBox(0.5, 0.2, 0.25, 0.3))
            return Framing(boxes, "faces.several", "多张人脸", "several faces")

    async with desk_site(tmp_path) as desk:
        staff = await desk.site.staff("wujk")
        nobody = await sent(staff, f"{DESK}/framing", jpeg())
        assert (nobody["faces"], nobody["code"]) == ([], "faces.none")
        desk.site.appliance.verifying._faces = Finding()
        entries = desk.site.appliance.journal.head
        told = await sent(staff, f"{DESK}/framing", jpeg())
        assert seen == [jpeg()]
        assert told["faces"][1] == {"left": 0.5, "top": 0.2, "width": 0.25, "height": 0.3}
        assert (told["code"], told["zh"], told["en"]) == ("faces.several", "多张人脸", "several faces")
        assert desk.site.appliance.journal.head == entries
        with pytest.raises(Refused) as refused:
            await sent(staff, f"{DESK}/framing", bytes(600 * 1024))
        assert refused.value.status == 413
        with pytest.raises(Refused) as refused:
            await sent(staff, "/identity/desks/desk-9/framing", jpeg())
        assert refused.value.reason == "identity.no_desk"
