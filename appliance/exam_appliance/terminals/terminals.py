"""The terminals of a site: enrolled with a key, admitted by signature, heard, and their results decided."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from central_sync.protocol.canonical import digest
from central_sync.protocol.http.problems import Problem
from exam_appliance.config.problems import ConfigProblem
from exam_appliance.config.settings import TerminalsSettings
from exam_appliance.exam.clock import TimeSources
from exam_appliance.exam.hall import Hall
from exam_appliance.journal.journal import Draft, Journal
from exam_appliance.terminals.claims import Claim
from exam_appliance.terminals.mapping.model import Mapping
from exam_appliance.terminals.mapping.reading import all_mappings
from exam_appliance.terminals.models import (
    Announcement,
    HeartbeatAnswer,
    TerminalDecision,
    TerminalHeartbeat,
    TerminalResult,
    TerminalRoster,
)
from exam_appliance.terminals.presence import Presence, Presences
from exam_appliance.terminals.roster import AWAITED, TerminalRosters
from exam_appliance.terminals.signing import WINDOW_MS, is_nonce, is_signature, new_key
from exam_appliance.terminals.standing import Standing, is_old, standing_of
from exam_appliance.terminals.store import FILE, Terminal, TerminalStore

MOST: Final = 64
"""Terminals of one site."""
MISSED_MS: Final = 12 * 3_600_000
"""A terminal heard within this long is missed when it falls silent; one left in its cupboard is not, ms."""
LOOK_S: Final = 1.0
"""Between two looks for terminals that grew silent, seconds."""

Decides = Callable[[Terminal, TerminalResult], Awaitable[TerminalDecision]]
"""The identity decision about a terminal's result; journals it with its evidence."""


@dataclass(frozen=True)
class TerminalStanding:
    """A terminal with its presence, None when it never called."""

    terminal: Terminal
    presence: Presence | None
    state: Standing


