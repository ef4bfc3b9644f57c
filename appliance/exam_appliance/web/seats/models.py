"""What candidate machines and their agents send and are told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from central_sync.protocol.items import Words
from exam_appliance.seats.lock_down import Browser

Nonce = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


class ChallengeView(Words):
    """What a machine signs to enter: `kaodian seat 1`, the challenge and the SHA-256 of its key, by line."""

    challenge: str


class PlaceView(Words):
    """A seat."""

    room: str
    number: int
    zh: str
    en: str


class EnteredView(Words):
    """What a machine gets that proved its key."""

    machine: str
    """SHA-256 of its public key, hex."""
    place: PlaceView | None
    code: str
    """Shown in large letters while it has no seat; else empty."""
    token: str
    """For the header `Authorization: Seat ...`; browsers have it in a cookie."""
    until: AwareDatetime
    certificate: str
    """PEM; empty unless asked for and bound."""
    authority: str
    """PEM of the authority that signs certificates and orders."""


class TicketView(Words):
    """What the agent hands to the browser it starts: /seat/#ticket=..., good once."""

    ticket: str


class OpenRequest(Words):
    """The browser shows the agent's ticket."""

    ticket: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


class SeatSession(Words):
    """A session as an idle seat shows it."""

    title: str
    starts_at: AwareDatetime
    state: Literal["coming", "open", "running", "paused"]


class SeatStateView(Words):
    """What an idle seat shows."""

    now: AwareDatetime
    site: str
    machine: str
    """Eight signs of the machine's name."""
    place: PlaceView | None
    code: str
    """Empty once it has a seat, and where the page must enter anew."""
    turn: PlaceView | None
    """Seats are given in order: this is what the next touched machine gets."""
    required: bool
    """The exam's pages answer to bound seats alone."""
    browser: Browser
    renew: bool
    """More than half of the admission's time is over: enter anew."""
    session: SeatSession | None
    """The one that goes on, or the next."""


class OrdersQuery(Words):
    """An agent asks for orders."""

    nonce: Nonce
    wait: Annotated[int, Field(ge=0, le=20)] = 0
    """Seconds that the answer may take."""


class OrderView(Words):
    """An order that the agent carries out once it has checked the signature."""

    id: str
    what: Literal["shutdown", "reboot"]
    signature: str
    """ECDSA (DER, Base64) of the authority over `kaodian seat order 1`, id, machine, what, nonce, by line."""


class OrdersView(Words):
    """None or one order, and how the machine stands."""

    standing: Literal["bound", "waiting", "gone"]
    """gone: the server knows nothing of it any more; enter anew."""
    order: OrderView | None


class OrderAnswer(Words):
    """What the agent makes of an order, before it carries it out."""

    outcome: Literal["taken", "failed"]
    detail: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
