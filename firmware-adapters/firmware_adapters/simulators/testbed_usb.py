"""A simulated USB device behind its usbfs node: real libusb (and pyusb) claims it and moves data over it.

What the kernel's usbfs does stands here; what the device does is a `UsbSide`. A device that holds an endpoint
(`hold`) answers NAK, so transfers wait; one that stalls it refuses them with EPIPE until the halt is cleared.
Limits: poll(2) never shows POLLERR on a FIFO, so a program learns of unplugging from its transfers, which
end with ESHUTDOWN, and from udev; no isochronous transfers, no alternate settings.
"""

from __future__ import annotations

import ctypes
import errno
import struct
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple

from firmware_adapters.simulators.testbed import Device, Testbed
from firmware_adapters.simulators.testbed_ioctl import Caller, IoctlArg
from firmware_adapters.simulators.testbed_nodes import QueueNode, fail
from firmware_adapters.simulators.testbed_tree import UsbFacts, plug_usb
from firmware_adapters.simulators.testbed_usb_descriptors import (
    CONFIGURATION,
    DEVICE,
    STRING,
    UsbInterface,
    configuration_descriptor,
    device_descriptor,
    string_descriptor,
)

CAPABILITIES: Final = 0x01 | 0x04 | 0x10
"""Zero packets, no limit of size, finished transfers can be fetched after unplugging."""
CONTROL_URB, IN, WAIT_S = 2, 0x80, 0.02
_IOCTL_INTERFACE = struct.Struct("@iiP")
_TRANSFER = struct.Struct("@IIIP")
_CONTROL = struct.Struct("@BBHHHIP")


class Setup(NamedTuple):
    """The eight bytes that begin a control transfer."""

    request_type: int
    request: int
    value: int
    place: int
    """wIndex: an interface or endpoint, or a language."""
    length: int


class UsbSide:
    """The device behind the node. Override what it knows; called in threads of the callers, without locks."""

    def received(self, endpoint: int, data: bytes) -> None:
        """Take what was sent to an OUT endpoint."""

    def control(self, setup: Setup, data: bytes) -> bytes | None:
        """Answer a class's or vendor's request; b"" accepts one without data, None refuses it."""
        return None


class _Urb(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_ubyte),
        ("endpoint", ctypes.c_ubyte),
        ("status", ctypes.c_int),
        ("flags", ctypes.c_uint),
        ("buffer", ctypes.c_void_p),
        ("buffer_length", ctypes.c_int),
        ("actual_length", ctypes.c_int),
        ("start_frame", ctypes.c_int),
        ("stream_id", ctypes.c_uint),
        ("error_count", ctypes.c_int),
        ("signr", ctypes.c_uint),
        ("usercontext", ctypes.c_void_p),
    )


@dataclass(eq=False, slots=True)
class _Transfer:
    caller: Caller
    endpoint: int
    length: int
    out: bytes = b""
    urb: int = 0
    """Address of the caller's URB; 0 for a call that waits for its end."""
    buffer: int = 0
    got: bytearray = field(default_factory=bytearray)
    moved: int = 0
    status: int | None = None
    """None while it is under way."""


