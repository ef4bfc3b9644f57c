"""A played candidate: logs in, waits for the bell, thinks, answers, changes some answers, hands in."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Any

from exam_appliance.rehearsal.line import UNREACHABLE, Line, Refused
from exam_appliance.rehearsal.measures import Measures

BASE = "/api/practice"
CONTACT_EVERY_S = 5.0
"""As often as the candidate's page gives a sign of life, seconds."""
RETRY_S = 1.0
GIVE_UP_S = 60.0
"""A response that is not taken for this long is given up, seconds."""
CHANGED_MIND = 10
"""One in so many answers is changed later."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A save that was acknowledged, as the page keeps it."""

    item: str
    choices: tuple[str, ...]
    n: int
    receipt: dict[str, Any]


class PlayedCandidate:
    """One invented candidate at one seat of the practice hall."""

    def __init__(self, line: Line, ticket: str, measures: Measures, chance: random.Random) -> None:
        self.ticket = ticket
        self.entered = False
        self._line = line
        self._measures = measures
        self._chance = chance
        self._cookie = ""
        self._sitting = asyncio.Event()
        self._kept: list[Kept] = []
        self._n = 0

    async def enter(self) -> None:
        """Log in and confirm the identity data; `entered` tells whether that went well."""
        body = {"identity": self.ticket, "seat": None}
        try:
            self._cookie, _ = await self._line.ask_for_cookie("POST", f"{BASE}/login", "", body)
            await self._ask("POST", "/confirm")
        except Refused as refused:
            self._measures.error(f"login: {refused.reason}")
        except UNREACHABLE as error:
            self._measures.error(f"login: {type(error).__name__}")
        else:
            self.entered = True

    async def follow(self, following: asyncio.Event) -> None:
        """Keep the live stream open as the page does; `following` is set with the first state.

        Ends only when it is cancelled or the log-in has ended.
        """
        while True:
            try:
                async for state in self._line.events(f"{BASE}/events", self._cookie):
                    following.set()
                    if state["phase"] == "sitting":
                        self._sitting.set()
            except Refused as refused:
                self._measures.error(f"events: {refused.reason}")
                if refused.status == 401:
                    following.set()
                    return
            except UNREACHABLE as error:
                self._measures.error(f"events: {type(error).__name__}")
            await asyncio.sleep(RETRY_S)

    async def sit(self, play_s: float) -> None:
        """Wait for the bell, get the paper, and answer it over `play_s` seconds; then hand it in."""
        await self._sitting.wait()
        paper = await self._must("GET", "/paper")
        if paper is None:
            return
        began = time.monotonic()
        self._measures.last_paper_at = max(self._measures.last_paper_at, began)
        items: list[dict[str, Any]] = paper["items"]
        again = self._chance.sample(items, len(items) // CHANGED_MIND)
        alive = asyncio.create_task(self._keep_contact())
        try:
            moments = sorted(self._chance.uniform(0, play_s) for _ in range(len(items) + len(again)))
            for moment, item in zip(moments, [*items, *again], strict=True):
                await asyncio.sleep(began + moment - time.monotonic())
                await self._answer(item)
        finally:
            alive.cancel()
        await self._must("POST", "/submit", {"blanks": 0})

    async def check(self) -> None:
        """Compare every receipt with what the server holds: lost is what it does not hold as acknowledged."""
        held = await self._must("GET", "/responses")
        if held is None:
            # Nobody can say what it holds: the safe side is to call all of it lost.
            self._measures.lost += len(self._kept)
            return
        now = {one["item"]: (one["n"], tuple(one["choices"])) for one in held["responses"]}
        newest = {kept.item: kept for kept in self._kept}
        for item, kept in newest.items():
            n, choices = now.get(item, (0, ()))
            # A newer one may be held: its receipt did not arrive in time.
            if n < kept.n or (n == kept.n and choices != kept.choices):
                self._measures.lost += 1
        # An answer that was changed later is in the journal only, and the journal must say so. The
        # last receipt of all is shown too: its signature speaks for the whole chain up to it.
        shown = [kept for kept in self._kept if newest[kept.item] is not kept] + self._kept[-1:]
        for kept in shown:
            verdict = await self._must("POST", "/receipts", {"receipt": kept.receipt})
            if verdict is None or verdict["verdict"] != "held":
                self._measures.lost += 1

    async def _answer(self, item: dict[str, Any]) -> None:
        letters = [choice["id"] for choice in item["choices"]]
        some = self._chance.randrange(2, len(letters) + 1) if item["type"] == "multiple" else 1
        chosen = tuple(sorted(self._chance.sample(letters, some)))
        self._n += 1
        body = {"item": item["item"], "choices": chosen, "flagged": False, "n": self._n}
        sent = time.monotonic()
        told = await self._must("POST", "/responses", body)
        if told is not None:
            self._measures.save_s.append(time.monotonic() - sent)
            self._kept.append(Kept(item["item"], chosen, self._n, told["receipt"]))

    async def _keep_contact(self) -> None:
        await asyncio.sleep(self._chance.uniform(0, CONTACT_EVERY_S))
        while True:
            try:
                await self._ask("POST", "/contact")
            except (*UNREACHABLE, Refused) as error:
                self._measures.error(f"contact: {type(error).__name__}")
            await asyncio.sleep(CONTACT_EVERY_S)

    async def _must(self, method: str, path: str, body: object = None) -> Any:
        """Ask until the server answers, as the page does; None when it gives up. Each failure counts."""
        until = time.monotonic() + GIVE_UP_S
        while True:
            try:
                return await self._ask(method, path, body)
            except Refused as refused:
                self._measures.error(f"{path}: {refused.reason}")
                if refused.status < 500:
                    return None
            except UNREACHABLE as error:
                self._measures.error(f"{path}: {type(error).__name__}")
            if time.monotonic() > until:
                return None
            await asyncio.sleep(RETRY_S)

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        return await self._line.ask(method, BASE + path, self._cookie, body)
