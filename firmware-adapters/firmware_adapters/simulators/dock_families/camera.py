"""Cameras in the dock: people sit down before them and codes are held up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from firmware_adapters.adapter import DeviceKind, Json
from firmware_adapters.dock_interface import Choice
from firmware_adapters.simulators.base import (
    Berth,
    Place,
    SimulatedAct,
    act,
    choice,
    misbehave_act,
    plain,
    text,
)
from firmware_adapters.simulators.camera import CameraFacts, SimulatedCamera
from firmware_adapters.simulators.camera_pictures import CodeKind
from firmware_adapters.simulators.dock_bench import Bench
from firmware_adapters.simulators.testbed_tree import UsbFacts

PLACES = (
    Place("camera.first", DeviceKind.CAMERA, "摄像头一", "Camera 1"),
    Place("camera.second", DeviceKind.CAMERA, "摄像头二", "Camera 2"),
)

KINDS: Final[tuple[CodeKind, ...]] = ("qr_code", "data_matrix", "code_128")
KIND_CHOICES: Final = (
    Choice("qr_code", "二维码（QR）", "QR code"),
    Choice("data_matrix", "二维码（Data Matrix）", "Data Matrix"),
    Choice("code_128", "条码（Code 128）", "Code 128"),
)
SURFACES: Final = (Choice("phone", "手机屏幕", "a phone's screen"), Choice("paper", "纸张", "paper"))


async def moor(bench: Bench) -> Sequence[Berth]:
    """Return the berths. Raises Unavailable."""
    berths = []
    for number, place in enumerate(PLACES, 1):
        usb, marks = bench.on_a_port(UsbFacts("", ""))
        facts = replace(CameraFacts(), port=usb.port, serial=f"SIM{number:04}")
        camera = SimulatedCamera(bench.testbed, facts)
        berths.append(Berth(place, camera, marks, _acts(camera)))
    return berths


def _acts(camera: SimulatedCamera) -> list[SimulatedAct]:
    def show_code(given: Mapping[str, Json]) -> None:
        kind = next(one for one in KINDS if one == given["kind"])
        camera.show_code(given["text"], kind, "paper" if given["on"] == "paper" else "phone")

    others: tuple[tuple[str, str, str, Callable[[], None]], ...] = (
        ("show_person", "有人坐到镜头前", "Somebody sits down", camera.show_person),
        ("show_nothing", "镜头前空了", "Nobody is there", camera.show_nothing),
        ("cover_lens", "盖上镜头", "Cover the lens", camera.cover_lens),
        ("uncover_lens", "打开镜头盖", "Uncover the lens", camera.uncover_lens),
        ("freeze", "画面停住", "The picture freezes", camera.freeze),
        ("thaw", "画面恢复", "The picture moves again", camera.thaw),
    )
    return [
        act(
            "show_code",
            "出示二维码或条码",
            "Hold up a code",
            show_code,
            text("text", "内容", "Text"),
            choice("kind", "码制", "Kind of code", KIND_CHOICES),
            choice("on", "载体", "On", SURFACES),
        ),
        *(act(name, zh, en, plain(do)) for name, zh, en, do in others),
        misbehave_act(camera),
    ]
