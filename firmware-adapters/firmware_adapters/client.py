"""The client of the device daemon: asks over its Unix socket, follows its stream, comes back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
import orjson
from pydantic import BaseModel, ValidationError
from yarl import URL

from firmware_adapters.interface import (
    ActionAnswer,
    DaemonStatus,
    Device,
    DeviceEvent,
    DeviceGoneSaid,
    DeviceList,
    DockList,
    History,
    SelfTest,
    SelfTestList,
    UnknownList,
)

ANSWER_S = 10.0
"""Questions are answered within this, seconds."""
WORK_S = 180.0
"""Work at a device, such as a self-test that waits for a card, is done within this, seconds."""
SILENCE_S = 40.0
"""The stream says at least that it lives within this, seconds."""
MESSAGE_LIMIT = 16 * 1024 * 1024
"""Bytes of one message of the stream."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 2.0
"""Between two attempts to reach the daemon, seconds."""

Said = TypeVar("Said", bound=BaseModel)


class DaemonAway(Exception):
    """The daemon does not run, or went away; it is worth trying again."""


class DaemonSlow(Exception):
    """The daemon is there and did not answer in time."""


class DaemonRefused(Exception):
    """The daemon says no: a problem document."""

    def __init__(self, status: int, code: str, reason: str, zh: str, en: str) -> None:
        super().__init__(f"{reason}: {en}")
        self.status = status
        self.code = code
        """`busy`, `not_ready`, `denied`, `conflict`, `invalid` or `missing`."""
        self.reason = reason
        """Code of the reason: `device.absent`."""
        self.zh = zh
        self.en = en


class TooLate(DaemonRefused):
    """The messages after this seq are no longer kept: list the devices and follow from there."""


class Message(NamedTuple):
    """One message of the stream."""

    seq: int
    name: str
    """`device`, `gone` or `event`."""
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """All devices anew: what was known before counts no longer."""

    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class Away:
    """The daemon is away and is tried again; told once until it is back, which is `Listed`."""


News = Listed | Away | Device | DeviceGoneSaid | DeviceEvent


class DeviceClient:
    """Asks one daemon. Methods raise DaemonAway, DaemonSlow and DaemonRefused."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def status(self) -> DaemonStatus:
        """Return how the daemon and its sources are."""
        return await self._get("/v1/status", DaemonStatus)

    async def devices(self) -> DeviceList:
        """Return all devices."""
        return await self._get("/v1/devices", DeviceList)

    async def unknown(self) -> UnknownList:
        """Return what no entry of the catalogue matches."""
        return await self._get("/v1/unknown", UnknownList)

    async def history(self, device: str = "", limit: int = 200) -> History:
        """Return plugs, faults and tests, newest first."""
        query = {"limit": str(limit)} | ({"device": device} if device else {})
        return await self._get(f"/v1/history?{urlencode(query)}", History)

    async def act(
        self, device: str, action: str, parameters: Mapping[str, Any] | None = None, within_s: float = WORK_S
    ) -> ActionAnswer:
        """Have a device do something."""
        told = await self.ask("POST", device_path(device, f"/actions/{action}"), parameters or {}, within_s)
        return _model(ActionAnswer, told)

    async def self_test(self, device: str, parameters: Mapping[str, Any] | None = None) -> SelfTest:
        """Test a device; the daemon keeps the result."""
        return _model(
            SelfTest, await self.ask("POST", device_path(device, "/self-test"), parameters or {}, WORK_S)
        )

    async def self_tests(self, device: str) -> SelfTestList:
        """Return the kept results of a device, newest first."""
        return await self._get(device_path(device, "/self-tests"), SelfTestList)

    async def forget(self, device: str) -> None:
        """Have an absent device shown no longer."""
        await self.ask("DELETE", device_path(device))

    async def blob(self, path: str) -> tuple[bytes, str]:
        """Return a picture and its media type; `path` as the daemon gave it, /v1/blobs/SHA256."""
        return await self._read("GET", path, None, ANSWER_S)

    async def dock(self) -> DockList:
        """Return the simulators of the dock."""
        return await self._get("/v1/dock", DockList)

    async def plug(self, simulator: str, *, plugged: bool = True) -> None:
        """Plug a simulator in or pull it out."""
        word = "plug" if plugged else "unplug"
        await self.ask("POST", f"/v1/dock/{quote(simulator, safe='')}/{word}", {}, WORK_S)

    async def dock_act(
        self, simulator: str, act: str, parameters: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Do something with a simulator."""
        path = f"/v1/dock/{quote(simulator, safe='')}/acts/{quote(act, safe='')}"
        told = await self.ask("POST", path, parameters or {}, WORK_S)
        return told if isinstance(told, dict) else {}

    async def follow(self) -> AsyncIterator[News]:
        """Yield all devices and then what changes and happens, through restarts of the daemon, for ever.

        An event is told once as long as the daemon still has it when the line is back.
        """
        seq: int | None = None
        away, wait_s = False, FIRST_WAIT_S
        while True:
            try:
                listing = await self.devices()
                # What came while the line was down comes again, for its events; the listing has the states.
                after = listing.seq if seq is None or seq > listing.seq else seq
                away, wait_s, seq = False, FIRST_WAIT_S, listing.seq
                yield Listed(listing.devices)
                async for message in self.messages(after):
                    is_new, seq = message.seq > seq, max(seq, message.seq)
                    news = _news(message)
                    if news is not None and (is_new or isinstance(news, DeviceEvent)):
                        yield news
            except TooLate:
                continue
            except (DaemonAway, DaemonSlow, DaemonRefused):
                if not away:
                    away = True
                    yield Away()
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def messages(self, after: int) -> AsyncIterator[Message]:
        """Yield the stream's messages after a seq until the daemon goes away, which is DaemonAway.

        Raises TooLate when they are no longer kept.
        """
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_S, sock_read=SILENCE_S)
        try:
            async with self._session().get(_url(f"/v1/events?after={after}"), timeout=timeout) as answer:
                if answer.status != 200:
                    raise _refused(answer.status, await answer.read())
                held = bytearray()
                async for piece in answer.content.iter_any():
                    held += piece
                    while (end := held.find(b"\n\n")) >= 0:
                        block = bytes(held[:end])
                        del held[: end + 2]
                        message = _message(block)
                        if message is not None:
                            yield message
                    if len(held) > MESSAGE_LIMIT:
                        raise DaemonAway(f"a message of more than {MESSAGE_LIMIT} bytes")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise DaemonAway(str(error)) from error
        raise DaemonAway("the stream has ended")

    async def ask(self, method: str, path: str, body: object = None, within_s: float = ANSWER_S) -> Any:
        """Return the JSON that a request is answered with."""
        data, _ = await self._read(method, path, body, within_s)
        try:
            return orjson.loads(data) if data else {}
        except orjson.JSONDecodeError as error:
            raise DaemonAway("the answer is no JSON") from error

    async def _get(self, path: str, model: type[Said]) -> Said:
        return _model(model, await self.ask("GET", path))

    async def _read(self, method: str, path: str, body: object, within_s: float) -> tuple[bytes, str]:
        timeout = aiohttp.ClientTimeout(total=within_s, sock_connect=ANSWER_S)
        data = None if body is None else orjson.dumps(body)
        try:
            async with self._session().request(
                method, _url(path), data=data, timeout=timeout, headers={"Content-Type": "application/json"}
            ) as answer:
                read = await answer.read()
        except TimeoutError as error:
            raise DaemonSlow(f"{method} {path}: no answer within {within_s:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise DaemonAway(str(error)) from error
        if answer.status >= 400:
            raise _refused(answer.status, read)
        return read, answer.content_type

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(self.socket), limit=0))
        return self._http


