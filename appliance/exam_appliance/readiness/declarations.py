"""Declarations (申报): a person stands for a row that cannot be measured. The journal holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from central_sync.protocol.http.problems import Problem
from exam_appliance.journal.database import connect_to_read
from exam_appliance.journal.journal import Draft, Journal
from exam_appliance.readiness.evidence import Evidence
from exam_appliance.readiness.standard import Standard

NOTE_LIMIT = 400
"""Characters."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """Who declared a row, when, in what words and with which file. `at` is in UTC."""

    row: str
    by: str
    at: datetime
    note: str
    evidence: Evidence


def declarations_in(entries: Iterable[Mapping[str, Any]]) -> dict[str, Declaration]:
    """Return the declarations that stand after journal entries in order, by row."""
    held: dict[str, Declaration] = {}
    for entry in entries:
        if entry["kind"] == "readiness.declared":
            body = entry["body"]
            evidence = Evidence(
                body["evidence_name"], body["evidence_type"], body["evidence_sha256"], body["evidence_size"]
            )
            at = datetime.fromisoformat(entry["at"])
            row = entry["subject"]
            held[row] = Declaration(row, entry["actor"], at, body["note"], evidence)
        elif entry["kind"] == "readiness.withdrawn":
            held.pop(entry["subject"], None)
    return held


def stored_declarations(journal: Path, standard: Standard) -> dict[str, Declaration]:
    """Return the declarations that stand in a journal file, read beside its writer."""
    rows = orjson.dumps([row.id for row in standard.rows]).decode()
    with closing(connect_to_read(journal)) as reading:
        lines = reading.execute(
            "SELECT line FROM journal WHERE subject IN (SELECT value FROM json_each(?)) ORDER BY seq", (rows,)
        ).fetchall()
    return declarations_in(orjson.loads(line) for (line,) in lines)


class Declarations:
    """Makes and withdraws declarations in a running server's journal."""

    def __init__(self, journal: Journal, standard: Standard) -> None:
        self._journal = journal
        self._standard = standard

    def held(self) -> dict[str, Declaration]:
        """Return those that stand, by row; waits for the disk: call it on a thread."""
        return stored_declarations(self._journal.path, self._standard)

    async def declare(self, row_id: str, by: str, note: str, evidence: Evidence) -> None:
        """Declare a row; an earlier declaration of it is replaced. Raises Problem."""
        self._known(row_id)
        note = note.strip()
        if not note:
            raise _wrong("note", "请写明实际情况，如型号、数量、位置", "say how it is: model, number, place")
        if len(note) > NOTE_LIMIT:
            raise _wrong("note", f"说明最多 {NOTE_LIMIT} 字", f"at most {NOTE_LIMIT} characters")
        body = {
            "note": note,
            "evidence_name": evidence.name,
            "evidence_type": evidence.type,
            "evidence_sha256": evidence.sha256,
            "evidence_size": evidence.size,
        }
        await self._journal.append([Draft("readiness.declared", row_id, by, body)])

    async def withdraw(self, row_id: str, by: str, reason: str, held: Mapping[str, Declaration]) -> None:
        """Take a declaration back. Raises Problem declaration.none, fields.invalid."""
        self._known(row_id)
        if row_id not in held:
            raise Problem(
                "conflict",
                "declaration.none",
                "该项没有申报，请刷新页面",
                "this row is not declared; reload the page",
            )
        if not reason.strip():
            raise _wrong("reason", "请写明撤回原因", "say why it is withdrawn")
        draft = Draft("readiness.withdrawn", row_id, by, {"reason": reason.strip()[:NOTE_LIMIT]})
        await self._journal.append([draft])

    def _known(self, row_id: str) -> None:
        if self._standard.row(row_id) is None:
            raise Problem(
                "missing",
                "row.unknown",
                "环境标准中没有这一项，请刷新页面",
                "the standard has no such row; reload the page",
            )


def _wrong(field: str, zh: str, en: str) -> Problem:
    return Problem("invalid", "fields.invalid", zh, en, fields=((field, zh, en),))
