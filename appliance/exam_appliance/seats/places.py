"""Seats as they are named: room and number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from central_sync.protocol.http.problems import Problem
from exam_appliance.config.settings import SeatRoomSettings


class Place(NamedTuple):
    """A seat (座位) of a room; the room is empty where seats are known by number alone."""

    room: str
    number: int

    @property
    def id(self) -> str:
        """Return its id, the subject of its journal entries: 12 or 第一考场/12."""
        return f"{self.room}/{self.number}" if self.room else str(self.number)

    @property
    def zh(self) -> str:
        """Return its name in Chinese."""
        return f"{self.room} {self.number} 号" if self.room else f"{self.number} 号"

    @property
    def en(self) -> str:
        """Return its name in English."""
        return f"seat {self.number} of {self.room}" if self.room else f"seat {self.number}"


def place_of(seat: str) -> Place:
    """Return the place of an id."""
    room, _, number = seat.rpartition("/")
    return Place(room, int(number))


class Places:
    """The seats that the site has, in order."""

    def __init__(self, rooms: Sequence[SeatRoomSettings]) -> None:
        self._all = [
            Place(room.room, number) for room in rooms for number in range(room.first, room.last + 1)
        ]
        self._at = {place: at for at, place in enumerate(self._all)}

    def __iter__(self) -> Iterator[Place]:
        """Go through all seats."""
        return iter(self._all)

    def require(self, place: Place) -> Place:
        """Return a seat that the site has. Raises Problem `missing`."""
        if place not in self._at:
            raise Problem(
                "missing",
                "seat.unknown",
                f"没有座位 {place.zh}，座位范围见配置项 seats.rooms",
                f"there is no {place.en}: see seats.rooms in the configuration",
                fields=(("number", "没有这个座位", "there is no such seat"),),
            )
        return place

    def from_here(self, place: Place) -> Iterator[Place]:
        """Go through the seats from one on, up to the end of its room."""
        for other in self._all[self._at[place] :]:
            if other.room != place.room:
                return
            yield other
