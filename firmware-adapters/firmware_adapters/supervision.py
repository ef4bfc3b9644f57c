"""Keeping one device's process going: start it, hear it, see that it hangs, try again ever less often."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from firmware_adapters.adapter import ActionRefused, Answer, DeviceState, Event, Identity, Json, Reason
from firmware_adapters.process.boot import Boot
from firmware_adapters.process.frames import Frame, FrameWrong
from firmware_adapters.process.nursery import CannotStart, DeviceProcess, Nursery
from firmware_adapters.reasons import (
    CANNOT_START,
    CRASHED,
    HUNG,
    LOST,
    NO_ANSWER,
    NOT_READY,
    NOT_STARTED,
    TOO_MANY_CALLS,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long what may take, seconds."""

    hung_s: float = 10.0
    """Without any sign of life a device's process hangs."""
    start_s: float = 30.0
    """Probing and opening."""
    action_s: float = 60.0
    """An action."""
    self_test_s: float = 150.0
    """A self-test, which may wait for a person to lay a card or for a page to come out."""
    close_s: float = 3.0
    """A device's process that was told to close is killed after this."""
    close_gone_s: float = 0.5
    """The same when the device was unplugged."""
    first_retry_s: float = 1.0
    """A failed device is tried again after this; each failure doubles it."""
    longest_retry_s: float = 60.0
    healthy_s: float = 60.0
    """A device that worked for so long has its patience restored."""
    calls: int = 16
    """Actions of one device that may wait at once."""


class Observer(Protocol):
    """Who hears what a device's process tells."""

    def opened(self, identity: Identity, actions: tuple[str, ...]) -> None:
        """It is ready for events and actions."""

    def state_changed(self, state: DeviceState, reason: Reason | None, facts: Mapping[str, Json]) -> None:
        """It told its state."""

    def happened(self, event: Event) -> None:
        """It told an event."""

    def failed(self, reason: Reason, detail: str) -> None:
        """It does not work and is tried again."""

    def gone(self) -> None:
        """It says that it was unplugged: the sources had better look."""


