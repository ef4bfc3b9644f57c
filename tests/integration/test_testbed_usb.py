"""The testbed's USB devices, spoken to by real libusb through pyusb in another process."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from firmware_adapters.simulators.testbed import Testbed
from firmware_adapters.simulators.testbed_tree import UsbFacts
from firmware_adapters.simulators.testbed_usb import Setup, UsbNode, UsbSide, plug_usb_device
from firmware_adapters.simulators.testbed_usb_descriptors import UsbEndpoint, UsbInterface
from tests.testbed_program import program, until

FACTS = UsbFacts("0400", "c35a", maker="Kaodian", model="Simulated Reader", serial="R-7")
INTERFACE = UsbInterface("ff0000", (UsbEndpoint(0x81), UsbEndpoint(0x02)))
FIND = """
import usb.core, usb.util, time
def find(**which):
    device = usb.core.find(**which)
    usb.util.claim_interface(device, 0)
    return device
def outcome(act):
    try:
        return act()
    except usb.core.USBError as error:
        return -error.errno
"""


class Echo(UsbSide):
    """Sends back what it gets, the other way round."""

    def __init__(self) -> None:
        self.node: UsbNode | None = None
        self.setups: list[tuple[Setup, bytes]] = []

    def received(self, endpoint: int, data: bytes) -> None:
        assert self.node is not None
        self.node.send(0x81, data[::-1])

    def control(self, setup: Setup, data: bytes) -> bytes | None:
        self.setups.append((setup, data))
        return b"MFG:Kaodian;" if setup.request == 0 else b"" if setup.request == 2 else None


@pytest.fixture
def testbed() -> Iterator[Testbed]:
    with Testbed() as made:
        yield made


async def test_libusb_reads_every_descriptor_and_string_of_a_simulated_device(testbed: Testbed) -> None:
    two = (INTERFACE, UsbInterface("030101", (UsbEndpoint(0x83, "interrupt", 8),)))
    device, _ = plug_usb_device(testbed, FACTS, two, UsbSide())
    text = """
import usb.core
(device,) = usb.core.find(find_all=True)
say([device.idVendor, device.idProduct, device.manufacturer, device.product, device.serial_number])
say([[one.bInterfaceClass, [[each.bEndpointAddress, each.bmAttributes, each.wMaxPacketSize] for each in one]]
     for one in device.get_active_configuration()])
say([device.bus, device.address])
"""
    async with program(testbed, text) as running:
        assert await running.says() == [0x0400, 0xC35A, "Kaodian", "Simulated Reader", "R-7"]
        assert await running.says() == [[255, [[0x81, 2, 64], [0x02, 2, 64]]], [3, [[0x83, 3, 8]]]]
        bus, address = await running.says()
    assert device.node == f"/dev/bus/usb/{bus:03}/{address:03}"
    assert device.properties["ID_USB_INTERFACES"] == ":ff0000:030101:"


async def test_bulk_data_goes_both_ways_and_control_requests_are_answered_or_refused(
    testbed: Testbed,
) -> None:
    echo = Echo()
    _, echo.node = plug_usb_device(testbed, FACTS, (INTERFACE,), echo)
    text = (
        FIND
        + """
device = find(idVendor=0x0400)
say(device.write(2, b"0123456789" * 30))
say(bytes(device.read(0x81, 4096)).decode())
say(device.write(2, b"a" * 128))                         # two full packets end no transfer
say(bytes(device.read(0x81, 128)).decode())
say(bytes(device.ctrl_transfer(0xA1, 0, 0, 0, 100)).decode())
say(device.ctrl_transfer(0x21, 2, 7, 0, b"xyz"))
say(outcome(lambda: device.ctrl_transfer(0x21, 9, 0, 0, b"")))
"""
    )
    async with program(testbed, text) as running:
        assert await running.says() == 300
        assert await running.says() == ("0123456789" * 30)[::-1]
        assert await running.says() == 128
        assert await running.says() == "a" * 128
        assert await running.says() == "MFG:Kaodian;"
        assert await running.says() == 3
        assert await running.says() == -32
    assert echo.setups[1] == (Setup(0x21, 2, 7, 0, 3), b"xyz")


async def test_a_device_that_holds_or_stalls_an_endpoint_lets_transfers_time_out_or_fail(
    testbed: Testbed,
) -> None:
    echo = Echo()
    _, node = plug_usb_device(testbed, FACTS, (INTERFACE,), echo)
    echo.node = node
    text = (
        FIND
        + """
