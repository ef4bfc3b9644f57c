"""The picture at the seat, as candidates and the invigilator meet it: a Chromium whose camera plays a film.

With PICTURES=1 the pictures of the README are taken anew on the way.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import expect

from exam_appliance.exam.seat_pictures import MOST_TRIES
from exam_appliance.faces import reasons
from exam_appliance.faces.reasons import OF_PICTURE, told_of
from exam_appliance.identity.facts import Comparison, Outcome
from exam_appliance.identity.site_faces import SiteFaces
from tests.browser.demo_browser import camera as pictures_of
from tests.browser.seat_browser import LOOK_MS, film, playing, portrait, seat_room
from tests.exchange_parts import until
from tests.face_parts import RECOGNISER, face_bytes, models_folder
from tests.identity_parts import MATCH, NO_MATCH
from tests.site_app import PASSWORD

take_picture = pictures_of("appliance")
_DARK = told_of(OF_PICTURE, reasons.DARK)
DARK = Comparison(Outcome.NOT_COMPARED, code=_DARK.code, zh=_DARK.zh, en=_DARK.en)


async def test_a_candidate_mends_a_picture_through_reload_and_lost_line_and_a_stranger_waits_for_two_people(
    tmp_path: Path,
) -> None:
    me = portrait(190)
    async with seat_room(tmp_path, playing(film(me, tmp_path / "me.mjpeg"))) as room:
        for number in (1, 2):
            await room.at.verify(number, me)
        seat = await room.seat(1)
        await expect(seat.find("#view-title")).to_be_focused(timeout=LOOK_MS)
        await seat.sees(".picture-box[data-camera=live]")
        await take_picture(seat.page, "seat-picture")
        room.at.faces.answers = [DARK]
        await seat.take()
        await seat.sees(".picture-message", "人脸太暗，请补光后重拍")
        await seat.sees(".picture-message", f"还可拍 {MOST_TRIES - 1} 次")
        await seat.page.reload()
        await seat.sees(".picture-message", "the face is too dark: add light")

        # Esc stops the countdown; a picture of one's own is looked at before it goes, and may be taken again.
        await seat.sees(".picture-box[data-camera=live][data-step=look]")
        await seat.page.keyboard.press("Enter")
        await seat.sees(".picture-count")
        await seat.page.keyboard.press("Escape")
        await seat.sees(".picture-box[data-step=look]")
        await seat.find(".picture-shoot").click()
        await seat.counted_down()
        await seat.sees(".picture-box[data-step=review] img")
        await seat.find(".picture-retake").click()
        await expect(seat.find(".picture-shoot")).to_be_focused(timeout=LOOK_MS)

        # The line breaks while it is sent: the picture is kept and goes when the line is back.
        await seat.page.keyboard.press("Enter")
        await seat.counted_down()
        await seat.page.context.set_offline(True)
        await seat.find(".picture-send").click()
        await seat.sees(".note-box.bad", "连接不到服务器")
        await seat.page.context.set_offline(False)
        room.at.faces.answer = MATCH
        await seat.find(".picture-send").click()
        await seat.sees(".lobby")
        await expect(seat.find("#said")).to_have_text("照片核对通过")
        await seat.page.reload()
        await seat.sees(".lobby")

        other = await room.seat(2)
        room.at.faces.answer = NO_MATCH
        await other.take()
        await other.sees(".picture-message", "与核验台照片不一致")
        await other.sees(".picture-message", "监考员核对后才能开考")
        await room.at.again()
        board = await room.board()
        await board.locator(".seat-tile.look .badge.picture", has_text="照片待核").wait_for()
        await board.click(".step-start")
        bell = board.locator(".step-dialog")
        await bell.locator(".held-back", has_text="1 名候考考生座位照片未通过核对").wait_for()
        await expect(bell.locator(".big-bell")).to_contain_text("开考：1 名考生")
        await bell.get_by_role("button", name="取消").click()
        await expect(bell).to_be_hidden(timeout=LOOK_MS)
        await board.click("text=去核对")
        card = board.locator(".seat-picture[data-state=person]")
        for what in ("desk", "live"):
            shown = card.locator(f"[data-picture={what}] img")
            await expect(shown).to_be_visible(timeout=LOOK_MS)
            await expect(shown).to_have_js_property("complete", True, timeout=LOOK_MS)
        await take_picture(board, "seat-picture-board")
        await card.locator(".picture-pass").click()
        dialog = board.locator(".settle-dialog")
        await dialog.locator("#settle-reason").fill("双胞胎，已核对证件")
        await expect(dialog.locator(".confirm-settle")).to_be_disabled()
        await dialog.locator(".second-person input").first.fill("wang")
        await dialog.locator(".second-person input").last.fill(PASSWORD)
        await dialog.locator(".confirm-settle").click()
        await other.sees(".lobby")
        await expect(board.locator(".picture-notice")).to_have_count(0, timeout=LOOK_MS)
        await board.locator(".seat-picture[data-state=passed]").get_by_text("双胞胎，已核对证件").wait_for()
        assert seat.errors == other.errors == []


async def test_without_a_camera_or_leave_to_use_it_the_invigilator_is_told_and_nobody_is_stuck(
    tmp_path: Path,
) -> None:
    async with seat_room(tmp_path, playing(film(portrait(190), tmp_path / "me.mjpeg")), "asked") as room:
        for number in (1, 2):
            await room.at.verify(number)
        seat = await room.seat(1, camera=False)
        await seat.sees(".picture-message", "浏览器未获准使用摄像头")
        await seat.sees(".picture-message", "您可以继续，监考员会到座位核对")
        candidate = room.at.site.appliance.hall.attempt(seat.ticket)
        await until(lambda: candidate.seat_check is not None)
        await seat.page.reload()
        await seat.find(".picture-go-on").click()
        await seat.sees(".lobby")
        await seat.sees("#notice-picture", "座位照片尚待监考员核对")

        # Who cannot get a good one asks the invigilator, who wants another after all.
        other = await room.seat(2)
        await other.sees(".picture-box[data-camera=live]")
        await other.find(".picture-ask").click()
        await other.sees(".picture-message", "没有拍到合格照片")
        board = await room.board()
        await board.locator(".seat-tile", has_text="考生2").dblclick()
        await board.click(".seat-picture .picture-renew")
        await board.fill("#renew-reason", "已调整灯光")
        await board.click(".confirm-renew")
        await expect(other.find(".picture-message")).to_have_count(0, timeout=LOOK_MS)
        await other.take()
        await other.sees(".lobby")
        staff = await room.at.site.staff("wujk")
        assert (await staff.step("start"))["counts"]["sitting"] == 2
        for one in (seat, other):
            await one.sees(".exam .choice")
        # The question of the first stays one for the invigilator.
        await board.locator(".seat-tile.look", has_text="考生1").wait_for()
        assert seat.errors == other.errors == []


async def test_with_real_models_the_camera_s_face_is_known_and_another_s_is_refused(tmp_path: Path) -> None:
    faces = {"run": "child", "models": str(models_folder()), "recogniser": RECOGNISER, "deadline_seconds": 30}
    me, stranger = face_bytes("obama.jpg"), face_bytes("biden.jpg")
    camera = playing(film(face_bytes("obama3.jpg"), tmp_path / "me.mjpeg"))
    async with seat_room(tmp_path, camera, faces=faces) as room:
        await room.at.verify(1, me)
        await room.at.verify(2, stranger)
        service = room.at.site.appliance.faces
        room.at.compare_with(SiteFaces(service))
        async with asyncio.timeout(60):
            while True:
                if (await service.health()).ready:
                    break
                await asyncio.sleep(0.1)
        known, unknown = await room.seat(1), await room.seat(2)
        await known.take()
        await known.sees(".lobby")
        await unknown.take()
        await unknown.sees(".picture-message", "与核验台照片不一致")
        assert known.errors == unknown.errors == []