class _Ended(Exception):
    """The process is at its end: why."""

    def __init__(self, reason: Reason, detail: str, *, gone: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.gone = gone


@dataclass(slots=True)
class _Session:
    """What one run of the process has told so far."""

    process: DeviceProcess
    identity: Identity = field(default_factory=Identity)
    opened_at: float | None = None
    calls: dict[int, asyncio.Future[Answer]] = field(default_factory=dict)


class Supervision:
    """One device that is plugged in. `start` it once, `stop` it once; in between it is kept going."""

    def __init__(self, nursery: Nursery, boot: Boot, patience: Patience, observer: Observer) -> None:
        self._nursery = nursery
        self._boot = boot
        self._patience = patience
        self._observer = observer
        self._session: _Session | None = None
        self._call = 0
        self._retry_s = patience.first_retry_s
        self._retry = asyncio.Event()
        self._close_s = patience.close_s
        self._task: asyncio.Task[None] | None = None

    def start(self, after: Supervision | None = None) -> None:
        """Begin; `after` is the earlier supervision of the same thing, whose end is waited for."""
        self._task = asyncio.create_task(self._keep_going(after))

    async def stop(self, *, gone: bool = False) -> None:
        """Have the process close its device and end; kill it when it does not. May be called twice.

        One whose device is gone has little to close, and another may wait for its place.
        """
        if gone:
            self._close_s = min(self._close_s, self._patience.close_gone_s)
        if self._task is None:
            return
        self._task.cancel()
        # The caller's own cancellation must not cut this short: a process would be left over.
        await asyncio.wait((self._task,))

    def retry_now(self) -> None:
        """Try a failed device again at once, with patience restored."""
        self._retry_s = self._patience.first_retry_s
        self._retry.set()

    async def act(self, action: str, parameters: Mapping[str, Json], timeout_s: float) -> Answer:
        """Have the device do something and return its answer.

        Raises ActionRefused, also when the device is not ready, ends, or does not answer in time.
        """
        session = self._session
        if session is None or session.opened_at is None:
            raise ActionRefused(NOT_READY)
        if len(session.calls) >= self._patience.calls:
            raise ActionRefused(TOO_MANY_CALLS)
        self._call += 1
        call = self._call
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        session.calls[call] = answered
        try:
            session.process.line.send(
                {"t": "call", "call": call, "action": action, "parameters": dict(parameters)}
            )
            async with asyncio.timeout(timeout_s):
                return await answered
        except TimeoutError:
            session.process.line.send({"t": "cancel", "call": call})
            raise ActionRefused(NO_ANSWER, f"{action} took more than {timeout_s:g} s") from None
        finally:
            session.calls.pop(call, None)

    async def _keep_going(self, after: Supervision | None) -> None:
        if after is not None:
            await after.stop()
        while True:
            begun = asyncio.get_running_loop().time()
            try:
                await self._live()
            except _Ended as ended:
                if ended.gone:
                    self._observer.gone()
                    # The next listing lacks it, which ends this supervision; if not, something is wrong.
                    await asyncio.sleep(1.0)
                log.warning("%s: %s: %s", self._boot.sighting.key, ended.reason.code, ended.detail)
                self._observer.failed(ended.reason, ended.detail)
            if asyncio.get_running_loop().time() - begun > self._patience.healthy_s:
                self._retry_s = self._patience.first_retry_s
            await self._wait_to_retry()

    async def _wait_to_retry(self) -> None:
        self._retry.clear()
        wait_s = self._retry_s
        self._retry_s = min(wait_s * 2, self._patience.longest_retry_s)
        try:
            async with asyncio.timeout(wait_s):
                await self._retry.wait()
        except TimeoutError:
            return

    async def _live(self) -> None:
        """Run the process once; ends by _Ended, or by cancellation."""
        try:
            process = await self._nursery.start(self._boot)
        except (CannotStart, OSError) as error:
            raise _Ended(CANNOT_START, str(error)) from error
        session = self._session = _Session(process)
        try:
            await self._hear(session)
        except FrameWrong as error:
            raise _Ended(CRASHED, str(error)) from error
        finally:
            self._session = None
            for answered in session.calls.values():
                if not answered.done():
                    answered.set_exception(ActionRefused(CRASHED, "the device's process ended"))
                    answered.exception()
            ending = asyncio.create_task(self._end(process))
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError:
                await asyncio.wait((ending,))
                raise

    async def _hear(self, session: _Session) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            async with asyncio.timeout(self._patience.hung_s) as life:
                while True:
                    frame = await session.process.line.next()
                    if frame is None:
                        await self._explain_end(session.process)
                        return
                    self._take(session, frame)
                    now = loop.time()
                    if session.opened_at is None and now - begun > self._patience.start_s:
                        raise _Ended(NOT_STARTED, f"not open after {self._patience.start_s:g} s")
                    life.reschedule(now + self._patience.hung_s)
        except TimeoutError:
            raise _Ended(HUNG, f"no sign of life for {self._patience.hung_s:g} s") from None

    def _take(self, session: _Session, frame: Frame) -> None:
        """Take one frame. Raises _Ended when it is the last."""
        header = frame.header
        try:
            match header["t"]:
                case "beat":
                    return
                case "identity":
                    session.identity = Identity(
                        header["maker"],
                        header["model"],
                        header["serial"],
                        header["firmware"],
                        header["facts"],
                    )
                case "opened":
                    session.opened_at = asyncio.get_running_loop().time()
                    self._observer.opened(session.identity, tuple(header["actions"]))
                case "state":
                    state = DeviceState(header["state"])
                    self._observer.state_changed(state, _reason(header["reason"]), header["facts"])
                case "event":
                    self._observer.happened(
                        Event(header["name"], header["body"], frame.blob, header["blob_type"])
                    )
                case "answer" | "refused":
                    _answer(session, frame)
                case "fault":
                    reason = _reason(header["reason"])
                    raise _Ended(reason if reason is not None else CRASHED, header["detail"])
                case "gone":
                    raise _Ended(LOST, header["detail"], gone=True)
                case "error":
                    raise _Ended(CRASHED, header["detail"])
                case other:
                    raise FrameWrong(f"a frame of kind {other!r}")
        except (KeyError, TypeError, ValueError) as error:
            raise FrameWrong(f"a frame of kind {header['t']!r} lacks something: {error!r}") from error

    async def _explain_end(self, process: DeviceProcess) -> None:
        """Raise _Ended for a process that ended without a word."""
        try:
            async with asyncio.timeout(self._patience.close_s):
                status = await asyncio.shield(process.exited)
        except TimeoutError:
            raise _Ended(CRASHED, "it hung up and did not end") from None
        raise _Ended(CRASHED, f"killed by signal {-status}" if status < 0 else f"exit status {status}")

    async def _end(self, process: DeviceProcess) -> None:
        """End the process, with a chance to close its device; returns when it is reaped."""
        if not process.exited.done():
            process.line.send({"t": "close"})
            await asyncio.wait((process.exited,), timeout=self._close_s)
        while not process.exited.done():
            process.kill()
            await asyncio.wait((process.exited,), timeout=0.5)
        process.line.close()


def _answer(session: _Session, frame: Frame) -> None:
    header = frame.header
    answered = session.calls.get(header["call"])
    if answered is None or answered.done():
        return
    if header["t"] == "answer":
        answered.set_result(Answer(header["body"], frame.blob, header["blob_type"]))
        return
    reason = _reason(header["reason"])
    answered.set_exception(ActionRefused(reason if reason is not None else NOT_READY, header["detail"]))


def _reason(told: Any) -> Reason | None:
    return None if told is None else Reason(told["code"], told["zh"], told["en"])