device = find(idVendor=0x0400)
say(outcome(lambda: device.read(0x81, 64, 60)))
hear()
say(outcome(lambda: device.write(2, b"late", 60)))
hear()
say(outcome(lambda: device.write(2, b"now", 1000)))
say(bytes(device.read(0x81, 64)).decode())
hear()
say(outcome(lambda: bytes(device.read(0x81, 64)).decode()))
device.clear_halt(0x81)
device.write(2, b"again")
say(bytes(device.read(0x81, 64)).decode())
"""
    )
    async with program(testbed, text) as running:
        assert await running.says() == -110
        node.hold(2)
        running.tell()
        assert await running.says() == -110
        node.hold(2, on=False)
        running.tell()
        assert await running.says() == 3
        assert await running.says() == "won"
        node.stall(0x81)
        running.tell()
        assert await running.says() == -32
        assert await running.says() == "niaga"


async def test_unplugging_ends_a_waiting_transfer_and_everything_after_it(testbed: Testbed) -> None:
    device, node = plug_usb_device(testbed, FACTS, (INTERFACE,), UsbSide())
    text = (
        FIND
        + """
device = find(idVendor=0x0400)
say("reading")
say(outcome(lambda: device.read(0x81, 64, 20000)))
say(outcome(lambda: device.write(2, b"x")))
usb.util.dispose_resources(device)
say(usb.core.find(idVendor=0x0400) is None)
"""
    )
    async with program(testbed, text) as running:
        assert await running.says() == "reading"
        testbed.unplug(device)
        assert await running.says() == -19
        assert await running.says() == -19
        assert await running.says() is True
    await until(lambda: node.claimed == {}, "claimed for a program that ended")


async def test_an_interface_belongs_to_one_program_and_a_kernel_driver_must_be_detached(
    testbed: Testbed,
) -> None:
    _, node = plug_usb_device(testbed, FACTS, (INTERFACE,), UsbSide())
    node.kernel_drivers[0] = "usblp"
    text = """
import usb.core, usb.util
device = usb.core.find(idVendor=0x0400)
say(device.is_kernel_driver_active(0))
try:
    usb.util.claim_interface(device, 0)
except usb.core.USBError as error:
    say(error.errno)
device.detach_kernel_driver(0)
usb.util.claim_interface(device, 0)
say(device.is_kernel_driver_active(0))
hear()
"""
    second = """
import usb.core, usb.util
device = usb.core.find(idVendor=0x0400)
try:
    usb.util.claim_interface(device, 0)
except usb.core.USBError as error:
    say(error.errno)
hear()
usb.util.claim_interface(device, 0)
say("claimed")
"""
    async with program(testbed, second) as other:
        async with program(testbed, text) as running:
            assert await running.says() is True
            assert await running.says() == 16
            await running.says()
            assert list(node.claimed) == [0]
            if await other.says() != 16:
                raise AssertionError("two programs have one interface")
        await until(lambda: node.claimed == {}, "claimed for a program that ended")
        other.tell()
        assert await other.says() == "claimed"


async def test_two_devices_of_one_kind_are_told_apart_by_their_port_and_each_gets_its_own_data(
    testbed: Testbed,
) -> None:
    heard: dict[str, bytes] = {}
    came = threading.Semaphore(0)

    class Ear(UsbSide):
        def __init__(self, name: str) -> None:
            self.name = name

        def received(self, endpoint: int, data: bytes) -> None:
            heard[self.name] = data
            came.release()

    for name in ("first", "second"):
        plug_usb_device(testbed, FACTS, (INTERFACE,), Ear(name))
    text = """
import usb.core
for device in sorted(usb.core.find(find_all=True, idVendor=0x0400), key=lambda one: one.port_number):
    device.write(2, str(device.port_numbers).encode())
say("written")
"""
    async with program(testbed, text) as running:
        assert await running.says() == "written"
    assert came.acquire(timeout=5)
    assert came.acquire(timeout=5)
    assert heard == {"first": b"(1,)", "second": b"(2,)"}
