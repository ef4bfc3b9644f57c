"""An exam room of network namespaces: server, seats, staff, terminals, devices, a rogue, and the outside.

The server runs the real nftables and dnsmasq on the files that are made from the shipped example. Two
ways of cabling: `switch`, all machines at a switch outside the server; `ports`, each at a port of the
server, which bridges them.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from site_file.counters import figures
from site_file.plan import plan
from site_file.reading import parse_site
from site_file.rendering import rendered

EXAMPLE = Path(__file__).parents[2] / "provisioning/examples/site.yaml"
PEER = Path(__file__).with_name("peer.py")
PATIENCE = 30.0
"""Seconds for whatever must come true on a loaded machine."""
SERVER_MAC = "52:54:00:00:00:01"

Cabling = Literal["switch", "ports"]


@dataclass(frozen=True)
class Machine:
    """A machine at the LAN: its card and its addresses."""

    mac: str
    ipv4: str | None = None
    ipv6: str | None = None


MACHINES = {
    "seat": Machine("52:54:00:10:00:01", "10.20.10.101", "fd20:3301:0:10::65"),
    "waiting": Machine("52:54:00:99:00:01", "10.20.10.200", "fd20:3301:0:10::c8"),
    "stranger": Machine("52:54:00:99:00:02", "10.20.10.50", "fd20:3301:0:10::32"),
    "staff": Machine("52:54:00:20:00:01", "10.20.20.11", "fd20:3301:0:20::b"),
    "terminal": Machine("52:54:00:30:00:01", "10.20.30.11", "fd20:3301:0:30::b"),
    "printer": Machine("52:54:00:40:00:01", "10.20.40.11", "fd20:3301:0:40::b"),
    "recorder": Machine("52:54:00:40:00:04", "10.20.40.20", "fd20:3301:0:40::14"),
    "rogue": Machine("52:54:00:66:00:66"),
}
OUTSIDE = {
    "gateway": ("198.51.100.1", "2001:db8:1::1"),
    "centre": ("203.0.113.20", "2001:db8:20::20"),
    "time": ("203.0.113.30", "2001:db8:20::30"),
    "updates": ("203.0.113.40", "2001:db8:20::40"),
    "elsewhere": ("192.0.2.99", "2001:db8:99::99"),
}
SERVER = {
    "seats": ("10.20.10.1", "fd20:3301:0:10::1"),
    "staff": ("10.20.20.1", "fd20:3301:0:20::1"),
    "terminals": ("10.20.30.1", "fd20:3301:0:30::1"),
    "devices": ("10.20.40.1", "fd20:3301:0:40::1"),
    "wan": ("198.51.100.10", "2001:db8:1::10"),
}
ZONE_OF = {
    "seat": "seats",
    "waiting": "seats",
    "stranger": "seats",
    "staff": "staff",
    "terminal": "terminals",
    "printer": "devices",
    "recorder": "devices",
}
_rooms = itertools.count()


def site_text(cabling: Cabling) -> str:
    """Return the shipped example with IPv6 on all zones and on the line, at the ports of the test."""
    text = EXAMPLE.read_text(encoding="utf-8")
    lan = ["enp3s0"] if cabling == "switch" else [f"p-{name}" for name in MACHINES]
    changes = {
        "lan: [enp3s0]": f"lan: [{', '.join(lan)}]",
        "gateway4: 198.51.100.1}": (
            "gateway4: 198.51.100.1, ipv6: 2001:db8:1::10/64, gateway6: 2001:db8:1::1}"
        ),
        "ipv4: 10.20.40.0/24": "ipv4: 10.20.40.0/24\n    ipv6: fd20:3301:0:40::/64",
        '["203.0.113.40"]': '["203.0.113.40", "2001:db8:20::40"]',
    }
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def wait_for(come_true: Callable[[], Any], what: str) -> Any:
    """Return the first true value of a condition; fails after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while not (value := come_true()):
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(0.02)
    return value


