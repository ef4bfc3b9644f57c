"""Which machine has which seat, as the journal says: in memory and as rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace

import orjson

from exam_appliance.devices.bindings import HasRows
from exam_appliance.journal.batches import Rows
from exam_appliance.journal.journal import Written
from exam_appliance.seats.facts import MachineFacts

ADMISSIONS_KEPT = 4
"""Certificates of one machine that may hold at once."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A certificate or token given to a machine at one address."""

    address: str
    certificate: str
    """SHA-1 of the certificate, hex; empty where a token alone was given."""
    until_ms: int
    at: str


@dataclass(frozen=True, slots=True)
class BoundSeat:
    """A machine at its seat."""

    seat: str
    """Id of the place."""
    machine: str
    public_key: str
    kept: str
    macs: tuple[str, ...]
    vendor: str
    product: str
    serial: str
    uuid: str
    address: str
    at: str
    """When it was bound, as entries carry time."""
    actor: str
    admissions: tuple[Admission, ...] = ()

    @property
    def facts(self) -> MachineFacts:
        """Return what the machine was known by when it was bound."""
        return MachineFacts(
            macs=self.macs[:8], vendor=self.vendor, product=self.product, serial=self.serial, uuid=self.uuid
        )


@dataclass(slots=True)
class BoundSeats:
    """All bindings of the site. `apply` is the only way to change one."""

    held: dict[str, BoundSeat] = field(default_factory=dict)
    """By id of the place."""
    _of: dict[str, str] = field(default_factory=dict)
    """Machine -> id of its place."""

    def load(self, journal: HasRows) -> None:
        """Take the state from the rows on disk, forgetting what is in memory."""
        self.held = {seat: _seat(data) for seat, bound, data in sorted(journal.rows("seat")) if bound}
        self._of = {one.machine: seat for seat, one in self.held.items()}

    def of_machine(self, machine: str) -> BoundSeat | None:
        """Return the seat of a machine."""
        seat = self._of.get(machine)
        return self.held[seat] if seat is not None else None

    def apply(self, written: Iterable[Written]) -> Rows:
        """Take entries in order and return the rows that stand for the new state."""
        rows: dict[str, tuple[str, int, str]] = {}
        for entry in written:
            body, seat = entry.body, entry.subject
            if entry.kind == "seat.bound":
                one = BoundSeat(
                    seat,
                    body["machine"],
                    body["public_key"],
                    body["kept"],
                    tuple(body["macs"]),
                    body["vendor"],
                    body["product"],
                    body["serial"],
                    body["uuid"],
                    body["address"],
                    entry.at,
                    entry.actor,
                )
            elif entry.kind == "seat.unbound" and seat in self.held:
                gone = self.held.pop(seat)
                self._of.pop(gone.machine, None)
                rows[seat] = _row(gone, 0)
                continue
            elif entry.kind == "seat.admitted" and seat in self.held:
                given = Admission(body["address"], body["certificate"], body["until_ms"], entry.at)
                held = self.held[seat]
                one = replace(held, admissions=(*held.admissions, given)[-ADMISSIONS_KEPT:])
            else:
                continue
            self.held[seat] = one
            self._of[one.machine] = seat
            rows[seat] = _row(one, 1)
        return Rows(seat=[rows[seat] for seat in sorted(rows)])


def _row(one: BoundSeat, bound: int) -> tuple[str, int, str]:
    return one.seat, bound, orjson.dumps(asdict(one)).decode()


def _seat(data: str) -> BoundSeat:
    read = orjson.loads(data)
    admissions = tuple(Admission(**one) for one in read.pop("admissions"))
    return BoundSeat(**{**read, "macs": tuple(read["macs"])}, admissions=admissions)
