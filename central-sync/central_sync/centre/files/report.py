"""What an import says: findings that name place and field, and a report over all of them."""

from __future__ import annotations

from typing import Literal

from central_sync.protocol.items import Words

Severity = Literal["error", "warning"]

MAX_LISTED = 500
"""Findings listed in one report; more are counted in `unlisted` (a wrong column repeats on every row)."""


class Finding(Words):
    """One thing that an import found. `zh` and `en` are whole sentences that name place and field."""

    code: str
    """Stable slug such as `roster.id_number`."""
    zh: str
    en: str
    severity: Severity = "error"
    row: int | None = None
    """Row as Excel numbers it, None when the finding is not about a row."""
    place: str = ""
    """Item id, file name or cell range; empty when the finding is about the whole file."""
    field: str = ""
    """Column heading or XML element; empty when the finding is about the whole row, item or file."""


class ImportReport(Words):
    """The outcome of an import (导入结果)."""

    ok: bool
    """True when there is something that may go in."""
    taken: int
    """Items or candidates that go in: 0 when not ok."""
    findings: tuple[Finding, ...] = ()
    unlisted: int = 0
    """Findings beyond MAX_LISTED."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep something out."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


class Refused(Exception):
    """A file, or a part of one, that cannot be taken; `finding` says why and what is allowed."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.code}: {finding.en}")
        self.finding = finding


def refused(code: str, zh: str, en: str, *, place: str = "", field: str = "") -> Refused:
    """Return the exception that refuses a file or part, with its two sentences."""
    return Refused(Finding(code=code, zh=zh, en=en, place=place, field=field))


class Findings:
    """Gathers findings while a file is read."""

    def __init__(self) -> None:
        self._errors: list[Finding] = []
        self._warnings: list[Finding] = []

    def add(self, finding: Finding) -> None:
        """Add a finding as it is."""
        (self._errors if finding.severity == "error" else self._warnings).append(finding)

    def whole(
        self, code: str, zh: str, en: str, *, place: str = "", field: str = "", severity: Severity = "error"
    ) -> None:
        """Add a finding about the whole file, or about the file or range named by `place`."""
        self.add(Finding(code=code, zh=zh, en=en, severity=severity, place=place, field=field))

    def at_row(
        self,
        row: int,
        field: tuple[str, str],
        code: str,
        zh: str,
        en: str,
        severity: Severity = "error",
    ) -> None:
        """Add a finding about one field (heading in Chinese, name in English) of a row."""
        self.add(
            Finding(
                code=code,
                zh=f"第 {row} 行「{field[0]}」：{zh}",
                en=f"Row {row}, {field[1]}: {en}",
                severity=severity,
                row=row,
                field=field[0],
            )
        )

    def at_item(
        self, item: str, element: str, code: str, zh: str, en: str, severity: Severity = "error"
    ) -> None:
        """Add a finding about one element of an item."""
        self.add(
            Finding(
                code=code,
                zh=f"试题 {item}（{element}）：{zh}",
                en=f"Item {item} ({element}): {en}",
                severity=severity,
                place=item,
                field=element,
            )
        )

    @property
    def failed(self) -> bool:
        """True when there is an error among the findings."""
        return bool(self._errors)

    def report(self, taken: int) -> ImportReport:
        """Return the report: `taken` go in, errors are listed before warnings.

        The caller passes 0 when the findings keep everything out.
        """
        found = self._errors + self._warnings
        return ImportReport(
            ok=taken > 0,
            taken=taken,
            findings=tuple(found[:MAX_LISTED]),
            unlisted=max(0, len(found) - MAX_LISTED),
        )
