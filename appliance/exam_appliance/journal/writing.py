"""The process that takes the journal to disk: one batch after another, each answered once it is there.

Started by `exam_appliance.journal.writer` with a socket as its standard input. Frames on it are a length
(4 bytes, big-endian) and JSON: first `{"appliance", "key"}` (the journal's private key in base64), then
batches `{"head", "head_hash", "tables"}`. Each batch is answered with a line of JSON, `{"sig"}` or
`{"error"}`. It imports little, so that it is there within a few hundredths of a second.

Usage: python -m exam_appliance.journal.writing DATABASE
"""

from __future__ import annotations

import base64
import socket
import sqlite3
import sys
from io import BufferedReader
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.protocol.signed_heads import sign_head
from exam_appliance.journal.batches import take_batches, write_batch


def connect(path: Path) -> sqlite3.Connection:
    """Open the database to write: WAL, every commit on disk before it returns.

    `synchronous=FULL` syncs the log on each commit; without it an acknowledged answer could be
    lost with the power.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=10.0)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=2000")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def frame(value: object) -> bytes:
    """Return a value as it goes over the line."""
    data = orjson.dumps(value)
    return len(data).to_bytes(4) + data


def main() -> None:
    """Write until the server closes its end, by intent or by its death."""
    line = socket.socket(fileno=sys.stdin.fileno())
    coming = line.makefile("rb")
    hello = _next(coming)
    if hello is None:
        return
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(hello["key"]))
    connection = connect(Path(sys.argv[1]))
    take_batches(connection)
    while (batch := _next(coming)) is not None:
        try:
            write_batch(connection, batch["tables"])
        except sqlite3.Error as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        else:
            answer = {"sig": sign_head(key, hello["appliance"], batch["head"], batch["head_hash"])}
        try:
            line.sendall(orjson.dumps(answer) + b"\n")
        except BrokenPipeError:
            break
    connection.close()


def _next(coming: BufferedReader) -> dict[str, Any] | None:
    """Return the next frame, None at the end; a frame that was cut off by the server's death is no frame."""
    try:
        size = coming.read(4)
        data = coming.read(int.from_bytes(size)) if len(size) == 4 else b""
    except ConnectionError:
        # It died with an answer of ours unread.
        return None
    return orjson.loads(data) if data and len(data) == int.from_bytes(size) else None


if __name__ == "__main__":
    main()
