"""Seats as the console shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from exam_appliance.readiness.finding import Point
from exam_appliance.readiness.heard.machines import HeardMachine
from exam_appliance.seats.bound import BoundSeat
from exam_appliance.seats.hardware import falls_short, points_of_seat
from exam_appliance.seats.places import Place
from exam_appliance.seats.powering import SeatPower
from exam_appliance.seats.seats import Seats
from exam_appliance.web.console.seats.models import (
    HardwarePoint,
    InOrderView,
    OrderStanding,
    SeatsView,
    SeatView,
    WaitingView,
)
from exam_appliance.web.seats.routes import place_view


def seats_view(seats: Seats, power: SeatPower, heard: Mapping[str, HeardMachine]) -> SeatsView:
    """Return all seats; `heard` are the machines' reports by the machine's name."""
    now_ms = seats.now_ms()
    at = seats.in_order.at(now_ms)
    turn = seats.next_in_order()
    return SeatsView(
        now=datetime.now(UTC),
        required=seats.settings.binding == "required",
        safe_exam_browser=seats.settings.safe_exam_browser == "required",
        rooms=tuple(room.room for room in seats.settings.rooms),
        seats=tuple(_seat(seats, power, heard, place, now_ms) for place in seats.places),
        waiting=tuple(_waiting(seats, now_ms)),
        in_order=None
        if at is None
        else InOrderView(by=seats.in_order.actor, next=place_view(turn) if turn is not None else None),
    )


def _seat(
    seats: Seats, power: SeatPower, heard: Mapping[str, HeardMachine], place: Place, now_ms: int
) -> SeatView:
    held = seats.bound.held.get(place.id)
    if held is None:
        return SeatView(
            place=place_view(place),
            state="free",
            machine="",
            kept=None,
            macs=(),
            board="",
            address="",
            bound_at=None,
            bound_by="",
            admitted_until=None,
            agent=False,
            sitting=False,
            order=None,
            reported=False,
            hardware=(),
            faults=0,
        )
    contact = seats.presences.of(held.machine)
    order = seats.orders.of(held.machine)
    report = heard.get(held.machine)
    points = points_of_seat(report) if report is not None else ()
    return SeatView.model_validate(
        {
            "place": place_view(place),
            "state": "online" if seats.presences.online(held.machine, now_ms) else "silent",
            "machine": held.machine[:8],
            "kept": held.kept,
            "macs": held.macs,
            "board": _board(held.vendor, held.product),
            "address": contact.address if contact is not None else held.address,
            "bound_at": datetime.fromisoformat(held.at),
            "bound_by": held.actor,
            "admitted_until": _until(held),
            "agent": seats.presences.has_agent(held.machine, now_ms),
            "sitting": power.sitting(place),
            "order": None
            if order is None
            else OrderStanding(what=order.what, outcome=order.outcome, detail=order.detail),
            "reported": report is not None,
            "hardware": tuple(_point(point) for point in points),
            "faults": len(falls_short(points)),
        }
    )


def _waiting(seats: Seats, now_ms: int) -> list[WaitingView]:
    found = []
    for waits in seats.waiting.all(now_ms):
        was = seats.seen_before(waits.facts)
        found.append(
            WaitingView.model_validate(
                {
                    "code": waits.code,
                    "kept": waits.kept,
                    "macs": waits.facts.macs,
                    "board": _board(waits.facts.vendor, waits.facts.product),
                    "address": waits.address,
                    "was": place_view(was) if was is not None else None,
                }
            )
        )
    return found


def _board(vendor: str, product: str) -> str:
    return " ".join(part for part in (vendor, product) if part)


def _until(held: BoundSeat) -> datetime | None:
    latest = max((one.until_ms for one in held.admissions), default=None)
    return None if latest is None else datetime.fromtimestamp(latest / 1000, UTC)


def _point(point: Point) -> HardwarePoint:
    return HardwarePoint.model_validate(
        {
            "zh": point.name.zh,
            "en": point.name.en,
            "measured_zh": point.measured.zh,
            "measured_en": point.measured.en,
            "state": point.state.value,
            "todo_zh": point.todo.zh if point.todo is not None else "",
            "todo_en": point.todo.en if point.todo is not None else "",
        }
    )
