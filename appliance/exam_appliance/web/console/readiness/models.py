"""Requests and answers of readiness, form 4 and pre-flight."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from central_sync.protocol.items import Sha256, Words
from exam_appliance.preflight.running import PreflightResult
from exam_appliance.readiness.declarations import NOTE_LIMIT
from exam_appliance.readiness.form_4 import Form4, ServerFacts
from exam_appliance.readiness.report import ReadinessReport
from exam_appliance.readiness.unit_form import UnitForm


class ReadinessView(Words):
    """How a run goes, and the report of the last one."""

    running: bool
    done: int
    of: int
    report: ReadinessReport | None


class PreflightView(Words):
    """How a run goes, and the result of the last one."""

    running: bool
    done: int
    of: int
    result: PreflightResult | None


class EvidenceQuery(Words):
    """The name of a file that is sent."""

    name: Annotated[str, Field(min_length=1, max_length=255)]


class EvidenceKept(Words):
    """A file that was taken; its type is by its content."""

    name: str
    type: str
    sha256: str
    size: int


class DeclareRequest(Words):
    """A person stands for a row: in which words, and with which file that was sent before."""

    note: Annotated[str, Field(min_length=1, max_length=NOTE_LIMIT)]
    evidence: Sha256
    name: Annotated[str, Field(min_length=1, max_length=255)]


class WithdrawRequest(Words):
    """Why a declaration is taken back."""

    reason: Annotated[str, Field(min_length=1, max_length=NOTE_LIMIT)]


class FormView(Words):
    """The form as kept, and as it would be printed now."""

    unit: UnitForm
    form: Form4 | None
    """None while it does not hold together."""
    server: ServerFacts
    zh: str
    """Why there is no form, else empty."""
    en: str
