"""A made-up /sys and /dev, with hot plug, for programs under test: real libudev, libusb and drivers see it.

Built on libumockdev-preload (Debian: libumockdev0), which redirects a program's /sys, /dev and uevents to a
folder. The folder is filled here rather than through libumockdev itself: that library must run inside its
own testbed (the whole test process preloaded), aborts when a monitor closes at the wrong moment, and sends
`remove` while the device can still be listed.

    with Testbed() as testbed:
        line = PtyNode()
        facts = UsbFacts("1a86", "7523", serial="A1", model="USB Serial", interfaces=("ff0102",))
        device = plug_usb(testbed, facts)                        # testbed_tree.py; uevents are sent at once
        plug_serial(testbed, device, "ttyUSB", line)
        subprocess.run([...], env={**os.environ, **testbed.environment()})   # children inherit it
        os.write(line.master, b"..."), os.read(line.master, 64)  # the device's side
        testbed.unplug(device)                                   # children first, then `remove` of each

The program under test must be another process, started with `environment()`; the testbed's own process
sees the real machine. Presets: testbed_tree.py (what a USB device and its tty look like in /sys),
testbed_usb.py (usbfs: pyusb and libusb), testbed_evdev.py (keyboards), testbed_hidraw.py, testbed_video.py
(V4L2). Nodes and what poll gives on them: testbed_nodes.py; own ioctls: testbed_ioctl.py. All methods may
be called from any thread and take a millisecond or two.

Limits: no /run/udev/data (umockdev 0.17.16 does not redirect it), so udev's properties stand among the
kernel's in `uevent` and `is_initialized` stays false; at most 50 redirected descriptors in one process.
"""

from __future__ import annotations

import ctypes.util
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from firmware_adapters.simulators.testbed_ioctl import IoctlServer
from firmware_adapters.simulators.testbed_nodes import Node
from firmware_adapters.simulators.testbed_uevents import UeventBroadcast

PRELOAD = "libumockdev-preload.so.0"
BUSES = ("usb", "hid", "pci")
FOLDERS = (
    "sys/devices",
    "sys/class",
    "sys/bus/usb/devices",
    "sys/dev/char",
    "dev/bus/usb",
    "dev/.node",
    "monitors",
    "ioctl",
)


def missing_library() -> str:
    """Return why no testbed can be made on this machine, in English; empty when one can."""
    try:
        # The functions of the preload library must not be bound in this process: only the name is looked up.
        found = ctypes.util.find_library("umockdev-preload")
    except OSError:
        found = None
    candidates = [Path(folder) / PRELOAD for folder in _library_folders()]
    if found or any(path.exists() for path in candidates):
        return ""
    return f"{PRELOAD} is not installed (Debian: apt install libumockdev0)"


def _library_folders() -> list[str]:
    return ["/usr/lib", "/usr/local/lib", *map(str, Path("/usr/lib").glob("*-linux-gnu"))]


@dataclass(eq=False)
class Device:
    """One device in the testbed."""

    syspath: str
    """`/sys/devices/...`"""
    subsystem: str
    name: str
    properties: dict[str, str]
    """udev's properties as programs see them."""
    node: str = ""
    """Path below /dev, empty without one."""
    parent: Device | None = None
    children: list[Device] = field(default_factory=list)
    file: Node | None = None
    links: tuple[str, ...] = ()
    plugged: bool = True


