"""The book of verifications: what the journal says of them, newest in memory, all of them on disk."""

from __future__ import annotations

from collections.abc import Callable

from exam_appliance.identity.verification import Verification
from exam_appliance.identity.verifications import Verifications
from exam_appliance.journal.batches import Rows
from exam_appliance.journal.database import connect_to_read
from exam_appliance.journal.journal import Draft, Journal, Written

HELD = 500
"""Verifications kept in memory; the disk holds the others."""


class VerificationBook:
    """Reads and writes verifications. Methods belong to the event loop's thread unless they say otherwise."""

    def __init__(self, journal: Journal, attempts: Callable[[list[Written]], Rows]) -> None:
        """`attempts` changes attempts as entries about them say, which are committed with a seat's."""
        self._journal = journal
        self._attempts = attempts
        self._reading = connect_to_read(journal.path)
        self._all = Verifications(stored=self._stored)
        self._listeners: list[Callable[[Verification], None]] = []
        # What did not reach the disk is read from there again.
        journal.on_failure(self._all.held.clear)

    def close(self) -> None:
        """Close the file."""
        self._reading.close()

    def listen(self, listener: Callable[[Verification], None]) -> Callable[[], None]:
        """Call a listener with each verification that changed, once on disk; returns what takes it off."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def find(self, verification: str) -> Verification | None:
        """Return a verification."""
        return self._all.find(verification)

    def of_ticket(self, ticket: str) -> list[Verification]:
        """Return the verifications of a candidate in the order in which they began."""
        rows = self._reading.execute("SELECT data FROM verification WHERE ticket = ?", (ticket,)).fetchall()
        found = {one.id: one for one in (Verification.from_row(row[0]) for row in rows)}
        found.update({one.id: one for one in self._all.held.values() if one.ticket == ticket})
        return sorted(found.values(), key=lambda one: one.seq)

    def newest(self, limit: int, place: str = "", before_seq: int = 0) -> list[Verification]:
        """Return verifications, the newest first. Call it on a thread; it opens the file for itself."""
        reading = connect_to_read(self._journal.path)
        try:
            rows = reading.execute(
                "SELECT data FROM verification WHERE (:place = '' OR data ->> '$.place' = :place) "
                "AND (:before = 0 OR seq < :before) ORDER BY seq DESC LIMIT :limit",
                {"place": place, "before": before_seq, "limit": limit},
            ).fetchall()
        finally:
            reading.close()
        return [Verification.from_row(row[0]) for row in rows]

    def all_on_disk(self) -> list[Verification]:
        """Return every verification. Call it on a thread; it opens the file for itself."""
        reading = connect_to_read(self._journal.path)
        try:
            rows = reading.execute("SELECT data FROM verification ORDER BY seq").fetchall()
        finally:
            reading.close()
        return [Verification.from_row(row[0]) for row in rows]

    async def commit(self, drafts: list[Draft]) -> Verification:
        """Write entries about one verification, and with them those of the candidate's attempt.

        Returns the verification as it is then. Raises Problem `journal.*`.
        """
        await self._journal.append(drafts, self._apply)
        found = self._all.find(drafts[0].subject)
        if found is None:
            raise RuntimeError(f"verification {drafts[0].subject} was not begun")
        held = self._all.held
        while len(held) > HELD:
            oldest = next(iter(held))
            if held[oldest].version > self._journal.head:
                break
            del held[oldest]
        for listener in tuple(self._listeners):
            listener(found)
        return found

    def _apply(self, written: list[Written]) -> Rows:
        rows = self._all.apply(written)
        of_attempts = [entry for entry in written if entry.kind.startswith("attempt.")]
        if of_attempts:
            rows["attempt"] = self._attempts(of_attempts)["attempt"]
        return rows

    def _stored(self, verification: str) -> Verification | None:
        row = self._reading.execute(
            "SELECT data FROM verification WHERE verification = ?", (verification,)
        ).fetchone()
        return None if row is None else Verification.from_row(row[0])
