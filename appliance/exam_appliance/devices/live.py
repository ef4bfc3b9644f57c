"""What the device daemon shows, followed for as long as the server runs and kept in memory."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import ValidationError

from central_sync.protocol.http.problems import Problem
from exam_appliance.devices.daemon_line import DaemonAway, DaemonLine, Message, TooLate
from firmware_adapters.adapter import DeviceState
from firmware_adapters.interface import Device, DeviceEvent

log = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 2.0
"""Between two attempts to reach the daemon, seconds."""
STARTING_S = 8.0
"""The daemon may take this long to come up before it counts as away, seconds."""

LineState = Literal["off", "starting", "live", "away"]
"""off: the site has no device daemon configured."""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in the view: ids of devices that are new or different, or gone; events; the line."""

    devices: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    event: DeviceEvent | None = None
    line: bool = False


Listener = Callable[[Change], None]


class LiveDevices:
    """Follows the daemon's stream. All methods belong to the event loop's thread."""

    def __init__(self, line: DaemonLine | None) -> None:
        self._line = line
        self.devices: dict[str, Device] = {}
        """As last told, by id; stays while the daemon is away."""
        self.line: LineState = "off" if line is None else "starting"
        self.since = datetime.now(UTC)
        """Since when the line is in its state."""
        self._seq: int | None = None
        self._listeners: list[Listener] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to follow."""
        if self._line is not None:
            self._task = asyncio.create_task(self._follow(self._line))

    async def stop(self) -> None:
        """End following."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Register a listener and return the function that takes it off again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def there(self, device: str) -> bool:
        """Tell whether a device is plugged in."""
        found = self.devices.get(device)
        return found is not None and is_there(found)

    def touch(self, device: str) -> None:
        """Tell the listeners that something besides the daemon's word changed about a device."""
        self._tell(Change((device,)))

    async def _follow(self, line: DaemonLine) -> None:
        wait_s = FIRST_WAIT_S
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            try:
                after = self._take_all(await line.get("/devices"))
                wait_s = FIRST_WAIT_S
                self._tell_line("live")
                async for message in line.messages(after):
                    self._take(message)
            except TooLate:
                # Messages were missed while the line was down; the listing that follows makes up for them.
                continue
            except DaemonAway:
                if self.line == "live" or loop.time() - began > STARTING_S:
                    self._tell_line("away")
            except (Problem, KeyError, TypeError, ValueError):
                log.exception("设备服务的应答无法理解 / the device daemon's answer is not understood")
                self._tell_line("away")
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def _take_all(self, listing: Any) -> int:
        """Take a whole listing; return after which message to follow."""
        seq = int(listing["seq"])
        read = [device for told in listing["devices"] if (device := _device(told)) is not None]
        devices = {device.id: device for device in read}
        changed = tuple(one for one, device in devices.items() if self.devices.get(one) != device)
        gone = tuple(one for one in self.devices if one not in devices)
        self.devices = devices
        # A lower number than before: another daemon, whose messages are all new to us from here on.
        after = seq if self._seq is None or seq < self._seq else self._seq
        self._seq = seq
        if changed or gone:
            self._tell(Change(changed, gone))
        return after

    def _take(self, message: Message) -> None:
        # Messages up to the listing come again for their events; the listing already holds the states.
        known = self._seq is not None and message.seq <= self._seq
        if not known:
            self._seq = message.seq
        if message.name == "event":
            event = _event(message.data)
            if event is not None:
                self._tell(Change(event=event))
        elif message.name == "device" and not known:
            device = _device(message.data)
            if device is not None and self.devices.get(device.id) != device:
                self.devices[device.id] = device
                self._tell(Change((device.id,)))
        elif message.name == "gone" and not known:
            gone = str(message.data["id"])
            if self.devices.pop(gone, None) is not None:
                self._tell(Change(gone=(gone,)))

    def _tell_line(self, state: LineState) -> None:
        if self.line != state:
            self.line, self.since = state, datetime.now(UTC)
            if state == "away":
                log.warning("设备服务失去联系，正在重连 / the device daemon is away and is tried again")
            self._tell(Change(line=True))

    def _tell(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            listener(change)


def is_there(device: Device) -> bool:
    """Tell whether a device is plugged in; the daemon remembers those that are not."""
    return device.state is not DeviceState.ABSENT


def _device(told: object) -> Device | None:
    """Return a device as told; one that cannot be read must not hide the others."""
    try:
        return Device.model_validate(told)
    except ValidationError as error:
        log.error("设备信息无法理解 / a device cannot be read: %s", error.errors(include_input=False))
        return None


def _event(told: object) -> DeviceEvent | None:
    try:
        return DeviceEvent.model_validate(told)
    except ValidationError as error:
        log.error("设备事件无法理解 / an event cannot be read: %s", error.errors(include_input=False))
        return None
