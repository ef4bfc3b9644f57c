"""Receipt printers on the network: there while they can be reached, gone when not, left alone in use."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from firmware_adapters.adapter import DeviceKind
from firmware_adapters.interface import Device, DeviceEvent
from firmware_adapters.receipt_printer.source import (
    AddressedPrinter,
    ReceiptPrinters,
    ReceiptPrintersOptions,
    held_addresses,
    plain_address,
)
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.simulators.receipt_printer import SimulatedTcpReceiptPrinter
from firmware_adapters.sources import SOURCES
from tests.watched_daemon import WatchedDaemon, watched_daemon


@pytest.fixture
def printers() -> list[SimulatedTcpReceiptPrinter]:
    """Two at ports of loopback."""
    return [SimulatedTcpReceiptPrinter("gate"), SimulatedTcpReceiptPrinter("desk")]


async def running(
    stack: AsyncExitStack, folder: Path, printers: Sequence[SimulatedTcpReceiptPrinter]
) -> WatchedDaemon:
    """Run a daemon that is told of these printers and of nothing else."""
    sources: dict[str, dict[str, object] | None] = dict.fromkeys(SOURCES)
    sources["receipts"] = {
        "printers": [{"host": "127.0.0.1", "port": one.port, "serial": one.name} for one in printers],
        "poll_s": 0.2,
    }
    settings = DaemonSettings(
        folder=folder / "devices",
        socket=folder / "socket",
        sources=sources,
        options={"escpos-network": {"poll_s": 0.2}},
    )
    for one in printers:
        stack.push_async_callback(one.unplug)
    return await stack.enter_async_context(watched_daemon(settings))


async def until_ready(daemon: WatchedDaemon, printer: SimulatedTcpReceiptPrinter) -> Device:
    """Wait until a printer is in the list and ready."""

    def found() -> list[Device]:
        return [
            one
            for one in daemon.there()
            if one.kind is DeviceKind.RECEIPT_PRINTER
            and one.serial == printer.name
            and one.state.value == "ready"
        ]

    await daemon.until(lambda: bool(found()), f"{printer.name} is not ready")
    return found()[0]


async def test_two_printers_come_and_go_by_their_plugs_and_each_prints_its_own_slip(
    printers: list[SimulatedTcpReceiptPrinter], tmp_path: Path
) -> None:
    gate, desk = printers
    async with AsyncExitStack() as stack:
        daemon = await running(stack, tmp_path, printers)
        assert not daemon.there()
        await gate.plug()
        first = await until_ready(daemon, gate)
        assert [one.id for one in daemon.there()] == [first.id]
        await desk.plug()
        second = await until_ready(daemon, desk)
        for device, words in ((first, "请到 3 号窗口"), (second, "请到 5 号窗口")):
            order = {"key": device.id[:40], "lines": [{"line": "text", "text": words}]}
            told = await daemon.client.act(device.id, "print", order)
            assert told.body["state"] == "completed"
            again = await daemon.client.act(device.id, "print", order)
            assert again.body["state"] == "completed"
        assert [slip.text for slip in gate.slips] == ["请到 3 号窗口"]
        assert [slip.text for slip in desk.slips] == ["请到 5 号窗口"]
        await gate.unplug()
        await daemon.until(lambda: [one.id for one in daemon.there()] == [second.id], "the first stays")
        await gate.plug()
        assert (await until_ready(daemon, gate)).id == first.id
        # Keys of slips outlive the daemon in its own folder.
        assert {one.name for one in (tmp_path / "devices" / "slips").iterdir()} == {"gate.json", "desk.json"}
        ended = [one.news for one in daemon.told if isinstance(one.news, DeviceEvent)]
        assert [one.name for one in ended] == ["job.done", "job.done"]


async def test_a_printer_in_use_is_not_called_again_since_it_takes_one_caller_at_a_time() -> None:
    calls = 0
    called = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        called.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    source = ReceiptPrinters(
        ReceiptPrintersOptions(printers=(AddressedPrinter(host="127.0.0.1", port=port),))
    )
    try:
        async with asyncio.timeout(10):
            await called.wait()
            for _ in range(5):
                (shown,) = await source.list()
        assert (shown.node, shown.arrival, calls) == (f"127.0.0.1:{port}", 1, 1)
        writer.close()
        server.close()
        async with asyncio.timeout(10):
            await source.changed()
        assert await source.list() == []
    finally:
        server.close()
        writer.close()
        await source.close()


def test_the_kernels_list_of_connections_is_read_in_both_families_whatever_stands_in_it(
    tmp_path: Path,
) -> None:
    table = tmp_path / "tcp"
    table.write_text(
        "  sl  local_address rem_address   st tx_queue\n"
        "   0: 0100007F:9C40 090AA8C0:238C 01 00000000:00000000\n"
        "   1: 0100007F:9C41 0A0AA8C0:238C 0A 00000000:00000000\n"
        "   2: 00000000000000000000000001000000:9C42 000000000000000000000000FFFF0000 01\n"
        "   3: 0000000000000000FFFF00000100007F:9C42 0000000000000000FFFF00000B0AA8C0:238C 01\n"
        "   4: 0: zz:zz 01\n\n"
    )
    told = held_addresses((str(table), str(tmp_path / "missing")))
    assert told == {("192.168.10.9", 9100), ("192.168.10.11", 9100)}
    assert plain_address("::ffff:192.168.10.9") == "192.168.10.9"
    assert plain_address("fe80::1%eth0") == "fe80::1"
