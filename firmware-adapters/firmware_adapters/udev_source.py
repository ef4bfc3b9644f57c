"""What Linux shows: USB devices and the nodes below them, from udev; told of hot plug over netlink."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, cast

import pyudev

from firmware_adapters.adapter import Options
from firmware_adapters.sighting import Sighting
from firmware_adapters.source import Source

SUBSYSTEMS = ("usb", "tty", "hidraw", "input", "video4linux")
ATTRIBUTES = {"video4linux": ("index", "name"), "hidraw": (), "input": (), "tty": (), "usb": ()}
"""Attributes that count as properties; reading others may wait for a device that resets itself."""
ARRIVALS_KEPT = 4000
"""Paths whose removal is remembered; many, as those of HID nodes, never come again."""
UDEVD = Path("/run/udev/control")
_NO_DEVICES = re.compile(r"/devices/(virtual/|platform/serial8250/)")
"""Consoles, and serial ports that the kernel lists without hardware."""
_ESCAPED = re.compile(r"\\x([0-9a-fA-F]{2})")


class UdevOptions(Options):
    """Options of the source."""

    initialized_only: bool | None = None
    """Pass over what udevd has not finished yet; None: where udevd runs."""


class UdevSource(Source):
    """Lists on a thread of its own, since reading /sys may wait for a device."""

    name: ClassVar[str] = "udev"
    options_model: ClassVar[type[Options]] = UdevOptions

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        given = cast("UdevOptions", options).initialized_only
        self._initialized_only = UDEVD.exists() if given is None else given
        self._thread: ThreadPoolExecutor | None = None
        self._context: Any = None
        self._monitor: Any = None
        self._changed = asyncio.Event()
        self._arrivals: dict[str, int] = {}
        """Path below /sys -> how often it was removed."""

    async def list(self) -> Sequence[Sighting]:
        """See Source."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="udev")
            self._context = pyudev.Context()
            self._monitor = pyudev.Monitor.from_netlink(self._context)
            for subsystem in SUBSYSTEMS:
                self._monitor.filter_by(subsystem)
            # Before enumerating: what comes in between is heard of.
            self._monitor.start()
            asyncio.get_running_loop().add_reader(self._monitor.fileno(), self._hear)
        self._hear()
        arrivals = dict(self._arrivals)
        seen = await asyncio.get_running_loop().run_in_executor(self._thread, self._enumerate, arrivals)
        return tuple(seen)

    async def changed(self) -> None:
        """See Source."""
        await self._changed.wait()
        self._changed.clear()

    async def close(self) -> None:
        """See Source."""
        if self._monitor is not None:
            asyncio.get_running_loop().remove_reader(self._monitor.fileno())
            self._monitor = None
        if self._thread is not None:
            # Not waited for: it may hang in a device.
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = None
        self._context = None

    def _hear(self) -> None:
        """Take in everything that the monitor has to tell."""
        while True:
            try:
                event = self._monitor.poll(timeout=0)
            except OSError:
                # ENOBUFS: events were lost, and a listing makes up for them.
                self._changed.set()
                return
            if event is None:
                return
            if event.action == "remove":
                path = str(event.device_path)
                self._arrivals[path] = self._arrivals.pop(path, 0) + 1
                if len(self._arrivals) > ARRIVALS_KEPT:
                    self._arrivals.pop(next(iter(self._arrivals)))
            self._changed.set()

    def _enumerate(self, arrivals: Mapping[str, int]) -> Sequence[Sighting]:
        # A context of its own, for this thread: libudev's are not to be shared.
        context = pyudev.Context()
        found = []
        for subsystem in SUBSYSTEMS:
            for device in context.list_devices(subsystem=subsystem):
                with contextlib.suppress(pyudev.DeviceNotFoundError, OSError, KeyError):
                    sighting = _sighting(device, subsystem, arrivals, self._initialized_only)
                    if sighting is not None:
                        found.append(sighting)
        return found


def _sighting(
    device: Any, subsystem: str, arrivals: Mapping[str, int], initialized_only: bool
) -> Sighting | None:
    """Return one device as a sighting; None for what is none of ours. Raises when it goes meanwhile."""
    path = str(device.device_path)
    if _NO_DEVICES.match(path) or (initialized_only and not device.is_initialized):
        return None
    usb = device if subsystem == "usb" else device.find_parent("usb", "usb_device")
    node = str(device.device_node or "")
    if subsystem == "usb":
        if device.properties.get("DEVTYPE") != "usb_device":
            return None
    elif not node or (subsystem == "input" and not os.path.basename(node).startswith("event")):  # noqa: PTH119
        return None
    own = {str(name): str(value) for name, value in device.properties.items()}
    below = {} if usb is None else {str(name): str(value) for name, value in usb.properties.items()}
    properties = {name: value for name, value in below.items() if name.startswith("ID_")} | own
    for name in ATTRIBUTES[subsystem]:
        value = device.attributes.get(name)
        if value is not None:
            properties.setdefault(name, value.decode("utf-8", "replace").strip())
    vendor, product = _usb_id(below)
    return Sighting(
        key=path,
        subsystem=subsystem,
        node=node,
        vendor_id=vendor,
        product_id=product,
        interfaces=tuple(filter(None, below.get("ID_USB_INTERFACES", "").split(":"))),
        serial=below.get("ID_SERIAL_SHORT", own.get("ID_SERIAL_SHORT", "")),
        maker=_told(below or own, "ID_VENDOR"),
        # A camera of the board has no USB names; its driver tells its own.
        model=_told(below or own, "ID_MODEL") or own.get("ID_V4L_PRODUCT", "").strip(),
        port=str(device.sys_name) if usb is None else str(usb.sys_name),
        properties=MappingProxyType(properties),
        arrival=arrivals.get(path, 0),
    )


def _usb_id(properties: Mapping[str, str]) -> tuple[str, str]:
    """Return vendor and product: as udev says, else as the kernel does (`PRODUCT=403/6001/600`)."""
    vendor, product = properties.get("ID_VENDOR_ID", ""), properties.get("ID_MODEL_ID", "")
    if not vendor and "PRODUCT" in properties:
        parts = properties["PRODUCT"].split("/")
        if len(parts) >= 2:
            vendor, product = parts[0].zfill(4), parts[1].zfill(4)
    return vendor.lower(), product.lower()


def _told(properties: Mapping[str, str], name: str) -> str:
    """Return a name as the device wrote it; udev keeps it with `\\x20` for a space under NAME_ENC."""
    escaped = properties.get(f"{name}_ENC")
    if escaped is None:
        return properties.get(name, "").replace("_", " ").strip()
    data = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), escaped)
    with contextlib.suppress(UnicodeError):
        # The escapes are bytes of UTF-8.
        data = codecs.decode(data.encode("latin-1"), "utf-8")
    return data.strip()
