"""Intake of journal entries: each once, in order, on the one chain that the site signed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from central_sync.centre.exchange.counters import RECEIPT_ORDER, advance
from central_sync.centre.exchange.quarantine import Source, quarantine
from central_sync.centre.exchange.site_files import note_offered
from central_sync.centre.exchange.tables import ApplianceRow, EntryRow
from central_sync.protocol.canonical import NotCanonical, canonical
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import too_large
from central_sync.protocol.journal import ChainBreak, Entry, genesis, verify_chain
from central_sync.protocol.keys import signing_key_from
from central_sync.protocol.kinds import KINDS
from central_sync.protocol.signed_heads import head_is_signed
from central_sync.protocol.transfer import (
    BATCH_BYTES,
    BATCH_ENTRIES,
    JOURNAL_BODY_LIMIT,
    LINE_LIMIT,
    Acknowledgement,
)


@dataclass(frozen=True)
class Batch:
    """Entries as sent: `lines` are their canonical JSON, one for one."""

    entries: tuple[Entry, ...]
    lines: tuple[bytes, ...]
    body: bytes

    @property
    def seq(self) -> int:
        """Seq of the first entry."""
        return self.entries[0].seq


def gunzipped(data: bytes, limit: int = JOURNAL_BODY_LIMIT) -> bytes:
    """Return what was compressed, at most `limit` bytes of it; raises Problem."""
    expander = zlib.decompressobj(wbits=31)
    try:
        body = expander.decompress(data, limit + 1)
    except zlib.error as error:
        raise _unreadable("body", "the batch is not gzip") from error
    if len(body) > limit:
        raise too_large(limit)
    if not expander.eof or expander.unused_data:
        raise _unreadable("body", "the gzip stream is cut short or something follows it")
    return body


def read_batch(body: bytes) -> Batch:
    """Return the entries of an NDJSON body; raises Problem that names the line.

    Every line must be the canonical JSON of an entry, so that what is stored is what was signed.
    """
    if not body.endswith(b"\n"):
        raise _unreadable("body", "the last line has no end")
    lines = tuple(body[:-1].split(b"\n"))
    return Batch(tuple(_entry(number, line) for number, line in enumerate(lines, 1)), lines, body)


def take_in(
    session: Session, row: ApplianceRow, batch: Batch, sig: str, source: Source, now: datetime
) -> tuple[Acknowledgement, int]:
    """Take a batch in and return what is held whole then, and how many entries were new.

    `row` is locked by the caller. Entries that are held already must be the same. Raises Problem:
    `journal.gap` (with `acknowledged`) when the batch does not follow, `journal.chain` and
    `journal.signature` when it is not sound in itself, `appliance.quarantined` for a fork.
    """
    first, last = batch.entries[0], batch.entries[-1]
    try:
        verify_chain(batch.entries, after_seq=first.seq - 1, after_hash=first.prev)
    except ChainBreak as broken:
        raise Problem(
            "invalid",
            "journal.chain",
            f"日志批次在第 {broken.seq} 条处断链（{broken.reason}），请在本机校验日志",
            f"{broken}: verify the journal at the site",
        ) from broken
    if not head_is_signed(signing_key_from(row.journal_key), row.id, last.seq, last.hash, sig):
        raise Problem(
            "denied",
            "journal.signature",
            "日志批次不是由本机日志密钥签名的，请核对密钥文件",
            "the batch is not signed by this server's journal key: check its key files",
        )
    if first.seq > row.acknowledged + 1:
        raise Problem(
            "conflict",
            "journal.gap",
            f"中心只收到第 {row.acknowledged} 条，请从下一条开始上传",
            f"the centre holds entries up to {row.acknowledged}: send from the next one",
            more={"acknowledged": row.acknowledged, "hash": row.head_hash},
        )
    if forks(session, row, batch.entries):
        raise quarantine(session, row, "fork", source, now, seq=first.seq, body=batch.body)
    fresh = [
        (entry, line)
        for entry, line in zip(batch.entries, batch.lines, strict=True)
        if entry.seq > row.acknowledged
    ]
    if fresh:
        _store(session, row, fresh)
        note_offered(
            session, row, (entry for entry, _ in fresh if entry.kind == "file.offered" and not _flag(entry))
        )
        row.acknowledged, row.head_hash, row.head_signature = last.seq, last.hash, sig
        session.flush()
    return Acknowledgement(acknowledged=row.acknowledged, hash=row.head_hash), len(fresh)


def forks(session: Session, row: ApplianceRow, entries: Iterable[Entry]) -> bool:
    """Tell whether sound entries contradict what is held: another hash at a seq, or another past."""
    claimed: dict[int, str] = {}
    for entry in entries:
        claimed[entry.seq] = entry.hash
        claimed[entry.seq - 1] = entry.prev
    low = min(claimed)
    held = dict(
        session.execute(
            select(EntryRow.seq, EntryRow.hash).where(
                EntryRow.appliance == row.id, EntryRow.seq >= low, EntryRow.seq <= max(claimed)
            )
        ).all()
    )
    held[0] = genesis(row.id)
    return any(held.get(seq, claimed_hash) != claimed_hash for seq, claimed_hash in claimed.items())


def hash_at(session: Session, row: ApplianceRow, seq: int) -> str | None:
    """Return the hash that is held at a seq, None when there is no such entry."""
    if seq == 0:
        return genesis(row.id)
    return session.scalar(select(EntryRow.hash).where(EntryRow.appliance == row.id, EntryRow.seq == seq))


def lines_after(session: Session, row: ApplianceRow, after: int) -> bytes:
    """Return entries of a server after a seq as NDJSON: as many as make one batch, empty for none."""
    lines = session.scalars(
        select(EntryRow.line)
        .where(EntryRow.appliance == row.id, EntryRow.seq > after)
        .order_by(EntryRow.seq)
        .limit(BATCH_ENTRIES)
    )
    body = bytearray()
    for line in lines:
        data = line.encode() + b"\n"
        if body and len(body) + len(data) > BATCH_BYTES:
            break
        body += data
    return bytes(body)


def _store(session: Session, row: ApplianceRow, fresh: list[tuple[Entry, bytes]]) -> None:
    received = advance(session, RECEIPT_ORDER, len(fresh)) - len(fresh)
    session.execute(
        insert(EntryRow),
        [
            {
                "received": received + number,
                "appliance": row.id,
                "site": row.site,
                "seq": entry.seq,
                "at": entry.at,
                "kind": entry.kind,
                "subject": entry.subject,
                "actor": entry.actor,
                "hash": entry.hash,
                "flag": _flag(entry),
                "line": line.decode(),
            }
            for number, (entry, line) in enumerate(fresh, 1)
        ],
    )


def _flag(entry: Entry) -> str:
    """Return what is odd about an entry that is kept all the same: a site may be newer than the centre."""
    kind = KINDS.get(entry.kind)
    if kind is None:
        return "kind"
    try:
        kind.body.model_validate(entry.body)
    except ValidationError:
        return "body"
    return ""


_LONGEST = {"at": 40, "kind": 60, "subject": 120, "actor": 120}


def _entry(number: int, line: bytes) -> Entry:
    if len(line) > LINE_LIMIT:
        raise _unreadable(str(number), f"the line is over {LINE_LIMIT} bytes")
    try:
        entry = Entry.model_validate_json(line)
        same = canonical(entry.model_dump(mode="json")) == line
    except (ValidationError, NotCanonical) as error:
        raise _unreadable(str(number), "not a journal entry") from error
    if not same:
        raise _unreadable(str(number), "not canonical JSON")
    for field, longest in _LONGEST.items():
        if len(getattr(entry, field)) > longest:
            raise _unreadable(str(number), f"{field} is over {longest} characters")
    return entry


def _unreadable(line: str, reason: str) -> Problem:
    return Problem(
        "invalid",
        "journal.unreadable",
        f"日志批次第 {line} 行无法读取，请在本机校验日志",
        f"line {line} of the batch cannot be read ({reason}): verify the journal at the site",
        fields=((line, "无法读取", reason),),
    )
