"""The line to the device daemon for the site's services: its client, with Problems in place of its errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from central_sync.protocol.http.problems import STATUS, Code, Problem
from firmware_adapters import client
from firmware_adapters.client import WORK_S, DeviceClient, Message, TooLate

__all__ = ["DaemonAway", "DaemonLine", "Message", "TooLate", "device_path"]


class DaemonAway(Problem):
    """The device daemon does not answer."""

    def __init__(self) -> None:
        super().__init__(
            "not_ready",
            "devices.away",
            "设备服务没有运行，正在自动重连；若一直不恢复，请重启本机的设备服务",
            "the device service does not run and is tried again; if it stays away, restart it on this server",
        )


class DaemonLine:
    """Asks the daemon. Methods raise DaemonAway, or the daemon's own Problem."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._client = DeviceClient(socket)

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Return the JSON of a GET below /v1."""
        with _as_problems():
            return await self._client.ask("GET", f"/v1{path}?{urlencode(query)}" if query else f"/v1{path}")

    async def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, within_s: float = WORK_S
    ) -> Any:
        """Return the JSON of a POST below /v1."""
        with _as_problems():
            return await self._client.ask("POST", f"/v1{path}", dict(body or {}), within_s)

    async def blob(self, path: str) -> tuple[bytes, str]:
        """Return a picture and its media type; `path` as the daemon gave it, /v1/blobs/SHA256."""
        with _as_problems():
            return await self._client.blob(path)

    async def messages(self, after: int) -> AsyncIterator[Message]:
        """Yield the stream's messages after a seq until the daemon goes away, which is DaemonAway.

        Raises TooLate when they are no longer kept.
        """
        with _as_problems():
            async for message in self._client.messages(after):
                yield message


@contextmanager
def _as_problems() -> Iterator[None]:
    try:
        yield
    except TooLate:
        raise
    except client.DaemonAway as error:
        raise DaemonAway from error
    except client.DaemonSlow as error:
        raise Problem(
            "not_ready",
            "devices.slow",
            "设备没有在规定时间内完成，请检查设备后再试",
            "the device did not finish in time; look at it and try again",
        ) from error
    except client.DaemonRefused as refused:
        code: Code = refused.code if refused.code in STATUS else "not_ready"
        raise Problem(code, refused.reason, refused.zh, refused.en) from refused


def device_path(device: str, rest: str = "") -> str:
    """Return the path of a device below /v1, whatever its id holds."""
    return f"/devices/{quote(device, safe='')}{rest}"
