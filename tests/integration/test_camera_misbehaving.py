"""Cameras that stop, break, hang, lie, are pulled out or taken by another program, in the testbed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from firmware_adapters.simulators.camera import CameraFacts, SimulatedCamera
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


async def test_frames_that_stop_are_told_and_so_is_their_return(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    async with camera_process(testbed, camera.path, QUICK) as running:
        await running.until_state("ready")
        first = await running.act("live")
        camera.freeze()
        await running.act("live")
        stopped = await running.until_event("frames.stopped")
        assert stopped["body"]["code"] == "camera.frames_stopped"
        assert stopped["body"]["quiet_s"] >= 1
        degraded = await running.until_state("degraded")
        assert degraded["reason"] == "camera.frames_stopped"
        # A picture from before must not pass for a live one.
        refused = await running.act("live", {"after": first["body"]["frame"]})
        assert refused["refused"] in {"camera.frames_stopped", "camera.frames_lost"}
        failed = await running.until_state("failed")
        assert failed["reason"] == "camera.frames_lost"

        before = len(running.told)
        camera.thaw()
        resumed = await running.until_event("frames.resumed", before)
        assert resumed["body"]["stopped_s"] >= 2
        assert (await running.until_state("ready", before))["reason"] == ""
        assert (await running.act("live"))["body"]["width"] == 640
        assert len(running.events("frames.stopped")) == len(running.events("frames.resumed")) == 1


async def test_a_photo_that_succeeds_ends_the_alarm(testbed: Testbed, camera: SimulatedCamera) -> None:
    options = {**QUICK, "restart_every_s": 100, "lost_after_s": 100}
    async with camera_process(testbed, camera.path, options) as running:
        await running.until_state("ready")
        camera.freeze()
        assert "refused" in await running.act("live")
        await running.until_event("frames.stopped")
        camera.thaw()
        assert (await running.act("still"))["body"]["width"] == 2592
        await running.until_event("frames.resumed")


async def test_broken_frames_are_counted_skipped_and_named(testbed: Testbed, camera: SimulatedCamera) -> None:
    async with camera_process(testbed, camera.path, QUICK) as running:
        await running.until_state("ready")
        camera.misbehave("garbage")
        assert (await running.act("live"))["refused"] == "camera.frames_broken"
        stopped = await running.until_event("frames.stopped")
        assert stopped["body"]["code"] == "camera.frames_broken"
        assert (await running.until_state("failed"))["reason"] == "camera.frames_broken"
        photo = await running.act("still")
        assert photo["refused"] == "camera.no_still"
        assert "damaged" in photo["detail"]
        camera.misbehave("none")
        await running.until_event("frames.resumed")
        live = await running.act("live")
        assert live["body"]["broken_frames"] > 5


async def test_a_slow_camera_still_gives_photos_and_is_called_slow(testbed: Testbed) -> None:
    camera = SimulatedCamera(testbed, sizes=(SizeOffered("MJPG", 1280, 720, (30,)),))
    await camera.plug()
    camera.misbehave("slow")
    options = {**QUICK, "starts_within_s": 8, "stops_after_s": 4, "lost_after_s": 20, "idle_after_s": 20}
    async with camera_process(testbed, camera.path, options) as running:
        await running.until_state("ready")
        assert (await running.act("live"))["body"]["width"] == 640
        slow = await running.until_state("degraded")
        assert slow["reason"] == "camera.frames_slow"
        assert (await running.act("still"))["blob"] == camera.last_frame
        assert running.events("frames.stopped") == []


async def test_a_camera_that_hangs_is_a_fault_and_not_a_wait_for_ever(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    options = {**QUICK, "answers_within_s": 1.3, "starts_within_s": 10}
    camera.misbehave("hang")
    async with camera_process(testbed, camera.path, options) as running:
        fault = await running.until(lambda line: "end" in line)
        assert fault["fault"] == "camera.no_answer"
    camera.misbehave("none")
    async with camera_process(testbed, camera.path, options) as running:
        await running.until_state("ready")
        await running.act("live")
        camera.misbehave("hang")
        assert (await running.until_state("degraded"))["reason"] == "camera.frames_stopped"
        assert (await running.until(lambda line: "end" in line))["fault"] == "camera.no_answer"
    camera.misbehave("none")
    async with camera_process(testbed, camera.path, options) as running:
        await running.until_state("ready")
        camera.freeze()  # so that the photo is still being waited for
        photo = asyncio.create_task(running.act("still"))
        node = camera.node
        assert node is not None
        await until(lambda: node.driver.streaming, "the photo was not begun")
        camera.misbehave("hang")
        assert (await photo)["fault"] == "camera.no_answer"
        assert (await running.until(lambda line: "end" in line))["fault"] == "camera.no_answer"


async def test_unplugging_in_the_middle_of_a_photo_is_no_fault(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    camera.freeze()  # so that the photo is still being waited for
    async with camera_process(testbed, camera.path, {**QUICK, "starts_within_s": 30}) as running:
        await running.until_state("ready")
        photo = asyncio.create_task(running.act("still"))
        node = camera.node
        assert node is not None
        await until(lambda: node.driver.streaming, "the photo was not begun")
        pulled = time.monotonic()
        await camera.unplug()
        assert "gone" in await photo
        assert "gone" in await running.until(lambda line: "end" in line)
        # Not the 30 s that a picture may take; the second is held to by tests/contract.
        assert time.monotonic() - pulled < 10
        closed = await running.until(lambda line: "closed" in line)
        assert closed["left_open"] == []


async def test_unplugging_and_plugging_in_again_leaves_a_working_camera(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    for _ in range(3):
        async with camera_process(testbed, camera.path, QUICK) as running:
            await running.until_state("ready")
            await running.act("live")
            await camera.unplug()
            assert "gone" in await running.until(lambda line: "end" in line)
            assert running.events("frames.stopped") == []
        async with camera_process(testbed, "/dev/video0", QUICK) as running:
            assert "gone" in await running.until(lambda line: "end" in line)
        await camera.plug()
    async with camera_process(testbed, camera.path, QUICK) as running:
        await running.until_state("ready")
        assert (await running.act("still"))["blob"] == camera.last_frame


async def test_a_busy_camera_names_the_program_to_close(testbed: Testbed, camera: SimulatedCamera) -> None:
    async with camera_process(testbed, camera.path, {**QUICK, "read_codes": True}) as holder:
        await holder.until_state("ready")
        node = camera.node
        assert node is not None
        await until(lambda: node.driver.streaming, "the holder does not stream")
        async with camera_process(testbed, camera.path, QUICK) as late:
            end = await late.until(lambda line: "end" in line)
        assert end["fault"] == "camera.busy"
        assert str(holder.pid) in end["zh"]
        assert "请关闭" in end["zh"]


async def test_a_camera_taken_by_another_program_meanwhile_comes_back_by_itself(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    async with camera_process(testbed, camera.path, QUICK) as running:
        await running.until_state("ready")
        node = camera.node
        assert node is not None
        async with camera_process(testbed, camera.path, {**QUICK, "read_codes": True}) as holder:
            await holder.until_state("ready")
            await until(lambda: node.driver.streaming, "the other program does not stream")
            assert (await running.act("still"))["refused"] == "camera.busy"
            assert (await running.act("live"))["refused"] == "camera.busy"
            failed = await running.until_state("failed")
            assert failed["reason"] == "camera.busy"
            since = len(running.told)
        await running.until_state("ready", since)
        assert (await running.act("still"))["body"]["width"] == 2592


async def test_the_self_test_of_a_camera_without_frames_says_so_and_ends(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    camera.misbehave("silent")
    async with camera_process(testbed, camera.path, QUICK) as running:
        await running.until_state("ready")
        result = await running.act("self_test")
    steps = {step["name"]: step for step in result["body"]["steps"]}
    assert [name for name, step in steps.items() if not step["passed"]] == ["still", "frame_rate"]
    assert steps["still"]["measured"] == "camera.no_still"
    assert result["blob"] == b""


async def test_another_camera_on_the_same_port_is_taken_for_what_it_is(
    testbed: Testbed, camera: SimulatedCamera
) -> None:
    path = camera.path
    async with camera_process(testbed, path, QUICK) as running:
        await running.until_state("ready")
        await running.act("live")
        await camera.unplug()
        small = SimulatedCamera(
            testbed, CameraFacts(model="Small"), sizes=(SizeOffered("YUYV", 1280, 720, (10,)),)
        )
        await small.plug()
        assert small.path == path
        # The process of the first camera does not go on with the second one.
        assert "gone" in await running.until(lambda line: "end" in line)
    async with camera_process(testbed, path, {**QUICK, "still_size": "2592x1944"}) as running:
        facts = (await running.until(lambda line: "identity" in line))["facts"]
        assert facts["best_still"] == "1280x720"
        await running.until_state("ready")
        assert (await running.act("still"))["body"]["width"] == 1280