class Testbed:
    """See the module. A context manager; `close` removes all of it."""

    __test__ = False  # no test class, whatever pytest thinks of the name

    def __init__(self) -> None:
        if reason := missing_library():
            raise FileNotFoundError(reason)
        # Short, since a Unix socket's path (ioctl/ and the node's) ends at 107 bytes.
        self.root = Path(tempfile.mkdtemp(prefix="kd-", dir="/tmp"))
        self.root.chmod(0o755)
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True)
        self._lock = threading.RLock()
        self._uevents = UeventBroadcast(self.root)
        self._sequence = 0
        self._trash = 0
        self._devices: dict[str, Device] = {}
        self._ioctls = IoctlServer(self.root / "ioctl")
        self._usb_addresses: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def environment(self) -> dict[str, str]:
        """Return the variables with which a program sees the testbed; add them to its environment."""
        return {"LD_PRELOAD": PRELOAD, "UMOCKDEV_DIR": str(self.root)}

    def close(self) -> None:
        """Remove everything. End the programs under test first."""
        with self._lock:
            for device in [each for each in self._devices.values() if each.parent is None]:
                self.unplug(device)
            self._ioctls.close()
            self._uevents.close()
            shutil.rmtree(self.root, ignore_errors=True)

    @property
    def devices(self) -> list[Device]:
        """All that are plugged in."""
        with self._lock:
            return list(self._devices.values())

    def plug(
        self,
        subsystem: str,
        name: str,
        *,
        parent: Device | None = None,
        below: str = "",
        attributes: Mapping[str, str | bytes] | None = None,
        properties: Mapping[str, str] | None = None,
        node: str = "",
        file: Node | None = None,
        numbers: tuple[int, int] | None = None,
        links: tuple[str, ...] = (),
    ) -> Device:
        """Add a device and send `add`.

        `node` is its path below /dev, `file` what programs open there, `numbers` major and minor (made up
        when None), `links` further names below /dev (they become DEVLINKS), `below` folders without a device
        between the parent and this one. Raises FileExistsError.
        """
        with self._lock:
            syspath = "/".join(filter(None, (parent.syspath if parent else "/sys/devices", below, name)))
            if syspath in self._devices:
                raise FileExistsError(f"a device is there already: {syspath}")
            all_properties = dict(properties or {})
            all_attributes = dict(attributes or {})
            if node:
                major, minor = numbers or self._free_numbers(240)
                all_attributes.setdefault("dev", f"{major}:{minor}\n")
                kernel = {"MAJOR": str(major), "MINOR": str(minor), "DEVNAME": node.removeprefix("/dev/")}
                all_properties = {**kernel, **all_properties}
                if links:
                    all_properties["DEVLINKS"] = " ".join(links)
            device = Device(
                syspath,
                subsystem,
                name,
                all_properties,
                node,
                parent,
                file=file,
                links=links,
            )
            if node:
                self._make_node(device)
            self._write_sysfs(device, all_attributes)
            self._devices[syspath] = device
            if device.parent:
                device.parent.children.append(device)
            self.uevent(device, "add")
            return device

    def change(
        self,
        device: Device,
        *,
        attributes: Mapping[str, str | bytes] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        """Change attributes and properties and send `change`."""
        with self._lock:
            for name, value in (attributes or {}).items():
                self.set_attribute(device, name, value)
            device.properties.update(properties or {})
            self.set_attribute(device, "uevent", _uevent_text(device))
            self.uevent(device, "change")

    def set_attribute(self, device: Device, name: str, value: str | bytes) -> None:
        """Write an attribute without an event."""
        path = self._real(device.syspath) / name
        path.write_bytes(value.encode() if isinstance(value, str) else value)

    def uevent(self, device: Device, action: str) -> None:
        """Send one event about a device: `add`, `remove`, `change`, `bind` ..."""
        with self._lock:
            self._sequence += 1
            properties = {
                "ACTION": action,
                "DEVPATH": device.syspath.removeprefix("/sys"),
                "SUBSYSTEM": device.subsystem,
                "SEQNUM": str(self._sequence),
                **device.properties,
            }
            if device.node:
                properties["DEVNAME"] = device.node
        self._uevents.send(properties)

    def unplug(self, device: Device) -> None:
        """Remove a device and all below it, as the kernel does: first gone, then `remove`, leaves first."""
        with self._lock:
            if not device.plugged:
                return
            for child in list(device.children):
                self.unplug(child)
            device.plugged = False
            for link in device.links:
                self._real(link).unlink(missing_ok=True)
            if device.node:
                self._real(device.node).unlink(missing_ok=True)
                number = f"{device.properties['MAJOR']}:{device.properties['MINOR']}"
                self._node_record(device).unlink(missing_ok=True)
                (self.root / "sys/dev/char" / number).unlink(missing_ok=True)
            self._sysfs_link(device).unlink(missing_ok=True)
            self._trash += 1
            trash = self.root / f"gone{self._trash}"
            self._real(device.syspath).rename(trash)
            if device.file:
                device.file.unplug()
            del self._devices[device.syspath]
            if device.parent:
                device.parent.children.remove(device)
            self.uevent(device, "remove")
        shutil.rmtree(trash)

    @contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """Keep other threads from plugging between asking for a free name and taking it, as the kernel."""
        with self._lock:
            yield

    def free_name(self, prefix: str) -> str:
        """Return the first free kernel name: `ttyUSB0`, `hidraw1`; take it in the same `one_at_a_time`."""
        with self._lock:
            taken = {device.name for device in self._devices.values()}
            return next(name for number in range(10_000) if (name := f"{prefix}{number}") not in taken)

    def next_usb_address(self, bus: int) -> int:
        """Return an address on a USB bus, never that of the device before: a replugged one has a new node."""
        with self._lock:
            taken = {device.node for device in self._devices.values()}
            while True:
                address = self._usb_addresses[bus] = self._usb_addresses.get(bus, 1) % 127 + 1
                if address > 1 and f"/dev/bus/usb/{bus:03}/{address:03}" not in taken:
                    return address

    def _real(self, path: str) -> Path:
        return self.root / path.removeprefix("/")

    def _free_numbers(self, major: int) -> tuple[int, int]:
        taken = {device.properties.get("MINOR") for device in self._devices.values()}
        return major, next(minor for minor in range(1_048_576) if str(minor) not in taken)

    def _node_record(self, device: Device) -> Path:
        return self.root / "dev/.node" / device.node.removeprefix("/dev/").replace("/", "_")

    def _sysfs_link(self, device: Device) -> Path:
        if device.subsystem in BUSES:
            return self.root / "sys/bus" / device.subsystem / "devices" / device.name
        return self.root / "sys/class" / device.subsystem / device.name

    def _make_node(self, device: Device) -> None:
        if device.file and device.file.handler:
            for name in (device.node, *device.links):
                self._ioctls.answer(name, device.file.handler)
        self._node_record(device).symlink_to(f"{device.properties['MAJOR']}:{device.properties['MINOR']}")
        real = self._real(device.node)
        for path in (real, *map(self._real, device.links)):
            path.parent.mkdir(parents=True, exist_ok=True)
        if device.file:
            device.file.make(real)
        else:
            real.touch()
        for link in device.links:
            self._real(link).symlink_to(real)

    def _write_sysfs(self, device: Device, attributes: Mapping[str, str | bytes]) -> None:
        folder = self._real(device.syspath)
        staged = self.root / "staged"
        staged.mkdir()
        for name, value in {**attributes, "uevent": _uevent_text(device)}.items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).write_bytes(value.encode() if isinstance(value, str) else value)
        up = "../" * (device.syspath.count("/") - 1)
        kind = "bus" if device.subsystem in BUSES else "class"
        (staged / "subsystem").symlink_to(f"{up}{kind}/{device.subsystem}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(folder)
        target = device.syspath.removeprefix("/sys/")
        if device.node:
            number = f"{device.properties['MAJOR']}:{device.properties['MINOR']}"
            (self.root / "sys/dev/char" / number).symlink_to(f"../../{target}")
        link = self._sysfs_link(device)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to("../" * len(link.parent.relative_to(self.root / "sys").parts) + target)


def _uevent_text(device: Device) -> str:
    return "".join(f"{name}={value}\n" for name, value in device.properties.items())
