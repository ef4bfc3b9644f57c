"""A UPS in the dock, behind a real upsd of its own."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_adapters.adapter import DeviceKind
from firmware_adapters.simulators.base import Berth, Place, Unavailable, act, misbehave_act, plain
from firmware_adapters.simulators.dock_bench import Bench
from firmware_adapters.simulators.power import NutServer, SimulatedUps, missing_program

PLACES = (Place("power.ups", DeviceKind.POWER, "不间断电源", "UPS"),)


async def moor(bench: Bench) -> Sequence[Berth]:
    """Start upsd and return the berth. Raises Unavailable."""
    if missing := missing_program():
        raise Unavailable(f"本机无法模拟不间断电源：{missing}", missing)
    server = NutServer(bench.folder / "nut")
    await bench.stack.enter_async_context(server)
    bench.source_options["nut"] = {"servers": [str(server.address)]}
    ups = SimulatedUps(server)
    others = (
        ("cut_power", "市电中断", "Cut the mains", ups.cut_power),
        ("low_battery", "电池将尽", "The battery runs low", ups.low_battery),
        ("restore_power", "市电恢复", "Restore the mains", ups.restore_power),
        ("pull_data_cable", "拔掉数据线", "Pull the data cable", ups.pull_data_cable),
        ("mend_data_cable", "接回数据线", "Put the data cable back", ups.mend_data_cable),
    )
    acts = [act(name, zh, en, plain(do)) for name, zh, en, do in others]
    marks = (f"nut:{ups.name}@{server.address}",)
    return (Berth(PLACES[0], ups, marks, [*acts, misbehave_act(ups)]),)
