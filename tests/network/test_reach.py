"""Every row of the table of who reaches whom, in both directions, by IPv4 and IPv6, on the real files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.network.reach_table import BESIDE, ROWS, Row
from tests.network.room import MACHINES, OUTSIDE, PATIENCE, SERVER, ZONE_OF, Cabling, Room, open_room

DENIED_WAIT = 0.35
"""Seconds that a probe waits which must get no answer; the other end is asked as well what arrived."""
OF_DNSMASQ = frozenset({"udp/53", "tcp/53", "udp/69"})


@dataclass(frozen=True)
class Probe:
    """One call of a row: `caller` and `target` are machines, addresses stand in `order`."""

    row: Row
    direction: str
    version: int
    allowed: bool
    caller: str
    target: str
    order: dict[str, Any]

    def token(self) -> str:
        token: str = self.order["token"]
        return token


def _place(end: str, other: str, version: int) -> tuple[str, str]:
    """Return the machine (namespace) and the address of one end of a row."""
    index = 0 if version == 4 else 1
    if end == "server":
        return "server", SERVER[ZONE_OF[other]][index]
    if end.startswith("server:"):
        return "server", SERVER[end.partition(":")[2]][index]
    if end in OUTSIDE:
        return "outside", OUTSIDE[end][index]
    machine = MACHINES[end]
    address = machine.ipv4 if version == 4 else machine.ipv6
    assert address is not None
    return end, address


def _probes(rows: list[Row], versions: tuple[int, ...] = (4, 6)) -> Iterator[Probe]:
    for number, row in enumerate(rows):
        kind, _, port = row.service.partition("/")
        for version in versions:
            for direction, allowed in (("there", row.there), ("back", row.back)):
                ends = (row.one, row.other) if direction == "there" else (row.other, row.one)
                caller, source = _place(ends[0], ends[1], version)
                target, to = _place(ends[1], ends[0], version)
                order = {
                    "kind": kind,
                    "to": to,
                    "port": int(port or 0),
                    "source": source if kind != "icmp" else None,
                    "token": f"row-{number}-{direction}-{version}",
                    "wait": PATIENCE if allowed else DENIED_WAIT,
                    "real": target == "server" and row.service in OF_DNSMASQ,
                }
                yield Probe(row, direction, version, allowed, caller, target, order)


def _tried(room: Room, probes: list[Probe]) -> dict[str, list[str]]:
    """Try all probes, all machines at once; return what was not as the table says, by row."""
    ports: dict[str, set[int]] = {"tcp": set(), "udp": set()}
    for probe in probes:
        if probe.order["kind"] in ports:
            ports[probe.order["kind"]].add(probe.order["port"])
    taken = {"tcp": {53}, "udp": {53, 67, 69, 547}}
    listeners = ["server", "outside", *(name for name in MACHINES if name != "rogue")]
    room.all_at_once(
        [
            (
                name,
                "listen",
                {kind: sorted(ports[kind] - (taken[kind] if name == "server" else set())) for kind in ports}
                | {"addresses": room.addresses(name)},
            )
            for name in listeners
        ]
    )
    by_caller: dict[str, list[Probe]] = defaultdict(list)
    for probe in probes:
        by_caller[probe.caller].append(probe)
    callers = list(by_caller)
    answers = room.all_at_once(
        [(name, "probe", {"probes": [probe.order for probe in by_caller[name]]}) for name in callers]
    )
    arrived = {
        name: set(told["seen"])
        for name, told in zip(
            listeners, room.all_at_once([(name, "told", {}) for name in listeners]), strict=True
        )
    }
    wrong: dict[str, list[str]] = defaultdict(list)
    for name, results in zip(callers, answers, strict=True):
        for probe, result in zip(by_caller[name], results, strict=True):
            came = probe.token() in arrived[probe.target]
            if (result == "open") != probe.allowed or (came and not probe.allowed):
                wrong[str(probe.row)].append(
                    f"{probe.direction} IPv{probe.version}: {result}{', but it arrived' if came else ''}; "
                    f"the table says {'allow' if probe.allowed else 'deny'}"
                )
    return wrong


@pytest.fixture(scope="module", params=["switch", "ports"])
def cabling(request: pytest.FixtureRequest) -> Cabling:
    """How the machines are connected."""
    chosen: Cabling = request.param
    return chosen


@pytest.fixture(scope="module")
def room(cabling: Cabling, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room with the firewall loaded and dnsmasq running."""
    folder = tmp_path_factory.mktemp(cabling)
    with open_room(cabling, folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def tried(room: Room) -> dict[str, list[str]]:
    """What was not as the table says, by row, after all rows were tried."""
    probes = list(_probes(ROWS))
    if room.cabling == "ports":
        probes += list(_probes(BESIDE, (4,)))
    return _tried(room, probes)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_row_holds_in_both_directions_by_ipv4_and_ipv6(tried: dict[str, list[str]], row: Row) -> None:
    assert tried.get(str(row), []) == []


@pytest.mark.parametrize("cabling", ["ports"], indirect=True)
@pytest.mark.parametrize("row", BESIDE, ids=str)
def test_machines_at_ports_of_the_server_reach_each_other_only_where_the_table_says(
    tried: dict[str, list[str]], row: Row
) -> None:
    assert tried.get(str(row), []) == []