class UsbNode(QueueNode):
    """The usbfs node of one plugged-in device. `sent` counts transfers that an OUT endpoint has taken."""

    def __init__(self, facts: UsbFacts, interfaces: Sequence[UsbInterface], side: UsbSide) -> None:
        super().__init__()
        self.side = side
        self.claimed: dict[int, Caller] = {}
        """Interface -> who has claimed it."""
        self.kernel_drivers: dict[int, str] = {}
        """Interface -> kernel driver that has it, `usblp`; detached by libusb's call."""
        self._facts = facts
        self._configuration = configuration_descriptor(interfaces)
        self._packets = {each.address: each.packet for one in interfaces for each in one.endpoints}
        self._interfaces = len(interfaces)
        self._waiting: dict[int, deque[_Transfer]] = {address: deque() for address in self._packets}
        self._packets_in: dict[int, deque[bytes]] = {address: deque() for address in self._packets}
        self._done: dict[Caller, deque[_Transfer]] = {}
        self._held: set[int] = set()
        self._stalled: set[int] = set()
        self._settled = threading.Condition(self.lock)

    @property
    def descriptors(self) -> bytes:
        """What stands in the attribute `descriptors`."""
        return device_descriptor(self._facts) + self._configuration

    def make(self, path: Path) -> None:
        """See Node."""
        super().make(path)
        self._signal()

    def send(self, endpoint: int, data: bytes, *, zero_packet: bool = False) -> None:
        """Offer data on an IN endpoint, in packets. A transfer ends with a packet that is not full: after
        data whose length is a multiple of the packet's, `zero_packet` adds an empty one."""
        size = self._packets[endpoint]
        packets = [data[start : start + size] for start in range(0, len(data), size)]
        if zero_packet and len(data) % size == 0:
            packets.append(b"")
        with self.lock:
            self._packets_in[endpoint].extend(packets)
            self._move_in(endpoint)

    def forget(self, endpoint: int) -> None:
        """Drop what was offered on an IN endpoint and not fetched."""
        with self.lock:
            self._packets_in[endpoint].clear()

    def hold(self, endpoint: int, on: bool = True) -> None:
        """Answer NAK on an endpoint, or go on with what has been waiting."""
        with self.lock:
            (self._held.add if on else self._held.discard)(endpoint)
        if not on:
            self._move(endpoint)

    def stall(self, endpoint: int, on: bool = True) -> None:
        """Halt an endpoint: its transfers fail with EPIPE until the program clears the halt."""
        with self.lock:
            (self._stalled.add if on else self._stalled.discard)(endpoint)
            if on:
                for transfer in list(self._waiting[endpoint]):
                    self._finish(transfer, -errno.EPIPE)

    def unplug(self) -> None:
        """See Node: whatever waits ends with ESHUTDOWN and can still be fetched."""
        with self.lock:
            self.gone = True
            for queue in self._waiting.values():
                for transfer in list(queue):
                    self._finish(transfer, -errno.ESHUTDOWN)
            self._settled.notify_all()
            self._signal()
            if not self.callers:
                self._close_fifo()

    def opened(self, caller: Caller) -> None:
        """See IoctlHandler."""
        with self.lock:
            self.callers.add(caller)
            self._done[caller] = deque()
            self._signal()

    def closed(self, caller: Caller) -> None:
        """See IoctlHandler: transfers of the caller end, what it claimed is free."""
        with self.lock:
            for queue in self._waiting.values():
                for transfer in [each for each in queue if each.caller is caller]:
                    queue.remove(transfer)
            self._done.pop(caller, None)
            self.claimed = {number: owner for number, owner in self.claimed.items() if owner is not caller}
            self._signal()
        super().closed(caller)

    def read(self, caller: Caller, address: int, length: int) -> int | None:
        """Give the descriptors, as read(2) on usbfs does from its beginning."""
        if self.gone:
            raise fail(errno.ENODEV)
        data = self.descriptors[:length]
        caller.write_memory(address, data)
        return len(data)

    def handle(self, request: int, arg: IoctlArg) -> int | None:
        """Answer a call of usbdevice_fs.h; what is not of its type goes to the file."""
        if request >> 8 & 0xFF != ord("U"):
            return None
        number = request & 0xFF
        if number in (12, 13):
            return self._reap(arg, wait=number == 12)
        if self.gone:
            raise fail(errno.ENODEV)
        match number:
            case 0:
                return self._control_now(arg)
            case 2:
                return self._bulk_now(arg)
            case 3 | 21:  # RESETEP, CLEAR_HALT
                self.stall(self._endpoint(_number(arg)), on=False)
            case 4 | 5 | 20:  # SETINTERFACE, SETCONFIGURATION, RESET
                pass
            case 8:
                return self._get_driver(arg)
            case 10:
                return self._submit(arg)
            case 11:
                return self._discard(arg)
            case 15:
                self._claim(arg.caller, _number(arg))
            case 16:
                self._release(arg.caller, _number(arg))
            case 17:  # CONNECTINFO: address, not slow
                arg.write(struct.pack("@IB3x", 0, 0))
            case 18:
                return self._driver_call(*_IOCTL_INTERFACE.unpack(arg.read(_IOCTL_INTERFACE.size)))
            case 26:
                arg.write(CAPABILITIES.to_bytes(4, "little"))
            case 27:  # DISCONNECT_CLAIM
                interface = _number(arg)
                self.kernel_drivers.pop(interface, None)
                self._claim(arg.caller, interface)
            case _:
                raise fail(errno.ENOTTY)
        return 0

    def _endpoint(self, address: int) -> int:
        if address not in self._packets:
            raise fail(errno.ENOENT)
        return address

    def _claim(self, caller: Caller, interface: int) -> None:
        with self.lock:
            if interface >= self._interfaces:
                raise fail(errno.ENOENT)
            if interface in self.kernel_drivers or self.claimed.get(interface, caller) is not caller:
                raise fail(errno.EBUSY)
            self.claimed[interface] = caller

    def _release(self, caller: Caller, interface: int) -> None:
        with self.lock:
            if self.claimed.get(interface) is not caller:
                raise fail(errno.EINVAL)
            del self.claimed[interface]

    def _get_driver(self, arg: IoctlArg) -> int:
        interface = _number(arg)
        driver = "usbfs" if interface in self.claimed else self.kernel_drivers.get(interface)
        if driver is None:
            raise fail(errno.ENODATA)
        arg.write(driver.encode() + b"\0", 4)
        return 0

    def _driver_call(self, interface: int, code: int, _data: int) -> int:
        if code & 0xFF == 22:
            if self.kernel_drivers.pop(interface, None) is None:
                raise fail(errno.ENODATA)
            return 0
        if code & 0xFF == 23:
            return 1
        raise fail(errno.ENOTTY)

    def _submit(self, arg: IoctlArg) -> int:
        urb = _Urb.from_buffer_copy(arg.read(ctypes.sizeof(_Urb)))
        length, buffer = max(0, urb.buffer_length), urb.buffer or 0
        if urb.type == CONTROL_URB:
            setup = Setup(*struct.unpack("<BBHHH", arg.caller.read_memory(buffer, 8)))
            transfer = _Transfer(arg.caller, 0, setup.length, urb=arg.value, buffer=buffer + 8)
            out = b"" if setup.request_type & IN else arg.caller.read_memory(buffer + 8, length - 8)
            self._run_control(transfer, setup, out)
            return 0
        endpoint = self._endpoint(urb.endpoint)
        out = b"" if endpoint & IN else arg.caller.read_memory(buffer, length)
        self._begin(_Transfer(arg.caller, endpoint, length, out, arg.value, buffer))
        return 0

    def _begin(self, transfer: _Transfer) -> None:
        with self.lock:
            if self.gone:
                raise fail(errno.ENODEV)
            self._waiting[transfer.endpoint].append(transfer)
            if transfer.endpoint in self._stalled:
                self._finish(transfer, -errno.EPIPE)
        self._move(transfer.endpoint)

    def _discard(self, arg: IoctlArg) -> int:
        with self.lock:
            for queue in self._waiting.values():
                for transfer in list(queue):
                    if transfer.caller is arg.caller and transfer.urb == arg.value:
                        self._finish(transfer, -errno.ENOENT)
                        return 0
        raise fail(errno.EINVAL)

    def _reap(self, arg: IoctlArg, *, wait: bool) -> int:
        with self.lock:
            done = self._done[arg.caller]
            while wait and not done and not self.gone:
                self._settled.wait(WAIT_S)
            if not done:
                raise fail(errno.ENODEV if self.gone else errno.EAGAIN)
            transfer = done.popleft()
            self._signal()
        arg.caller.write_memory(transfer.buffer, bytes(transfer.got))
        arg.caller.write_memory(transfer.urb + _Urb.status.offset, struct.pack("@i", transfer.status))
        arg.caller.write_memory(transfer.urb + _Urb.actual_length.offset, struct.pack("@i", transfer.moved))
        arg.write(struct.pack("@P", transfer.urb))
        return 0

    def _control_now(self, arg: IoctlArg) -> int:
        *parts, _timeout_ms, buffer = _CONTROL.unpack(arg.read(_CONTROL.size))
        setup = Setup(*parts)
        transfer = _Transfer(arg.caller, 0, setup.length)
        out = b"" if setup.request_type & IN else arg.caller.read_memory(buffer or 0, setup.length)
        self._run_control(transfer, setup, out)
        return self._ended(transfer, buffer)

    def _bulk_now(self, arg: IoctlArg) -> int:
        endpoint, length, timeout_ms, buffer = _TRANSFER.unpack(arg.read(_TRANSFER.size))
        out = b"" if endpoint & IN else arg.caller.read_memory(buffer or 0, length)
        transfer = _Transfer(arg.caller, self._endpoint(endpoint), length, out)
        self._begin(transfer)
        with self.lock:
            self._settled.wait_for(lambda: transfer.status is not None, timeout_ms / 1000 or None)
            if transfer.status is None:
                self._finish(transfer, -errno.ETIMEDOUT)
        return self._ended(transfer, buffer)

    def _ended(self, transfer: _Transfer, buffer: int | None) -> int:
        if transfer.status:
            raise fail(-transfer.status)
        transfer.caller.write_memory(buffer or 0, bytes(transfer.got))
        return transfer.moved

    def _run_control(self, transfer: _Transfer, setup: Setup, out: bytes) -> None:
        reply = self._standard(setup) if setup.request_type & 0x60 == 0 else self.side.control(setup, out)
        with self.lock:
            if reply is None:
                self._finish(transfer, -errno.EPIPE)
            elif setup.request_type & IN:
                transfer.got += reply[: setup.length]
                transfer.moved = len(transfer.got)
                self._finish(transfer, 0)
            else:
                transfer.moved = len(out)
                self._finish(transfer, 0)

    def _standard(self, setup: Setup) -> bytes | None:
        """Answer a request of USB 2.0, chapter 9.4."""
        match setup.request:
            case 0:  # GET_STATUS: bus powered
                return b"\0\0"
            case 1 | 3 | 5 | 9 | 11:  # features, address, configuration, interface
                return b""
            case 6:
                return self._descriptor(*divmod(setup.value, 256))
            case 8:
                return b"\1"
            case 10:
                return b"\0"
        return None

    def _descriptor(self, kind: int, number: int) -> bytes | None:
        if kind == DEVICE:
            return device_descriptor(self._facts)
        if kind == CONFIGURATION:
            return self._configuration
        return string_descriptor(self._facts, number) if kind == STRING else None

    def _move(self, endpoint: int) -> None:
        if endpoint & IN:
            with self.lock:
                self._move_in(endpoint)
            return
        while True:
            with self.lock:
                if endpoint in self._held or not self._waiting[endpoint]:
                    return
                transfer = self._waiting[endpoint][0]
                transfer.moved = len(transfer.out)
                self._finish(transfer, 0)
            # Without the lock: the device may answer at once, from this thread or another.
            self.side.received(endpoint, transfer.out)

    def _move_in(self, endpoint: int) -> None:
        waiting, packets = self._waiting[endpoint], self._packets_in[endpoint]
        while waiting and packets and endpoint not in self._held:
            transfer, packet = waiting[0], packets.popleft()
            if len(packet) > transfer.length - len(transfer.got):
                self._finish(transfer, -errno.EOVERFLOW)
                continue
            transfer.got += packet
            transfer.moved = len(transfer.got)
            if len(packet) < self._packets[endpoint] or transfer.moved == transfer.length:
                self._finish(transfer, 0)

    def _finish(self, transfer: _Transfer, status: int) -> None:
        if transfer.endpoint in self._waiting and transfer in self._waiting[transfer.endpoint]:
            self._waiting[transfer.endpoint].remove(transfer)
        transfer.status = status
        if transfer.urb and transfer.caller in self._done:
            self._done[transfer.caller].append(transfer)
        self._settled.notify_all()
        self._signal()

    def _signal(self) -> None:
        """Writable to poll means that a finished transfer can be fetched."""
        self.flag(not any(self._done.values()))


def plug_usb_device(
    testbed: Testbed, facts: UsbFacts, interfaces: Sequence[UsbInterface], side: UsbSide
) -> tuple[Device, UsbNode]:
    """Plug in a USB device that programs speak to through usbfs. `facts.interfaces` is replaced."""
    complete = replace(facts, interfaces=tuple(each.code for each in interfaces))
    node = UsbNode(complete, interfaces, side)
    attributes = {**complete.attributes, "descriptors": node.descriptors}
    return plug_usb(testbed, replace(complete, attributes=attributes), file=node), node


def _number(arg: IoctlArg) -> int:
    return int.from_bytes(arg.read(4), "little")
