"""The real dnsmasq on the generated file: addresses, what firmware is told to start, names, TFTP."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.network.room import SERVER, Room, open_room, wait_for

LEASE_SCRIPT = """#!/bin/sh
[ "$1" = bound ] && env > "$KAODIAN_LEASE"
exit 0
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room at one switch, dnsmasq running."""
    folder = tmp_path_factory.mktemp("switch")
    script = folder / "lease"
    script.write_text(LEASE_SCRIPT, encoding="ascii")
    script.chmod(0o755)
    with open_room("switch", folder) as opened:
        yield opened


def lease(room: Room, card: str, *options: str) -> dict[str, str]:
    """Ask for an address with a real DHCP client from a card; return what the lease says, by udhcpc's names.

    An empty mapping when no offer came in three tries.
    """
    result = room.folder / "leased"
    result.unlink(missing_ok=True)
    room.run("rogue", "ip", "link", "set", "eth0", "address", card)
    asked = [
        f"-O{name}" for name in ("router", "dns", "ntpsrv", "domain", "hostname", "bootfile", "tftp", "wpad")
    ]
    done = room.ask_lease(
        ["-s", str(room.folder / "lease"), *asked, *options], {"KAODIAN_LEASE": str(result)}
    )
    if not done:
        return {}
    pairs = (line.partition("=") for line in result.read_text(encoding="utf-8").splitlines())
    return {name: value for name, _, value in pairs}


def test_known_card_gets_the_fixed_address_of_its_seat_and_no_gateway(room: Room) -> None:
    leased = lease(room, "52:54:00:10:00:02")
    assert leased["ip"] == "10.20.10.102"
    assert leased["mask"] == "24"
    assert leased["hostname"] == "seat-002"
    assert leased["dns"] == leased["ntpsrv"] == SERVER["seats"][0]
    assert leased["domain"] == "kaodian.internal"
    assert "router" not in leased


def test_unknown_card_lands_in_the_waiting_pool_and_no_gateway(room: Room) -> None:
    leased = lease(room, "52:54:00:aa:bb:01")
    assert int(leased["ip"].rpartition(".")[2]) in range(200, 240)
    assert leased["ip"].startswith("10.20.10.")
    assert leased["lease"] == "300"
    assert leased["dns"] == SERVER["seats"][0]
    assert "router" not in leased


@pytest.mark.parametrize(
    ("card", "address", "zone"),
    [
        ("52:54:00:20:00:02", "10.20.20.12", "staff"),
        ("52:54:00:30:00:02", "10.20.30.12", "terminals"),
        ("52:54:00:40:00:02", "10.20.40.21", "devices"),
    ],
)
def test_listed_machines_of_other_zones_get_theirs(room: Room, card: str, address: str, zone: str) -> None:
    leased = lease(room, card)
    assert leased["ip"] == address
    assert leased["ntpsrv"] == SERVER[zone][0]
    assert leased.get("dns") == (None if zone == "devices" else SERVER[zone][0])
    assert "router" not in leased
    assert "bootfile" not in leased
    assert "boot_file" not in leased


def test_seat_that_is_bound_at_the_console_gets_its_address_without_restart(room: Room) -> None:
    card = "52:54:00:aa:bb:02"
    assert lease(room, card)["ip"].rpartition(".")[2] in {str(number) for number in range(200, 240)}
    bindings = room.folder / "lib/kaodian-dhcp/bindings"
    (bindings / "seat-029").write_text(f"{card},set:seats,10.20.10.129,seat-029\n", encoding="ascii")
    log = room.folder / "dnsmasq.log"
    wait_for(lambda: "bindings/seat-029" in log.read_text(encoding="utf-8"), "dnsmasq reads the binding")
    leased = lease(room, card)
    assert leased["ip"] == "10.20.10.129"
    assert leased["hostname"] == "seat-029"


@pytest.mark.parametrize(
    ("firmware", "options", "file"),
    [
        ("BIOS", ["-x0x5d:0000", "-VPXEClient:Arch:00000"], "grub/i386-pc/core.0"),
        ("UEFI, x64", ["-x0x5d:0007", "-VPXEClient:Arch:00007"], "shimx64.efi"),
        ("UEFI, x64 by its other number", ["-x0x5d:0009", "-VPXEClient:Arch:00009"], "shimx64.efi"),
        (
            "UEFI, HTTP boot",
            ["-x0x5d:0010", "-VHTTPClient:Arch:00016"],
            "http://10.20.10.1/boot/shimx64.efi",
        ),
    ],
)
@pytest.mark.parametrize("card", ["52:54:00:10:00:02", "52:54:00:aa:bb:03"])
def test_firmware_is_told_the_file_it_can_start(
    room: Room, card: str, firmware: str, options: list[str], file: str
) -> None:
    leased = lease(room, card, *options)
    assert file in {leased.get("boot_file"), leased.get("bootfile")}, (firmware, leased)
    if not file.startswith("http"):
        assert leased["siaddr"] == SERVER["seats"][0]


def test_machine_that_tells_no_firmware_is_given_no_file(room: Room) -> None:
    leased = lease(room, "52:54:00:10:00:02")
    assert "boot_file" not in leased
    assert "bootfile" not in leased


def test_machine_that_calls_itself_the_server_gets_an_address_but_not_the_name(room: Room) -> None:
    leased = lease(room, "52:54:00:aa:bb:04", "-xhostname:exam", "-F", "wpad")
    assert leased["ip"].startswith("10.20.10.2")
    assert answer(room, "exam.kaodian.internal") == (0, [SERVER["seats"][0]])
    assert answer(room, "wpad.kaodian.internal") == (3, [])


def answer(
    room: Room, name: str, kind: int = 1, server: str = SERVER["seats"][0], machine: str = "seat"
) -> tuple[int, list[str]]:
    """Ask DNS from a machine; return the code of the answer and the addresses in it."""
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    query = struct.pack("!6H", 0x4B44, 0x0100, 1, 0, 0, 0) + question + struct.pack("!HH", kind, 1)
    reply = bytes.fromhex(room.peers[machine].order("ask", to=server, port=53, query=query.hex(), wait=20))
    _, flags, _, answers, _, _ = struct.unpack("!6H", reply[:12])
    found, at = [], 12 + len(question) + 4
    for _ in range(answers):
        at += 2  # a pointer to the question's name
        record, _, _, length = struct.unpack("!HHIH", reply[at : at + 10])
        data = reply[at + 10 : at + 10 + length]
        if record == 1:
            found.append(".".join(str(byte) for byte in data))
        elif record == 28:
            found.append(":".join(f"{word:x}" for word in struct.unpack("!8H", data)))
        at += 10 + length
    return flags & 15, found


@pytest.mark.parametrize(
    ("machine", "zone"), [("seat", "seats"), ("staff", "staff"), ("terminal", "terminals")]
)
def test_server_has_one_name_and_each_zone_is_told_its_own_address(
    room: Room, machine: str, zone: str
) -> None:
    for name in ("exam.kaodian.internal", f"{zone}.kaodian.internal"):
        assert answer(room, name, server=SERVER[zone][0], machine=machine) == (0, [SERVER[zone][0]])


def test_names_of_zones_have_ipv6_addresses(room: Room) -> None:
    assert answer(room, "seats.kaodian.internal", kind=28) == (0, ["fd20:3301:0:10:0:0:0:1"])
    assert answer(room, "seats.kaodian.internal", kind=28, server=SERVER["seats"][1])[0] == 0


def test_leased_seat_is_known_by_name(room: Room) -> None:
    lease(room, "52:54:00:10:00:03")
    assert answer(room, "seat-003.kaodian.internal") == (0, ["10.20.10.103"])


@pytest.mark.parametrize(
    "name",
    [
        "example.org",
        "www.example.com",
        "centre.example.org",
        "use-application-dns.net",
        "nobody.kaodian.internal",
        "com",
    ],
)
@pytest.mark.parametrize("kind", [1, 28, 16], ids=["A", "AAAA", "TXT"])
def test_other_names_do_not_exist_and_nobody_is_asked(room: Room, name: str, kind: int) -> None:
    assert answer(room, name, kind) == (3, [])


def test_tftp_gives_files_of_its_folder_and_nothing_above_it(room: Room) -> None:
    def asked(path: str) -> bytes:
        request = b"\0\1" + path.encode() + b"\0octet\0"
        reply: str = room.peers["seat"].order(
            "ask", to=SERVER["seats"][0], port=69, query=request.hex(), wait=20
        )
        return bytes.fromhex(reply)

    assert asked("boot.txt") == b"\0\3\0\1boot"
    for path in ("../../lib/kaodian-dhcp/leases", "/etc/passwd", "missing"):
        assert asked(path)[:2] == b"\0\5", path


def test_ipv6_address_of_a_known_card_is_fixed_and_no_router_is_offered(room: Room) -> None:
    """By DHCPv6 with a request of our own; the advertisement's lifetime as router is 0 (RFC 4861, 4.2)."""
    card = "52:54:00:10:00:04"
    room.run("rogue", "ip", "link", "set", "eth0", "down")
    room.run("rogue", "ip", "link", "set", "eth0", "address", card, "up")
    found = room.peers["rogue"].order("solicit", card=card.replace(":", ""), wait=20)
    assert "fd20330100000010" + "0000000000000068" in found["advertise"]
    assert struct.unpack("!H", bytes.fromhex(found["router"])[6:8]) == (0,)


def test_lease_file_is_written_where_it_survives(room: Room) -> None:
    lease(room, "52:54:00:10:00:05")
    leases = Path(room.folder, "lib/kaodian-dhcp/leases").read_text(encoding="ascii")
    assert "52:54:00:10:00:05 10.20.10.105 seat-005" in leases
