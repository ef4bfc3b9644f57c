"""A TCP port in front of a real server, so that the line to it can be made to misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Literal

FrontMode = Literal["none", "silent", "garbage", "slow", "hang"]
"""none: all passes. silent: the line takes everything and answers nothing. garbage: every answer is replaced
by noise. slow: answers come in small portions, late. hang: nothing is even read any more."""

SLOW_S, SLOW_BYTES = 0.05, 200


class PortFront:
    """Listens on a port of its own on loopback and passes bytes to and from another port."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = 0
        """Set when open, and kept from then on."""
        self.mode: FrontMode = "none"
        self._well = asyncio.Event()
        self._well.set()
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._spoilt: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to listen, on the port of last time if there was one."""
        if self._server is None:
            # Many connections may wait while it hangs, as with a real device.
            self._server = await asyncio.start_server(
                self._serve, "127.0.0.1", self.port, backlog=16, reuse_address=True
            )
            self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and cut every line, as when a cable is pulled."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        lines, self._lines = self._lines, set()
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    def misbehave(self, mode: FrontMode) -> None:
        """Behave so from now on, on open lines too; what lost bytes on the way is cut once it is well again,
        as by a device that starts anew."""
        if mode == "none":
            for line in self._spoilt:
                line.cancel()
            self._spoilt.clear()
        self.mode = mode
        if mode == "hang":
            self._well.clear()
        else:
            self._well.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this in a task
        self._lines.add(task)
        try:
            with contextlib.suppress(OSError):
                await self._well.wait()
                to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
                try:
                    async with asyncio.TaskGroup() as both:
                        both.create_task(self._there(reader, to_writer, task))
                        both.create_task(self._back(to_reader, writer, task))
                except* OSError:
                    pass
                finally:
                    to_writer.transport.abort()
        except asyncio.CancelledError:
            pass
        finally:
            writer.transport.abort()
            self._lines.discard(task)
            self._spoilt.discard(task)

    async def _there(
        self, reader: asyncio.StreamReader, to_writer: asyncio.StreamWriter, line: asyncio.Task[None]
    ) -> None:
        while True:
            await self._well.wait()
            data = await reader.read(65536)
            if not data:
                if to_writer.can_write_eof():
                    to_writer.write_eof()
                return
            if self.mode == "silent":
                self._spoilt.add(line)
                continue
            to_writer.write(data)
            await to_writer.drain()

    async def _back(
        self, to_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: asyncio.Task[None]
    ) -> None:
        while data := await to_reader.read(65536):
            await self._well.wait()
            if self.mode in ("silent", "garbage"):
                self._spoilt.add(line)
            if self.mode == "silent":
                continue
            if self.mode == "garbage":
                data = os.urandom(len(data))
            step = SLOW_BYTES if self.mode == "slow" else len(data)
            for start in range(0, len(data), step):
                if self.mode == "slow":
                    await asyncio.sleep(SLOW_S)
                writer.write(data[start : start + step])
                await writer.drain()
        writer.transport.abort() if self.mode == "garbage" else writer.close()
