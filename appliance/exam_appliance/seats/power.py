"""Power of candidate machines: wake-on-LAN packets, and orders that a seat's agent carries out."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Literal

WAKE_PORT = 9
TAKEN_WITHIN_MS = 60_000
"""An order that no agent takes within this is given up: a machine that comes later must not go down."""

OrderKind = Literal["wake", "shutdown", "reboot"]
Outcome = Literal["asked", "sent", "taken", "failed", "unanswered"]
"""asked: waits for the agent; sent: the wake packet left; taken: the agent carries it out."""


def magic_packet(mac: str) -> bytes:
    """Return the wake-on-LAN packet of a MAC: six times FF, then the address sixteen times."""
    return b"\xff" * 6 + bytes.fromhex(mac.replace(":", "")) * 16


def send_wake(macs: Sequence[str], broadcasts: Sequence[IPv4Address], port: int = WAKE_PORT) -> None:
    """Send the packet of each MAC to each broadcast address over UDP. Raises OSError."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sending:
        sending.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for address in broadcasts:
            for mac in macs:
                sending.sendto(magic_packet(mac), (str(address), port))


@dataclass(slots=True)
class Order:
    """An order to one machine, and what became of it."""

    id: str
    seat: str
    machine: str
    what: OrderKind
    given_ms: int
    """Since the server's boot."""
    outcome: Outcome
    detail: str = ""


def order_text(order: Order, nonce: str) -> bytes:
    """Return what the seats' authority signs; the agent's own nonce makes each answer good once."""
    return f"kaodian seat order 1\n{order.id}\n{order.machine}\n{order.what}\n{nonce}".encode()


class Orders:
    """The newest order of each machine. `now_ms` is always time since the server's boot."""

    def __init__(self) -> None:
        self._of: dict[str, Order] = {}
        self._woken: dict[str, list[asyncio.Event]] = {}
        """The agents' questions that wait for an answer."""

    def of(self, machine: str) -> Order | None:
        """Return the newest order of a machine."""
        return self._of.get(machine)

    def give(self, seat: str, machine: str, what: OrderKind, now_ms: int) -> Order:
        """Keep an order in place of the machine's last; an agent that waits for one gets it at once."""
        outcome: Outcome = "sent" if what == "wake" else "asked"
        order = Order(secrets.token_hex(8), seat, machine, what, now_ms, outcome)
        self._of[machine] = order
        self.let_go(machine)
        return order

    def asked(self, machine: str, now_ms: int) -> Order | None:
        """Return the order that an agent has to carry out now."""
        order = self._of.get(machine)
        due = order is not None and order.outcome == "asked" and now_ms - order.given_ms <= TAKEN_WITHIN_MS
        return order if due else None

    async def wait(self, machine: str, seconds: float) -> None:
        """Return when an order is given to a machine, or after so many seconds."""
        waiting = self._woken.setdefault(machine, [])
        woken = asyncio.Event()
        waiting.append(woken)
        try:
            async with asyncio.timeout(seconds):
                await woken.wait()
        except TimeoutError:
            pass
        finally:
            waiting.remove(woken)
            if not waiting and self._woken.get(machine) is waiting:
                del self._woken[machine]

    def let_go(self, machine: str) -> None:
        """Answer a machine's agent at once: its seat came or went."""
        for woken in self._woken.get(machine, ()):
            woken.set()

    def wake_all(self) -> None:
        """Let all agents that wait go: the server stops."""
        for machine in self._woken:
            self.let_go(machine)

    def answered(self, machine: str, order: str, outcome: Literal["taken", "failed"], detail: str) -> bool:
        """Note what an agent says of its order; False when it has no such order, or said so before."""
        held = self._of.get(machine)
        if held is None or held.id != order or held.outcome != "asked":
            return False
        held.outcome, held.detail = outcome, detail
        return True

    def given_up(self, now_ms: int) -> list[Order]:
        """Return the orders that nobody took in time, each once."""
        found = [
            order
            for order in self._of.values()
            if order.outcome == "asked" and now_ms - order.given_ms > TAKEN_WITHIN_MS
        ]
        for order in found:
            order.outcome = "unanswered"
        return found

    def forget(self, machine: str) -> None:
        """Drop what waits for a machine that lost its seat."""
        self._of.pop(machine, None)
