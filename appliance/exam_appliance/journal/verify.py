"""Verification of a journal file from outside, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from central_sync.protocol.canonical import NotCanonical
from central_sync.protocol.journal import Entry, entry_hash, genesis
from central_sync.protocol.kinds import KINDS
from exam_appliance.journal.database import connect_to_read


@dataclass(frozen=True)
class Finding:
    """Something in a journal that should not be: where and what."""

    seq: int
    reason: str
    zh: str
    en: str


@dataclass(frozen=True)
class Verdict:
    """Result of a verification."""

    entries: int
    head: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True when the whole journal holds."""
        return not self.findings


def verify_file(path: Path, appliance: str, progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Check every entry of a journal file: sequence, chain, hash, known kind, body's form.

    Stops at the first break of the chain, for nothing after it can be trusted. `progress` is
    called with (done, total).
    """
    connection = connect_to_read(path)
    try:
        total = int(connection.execute("SELECT count(*) FROM journal").fetchone()[0])
        seq, prev = 0, genesis(appliance)
        findings: list[Finding] = []
        for stored_seq, line in connection.execute("SELECT seq, line FROM journal ORDER BY seq"):
            finding = _examine(int(stored_seq), line, seq, prev)
            if finding is not None:
                findings.append(finding)
                if finding.reason != "body":
                    break
            prev = str(orjson.loads(line)["hash"])
            seq = int(stored_seq)
            if progress is not None and seq % 500 == 0:
                progress(seq, total)
        if progress is not None:
            progress(seq, total)
        return Verdict(seq, prev, tuple(findings))
    finally:
        connection.close()


def _examine(stored_seq: int, line: str, seq: int, prev: str) -> Finding | None:
    if stored_seq != seq + 1:
        return Finding(
            seq + 1, "gap", f"缺少第 {seq + 1} 条", f"entry {seq + 1} is missing; the next is {stored_seq}"
        )
    try:
        entry = Entry.model_validate_json(line)
        computed = entry_hash(
            entry.seq, entry.at, entry.kind, entry.subject, entry.actor, entry.body, entry.prev
        )
    except (ValueError, NotCanonical) as error:
        return Finding(
            stored_seq, "form", f"第 {stored_seq} 条无法读取", f"entry {stored_seq} cannot be read: {error}"
        )
    if entry.seq != stored_seq or entry.prev != prev:
        return Finding(
            stored_seq,
            "prev",
            f"第 {stored_seq} 条与前一条不相接",
            f"entry {stored_seq} does not follow its predecessor",
        )
    if computed != entry.hash:
        return Finding(
            stored_seq,
            "hash",
            f"第 {stored_seq} 条内容被改动",
            f"the content of entry {stored_seq} was changed",
        )
    kind = KINDS.get(entry.kind)
    if kind is None:
        return Finding(
            stored_seq, "body", f"第 {stored_seq} 条类型未知", f"entry {stored_seq} is of an unknown kind"
        )
    try:
        kind.body.model_validate(entry.body)
    except ValueError as error:
        return Finding(
            stored_seq,
            "body",
            f"第 {stored_seq} 条内容不合格式",
            f"the body of entry {stored_seq} is not {entry.kind}: {error}",
        )
    return None
