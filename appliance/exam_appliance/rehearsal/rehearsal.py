"""The course of a rehearsal: prepare the practice hall, let everybody in, ring the bell, sit, check, end."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from exam_appliance.rehearsal.candidate import PlayedCandidate
from exam_appliance.rehearsal.line import UNREACHABLE, Line, Refused, line_to
from exam_appliance.rehearsal.measures import Measures

CONSOLE = "/api/console/practice"
AT_ONCE = 24
"""Candidates that log in, or whose receipts are checked, at the same time."""
PLAY_SHARE = 0.9
"""Share of the minutes in which candidates answer; the rest is for the bell and for handing in."""
SPARE_MINUTES = 5
"""The practice session runs this much longer than is played, so that no deadline cuts a slow server short."""
LONGEST_MINUTES = 120

Tell = Callable[[int, str, str], None]
"""Called with percent and a sentence in Chinese and English."""


class Rehearsal:
    """One rehearsal over a line, in the name of the technician whose log-in session is given."""

    def __init__(self, line: Line, token: str, candidates: int, minutes: int, tell: Tell) -> None:
        self.measures = Measures(candidates)
        self._line = line
        self._cookie = f"kd_staff={token}"
        self._candidates = candidates
        self._minutes = minutes
        self._tell = tell
        self._session = ""
        self._people: list[PlayedCandidate] = []

    async def run(self) -> None:
        """Play it from beginning to end. Raises Refused and UNREACHABLE when the hall cannot be used."""
        self._tell(0, "正在准备练习考场", "preparing the practice hall")
        size = {
            "candidates": self._candidates,
            "minutes": min(LONGEST_MINUTES, self._minutes + SPARE_MINUTES),
        }
        hall = await self._line.ask("POST", f"{CONSOLE}/prepare", self._cookie, size)
        self._session = hall["session"]
        self._people = [
            PlayedCandidate(self._line, ticket, self.measures, random.Random(secrets.randbits(64)))  # noqa: S311 - think times
            for ticket in hall["tickets"]
        ]
        try:
            await self._step("open")
            await self._play()
        finally:
            # Whatever went wrong, nobody is left sitting: the next rehearsal needs the hall.
            with suppress(Refused, *UNREACHABLE):
                await self._step("end", "压力演练结束")

    async def _play(self) -> None:
        self._tell(2, "考生正在登录", "the candidates log in")
        await self._each(lambda person: person.enter(), 2, 10, "考生正在登录", "the candidates log in")
        self._people = [person for person in self._people if person.entered]
        following = [asyncio.Event() for _ in self._people]
        async with asyncio.TaskGroup() as streams:
            follows = [
                streams.create_task(person.follow(event))
                for person, event in zip(self._people, following, strict=True)
            ]
            try:
                for event in following:
                    await event.wait()
                await self._exam()
                await self._each(
                    lambda person: person.check(), 92, 99, "正在核对回执", "checking every receipt"
                )
            finally:
                for follow in follows:
                    follow.cancel()

    async def _exam(self) -> None:
        play_s = self._minutes * 60 * PLAY_SHARE
        async with asyncio.TaskGroup() as exam:
            sitting = [exam.create_task(person.sit(play_s)) for person in self._people]
            self.measures.bell_at = time.monotonic()
            try:
                await self._step("start")
            except (Refused, *UNREACHABLE):
                for seat in sitting:
                    seat.cancel()
                raise
            while (past := time.monotonic() - self.measures.bell_at) < play_s:
                saves = len(self.measures.save_s)
                percent = 10 + round(80 * past / play_s)
                self._tell(percent, f"考生正在作答，已保存 {saves} 次", f"sitting, {saves} responses saved")
                await asyncio.sleep(min(1.0, play_s))
            self._tell(90, "考生正在交卷", "handing in")

    async def _each(
        self,
        act: Callable[[PlayedCandidate], Coroutine[Any, Any, None]],
        begin: int,
        end: int,
        zh: str,
        en: str,
    ) -> None:
        """Have everybody act, some at a time, and tell the percent between two marks."""
        gate = asyncio.Semaphore(AT_ONCE)
        done = 0

        async def one(person: PlayedCandidate) -> None:
            nonlocal done
            async with gate:
                await act(person)
            done += 1
            if done % AT_ONCE == 0:
                self._tell(begin + (end - begin) * done // len(self._people), zh, en)

        async with asyncio.TaskGroup() as everybody:
            for person in self._people:
                everybody.create_task(one(person))

    async def _step(self, name: str, reason: str = "") -> None:
        path = f"{CONSOLE}/sessions/{self._session}/{name}"
        await self._line.ask("POST", path, self._cookie, {"reason": reason})


async def rehearse(url: str, token: str, candidates: int, minutes: int, tell: Tell) -> Measures:
    """Rehearse against the server at `url` and return what was measured.

    Raises Refused when the server does not let it begin, UNREACHABLE when it cannot be reached.
    """
    async with line_to(url) as line:
        rehearsal = Rehearsal(line, token, candidates, minutes, tell)
        try:
            await rehearsal.run()
        except ExceptionGroup as failed:
            raise _first(failed) from failed
        return rehearsal.measures


def _first(failed: ExceptionGroup[Exception]) -> Exception:
    inner = failed.exceptions[0]
    return _first(inner) if isinstance(inner, ExceptionGroup) else inner
