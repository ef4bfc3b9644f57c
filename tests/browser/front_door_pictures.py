"""Faces before the cameras of the front door: photographs where there are some, else painted ones.

Two people are enough: whoever stands there shows the first face or, as an impostor, the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from exam_appliance.identity.facts import Comparison
from exam_appliance.identity.framing import FindsFaces, Framing
from firmware_adapters.simulators.camera_pictures import Scene as DrawnScene
from firmware_adapters.simulators.camera_pictures import draw_scene
from firmware_adapters.simulators.id_card_photo import encode_photo
from tests.browser.demo_browser import PICTURES
from tests.face_parts import DETECTOR, RECOGNISER, shared
from tests.identity_parts import MATCH, NO_MATCH, TWO_FACES

Pixels = NDArray[np.uint8]
"""Rows x columns x 3, blue-green-red."""
Who = Literal["first", "second"]
Scene = Literal["first", "second", "two"]
"""Who is before the camera; `two`: both at once."""

VIEW_WIDTH, VIEW_HEIGHT = 640, 480
WALL = (150, 160, 165)
MARK_SIDE = 24
"""Pixels of the square at the upper left by which a page tells one scene from the next."""
MARKS = (20, 70, 120, 170, 220)
SAME_COLOUR = 50.0
"""Painted people in light no further from each other than this are one person."""


class Faces(Protocol):
    """Pictures of the two people."""

    def portrait(self, who: Who, use: Literal["registration", "card", "live"]) -> Pixels:
        """Return a picture of one; another one for each use."""
        ...


class Photographs:
    """The shared photographs of two people."""

    def __init__(self, faces: Path, models: Path) -> None:
        self._folder = faces
        self._detector = cv2.FaceDetectorYN.create(str(models / DETECTOR), "", (320, 320), 0.8)

    def portrait(self, who: Who, use: Literal["registration", "card", "live"]) -> Pixels:
        """See Faces."""
        if who == "second":
            return self._close("biden.jpg") if use == "card" else self._read("biden.jpg")
        match use:
            case "registration":
                return self._read("obama.jpg")
            case "card":
                return self._close("obama2.jpg")
            case "live":
                return self._read("obama3.jpg")

    def _read(self, name: str) -> Pixels:
        whole = cv2.imdecode(np.fromfile(self._folder / name, np.uint8), cv2.IMREAD_COLOR)
        assert whole is not None
        height, width = whole.shape[:2]
        by = 720 / height
        small = cv2.resize(whole, (round(width * by), 720), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)

    def _close(self, name: str) -> Pixels:
        """Return head and shoulders, as on a card."""
        whole = self._read(name)
        self._detector.setInputSize((whole.shape[1], whole.shape[0]))
        _, rows = self._detector.detect(whole)
        x, y, across, _ = (float(value) for value in max(rows, key=lambda row: row[2])[:4])
        wide = 1.9 * across
        left, top = max(0, round(x + across / 2 - wide / 2)), max(0, round(y + across / 2 - 0.5 * wide))
        return whole[top : top + round(wide * 126 / 102), left : left + round(wide)]


class Painted:
    """Drawn people in light of one colour each, told apart by it alone: see ByColour."""

    def portrait(self, who: Who, use: Literal["registration", "card", "live"]) -> Pixels:
        """See Faces."""
        drawn = draw_scene(DrawnScene(person=True), 960, 720)[:, 200:760]
        light = np.full_like(drawn, {"first": (225, 185, 110), "second": (70, 110, 225)}[who])
        mixed = cv2.addWeighted(drawn, 0.6, light, 0.4, {"registration": 0, "card": 6, "live": -6}[use])
        return np.asarray(mixed, np.uint8)


class ByColour:
    """Compares drawn people by their light: a decision of the test's, not a measurement."""

    def __init__(self, finds: FindsFaces) -> None:
        self._finds = finds

    async def compare(self, first: bytes, second: bytes) -> Comparison:
        """Return whether both are of one colour; a live picture with two is not compared."""
        left, right = _halves(first)
        if _apart(left, right):
            return TWO_FACES
        return NO_MATCH if _apart((left + right) / 2, sum(_halves(second)) / 2) else MATCH

    async def framing(self, picture: bytes) -> Framing:
        """Return what the site's own service finds."""
        return await self._finds.framing(picture)


