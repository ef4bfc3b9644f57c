"""The daemon's HTTP interface: parse, ask the manager, answer. Its words are in interface.py."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web
from pydantic import BaseModel

from firmware_adapters.adapter import ActionRefused, Json, Reason
from firmware_adapters.blobs import Blob
from firmware_adapters.board import Follower, TooLateToFollow
from firmware_adapters.dock_interface import Dock, DockRefusal
from firmware_adapters.interface import (
    ActionAnswer,
    DaemonStatus,
    DeviceList,
    DockList,
    History,
    SelfTestList,
    SimulatorSaid,
    UnknownList,
)
from firmware_adapters.manager import DeviceManager, UnknownDevice
from firmware_adapters.plugged import Desk
from firmware_adapters.process.frames import HEADER_LIMIT, FrameWrong
from firmware_adapters.reasons import (
    BAD_PARAMETERS,
    BLOB_GONE,
    BROKEN,
    NO_DOCK,
    NO_SUCH_PATH,
    TOO_LATE,
    UNKNOWN_DEVICE,
)
from firmware_adapters.refusal import Refusal

log = logging.getLogger(__name__)

ALIVE_EVERY_S = 10.0
"""The stream says at least so often that it lives, seconds."""
BODY_LIMIT = HEADER_LIMIT
HISTORY_LIMIT = 2000
_DEVICE = "/v1/devices/{device:[A-Za-z0-9._-]{1,200}}"
_SIMULATOR = "/v1/dock/{simulator:[A-Za-z0-9._-]{1,120}}"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DaemonRoutes:
    """The routes of one daemon."""

    def __init__(
        self, manager: DeviceManager, desk: Desk, dock: Dock | None, version: str, since: datetime
    ) -> None:
        self._manager = manager
        self._desk = desk
        self._dock = dock
        self._version = version
        self._since = since

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(middlewares=[_refusals_as_documents], client_max_size=BODY_LIMIT)
        app.router.add_get("/v1/status", self._status)
        app.router.add_get("/v1/devices", self._devices)
        app.router.add_get("/v1/unknown", self._unknown)
        app.router.add_get("/v1/events", self._events)
        app.router.add_get("/v1/history", self._history)
        app.router.add_get("/v1/blobs/{blob:[0-9a-f]{64}}", self._blob)
        app.router.add_delete(_DEVICE, self._forget)
        app.router.add_post(_DEVICE + "/actions/{action:[a-z0-9_]{1,60}}", self._act)
        app.router.add_post(_DEVICE + "/self-test", self._self_test)
        app.router.add_get(_DEVICE + "/self-tests", self._self_tests)
        app.router.add_get("/v1/dock", self._look_at_dock)
        app.router.add_post(_SIMULATOR + "/plug", self._plug)
        app.router.add_post(_SIMULATOR + "/unplug", self._unplug)
        app.router.add_post(_SIMULATOR + "/acts/{act:[a-z0-9_]{1,60}}", self._dock_act)
        return app

    async def _status(self, request: web.Request) -> web.Response:
        counted = Counter(device.state.value for device in self._desk.board.devices.values())
        return _said(
            DaemonStatus(
                version=self._version,
                since=self._since,
                sources=self._manager.sources(),
                devices=dict(counted),
                dock=self._dock is not None,
            )
        )

    async def _devices(self, request: web.Request) -> web.Response:
        devices = sorted(self._desk.board.devices.values(), key=lambda one: (one.kind.value, one.id))
        return _said(DeviceList(seq=self._desk.board.seq, devices=tuple(devices)))

    async def _unknown(self, request: web.Request) -> web.Response:
        return _said(UnknownList(sightings=tuple(self._manager.unknown())))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        try:
            after = int(given) if given else self._desk.board.seq
        except ValueError:
            raise Refusal("invalid", BAD_PARAMETERS, "after must be a whole number") from None
        try:
            follower = self._desk.board.follow(after)
        except TooLateToFollow:
            raise Refusal("missing", TOO_LATE, status=410) from None
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        try:
            await response.prepare(request)
            await response.write(b": alive\n\n")
            await _tell(follower, response)
        except (ConnectionError, TooLateToFollow):
            # Gone, or too slow: it comes back and is told to list anew.
            pass
        finally:
            follower.close()
        return response

    async def _history(self, request: web.Request) -> web.Response:
        given = request.query.get("limit", "200")
        if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= HISTORY_LIMIT:
            raise Refusal("invalid", BAD_PARAMETERS, f"limit must be from 1 to {HISTORY_LIMIT}")
        lines = await self._desk.store.lines(request.query.get("device", ""), int(given))
        return _said(History(lines=tuple(lines)))

    async def _blob(self, request: web.Request) -> web.Response:
        name = request.match_info["blob"]
        blob: Blob | None = self._desk.blobs.get(name) or await self._desk.store.blob(name)
        if blob is None:
            raise Refusal("missing", BLOB_GONE)
        headers = {"Cache-Control": "no-store", "Content-Type": blob.type or "application/octet-stream"}
        return web.Response(body=blob.data, headers=headers)

    async def _forget(self, request: web.Request) -> web.Response:
        with _device_refusals():
            self._manager.forget(request.match_info["device"])
        return _json({})

    async def _act(self, request: web.Request) -> web.Response:
        parameters = await _parameters(request)
        with _device_refusals():
            answer = await self._manager.act(
                request.match_info["device"], request.match_info["action"], parameters
            )
        return _said(
            ActionAnswer(
                body=dict(answer.body),
                blob=self._desk.blobs.put(answer.blob, answer.blob_type),
                blob_type=answer.blob_type if answer.blob else "",
            )
        )

    async def _self_test(self, request: web.Request) -> web.Response:
        parameters = await _parameters(request)
        with _device_refusals():
            return _said(await self._manager.self_test(request.match_info["device"], parameters))

    async def _self_tests(self, request: web.Request) -> web.Response:
        results = await self._desk.store.self_tests(request.match_info["device"])
        return _said(SelfTestList(results=tuple(results)))

    async def _look_at_dock(self, request: web.Request) -> web.Response:
        simulators = tuple(
            SimulatorSaid.model_validate(
                {**asdict(one), "device_id": self._manager.device_of(one.id) if one.plugged else None}
            )
            for one in self._docked().list()
        )
        return _said(DockList(simulators=simulators))

    async def _plug(self, request: web.Request) -> web.Response:
        await _docking(self._docked().plug(request.match_info["simulator"]))
        self._manager.look()
        return _json({})

    async def _unplug(self, request: web.Request) -> web.Response:
        await _docking(self._docked().unplug(request.match_info["simulator"]))
        self._manager.look()
        return _json({})

    async def _dock_act(self, request: web.Request) -> web.Response:
        simulator, act = request.match_info["simulator"], request.match_info["act"]
        told = await _docking(self._docked().act(simulator, act, await _parameters(request)))
        return _json(dict(told or {}))

    def _docked(self) -> Dock:
        if self._dock is None:
            raise Refusal("missing", NO_DOCK)
        return self._dock


async def _tell(follower: Follower, response: web.StreamResponse) -> None:
    while (messages := await follower.next(ALIVE_EVERY_S)) is not None:
        if not messages:
            await response.write(b": alive\n\n")
            continue
        written = bytearray()
        for message in messages:
            written += b"id: %d\nevent: %s\ndata: %s\n\n" % (
                message.seq,
                message.name.encode(),
                message.data,
            )
        await response.write(bytes(written))


async def _docking(asked: Awaitable[Mapping[str, Json] | None]) -> Mapping[str, Json] | None:
    try:
        return await asked
    except DockRefusal as refusal:
        raise Refusal("conflict", Reason("dock.refused", refusal.zh, refusal.en)) from refusal


class _device_refusals:  # noqa: N801 - a context manager, used like a function
    """Turns what the manager raises into refusals."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, UnknownDevice):
            raise Refusal("missing", UNKNOWN_DEVICE, str(error)) from error
        if isinstance(error, ActionRefused):
            raise Refusal.of(error.reason, error.detail) from error
        if isinstance(error, FrameWrong):
            raise Refusal.of(BAD_PARAMETERS, str(error)) from error


async def _parameters(request: web.Request) -> dict[str, Any]:
    """Return the parameters in a request's body; none for an empty one. Raises Refusal."""
    data = await request.read()
    if not data:
        return {}
    try:
        parameters = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Refusal("invalid", BAD_PARAMETERS, f"not JSON: {error}") from error
    if not isinstance(parameters, dict):
        raise Refusal("invalid", BAD_PARAMETERS, "parameters must be an object")
    return parameters


def _said(model: BaseModel) -> web.Response:
    return web.Response(body=model.model_dump_json().encode(), content_type="application/json")


def _json(value: Mapping[str, Any]) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")


@web.middleware
async def _refusals_as_documents(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.response()
    except web.HTTPRequestEntityTooLarge:
        return Refusal("invalid", BAD_PARAMETERS, f"over {BODY_LIMIT} bytes", status=413).response()
    except web.HTTPException as error:
        if error.status not in (404, 405):
            raise
        return Refusal("missing", NO_SUCH_PATH, request.path, status=error.status).response()
    except asyncio.CancelledError:
        raise
    except Exception:
        # One route's fault must not end the devices; the log has it, the caller hears of it.
        log.exception("%s %s", request.method, request.path)
        return Refusal("not_ready", BROKEN, request.path, status=500).response()
