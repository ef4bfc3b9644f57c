"""The simulators of a dock, in a process of their own: the daemon that uses them runs inside the testbed.

    python -m firmware_adapters.simulators.dock_host DESCRIPTOR

The descriptor is one end of a stream socket to the daemon; both sides write lines of JSON. The first line
tells the testbed's environment. When the daemon hangs up, everything is unplugged and ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import orjson

from firmware_adapters.adapter import Json
from firmware_adapters.dock_interface import DockRefusal
from firmware_adapters.process.boot import sighting_said
from firmware_adapters.simulators.base import Berth, Place, Unavailable, checked
from firmware_adapters.simulators.dock_bench import Bench
from firmware_adapters.simulators.testbed import Testbed, missing_library

log = logging.getLogger(__name__)

FAMILIES: Final = (
    "firmware_adapters.simulators.dock_families.id_card",
    "firmware_adapters.simulators.dock_families.smart_card",
    "firmware_adapters.simulators.dock_families.scanner",
    "firmware_adapters.simulators.dock_families.camera",
    "firmware_adapters.simulators.dock_families.printer",
    "firmware_adapters.simulators.dock_families.receipt_printer",
    "firmware_adapters.simulators.dock_families.power",
)
"""Modules with `PLACES` and `moor`; one that fails is named and the rest runs."""
LINE_LIMIT: Final = 1024 * 1024
ACT_S: Final = 60.0
"""A service that takes longer to plug or act has failed."""


class DockHost:
    """All berths of one dock."""

    def __init__(self) -> None:
        self._berths: dict[str, Berth] = {}
        self._missing: dict[str, tuple[Place, Unavailable]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def open(self, bench: Bench) -> None:
        """Build every family that can run here."""
        await asyncio.gather(*(self._open_family(name, bench) for name in FAMILIES))
        # In the order of the families, whichever was ready first.
        order = [name.rpartition(".")[2] for name in FAMILIES]
        self._berths = dict(sorted(self._berths.items(), key=lambda one: order.index(one[0].split(".")[0])))
        self._locks = {name: asyncio.Lock() for name in self._berths}

    async def close(self) -> None:
        """Unplug everything."""
        for berth in self._berths.values():
            try:
                async with asyncio.timeout(5):
                    await berth.simulator.unplug()
            except Exception:
                log.exception("%s does not come off", berth.place.id)

    def said(self) -> list[dict[str, Any]]:
        """Return all simulators as they are."""
        there = [_berth_said(berth) for berth in self._berths.values()]
        return there + [_missing_said(place, why) for place, why in self._missing.values()]

    async def do(self, asked: Mapping[str, Any]) -> Mapping[str, Json]:
        """Plug, unplug or act. Raises DockRefusal."""
        name = asked["simulator"]
        if name in self._missing:
            raise DockRefusal(self._missing[name][1].zh, self._missing[name][1].en)
        berth = self._berths.get(name)
        if berth is None:
            raise DockRefusal(f"没有模拟设备 {name}", f"there is no simulator {name}")
        async with self._locks[name]:
            if asked["do"] == "plug":
                await berth.simulator.plug()
            elif asked["do"] == "unplug":
                await berth.simulator.unplug()
            else:
                return await _act(berth, asked["act"], asked["parameters"])
        return {}

    async def _open_family(self, name: str, bench: Bench) -> None:
        places: tuple[Place, ...] = ()
        try:
            module = import_module(name)
            places = module.PLACES
            for berth in await module.moor(bench):
                self._berths[berth.place.id] = berth
            return
        except ModuleNotFoundError as error:
            log.error("the dock lacks %s: %s", name, error)
            return
        except Unavailable as error:
            missing = error
        except Exception as error:
            log.exception("%s", name)
            missing = Unavailable(f"模拟设备无法启动：{error}", f"the simulator did not start: {error}")
        self._missing |= {place.id: (place, missing) for place in places}


async def _act(berth: Berth, name: str, given: Mapping[str, Json]) -> Mapping[str, Json]:
    found = next((one for one in berth.acts if one.act.name == name), None)
    if found is None:
        raise DockRefusal(f"模拟设备没有操作 {name}", f"the simulator has no act {name}")
    parameters = checked(found.act, given)
    if not berth.simulator.plugged and name != "misbehave":
        raise DockRefusal("模拟设备未插入，请先插入", "the simulator is not plugged in: plug it in first")
    told = found.perform(parameters)
    if inspect.isawaitable(told):
        told = await told
    return told if isinstance(told, Mapping) else {}


def _berth_said(berth: Berth) -> dict[str, Any]:
    shown = berth.shown()
    return {
        **_place_said(berth.place),
        "plugged": berth.simulator.plugged,
        "marks": berth.marks,
        "acts": [asdict(one.act) for one in berth.acts],
        "shown": None if shown is None else sighting_said(shown),
    }


def _missing_said(place: Place, why: Unavailable) -> dict[str, Any]:
    return {
        **_place_said(place),
        "zh": f"{place.zh}（不可用：{why.zh}）",
        "en": f"{place.en} (not available: {why.en})",
        "plugged": False,
        "marks": [],
        "acts": [],
        "shown": None,
    }


def _place_said(place: Place) -> dict[str, str]:
    return {"id": place.id, "kind": place.kind.value, "zh": place.zh, "en": place.en}


class DockLine:
    """Answers one daemon until it hangs up."""

    def __init__(self, host: DockHost, bench_of: Any, writer: asyncio.StreamWriter) -> None:
        self._host = host
        self._bench_of = bench_of
        self._writer = writer
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Take requests, several at a time."""
        while line := await reader.readline():
            task = asyncio.create_task(self._answer(orjson.loads(line)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, asked: Mapping[str, Any]) -> None:
        answer: dict[str, Any] = {"number": asked["number"]}
        try:
            if asked["do"] == "open":
                bench: Bench = self._bench_of(Path(asked["folder"]))
                await self._host.open(bench)
                answer["told"] = {"source_options": bench.source_options}
            else:
                async with asyncio.timeout(ACT_S):
                    answer["told"] = dict(await self._host.do(asked))
        except DockRefusal as refusal:
            answer["refused"] = {"zh": refusal.zh, "en": refusal.en}
        except Exception as error:
            log.exception("%s", asked)
            told = str(error) or type(error).__name__
            answer["refused"] = {"zh": f"模拟设备出错：{told}", "en": f"the simulator failed: {told}"}
        answer["simulators"] = self._host.said()
        self._writer.write(orjson.dumps(answer) + b"\n")
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()


async def _run(descriptor: int) -> None:
    async with AsyncExitStack() as stack:
        missing = missing_library()
        testbed = None if missing else stack.enter_context(Testbed())
        line = socket.socket(fileno=descriptor)
        line.setblocking(False)
        reader, writer = await asyncio.open_unix_connection(sock=line, limit=LINE_LIMIT)
        stack.callback(writer.close)
        environment = {} if testbed is None else testbed.environment()
        writer.write(orjson.dumps({"environment": environment}) + b"\n")
        host = DockHost()
        stack.push_async_callback(host.close)
        dock = DockLine(host, lambda folder: _bench(folder, testbed, missing, stack), writer)
        serving = asyncio.create_task(dock.serve(reader))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
        await asyncio.wait((serving,))


def _bench(folder: Path, testbed: Testbed | None, missing: str, stack: AsyncExitStack) -> Bench:
    folder.mkdir(parents=True, exist_ok=True)
    return Bench(folder, testbed, missing, stack)


def main() -> None:
    """Run for the daemon that holds the other end; see the module."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # Ctrl-C ends the daemon, which hangs up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_run(int(sys.argv[1])))


if __name__ == "__main__":
    main()
