"""A scanner that types: its event node is grabbed, so that no code ends up on the server's console."""

from __future__ import annotations

import asyncio
import contextlib
from typing import ClassVar, Final, cast

from evdev import InputDevice, ecodes

from firmware_adapters.adapter import DeviceFault, DeviceGone, Identity, Options, SelfTestStep
from firmware_adapters.scanner import reasons
from firmware_adapters.scanner.adapter import CodeScanner
from firmware_adapters.scanner.key_decoder import KeyDecoder
from firmware_adapters.scanner.opening import opening_fault, reading_fault
from firmware_adapters.scanner.options import KeyboardOptions
from firmware_adapters.sighting import Sighting

NEEDED_KEYS: Final = frozenset(
    {ecodes.KEY_A, ecodes.KEY_Z, ecodes.KEY_1, ecodes.KEY_0, ecodes.KEY_ENTER, ecodes.KEY_LEFTSHIFT}
)
"""Without these it is no keyboard: a scanner's trigger button or a volume knob has an event node too."""


class KeyboardScanner(CodeScanner):
    """A scanner in keyboard mode (键盘口扫码器), through evdev."""

    options_model: ClassVar[type[Options]] = KeyboardOptions

    def __init__(self, sighting: Sighting, options: Options, quirks: frozenset[str] = frozenset()) -> None:
        super().__init__(sighting, options, quirks)
        self._options = cast("KeyboardOptions", options)
        self._decoder = KeyDecoder(self._options.rules())
        self._device: InputDevice[str] | None = None
        self._reading = False
        self._skipping = False
        """Events are passed over until the kernel's next whole report."""

    async def probe(self) -> Identity:
        """Open and grab it at once: what is typed from now on is ours."""
        device = self._open_device()
        sighting = self.sighting
        return Identity(
            maker=sighting.maker,
            model=sighting.model or device.name,
            serial=sighting.serial or device.uniq,
            firmware=f"{device.info.version:04x}",
            facts={"transport": "keyboard", "input_name": device.name},
        )

    async def open(self) -> None:
        """Begin to read."""
        device = self._open_device()
        self._reading = True
        asyncio.get_running_loop().add_reader(device.fd, self._read)

    async def close(self) -> None:
        """Give the keyboard back to the console."""
        self.forget_silence()
        device, self._device = self._device, None
        if device is None:
            return
        if self._reading:
            asyncio.get_running_loop().remove_reader(device.fd)
            self._reading = False
        with contextlib.suppress(OSError):
            device.ungrab()
        with contextlib.suppress(OSError):
            device.close()

    def tested(self) -> list[SelfTestStep]:
        """See CodeScanner."""
        device = self._device
        name, answers = "", False
        if device is not None:
            with contextlib.suppress(OSError):
                # Asks the device itself: it answers only while it is plugged in.
                device.active_keys()
                name, answers = device.name, True
        return [
            SelfTestStep("answers", "扫码器在线", "The scanner is there", answers, name),
            SelfTestStep(
                "grabbed", "已独占（扫码内容不会进入控制台）", "Held exclusively", self._reading and answers
            ),
        ]

    def _open_device(self) -> InputDevice[str]:
        if self._device is not None:
            return self._device
        try:
            device = InputDevice(self.sighting.node)
        except OSError as trouble:
            raise opening_fault(trouble) from trouble
        except SystemError as trouble:
            # evdev names no error when the device goes between two of its first questions.
            raise DeviceGone(self.sighting.node) from trouble
        try:
            keys = frozenset(device.capabilities().get(ecodes.EV_KEY, ()))
            if not keys >= NEEDED_KEYS:
                raise DeviceFault(reasons.NOT_A_KEYBOARD, f"{device.name}: {len(keys)} keys")
            self._grab(device)
        except BaseException:
            with contextlib.suppress(OSError):
                device.close()
            raise
        self._device = device
        return device

    @staticmethod
    def _grab(device: InputDevice[str]) -> None:
        try:
            device.grab()
        except OSError as trouble:
            fault = opening_fault(trouble)
            if isinstance(fault, DeviceFault) and fault.reason is reasons.PORT_BUSY:
                raise DeviceFault(reasons.GRAB_TAKEN, str(trouble)) from trouble
            raise fault from trouble

    def _read(self) -> None:
        device = self._device
        if device is None:
            return
        try:
            for event in device.read():
                self._take_event(event.type, event.code, event.value)
        except BlockingIOError:
            return
        except OSError as trouble:
            self._stop_reading(device, reading_fault(trouble))
            return
        self.listen_for_silence(
            pending=self._decoder.pending, after_s=self._options.idle_s, then=self._fell_silent
        )

    def _take_event(self, kind: int, code: int, value: int) -> None:
        if kind == ecodes.EV_SYN and code == ecodes.SYN_DROPPED:
            # Documentation/input/event-codes.rst: all up to the next SYN_REPORT is to be ignored.
            self._skipping = True
            self._decoder.lost()
        elif kind == ecodes.EV_SYN and code == ecodes.SYN_REPORT:
            self._skipping = False
        elif kind == ecodes.EV_KEY and not self._skipping:
            self.take(self._decoder.key(code, value))

    def _fell_silent(self) -> None:
        self.take(self._decoder.idle())

    def _stop_reading(self, device: InputDevice[str], how: DeviceFault | DeviceGone) -> None:
        asyncio.get_running_loop().remove_reader(device.fd)
        self._reading = False
        self.forget_silence()
        self.ended(how)