@dataclass(frozen=True)
class Gallery:
    """The pictures of the people who come."""

    faces: Faces
    models: Path | None
    """Folder of the models for the face service; None: there is none."""

    @property
    def by_colour(self) -> bool:
        """Whether these people are compared by ByColour."""
        return isinstance(self.faces, Painted)

    def settings(self) -> dict[str, Any]:
        """Return the site's section about faces."""
        if self.models is None:
            return {"run": "none"}
        return {
            "run": "child",
            "models": str(self.models),
            "recogniser": RECOGNISER,
            "workers": 1,
            # A loaded machine may take long, and no candidate should be asked about for that here.
            "deadline_seconds": 4,
        }

    def registration(self, who: Who) -> bytes:
        """Return the photo that was handed in."""
        return jpeg(cv2.resize(self.faces.portrait(who, "registration"), (358, 441)))

    def chip(self, who: Who) -> bytes:
        """Return the 1024 bytes of a photo in a card."""
        return encode_photo(self.faces.portrait(who, "card"))

    def card(self, who: Who) -> bytes:
        """Return the photo of a card, decoded."""
        return jpeg(cv2.resize(self.faces.portrait(who, "card"), (102, 126), interpolation=cv2.INTER_AREA))

    def live(self, scene: Scene) -> bytes:
        """Return what a terminal's camera takes."""
        return jpeg(self.view(scene))

    def view(self, scene: Scene) -> Pixels:
        """Return what a camera sees."""
        view = np.full((VIEW_HEIGHT, VIEW_WIDTH, 3), WALL, np.uint8)
        there: tuple[Who, ...] = ("first", "second") if scene == "two" else (scene,)
        for place, who in enumerate(there):
            face = self.faces.portrait(who, "live")
            wide = min(VIEW_WIDTH // len(there), round(VIEW_HEIGHT * face.shape[1] / face.shape[0]))
            high = min(VIEW_HEIGHT, round(wide * face.shape[0] / face.shape[1]))
            left = round(VIEW_WIDTH * (2 * place + 1) / (2 * len(there)) - wide / 2)
            top = VIEW_HEIGHT - high
            view[top:, left : left + wide] = cv2.resize(face, (wide, high), interpolation=cv2.INTER_AREA)
        return view


def gallery() -> Gallery:
    """Return photographs where they and models are at hand, else drawn people (drawn ones for PICTURES)."""
    models, faces = shared("models"), shared("faces")
    if models is not None and not (models / DETECTOR).is_file():
        models = None
    if models is None or faces is None or PICTURES:
        return Gallery(Painted(), models)
    return Gallery(Photographs(faces, models), models)


class BrowserCamera:
    """The camera of a computer, as Chromium simulates it: it shows a file again and again."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._scenes = 0
        header = f"YUV4MPEG2 W{VIEW_WIDTH} H{VIEW_HEIGHT} F10:1 Ip A1:1 C420jpeg\nFRAME\n".encode()
        self._at = len(header)
        file.write_bytes(header + bytes(VIEW_WIDTH * VIEW_HEIGHT * 3 // 2))

    @property
    def flags(self) -> list[str]:
        """What Chromium is started with."""
        return [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={self._file}",
        ]

    def show(self, view: Pixels) -> int:
        """Show something else from the next frame on; returns how bright its mark is."""
        self._scenes += 1
        mark = MARKS[self._scenes % len(MARKS)]
        marked = view.copy()
        marked[:MARK_SIDE, :MARK_SIDE] = mark
        frame = cv2.cvtColor(marked, cv2.COLOR_BGR2YUV_I420)
        with self._file.open("r+b") as opened:
            opened.seek(self._at)
            opened.write(frame.tobytes())
        return mark


SEES_MARK = """(mark) => {
  const video = document.querySelector(".live-view video");
  if (!video || !video.videoWidth) return false;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 8, 8, 8, 8, 0, 0, 8, 8);
  return Math.abs(pen.getImageData(4, 4, 1, 1).data[1] - mark) < 20;
}"""
"""Whether a page's camera shows the scene with this mark."""


def jpeg(pixels: Any) -> bytes:
    """Return a JPEG."""
    return cv2.imencode(".jpg", pixels)[1].tobytes()


def _halves(data: bytes) -> tuple[Any, Any]:
    """Return the mean colours of the light at the left and the right, above the shoulders."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    row = pixels[pixels.shape[0] // 5]
    left, right = (round(pixels.shape[1] * at) for at in (0.25, 0.75))
    return row[left - 2 : left + 2].mean(axis=0), row[right - 2 : right + 2].mean(axis=0)


def _apart(one: Any, other: Any) -> bool:
    return bool(np.linalg.norm(one - other) > SAME_COLOUR)
