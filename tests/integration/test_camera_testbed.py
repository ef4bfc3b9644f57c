"""The camera adapter on the real linuxpy and V4L2 path: a simulated UVC camera in the testbed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import cv2
import numpy as np
import pytest

from firmware_adapters.camera.pictures import decode_picture
from firmware_adapters.simulators.camera import FIVE_MEGAPIXELS, CameraFacts, SimulatedCamera
from firmware_adapters.simulators.camera_node import SizeOffered
from firmware_adapters.simulators.testbed import Testbed
from tests.camera_process import QUICK, camera_process, until


@pytest.fixture
def testbed() -> Iterator[Testbed]:
    with Testbed() as made:
        yield made


@pytest.fixture
async def camera(testbed: Testbed) -> AsyncIterator[SimulatedCamera]:
    plugged = SimulatedCamera(testbed)
    await plugged.plug()
    plugged.show_person()
    yield plugged
    plugged.misbehave("none")
    await plugged.unplug()


async def test_it_tells_who_it_is_and_every_format_size_and_rate(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    async with camera_process(testbed, camera.path) as running:
        told = await running.until(lambda line: "identity" in line)
        await running.until_state("ready")
    assert told["identity"] == {
        "maker": "Kaodian",
        "model": "Simulated Camera 5MP",
        "serial": "SIM0001",
        "firmware": "0110",
    }
    facts = told["facts"]
    assert (facts["best_still"], facts["megapixels"], facts["driver"]) == ("2592x1944", 5.04, "uvcvideo")
    listed = {
        (each["format"], size["width"], size["height"], tuple(size["rates"]))
        for each in facts["formats"]
        for size in each["sizes"]
    }
    assert listed == {
        (size.fourcc, size.width, size.height, tuple(map(float, size.rates))) for size in FIVE_MEGAPIXELS
    }
    (closed,) = [line for line in running.told if "closed" in line]
    assert closed["left_open"] == []
    assert [name for name in closed["threads"] if name.startswith("camera")] == []


async def test_a_still_is_the_cameras_own_picture_at_full_size_byte_for_byte(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    async with camera_process(testbed, camera.path, QUICK) as running:
        await running.until_state("ready")
        photo = await running.act("still")
        assert photo["blob"] == camera.last_frame
        picture = decode_picture(photo["blob"])
        assert picture.shape == (1944, 2592, 3)
        body = photo["body"]
        assert (body["width"], body["height"], body["megapixels"]) == (2592, 1944, 5.04)
        assert (body["format"], body["own_jpeg"], body["warnings"]) == ("MJPG", True, [])
        assert photo["type"] == "image/jpeg"
        told = await running.until(lambda line: "still_measured" in line.get("facts", {}) and "state" in line)
        assert told["facts"]["still_measured"] == "2592x1944"
        await running.until_state("ready", running.told.index(told))
        node = camera.node
        assert node is not None
        await until(lambda: node.driver.open_files == 0, "the camera was not released after the photo")

        small = await running.act("still", {"size": "1280x720"})
        assert decode_picture(small["blob"]).shape == (720, 1280, 3)


async def test_a_still_of_an_uncompressed_camera_shows_what_was_in_front_of_it(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    options = {**QUICK, "pixel_formats": ["YUYV"], "rotate": 90, "still_quality": 98}
    async with camera_process(testbed, camera.path, options) as running:
        await running.until_state("ready")
        photo = await running.act("still", {"size": "1280x720"})
        sent = np.frombuffer(camera.last_frame, np.uint8).reshape(720, 1280, 2)
    assert (photo["body"]["format"], photo["body"]["own_jpeg"]) == ("YUYV", False)
    assert (photo["body"]["width"], photo["body"]["height"]) == (720, 1280)
    expected = cv2.rotate(cv2.cvtColor(sent, cv2.COLOR_YUV2BGR_YUYV), cv2.ROTATE_90_CLOCKWISE)
    difference = np.abs(decode_picture(photo["blob"]).astype(int) - expected.astype(int))
    assert difference.mean() < 2


async def test_wrong_parameters_are_refused_with_what_is_offered(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    async with camera_process(testbed, camera.path, QUICK) as running:
        await running.until_state("ready")
        unknown = await running.act("still", {"size": "1x1"})
        assert unknown["refused"] == "camera.size_not_offered"
        assert "2592x1944" in unknown["detail"]
        for action, parameters in (
            ("still", {"size": "big"}),
            ("still", {"quality": 5}),
            ("still", {"colour": "red"}),
            ("live", {"width": 10}),
            ("live", {"after": -1}),
            ("self_test", {"fast": True}),
        ):
            assert (await running.act(action, parameters))["refused"] == "camera.bad_parameter"
        assert (await running.act("still", {"size": "640x480"}))["body"]["width"] == 640


async def test_the_live_picture_is_small_never_too_often_and_from_one_stream(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    options = {**QUICK, "live_rate": 4, "idle_after_s": 3}
    async with camera_process(testbed, camera.path, options) as running:
        await running.until_state("ready")
        node = camera.node
        assert node is not None
        await until(lambda: node.driver.open_files == 0, "the camera was not closed after it was looked at")
        begun = time.monotonic()
        pictures = [await running.act("live")]
        while len({picture["body"]["frame"] for picture in pictures}) < 5:
            assert time.monotonic() - begun < 20
            pictures.append(await running.act("live"))
        numbers = [picture["body"]["frame"] for picture in pictures]
        assert numbers == sorted(numbers)
        # Four a second at most; the first comes at once.
        assert len(set(numbers)) <= 4 * (time.monotonic() - begun) + 2
        assert len(numbers) > len(set(numbers)), "asking more often than the rate gives the same picture"
        assert {(each["body"]["width"], each["body"]["height"]) for each in pictures} == {(640, 360)}
        assert decode_picture(pictures[-1]["blob"]).shape == (360, 640, 3)
        assert max(picture["body"]["age_ms"] for picture in pictures) < 3000

        newest = numbers[-1]
        later = await running.act("live", {"after": newest, "width": 320})
        assert later["body"]["frame"] > newest
        assert later["body"]["width"] == 320
        assert node.driver.streams_begun == 1

        await until(
            lambda: node.driver.open_files == 0 and not node.driver.in_use,
            "the camera was not released when nobody looked",
        )
        again = await running.act("live", {"after": later["body"]["frame"]})
        assert again["body"]["frame"] > later["body"]["frame"]
        await until(lambda: node.driver.streams_begun == 2, "the stream was not begun again")


async def test_a_held_camera_stays_open_without_streaming(testbed: Testbed, camera: SimulatedCamera) -> None:
    async with camera_process(
        testbed, camera.path, {**QUICK, "when_idle": "hold", "idle_after_s": 1}
    ) as running:
        await running.until_state("ready")
        node = camera.node
        assert node is not None
        await running.act("live")
        assert node.driver.streams_begun == 1
        await until(lambda: not node.driver.streaming, "the stream did not end when nobody looked")
        assert node.driver.open_files == 1


async def test_a_code_in_front_of_the_camera_is_told_once_while_it_stays(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    ticket = "准考证:202311250117;张三;14座"
    options = {**QUICK, "read_codes": True, "code_quiet_s": 1, "codes_per_s": 10}
    async with camera_process(testbed, camera.path, options) as running:
        await running.until_state("ready")
        camera.show_code(ticket)
        scanned = await running.until_event("code.scanned")
        assert scanned["body"] == {"text": ticket, "symbology": "qr_code", "source": "camera"}
        # Photos and live pictures go on beside it.
        assert (await running.act("still"))["body"]["width"] == 2592
        assert (await running.act("live"))["body"]["width"] == 640
        frame = (await running.act("live"))["body"]["frame"]
        for _ in range(8):
            frame = (await running.act("live", {"after": frame}))["body"]["frame"]
        assert len(running.events("code.scanned")) == 1

        since = len(running.told)
        camera.show_paper("T110101199003070011")
        bars = await running.until_event("code.scanned", since)
        assert bars["body"]["symbology"] == "code_128"
        assert bars["body"]["text"] == "T110101199003070011"

        since, shown = len(running.told), time.monotonic()
        while time.monotonic() - shown < 1.3:  # longer than code_quiet_s
            frame = (await running.act("live", {"after": frame}))["body"]["frame"]
        camera.show_code(ticket)
        assert (await running.until_event("code.scanned", since))["body"]["text"] == ticket


async def test_the_self_test_passes_a_good_camera_with_a_photo_as_evidence(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    async with camera_process(testbed, camera.path, QUICK) as running:
        await running.until_state("ready")
        result = await running.act("self_test")
    steps = {step["name"]: step for step in result["body"]["steps"]}
    assert result["body"]["passed"], steps
    assert list(steps) == ["opens", "formats", "still", "megapixels", "brightness", "frame_rate"]
    assert steps["megapixels"]["measured"] == "5.04 MP"
    assert steps["still"]["measured"].startswith("2592x1944 MJPG")
    rate = float(steps["frame_rate"]["measured"].split()[0])
    assert 8 < rate < 16
    assert decode_picture(result["blob"]).shape == (1944, 2592, 3)


async def test_the_self_test_sees_a_lens_cap_and_a_camera_that_lies_about_its_size(testbed: Testbed) -> None:
    liar = SimulatedCamera(
        testbed,
        sizes=(
            SizeOffered("MJPG", 2592, 1944, (15,), really=(1600, 1200)),
            SizeOffered("MJPG", 640, 480, (30,)),
        ),
    )
    await liar.plug()
    liar.cover_lens()
    async with camera_process(testbed, liar.path, QUICK) as running:
        await running.until_state("ready")
        result = await running.act("self_test")
        steps = {step["name"]: step for step in result["body"]["steps"]}
        assert not result["body"]["passed"]
        assert not steps["still"]["passed"]
        assert "1600x1200" in steps["still"]["zh"]
        assert steps["megapixels"]["measured"] == "1.92 MP"
        assert not steps["brightness"]["passed"]
        assert "镜头盖" in steps["brightness"]["zh"]
        facts = await running.until(lambda line: "best_still" in line.get("facts", {}) and "state" in line)
        assert (facts["facts"]["best_still"], facts["facts"]["megapixels"]) == ("1600x1200", 1.92)
        photo = await running.act("still")
        assert [warning["code"] for warning in photo["body"]["warnings"]] == ["camera.too_dark"]
        assert (photo["body"]["width"], photo["body"]["claimed"]) == (1600, "2592x1944")


async def test_two_cameras_of_a_kind_show_their_own_pictures(testbed: Testbed) -> None:
    left = SimulatedCamera(testbed, CameraFacts(serial="LEFT"))
    right = SimulatedCamera(testbed, CameraFacts(serial="RIGHT"))
    await left.plug()
    await right.plug()
    left.show_person()
    assert left.path != right.path
    async with (
        camera_process(testbed, left.path, QUICK) as one,
        camera_process(testbed, right.path, QUICK) as other,
    ):
        await one.until_state("ready")
        await other.until_state("ready")
        photos = await asyncio.gather(one.act("still"), other.act("still"))
        assert photos[0]["blob"] == left.last_frame
        assert photos[1]["blob"] == right.last_frame
        await right.unplug()
        assert (await one.act("still"))["blob"] == left.last_frame


async def test_the_metadata_node_of_a_camera_is_not_a_camera(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    async with camera_process(testbed, "/dev/video1", QUICK) as running:
        assert (await running.until(lambda line: "end" in line))["fault"] == "camera.not_a_camera"
