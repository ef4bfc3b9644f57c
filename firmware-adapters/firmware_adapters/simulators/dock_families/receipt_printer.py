"""Receipt printers in the dock: one on USB, one on the network."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_adapters.adapter import DeviceKind
from firmware_adapters.sighting import Sighting
from firmware_adapters.simulators.base import (
    Berth,
    Place,
    SimulatedAct,
    Unavailable,
    act,
    misbehave_act,
    plain,
)
from firmware_adapters.simulators.dock_bench import Bench
from firmware_adapters.simulators.receipt_printer import (
    SimulatedReceiptPrinter,
    SimulatedTcpReceiptPrinter,
    SimulatedUsbReceiptPrinter,
)

PLACES = (
    Place("receipt_printer.usb", DeviceKind.RECEIPT_PRINTER, "小票打印机（USB）", "Receipt printer (USB)"),
    Place(
        "receipt_printer.network",
        DeviceKind.RECEIPT_PRINTER,
        "小票打印机（网络）",
        "Receipt printer (network)",
    ),
)


async def moor(bench: Bench) -> Sequence[Berth]:
    """Return the berths. Raises Unavailable."""
    network = SimulatedTcpReceiptPrinter()
    key = f"dock:{PLACES[1].id}"

    def shown() -> Sighting | None:
        return network.sighting if network.plugged else None

    berths = [Berth(PLACES[1], network, (key, network.sighting.key), _acts(network), shown)]
    try:
        facts, marks = bench.on_a_port(SimulatedUsbReceiptPrinter.usual_facts)
        usb = SimulatedUsbReceiptPrinter(bench.testbed, facts)
    except Unavailable:
        return berths
    return [Berth(PLACES[0], usb, marks, _acts(usb)), *berths]


def _acts(printer: SimulatedReceiptPrinter) -> list[SimulatedAct]:
    acts = (
        ("open_cover", "打开上盖", "Open the cover", printer.open_cover),
        ("close_cover", "合上上盖", "Close the cover", printer.close_cover),
        ("near_end", "纸将用完", "Paper runs low", printer.near_end),
        ("empty_paper", "纸用完", "The roll is empty", printer.empty_paper),
        ("fill_paper", "换上新纸卷", "Put in a new roll", printer.fill_paper),
        ("jam_cutter", "切刀卡住", "The cutter sticks", printer.jam_cutter),
        ("free_cutter", "切刀恢复", "Free the cutter", printer.free_cutter),
    )
    return [*(act(name, zh, en, plain(do)) for name, zh, en, do in acts), misbehave_act(printer)]
