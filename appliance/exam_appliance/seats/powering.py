"""Power orders to seats: given at the console, signed, taken by the seat's agent, journalled both ways."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from central_sync.protocol.http.problems import Problem
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.states import SeatState
from exam_appliance.journal.journal import Draft, Journal
from exam_appliance.seats.bound import BoundSeat
from exam_appliance.seats.places import Place
from exam_appliance.seats.power import Order, OrderKind, order_text, send_wake
from exam_appliance.seats.seats import Seats

log = logging.getLogger(__name__)

LOOK_S = 2.0
WAIT_S = 20.0
"""An agent's question for orders is answered at the latest after this."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A seat that got no order, and why."""

    place: Place
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Given:
    """Orders given to a room, and the seats left out."""

    orders: tuple[Order, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """An order with the signature of the seats' authority, for the agent's own nonce."""

    order: Order
    signature: str


class SeatPower:
    """Wakes, shuts down and reboots seats."""

    def __init__(
        self,
        seats: Seats,
        journal: Journal,
        hall: Hall,
        wake: Callable[[Sequence[str]], None] | None = None,
    ) -> None:
        self._seats = seats
        self._journal = journal
        self._hall = hall
        self._wake = wake or (lambda macs: send_wake(macs, seats.settings.wake_broadcast))
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for orders that nobody takes."""
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop looking."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching

    def sitting(self, place: Place) -> bool:
        """Tell whether a candidate is at work at a seat: its machine must stay on."""
        return any(
            attempt.seat == place.number
            and place.room in ("", attempt.room)
            and (attempt.sitting or attempt.state in (SeatState.CHECKED_IN, SeatState.PAUSED))
            for attempt in self._hall.projection.attempts.values()
        )

    async def give(self, what: OrderKind, places: Sequence[Place] | None, actor: str) -> Given:
        """Order some seats, or all bound ones with None. Seats that cannot obey are left out, each with why.

        Raises Problem where one seat was meant and is left out, or nothing is bound.
        """
        bound = self._seats.bound.held
        wanted = (
            [place for place in self._seats.places if place.id in bound]
            if places is None
            else [self._seats.places.require(place) for place in dict.fromkeys(places)]
        )
        orders: list[Order] = []
        left_out: list[LeftOut] = []
        for place in wanted:
            held = bound.get(place.id)
            why = self._why_not(what, place, held)
            if held is None or why is not None:
                zh, en = why or ("没有绑定机器", "no machine is bound")
                left_out.append(LeftOut(place, zh, en))
            else:
                orders.append(self._seats.orders.give(place.id, held.machine, what, self._seats.now_ms()))
        if not orders:
            zh = "；".join(f"{one.place.zh}：{one.zh}" for one in left_out[:5]) or "没有已绑定的座位"
            en = "; ".join(f"{one.place.en}: {one.en}" for one in left_out[:5]) or "no seat is bound"
            raise Problem("conflict", "seat.no_order", zh, en)
        if what == "wake":
            await self._send(orders)
        drafts = [
            Draft(
                "seat.power_asked",
                order.seat,
                actor,
                {"order": order.id, "machine": order.machine, "what": what},
            )
            for order in orders
        ]
        await self._journal.append(drafts)
        return Given(tuple(orders), tuple(left_out))

    async def ask(self, machine: str, nonce: str, wait_s: float) -> SignedOrder | None:
        """Return the order that an agent has to carry out, signed for its nonce; waits a while for one."""
        order = self._seats.orders.asked(machine, self._seats.now_ms())
        if order is None and wait_s > 0:
            await self._seats.orders.wait(machine, min(wait_s, WAIT_S))
            order = self._seats.orders.asked(machine, self._seats.now_ms())
        if order is None:
            return None
        authority = await self._seats.authority()
        return SignedOrder(order, authority.sign(order_text(order, nonce)))

    async def answer(
        self, machine: str, order: str, outcome: Literal["taken", "failed"], detail: str
    ) -> None:
        """Note what an agent makes of its order. Raises Problem for one that it has not, or no more."""
        held = self._seats.bound.of_machine(machine)
        if held is None or not self._seats.orders.answered(machine, order, outcome, detail):
            raise Problem(
                "missing", "seat.no_such_order", "没有这条指令，或已处理", "no such order, or it is settled"
            )
        body = {"order": order, "outcome": outcome, "detail": detail}
        await self._journal.append([Draft("seat.power_answered", held.seat, held.seat, body)])

    def _why_not(self, what: OrderKind, place: Place, held: BoundSeat | None) -> tuple[str, str] | None:
        if held is None:
            return "没有绑定机器", "no machine is bound"
        if what == "wake":
            if not held.macs:
                return "网卡地址未知，无法唤醒", "its network card is not known"
            return None
        if self.sitting(place):
            return "有考生正在考试，不能关机或重启", "a candidate is at work there"
        if not self._seats.presences.has_agent(held.machine, self._seats.now_ms()):
            return (
                "该机没有运行座位代理或已关机，请到机器上操作",
                "no seat agent runs there, or it is off: do it at the machine",
            )
        return None

    async def _send(self, orders: Sequence[Order]) -> None:
        macs = [mac for order in orders for mac in self._seats.bound.held[order.seat].macs]
        try:
            await asyncio.to_thread(self._wake, macs)
        except OSError as error:
            log.warning("wake-on-LAN: %s", error)
            for order in orders:
                order.outcome, order.detail = "failed", str(error)[:200]
            raise Problem(
                "not_ready",
                "seat.wake",
                f"唤醒包发送失败（{error}），请检查考场网口和配置项 seats.wake_broadcast",
                f"the wake packet could not be sent ({error}): check the port and seats.wake_broadcast",
            ) from error

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            drafts = [
                Draft(
                    "seat.power_answered",
                    order.seat,
                    "site",
                    {"order": order.id, "outcome": "unanswered", "detail": ""},
                )
                for order in self._seats.orders.given_up(self._seats.now_ms())
            ]
            if drafts:
                with contextlib.suppress(Problem):
                    await self._journal.append(drafts)