class Terminals:
    """All terminals of the site."""

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        hall: Hall,
        time: TimeSources,
        settings: TerminalsSettings,
        decides: Decides,
    ) -> None:
        self._store = TerminalStore(folder / FILE)
        self._mapping_folder = folder / "terminal-mappings"
        self._journal = journal
        self._hall = hall
        self._time = time
        self._settings = settings
        self._decides = decides
        self.rosters = TerminalRosters(hall)
        self._held: dict[str, tuple[Terminal, bytes]] = {}
        self._presences = Presences(round(settings.silent_seconds * 1000))
        self._started_ms = time.boottime_ms()
        self._at_work: set[str] = set()
        self._pulled: dict[str, str] = {}
        """Version of the roster that each terminal pulled last, since the server started."""
        self._watching: asyncio.Task[None] | None = None
        self.changed: Callable[[], None] = lambda: None
        """Called when a terminal fell silent or came back, or was changed."""
        self.mappings: dict[str, Mapping] = {}
        self.mapping_problems: list[ConfigProblem] = []

    async def start(self) -> None:
        """Read who is enrolled and which formats there are."""
        await asyncio.to_thread(self._store.forget_answers, self._time.wall_ms())
        held = await asyncio.to_thread(self._store.all)
        self._held = {terminal.id: (terminal, key) for terminal, key in held}
        for terminal, contact in (await asyncio.to_thread(self._store.contacts)).items():
            self._presences.restore(terminal, contact, self._started_ms)
        await self.read_mappings()
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop looking for silent ones and close the file."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        self._store.close()

    async def read_mappings(self) -> None:
        """Read the mapping files anew; faults stand in `mapping_problems`."""
        self.mappings, self.mapping_problems = await asyncio.to_thread(all_mappings, self._mapping_folder)

    def now_ms(self) -> int:
        """Return the server's wall clock, ms since 1970."""
        return self._time.wall_ms()

    def all(self) -> list[TerminalStanding]:
        """Return every terminal in order of names."""
        return [
            self._standing(terminal)
            for terminal, _ in sorted(self._held.values(), key=lambda held: (held[0].name, held[0].id))
        ]

    def missed(self) -> list[TerminalStanding]:
        """Return terminals that were at work today and are silent, while candidates of a session may come."""
        sessions = self._hall.projection.sessions
        if not any(one.state in AWAITED for one in sessions.values()):
            return []
        since = self._time.wall_ms() - MISSED_MS
        return [
            one
            for one in self.all()
            if one.state is Standing.SILENT
            and one.presence is not None
            and one.presence.heard_wall_ms >= since
        ]

    def _standing(self, terminal: Terminal) -> TerminalStanding:
        presence = self._presences.of(terminal.id)
        if presence is None or presence.contact is None:
            return TerminalStanding(terminal, presence, standing_of(terminal, None, silent=False))
        silent = presence.silent
        if presence.restored:
            silent = is_old(presence.contact, self._time.wall_ms(), self._presences.silent_after_ms)
        state = standing_of(terminal, presence.contact, silent=silent)
        return TerminalStanding(terminal, presence, state)

    async def enrol(self, name: str, place: str, mapping: str, actor: str) -> tuple[Terminal, str]:
        """Enrol a terminal; returns it with its key in Base64, which is shown this once. Raises Problem."""
        self._known_mapping(mapping)
        if sum(terminal.active for terminal, _ in self._held.values()) >= MOST:
            raise Problem(
                "conflict",
                "terminal.too_many",
                f"最多登记 {MOST} 台一体机，请先停用不再使用的",
                f"at most {MOST} terminals; revoke one that is no longer used",
            )
        terminal = Terminal(f"t-{secrets.token_hex(4)}", name, place, mapping, True, self._time.wall_ms())
        return terminal, await self._keep(terminal, new_key(), "enrolled", actor)

    async def change(
        self, terminal_id: str, name: str, place: str, mapping: str, active: bool, actor: str
    ) -> Terminal:
        """Change a terminal or revoke it; the key stays. Raises Problem."""
        terminal, key = self._one(terminal_id)
        self._known_mapping(mapping)
        changed = replace(terminal, name=name, place=place, mapping=mapping, active=active)
        what = "changed" if active == terminal.active else "readmitted" if active else "revoked"
        await self._keep(changed, key, what, actor)
        return changed

    async def renew_key(self, terminal_id: str, actor: str) -> tuple[Terminal, str]:
        """Give a terminal a new key; the old one is void at once. Raises Problem."""
        terminal, _ = self._one(terminal_id)
        return terminal, await self._keep(terminal, new_key(), "new_key", actor)

    async def admit(self, claim: Claim, mapping: str) -> Terminal:
        """Return the terminal that a request is from. Raises Problem: 401 for every doubt about who it is."""
        held = self._held.get(claim.terminal)
        # An unknown name takes as long as a wrong signature, so names cannot be found out by time.
        terminal, key = held if held is not None else (None, b"\0" * 32)
        holds = is_signature(key, claim.text, claim.signature)
        if terminal is None or not holds or terminal.mapping != mapping:
            raise refused_request(
                "terminal.not_known", "一体机未登记，或签名不符", "not enrolled, or the signature is wrong"
            )
        if not terminal.active:
            raise refused_request("terminal.revoked", "该一体机已停用", "this terminal was revoked")
        if not is_nonce(claim.nonce):
            raise refused_request(
                "terminal.nonce",
                "随机串须为 8 至 64 个可见字符",
                "the nonce takes 8 to 64 printable characters",
            )
        now = self._time.wall_ms()
        if abs(claim.time_ms - now) > WINDOW_MS:
            raise refused_request(
                "terminal.clock",
                "时间与服务器相差超过 5 分钟，请按 server_time_ms 校时后重新签名",
                "over 5 minutes off the server's clock; set the clock by server_time_ms and sign anew",
                server_time_ms=now,
            )
        match await asyncio.to_thread(self._store.take, terminal.id, claim.nonce, claim.time_ms, now):
            case "replayed":
                raise refused_request(
                    "terminal.replayed", "该请求已处理过，请更换随机串重新签名", "this request came before"
                )
            case "flood":
                raise Problem("busy", "terminal.flood", "请求过多，请稍后再试", "too many requests; wait")
        return terminal

    async def heartbeat(self, terminal: Terminal, said: TerminalHeartbeat, address: str) -> HeartbeatAnswer:
        """Take a heartbeat and say what is new."""
        await self._heard(terminal, address, said=(said.software, said.faults))
        now = self._time.wall_ms()
        return HeartbeatAnswer(
            server_time=datetime.fromtimestamp(now / 1000, UTC),
            server_time_ms=now,
            heartbeat_s=max(1, round(self._settings.silent_seconds / 3)),
            roster=self.rosters.roster().version,
            announcement=self.announcement().version,
        )

    async def roster(self, terminal: Terminal) -> TerminalRoster:
        """Return the roster; who pulled which version is journalled, once each."""
        roster = self.rosters.roster()
        if self._pulled.get(terminal.id) != roster.version:
            body = {"version": roster.version, "candidates": len(roster.candidates)}
            await self._journal.append([Draft("terminal.roster", terminal.id, terminal.id, body)])
            self._pulled[terminal.id] = roster.version
        return roster

    def announcement(self) -> Announcement:
        """Return what terminals show and say while they wait."""
        zh, en = self._settings.waiting_zh, self._settings.waiting_en
        return Announcement(version=digest([zh, en])[:16], waiting_zh=zh, waiting_en=en)

    async def photo(self, ticket: str) -> bytes:
        """Return a registration photo as the roster names it. Raises Problem `missing`."""
        for candidate in self.rosters.roster().candidates:
            if candidate.ticket == ticket and candidate.has_photo:
                contents = self._hall.contents[candidate.session]
                photo = contents.roster[ticket].photo
                if photo is not None:
                    return await asyncio.to_thread(contents.photo, photo)
        raise Problem(
            "missing", "terminal.no_photo", f"没有准考证号 {ticket} 的报名照片", "there is no such photo"
        )

    async def result(self, terminal: Terminal, result: TerminalResult, address: str) -> TerminalDecision:
        """Decide about a result. The same one sent again gets the same answer. Raises Problem."""
        what = await asyncio.to_thread(_digest, result)
        told = await asyncio.to_thread(self._store.answered, terminal.id, result.id)
        if told is not None:
            if told[0] != what:
                raise Problem(
                    "conflict",
                    "terminal.result_differs",
                    f"编号 {result.id} 已用于另一条结果，请更换编号",
                    f"the id {result.id} was used for another result",
                )
            return TerminalDecision.model_validate_json(told[1])
        if terminal.id in self._at_work:
            # A terminal has one person before it: a second result at once is a retry that came too early.
            raise Problem(
                "busy", "terminal.at_work", "上一条结果仍在处理", "the last result is still at work"
            )
        self._at_work.add(terminal.id)
        try:
            decision = await self._decides(terminal, result)
        finally:
            self._at_work.discard(terminal.id)
        text = decision.model_dump_json()
        await asyncio.to_thread(self._store.answer, terminal.id, result.id, what, text, self._time.wall_ms())
        await self._heard(terminal, address, result=True)
        return decision

    def _one(self, terminal_id: str) -> tuple[Terminal, bytes]:
        held = self._held.get(terminal_id)
        if held is None:
            raise Problem(
                "missing", "terminal.unknown", f"没有一体机 {terminal_id}", f"no terminal {terminal_id}"
            )
        return held

    def _known_mapping(self, mapping: str) -> None:
        if mapping and mapping not in self.mappings:
            known = ", ".join(sorted(self.mappings))
            raise Problem(
                "invalid",
                "terminal.no_mapping",
                f"没有映射 {mapping}，可用：{known}",
                f"there is no mapping {mapping}; known: {known}",
                fields=(("mapping", "没有此映射", "there is no such mapping"),),
            )

    async def _keep(self, terminal: Terminal, key: bytes, what: str, actor: str) -> str:
        await asyncio.to_thread(self._store.put, terminal, key)
        self._held[terminal.id] = (terminal, key)
        body = {"what": what, "name": terminal.name, "place": terminal.place, "mapping": terminal.mapping}
        await self._journal.append([Draft("terminal.enrolled", terminal.id, actor, body)])
        self.changed()
        return base64.b64encode(key).decode()

    async def _heard(
        self,
        terminal: Terminal,
        address: str,
        *,
        said: tuple[str, tuple[str, ...]] | None = None,
        result: bool = False,
    ) -> None:
        before = self._presences.of(terminal.id)
        back = self._presences.heard(
            terminal.id, self._time.boottime_ms(), self._time.wall_ms(), address, said=said, result=result
        )
        now = self._presences.of(terminal.id)
        faults = now.faults if now is not None else ()
        if now is not None and now.contact is not None:
            await asyncio.to_thread(self._store.heard, terminal.id, now.contact)
        if back or (said is not None and faults != (before.faults if before is not None else ())):
            body = {"t": self._hall.clock.t(), "silent": False, "faults": list(faults)}
            await self._journal.append([Draft("terminal.standing", terminal.id, terminal.id, body)])
            self.changed()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            active = [terminal.id for terminal, _ in self._held.values() if terminal.active]
            silent = self._presences.grown_silent(active, self._time.boottime_ms(), self._started_ms)
            t = self._hall.clock.t()
            drafts = [
                Draft("terminal.standing", one, "site", {"t": t, "silent": True, "faults": []})
                for one in silent
            ]
            if drafts:
                await self._journal.append(drafts)
                self.changed()


def refused_request(reason: str, zh: str, en: str, **more: object) -> Problem:
    """Return the problem of a request that is not taken for a terminal's."""
    return Problem("denied", reason, zh, en, status=401, more=more)


def _digest(result: TerminalResult) -> str:
    """Return the SHA-256 of a result with its pictures, hex; takes a few milliseconds for large ones."""
    return hashlib.sha256(result.model_dump_json().encode()).hexdigest()
