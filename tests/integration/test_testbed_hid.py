"""The testbed's HID devices: a keyboard under real python-evdev, a hidraw node, and their uevents in udev."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from firmware_adapters.simulators.testbed import Device, Testbed
from firmware_adapters.simulators.testbed_evdev import KeyboardNode, plug_keyboard
from firmware_adapters.simulators.testbed_hidraw import HidrawNode, plug_hid, plug_hidraw
from firmware_adapters.simulators.testbed_tree import UsbFacts, plug_usb
from tests.testbed_program import program, until

SCANNER = UsbFacts(
    "0c2e", "0b61", maker="Kaodian", model="Simulated Scanner", serial="S1", interfaces=("030101",)
)
KEY_A, KEY_B = 30, 48


@pytest.fixture
def testbed() -> Iterator[Testbed]:
    with Testbed() as made:
        yield made


def plugged(testbed: Testbed) -> tuple[Device, Device, KeyboardNode]:
    usb = plug_usb(testbed, SCANNER)
    shown = plug_keyboard(testbed, usb, SCANNER)
    assert isinstance(shown.file, KeyboardNode)
    return usb, shown, shown.file


async def test_evdev_lists_a_simulated_keyboard_with_its_name_ids_and_keys(testbed: Testbed) -> None:
    _, shown, _ = plugged(testbed)
    text = """
import evdev
(path,) = evdev.list_devices()
device = evdev.InputDevice(path)
say([path, device.name, device.info.vendor, device.info.product, device.uniq, device.phys])
say([evdev.ecodes.KEY_A in device.capabilities()[evdev.ecodes.EV_KEY], device.leds(), device.active_keys()])
"""
    async with program(testbed, text) as running:
        assert await running.says() == [
            shown.node,
            "Kaodian Simulated Scanner",
            0x0C2E,
            0x0B61,
            "S1",
            "usb-0000:00:14.0-1/input0",
        ]
        assert await running.says() == [True, [], []]


async def test_a_grab_keeps_keys_from_other_readers_and_ends_when_its_program_ends(testbed: Testbed) -> None:
    _, shown, keyboard = plugged(testbed)
    text = f"""
import evdev, select
device = evdev.InputDevice({shown.node!r})
if hear() == "grab":
    device.grab()
say("open")
while True:
    select.select([device], [], [])
    try:
        events = list(device.read())
    except BlockingIOError:  # woken for another reader's sake: the testbed's limit, not the kernel's
        continue
    for event in events:
        if event.type == evdev.ecodes.EV_KEY:
            say([event.code, event.value])
"""
    async with program(testbed, text) as other:
        other.tell("look")
        assert await other.says() == "open"
        async with program(testbed, text) as running:
            running.tell("grab")
            assert await running.says() == "open"
            keyboard.strike((KEY_A, True))
            keyboard.strike((KEY_A, False))
            assert [await running.says(), await running.says()] == [[KEY_A, 1], [KEY_A, 0]]
            async with program(testbed, text) as third:
                third.tell("grab")
                with pytest.raises(AssertionError, match="busy"):
                    await third.says()
        await until(lambda: keyboard.grabbed_by is None, "the grab outlived its program")
        keyboard.strike((KEY_B, True), (KEY_B, False))
        assert await other.says() == [KEY_B, 1]


async def test_a_reader_that_is_too_slow_is_told_that_keys_were_lost(testbed: Testbed) -> None:
    _, shown, keyboard = plugged(testbed)
    text = f"""
import evdev
device = evdev.InputDevice({shown.node!r})
say("open")
hear()
say([[event.type, event.code] for event in device.read()])
"""
    async with program(testbed, text) as running:
        assert await running.says() == "open"
        for _ in range(11):
            keyboard.strike((KEY_A, True))
            keyboard.strike((KEY_A, False))
        running.tell()
        assert await running.says() == [[0, 3]]


async def test_unplugging_a_keyboard_wakes_its_reader_with_enodev_and_tells_udev_leaves_first(
    testbed: Testbed,
) -> None:
    usb, shown, _ = plugged(testbed)
    text = f"""
