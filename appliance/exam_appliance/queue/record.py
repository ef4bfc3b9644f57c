"""The counts of a session's queue as the room record (考场记录单) carries them."""

from __future__ import annotations

from exam_appliance.documents.kinds import QueueFigures
from exam_appliance.queue.queue import Queue


def figures(queue: Queue, session: str) -> QueueFigures | None:
    """Return them; None for a session whose candidates took no numbers."""
    counts = queue.counts(session)
    if not counts.taken:
        return None
    return QueueFigures(
        taken=counts.taken,
        called=counts.called,
        served=counts.served,
        no_shows=counts.no_shows,
        mean_wait_s=counts.mean_wait_s,
        longest_wait_s=counts.longest_wait_s,
    )
