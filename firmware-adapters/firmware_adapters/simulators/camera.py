"""A simulated UVC camera on the testbed: real udev, real V4L2 calls, pictures it draws itself."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from firmware_adapters.camera.pictures import Picture, encode_jpeg
from firmware_adapters.simulators.camera_node import CameraNode, FrameMade, MetadataNode, SizeOffered
from firmware_adapters.simulators.camera_pictures import (
    CodeKind,
    Scene,
    add_noise,
    draw_moving,
    draw_scene,
)
from firmware_adapters.simulators.testbed import Device, Testbed
from firmware_adapters.simulators.testbed_tree import UsbFacts, inherited, plug_usb

Misbehaviour = Literal["none", "silent", "garbage", "slow", "hang"]
SLOW_RATE = 1.0
SLOW_ANSWER_S = 0.05
SCENES_KEPT = 4

FIVE_MEGAPIXELS: tuple[SizeOffered, ...] = (
    SizeOffered("MJPG", 2592, 1944, (15,)),
    SizeOffered("MJPG", 1920, 1080, (30, 15)),
    SizeOffered("MJPG", 1280, 720, (30, 15)),
    SizeOffered("MJPG", 640, 480, (30, 15)),
    SizeOffered("YUYV", 2592, 1944, (2,)),
    SizeOffered("YUYV", 1280, 720, (10, 5)),
    SizeOffered("YUYV", 640, 480, (30, 15)),
)
"""What a usual camera of 5 megapixels on USB 2 offers."""


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """What a simulated camera says of itself."""

    vendor_id: str = "1bcf"
    product_id: str = "2b8d"
    maker: str = "Kaodian"
    model: str = "Simulated Camera 5MP"
    serial: str = "SIM0001"
    release: str = "0110"
    port: str = ""


class SimulatedCamera:
    """A camera that can be plugged in, shown things, and made to fail.

    Its acts may be called at any time from any thread; what is in front of it is there from the next frame.
    """

    def __init__(
        self,
        testbed: Testbed,
        facts: CameraFacts | None = None,
        sizes: Sequence[SizeOffered] = FIVE_MEGAPIXELS,
    ) -> None:
        self.testbed = testbed
        self.facts = facts or CameraFacts()
        self.sizes = tuple(sizes)
        self.node: CameraNode | None = None
        self.last_frame = b""
        """Bytes of the last frame that it sent, to compare with what arrived."""
        self._usb: Device | None = None
        self._video: Device | None = None
        self._scene = Scene()
        self._misbehaviour: Misbehaviour = "none"
        self._frozen = False
        self._behaves = threading.Event()
        self._behaves.set()
        self._drawn: OrderedDict[tuple[Scene, int, int], Picture] = OrderedDict()
        self._lock = threading.Lock()
        self._garbage = itertools.cycle(range(5))

    @property
    def plugged(self) -> bool:
        """Whether it is plugged in."""
        return self._usb is not None

    @property
    def path(self) -> str:
        """`/dev/video0`; empty while it is not plugged in."""
        return self._video.node if self._video else ""

    @property
    def syspath(self) -> str:
        """Of its capture node; empty while it is not plugged in."""
        return self._video.syspath if self._video else ""

    async def plug(self) -> None:
        """Plug it in: the USB device, its capture node, then its metadata node."""
        await asyncio.to_thread(self._plug)

    async def unplug(self) -> None:
        """Pull it out, whatever it does at the moment."""
        await asyncio.to_thread(self._unplug)

    def misbehave(self, mode: Misbehaviour) -> None:
        """`silent` sends no frames; `garbage` broken ones; `slow` one a second and answers late; `hang` lets
        every call wait for ever; `none` is well again."""
        self._misbehaviour = mode
        if mode == "hang":
            self._behaves.clear()
        else:
            self._behaves.set()

    def show_code(
        self, text: str, kind: CodeKind = "qr_code", on: Literal["phone", "paper"] = "phone"
    ) -> None:
        """Hold a code in front of the camera."""
        self._scene = replace(self._scene, held=on, code=text, code_kind=kind)

    def show_paper(self, text: str) -> None:
        """Hold a printed admission ticket with a bar code in front of the camera."""
        self.show_code(text, "code_128", "paper")

    def show_person(self) -> None:
        """Somebody sits down in front of the camera."""
        self._scene = replace(self._scene, person=True, held="nothing", code="")

    def show_nothing(self) -> None:
        """The place in front of the camera is empty again."""
        self._scene = Scene(covered=self._scene.covered)

    def cover_lens(self) -> None:
        """Put the lens cap on."""
        self._scene = replace(self._scene, covered=True)

    def uncover_lens(self) -> None:
        """Take the lens cap off."""
        self._scene = replace(self._scene, covered=False)

    def freeze(self) -> None:
        """Its firmware stops sending frames, whatever the driver asks."""
        self._frozen = True

    def thaw(self) -> None:
        """Its firmware sends frames again."""
        self._frozen = False

    def frame(self, offered: SizeOffered, number: int) -> FrameMade | None:
        """Return a frame as its processor makes it; None when it sends nothing."""
        if self._frozen or self._misbehaviour == "silent":
            return None
        width, height = offered.really or (offered.width, offered.height)
        picture = self._picture(width, height, number)
        data = encode_jpeg(picture, 85) if offered.fourcc == "MJPG" else _yuyv(picture)
        if self._misbehaviour == "garbage":
            return self._spoilt(data)
        self.last_frame = data
        return FrameMade(data)

    def rate(self, asked: float) -> float:
        """Return how many frames a second really come."""
        return SLOW_RATE if self._misbehaviour == "slow" else asked

    def wait(self, gone: threading.Event) -> None:
        """Let a call wait while it hangs or is slow."""
        if self._misbehaviour == "slow":
            gone.wait(SLOW_ANSWER_S)
        while not self._behaves.is_set() and not gone.wait(0.02):
            pass

    def _picture(self, width: int, height: int, number: int) -> Picture:
        key = (self._scene, width, height)
        with self._lock:
            drawn = self._drawn.get(key)
            if drawn is None:
                drawn = self._drawn[key] = draw_scene(self._scene, width, height)
                while len(self._drawn) > SCENES_KEPT:
                    self._drawn.popitem(last=False)
        picture = drawn.copy()
        if not self._scene.covered:
            draw_moving(picture, number)
        return add_noise(picture, number)

    def _spoilt(self, data: bytes) -> FrameMade:
        """Broken in one of the ways that cables and chips break frames."""
        way = next(self._garbage)
        if way == 0:
            return FrameMade(b"")
        if way == 1:
            return FrameMade(data[: len(data) // 3])
        if way == 2:
            return FrameMade(bytes(np.random.default_rng(way).integers(0, 256, 5000, np.uint8)))
        if way == 3:
            return FrameMade(data, flawed=True)
        return FrameMade(data[: len(data) // 2] + data[:1000])

    def _plug(self) -> None:
        if self._usb is not None:
            return
        facts = self.facts
        usb_facts = UsbFacts(
            facts.vendor_id,
            facts.product_id,
            facts.maker,
            facts.model,
            facts.serial,
            interfaces=("0e0100", "0e0200"),
            port=facts.port,
            release=facts.release,
        )
        usb = plug_usb(self.testbed, usb_facts)
        bus = f"usb-0000:00:14.0-{usb.name.partition('-')[2]}"
        node = CameraNode(facts.model, bus, self.sizes, self)
        self._video = self._plug_node(usb, node, "0", ":capture:")
        self._plug_node(usb, MetadataNode(facts.model, bus), "1", ":")
        self.node, self._usb = node, usb

    def _plug_node(self, usb: Device, file: CameraNode | MetadataNode, index: str, abilities: str) -> Device:
        with self.testbed.one_at_a_time():
            name = self.testbed.free_name("video")
            return self.testbed.plug(
                "video4linux",
                name,
                parent=usb.children[0],
                below="video4linux",
                attributes={"name": f"{self.facts.model}\n", "index": f"{index}\n"},
                properties={
                    **inherited(usb),
                    "ID_V4L_VERSION": "2",
                    "ID_V4L_PRODUCT": self.facts.model,
                    "ID_V4L_CAPABILITIES": abilities,
                },
                node=f"/dev/{name}",
                file=file,
                numbers=(81, int(name.removeprefix("video"))),
            )

    def _unplug(self) -> None:
        usb, self._usb, self._video, self.node = self._usb, None, None, None
        if usb is not None:
            self.testbed.unplug(usb)


def _yuyv(picture: Picture) -> bytes:
    return np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_YUYV)).tobytes()
