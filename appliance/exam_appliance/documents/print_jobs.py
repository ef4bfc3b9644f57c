"""All print jobs as the journal says: those that go on in memory, all of them as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from exam_appliance.documents.job import PrintJob, PrintState
from exam_appliance.documents.kinds import DocumentKind
from exam_appliance.journal.batches import Rows
from exam_appliance.journal.journal import Written


@dataclass(slots=True)
class PrintJobs:
    """Print jobs by id. `apply` is the only way to change one.

    A server holds in memory those that are not settled or not yet on disk; `stored` reads the others.
    """

    held: dict[str, PrintJob] = field(default_factory=dict)
    stored: Callable[[str], PrintJob | None] = lambda job: None

    def find(self, job: str) -> PrintJob | None:
        """Return a job, wherever it is."""
        return self.held.get(job) or self.stored(job)

    def apply(self, written: Iterable[Written]) -> Rows:
        """Take entries in order and return the rows that stand for the new state."""
        changed: set[str] = set()
        for entry in written:
            if entry.kind == "print.asked":
                self.held[entry.subject] = _asked(entry)
                changed.add(entry.subject)
            elif entry.kind.startswith("print."):
                before = self.find(entry.subject)
                change = _CHANGES.get(entry.kind)
                if before is not None and change is not None:
                    self.held[entry.subject] = change(before, entry)
                    changed.add(entry.subject)
        return Rows(print=[self.held[job].row() for job in sorted(changed)])


def _asked(entry: Written) -> PrintJob:
    body = entry.body
    return PrintJob(
        id=entry.subject,
        kind=DocumentKind(body["document"]),
        subject=body["about"],
        title=body["title"],
        session=body["session"],
        version=body["version"],
        copy=body["copy_number"],
        documents=body["documents"],
        people=body["people"],
        role=body["role"],
        actor=entry.actor,
        asked_at=entry.at,
        seq=entry.seq,
    )


def _sent(job: PrintJob, entry: Written) -> PrintJob:
    device = entry.body["device"]
    return replace(job, state=PrintState.SENDING, device=device, tries=job.tries + 1, reason="", zh="", en="")


def _done(job: PrintJob, entry: Written) -> PrintJob:
    return replace(job, state=PrintState.PRINTED, reason="", zh="", en="", settled_at=entry.at)


def _failed(job: PrintJob, entry: Written) -> PrintJob:
    body: dict[str, Any] = entry.body
    return replace(
        job,
        state=PrintState.DOUBTFUL if body["doubtful"] else PrintState.FAILED,
        reason=body["code"],
        zh=body["zh"],
        en=body["en"],
        settled_at=entry.at,
    )


def _retried(job: PrintJob, entry: Written) -> PrintJob:
    return replace(
        job,
        state=PrintState.WAITING,
        role=entry.body["role"],
        round=entry.body["round"],
        device="",
        reason="",
        zh="",
        en="",
        settled_at="",
    )


def _cancelled(job: PrintJob, entry: Written) -> PrintJob:
    return replace(job, state=PrintState.CANCELLED, settled_at=entry.at)


_CHANGES: dict[str, Callable[[PrintJob, Written], PrintJob]] = {
    "print.sent": _sent,
    "print.done": _done,
    "print.failed": _failed,
    "print.retried": _retried,
    "print.cancelled": _cancelled,
}
