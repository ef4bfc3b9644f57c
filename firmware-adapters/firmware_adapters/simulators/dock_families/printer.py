"""Page printers in the dock: one on USB behind ipp-usb, one on the network, at a real cupsd of their own."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_adapters.adapter import DeviceKind, Json
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
from firmware_adapters.simulators.print_service import PrintService, missing_program
from firmware_adapters.simulators.printer import SimulatedPrinter

PLACES = (
    Place("printer.usb", DeviceKind.PRINTER, "打印机（USB）", "Printer (USB)"),
    Place("printer.network", DeviceKind.PRINTER, "打印机（网络）", "Printer (network)"),
)
NETWORK_QUEUE = "network_printer"
POLL_S = 0.5


async def moor(bench: Bench) -> Sequence[Berth]:
    """Start cupsd and return the berths. Raises Unavailable."""
    if missing := missing_program():
        raise Unavailable(f"本机无法模拟打印机：{missing}", missing)
    service = PrintService()
    await bench.stack.enter_async_context(service)
    network = SimulatedPrinter(service, NETWORK_QUEUE, serial="SIMPNET1", queue=False)
    options: dict[str, Json] = {
        "server": service.server,
        "poll_s": POLL_S,
        "printers": [{"uri": network.uri, "queue": NETWORK_QUEUE}],
    }
    bench.source_options["cups"] = options
    berths = [Berth(PLACES[1], network, (f"cups:{NETWORK_QUEUE}",), _acts(network))]
    try:
        testbed = bench.testbed
    except Unavailable:
        options["ipp_usb_ports"] = []
        return berths
    usb = SimulatedPrinter(service, "usb_printer", serial="SIMPUSB1", queue=False, testbed=testbed)
    facts, marks = bench.on_a_port(usb.usb_facts)
    usb.usb_port = facts.port
    options["ipp_usb_ports"] = [usb.port]
    return [Berth(PLACES[0], usb, (*marks, f"cups:{usb.usb_queue}"), _acts(usb)), *berths]


def _acts(printer: SimulatedPrinter) -> list[SimulatedAct]:
    acts = (
        ("jam", "卡纸", "Paper jams", printer.jam),
        ("clear_jam", "取出卡纸", "Clear the jam", printer.clear_jam),
        ("empty_paper", "纸用完", "The tray is empty", printer.empty_paper),
        ("fill_paper", "装纸", "Fill the tray", printer.fill_paper),
        ("lower_toner", "碳粉将尽", "Toner runs low", printer.lower_toner),
        ("change_toner", "更换碳粉", "Change the toner", printer.change_toner),
        ("hold_page", "打印变慢：停住当前页", "Hold the page that is printed", printer.hold_page),
        ("release_page", "放行当前页", "Let the page come out", printer.release_page),
        ("stumble", "下一份文件出错一次", "Stumble over the next document", printer.stumble),
        ("lie_about_resolution", "虚报分辨率", "Lie about its resolution", printer.lie_about_resolution),
        ("tell_the_truth", "如实报告分辨率", "Tell its true resolution", printer.tell_the_truth),
        ("cut_power", "打印机断电", "Cut its power", printer.cut_power),
        ("restore_power", "打印机来电", "Restore its power", printer.restore_power),
    )
    return [*(act(name, zh, en, plain(do)) for name, zh, en, do in acts), misbehave_act(printer)]