class Peer:
    """The program inside a namespace: takes orders, gives answers."""

    def __init__(self, namespace: str) -> None:
        command = ["ip", "netns", "exec", namespace, sys.executable, "-I", "-S", str(PEER)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def order(self, do: str, **details: Any) -> Any:
        """Give an order and wait for its answer."""
        stdin, stdout = self._pipes()
        stdin.write(json.dumps({"do": do, **details}) + "\n")
        stdin.flush()
        line = stdout.readline()
        assert line, f"the program in the namespace ended while told to {do}"
        return json.loads(line)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in self._pipes():
            pipe.close()

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout


class Room:
    """The namespaces of one room, built and running."""

    def __init__(self, cabling: Cabling, folder: Path) -> None:
        self.cabling = cabling
        self.folder = folder
        self._prefix = f"kd{os.getpid()}r{next(_rooms)}"
        self.peers: dict[str, Peer] = {}
        self.files = rendered(plan(parse_site(site_text(cabling).encode(), "site.yaml")))
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")

    def namespace(self, name: str) -> str:
        """Return the name of a machine's namespace."""
        return f"{self._prefix}-{name}"

    def run(self, name: str, *command: str, text: str | None = None) -> str:
        """Run a command inside a namespace and return what it prints; fails when it fails."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.namespace(name), *command],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"{name}: {command}: {done.stdout}{done.stderr}"
        return done.stdout

    def addresses(self, name: str) -> list[str]:
        """Return all addresses of a machine, of the server, or of the outside."""
        if name in MACHINES:
            return [address for address in (MACHINES[name].ipv4, MACHINES[name].ipv6) if address]
        return [address for pair in (SERVER if name == "server" else OUTSIDE).values() for address in pair]

    def counted(self) -> dict[str, int]:
        """Return the packets of every counter of the server."""
        listed = self.run("server", "nft", "-j", "list", "counters")
        return {figure.name: figure.packets for figure in figures(listed)}

    def ask_lease(self, options: Sequence[str], environment: dict[str, str]) -> bool:
        """Run udhcpc in the rogue's place; return whether it got a lease."""
        command = ["ip", "netns", "exec", self.namespace("rogue"), "udhcpc", "-i", "eth0"]
        done = subprocess.run(
            [*command, "-n", "-q", "-f", "-t", "6", "-T", "3", *options],
            env={**os.environ, **environment},
            capture_output=True,
            check=False,
            timeout=60,
        )
        return done.returncode == 0

    def all_at_once(self, orders: Sequence[tuple[str, str, dict[str, Any]]]) -> list[Any]:
        """Give (machine, order, details) to all machines at the same time; one order a machine."""
        with ThreadPoolExecutor(len(orders)) as pool:
            return list(pool.map(lambda one: self.peers[one[0]].order(one[1], **one[2]), orders))

    def build(self, stack: ExitStack) -> None:
        """Make namespaces and cables, load the firewall, start the programs; `stack` takes it all down."""
        _needed("ip", "nft", "dnsmasq", "udhcpc")
        names = ["server", "outside", *MACHINES, *(["hub"] if self.cabling == "switch" else [])]
        for name in names:
            _ip("netns", "add", self.namespace(name))
            stack.callback(_ip, "netns", "del", self.namespace(name))
        for name in names:
            self.run(name, "sysctl", "-qw", *_SYSCTL, *(_FORWARDING if name in {"server", "outside"} else ()))
        self._cable()
        self.run("server", "nft", "-f", str(self.folder / "nftables.conf"))
        for name in ("server", "outside", *MACHINES):
            self.peers[name] = Peer(self.namespace(name))
            stack.callback(self.peers[name].end)

    def _batch(self, name: str, lines: Iterable[str]) -> None:
        text = "\n".join(lines) + "\n"
        done = subprocess.run(
            ["ip", "-n", self.namespace(name), "-batch", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stderr}\n{text}"

    def _cable(self) -> None:
        switch = "server" if self.cabling == "ports" else "hub"
        bridge = "lan0"
        # Names of interfaces are distinct in each namespace, so the cable is made in the machine's own.
        lines = [
            f"link add {bridge} type bridge forward_delay 0 stp_state 0 mcast_snooping 0",
            f"link set {bridge} up",
        ]
        for name, machine in MACHINES.items():
            self._batch(
                name,
                [
                    (
                        f"link add eth0 address {machine.mac} type veth "
                        f"peer name p-{name} netns {self.namespace(switch)}"
                    ),
                    "link set lo up",
                    "link set eth0 up",
                ],
            )
            lines += [f"link set p-{name} master {bridge}", f"link set p-{name} up"]
        lan = bridge
        if self.cabling == "switch":
            lan = "enp3s0"
            self._batch(
                "server",
                [f"link add {lan} type veth peer name p-server netns {self.namespace('hub')}"],
            )
            lines += [f"link set p-server master {bridge}", "link set p-server up"]
        self._batch(switch, lines)
        self._batch(
            "server",
            [
                "link set lo up",
                f"link set {lan} address {SERVER_MAC}",
                f"link set {lan} up",
                *(
                    f"address add {address}{length} dev {lan}{flags}"
                    for zone, addresses in SERVER.items()
                    if zone != "wan"
                    for address, length, flags in _lengths(addresses)
                ),
            ],
        )
        for name, machine in MACHINES.items():
            if machine.ipv4 is not None and machine.ipv6 is not None:
                gateway4, gateway6 = SERVER[ZONE_OF[name]]
                self._batch(
                    name,
                    [
                        f"address add {machine.ipv4}/24 dev eth0",
                        f"address add {machine.ipv6}/64 dev eth0 nodad",
                        # Against the rules: who sits here tries to use the server as a router.
                        f"route add default via {gateway4}",
                        f"route add default via {gateway6}",
                    ],
                )
        self._outside()

    def _outside(self) -> None:
        """Two lines to the same outside, which holds every address that may and may not be called."""
        outside = self.namespace("outside")
        self._batch(
            "server",
            [
                f"link add enp1s0 type veth peer name w1 netns {outside}",
                f"link add enp2s0 type veth peer name w2 netns {outside}",
                "link set enp1s0 up",
                "link set enp2s0 up",
                "address add 198.51.100.10/24 dev enp1s0",
                "address add 2001:db8:1::10/64 dev enp1s0 nodad",
                "address add 100.64.7.10/24 dev enp2s0",
                "route add default via 198.51.100.1",
                "route add default via 2001:db8:1::1",
            ],
        )
        held = [
            f"address add {address}/{length} dev lo"
            for name, (four, six) in OUTSIDE.items()
            if name != "gateway"
            for address, length in ((four, 32), (six, 128))
        ]
        self._batch(
            "outside",
            [
                "link set lo up",
                "link set w1 up",
                "link set w2 up",
                "address add 198.51.100.1/24 dev w1",
                "address add 2001:db8:1::1/64 dev w1 nodad",
                "address add 100.64.7.1/24 dev w2",
                *held,
                # An attacker at the line knows the LAN's addresses.
                "route add 10.20.0.0/16 via 198.51.100.10",
                "route add fd20:3301::/48 via 2001:db8:1::10",
            ],
        )

    def start_dnsmasq(self, stack: ExitStack) -> None:
        """Start the real dnsmasq on the file as it is; its folders are mounted over those of the machine."""
        lib, srv = self.folder / "lib", self.folder / "srv"
        (lib / "kaodian-dhcp/bindings").mkdir(parents=True)
        (srv / "kaodian/tftp").mkdir(parents=True)
        (srv / "kaodian/tftp/boot.txt").write_text("boot", encoding="ascii")
        # dnsmasq drops its rights and must reach and write below the test's folder.
        for folder in (lib, lib / "kaodian-dhcp", lib / "kaodian-dhcp/bindings", srv, srv / "kaodian"):
            folder.chmod(0o777)
        script = (
            f"mount --bind {lib} /var/lib && mount --bind {srv} /srv && "
            f"exec dnsmasq --keep-in-foreground --log-facility=- -x {self.folder}/dnsmasq.pid "
            f"-C {self.folder}/dnsmasq.conf"
        )
        log = stack.enter_context((self.folder / "dnsmasq.log").open("wb"))
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.namespace("server"), "sh", "-c", script],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        ask = {"kind": "udp", "to": SERVER["seats"][0], "port": 53, "real": True, "token": "", "wait": 0.5}

        def answers() -> bool:
            assert process.poll() is None, (self.folder / "dnsmasq.log").read_text(encoding="utf-8")
            return bool(self.peers["seat"].order("probe", probes=[ask]) == ["open"])

        wait_for(answers, "dnsmasq answers")


def _lengths(addresses: tuple[str, str]) -> Iterator[tuple[str, str, str]]:
    yield addresses[0], "/24", ""
    yield addresses[1], "/64", " nodad"


_SYSCTL = (
    "net.ipv6.conf.default.accept_dad=0",
    "net.ipv6.conf.all.accept_dad=0",
    # The machines go through the server; what a shared switch lets pass beside it, the server cannot refuse.
    "net.ipv6.conf.default.accept_ra=0",
)
# With forwarding on, it is the firewall and nothing else that keeps seats in. Ephemeral ports keep out of
# the TFTP server's range, as on the real server.
_FORWARDING = (
    "net.ipv4.ip_forward=1",
    "net.ipv6.conf.all.forwarding=1",
    "net.ipv4.ip_local_reserved_ports=49152-49407",
)


def _needed(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    assert not missing, f"缺少 {missing}，请先执行 make setup / missing: run make setup first"
    assert os.geteuid() == 0, (
        "网络测试要建立网络命名空间，需要 root / the network tests make namespaces: run them as root"
    )


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


@contextmanager
def open_room(cabling: Cabling, folder: Path) -> Iterator[Room]:
    """Give a room with its firewall loaded and dnsmasq running; takes it down afterwards."""
    with ExitStack() as stack:
        room = Room(cabling, folder)
        room.build(stack)
        room.start_dnsmasq(stack)
        yield room
