"""Devices live at the console: what changed, gathered for a moment and sent to all pages that look."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from exam_appliance.devices.devices import Devices
from exam_appliance.devices.live import Change
from exam_appliance.exam.hall import Hall
from exam_appliance.journal.journal import Journal, Written
from exam_appliance.web.console.devices.models import DeviceEventView, DevicesChange, DevicesView
from exam_appliance.web.console.devices.views import (
    KINDS,
    device_view,
    device_views,
    event_view,
    line_view,
    power_view,
    station_kind_views,
    station_views,
)
from exam_appliance.web.terminals.console_models import MissedTerminal

GATHER_S = 0.05
"""Changes are gathered for this long, seconds: a hub plugged in is one change."""
PING_S = 10
SLOWEST_S = 5
"""Something is sent at least this often, seconds: a page that hears nothing would have to ask."""
EVENTS_KEPT = 20
"""Newest events kept of each device, for the technician who opens it."""
_BINDING_KINDS = ("station.changed", "device.bound", "device.unbound")


class DevicesFeed:
    """Follows the devices for all consoles; builds changes only while somebody looks."""

    def __init__(
        self,
        devices: Devices,
        hall: Hall,
        journal: Journal,
        missed: Callable[[], tuple[MissedTerminal, ...]],
        *,
        dock: bool,
    ) -> None:
        self._devices = devices
        self._missed = missed
        self._hall = hall
        self._dock = dock
        self._run = secrets.token_hex(8)
        self._seq = 0
        self._changed_at: dict[str, int] = {}
        """Device -> number of the change in which it changed last."""
        self._stations_at = 0
        self._events: dict[str, deque[tuple[int, DeviceEventView]]] = {}
        self._pages: set[asyncio.Event] = set()
        self._closed = False
        self._stops = (devices.live.listen(self._changed), hall.listen(self._hall_changed))
        devices.unknown.changed = self._unknown_changed
        journal.follow(self._on_disk)

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        for stop in self._stops:
            stop()
        self._wake()

    def whole(self) -> DevicesView:
        """Return everything as of now."""
        devices = self._devices
        return DevicesView(
            run=self._run,
            seq=self._seq,
            line=line_view(devices),
            dock=self._dock,
            kinds=KINDS,
            devices=device_views(devices),
            stations=station_views(devices),
            station_kinds=station_kind_views(devices),
            power=power_view(devices, self._hall),
            unknown=devices.unknown.keys,
            missed=self._missed(),
        )

    def events_of(self, device: str) -> tuple[DeviceEventView, ...]:
        """Return the newest events of a device, newest first."""
        return tuple(event for _, event in reversed(self._events.get(device, ())))

    async def serve(self, request: web.Request, *, with_events: bool) -> web.StreamResponse:
        """Send everything and then what changes, until the console goes away; technicians get events too."""
        woken = asyncio.Event()
        looking = self._devices.unknown.looking() if with_events else contextlib.nullcontext()
        async with sse_response(request, sep="\n", ping_interval=PING_S) as response:
            with looking:
                await self._send(response, woken, with_events=with_events)
        return response

    async def _send(self, response: EventSourceResponse, woken: asyncio.Event, *, with_events: bool) -> None:
        gone = asyncio.ensure_future(response.wait())
        gone.add_done_callback(lambda _: woken.set())
        self._pages.add(woken)
        try:
            seen = self._seq
            await response.send(self._first().model_dump_json(), id=str(seen), event="devices")
            while response.is_connected() and not self._closed:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SLOWEST_S):
                        await woken.wait()
                if gone.done() or self._closed:
                    break
                await asyncio.sleep(GATHER_S)
                woken.clear()
                change = self._since(seen, with_events=with_events)
                seen = self._seq
                await response.send(change.model_dump_json(), id=str(seen), event="devices")
        except ConnectionError:
            pass
        finally:
            gone.cancel()
            self._pages.discard(woken)

    def _first(self) -> DevicesChange:
        whole = self.whole()
        return DevicesChange(
            run=whole.run,
            seq=whole.seq,
            whole=whole,
            line=whole.line,
            power=whole.power,
            unknown=whole.unknown,
            missed=whole.missed,
            devices=(),
            gone=(),
            stations=None,
            station_kinds=None,
            events=(),
        )

    def _since(self, seen: int, *, with_events: bool) -> DevicesChange:
        devices = self._devices
        changed = {one: device_view(devices, one) for one, at in self._changed_at.items() if at > seen}
        stations = self._stations_at > seen
        events = (
            [entry for kept in self._events.values() for entry in kept if entry[0] > seen]
            if with_events
            else []
        )
        return DevicesChange(
            run=self._run,
            seq=self._seq,
            whole=None,
            line=line_view(devices),
            power=power_view(devices, self._hall),
            unknown=devices.unknown.keys,
            missed=self._missed(),
            devices=tuple(view for view in changed.values() if view is not None),
            gone=tuple(one for one, view in changed.items() if view is None),
            stations=station_views(devices) if stations else None,
            station_kinds=station_kind_views(devices) if stations else None,
            events=tuple(event for _, event in sorted(events, key=lambda entry: entry[0])),
        )

    def _changed(self, change: Change) -> None:
        self._seq += 1
        for device in (*change.devices, *change.gone):
            self._changed_at[device] = self._seq
        if change.devices or change.gone or change.line:
            # Who is there, and who could take over, stands with the roles.
            self._stations_at = self._seq
        if change.event is not None:
            kept = self._events.setdefault(change.event.device, deque(maxlen=EVENTS_KEPT))
            kept.append((self._seq, event_view(change.event)))
        self._wake()

    def _unknown_changed(self) -> None:
        self._seq += 1
        self._wake()

    def _hall_changed(self, tickets: set[str], sessions: set[str]) -> None:
        if sessions and self._devices.power.counting():
            self._seq += 1
            self._wake()

    def _on_disk(self, written: list[Written]) -> None:
        touched: dict[str, Any] = {
            entry.body.get("device", ""): entry for entry in written if entry.kind in _BINDING_KINDS
        }
        if touched:
            self._seq += 1
            self._stations_at = self._seq
            for device in touched:
                if device:
                    self._changed_at[device] = self._seq
            self._wake()

    def look_again(self) -> None:
        """Send what is missed now to all pages."""
        self._seq += 1
        self._wake()

    def _wake(self) -> None:
        for woken in self._pages:
            woken.set()
