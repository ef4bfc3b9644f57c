"""What is tried against the room is dropped and counted: floods, scans, forged addresses, rogue servers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from site_file.counters import COUNTERS
from tests.network import wire
from tests.network.room import MACHINES, SERVER, SERVER_MAC, Cabling, Room, open_room, wait_for

ROGUE = MACHINES["rogue"].mac
SEATS4, SEATS6 = SERVER["seats"]
MARK = bytes.fromhex("beef0bad")


@pytest.fixture(scope="module", params=["switch", "ports"])
def room(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room with the firewall loaded; the server's pages listen."""
    cabling: Cabling = request.param
    with open_room(cabling, tmp_path_factory.mktemp(cabling)) as opened:
        listens = {"tcp": [22, 443], "udp": [], "addresses": []}
        opened.peers["server"].order("listen", **listens)
        yield opened


def grown(room: Room, name: str, before: dict[str, int], least: int = 1) -> int:
    """Wait until a counter has grown by so many packets; return by how many it did."""
    wait_for(lambda: room.counted()[name] >= before[name] + least, f"{name} counts {least}")
    return room.counted()[name] - before[name]


def page(room: Room, machine: str, port: int = 443) -> str:
    """Return what a machine gets from a page of the server."""
    to = SERVER["staff" if machine == "staff" else "seats"][0]
    probe = {"kind": "tcp", "to": to, "port": port, "token": "page", "wait": 20}
    answer: list[str] = room.peers[machine].order("probe", probes=[probe])
    return answer[0]


def catching(room: Room, machine: str, mark: bytes) -> None:
    room.peers[machine].order("catch", mark=mark.hex())


def caught(room: Room, machine: str) -> list[str]:
    told: dict[str, Any] = room.peers[machine].order("told")
    frames: list[str] = told["caught"]
    return frames


def claims(room: Room, machine: str, address: str) -> list[str]:
    return [frame for frame in caught(room, machine) if wire.arp_claim(ROGUE, address) == frame]


def range_of(first: int, count: int) -> list[int]:
    return list(range(first, first + count))


def test_connection_flood_of_one_seat_is_cut_and_others_are_served_meanwhile(room: Room) -> None:
    before = room.counted()
    room.peers["seat"].order("burst", to=SEATS4, ports=[443] * 400)
    # The burst of 80 and what is refilled meanwhile pass; the rest is dropped.
    assert grown(room, "syn_flood", before, 200) < 400
    assert page(room, "waiting") == "open"
    assert page(room, "staff") == "open"


def test_flood_of_ipv6_connections_is_cut_as_well(room: Room) -> None:
    before = room.counted()
    room.peers["seat"].order("burst", to=SEATS6, ports=[443] * 300)
    grown(room, "syn_flood", before, 100)


def test_port_scan_is_told_from_single_mistakes_and_bans_nobody(room: Room) -> None:
    before = room.counted()
    room.peers["waiting"].order("burst", to=SEATS4, ports=range_of(2000, 5))
    grown(room, "refused_waiting", before, 5)
    assert room.counted()["port_scans"] == before["port_scans"]
    room.peers["waiting"].order("burst", to=SEATS4, ports=range_of(3000, 75))
    grown(room, "port_scans", before, 20)
    assert page(room, "waiting") == "open"


def test_packets_with_flags_of_scanners_are_counted(room: Room) -> None:
    before = room.counted()
    null, syn_fin, syn_rst, xmas = 0x00, 0x03, 0x06, 0x29
    room.peers["seat"].order("flags", to=SEATS4, flags=[null, syn_fin, syn_rst, xmas])
    assert grown(room, "odd_flags", before, 4) == 4


def test_scan_from_outside_is_counted(room: Room) -> None:
    before = room.counted()
    room.peers["outside"].order("burst", to=SERVER["wan"][0], ports=range_of(1, 60))
    grown(room, "port_scans", before, 20)
    grown(room, "refused_wan", before, 10)


def test_lan_address_that_comes_from_outside_is_forged(room: Room) -> None:
    room.run("outside", "ip", "address", "add", "10.20.20.11/32", "dev", "lo")
    before = room.counted()
    probe = {
        "kind": "tcp",
        "to": SERVER["wan"][0],
        "port": 22,
        "source": "10.20.20.11",
        "token": "",
        "wait": 0.3,
    }
    assert room.peers["outside"].order("probe", probes=[probe]) == ["silent"]
    grown(room, "spoofed_source", before)


