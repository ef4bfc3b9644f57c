"""A camera adapter in a process of its own, as the manager runs it, spoken to by lines of JSON.

The test's side is `CameraProcess`; the other side is this file run as a program inside the testbed.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from firmware_adapters.adapter import ActionRefused, DeviceFault, DeviceGone, Event, StateReport
from firmware_adapters.camera.adapter import V4l2Camera
from firmware_adapters.sighting import Sighting
from firmware_adapters.simulators.testbed import Testbed

WAIT_S = 20.0
Line = dict[str, Any]
QUICK: dict[str, Any] = {
    "settle_frames": 1,
    "starts_within_s": 1.5,
    "stops_after_s": 1.0,
    "lost_after_s": 2.5,
    "restart_every_s": 0.8,
    "idle_after_s": 10.0,
}
"""Options that make a camera impatient; the default ones wait for slow cameras."""


async def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


class CameraProcess:
    """Everything that the adapter told, in order, and its actions."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told: list[Line] = []
        self._answers: dict[int, asyncio.Future[Line]] = {}
        self._news = asyncio.Event()
        self._number = 0
        self._reading = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        """Of the adapter's process."""
        return self._process.pid

    async def until(self, wanted: Callable[[Line], bool], since: int = 0) -> Line:
        """Return the first thing told since number `since` that is wanted. Raises AssertionError."""
        try:
            async with asyncio.timeout(WAIT_S):
                while True:
                    news = self._news
                    for line in self.told[since:]:
                        if wanted(line):
                            return line
                    await news.wait()
        except TimeoutError:
            raise AssertionError(f"not told; what was: {self.told[since:]}") from None

    async def until_state(self, state: str, since: int = 0) -> Line:
        """Wait for a state."""
        return await self.until(lambda line: line.get("state") == state, since)

    async def until_event(self, name: str, since: int = 0) -> Line:
        """Wait for an event."""
        return await self.until(lambda line: line.get("event") == name, since)

    def events(self, name: str) -> list[Line]:
        """Return all events of a name so far."""
        return [line for line in self.told if line.get("event") == name]

    async def act(self, action: str, parameters: Mapping[str, Any] | None = None) -> Line:
        """Do an action and return {"body", "blob"}, {"refused", "detail"}, {"fault"} or {"gone"}."""
        self._number += 1
        answer: asyncio.Future[Line] = asyncio.get_running_loop().create_future()
        self._answers[self._number] = answer
        stdin = self._process.stdin
        assert stdin is not None
        request = {"number": self._number, "action": action, "parameters": dict(parameters or {})}
        stdin.write(json.dumps(request).encode() + b"\n")
        await stdin.drain()
        async with asyncio.timeout(60):
            return await answer

    async def close(self) -> int:
        """Let the adapter close and its process end; kill it if it hangs. Returns its exit code."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(WAIT_S):
                code = await self._process.wait()
        except TimeoutError:
            self._process.kill()
            code = await self._process.wait()
        await self._reading
        return code

    async def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        while text := await stdout.readline():
            line: Line = json.loads(text)
            if "blob" in line:
                line["blob"] = base64.b64decode(line["blob"])
            if "number" in line:
                self._answers.pop(line.pop("number")).set_result(line)
                continue
            self.told.append(line)
            news, self._news = self._news, asyncio.Event()
            news.set()
        for answer in self._answers.values():
            answer.set_result({"ended": True})


@asynccontextmanager
async def camera_process(
    testbed: Testbed,
    node: str,
    options: Mapping[str, Any] | None = None,
    quirks: tuple[str, ...] = (),
    *,
    serial: str = "SIM0001",
) -> AsyncIterator[CameraProcess]:
    """Run the adapter on a node of the testbed."""
    asked = {"node": node, "options": dict(options or {}), "quirks": list(quirks), "serial": serial}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.camera_process",
        json.dumps(asked),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **testbed.environment(), "OPENCV_LOG_LEVEL": "SILENT"},
        limit=64 * 1024 * 1024,
    )
    running = CameraProcess(process)
    try:
        yield running
    finally:
        await running.close()


def _say(line: Line) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _failure(error: Exception) -> Line:
    if isinstance(error, ActionRefused):
        return {"refused": error.reason.code, "zh": error.reason.zh, "detail": error.detail}
    if isinstance(error, DeviceFault):
        return {"fault": error.reason.code, "zh": error.reason.zh, "detail": error.detail}
    if isinstance(error, DeviceGone):
        return {"gone": str(error)}
    return {"crashed": repr(error)}


async def _act(camera: V4l2Camera, request: Line) -> None:
    try:
        answer = await camera.actions()[request["action"]](request["parameters"])
    except Exception as error:
        _say({"number": request["number"], **_failure(error)})
        return
    blob = base64.b64encode(answer.blob).decode()
    _say({"number": request["number"], "body": dict(answer.body), "blob": blob, "type": answer.blob_type})


async def _tell(camera: V4l2Camera) -> None:
    async for report in camera.events():
        if isinstance(report, StateReport):
            reason = report.reason
            _say(
                {
                    "state": report.state.value,
                    "reason": reason.code if reason else "",
                    "zh": reason.zh if reason else "",
                    "facts": dict(report.facts),
                }
            )
        elif isinstance(report, Event):
            _say({"event": report.name, "body": dict(report.body)})


async def _run(asked: Line) -> None:
    sighting = Sighting(
        key=asked["node"],
        subsystem="video4linux",
        node=asked["node"],
        vendor_id="1bcf",
        product_id="2b8d",
        serial=asked["serial"],
        maker="Kaodian",
        model="Simulated Camera 5MP",
        properties={"ID_REVISION": "0110"},
    )
    options = V4l2Camera.options_model.model_validate(asked["options"])
    camera = V4l2Camera(sighting, options, frozenset(asked["quirks"]))
    acting: set[asyncio.Task[None]] = set()
    telling: asyncio.Task[None] | None = None
    try:
        identity = await camera.probe()
        _say(
            {
                "identity": {
                    "maker": identity.maker,
                    "model": identity.model,
                    "serial": identity.serial,
                    "firmware": identity.firmware,
                },
                "facts": dict(identity.facts),
            }
        )
        await camera.open()
        telling = asyncio.create_task(_tell(camera))
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
        )
        reading = asyncio.create_task(lines.readline())
        while True:
            await asyncio.wait({reading, telling}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                await asyncio.gather(*acting)
                telling.result()
            text = reading.result()
            if not text:
                break
            task = asyncio.create_task(_act(camera, json.loads(text)))
            acting.add(task)
            task.add_done_callback(acting.discard)
            reading = asyncio.create_task(lines.readline())
    except Exception as error:
        _say({"end": True, **_failure(error)})
    finally:
        if telling is not None:
            telling.cancel()
        await camera.close()
        threads = [thread.name for thread in threading.enumerate()]
        _say({"closed": True, "left_open": _left_open(), "threads": threads})
    sys.stdout.flush()
    # A thread that hangs in the driver must not keep the process; the manager kills it in that case.
    os._exit(0)


def _left_open() -> list[str]:
    targets = [_target(entry) for entry in Path("/proc/self/fd").iterdir()]
    return sorted(target for target in targets if target.startswith(os.environ["UMOCKDEV_DIR"]))


def _target(entry: Path) -> str:
    try:
        return str(entry.readlink())
    except OSError:
        return ""


if __name__ == "__main__":
    asyncio.run(_run(json.loads(sys.argv[1])))
