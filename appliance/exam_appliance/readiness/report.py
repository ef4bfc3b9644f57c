"""The readiness report (环境就绪报告): every row with its state, what was measured, who declared it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime, Field

from central_sync.protocol.canonical import canonical
from central_sync.protocol.items import Words
from exam_appliance.readiness.declarations import Declaration
from exam_appliance.readiness.finding import Finding, Point, State, Text
from exam_appliance.readiness.standard import Level, Measure, Row, Standard

_NOTHING = Text("", "")


class PointReport(Words):
    """One thing that a row asks, as measured."""

    zh: str
    en: str
    measured_zh: str
    measured_en: str
    state: State
    todo_zh: str = ""
    todo_en: str = ""

    @classmethod
    def of(cls, point: Point) -> PointReport:
        """Return a point as it is reported."""
        todo = point.todo or _NOTHING
        return cls(
            zh=point.name.zh,
            en=point.name.en,
            measured_zh=point.measured.zh,
            measured_en=point.measured.en,
            state=point.state,
            todo_zh=todo.zh,
            todo_en=todo.en,
        )


class DeclarationReport(Words):
    """Who stands for a row; the evidence by its SHA-256."""

    by: str
    by_name: str
    at: AwareDatetime
    note: str
    evidence_name: str
    evidence_type: str
    evidence_sha256: str
    evidence_size: int


class RowReport(Words):
    """A row of the standard and how the site stands in it."""

    id: str
    group: str
    zh: str
    en: str
    need_zh: str
    need_en: str
    quantity: int | None
    unit: str
    level: Level
    measure: Measure
    state: State
    found: State
    """What the check alone found; a declaration takes the place of `unknown` only."""
    measured_zh: str
    measured_en: str
    todo_zh: str
    todo_en: str
    points: tuple[PointReport, ...]
    declaration: DeclarationReport | None
    stood_in_for_by: str = ""
    """The row of the same family that is met instead, where one of them is enough; else empty."""


class GroupReport(Words):
    """A table of the standard."""

    id: str
    zh: str
    en: str


class ReadinessReport(Words):
    """The whole report."""

    schema_: Literal["kaodian.readiness/1"] = Field("kaodian.readiness/1", alias="schema")
    at: AwareDatetime
    by: str
    """User name, or `command-line`."""
    by_name: str
    site_code: str
    site_name: str
    time_zone: str
    appliance: str
    software: str
    machine: str
    """Maker and model of the server."""
    ready: bool
    """Every required row passes, is declared, or another row of its family is met."""
    counts: dict[State, int]
    required_open: tuple[str, ...]
    """Required rows that stand against `ready`."""
    groups: tuple[GroupReport, ...]
    rows: tuple[RowReport, ...]

    def row(self, row_id: str) -> RowReport:
        """Return a row; raises KeyError."""
        for row in self.rows:
            if row.id == row_id:
                return row
        raise KeyError(row_id)

    def document(self) -> bytes:
        """Return the report as canonical JSON: the file that goes up to the centre."""
        return canonical(self.model_dump(mode="json", by_alias=True))

    def sha256(self) -> str:
        """Return the digest of the report's document."""
        return hashlib.sha256(self.document()).hexdigest()

    def brief(self) -> dict[str, object]:
        """Return the body of the journal entry `site.readiness`."""
        return {
            "ready": self.ready,
            "rows": {row.id: row.state.value for row in self.rows},
            "software": self.software,
            "report_sha256": self.sha256(),
        }


class About(Words):
    """What stands at the head of a report."""

    at: AwareDatetime
    by: str
    by_name: str
    site_code: str
    site_name: str
    time_zone: str
    appliance: str
    software: str
    machine: str


def composed(
    standard: Standard,
    about: About,
    findings: Mapping[str, Finding],
    declarations: Mapping[str, Declaration],
    names: Mapping[str, str],
) -> ReadinessReport:
    """Return the report of findings and declarations; `names` are people's names by user name."""
    states = {row.id: _state(findings[row.id], declarations.get(row.id)) for row in standard.rows}
    rows = tuple(_row(row, states, findings, declarations, names, standard) for row in standard.rows)
    against = tuple(row.id for row in rows if row.level == "required" and not _met(row))
    counted = Counter(row.state for row in rows)
    return ReadinessReport(
        **about.model_dump(),
        ready=not against,
        counts={state: counted[state] for state in State},
        required_open=against,
        groups=tuple(GroupReport(id=group.id, zh=group.zh, en=group.en) for group in standard.groups),
        rows=rows,
    )


def _state(finding: Finding, declaration: Declaration | None) -> State:
    # A declaration never covers what was measured to be too little.
    if finding.state is State.UNKNOWN and declaration is not None:
        return State.DECLARED
    return finding.state


def _met(row: RowReport) -> bool:
    return row.state in (State.PASS, State.DECLARED) or bool(row.stood_in_for_by)


def _row(
    row: Row,
    states: Mapping[str, State],
    findings: Mapping[str, Finding],
    declarations: Mapping[str, Declaration],
    names: Mapping[str, str],
    standard: Standard,
) -> RowReport:
    finding, declaration = findings[row.id], declarations.get(row.id)
    state = states[row.id]
    good = (State.PASS, State.DECLARED)
    instead = next(
        (
            other.id
            for other in standard.rows
            if row.one_of and other.one_of == row.one_of and other.id != row.id and states[other.id] in good
        ),
        "",
    )
    if state in good:
        instead = ""
    todo = _NOTHING if state in good or instead else finding.todo or _NOTHING
    return RowReport(
        id=row.id,
        group=row.group,
        zh=row.zh,
        en=row.en,
        need_zh=row.need_zh,
        need_en=row.need_en,
        quantity=row.quantity,
        unit=row.unit,
        level=row.level,
        measure=row.measure,
        state=state,
        found=finding.state,
        measured_zh=finding.measured.zh,
        measured_en=finding.measured.en,
        todo_zh=todo.zh,
        todo_en=todo.en,
        points=tuple(PointReport.of(point) for point in finding.points),
        declaration=None if declaration is None else _declared(declaration, names),
        stood_in_for_by=instead,
    )


def _declared(declaration: Declaration, names: Mapping[str, str]) -> DeclarationReport:
    evidence = declaration.evidence
    return DeclarationReport(
        by=declaration.by,
        by_name=names.get(declaration.by, declaration.by),
        at=declaration.at,
        note=declaration.note,
        evidence_name=evidence.name,
        evidence_type=evidence.type,
        evidence_sha256=evidence.sha256,
        evidence_size=evidence.size,
    )
