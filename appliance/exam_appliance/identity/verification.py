"""A verification (身份核验): what the journal's entries make of one person's coming to be verified."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from exam_appliance.identity.rules import Verdict
from exam_appliance.journal.journal import Written


@dataclass(slots=True)
class Verification:
    """State of one verification. Changed only by `apply`: the same entries always give the same."""

    id: str
    place: str
    way: str
    ticket: str
    session: str
    document: str
    number: str
    """Masked."""
    actor: str
    at: str
    seq: int
    verdict: str = ""
    """What holds now: by rule, or what a person decided; empty before the first decision."""
    rules: list[str] = field(default_factory=list)
    overridable: bool = True
    no_matches: int = 0
    """Looks that found another face."""
    evidence: dict[str, str] = field(default_factory=dict)
    """SHA-256 by what it is; the newest of each."""
    files: list[str] = field(default_factory=list)
    """SHA-256 of all files ever kept for it."""
    comparisons: list[dict[str, Any]] = field(default_factory=list)
    settled_by: str = ""
    second: str = ""
    reason: str = ""
    """What the person gave as the reason."""
    room: str = ""
    seat: int = 0
    """Where the candidate was sent, 0 before."""
    forgotten: bool = False
    """The files are deleted."""
    changed_at: str = ""
    version: int = 0
    """Seq of the last entry that changed it."""

    @property
    def passed(self) -> bool:
        """Whether the person may sit."""
        return self.verdict == Verdict.PASS

    def apply(self, entry: Written) -> None:
        """Take one entry about it."""
        body = entry.body
        if entry.kind == "identity.gathered":
            for one in body["evidence"]:
                self.evidence[one["what"]] = one["sha256"]
                if one["sha256"] not in self.files:
                    self.files.append(one["sha256"])
            self.comparisons = list(body["comparisons"])
            self.no_matches += any(one["outcome"] == "no_match" for one in body["comparisons"])
        elif entry.kind == "identity.decided":
            self.verdict, self.rules = body["verdict"], list(body["rules"])
            self.overridable = body["overridable"]
            self.settled_by = self.second = self.reason = ""
        elif entry.kind == "identity.settled":
            self.verdict, self.reason = body["verdict"], body["reason"]
            self.settled_by, self.second = entry.actor, body["second"]
        elif entry.kind == "identity.seat_given":
            self.room, self.seat = body["room"], body["seat"]
        elif entry.kind == "identity.forgotten":
            self.forgotten = True
            # Whether faces matched stays with the decision; how much goes with the pictures.
            self.comparisons = [{**one, "score": None, "threshold": None} for one in self.comparisons]
        else:
            return
        self.changed_at, self.version = entry.at, entry.seq

    def row(self) -> tuple[str, int, str, str, str]:
        """Return the row of the `verification` table."""
        data = orjson.dumps(self, option=orjson.OPT_SORT_KEYS).decode()
        return self.id, self.seq, self.ticket, self.verdict, data

    @staticmethod
    def started(entry: Written) -> Verification:
        """Return a verification as it begins."""
        body = entry.body
        return Verification(
            entry.subject,
            body["place"],
            body["way"],
            body["ticket"],
            body["session"],
            body["document"],
            body["number"],
            entry.actor,
            entry.at,
            entry.seq,
            changed_at=entry.at,
            version=entry.seq,
        )

    @staticmethod
    def from_row(data: str) -> Verification:
        """Return the verification that a row's `data` holds."""
        return Verification(**orjson.loads(data))
