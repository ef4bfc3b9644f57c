"""Files that go up to the centre (上传文件): put into the outbox, then announced in the journal."""

from __future__ import annotations

import asyncio
from pathlib import Path

from central_sync.agent.outbox import Outbox
from central_sync.protocol.kinds import FileOffered
from exam_appliance.journal.journal import Draft, Journal

ANNOUNCED_LOOKED_AT = 5000
"""Newest announcements that are looked through when the server starts."""


class FilesForCentre:
    """Offers files to the centre; they go when the line is there, or with the next stick."""

    def __init__(self, journal: Journal, outbox: Outbox) -> None:
        self._journal = journal
        self._outbox = outbox

    async def start(self) -> None:
        """Announce what was put into the outbox by a call that a power cut ended."""
        waiting = await asyncio.to_thread(self._outbox.waiting)
        if not waiting:
            return
        subjects = sorted({one.subject for one in waiting})
        entries = await asyncio.to_thread(
            self._journal.newest_of_kinds, subjects, ("file.offered",), ANNOUNCED_LOOKED_AT
        )
        announced = {entry["body"]["sha256"] for entry in entries}
        drafts = [
            _draft(one.subject, "site", one.offered) for one in waiting if one.offered.sha256 not in announced
        ]
        if drafts:
            await self._journal.append(drafts)

    async def offer(
        self, source: Path | bytes, *, subject: str, name: str, media_type: str, purpose: str, by: str
    ) -> FileOffered:
        """Offer a file; done when file and announcement are on disk. Raises Problem, OSError."""
        offered = await asyncio.to_thread(
            self._outbox.put, source, subject=subject, name=name, media_type=media_type, purpose=purpose
        )
        await self._journal.append([_draft(subject, by, offered)])
        return offered


def _draft(subject: str, by: str, offered: FileOffered) -> Draft:
    return Draft("file.offered", subject, by, offered.model_dump(mode="json"))
