"""The device daemon over a real Unix socket, asked by its client and by plain HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from firmware_adapters.adapter import DeviceState
from firmware_adapters.client import (
    Away,
    DaemonAway,
    DaemonRefused,
    DeviceClient,
    Listed,
    News,
    TooLate,
)
from firmware_adapters.daemon import Daemon, DaemonRuns, FolderWrong, running
from firmware_adapters.interface import Device, DeviceEvent, DeviceGoneSaid
from firmware_adapters.settings import DaemonSettings
from firmware_adapters.source import Source
from tests.device_parts import (
    QUICK,
    QUICK_PACE,
    QUICK_SOURCES,
    READER,
    TRIALS,
    HandSource,
    entry,
    seen,
    until,
)

ONE = "scanner-0c2e0001-at-1-1"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a path that is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="kd-") as name:
        yield Path(name)


class Served:
    """A daemon, its source and a client."""

    def __init__(self, daemon: Daemon, source: HandSource, client: DeviceClient) -> None:
        self.daemon = daemon
        self.source = source
        self.client = client

    async def until_state(self, device_id: str, state: DeviceState) -> Device:
        """Wait for a state as the client is told."""
        async with asyncio.timeout(15):
            async for news in self.client.follow():
                for device in news.devices if isinstance(news, Listed) else (news,):
                    if isinstance(device, Device) and (device.id, device.state) == (device_id, state):
                        return device
        raise AssertionError


@asynccontextmanager
async def served(folder: Path, options: dict[str, Any] | None = None) -> AsyncIterator[Served]:
    source = HandSource()
    sources: dict[str, Callable[[], Source]] = {"hand": lambda: source}
    settings = DaemonSettings(folder=folder, socket=folder / "s")
    async with (
        running(
            settings,
            sources=sources,
            entries=(entry(options=options or {}), READER),
            adapters=TRIALS,
            patience=QUICK,
            pace=QUICK_PACE,
            source_pace=QUICK_SOURCES,
        ) as daemon,
        DeviceClient(settings.socket) as client,
    ):
        yield Served(daemon, source, client)


async def test_device_is_listed_acts_is_tested_and_stands_in_the_history(folder: Path) -> None:
    async with served(folder) as on:
        assert (await on.client.devices()).devices == ()
        on.source.plug(seen())
        device = await on.until_state(ONE, DeviceState.READY)
        assert (await on.client.devices()).devices == (device,)
        answer = await on.client.act(ONE, "echo", {"页": 1})
        assert answer.body == {"页": 1}
        assert await on.client.blob(answer.blob) == (b"blob", "text/plain")
        result = await on.client.self_test(ONE)
        assert result.passed
        assert (await on.client.self_tests(ONE)).results == (result,)
        assert await on.client.blob(result.blob) == (b"a picture", "image/x-trial")
        on.source.unplug(seen())
        gone = await on.until_state(ONE, DeviceState.ABSENT)
        assert gone.reason is not None
        assert gone.reason.code == "device.absent"
        lines = (await on.client.history(ONE)).lines
        assert [line.what for line in lines] == ["unplugged", "self_test", "plugged"]
        assert len((await on.client.history(limit=1)).lines) == 1
        status = await on.client.status()
        assert [(one.name, one.state) for one in status.sources] == [("hand", "listed")]
        assert (status.devices, status.dock) == ({"absent": 1}, False)
        await on.client.forget(ONE)
        assert (await on.client.devices()).devices == ()


async def test_unknown_device_is_told_with_an_entry_to_paste(folder: Path) -> None:
    async with served(folder) as on:
        on.source.plug(seen(vendor_id="1eab", product_id="0c06", model="NLS-HR22", maker="新大陆"))
        await until(lambda: bool(on.daemon.manager.unknown()))
        (one,) = (await on.client.unknown()).sightings
        assert one.keys == {"subsystem": "tty", "usb": ["1eab:0c06"]}
        assert "usb:\n    - 1eab:0c06" in one.suggestion


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason"),
    [
        ("POST", "/v1/devices/nobody/actions/echo", b"{}", 404, "device.unknown"),
        ("POST", "/v1/devices/nobody/self-test", b"{}", 404, "device.unknown"),
        ("DELETE", "/v1/devices/nobody", None, 404, "device.unknown"),
        ("DELETE", f"/v1/devices/{ONE}", None, 409, "device.not_ready"),
        ("POST", f"/v1/devices/{ONE}/actions/dance", b"{}", 404, "device.unknown_action"),
        ("POST", f"/v1/devices/{ONE}/actions/refuse", b"{}", 409, "trial.wrong"),
        ("POST", f"/v1/devices/{ONE}/actions/echo", b"{", 422, "device.bad_parameters"),
        ("POST", f"/v1/devices/{ONE}/actions/echo", b"[1]", 422, "device.bad_parameters"),
        ("POST", f"/v1/devices/{ONE}/actions/echo", b'{"a":"\xff"}', 422, "device.bad_parameters"),
        ("POST", f"/v1/devices/{ONE}/actions/echo", b" " * 9_000_000, 413, "device.bad_parameters"),
        ("GET", f"/v1/blobs/{'0' * 64}", None, 404, "device.blob_gone"),
        ("GET", "/v1/history?limit=no", None, 422, "device.bad_parameters"),
        ("GET", "/v1/history?limit=0", None, 422, "device.bad_parameters"),
        ("GET", "/v1/events?after=x", None, 422, "device.bad_parameters"),
        ("GET", "/v1/events?after=1", None, 410, "device.too_late"),
        ("GET", "/v1/dock", None, 404, "dock.none"),
        ("GET", "/v1/nothing", None, 404, "device.no_such_path"),
        ("PUT", "/v1/devices", None, 405, "device.no_such_path"),
    ],
)
async def test_what_cannot_be_done_is_a_problem_document_in_two_languages(
    folder: Path, method: str, path: str, body: bytes | None, status: int, reason: str
) -> None:
    async with served(folder) as on:
        on.source.plug(seen())
        await on.until_state(ONE, DeviceState.READY)
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(folder / "s"))) as http,
            http.request(method, f"http://devices{path}", data=body) as answer,
        ):
            assert (answer.status, answer.content_type) == (status, "application/problem+json")
            problem = json.loads(await answer.read())
        assert (problem["status"], problem["reason"]) == (status, reason)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in problem["zh"])
        assert problem["en"].isascii()


async def test_stream_resumes_after_any_message_and_says_when_it_cannot(folder: Path) -> None:
    node = folder / "node"
    node.touch()
    async with served(folder, {"node_is_file": True}) as on:
        on.source.plug(seen(node=str(node)))
        await on.until_state(ONE, DeviceState.READY)
        before = (await on.client.devices()).seq
        node.write_text("".join(f"{number}\n" for number in range(30)))
        told = []
        async for message in on.client.messages(before):
            told.append(message)
            if len(told) == 30:
                break
        assert [message.data["body"]["text"] for message in told] == [str(number) for number in range(30)]
        assert [message.seq for message in told] == list(range(before + 1, before + 31))
        async for message in on.client.messages(told[14].seq):
            assert message == told[15]
            break
        with pytest.raises(TooLate):
            await anext(on.client.messages(told[-1].seq + 1_000_000))


async def test_follower_that_reads_nothing_costs_the_others_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware_adapters.daemon_routes.ALIVE_EVERY_S", 0.2)
    node = folder / "node"
    node.touch()
    async with served(folder, {"node_is_file": True}) as on:
        on.source.plug(seen(node=str(node)))
        await on.until_state(ONE, DeviceState.READY)
        reader, writer = await asyncio.open_unix_connection(str(folder / "s"), limit=1)
        writer.write(b"GET /v1/events HTTP/1.1\r\nHost: devices\r\n\r\n")
        await writer.drain()
        before = (await on.client.devices()).seq
        # Larger than what a socket holds by far.
        text = "x" * 200_000
        for number in range(12):
            with node.open("a") as file:
                file.write(f"{number}{text}\n")
        told = 0
        async for message in on.client.messages(before):
            assert message.data["body"]["text"].startswith(str(told))
            told += 1
            if told == 12:
                break
        writer.transport.abort()
        await until(lambda: on.daemon.desk.board.followers == 0)
        assert reader is not None


async def test_client_follows_through_a_restart_of_the_daemon(folder: Path) -> None:
    client = DeviceClient(folder / "s")
    news: list[News] = []

    async def follow() -> None:
        async for one in client.follow():
            news.append(one)  # noqa: PERF401 - it never ends

    following = asyncio.create_task(follow())
    try:
        await until(lambda: news == [Away()])
        async with served(folder) as on:
            await until(lambda: isinstance(news[-1], Listed))
            on.source.plug(seen())
            await until(lambda: isinstance(news[-1], Device) and news[-1].state is DeviceState.READY)
        await until(lambda: news[-1] == Away())
        async with served(folder) as on:
            await until(lambda: isinstance(news[-1], Listed))
            listed = news[-1]
            assert isinstance(listed, Listed)
            assert [device.state for device in listed.devices] == [DeviceState.ABSENT]
            await on.client.forget(ONE)
            # Whichever comes first: the message, or a listing without it.
            await until(lambda: news[-1] in (DeviceGoneSaid(id=ONE), Listed(())))
        assert sum(isinstance(one, Away) for one in news) <= 3
        assert not any(isinstance(one, DeviceEvent) for one in news)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await client.close()


async def test_client_says_that_no_daemon_runs_and_what_it_refuses(folder: Path) -> None:
    async with DeviceClient(folder / "s") as client:
        with pytest.raises(DaemonAway):
            await client.devices()
    async with served(folder) as on:
        with pytest.raises(DaemonRefused) as refused:
            await on.client.act("nobody", "echo")
        assert (refused.value.status, refused.value.code) == (404, "missing")
        assert refused.value.zh == "没有这台设备，请刷新列表"


async def test_second_daemon_on_the_folder_is_refused_and_a_dead_ones_socket_is_no_hindrance(
    folder: Path,
) -> None:
    (folder / "s").touch()
    async with served(folder) as on:
        with pytest.raises(DaemonRuns, match="已在"):
            async with served(folder):
                pass
        assert (await on.client.status()).version
        assert (folder / "s").stat().st_mode & 0o777 == 0o660
    assert not (folder / "s").exists()


async def test_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(FolderWrong, match="file"):
        async with running(DaemonSettings(folder=folder / "file" / "below", socket=folder / "s")):
            pass


async def test_damaged_store_is_put_aside_and_devices_go_on(folder: Path) -> None:
    (folder / "devices.db").write_bytes(b"no database at all" * 100)
    async with served(folder) as on:
        on.source.plug(seen())
        await on.until_state(ONE, DeviceState.READY)
        assert [line.what for line in (await on.client.history()).lines] == ["plugged"]
    assert [name for name in os.listdir(folder) if name.endswith(".damaged")]  # noqa: PTH208


async def _started(folder: Path) -> asyncio.subprocess.Process:
    settings = DaemonSettings(
        folder=folder, socket=folder / "s", sources={"pcsc": None, "cups": None, "nut": None}
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "firmware_adapters.daemon",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(settings.model_dump_json().encode() + b"\n")
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.parametrize("how", ["hang up", "terminate"])
async def test_started_daemon_ends_with_its_starter_or_when_told_and_leaves_no_process(
    folder: Path, how: str
) -> None:
    process = await _started(folder)
    async with DeviceClient(folder / "s") as client:
        names = [one.name for one in (await client.status()).sources]
    assert names == ["udev", "fixed", "receipts"]
    forked = _children(process.pid)
    assert len(forked) == 1
    assert process.stdin is not None
    if how == "hang up":
        process.stdin.close()
    else:
        process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(15):
        assert await process.wait() == 0
    await until(lambda: not any(_runs(pid) for pid in forked))
    assert not (folder / "s").exists()


async def test_killed_daemon_leaves_no_process_and_the_next_one_starts(folder: Path) -> None:
    process = await _started(folder)
    forked = _children(process.pid)
    process.kill()
    await process.wait()
    await until(lambda: not any(_runs(pid) for pid in forked))
    assert (folder / "s").exists()
    again = await _started(folder)
    async with DeviceClient(folder / "s") as client:
        assert (await client.devices()).devices == ()
    again.terminate()
    assert await again.wait() == 0


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
