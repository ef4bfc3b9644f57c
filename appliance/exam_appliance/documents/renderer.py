"""Has documents made by a process of its own that stays warm, so that no save of an exam waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import orjson

from central_sync.protocol.http.problems import Problem
from exam_appliance.documents.pipe_frames import HEAD, FrameWrong, frame, lengths
from exam_appliance.documents.rendering import Made, Order
from exam_appliance.documents.slip_lines import CodeLine, PairLine, RuleLine, SlipLine, TextLine
from exam_appliance.documents.template_folder import Broken

log = logging.getLogger(__name__)

FIRST_PATIENCE_S = 60.0
"""The first document may take this long, seconds: fonts are looked for and read."""
PATIENCE_S = 30.0
"""Each further document, seconds."""
ORDERS_LIMIT = 300
"""Orders after which the process makes place for a fresh one: what libraries hold on to goes with it."""
IDLE_S = 600.0
"""A process without work ends after this, seconds."""

_LINES: dict[str, type[SlipLine]] = {one.__name__: one for one in (TextLine, PairLine, CodeLine, RuleLine)}

Progress = Callable[[int, int], None]


class _Died(Exception):
    """The process ended, hung or spoke nonsense; the text says what is known of it."""


class Renderer:
    """One process, started when first needed; orders are made one after another."""

    def __init__(self, *, patience_s: float = PATIENCE_S, first_patience_s: float = FIRST_PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._first_patience_s = first_patience_s
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._orders = 0
        self._idle: asyncio.TimerHandle | None = None
        self._closed = False

    async def made(self, order: Order, progress: Progress = lambda done, of: None) -> Made:
        """Return what is ordered; `progress` is called with (documents done, of).

        Where the province's templates kill the process or take for ever, the shipped ones are used and
        `broken` says so. Raises Problem `document.failed`.
        """
        async with self._turn:
            if self._closed:
                raise _failed("the server stops")
            try:
                return await self._asked(order, progress)
            except _Died as died:
                if order.shipped or not order.overrides:
                    raise _failed(str(died)) from died
                log.error("模板拖垮了生成进程，改用内置模板 / templates killed the renderer: %s", died)
                told = Broken(
                    order.overrides,
                    0,
                    f"用此目录的模板无法生成“{order.template}”（超时或内存过大），已改用内置模板",
                    f"{order.template} cannot be made with these templates: too slow, or too much memory",
                )
            try:
                made = await self._asked(replace(order, shipped=True), progress)
            except _Died as died:
                raise _failed(str(died)) from died
            return replace(made, broken=(*made.broken, told))

    async def close(self) -> None:
        """End the process; who waits for a document gets a Problem."""
        self._closed = True
        await self._end()

    async def _asked(self, order: Order, progress: Progress) -> Made:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        process, fresh = await self._running()
        patience_s = self._first_patience_s if fresh else self._patience_s
        try:
            orders, answers = process.stdin, process.stdout
            if orders is None or answers is None:
                raise EOFError("no pipes")
            orders.write(frame({one.name: getattr(order, one.name) for one in fields(order)}))
            async with asyncio.timeout(patience_s):
                await orders.drain()
            while True:
                async with asyncio.timeout(patience_s):
                    told, blob = await _heard(answers)
                if "progress" not in told:
                    break
                patience_s = self._patience_s
                progress(*told["progress"])
        except TimeoutError as error:
            await self._end()
            raise _Died("too slow") from error
        except (OSError, EOFError, FrameWrong, orjson.JSONDecodeError) as error:
            await self._end()
            raise _Died(f"code {process.returncode}: {type(error).__name__}") from error
        except BaseException:
            # Cancelled in the middle: its answer would be taken for that of the next order.
            await self._end()
            raise
        self._orders += 1
        if self._orders >= ORDERS_LIMIT:
            await self._end()
        else:
            self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._end_idle)
        if "failed" in told:
            raise _failed(str(told["failed"]))
        return Made(
            blob,
            told["pages"],
            tuple(_LINES[name](**line) for name, line in told["lines"]),
            tuple(Broken(**one) for one in told["broken"]),
        )

    async def _running(self) -> tuple[asyncio.subprocess.Process, bool]:
        if self._process is not None and self._process.returncode is None:
            return self._process, False
        await self._end()
        if self._closed:
            raise _Died("the server stops")
        self._orders = 0
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "exam_appliance.documents"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return self._process, True

    async def _end(self) -> None:
        process, self._process = self._process, None
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()

    def _end_idle(self) -> None:
        self._idle = None
        if self._process is not None and not self._turn.locked():
            process, self._process = self._process, None
            with contextlib.suppress(ProcessLookupError):
                process.kill()


async def _heard(answers: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    size, blob = lengths(await answers.readexactly(HEAD.size))
    told = orjson.loads(await answers.readexactly(size))
    return told, await answers.readexactly(blob)


def _failed(said: str) -> Problem:
    short = said.strip().splitlines()[-1][:200] if said.strip() else "no word"
    return Problem(
        "not_ready",
        "document.failed",
        f"无法生成 PDF，请确认已安装中文字体和打印组件（{short}）",
        f"the PDF could not be made: are fonts and Pango installed? ({short})",
    )
