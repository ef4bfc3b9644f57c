"""Which device has which role, as the journal says: in memory and as rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import orjson

from exam_appliance.devices.roles import STATION_KINDS, Role, Station, role_named, roles_of, station_named
from exam_appliance.journal.batches import Rows
from exam_appliance.journal.journal import Written


class HasRows(Protocol):
    """A journal's projection tables, of a running server or read from its file."""

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Return all rows of a table."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A device in a role; who it is stands here too, for while it is absent."""

    role: str
    device: str
    kind: str
    maker: str
    model: str
    serial: str
    port: str
    at: str
    """When it was bound, as entries carry time."""
    actor: str


@dataclass(slots=True)
class Bindings:
    """All bindings and stations of a site. `apply` is the only way to change it."""

    stations: dict[str, bool] = field(default_factory=dict)
    """Whether a station is there, for those that were ever changed."""
    labels: dict[str, str] = field(default_factory=dict)
    """What the site calls a station besides its name: 东门."""
    _bound: dict[tuple[str, str], Bound] = field(default_factory=dict)

    def apply(self, written: Iterable[Written]) -> Rows:
        """Take entries in order and return the rows that stand for the new state."""
        stations: dict[str, tuple[str, int, str]] = {}
        bindings: dict[tuple[str, str], tuple[str, str, int, str]] = {}
        for entry in written:
            body = entry.body
            if entry.kind == "station.changed":
                self.stations[entry.subject] = body["present"]
                self.labels[entry.subject] = body["label"]
                stations[entry.subject] = (entry.subject, int(body["present"]), body["label"])
            elif entry.kind == "device.bound":
                bound = Bound(
                    entry.subject,
                    body["device"],
                    body["kind"],
                    body["maker"],
                    body["model"],
                    body["serial"],
                    body["port"],
                    entry.at,
                    entry.actor,
                )
                self._bound[entry.subject, bound.device] = bound
                bindings[entry.subject, bound.device] = _row(bound, 1)
            elif entry.kind == "device.unbound":
                gone = self._bound.pop((entry.subject, body["device"]), None)
                if gone is not None:
                    bindings[entry.subject, gone.device] = _row(gone, 0)
        return Rows(
            station=[stations[station] for station in sorted(stations)],
            binding=[bindings[key] for key in sorted(bindings)],
        )

    def load(self, journal: HasRows) -> None:
        """Take the state from the rows on disk, forgetting what is in memory."""
        rows = journal.rows("station")
        self.stations = {station: bool(present) for station, present, _ in rows}
        self.labels = {station: label for station, _, label in rows}
        self._bound = {
            (role, device): Bound(**orjson.loads(data))
            for role, device, bound, data in sorted(journal.rows("binding"))
            if bound
        }

    def all(self) -> list[Bound]:
        """Return all bindings, ordered by role and device."""
        return [self._bound[key] for key in sorted(self._bound)]

    def of_role(self, role: str) -> list[Bound]:
        """Return the devices of a role, the one bound first before the others."""
        return sorted(
            (bound for bound in self._bound.values() if bound.role == role),
            key=lambda bound: (bound.at, bound.device),
        )

    def of_device(self, device: str) -> list[Bound]:
        """Return the roles of a device."""
        return sorted(
            (bound for bound in self._bound.values() if bound.device == device), key=lambda one: one.role
        )

    def present(self) -> list[Station]:
        """Return the stations of the site in the order that pages show them."""
        found = []
        for kind in STATION_KINDS.values():
            for number in range(1, kind.most + 1):
                station = Station(kind, number)
                if self.stations.get(station.id, number <= kind.at_first):
                    found.append(station)
        return found

    def has(self, station: str) -> bool:
        """Tell whether the site has a station of this id."""
        known = station_named(station)
        return known is not None and self.stations.get(station, known.number <= known.kind.at_first)

    def role(self, role: str) -> Role | None:
        """Return a role of a station that the site has."""
        found = role_named(role)
        return found if found is not None and self.has(found.station.id) else None

    def roles(self) -> list[Role]:
        """Return all roles of the site's stations."""
        return [role for station in self.present() for role in roles_of(station)]


def _row(bound: Bound, there: int) -> tuple[str, str, int, str]:
    return bound.role, bound.device, there, orjson.dumps(asdict(bound)).decode()