def device_path(device: str, rest: str = "") -> str:
    """Return the path of a device, whatever its id holds."""
    return f"/v1/devices/{quote(device, safe='')}{rest}"


def _url(path: str) -> URL:
    return URL(f"http://devices{path}", encoded=True)


def _model(model: type[Said], told: Any) -> Said:
    try:
        return model.model_validate(told)
    except ValidationError as error:
        raise DaemonAway(f"the answer is no {model.__name__}: {error}") from error


def _refused(status: int, data: bytes) -> DaemonRefused:
    try:
        told = orjson.loads(data)
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        told = {}
    zh = str(told.get("zh") or told.get("detail") or f"设备服务拒绝了请求（{status}）")
    en = str(told.get("en") or told.get("detail_en") or f"the device service refused ({status})")
    kind = TooLate if status == 410 else DaemonRefused
    code, reason = str(told.get("code") or "not_ready"), str(told.get("reason") or "devices.refused")
    return kind(status, code, reason, zh, en)


def _message(block: bytes) -> Message | None:
    """Return one message of the stream; None for a comment and for what cannot be read."""
    fields: dict[bytes, bytes] = {}
    for line in block.splitlines():
        name, _, value = line.partition(b":")
        if name:
            value = value.removeprefix(b" ")
            fields[name] = fields[name] + b"\n" + value if name in fields else value
    try:
        data = orjson.loads(fields[b"data"])
        seq = int(fields[b"id"])
    except (KeyError, ValueError):
        return None
    return Message(seq, fields.get(b"event", b"message").decode(), data) if isinstance(data, dict) else None


def _news(message: Message) -> Device | DeviceGoneSaid | DeviceEvent | None:
    """Return a message's meaning; one that cannot be read must not hide the others."""
    kinds: dict[str, type[Device | DeviceGoneSaid | DeviceEvent]] = {
        "device": Device,
        "gone": DeviceGoneSaid,
        "event": DeviceEvent,
    }
    kind = kinds.get(message.name)
    try:
        return None if kind is None else kind.model_validate(message.data)
    except ValidationError:
        return None
