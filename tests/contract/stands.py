"""The stands of all adapters. An adapter without one fails the suite."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, ClassVar

from firmware_adapters.adapter import DeviceKind
from firmware_adapters.interface import Device, DeviceEvent
from firmware_adapters.printer.test_page import PageText, draw_test_page
from firmware_adapters.simulators.camera import CameraFacts, SimulatedCamera
from firmware_adapters.simulators.id_card import SimulatedHidReader, SimulatedReader, SimulatedSerialReader
from firmware_adapters.simulators.id_card_cards import SAMPLES
from firmware_adapters.simulators.id_card_module import SAM_ID, SdtModule
from firmware_adapters.simulators.id_card_usb import SimulatedUsbReader
from firmware_adapters.simulators.power import NutServer, SimulatedUps
from firmware_adapters.simulators.print_service import PrintService
from firmware_adapters.simulators.printer import SimulatedPrinter
from firmware_adapters.simulators.scanner import (
    SimulatedAcmScanner,
    SimulatedKeyboardScanner,
    SimulatedScanner,
)
from firmware_adapters.simulators.smart_card import SimulatedSmartCardReader
from firmware_adapters.simulators.smart_card_cards import SimulatedSmartCard
from firmware_adapters.simulators.smart_card_service import SimulatedPcscd
from tests.contract.receipt_stands import TcpReceiptStand, UsbReceiptStand
from tests.contract.stand import Act, Case, Stand


class ReaderStand(Stand[SimulatedReader]):
    """What ID-card readers have in common on all wires."""

    kind = DeviceKind.ID_CARD
    event = "card.read"
    operation = ("read_once", {"wait_s": 20})
    simulated: ClassVar[type[SimulatedReader]]
    first_port: ClassVar[int]
    id_stays = "readers have no serial number on USB, so the port is in the id; the module tells its own"

    def device(self, place: int, serial: int = 1) -> SimulatedReader:
        """See Stand."""
        facts = replace(self.simulated.usual_facts, port=f"1-{self.first_port + place}")
        return self.simulated(self.testbed, facts, SdtModule(sam_id=SAM_ID[:-1] + bytes((serial,)), haste=4))

    def is_shown(self, simulator: SimulatedReader, device: Device) -> bool:
        """See Stand."""
        return device.port == simulator.facts.port

    def is_itself(self, simulator: SimulatedReader, device: Device) -> bool:
        """See Stand."""
        number = int.from_bytes(simulator.module.sam_id[-4:], "little")
        return device.serial.endswith(str(number))

    async def provoke(self, simulator: SimulatedReader, number: int, act: Act) -> None:
        """Lay a card."""
        simulator.lay_card(SAMPLES["resident"].card())

    def is_told(self, event: DeviceEvent, number: int) -> bool:
        """See Stand."""
        return event.body["document"]["number"] == SAMPLES["resident"].items["number"]

    async def occupy(self, simulator: SimulatedReader) -> None:
        """Nothing: no card lies there."""

    async def settle(self, simulator: SimulatedReader) -> None:
        """Take the card away."""
        simulator.remove_card()


class SerialReaderStand(ReaderStand):
    """ID-card readers on a serial line."""

    adapter = "id_card.serial"
    simulated, first_port = SimulatedSerialReader, 1


class HidReaderStand(ReaderStand):
    """ID-card readers on HID reports."""

    adapter = "id_card.hid"
    simulated, first_port = SimulatedHidReader, 4


class UsbReaderStand(ReaderStand):
    """ID-card readers on USB bulk."""

    adapter = "id_card.usb"
    simulated, first_port = SimulatedUsbReader, 7


class _ScannerStand(Stand[SimulatedScanner]):
    kind = DeviceKind.SCANNER
    event = "code.scanned"
    operation = ("read_one", {"wait_s": 20})
    simulated: ClassVar[type[SimulatedScanner]]
    first_port: ClassVar[int]
    cannot: ClassVar[Mapping[Case, str]] = {
        "silent": "a scanner that sends nothing is one that nobody uses: there is nothing to ask it",
    }
    must_have_worked = True

    def device(self, place: int, serial: int = 1) -> SimulatedScanner:
        """See Stand."""
        port = f"1-{self.first_port + place}"
        return self.simulated(
            self.testbed, replace(self.simulated.usual_facts, port=port, serial=f"CONTRACT{serial:03}")
        )

    def is_shown(self, simulator: SimulatedScanner, device: Device) -> bool:
        """See Stand."""
        return device.port == simulator.facts.port

    def is_itself(self, simulator: SimulatedScanner, device: Device) -> bool:
        """See Stand."""
        return device.serial == simulator.facts.serial

    async def provoke(self, simulator: SimulatedScanner, number: int, act: Act) -> None:
        """Scan a code."""
        simulator.scan(f"14010825{number:04}")

    def is_told(self, event: DeviceEvent, number: int) -> bool:
        """See Stand."""
        return bool(event.body.get("text") == f"14010825{number:04}")


class KeyboardScannerStand(_ScannerStand):
    """Scanners that type."""

    adapter = "scanner.keyboard"
    simulated, first_port = SimulatedKeyboardScanner, 10


class SerialScannerStand(_ScannerStand):
    """Scanners on a line, here CDC-ACM."""

    adapter = "scanner.serial"
    simulated, first_port = SimulatedAcmScanner, 13


class CameraStand(Stand[SimulatedCamera]):
    """Cameras on V4L2."""

    adapter = "camera.v4l2"
    kind = DeviceKind.CAMERA
    event = "code.scanned"
    operation = ("still", {})
    slow_is_a_fault = "one picture a second is no live picture, and the self-test says so"

    def options(self) -> Mapping[str, Mapping[str, Any]]:
        """See Stand."""
        return {"camera-uvc": {"read_codes": True, "code_quiet_s": 0.2, "codes_per_s": 10}}

    def device(self, place: int, serial: int = 1) -> SimulatedCamera:
        """See Stand."""
        facts = replace(CameraFacts(), port=f"1-{16 + place}", serial=f"CONTRACT{serial:03}")
        return SimulatedCamera(self.testbed, facts)

    def is_shown(self, simulator: SimulatedCamera, device: Device) -> bool:
        """See Stand."""
        return device.port == simulator.facts.port

    def is_itself(self, simulator: SimulatedCamera, device: Device) -> bool:
        """See Stand."""
        return device.serial == simulator.facts.serial

    async def provoke(self, simulator: SimulatedCamera, number: int, act: Act) -> None:
        """Hold up a code."""
        simulator.show_code(f"14010825{number:04}")

    def is_told(self, event: DeviceEvent, number: int) -> bool:
        """See Stand."""
        return bool(event.body.get("text") == f"14010825{number:04}")

    async def settle(self, simulator: SimulatedCamera) -> None:
        """Take the code away."""
        simulator.show_nothing()


class SmartCardStand(Stand[SimulatedSmartCardReader]):
    """PC/SC readers behind a real pcscd."""

    adapter = "smart_card.pcsc"
    kind = DeviceKind.SMART_CARD
    event = "card.inserted"
    operation = ("run_script", {"script": "uid"})
    operation_needs_it = True
    cannot: ClassVar[Mapping[Case, str]] = {
        "swap": "pcscd names a reader by its make and order; two of one make are one name",
    }

    async def start(self, stack: AsyncExitStack) -> None:
        """Start pcscd."""
        self.service = SimulatedPcscd()
        stack.push_async_callback(self.service.close)
        await self.service.start()
        self._stack = stack

    def sources(self) -> Mapping[str, Mapping[str, Any]]:
        """See Stand."""
        return {"pcsc": {"socket": self.service.socket}}

    def device(self, place: int, serial: int = 1) -> SimulatedSmartCardReader:
        """See Stand."""
        reader = SimulatedSmartCardReader(self.service, f"Kaodian Contract Reader {place}")
        self._stack.push_async_callback(reader.close)
        return reader

    def is_shown(self, simulator: SimulatedSmartCardReader, device: Device) -> bool:
        """See Stand."""
        return device.node == simulator.reader_name(0)

    def is_itself(self, simulator: SimulatedSmartCardReader, device: Device) -> bool:
        """See Stand."""
        return self.is_shown(simulator, device)

    async def provoke(self, simulator: SimulatedSmartCardReader, number: int, act: Act) -> None:
        """Put a card in."""
        simulator.insert_card(SimulatedSmartCard(uid=number.to_bytes(4, "big")))

    def is_told(self, event: DeviceEvent, number: int) -> bool:
        """See Stand."""
        return bool(event.body["atr"])

    async def settle(self, simulator: SimulatedSmartCardReader) -> None:
        """Take the card out."""
        simulator.remove_card()


class PrinterStand(Stand[SimulatedPrinter]):
    """Driverless printers on USB behind ipp-usb, with queues in a real cupsd."""

    adapter = "printer.ipp"
    also = ("printer.usb",)
    kind = DeviceKind.PRINTER
    event = "job.done"
    operation = ("print_test", {})
    cannot: ClassVar[Mapping[Case, str]] = {}

    async def start(self, stack: AsyncExitStack) -> None:
        """Start cupsd; ipp-usb's ports must be known before the daemon starts."""
        self.service = PrintService()
        await stack.enter_async_context(self.service)
        self._printers = {
            (place, serial): SimulatedPrinter(
                self.service,
                f"contract{place}{serial}",
                serial=f"CONTRACT{serial:03}",
                queue=False,
                testbed=self.testbed,
                usb_port=f"1-{20 + place}",
            )
            for place, serial in ((0, 1), (1, 2), (0, 3))
        }

    def sources(self) -> Mapping[str, Mapping[str, Any]]:
        """See Stand."""
        ports = [printer.port for printer in self._printers.values()]
        return {"cups": {"server": self.service.server, "poll_s": 0.5, "ipp_usb_ports": ports}}

    def options(self) -> Mapping[str, Mapping[str, Any]]:
        """See Stand."""
        return {entry: {"poll_s": 0.2} for entry in ("printer-cups", "printer-driverless")}

    def device(self, place: int, serial: int = 1) -> SimulatedPrinter:
        """See Stand."""
        return self._printers[place, serial]

    def is_shown(self, simulator: SimulatedPrinter, device: Device) -> bool:
        """See Stand."""
        return simulator.usb_port in device.port or simulator.serial in device.node

    def is_itself(self, simulator: SimulatedPrinter, device: Device) -> bool:
        """See Stand."""
        return device.serial == simulator.serial and "print" in device.actions

    async def provoke(self, simulator: SimulatedPrinter, number: int, act: Act) -> None:
        """Print a page."""
        document = base64.b64encode(draw_test_page(PageText(*"abcdef"))).decode()
        await act("print", {"document": document, "title": "成绩单", "key": f"contract-{number}"})

    def is_told(self, event: DeviceEvent, number: int) -> bool:
        """See Stand."""
        return bool(event.body["key"] == f"contract-{number}")

    async def occupy(self, simulator: SimulatedPrinter) -> None:
        """The page does not come out."""
        await simulator.hold_page()

    async def release(self, simulator: SimulatedPrinter) -> None:
        """The page comes out."""
        await simulator.release_page()


