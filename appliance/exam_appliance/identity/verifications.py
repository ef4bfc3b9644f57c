"""All verifications as the journal says: those that change in memory, all of them as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field

from exam_appliance.identity.verification import Verification
from exam_appliance.journal.batches import Rows
from exam_appliance.journal.journal import Written


@dataclass(slots=True)
class Verifications:
    """Verifications by id. `apply` is the only way to change one; `stored` reads those not in memory."""

    held: dict[str, Verification] = field(default_factory=dict)
    stored: Callable[[str], Verification | None] = lambda verification: None

    def find(self, verification: str) -> Verification | None:
        """Return a verification, wherever it is."""
        return self.held.get(verification) or self.stored(verification)

    def apply(self, written: Iterable[Written]) -> Rows:
        """Take entries in order and return the rows that stand for the new state."""
        changed: dict[str, Verification] = {}
        for entry in written:
            if not entry.kind.startswith("identity."):
                continue
            if entry.kind == "identity.started":
                found: Verification | None = Verification.started(entry)
            else:
                # A copy: whoever holds the one of before goes on with what that was.
                found = changed.get(entry.subject) or deepcopy(self.find(entry.subject))
                if found is not None:
                    found.apply(entry)
            if found is not None:
                changed[entry.subject] = found
        self.held.update(changed)
        return Rows(verification=[changed[one].row() for one in sorted(changed)])
