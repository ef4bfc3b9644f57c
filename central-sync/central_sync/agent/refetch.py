"""What the centre holds of a restored server's journal beyond its backup, asked for before it serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from central_sync.agent import enrolment
from central_sync.agent.line import Line, LineDown, Refused, client_context
from central_sync.agent.machine import Facts, fingerprint, machine_facts
from central_sync.agent.state import AgentState
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.journal import ChainBreak, Entry, verify_chain
from central_sync.protocol.keys import ApplianceKeys
from central_sync.protocol.transfer import Acknowledgement


@dataclass(frozen=True)
class Fetched:
    """Entries that follow the backup's journal, as canonical JSON lines, and how far the centre goes."""

    entries: tuple[Entry, ...]
    lines: tuple[bytes, ...]
    held: Acknowledgement


async def enrolled_again(
    state: Path,
    keys: ApplianceKeys,
    appliance: str,
    claim_code: str,
    head: int,
    hash_at: Callable[[int], str | None],
    progress: Callable[[int, int], None],
    facts: Facts = machine_facts,
) -> Fetched:
    """Enrol a restored server on this machine and return what its journal lacks.

    `state` is the agent's folder as restored; `hash_at` gives the hash of an entry of the restored
    journal. The claim code must be one that the centre gave out for this server. Raises Problem.
    """
    kept = AgentState(state)
    if kept.bond is None:
        raise Problem(
            "conflict",
            "restore.not_enrolled",
            "备份中的服务器没有登记到中心，无需登记码",
            "the server in the backup was not enrolled: no claim code is needed",
        )
    machine = fingerprint(state / "machine.json", facts)
    code = enrolment.claim_code(claim_code)
    bond, _ = await enrolment.enrol(kept.bond.centre, code, keys, appliance, machine)
    kept.keep_bond(bond)
    line = Line(bond.centre, client_context(bond.authority, bond.certificate, keys.tls), appliance, machine)
    try:
        held = await line.ask("GET", "/site/v1/journal", Acknowledgement)
        if 0 < held.acknowledged <= head:
            if hash_at(held.acknowledged) != held.hash:
                raise _differs()
            return Fetched((), (), held)
        return await _rest(line, held, head, hash_at(head), progress)
    except LineDown as down:
        raise Problem("not_ready", "restore.line_down", down.zh, down.en, status=502) from down
    except Refused as refused:
        raise Problem("denied", refused.reason or "restore.refused", refused.zh, refused.en) from refused
    finally:
        await line.close()


async def _rest(
    line: Line, held: Acknowledgement, head: int, head_hash: str | None, progress: Callable[[int, int], None]
) -> Fetched:
    lines: list[bytes] = []
    missing = max(0, held.acknowledged - head)
    while len(lines) < missing:
        after = {"after": str(head + len(lines))}
        async with line.open("GET", "/site/v1/journal/entries", params=after) as response:
            body = await response.read()
        fresh = body.splitlines()
        if not fresh:
            break
        lines += fresh[: missing - len(lines)]
        progress(len(lines), missing)
    try:
        entries = tuple(Entry.model_validate_json(one) for one in lines)
        if entries:
            verify_chain(entries, after_seq=head, after_hash=head_hash or "")
    except (ValidationError, ChainBreak) as error:
        raise _differs() from error
    if missing and (len(entries) < missing or entries[-1].hash != held.hash):
        raise _differs()
    return Fetched(entries, tuple(lines), held)


def _differs() -> Problem:
    return Problem(
        "conflict",
        "journal.differs",
        "备份中的日志与中心收存的不一致，不能接续；请换用更新的备份，或联系中心",
        "the journal in the backup is not the one that the centre holds: use a newer backup or call it",
    )