class PowerStand(Stand[SimulatedUps]):
    """UPSes behind a real upsd."""

    adapter = "power.nut"
    kind = DeviceKind.POWER
    event = "power.on_battery"
    operation = ("numbers", {})
    counts_from = "NUT's driver is up and upsd tells of the UPS"
    id_stays = "NUT names a UPS by its section in its settings; its serial number tells it apart"

    async def start(self, stack: AsyncExitStack) -> None:
        """Start upsd."""
        self.server = NutServer(self.folder / "nut")
        await stack.enter_async_context(self.server)

    def sources(self) -> Mapping[str, Mapping[str, Any]]:
        """See Stand."""
        return {"nut": {"servers": [str(self.server.address)]}}

    def device(self, place: int, serial: int = 1) -> SimulatedUps:
        """See Stand."""
        return SimulatedUps(self.server, f"ups{place}", serial=f"CONTRACT{serial:03}")

    def is_shown(self, simulator: SimulatedUps, device: Device) -> bool:
        """See Stand."""
        return device.node.startswith(f"{simulator.name}@")

    def is_itself(self, simulator: SimulatedUps, device: Device) -> bool:
        """See Stand."""
        return device.serial == simulator.serial

    async def provoke(self, simulator: SimulatedUps, number: int, act: Act) -> None:
        """Cut the mains."""
        await simulator.cut_power()

    def is_told(self, event: DeviceEvent, number: int) -> bool:
        """See Stand."""
        return event.body["charge_percent"] == 90

    async def replug(self, simulator: SimulatedUps) -> None:
        """Only upsd's list changes: a hundred starts of NUT's own driver would take seven minutes."""
        await simulator.relist()

    async def settle(self, simulator: SimulatedUps) -> None:
        """The mains come back."""
        if simulator.plugged:
            await simulator.restore_power()


STANDS: tuple[type[Stand[Any]], ...] = (
    SerialReaderStand,
    HidReaderStand,
    UsbReaderStand,
    KeyboardScannerStand,
    SerialScannerStand,
    CameraStand,
    SmartCardStand,
    PrinterStand,
    UsbReceiptStand,
    TcpReceiptStand,
    PowerStand,
)
