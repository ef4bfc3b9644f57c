"""Options, parameters, reasons and the catalogue of cameras; exposure; self-test steps."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from firmware_adapters.adapter import ActionRefused, DeviceKind
from firmware_adapters.adapters import ADAPTERS
from firmware_adapters.camera import reasons, self_test
from firmware_adapters.camera.adapter import V4l2Camera
from firmware_adapters.camera.exposure import Exposure, has_settled, measure_exposure
from firmware_adapters.camera.modes import CaptureMode
from firmware_adapters.camera.node_holders import node_holders
from firmware_adapters.camera.options import CameraOptions
from firmware_adapters.camera.parameters import LiveParameters, NoParameters, StillParameters, checked
from firmware_adapters.camera.still import MeasuredRate, Still
from firmware_adapters.camera.v4l2 import NodeDescription
from firmware_adapters.catalogue.loading import FOLDER, load_placed
from firmware_adapters.catalogue.matching import best_entry
from firmware_adapters.sighting import Sighting
from firmware_adapters.simulators.camera_pictures import Scene, draw_scene

ENTRIES = [placed.entry for placed in load_placed([FOLDER / "camera.yaml"])]
CAPTURE_NODE = Sighting(
    key="/devices/usb1/1-1/1-1:1.0/video4linux/video0",
    subsystem="video4linux",
    node="/dev/video0",
    vendor_id="1bcf",
    product_id="2b8d",
    interfaces=("0e0100", "0e0200"),
    properties={"ID_V4L_CAPABILITIES": ":capture:", "index": "0"},
)


def entry_of(sighting: Sighting) -> str:
    found = best_entry(ENTRIES, sighting)
    return found.id if found else ""


def test_the_first_capture_node_of_a_uvc_camera_is_matched_and_its_other_nodes_are_not() -> None:
    assert entry_of(CAPTURE_NODE) == "camera-uvc"
    metadata = replace(CAPTURE_NODE, properties={"ID_V4L_CAPABILITIES": ":", "index": "1"})
    second = replace(CAPTURE_NODE, properties={"ID_V4L_CAPABILITIES": ":capture:", "index": "2"})
    assert (entry_of(metadata), entry_of(second)) == ("", "")
    assert entry_of(replace(CAPTURE_NODE, subsystem="usb")) == ""


def test_a_capture_node_that_is_not_on_usb_is_a_camera_too() -> None:
    vivid = Sighting(
        key="/devices/platform/vivid.0/video4linux/video0",
        subsystem="video4linux",
        node="/dev/video0",
        properties={"ID_V4L_CAPABILITIES": ":capture:", "index": "0"},
    )
    assert entry_of(vivid) == "camera-v4l2"
    output_only = replace(vivid, properties={"ID_V4L_CAPABILITIES": ":video_output:", "index": "0"})
    assert entry_of(output_only) == ""


def test_every_entry_names_an_adapter_options_and_quirks_that_exist() -> None:
    for entry in ENTRIES:
        assert entry.kind is DeviceKind.CAMERA
        module, _, name = ADAPTERS[entry.adapter].partition(":")
        adapter = getattr(importlib.import_module(module), name)
        assert adapter is V4l2Camera
        adapter.options_model.model_validate(entry.options)
        assert set(entry.quirks) <= adapter.quirks


def test_every_reason_is_in_the_table_with_chinese_and_english() -> None:
    declared = {name: value for name, value in vars(reasons).items() if name.isupper() and name != "REASONS"}
    assert set(reasons.REASONS) == {reason.code for reason in declared.values()}
    for code, reason in reasons.REASONS.items():
        assert code.startswith("camera.")
        assert re.search(r"[\u4e00-\u9fff]", reason.zh)
        assert reason.en.isascii()
        assert reason.en


def test_a_busy_camera_names_its_holders_under_the_same_code() -> None:
    named = reasons.busy_with(["chromium (1234)", "obs (77)"])
    assert named.code == reasons.BUSY.code
    assert "chromium (1234)、obs (77)" in named.zh
    assert "chromium (1234), obs (77)" in named.en
    assert reasons.busy_with([]) is reasons.BUSY


@pytest.mark.parametrize(
    "wrong",
    [
        {"still_size": "large"},
        {"pixel_formats": ["H264"]},
        {"lost_after_s": 1.0, "stops_after_s": 2.0},
        {"rotate": 45},
        {"live_rate": 0},
        {"symbologies": []},
        {"symbologies": ["semaphore"]},
        {"still_quality": 101},
        {"when_idle": "sleep"},
        {"brightness": 5},
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CameraOptions.model_validate(wrong)


def test_options_as_a_site_writes_them_are_taken() -> None:
    options = CameraOptions.model_validate(
        {"still_size": "2592x1944", "pixel_formats": ["YUYV", "MJPG"], "rotate": 270, "read_codes": True}
    )
    assert (options.rotate, options.read_codes, options.pixel_formats) == (270, True, ("YUYV", "MJPG"))


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (StillParameters, {"size": "x"}),
        (StillParameters, {"quality": "80"}),
        (StillParameters, {"width": 5}),
        (LiveParameters, {"width": 5000}),
        (LiveParameters, {"after": 1.5}),
        (NoParameters, {"x": 1}),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(model: Any, given: dict[str, Any]) -> None:
    with pytest.raises(ActionRefused) as refusal:
        checked(model, given)
    assert refusal.value.reason is reasons.BAD_PARAMETER
    assert next(iter(given)) in refusal.value.detail


def test_exposure_tells_a_cap_a_lamp_and_a_wall_from_a_person() -> None:
    person = draw_scene(Scene(person=True), 640, 480)
    assert measure_exposure(person).fault is None
    assert measure_exposure(draw_scene(Scene(covered=True), 640, 480)).fault is reasons.TOO_DARK
    assert measure_exposure(np.full((480, 640, 3), 254, np.uint8)).fault is reasons.TOO_BRIGHT
    assert measure_exposure(np.full((480, 640, 3), 128, np.uint8)).fault is reasons.NO_DETAIL
    dim = (person // 4).astype(np.uint8)
    assert measure_exposure(dim).fault is None


def test_exposure_is_the_same_whatever_the_size() -> None:
    small = measure_exposure(draw_scene(Scene(person=True), 640, 480))
    large = measure_exposure(draw_scene(Scene(person=True), 2592, 1944))
    assert abs(small.mean - large.mean) < 2
    assert abs(small.spread - large.spread) < 2


def test_exposure_has_settled_when_it_no_longer_moves() -> None:
    assert not has_settled(None, Exposure(100, 30, 0))
    assert not has_settled(Exposure(60, 30, 0), Exposure(100, 30, 0))
    assert has_settled(Exposure(99, 30, 0), Exposure(100, 30, 0))


def test_a_program_that_holds_a_node_is_found_by_name_and_number(tmp_path: Path) -> None:
    node = tmp_path / "video0"
    node.touch()
    assert node_holders(str(node)) == []
    waiting = "import sys; held = open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", waiting, str(node)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        (found,) = node_holders(str(node))
        assert found.endswith(f"({holder.pid})")
        assert found.startswith("python")
    with node.open():
        assert node_holders(str(node)) == [], "this program itself is not to be closed"
    assert node_holders(str(tmp_path / "gone")) == []
    assert node_holders(str(node), tmp_path / "no-proc") == []


def a_still(width: int, height: int, claimed: str = "2592x1944") -> Still:
    claimed_width, _, claimed_height = claimed.partition("x")
    mode = CaptureMode("MJPG", int(claimed_width), int(claimed_height))
    return Still(b"\xff\xd8", width, height, mode, Exposure(120, 40, 0.01), 5, 0, True)


def test_self_test_steps_say_what_was_measured() -> None:
    opens = self_test.opens_step(NodeDescription("uvcvideo", "HD Camera", "usb-1", True), None)
    assert (opens.passed, opens.measured) == (True, "HD Camera / uvcvideo / usb-1")
    formats = self_test.formats_step([CaptureMode("MJPG", 2592, 1944), CaptureMode("H264", 640, 480)])
    assert (formats.passed, formats.measured) == (True, "MJPG <= 2592x1944 (1)")
    still, pixels, light = self_test.still_steps(a_still(2592, 1944), None, 0.42)
    assert still.passed
    assert "420 ms" in still.measured
    assert (pixels.passed, pixels.measured) == (True, "5.04 MP")
    assert light.passed


def test_self_test_steps_that_fail_say_what_to_do() -> None:
    opens = self_test.opens_step(None, reasons.BUSY)
    assert not opens.passed
    assert reasons.BUSY.zh in opens.zh
    assert not self_test.formats_step([CaptureMode("H264", 640, 480)]).passed
    (no_still,) = self_test.still_steps(None, reasons.NO_STILL, 0)
    assert (no_still.passed, no_still.measured) == (False, "camera.no_still")
    lie = self_test.still_steps(a_still(1600, 1200), None, 0.1)[0]
    assert not lie.passed
    assert "1600x1200" in lie.zh
    assert "2592x1944" in lie.zh


def test_a_turned_photo_is_not_a_lie_about_its_size() -> None:
    assert a_still(1944, 2592).as_claimed
    assert not a_still(1944, 1944).as_claimed


def test_the_rate_step_tells_slow_from_damaged() -> None:
    mode = CaptureMode("MJPG", 1280, 720)
    assert self_test.rate_step(MeasuredRate(14.9, 30, 1), mode, 2.0, None).passed
    slow = self_test.rate_step(MeasuredRate(0.8, 2, 0), mode, 2.0, None)
    assert not slow.passed
    assert "过慢" in slow.zh
    damaged = self_test.rate_step(MeasuredRate(8.0, 16, 14), mode, 2.0, None)
    assert not damaged.passed
    assert "USB 线" in damaged.zh
    assert not self_test.rate_step(None, mode, 2.0, reasons.IO_ERROR).passed


def test_the_holders_of_many_programs_are_three_names() -> None:
    own_program = str(Path(sys.executable).resolve())
    assert len(node_holders(own_program)) <= 3
    assert os.getpid() not in {int(found.rsplit("(", 1)[1][:-1]) for found in node_holders(own_program)}
