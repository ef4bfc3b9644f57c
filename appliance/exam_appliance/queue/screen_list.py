"""The enrolled ticket machines and displays as the journal says: in memory and as rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

import orjson

from exam_appliance.journal.batches import Rows
from exam_appliance.journal.journal import Written
from exam_appliance.queue.tickets import HasRows


@dataclass(frozen=True, slots=True)
class Screen:
    """A machine of the LAN with a key of its own: a ticket machine (取号机) or a display (显示屏)."""

    id: str
    use: str
    """`tickets` or `display`."""
    name: str
    station: str
    """Station whose reader, scanner and slip printer a ticket machine uses, such as kiosk-1; else empty."""
    key_sha256: str
    active: bool
    enrolled_at: str


@dataclass(slots=True)
class ScreenList:
    """Screens by id. `apply` is the only way to change one."""

    held: dict[str, Screen] = field(default_factory=dict)

    def load(self, journal: HasRows) -> None:
        """Take the state from the rows on disk, forgetting what is in memory."""
        self.held = {row[0]: Screen(**orjson.loads(row[2])) for row in sorted(journal.rows("screen"))}

    def apply(self, written: Iterable[Written]) -> Rows:
        """Take entries in order and return the rows that stand for the new state."""
        changed: set[str] = set()
        for entry in written:
            if entry.kind != "queue.screen":
                continue
            body = entry.body
            before = self.held.get(entry.subject)
            self.held[entry.subject] = Screen(
                entry.subject,
                body["use"],
                body["name"],
                body["station"],
                body["key_sha256"],
                body["what"] != "revoked",
                entry.at if before is None else before.enrolled_at,
            )
            changed.add(entry.subject)
        return Rows(
            screen=[
                (one, int(self.held[one].active), orjson.dumps(asdict(self.held[one])).decode())
                for one in sorted(changed)
            ]
        )