import evdev, pyudev
monitor = pyudev.Monitor.from_netlink(pyudev.Context())
monitor.start()
device = evdev.InputDevice({shown.node!r})
say("open")
try:
    for event in device.read_loop():
        say("a key")
except OSError as error:
    say(error.errno)
gone = []
while (one := monitor.poll(timeout=2)) is not None:
    gone.append([one.action, one.subsystem, one.sys_name])
    if one.device_type == "usb_device":
        break
say(gone)
say(evdev.list_devices())
"""
    async with program(testbed, text) as running:
        assert await running.says() == "open"
        testbed.unplug(usb)
        assert await running.says() == 19
        gone = await running.says()
        assert [one[0] for one in gone] == ["remove"] * len(gone)
        assert [one[1] for one in gone] == ["input", "input", "hid", "usb", "usb"]
        assert await running.says() == []


async def test_hidraw_reports_go_both_ways_and_its_ioctls_answer(testbed: Testbed) -> None:
    facts = UsbFacts("0483", "5652", maker="Kaodian", model="Simulated HID Reader", interfaces=("030000",))
    usb = plug_usb(testbed, facts)
    node = HidrawNode(facts)

    def written(report: bytes) -> int:
        node.push(report[1:][::-1])
        return len(report)

    node.written = written
    shown = plug_hidraw(testbed, usb, plug_hid(testbed, usb, facts), node)
    text = f"""
import errno, fcntl, os, struct
file = os.open({shown.node!r}, os.O_RDWR)
size = bytearray(4)
fcntl.ioctl(file, 0x80044801, size)
described = bytearray(struct.pack("I", 4096) + bytes(4096))
say([int.from_bytes(size, "little"), fcntl.ioctl(file, 0x90044802, described), described[4:8].hex()])
info = bytearray(8)
fcntl.ioctl(file, 0x80084803, info)
say(list(struct.unpack("IHH", info)))
name = bytearray(100)
length = fcntl.ioctl(file, 0x80644804, name)
say([length, bytes(name[:length]).decode()])
say(os.write(file, bytes(range(65))))
say(list(os.read(file, 64)))
try:
    os.read(file, 64)
except OSError as error:
    say(error.errno)
"""
    async with program(testbed, text) as running:
        assert await running.says() == [27, 0, "0600ff09"]
        assert await running.says() == [3, 0x0483, 0x5652]
        assert await running.says() == [29, "Kaodian Simulated HID Reader\0"]
        assert await running.says() == 65
        assert await running.says() == list(range(64, 0, -1))
        testbed.unplug(usb)
        assert await running.says() == 19


async def test_two_hid_devices_of_one_kind_stand_side_by_side(testbed: Testbed) -> None:
    first, second = plugged(testbed)[1], plugged(testbed)[1]
    assert first.node != second.node
    assert (first.links, second.links) == (
        ("/dev/input/by-id/usb-Kaodian_Simulated_Scanner_S1-event-kbd",),
        (),
    )
    text = """
import pyudev
found = pyudev.Context().list_devices(subsystem="input", ID_INPUT_KEYBOARD="1")
say(sorted([one.device_node, one["ID_VENDOR_ID"]] for one in found if one.device_node))
"""
    async with program(testbed, text) as running:
        assert await running.says() == [[first.node, "0c2e"], [second.node, "0c2e"]]


def test_devices_that_come_at_the_same_moment_have_names_and_nodes_of_their_own(testbed: Testbed) -> None:
    ready = threading.Barrier(8)

    def plug(number: int) -> Device:
        facts = replace(SCANNER, serial=f"S{number}")
        ready.wait()
        usb = plug_usb(testbed, facts)
        plug_hidraw(testbed, usb, plug_hid(testbed, usb, facts), HidrawNode(facts))
        return plug_keyboard(testbed, usb, facts)

    with ThreadPoolExecutor(8) as threads:
        for _ in range(5):
            shown = list(threads.map(plug, range(8)))
            assert len({device.node for device in shown}) == 8
            for device in [each for each in testbed.devices if each.parent is None]:
                testbed.unplug(device)
    assert testbed.devices == []
