"""What runs in a device's process: one adapter, from `probe` to `close`, told of in frames."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from firmware_adapters.adapter import (
    ActionRefused,
    Adapter,
    Answer,
    DeviceFault,
    DeviceGone,
    Event,
    Reason,
    Report,
)
from firmware_adapters.process.boot import Boot, Pace, boot_of
from firmware_adapters.process.frames import Frame, FrameWrong, encoded, read_frame
from firmware_adapters.reasons import BAD_PARAMETERS, FLOODING, OPTIONS_WRONG, UNKNOWN_ACTION

log = logging.getLogger(__name__)


def run_device(connection: socket.socket) -> None:
    """Run the device that the first frame names until it is closed, gone or faulty.

    The process must be ended with `os._exit` afterwards: a thread that hangs in a vendor's library would
    keep it otherwise, and `asyncio.run` would wait for that thread.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(_run(connection))


async def _run(connection: socket.socket) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    # A frame counts as sent when the kernel has it: what the manager does not read yet holds the adapter up.
    writer.transport.set_write_buffer_limits(high=0)
    first = await read_frame(reader)
    if first is None:
        return
    await _Host(reader, writer, boot_of(first.header)).run()


class _Host:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, boot: Boot) -> None:
        self._reader = reader
        self._writer = writer
        self._boot = boot
        self._sending = asyncio.Lock()
        self._acting = asyncio.Lock()
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Set when an action shows that the device cannot go on."""

    async def run(self) -> None:
        beating = asyncio.create_task(self._beat())
        listening: asyncio.Task[None] | None = None
        adapter: Adapter | None = None
        try:
            adapter = self._adapter()
            living = asyncio.create_task(self._live(adapter))
            listening = asyncio.create_task(self._listen(adapter))
            try:
                await asyncio.wait((living, listening, self._ended), return_when=asyncio.FIRST_COMPLETED)
                for one in (living, listening, self._ended):
                    if one.done():
                        one.result()
            finally:
                await _cancelled((living, *self._calls.values()))
        except DeviceFault as fault:
            await self._last({"t": "fault", "reason": _reason(fault.reason), "detail": fault.detail})
        except DeviceGone as gone:
            await self._last({"t": "gone", "detail": str(gone)})
        except Exception as error:
            log.exception("%s", self._boot.adapter)
            told = "".join(traceback.format_exception_only(error)).strip()
            await self._last({"t": "error", "detail": told[:2000]})
        finally:
            await _cancelled((beating, listening) if listening is not None else (beating,))
            if adapter is not None:
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(self._boot.pace.close_s):
                        await adapter.close()
            self._writer.close()

    def _adapter(self) -> Adapter:
        module, _, name = self._boot.adapter.partition(":")
        found: type[Adapter] = getattr(import_module(module), name)
        try:
            options = found.options_model.model_validate(dict(self._boot.options))
        except ValidationError as error:
            raise DeviceFault(OPTIONS_WRONG, _first_fault(error)) from error
        return found(self._boot.sighting, options, frozenset(self._boot.quirks))

    async def _live(self, adapter: Adapter) -> None:
        identity = await adapter.probe()
        await self._send(
            {
                "t": "identity",
                "maker": identity.maker,
                "model": identity.model,
                "serial": identity.serial,
                "firmware": identity.firmware,
                "facts": identity.facts,
            }
        )
        await adapter.open()
        await self._send({"t": "opened", "actions": list(adapter.actions())})
        allowance = Allowance(self._boot.pace, time.monotonic)
        async for report in adapter.events():
            waiting = allowance.take()
            if waiting > 0:
                await asyncio.sleep(waiting)
            await self._send(*_said(report))
        # An adapter that has nothing to tell stays open for its actions.
        await asyncio.Event().wait()

    async def _listen(self, adapter: Adapter) -> None:
        """Obey the manager; returns when it says close or hangs up."""
        while True:
            frame = await read_frame(self._reader)
            if frame is None or frame.header["t"] == "close":
                return
            if frame.header["t"] == "call":
                self._calls[frame.header["call"]] = asyncio.create_task(self._call(adapter, frame))
            elif frame.header["t"] == "cancel":
                asked = self._calls.get(frame.header["call"])
                if asked is not None:
                    asked.cancel()

    async def _call(self, adapter: Adapter, frame: Frame) -> None:
        call = frame.header["call"]
        try:
            # One at a time: an adapter has one line to its device.
            async with self._acting:
                action = adapter.actions().get(frame.header["action"])
                if action is None:
                    raise ActionRefused(UNKNOWN_ACTION, str(frame.header["action"]))
                answer: Answer = await action(frame.header["parameters"])
            header = {"t": "answer", "call": call, "body": dict(answer.body), "blob_type": answer.blob_type}
            await self._send(header, answer.blob)
        except ActionRefused as refused:
            await self._refuse(call, refused.reason, refused.detail)
        except ValidationError as error:
            await self._refuse(call, BAD_PARAMETERS, _first_fault(error))
        except Exception as error:
            if not self._ended.done():
                self._ended.set_exception(error)
        finally:
            self._calls.pop(call, None)

    async def _refuse(self, call: int, reason: Reason, detail: str) -> None:
        await self._send({"t": "refused", "call": call, "reason": _reason(reason), "detail": detail})

    async def _beat(self) -> None:
        while True:
            await self._send({"t": "beat"})
            await asyncio.sleep(self._boot.pace.beat_s)

    async def _send(self, header: Mapping[str, Any], blob: bytes = b"") -> None:
        frame = encoded(header, blob)
        async with self._sending:
            self._writer.write(frame)
            await self._writer.drain()

    async def _last(self, header: Mapping[str, Any]) -> None:
        """Tell why the device ends, if the manager still listens."""
        with contextlib.suppress(OSError, FrameWrong, TimeoutError):
            async with asyncio.timeout(self._boot.pace.close_s):
                await self._send(header)


class Allowance:
    """How much a device may tell: so many at once, so many a second in the long run (a token bucket)."""

    def __init__(self, pace: Pace, now: Callable[[], float]) -> None:
        self._pace = pace
        self._now = now
        self._left = float(pace.reports_at_once)
        self._at = now()
        self._held_up_since: float | None = None

    def take(self) -> float:
        """Take one and return how long to wait before telling it, seconds.

        Raises DeviceFault FLOODING when there was always more to tell for too long.
        """
        now = self._now()
        self._left = min(
            float(self._pace.reports_at_once), self._left + (now - self._at) * self._pace.reports_per_s
        )
        self._at = now
        self._left -= 1
        if self._left >= 0:
            self._held_up_since = None
            return 0.0
        if self._held_up_since is None:
            self._held_up_since = now
        elif now - self._held_up_since > self._pace.flood_s:
            raise DeviceFault(FLOODING, f"more than {self._pace.reports_per_s:g} reports a second")
        return -self._left / self._pace.reports_per_s


def _said(report: Report) -> tuple[dict[str, Any], bytes]:
    if isinstance(report, Event):
        header = {"t": "event", "name": report.name, "body": report.body, "blob_type": report.blob_type}
        return header, report.blob
    reason = None if report.reason is None else _reason(report.reason)
    return {"t": "state", "state": report.state.value, "reason": reason, "facts": report.facts}, b""


def _first_fault(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _reason(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "zh": reason.zh, "en": reason.en}


async def _cancelled(tasks: tuple[asyncio.Task[None], ...]) -> None:
    for task in tasks:
        task.cancel()
    # A library may swallow the cancellation; the process ends all the same.
    await asyncio.wait(tasks, timeout=1.0)