def test_staff_address_on_another_card_gets_no_ssh_and_is_counted(room: Room) -> None:
    staff = MACHINES["staff"]
    assert page(room, "staff", 22) == "open"
    room.run("rogue", "ip", "address", "add", f"{staff.ipv4}/24", "dev", "eth0")
    room.run("rogue", "ip", "address", "add", f"{staff.ipv6}/64", "dev", "eth0", "nodad")
    # The server's card is named, since nobody answers the rogue's ARP.
    for address in SERVER["staff"]:
        room.run("rogue", "ip", "neigh", "add", address, "lladdr", SERVER_MAC, "dev", "eth0")
    before = room.counted()
    probes = [
        {"kind": "tcp", "to": address, "port": 22, "token": "", "wait": 0.3} for address in SERVER["staff"]
    ]
    assert room.peers["rogue"].order("probe", probes=probes) == ["silent", "silent"]
    grown(room, "address_stolen", before, 2)
    room.run("rogue", "ip", "address", "flush", "dev", "eth0")
    assert page(room, "staff", 22) == "open"


@pytest.mark.parametrize("claimed", [SEATS4, MACHINES["seat"].ipv4])
def test_arp_that_claims_anothers_address_is_dropped_and_counted(room: Room, claimed: str) -> None:
    assert page(room, "seat") == "open"
    before = room.counted()
    catching(room, "waiting", bytes.fromhex(wire.arp_claim(ROGUE, claimed))[14:])
    room.peers["rogue"].order("frames", frames=[wire.arp_claim(ROGUE, claimed)] * 3)
    assert grown(room, "arp_spoof", before, 3) == 3
    neighbours = room.run("server", "ip", "neigh", "show", MACHINES["seat"].ipv4 or "")
    assert ROGUE not in neighbours
    assert MACHINES["seat"].mac in neighbours
    # At ports of the server the claim does not get to the other machines either. A switch passes it on: there
    # only the switch's own ARP inspection keeps machines from believing it.
    if room.cabling == "switch":
        wait_for(lambda: claims(room, "waiting", claimed), "the switch passes the claim on")
        for name in MACHINES:
            room.run(name, "ip", "neigh", "flush", "all")
    else:
        assert claims(room, "waiting", claimed) == []
    assert page(room, "seat") == "open"


def test_arp_flood_is_cut(room: Room) -> None:
    before = room.counted()
    asking = wire.arp_claim(ROGUE, "10.20.10.77", asked=SEATS4)
    room.peers["rogue"].order("frames", frames=[asking] * 300)
    grown(room, "arp_flood", before, 100)


def test_offer_of_a_rogue_dhcp_server_is_counted_and_reaches_nobody_past_the_server(room: Room) -> None:
    before = room.counted()
    catching(room, "seat", MARK)
    offer = wire.dhcp_offer(ROGUE, "10.20.10.66", "10.20.10.67", MARK)
    room.peers["rogue"].order("frames", frames=[offer] * 4)
    assert grown(room, "rogue_dhcp", before, 4) == 4
    if room.cabling == "switch":
        # A switch passes it on: the server can count it, only the switch's DHCP snooping can stop it.
        wait_for(lambda: len(caught(room, "seat")) >= 4, "the switch passes the offers on")
    else:
        assert [frame for frame in caught(room, "seat") if MARK.hex() in frame] == []


def test_router_advertisement_of_a_rogue_makes_nobody_its_client(room: Room) -> None:
    mark = bytes.fromhex("20010db8bad0bad0")
    catching(room, "staff", mark)
    # As an ordinary machine would: it believes advertisements.
    for name in ("staff", "server"):
        room.run(name, "sysctl", "-qw", "net.ipv6.conf.all.accept_ra=2")
    room.run("staff", "sysctl", "-qw", "net.ipv6.conf.eth0.accept_ra=2")
    before = room.counted()
    room.peers["rogue"].order("frames", frames=[wire.router_advertisement(ROGUE, mark)] * 2)
    assert grown(room, "rogue_ra", before, 2) == 2
    assert "fe80::66" not in room.run("server", "ip", "-6", "route")
    if room.cabling == "switch":
        wait_for(lambda: caught(room, "staff"), "the switch passes the advertisement on")
    else:
        assert caught(room, "staff") == []
        assert "fe80::66" not in room.run("staff", "ip", "-6", "route")


def test_neighbour_advertisement_that_claims_the_server_is_counted(room: Room) -> None:
    before = room.counted()
    room.peers["rogue"].order("frames", frames=[wire.neighbour_advertisement(ROGUE, SEATS6)] * 2)
    assert grown(room, "nd_spoof", before, 2) == 2


def test_dhcp_flood_from_many_made_up_cards_is_cut(room: Room) -> None:
    before = room.counted()
    cards = [
        wire.dhcp_discover(f"52:54:00:77:{number // 256:02x}:{number % 256:02x}") for number in range(500)
    ]
    room.peers["rogue"].order("frames", frames=cards)
    grown(room, "dhcp_flood", before, 200)
    assert page(room, "seat") == "open"


