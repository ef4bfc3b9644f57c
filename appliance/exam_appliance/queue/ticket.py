"""A queue ticket (排队号) and the states that it goes through."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

import orjson


class TicketState(StrEnum):
    """Where a queue ticket stands (排队状态)."""

    WAITING = "waiting"  # 等候
    CALLED = "called"  # 已叫号
    SERVED = "served"  # 已办理
    NO_SHOW = "no_show"  # 未到


@dataclass(frozen=True, slots=True)
class QueueTicket:
    """A queue ticket as the journal says. Moments are ISO 8601 UTC as entries carry them, empty for never."""

    id: str
    """`SESSION.NUMBER`."""
    number: str
    """As it is called: A023."""
    session: str
    room: str
    admission: str
    """Admission ticket number of the candidate."""
    source: str
    machine: str
    taken_at: str
    arrival: int
    """Entry by which it stands in line: when it was taken, passed over or came back."""
    seq: int
    """Entry that changed it last."""
    state: TicketState = TicketState.WAITING
    priority: str = ""
    counter: str = ""
    """Counter that called it last."""
    wanted: str = ""
    """The only counter that may call it next, empty for any."""
    first_called_at: str = ""
    called_at: str = ""
    settled_at: str = ""
    skipped: int = 0
    """How many times it was passed over."""

    @property
    def live(self) -> bool:
        """Whether it waits or is being served."""
        return self.state in (TicketState.WAITING, TicketState.CALLED)

    @property
    def waited_s(self) -> float | None:
        """Seconds from taking the number to the first call, None while there was none."""
        if not self.first_called_at:
            return None
        return seconds_between(self.taken_at, self.first_called_at)

    def row(self) -> tuple[str, str, str, int, str]:
        """Return the row of the `queue` table."""
        return self.id, self.session, self.state.value, self.seq, orjson.dumps(asdict(self)).decode()

    @staticmethod
    def from_row(data: str) -> QueueTicket:
        """Return the ticket that a row's `data` holds."""
        value = orjson.loads(data)
        value["state"] = TicketState(value["state"])
        return QueueTicket(**value)


def seconds_between(earlier: str, later: str) -> float:
    """Return the seconds between two moments of entries; 0 where the wall clock was set back between."""
    gone = datetime.fromisoformat(later) - datetime.fromisoformat(earlier)
    return max(0.0, gone.total_seconds())
