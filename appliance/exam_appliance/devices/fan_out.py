"""Events of devices, handed to whoever works with the role that the device has."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections import deque
from datetime import UTC, datetime
from typing import Self

from exam_appliance.devices.bindings import Bindings
from exam_appliance.devices.live import Change, LiveDevices
from firmware_adapters.interface import DeviceEvent

log = logging.getLogger(__name__)

HELD = 200
"""Events that wait for one subscriber before the oldest is dropped."""
STALE_S = 15.0
"""An event that comes later than this after it happened is not handed on: who stood there has left."""


class Subscription:
    """What happens at the devices of a role, from the subscription's making until `close`."""

    def __init__(self, role: str) -> None:
        self.role = role
        self._waiting: deque[DeviceEvent] = deque()
        self._woken = asyncio.Event()
        self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> DeviceEvent:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._woken.clear()
            await self._woken.wait()
        return self._waiting.popleft()

    def put(self, event: DeviceEvent) -> None:
        """Take an event; a subscriber that does not keep up loses its oldest."""
        if len(self._waiting) == HELD:
            lost = self._waiting.popleft()
            log.warning("设备事件积压，丢弃最早一条 / a slow subscriber lost an event: %s", lost.name)
        self._waiting.append(event)
        self._woken.set()

    def close(self) -> None:
        """End the subscription once what waits has been taken."""
        self._closed = True
        self._woken.set()


class FanOut:
    """Hands events to the subscribers of roles; bindings that change are followed at once."""

    def __init__(self, live: LiveDevices, bindings: Bindings) -> None:
        self._bindings = bindings
        self._subscriptions: weakref.WeakSet[Subscription] = weakref.WeakSet()
        self._stop = live.listen(self._changed)

    def close(self) -> None:
        """End all subscriptions."""
        self._stop()
        for subscription in tuple(self._subscriptions):
            subscription.close()

    def events(self, role: str) -> Subscription:
        """Return a subscription of a role: `async for event in ...events("gate-1.reader")`."""
        subscription = Subscription(role)
        self._subscriptions.add(subscription)
        return subscription

    def _changed(self, change: Change) -> None:
        event = change.event
        if event is None:
            return
        if (datetime.now(UTC) - event.at).total_seconds() > STALE_S:
            log.info("设备事件过迟，未转交 / a device's event came too late: %s %s", event.device, event.name)
            return
        roles = {bound.role for bound in self._bindings.of_device(event.device)}
        for subscription in tuple(self._subscriptions):
            if subscription.role in roles:
                subscription.put(event)