def test_attempt_of_a_seat_to_get_outside_is_counted_by_itself(room: Room) -> None:
    before = room.counted()
    probe = {"kind": "udp", "to": "192.0.2.99", "port": 53, "token": "out", "wait": 0.3}
    assert room.peers["seat"].order("probe", probes=[probe]) == ["silent"]
    grown(room, "forwarded_seats", before)


def test_program_of_the_server_that_calls_what_is_not_listed_is_told_at_once(room: Room) -> None:
    before = room.counted()
    probe = {"kind": "tcp", "to": "192.0.2.99", "port": 443, "token": "", "wait": 20}
    (answer,) = room.peers["server"].order("probe", probes=[probe])
    assert answer.startswith("refused")
    grown(room, "refused_out", before)


def test_rules_hold_on_the_other_line_as_well(room: Room) -> None:
    room.run("server", "ip", "route", "replace", "default", "via", "100.64.7.1")
    room.peers["outside"].order("listen", tcp=[443], udp=[], addresses=[])
    probes = [
        {"kind": "tcp", "to": to, "port": 443, "token": "line", "wait": wait}
        for to, wait in (("203.0.113.20", 20), ("192.0.2.99", 0.3))
    ]
    answers = room.peers["server"].order("probe", probes=probes)
    assert answers[0] == "open"
    assert answers[1].startswith("refused")
    assert room.peers["seat"].order("probe", probes=probes[1:]) == ["silent"]
    into = {"kind": "tcp", "to": "100.64.7.10", "port": 22, "token": "", "wait": 0.3}
    assert room.peers["outside"].order("probe", probes=[into]) == ["silent"]


def test_every_counter_of_the_template_has_words_and_every_word_a_counter(room: Room) -> None:
    listed = room.run("server", "nft", "list", "counters")
    names = {line.split()[1] for line in listed.splitlines() if line.strip().startswith("counter ")}
    assert names | {"between_machines"} == set(COUNTERS)


@pytest.mark.parametrize("first", ["server", "staff"])
def test_ssh_connection_older_than_the_rules_goes_on_whoever_speaks_first(
    tmp_path_factory: pytest.TempPathFactory, first: str
) -> None:
    with open_room("switch", tmp_path_factory.mktemp("older")) as room:
        server, staff = room.peers["server"], room.peers["staff"]
        room.run("server", "nft", "flush", "ruleset")
        server.order("wait_for_calls", port=22)
        for address in SERVER["staff"]:
            staff.order("call", to=address, port=22)
        wait_for(lambda: server.order("speak", word="before") == 2, "both connections stand")
        assert staff.order("hear", wait=20) == ["before", "before"]
        room.run("server", "nft", "-f", str(room.folder / "nftables.conf"))
        speaker, hearer = (server, staff) if first == "server" else (staff, server)
        speaker.order("speak", word="after")
        assert hearer.order("hear", wait=20) == ["after", "after"]
        hearer.order("speak", word="answer")
        assert speaker.order("hear", wait=20) == ["answer", "answer"]
        # The same rules once more: a second run of the play changes nothing for who is connected.
        room.run("server", "nft", "-f", str(room.folder / "nftables.conf"))
        server.order("speak", word="again")
        assert staff.order("hear", wait=20) == ["again", "again"]


def test_incidents_stand_in_the_kernel_log_a_few_lines_a_minute(room: Room) -> None:
    # Of namespaces the kernel logs only when it is told to; on a server the rules stand in the first one.
    switch = Path("/proc/sys/net/netfilter/nf_log_all_netns")
    as_it_was = switch.read_text(encoding="ascii")
    switch.write_text("1", encoding="ascii")
    log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    try:
        os.lseek(log, 0, os.SEEK_END)
        before = room.counted()
        room.peers["printer"].order("burst", to=SERVER["devices"][0], ports=range_of(5000, 20))
        grown(room, "refused_devices", before, 20)
        lines = wait_for(
            lambda: [line for line in new_lines(log) if "kaodian refused_devices: " in line], "log"
        )
    finally:
        os.close(log)
        switch.write_text(as_it_was, encoding="ascii")
    assert 1 <= len(lines) <= 6
    assert f"SRC={MACHINES['printer'].ipv4}" in lines[0]
    assert "DPT=50" in lines[0]


def new_lines(log: int) -> list[str]:
    """Return what the kernel has logged since the last time."""
    lines = []
    while True:
        try:
            lines.append(os.read(log, 8192).decode("utf-8", "replace"))
        except BlockingIOError:
            return lines
        except BrokenPipeError:
            continue  # the kernel's ring has gone on past us; the next read goes on there
