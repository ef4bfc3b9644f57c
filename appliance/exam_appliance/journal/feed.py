"""The journal as the sync agent reads it: from any thread, with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.protocol.journal import genesis
from central_sync.protocol.signed_heads import sign_head
from exam_appliance.journal.database import connect_to_read
from exam_appliance.journal.journal import Journal


class JournalFeed:
    """Reads entries on disk for the way to the centre."""

    def __init__(self, journal: Journal, key: Ed25519PrivateKey) -> None:
        self._journal = journal
        self._key = key
        self._reading = connect_to_read(journal.path)
        self._lock = threading.Lock()
        self._signed: tuple[int, str, str] = (0, "", "")

    def head(self) -> tuple[int, str, str]:
        """Return seq, hash and signature of the last entry on disk; seq 0 and the genesis for none."""
        with self._lock:
            row = self._reading.execute(
                "SELECT seq, line ->> '$.hash' FROM journal ORDER BY seq DESC LIMIT 1"
            ).fetchone()
            seq, hash_ = (0, genesis(self._journal.appliance)) if row is None else (int(row[0]), str(row[1]))
            if self._signed[:2] != (seq, hash_):
                self._signed = (seq, hash_, sign_head(self._key, self._journal.appliance, seq, hash_))
            return self._signed

    def lines(self, after_seq: int, limit: int) -> list[bytes]:
        """Return up to `limit` entries after a seq as canonical JSON lines without line ends."""
        with self._lock:
            rows = self._reading.execute(
                "SELECT line FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (after_seq, limit)
            ).fetchall()
        return [row[0].encode() for row in rows]

    def follow(self, follower: Callable[[object], None]) -> None:
        """Call `follower` on the event loop whenever entries reached the disk."""
        self._journal.follow(follower)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._reading.close()
