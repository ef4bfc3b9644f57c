"""Power of seats: the wake packet on a real wire, orders and what becomes of them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.kinds import KINDS
from exam_appliance.exam.states import SeatState
from exam_appliance.seats.keys import is_signed
from exam_appliance.seats.places import Place
from exam_appliance.seats.power import TAKEN_WITHIN_MS, magic_packet, order_text, send_wake
from exam_appliance.seats.powering import SeatPower
from tests.bound_seat_parts import FIRST, SECOND, THERE, SeatMachine, SeatRoom
from tests.site_parts import Site, contents

MAC, OTHER_MAC = "52:54:00:10:00:01", "52:54:00:10:00:02"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[SeatRoom]:
    room = SeatRoom(tmp_path)
    yield room
    room.close()


@pytest.fixture
async def power(room: SeatRoom, tmp_path: Path) -> AsyncIterator[SeatPower]:
    (tmp_path / "hall").mkdir()
    site = Site(tmp_path / "hall", room.time, Ed25519PrivateKey.generate())
    await site.begin(contents(2))
    room.woken = []
    yield SeatPower(room.seats, room.journal, site.hall, wake=room.woken.extend)
    site.journal.close()


def test_the_wake_packet_is_six_ff_and_sixteen_times_the_address_on_the_wire() -> None:
    assert magic_packet(MAC) == b"\xff" * 6 + bytes.fromhex("525400100001") * 16
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as card:
        card.bind(("127.0.0.1", 0))
        card.settimeout(20)
        send_wake([MAC, OTHER_MAC], [IPv4Address("127.0.0.1")], port=card.getsockname()[1])
        assert {card.recv(200), card.recv(200)} == {magic_packet(MAC), magic_packet(OTHER_MAC)}


async def test_an_order_is_signed_for_the_agents_own_nonce_taken_once_and_journalled(
    room: SeatRoom, power: SeatPower
) -> None:
    machine = SeatMachine(macs=(MAC,))
    await room.seated(machine, FIRST)
    entered = await room.enter(machine, certificate=True)
    waiting = asyncio.create_task(power.ask(machine.name, "nonce-1", 20))
    await asyncio.sleep(0)
    given = await power.give("reboot", [FIRST], "zhou")
    signed = await waiting
    assert signed is not None
    assert signed.order.id == given.orders[0].id
    authority = x509.load_pem_x509_certificate(entered.authority.encode()).public_key()
    assert isinstance(authority, ec.EllipticCurvePublicKey)
    assert is_signed(authority, order_text(signed.order, "nonce-1"), signed.signature)
    assert not is_signed(authority, order_text(signed.order, "nonce-2"), signed.signature)
    await power.answer(machine.name, signed.order.id, "taken", "")
    assert await power.ask(machine.name, "nonce-3", 0) is None
    with pytest.raises(Problem, match=r"seat\.no_such_order"):
        await power.answer(machine.name, signed.order.id, "taken", "")
    told = [entry for entry in room.journal.entries() if entry["kind"].startswith("seat.power")]
    assert [(entry["kind"], entry["actor"]) for entry in told] == [
        ("seat.power_asked", "zhou"),
        ("seat.power_answered", FIRST.id),
    ]
    for entry in told:
        KINDS[entry["kind"]].body.model_validate(entry["body"])


async def test_an_order_that_nobody_takes_is_given_up_and_hits_no_machine_later(
    room: SeatRoom, power: SeatPower
) -> None:
    machine = SeatMachine(macs=(MAC,))
    await room.seated(machine, FIRST)
    await room.enter(machine, certificate=True)
    await power.give("shutdown", [FIRST], "zhou")
    room.time.pass_ms(TAKEN_WITHIN_MS + 1)
    assert await power.ask(machine.name, "nonce", 0) is None
    assert [order.outcome for order in room.seats.orders.given_up(room.seats.now_ms())] == ["unanswered"]
    assert room.seats.orders.given_up(room.seats.now_ms()) == []


async def test_a_room_is_ordered_but_for_seats_where_somebody_sits_or_no_agent_runs(
    room: SeatRoom, power: SeatPower
) -> None:
    agent, browser = SeatMachine(macs=(MAC,)), SeatMachine(macs=(OTHER_MAC,))
    await room.seated(agent, FIRST)
    await room.enter(agent, certificate=True)
    await room.seated(browser, SECOND, THERE)
    given = await power.give("shutdown", None, "zhou")
    assert [order.seat for order in given.orders] == [FIRST.id]
    assert [(one.place, "代理" in one.zh) for one in given.left_out] == [(SECOND, True)]
    # The other machine can still be woken: the server knows its card.
    woken = await power.give("wake", None, "zhou")
    assert [order.seat for order in woken.orders] == [FIRST.id, SECOND.id]
    assert room.woken == [MAC, OTHER_MAC]
    attempt = power._hall.attempt("260001000001")
    attempt.room, attempt.seat, attempt.state = FIRST.room, FIRST.number, SeatState.SITTING
    with pytest.raises(Problem, match="is at work there"):
        await power.give("reboot", [FIRST], "zhou")
    with pytest.raises(Problem, match=r"seat\.unknown"):
        await power.give("wake", [Place("", 99)], "zhou")


async def test_a_wake_packet_that_cannot_leave_is_told(room: SeatRoom, power: SeatPower) -> None:
    def unplugged(macs: object) -> None:
        raise OSError(101, "Network is unreachable")

    power._wake = unplugged
    await room.seated(SeatMachine(macs=(MAC,)), FIRST)
    with pytest.raises(Problem, match=r"seat\.wake"):
        await power.give("wake", None, "zhou")
    await room.seated(SeatMachine(), SECOND, THERE)
    with pytest.raises(Problem, match="card is not known"):
        await power.give("wake", [SECOND], "zhou")
