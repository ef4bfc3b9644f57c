"""A stand-in for the device daemon on a real Unix socket: its HTTP interface and stream, devices in memory.

Tests plug devices in by hand; what a device does is a function of the test.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from firmware_adapters.adapter import ActionRefused

Json = dict[str, Any]
Deed = Callable[[Json], Awaitable[tuple[Json, bytes, str]]]

SDT = {
    "kind": "id_card",
    "entry": "sdt-usb-0400-c35a",
    "zh": "通用二代证阅读器（USB）",
    "en": "Generic SDT reader (USB)",
    "maker": "华视电子",
    "model": "CVR-100UC",
    "firmware": "05.01",
    "usb_id": "0400:c35a",
    "facts": {"sam_id": "05.01-20190901-0000012345-1234567890", "layout": "single"},
}
CAMERA = {
    "kind": "camera",
    "entry": "uvc",
    "zh": "USB 摄像头",
    "en": "USB camera",
    "maker": "Logitech",
    "model": "C920",
    "usb_id": "046d:082d",
    "facts": {"largest": "2304x1536", "formats": ["MJPG 1920x1080@30", "YUYV 640x480@30"]},
    "actions": ["self_test", "still", "live"],
}
SCANNER = {
    "kind": "scanner",
    "entry": "honeywell",
    "zh": "扫码枪（键盘方式）",
    "en": "Scanner (keyboard)",
    "maker": "Honeywell",
    "model": "Voyager 1450g",
    "usb_id": "0c2e:0901",
}
PRINTER = {
    "kind": "printer",
    "entry": "ipp",
    "zh": "IPP 打印机",
    "en": "IPP printer",
    "maker": "HP",
    "model": "LaserJet M405",
    "facts": {"resolutions_dpi": [600, 1200], "paper": "A4"},
    "actions": ["self_test", "print_test"],
}
UPS = {
    "kind": "power",
    "entry": "nut",
    "zh": "不间断电源",
    "en": "UPS",
    "maker": "APC",
    "model": "Smart-UPS 1500",
    "facts": {"charge_percent": 100, "runtime_s": 1800},
}


ABSENT = {
    "code": "device.absent",
    "zh": "设备未接入；请插上设备",
    "en": "the device is not there: plug it in",
}


def iso(moment: datetime | None = None) -> str:
    """Return a moment as the daemon writes it."""
    return (moment or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class DaemonDouble:
    """The daemon's state; a restart keeps the socket's place and forgets the stream."""

    socket: Path
    devices: dict[str, Json] = field(default_factory=dict)
    unknown: list[Json] = field(default_factory=list)
    history: list[Json] = field(default_factory=list)
    tests: dict[str, list[Json]] = field(default_factory=dict)
    deeds: dict[tuple[str, str], Deed] = field(default_factory=dict)
    """What a device does when it is asked: (device, action)."""
    asked: list[tuple[str, str, Json]] = field(default_factory=list)
    """(device, action, parameters) of every action that came."""
    simulators: dict[str, Json] = field(default_factory=dict)
    refusal: Json | None = None
    """While set, actions are answered with this problem."""
    _blobs: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    _messages: list[tuple[int, str, Json]] = field(default_factory=list)
    _told: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None
    _stopping: bool = False
    seq: int = 0

    def plug(self, device: str, what: Json, **more: Any) -> Json:
        """Plug a device in and tell it."""
        one = {
            "id": device,
            "state": "ready",
            "reason": None,
            "serial": "",
            "firmware": "",
            "port": "1-1",
            "node": "",
            "usb_id": "",
            "facts": {},
            "since": iso(),
            "actions": ["self_test"],
            "simulated": False,
            **what,
            **more,
        }
        self.devices[device] = one
        self._note("plugged", one)
        self.tell("device", one)
        return one

    def unplug(self, device: str) -> None:
        """Pull a device out and tell it; like the real one, the daemon remembers it."""
        self._note("unplugged", self.devices[device])
        self.change(device, state="absent", reason=ABSENT)

    def forget(self, device: str) -> None:
        """Forget a device and tell it."""
        del self.devices[device]
        self.tell("gone", {"id": device})

    def change(self, device: str, **fields: Any) -> None:
        """Change a device and tell it."""
        self.devices[device] = {**self.devices[device], **fields, "since": iso()}
        self.tell("device", self.devices[device])

    def happen(self, device: str, name: str, body: Json, picture: bytes = b"", at: str = "") -> None:
        """Have a device tell an event."""
        self.tell(
            "event",
            {
                "device": device,
                "kind": self.devices[device]["kind"],
                "name": name,
                "body": body,
                "at": at or iso(),
                "blob": self.keep(picture, "image/png") if picture else "",
                "blob_type": "image/png" if picture else "",
            },
        )

    def keep(self, data: bytes, type_: str) -> str:
        """Keep a picture and return its path."""
        digest = hashlib.sha256(data).hexdigest()
        self._blobs[digest] = (data, type_)
        return f"/v1/blobs/{digest}"

    def tell(self, name: str, data: Json) -> None:
        """Put a message on the stream."""
        self.seq += 1
        self._messages.append((self.seq, name, data))
        self._told.set()
        self._told = asyncio.Event()

    async def start(self) -> None:
        """Listen on the socket."""
        self._stopping = False
        app = web.Application()
        app.router.add_get("/v1/devices", self._list)
        app.router.add_get("/v1/unknown", self._unknown)
        app.router.add_get("/v1/events", self._events)
        app.router.add_get("/v1/history", self._history)
        app.router.add_get("/v1/blobs/{blob}", self._blob)
        app.router.add_post("/v1/devices/{device}/actions/{name}", self._act)
        app.router.add_post("/v1/devices/{device}/self-test", self._self_test)
        app.router.add_get("/v1/devices/{device}/self-tests", self._self_tests)
        app.router.add_get("/v1/dock", self._dock)
        app.router.add_post("/v1/dock/{simulator}/{word:plug|unplug}", self._plugging)
        app.router.add_post("/v1/dock/{simulator}/acts/{name}", self._dock_act)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        self.socket.unlink(missing_ok=True)
        await web.UnixSite(self._runner, str(self.socket)).start()

    async def stop(self) -> None:
        """End as a killed daemon does."""
        self._stopping = True
        self._told.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def restart(self) -> None:
        """End and come back with a stream that counts from the beginning."""
        await self.stop()
        self.seq = 0
        self._messages.clear()
        self._told = asyncio.Event()
        await self.start()

    def _note(self, what: str, device: Json, reason: Json | None = None) -> None:
        line = {part: device[part] for part in ("kind", "zh", "en")}
        line |= {"at": iso(), "device": device["id"], "what": what, "reason": reason, "detail": ""}
        self.history.insert(0, line)

    def fault(self, device: str, code: str, zh: str, en: str) -> None:
        """Let a device fail for a reason, with its line in the history."""
        reason = {"code": code, "zh": zh, "en": en}
        self._note("fault", self.devices[device], reason)
        self.change(device, state="failed", reason=reason)

    async def _list(self, request: web.Request) -> web.Response:
        return _json({"seq": self.seq, "devices": list(self.devices.values())})

    async def _unknown(self, request: web.Request) -> web.Response:
        return _json({"sightings": self.unknown})

    async def _history(self, request: web.Request) -> web.Response:
        wanted = request.query.get("device")
        lines = [line for line in self.history if wanted in (None, line["device"])]
        return _json({"lines": lines[: int(request.query.get("limit", "100"))]})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        sent = int(request.query.get("after", "0"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):
            while not self._stopping:
                for seq, name, data in [entry for entry in self._messages if entry[0] > sent]:
                    body = orjson.dumps(data).decode()
                    await response.write(f"id: {seq}\nevent: {name}\ndata: {body}\n\n".encode())
                    sent = seq
                await self._told.wait()
        return response

    async def _blob(self, request: web.Request) -> web.Response:
        found = self._blobs.get(request.match_info["blob"])
        if found is None:
            return _problem(404, "missing", "blob.gone", "图片已过期", "the picture is gone")
        return web.Response(body=found[0], content_type=found[1])

    async def _act(self, request: web.Request) -> web.Response:
        device, name = request.match_info["device"], request.match_info["name"]
        parameters = await request.json()
        self.asked.append((device, name, parameters))
        if self.refusal is not None:
            return _json(self.refusal, status=self.refusal["status"])
        if device not in self.devices or self.devices[device]["state"] == "absent":
            return _problem(404, "missing", "device.absent", "设备未接入", "the device is not there")
        deed = self.deeds.get((device, name))
        if deed is None:
            return _problem(
                404, "missing", "device.unknown_action", "设备没有此功能", "there is no such action"
            )
        try:
            body, picture, type_ = await deed(parameters)
        except ActionRefused as refused:
            reason = refused.reason
            return _problem(409, "not_ready", reason.code, reason.zh, reason.en)
        return _json({"body": body, "blob": self.keep(picture, type_) if picture else "", "blob_type": type_})

    async def _self_test(self, request: web.Request) -> web.Response:
        device = request.match_info["device"]
        body, picture, type_ = await self.deeds[device, "self_test"](await request.json())
        result = {
            "at": iso(),
            **body,
            "blob": self.keep(picture, type_) if picture else "",
            "blob_type": type_,
        }
        self.tests.setdefault(device, []).insert(0, result)
        return _json(result)

    async def _self_tests(self, request: web.Request) -> web.Response:
        return _json({"results": self.tests.get(request.match_info["device"], [])})

    async def _dock(self, request: web.Request) -> web.Response:
        return _json({"simulators": list(self.simulators.values())})

    async def _plugging(self, request: web.Request) -> web.Response:
        simulator = self.simulators[request.match_info["simulator"]]
        plugged = request.match_info["word"] == "plug"
        simulator["plugged"] = plugged
        device = f"sim-{simulator['id']}"
        if plugged:
            simulator["device_id"] = device
            self.plug(device, simulator["makes"], serial=f"SIM-{simulator['id']}", simulated=True)
        else:
            simulator["device_id"] = None
            self.unplug(device)
        return _json({})

    async def _dock_act(self, request: web.Request) -> web.Response:
        simulator, name = request.match_info["simulator"], request.match_info["name"]
        self.asked.append((simulator, name, await request.json()))
        if not self.simulators[simulator]["plugged"]:
            return _problem(409, "not_ready", "dock.unplugged", "请先插入", "plug it in first")
        return _json({})


def steps(passed: bool, *more: Json) -> Json:
    """Return the body of a self-test."""
    answers = {
        "name": "answers",
        "zh": "设备有应答",
        "en": "the device answers",
        "passed": True,
        "measured": "12 ms",
    }
    return {"passed": passed, "steps": [answers, *more]}


def _json(body: Json, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


def _problem(status: int, code: str, reason: str, zh: str, en: str) -> web.Response:
    body = {"status": status, "code": code, "reason": reason, "zh": zh, "en": en, "title": code}
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/problem+json")


@asynccontextmanager
async def daemon_double(folder: Path) -> AsyncIterator[DaemonDouble]:
    """Run a double with its socket in a folder."""
    double = DaemonDouble(folder / "d.sock")
    await double.start()
    try:
        yield double
    finally:
        await double.stop()
