"""The seats of a site: machines prove their keys, get their seats, and are admitted to the exam's pages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from central_sync.protocol.http.problems import Problem
from exam_appliance.config.settings import SeatsSettings
from exam_appliance.exam.clock import TimeSources
from exam_appliance.journal.journal import Draft, Journal
from exam_appliance.seats.authority import Pass, SeatAuthority
from exam_appliance.seats.bound import BoundSeat, BoundSeats
from exam_appliance.seats.challenges import Challenges, said_for
from exam_appliance.seats.entering import EnterRequest
from exam_appliance.seats.facts import NEIGHBOURS, MachineFacts, neighbour_mac, same_machine, with_mac
from exam_appliance.seats.in_order import InOrder
from exam_appliance.seats.keys import is_signed, key_text, machine_of, seat_key
from exam_appliance.seats.places import Place, Places, place_of
from exam_appliance.seats.power import Orders
from exam_appliance.seats.presence import Presences, Voice
from exam_appliance.seats.refusals import (
    cloned,
    elsewhere,
    has_another_seat,
    no_such_code,
    not_bound,
    not_entered,
    not_known,
    seat_free,
    seat_taken,
    too_many_wait,
    wrong_certificate,
)
from exam_appliance.seats.waiting import Waiting, WaitingMachine

Cause = Literal["typed", "in_order"]

AGAIN_MS = 60_000


@dataclass(frozen=True, slots=True)
class Entered:
    """What a machine gets that proved its key."""

    machine: str
    place: Place | None
    """Its seat; None while it waits for one."""
    code: str
    """What it shows while it waits, else empty."""
    token: str
    until_ms: int
    certificate: str
    """PEM, empty unless asked for and bound."""
    authority: str
    """PEM of the authority that signs certificates and orders."""


class Seats:
    """All seats. Methods belong to the event loop's thread."""

    def __init__(
        self, state: Path, appliance: str, journal: Journal, time: TimeSources, settings: SeatsSettings
    ) -> None:
        self.settings = settings
        self.places = Places(settings.rooms)
        self.bound = BoundSeats()
        self.waiting = Waiting()
        self.presences = Presences()
        self.orders = Orders()
        self.in_order = InOrder()
        self.neighbours: Path = NEIGHBOURS
        self._state = state
        self._appliance = appliance
        self._journal = journal
        self._time = time
        self._challenges = Challenges(time)
        self._authority: SeatAuthority | None = None
        self._making = asyncio.Lock()
        self.bound.load(journal)
        journal.on_failure(lambda: self.bound.load(journal))

    async def start(self) -> None:
        """Read the authority where there is one, so that tokens of before hold. Raises KeyFileWrong."""
        if SeatAuthority.there(self._state):
            await self.authority()

    async def authority(self) -> SeatAuthority:
        """Return the site's authority for seats, made at first use."""
        async with self._making:
            if self._authority is None:
                self._authority = await asyncio.to_thread(SeatAuthority.at, self._state, self._appliance)
        return self._authority

    def now_ms(self) -> int:
        """Return time since the server's boot."""
        return self._time.boottime_ms()

    def challenge(self) -> str:
        """Return a challenge to sign."""
        return self._challenges.new()

    async def enter(self, said: EnterRequest, address: str) -> Entered:
        """Take a machine that proves its key. Raises Problem."""
        key = seat_key(said.public_key)
        machine = machine_of(key)
        if not is_signed(key, said_for(said.challenge, machine), said.signature):
            raise not_entered()
        self._challenges.take(said.challenge)
        authority = await self.authority()
        table = await asyncio.to_thread(_text_of, self.neighbours)
        facts = with_mac(said.facts, neighbour_mac(address, table))
        now_ms = self.now_ms()
        held = self.bound.of_machine(machine)
        if held is not None and same_machine(held.facts, facts) is False:
            raise cloned(place_of(held.seat))
        other = self.presences.elsewhere(machine, address, now_ms)
        if other:
            raise elsewhere(other)
        until_ms = self._time.wall_ms() + self.settings.admission_hours * 3_600_000
        token = authority.token(Pass(machine, address, until_ms))
        self.presences.heard(machine, address, "agent" if said.certificate else "page", now_ms)
        if held is None:
            waits = self.waiting.entered(machine, key_text(key), said.kept, facts, address, now_ms)
            if waits is None:
                raise too_many_wait()
            return Entered(machine, None, waits.code, token, until_ms, "", authority.pem)
        place = place_of(held.seat)
        certificate, fingerprint = "", ""
        if said.certificate:
            certificate, fingerprint = authority.certificate(
                key, place, machine, self._time.wall_ms(), until_ms
            )
        if certificate or not self._admitted_just_now(held, address, until_ms):
            body = {
                "machine": machine,
                "address": address,
                "certificate": fingerprint,
                "until_ms": until_ms,
            }
            await self._journal.append([Draft("seat.admitted", held.seat, held.seat, body)], self.bound.apply)
        return Entered(machine, place, "", token, until_ms, certificate, authority.pem)

    def read(self, token: str, address: str) -> Pass:
        """Return whose token this is. Raises Problem 401: not ours, over, or from another address."""
        given = self._authority.read(token) if self._authority is not None and token else None
        if given is None or given.until_ms <= self._time.wall_ms() or given.address != address:
            raise not_known()
        return given

    def token_for(self, given: Pass) -> str:
        """Return the token of a pass once more, for the browser of the machine whose agent has it."""
        if self._authority is None:
            raise not_known()
        return self._authority.token(given)

    def heard(self, machine: str, address: str, voice: Voice | None) -> None:
        """Note that a machine spoke."""
        now_ms = self.now_ms()
        self.presences.heard(machine, address, voice, now_ms)
        self.waiting.heard(machine, now_ms)

    def standing(self, machine: str) -> Literal["bound", "waiting", "gone"]:
        """Tell how a machine stands; gone: it has to enter anew."""
        if self.bound.of_machine(machine) is not None:
            return "bound"
        return "waiting" if self.waiting.heard(machine, self.now_ms()) is not None else "gone"

    def admitted(self, token: str, certificate: str | None, address: str) -> Place:
        """Return the seat that a request of the exam's pages comes from. Raises Problem.

        `certificate` is the SHA-1 that the proxy tells of a certificate it checked, empty for one that it
        refused, None where the machine showed none: then the token counts.
        """
        if certificate is not None:
            held = self._of_certificate(certificate, address)
        else:
            given = self.read(token, address)
            held = self.bound.of_machine(given.machine)
        if held is None:
            raise not_bound()
        self.presences.heard(held.machine, address, None, self.now_ms())
        return place_of(held.seat)

    async def bind(self, code: str, place: Place, *, replace: bool, actor: str) -> BoundSeat:
        """Give the machine that shows a code its seat. Raises Problem.

        A seat that another machine has, and a machine that has another seat, are refused unless `replace`.
        """
        waits = self.waiting.by_code(code, self.now_ms())
        if waits is None:
            raise no_such_code(code)
        return await self._bind(waits, self.places.require(place), "typed", replace, actor)

    async def move(self, place: Place, to: Place, *, replace: bool, actor: str) -> BoundSeat:
        """Give a bound machine another seat, as when its number was mistyped. Raises Problem."""
        held = self._held(place)
        return await self._bind(
            WaitingMachine(held.machine, held.public_key, held.kept, held.facts, held.address, "", 0, 0),
            self.places.require(to),
            "typed",
            replace,
            actor,
            moves=True,
        )

    async def unbind(self, place: Place, actor: str) -> None:
        """Take a seat from its machine, which is not admitted any more from this moment. Raises Problem."""
        held = self._held(place)
        self.orders.forget(held.machine)
        self.orders.let_go(held.machine)
        body = {"machine": held.machine, "cause": "asked"}
        await self._journal.append([Draft("seat.unbound", held.seat, actor, body)], self.bound.apply)

    async def touch(self, machine: str) -> BoundSeat | None:
        """A waiting machine was touched: where seats are given in order, it takes the next one."""
        now_ms = self.now_ms()
        waits = self.waiting.heard(machine, now_ms)
        turn = self.next_in_order()
        if waits is None or turn is None:
            return None
        bound = await self._bind(waits, turn, "in_order", False, self.in_order.actor)
        self.in_order.went_on(self.now_ms())
        return bound

    def begin_order(self, place: Place, actor: str) -> Place:
        """Let the machines that are touched take the free seats from one on. Raises Problem."""
        self.in_order.begin(self.places.require(place), actor, self.now_ms())
        first = self.next_in_order()
        if first is None:
            self.in_order.end()
            raise Problem(
                "conflict",
                "seat.none_free",
                f"{place.zh}起没有空座位，请先解除绑定",
                f"no seat is free from {place.en} on: unbind some first",
            )
        return first

    def next_in_order(self) -> Place | None:
        """Return the seat that the next touched machine takes; None when nobody gives seats in order."""
        at = self.in_order.at(self.now_ms())
        if at is None:
            return None
        return next((one for one in self.places.from_here(at) if one.id not in self.bound.held), None)

    def seen_before(self, facts: MachineFacts) -> Place | None:
        """Return the seat of a bound machine with the same network card or mainboard: its key was lost."""
        for held in self.bound.held.values():
            if same_machine(held.facts, facts):
                return place_of(held.seat)
        return None

    def _held(self, place: Place) -> BoundSeat:
        held = self.bound.held.get(self.places.require(place).id)
        if held is None:
            raise seat_free(place)
        return held

    async def _bind(
        self,
        waits: WaitingMachine,
        place: Place,
        cause: Cause,
        replace: bool,
        actor: str,
        *,
        moves: bool = False,
    ) -> BoundSeat:
        taken = self.bound.held.get(place.id)
        had = self.bound.of_machine(waits.machine)
        if taken is not None and taken.machine == waits.machine:
            return taken
        if taken is not None and not replace:
            raise seat_taken(place, taken)
        if had is not None and not (replace or moves):
            raise has_another_seat(place_of(had.seat))
        drafts = []
        if taken is not None:
            self.orders.forget(taken.machine)
            body = {"machine": taken.machine, "cause": "replaced"}
            drafts.append(Draft("seat.unbound", place.id, actor, body))
        if had is not None:
            drafts.append(Draft("seat.unbound", had.seat, actor, {"machine": had.machine, "cause": "moved"}))
        facts = waits.facts
        body_bound: dict[str, object] = {
            "machine": waits.machine,
            "public_key": waits.public_key,
            "kept": waits.kept,
            **facts.model_dump(mode="json"),
            "address": waits.address,
            "cause": cause,
            "replaces": taken.machine if taken is not None else "",
        }
        drafts.append(Draft("seat.bound", place.id, actor, body_bound))
        done = self._journal.append(drafts, self.bound.apply)
        # Out of the list at once, so that a second press takes no second seat.
        self.waiting.leave(waits.machine)
        self.orders.let_go(waits.machine)
        await done
        return self.bound.held[place.id]

    def _admitted_just_now(self, held: BoundSeat, address: str, until_ms: int) -> bool:
        """Whether a page that enters again and again fills the journal: once a minute is enough."""
        return any(
            one.address == address and not one.certificate and until_ms - one.until_ms < AGAIN_MS
            for one in held.admissions
        )

    def _of_certificate(self, certificate: str, address: str) -> BoundSeat | None:
        now_ms = self._time.wall_ms()
        for held in self.bound.held.values():
            for given in held.admissions:
                if certificate and given.certificate == certificate:
                    if given.until_ms <= now_ms or given.address != address:
                        raise wrong_certificate()
                    return held
        raise wrong_certificate()


def _text_of(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
