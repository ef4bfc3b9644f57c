"""A candidate's machine of the room, what the console says of it, and hands on its keyboard and pointer."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from PIL import Image

from tests.images.site_server import Site
from tests.images.virtual_machine import VirtualMachine

BOOT_S = 600.0
CODE_COLOUR = (255, 213, 74)
"""The large letters of a machine's code."""
SEAT_MAC, SEAT_ADDRESS = "52:54:00:10:00:01", "10.20.10.101"
# Not 1366: QEMU 7.2 takes skewed pictures of screens whose width is no multiple of four.
WIDTH, HEIGHT = 1360, 768
CONFIRM, FIRST_CHOICE, HAND_IN, ALL_THE_SAME = (945, 632), (200, 218), (1180, 729), (902, 566)
"""Where buttons of the candidates' pages stand on that screen, pixels."""
SCREEN = ["-device", f"virtio-vga,xres={WIDTH},yres={HEIGHT}"]
INPUT = ["-device", "qemu-xhci", "-device", "usb-tablet", "-device", "usb-kbd"]


def wait_until(site: Site, true: Any, what: str, seconds: float = BOOT_S) -> Any:
    """Ask the console for the seats until `true` of them is; returns what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        seats = site.console.get("/api/console/seats")
        if found := true(seats):
            return found
        assert time.monotonic() < deadline, f"{what}: {str(seats)[:1500]}"
        time.sleep(1)


def online(told: Any, number: int) -> Any:
    """Return a seat of the console's view that has its machine, None while it has none."""
    found = (one for one in told["seats"] if one["place"]["number"] == number and one["state"] == "online")
    return next(found, None)


def settled(told: Any, number: int, address: str) -> Any:
    """Return a seat once its machine has the seat's own address and has told what it is made of."""
    one = online(told, number)
    known = one and any(point["en"] == "cores" and point["state"] != "unknown" for point in one["hardware"])
    return one if known and one["address"] == address else None


def until(true: Any, what: str, seconds: float = 120.0) -> Any:
    """Return the first true value."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, what
        time.sleep(0.5)
    return found


def click(seat: VirtualMachine, place: tuple[int, int]) -> None:
    """Click at a place of the seat's screen."""
    seat.click(place[0] / WIDTH, place[1] / HEIGHT)


def attempt(site: Site, ticket: str) -> Any:
    """Return a candidate's line of the room board."""
    board = site.console.get(f"/api/console/sessions/{site.centre.told['session']}/board")
    return next(one for one in board["seats"] if one["ticket"] == ticket)


def login_page(seat: VirtualMachine) -> Path | None:
    """Return a picture of the log-in page, whose background is light, once it is on the screen."""
    picture = seat.drawn("login", 120)
    with Image.open(picture) as read:
        red, green, blue = read.convert("RGB").getpixel((60, 400))
    return picture if min(red, green, blue) > 200 else None


def other_page(seat: VirtualMachine, before: Path) -> Path | None:
    """Return a picture of the page that took the place of the one in the picture `before`, once it has."""
    picture = seat.drawn("other", 120)
    with Image.open(before) as old, Image.open(picture) as new:
        pairs = zip(*(one.convert("L").resize((64, 36)).tobytes() for one in (old, new)), strict=True)
        changed = sum(1 for was, is_now in pairs if abs(was - is_now) > 8)
    return picture if changed > 64 * 36 / 20 else None
