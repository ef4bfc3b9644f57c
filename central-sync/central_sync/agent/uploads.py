"""Upload of the journal: from what the centre holds to the head, in signed batches."""

from __future__ import annotations

import asyncio
import gzip

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.agent.interfaces import JournalSource
from central_sync.agent.line import Line, Refused
from central_sync.protocol.signed_heads import sign_head
from central_sync.protocol.transfer import BATCH_BYTES, BATCH_ENTRIES, JOURNAL_GZIP_TYPE, Acknowledgement


class JournalsDiffer(Exception):
    """The centre holds another journal under this server's identity, or more than this server has."""

    zh = "本机日志与中心收存的不一致，请联系中心"
    en = "the journal here is not the one that the centre holds: call the centre"


def batch_of(lines: list[bytes]) -> list[bytes]:
    """Return as many of the first lines as make one upload: at least one, at most BATCH_BYTES."""
    size = 0
    for count, line in enumerate(lines):
        size += len(line) + 1
        if size > BATCH_BYTES and count:
            return lines[:count]
    return lines


class JournalUpload:
    """Sends journal entries of one appliance, signed by its key."""

    def __init__(self, source: JournalSource, key: Ed25519PrivateKey, appliance: str) -> None:
        self._source = source
        self._key = key
        self._appliance = appliance

    async def held(self, line: Line) -> Acknowledgement:
        """Ask how far the centre holds the journal; raises LineDown, Refused, JournalsDiffer."""
        answer = await line.ask("GET", "/site/v1/journal", Acknowledgement)
        await asyncio.to_thread(self.require_same, answer)
        return answer

    async def next_batch(self, line: Line, after: Acknowledgement) -> Acknowledgement | None:
        """Send what follows; return what the centre holds then, None when there was nothing to send.

        Raises LineDown, Refused, JournalsDiffer.
        """
        packed = await asyncio.to_thread(self._packed, after.acknowledged)
        if packed is None:
            return None
        body, sig, last_seq, last_hash = packed
        try:
            answer = await line.ask(
                "POST",
                "/site/v1/journal",
                Acknowledgement,
                params={"sig": sig},
                data=body,
                headers={"Content-Type": JOURNAL_GZIP_TYPE},
            )
        except Refused as refused:
            if refused.reason != "journal.gap":
                raise
            # The centre was restored from a backup: it says from where it wants the entries.
            return await self.held(line)
        if (answer.acknowledged, answer.hash) != (last_seq, last_hash):
            await asyncio.to_thread(self.require_same, answer)
        return answer

    def require_same(self, held: Acknowledgement) -> None:
        """Raise JournalsDiffer unless the entry that the centre holds last is this journal's."""
        if held.acknowledged == 0:
            return
        lines = self._source.lines(held.acknowledged - 1, 1)
        if not lines or orjson.loads(lines[0])["hash"] != held.hash:
            raise JournalsDiffer

    def _packed(self, after: int) -> tuple[bytes, str, int, str] | None:
        """Return the next batch, compressed, with its signature and the seq and hash of its last entry."""
        lines = batch_of(self._source.lines(after, BATCH_ENTRIES))
        if not lines:
            return None
        last = orjson.loads(lines[-1])
        sig = sign_head(self._key, self._appliance, last["seq"], last["hash"])
        return gzip.compress(b"\n".join(lines) + b"\n", 6, mtime=0), sig, last["seq"], last["hash"]
