"""An exam room of virtual machines: two switches in a network namespace, staff and the outside in theirs.

Nothing of this machine's own network is touched. `lan` joins server, seats and staff; `wan` joins the
server's line, the gateway, the centre and a host that nobody at a seat may reach.
"""

from __future__ import annotations

import ctypes
import http.cookiejar
import json
import os
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

STAFF_MAC, STAFF = "52:54:00:20:00:01", "10.20.20.11/24"
OUTSIDE = ("203.0.113.1/24", "203.0.113.20/24", "223.5.5.5/32")
GATEWAY, CENTRE, ELSEWHERE = (address.partition("/")[0] for address in OUTSIDE)
"""The last is one of those that seats try, and must not reach (`seats.agent.network.OUTSIDE`)."""
SERVER, SERVER_WAN = "10.20.20.1", "203.0.113.10"
CLONE_NEWNET = 0x40000000

Result = TypeVar("Result")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


class Place:
    """A network namespace to act in: programs are started in it, functions are called in it."""

    def __init__(self, name: str) -> None:
        self.name = name
        _run("ip", "netns", "add", name)
        self.run("ip", "link", "set", "lo", "up")
        self._thread = ThreadPoolExecutor(1, initializer=self._enter)

    def run(self, *command: str) -> None:
        """Run a command in it."""
        _run("ip", "netns", "exec", self.name, *command)

    @property
    def inside(self) -> tuple[str, ...]:
        """Words to put before a command."""
        return ("ip", "netns", "exec", self.name)

    def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Call a function on a thread that is in it."""
        return self._thread.submit(function, *arguments).result()

    def end(self) -> None:
        """Take it away."""
        self._thread.shutdown()
        _run("ip", "netns", "delete", self.name)

    def _enter(self) -> None:
        handle = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(handle, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(handle)


class ExamRoom:
    """The room; `with` builds it and takes it away."""

    def __init__(self) -> None:
        self._taps: dict[str, str] = {}

    def __enter__(self) -> Self:
        mark = f"kdv{os.getpid() % 100000}"
        self.switches, self.staff, self.outside = (Place(f"{mark}{letter}") for letter in "xso")
        for switch in ("lan", "wan"):
            self.switches.run("ip", "link", "add", switch, "type", "bridge", "forward_delay", "0")
            self.switches.run("ip", "link", "set", switch, "up")
        self._wire(self.staff, "lan", STAFF_MAC, (STAFF,))
        self._wire(self.outside, "wan", "52:54:00:f0:00:01", OUTSIDE)
        self._answering = self.outside.call(socket.create_server, (ELSEWHERE, 53))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._answering.close()
        for place in (self.staff, self.outside, self.switches):
            place.end()

    def _wire(self, place: Place, switch: str, mac: str, addresses: Sequence[str]) -> None:
        end = f"to{switch}"
        self.switches.run(
            *("ip", "link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", place.name)
        )
        self.switches.run("ip", "link", "set", end, "master", switch, "up")
        place.run("ip", "link", "set", "eth0", "address", mac, "up")
        for address in addresses:
            place.run("ip", "address", "add", address, "dev", "eth0")

    def port(
        self, switch: str, mac: str, *, boots: bool = False, slot: int = 0, firmware: bool = True
    ) -> list[str]:
        """Return what QEMU is told of a network card that is plugged into a switch; `slot` fixes its name.

        `firmware` False: the card brings no code of its own to boot with, the machine's firmware drives it.
        """
        name = f"tap{len(self._taps) + 1}"
        self._taps[mac] = name
        self.switches.run("ip", "tuntap", "add", name, "mode", "tap")
        self.switches.run("ip", "link", "set", name, "master", switch, "up")
        more = (",bootindex=0" if boots else "") + (f",addr={slot}" if slot else "")
        more += "" if firmware else ",romfile="
        return [
            *("-netdev", f"tap,id={name},ifname={name},script=no,downscript=no"),
            *("-device", f"virtio-net-pci,netdev={name},mac={mac}{more}"),
        ]

    def pulled(self, mac: str) -> int:
        """Return how many bytes a machine has got over the wire so far, frames and all."""
        counter = f"/sys/class/net/{self._taps[mac]}/statistics/tx_bytes"
        asked = [*self.switches.inside, "cat", counter]
        return int(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    url: str
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Browser:
    """Somebody with a browser in a place of the room: cookies, the site's root certificate."""

    def __init__(
        self, place: Place, origin: str, root: bytes | None = None, *, patience_s: float = 60
    ) -> None:
        self.place = place
        self._patience_s = patience_s
        self.origin = origin
        context = ssl.create_default_context(cadata=None if root is None else root.decode())
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def ask(self, method: str, path: str, body: object = None, *, data: bytes | None = None) -> Answer:
        """Return the answer to a request; JSON is sent where `body` is given."""
        headers = {"Accept": "application/json", "Origin": self.origin}
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        return self.place.call(
            self._ask, urllib.request.Request(self.origin + path, data, headers, method=method)
        )

    def get(self, path: str) -> Any:
        """Return the JSON of a GET that succeeds."""
        answer = self.ask("GET", path)
        assert answer.status == 200, (path, answer.status, answer.body[:600])
        return answer.json

    def post(self, path: str, body: object = None) -> Any:
        """Return the JSON of a POST that succeeds, None where there is none."""
        answer = self.ask("POST", path, {} if body is None else body)
        assert 200 <= answer.status < 300, (path, answer.status, answer.body[:600])
        return answer.json if answer.body else None

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=self._patience_s) as answer:
                return Answer(answer.status, answer.url, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, request.full_url, error.read())


def ssh_key(folder: Path) -> tuple[Path, str]:
    """Make a key for SSH; returns the private one's file and the public one."""
    file = folder / "technician"
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "technician", "-f", str(file))
    return file, file.with_suffix(".pub").read_text().strip()


class InstallerStick:
    """An installer stick with files of the technician's put on it."""

    def __init__(self, image: Path, folder: Path, files: dict[str, bytes]) -> None:
        self.file = folder / "installer.img"
        _run("cp", "--sparse=always", str(image), str(self.file))
        table = subprocess.run(["sfdisk", "--json", str(image)], check=True, capture_output=True).stdout
        parts = json.loads(table)["partitiontable"]["partitions"]
        (boot,) = (part for part in parts if part["name"] == "stick-boot")
        self._fat = f"{self.file}@@{boot['start'] * 512}"
        for name, data in files.items():
            source = folder / name
            source.write_bytes(data)
            _run("mcopy", "-i", self._fat, str(source), f"::{name}")

    def read(self, name: str) -> str:
        """Return a file of text that the server wrote to it."""
        read = ["mtype", "-i", self._fat, f"::{name}"]
        return subprocess.run(read, check=True, capture_output=True).stdout.decode()


def stick(folder: Path, files: dict[str, bytes], *, mib: int = 64, label: str = "KAODIAN") -> Path:
    """Return a stick with a FAT file system that holds the files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "stick.img"
    with made.open("wb") as empty:
        empty.truncate(mib * 2**20)
    _run("mkfs.fat", "-F", "32", "-n", label, str(made))
    for name, data in files.items():
        source = folder / name
        source.write_bytes(data)
        _run("mcopy", "-i", str(made), str(source), f"::{name}")
    return made
