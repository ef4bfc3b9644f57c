"""The self-test of a camera: step by step, as a technician reads it."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_adapters.adapter import Answer, Reason, SelfTestStep, failed_step, self_test_answer
from firmware_adapters.camera.exposure import Exposure
from firmware_adapters.camera.modes import CaptureMode, megapixels, usable
from firmware_adapters.camera.still import MeasuredRate, Still
from firmware_adapters.camera.v4l2 import NodeDescription

MOST_BROKEN = 0.2
"""Share of damaged frames above which cable and port need a look."""


def opens_step(description: NodeDescription | None, fault: Reason | None) -> SelfTestStep:
    """Whether the node could be opened; `fault` says why not."""
    if description is None:
        return _failed("opens", "打开摄像头", "the camera opens", fault)
    measured = " / ".join(part for part in (description.card, description.driver, description.bus) if part)
    return SelfTestStep("opens", "打开摄像头", "the camera opens", True, measured)


def formats_step(modes: Sequence[CaptureMode]) -> SelfTestStep:
    """Whether there is a format that can be read."""
    readable = usable(modes)
    by_format: dict[str, CaptureMode] = {}
    for mode in readable:
        largest = by_format.get(mode.fourcc)
        if largest is None or mode.pixels > largest.pixels:
            by_format[mode.fourcc] = mode
    listed = ", ".join(f"{fourcc} <= {mode.size}" for fourcc, mode in by_format.items())
    return SelfTestStep(
        "formats",
        "画面格式可用",
        "usable picture formats",
        bool(readable),
        f"{listed} ({len(readable)})" if readable else ", ".join({mode.fourcc for mode in modes}),
    )


def still_steps(still: Still | None, fault: Reason | None, took_s: float) -> list[SelfTestStep]:
    """Whether a photo of the claimed size came, how many pixels it has, and whether it shows something.

    The pixels are shown as measured only: how many are enough is the standard's affair, not the device's.
    """
    zh, en = "拍摄全尺寸照片", "takes a photo at full size"
    if still is None:
        return [_failed("still", zh, en, fault)]
    size = f"{still.width}x{still.height}"
    measured = f"{size} {still.mode.fourcc}, {len(still.jpeg) / 1000:.0f} kB, {took_s * 1000:.0f} ms"
    if not still.as_claimed:
        zh = f"拍摄全尺寸照片：实际 {size}，标称 {still.mode.size}，请以实际为准"
        en = f"takes a photo at full size: it is {size} although the camera claims {still.mode.size}"
    return [
        SelfTestStep("still", zh, en, still.as_claimed, measured),
        SelfTestStep(
            "megapixels",
            "照片像素（实测）",
            "pixels of the photo, as measured",
            True,
            f"{megapixels(still.width, still.height):.2f} MP",
        ),
        _exposure_step(still.exposure),
    ]


def _exposure_step(exposure: Exposure) -> SelfTestStep:
    measured = f"{exposure.mean:.0f}/255, ±{exposure.spread:.0f}"
    if (fault := exposure.fault) is not None:
        return SelfTestStep("brightness", fault.zh, fault.en, False, measured)
    return SelfTestStep("brightness", "画面亮度正常", "the picture's brightness is right", True, measured)


def rate_step(
    measured: MeasuredRate | None, mode: CaptureMode, slowest: float, fault: Reason | None
) -> SelfTestStep:
    """Whether the running picture comes fast enough and whole."""
    zh, en = "连续画面", "the running picture"
    if measured is None:
        return _failed("frame_rate", zh, en, fault)
    total = measured.whole + measured.broken
    text = f"{measured.per_second:.1f} fps, {mode.size} {mode.fourcc}, {measured.broken}/{total} damaged"
    broken = total > 0 and measured.broken / total > MOST_BROKEN
    if broken:
        zh = "连续画面：损坏的画面过多，请更换 USB 线或接口"
        en = "the running picture: many frames are damaged, change the USB cable or the port"
    elif measured.per_second < slowest:
        zh = "连续画面：过慢，请增加光线并换到不经过集线器的 USB 口"
        en = "the running picture: too slow, give it more light and a USB port without a hub"
    return SelfTestStep("frame_rate", zh, en, not broken and measured.per_second >= slowest, text)


def answer_of(steps: list[SelfTestStep], still: Still | None) -> Answer:
    """Return the self-test's answer with the photo as its evidence."""
    if still is None:
        return self_test_answer(steps)
    return self_test_answer(steps, blob=still.jpeg, blob_type="image/jpeg")


def _failed(name: str, zh: str, en: str, fault: Reason | None) -> SelfTestStep:
    if fault is None:
        return SelfTestStep(name, zh, en, False)
    return failed_step(name, zh, en, fault)
