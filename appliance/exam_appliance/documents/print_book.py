"""The book of print jobs: what the journal says of them, and why they wait, which only memory knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from exam_appliance.documents.job import PrintJob, PrintState
from exam_appliance.documents.kinds import DocumentKind
from exam_appliance.documents.print_jobs import PrintJobs
from exam_appliance.documents.site_printers import Obstacle
from exam_appliance.journal.database import connect_to_read
from exam_appliance.journal.journal import Draft, Journal

BY_ITSELF = "site"
"""Who acts where no person does."""
_UNSETTLED = tuple(state.value for state in PrintState if state.open or state.needs_person)


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which jobs of the history: of a session, a kind or a state, and how many after how many."""

    session: str = ""
    kind: DocumentKind | None = None
    state: PrintState | None = None
    limit: int = 100
    before_seq: int = 0
    """Only jobs that began before this entry; 0 for all."""


class PrintBook:
    """Reads and writes print jobs. Methods belong to the event loop's thread unless they say otherwise."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._reading = connect_to_read(journal.path)
        self._jobs = PrintJobs(stored=self._stored)
        self._notes: dict[str, Obstacle] = {}
        self._listeners: list[Callable[[PrintJob], None]] = []
        journal.on_failure(self.start)

    def start(self) -> None:
        """Take the jobs that are not settled from the disk, forgetting what is in memory."""
        rows = self._reading.execute(
            "SELECT data FROM print WHERE state IN (SELECT value FROM json_each(?)) ORDER BY seq",
            (orjson.dumps(_UNSETTLED).decode(),),
        ).fetchall()
        self._jobs.held = {job.id: job for job in (PrintJob.from_row(row[0]) for row in rows)}

    def close(self) -> None:
        """Close the file."""
        self._reading.close()

    def listen(self, listener: Callable[[PrintJob], None]) -> Callable[[], None]:
        """Call a listener with each job that changed, once that is on disk; returns what takes it off."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def find(self, job: str) -> PrintJob | None:
        """Return a job."""
        return self._jobs.find(job)

    def waiting(self, role: str) -> Sequence[PrintJob]:
        """Return the open jobs of a role, the oldest first."""
        return sorted(
            (job for job in self._jobs.held.values() if job.role == role and job.state.open),
            key=lambda job: job.seq,
        )

    def unsettled(self) -> list[PrintJob]:
        """Return all jobs that are not out: those that go on and those that need a person."""
        return sorted(
            (job for job in self._jobs.held.values() if job.state.open or job.state.needs_person),
            key=lambda job: job.seq,
        )

    def roles_at_work(self) -> set[str]:
        """Return the roles with open jobs."""
        return {job.role for job in self._jobs.held.values() if job.state.open}

    def why(self, job: PrintJob) -> Obstacle | None:
        """Return why a job waits or did not come out, None where nothing stands in its way."""
        if job.state.open:
            return self._notes.get(job.id)
        return Obstacle(job.reason, job.zh, job.en) if job.reason else None

    def history(self, query: HistoryQuery) -> list[PrintJob]:
        """Return jobs, the newest first. Call it on a thread; it opens the file for itself."""
        reading = connect_to_read(self._journal.path)
        try:
            rows = reading.execute(
                "SELECT data FROM print WHERE (:session = '' OR session = :session) "
                "AND (:kind = '' OR kind = :kind) AND (:state = '' OR state = :state) "
                "AND (:before = 0 OR seq < :before) ORDER BY seq DESC LIMIT :limit",
                {
                    "session": query.session,
                    "kind": query.kind.value if query.kind is not None else "",
                    "state": query.state.value if query.state is not None else "",
                    "before": query.before_seq,
                    "limit": query.limit,
                },
            ).fetchall()
        finally:
            reading.close()
        return [PrintJob.from_row(row[0]) for row in rows]

    async def commit(self, draft: Draft) -> None:
        """Write one entry about a job. Raises Problem `journal.*`."""
        await self._journal.append([draft], self._jobs.apply)
        job = self._jobs.held.get(draft.subject)
        if job is None:
            return
        if not job.state.open:
            self._notes.pop(job.id, None)
        if job.state in (PrintState.PRINTED, PrintState.CANCELLED):
            # On disk, where history and reprints find it.
            del self._jobs.held[job.id]
        for listener in tuple(self._listeners):
            listener(job)

    async def sent(self, job: PrintJob, device: str) -> None:
        """Note that a printer is about to get it."""
        self._notes.pop(job.id, None)
        await self.commit(Draft("print.sent", job.id, BY_ITSELF, {"device": device}))

    async def done(self, job: PrintJob) -> None:
        """Note that it came out."""
        await self.commit(Draft("print.done", job.id, BY_ITSELF, {"by_person": False}))

    async def failed(self, job: PrintJob, why: Obstacle, *, doubtful: bool) -> None:
        """Note that it did not come out, or that nobody knows."""
        body = {"doubtful": doubtful, "code": why.code[:80], "zh": why.zh[:500], "en": why.en[:500]}
        await self.commit(Draft("print.failed", job.id, BY_ITSELF, body))

    async def taken_back(self, job: PrintJob) -> None:
        """Note that its printer did not take it."""
        body = {"role": job.role, "round": job.round}
        await self.commit(Draft("print.retried", job.id, BY_ITSELF, body))

    def note(self, job: PrintJob, why: Obstacle | None) -> None:
        """Say why a job waits."""
        if why is None:
            self._notes.pop(job.id, None)
        else:
            self._notes[job.id] = why

    def _stored(self, job: str) -> PrintJob | None:
        row = self._reading.execute("SELECT data FROM print WHERE job = ?", (job,)).fetchone()
        return None if row is None else PrintJob.from_row(row[0])
