"""Print jobs: what may be asked for, what CUPS tells of them, and how one ended."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pyipp.enums import IppJobState, IppTag

from firmware_adapters.adapter import Json, Reason
from firmware_adapters.printer import reasons
from firmware_adapters.printer.ipp_client import number, text, texts
from firmware_adapters.printer.ipp_message import Attributes, Tagged

KEY_ATTRIBUTE: Final = "kaodian-key"
DIGEST_ATTRIBUTE: Final = "kaodian-digest"
"""CUPS keeps attributes of a job that it does not know, through restarts, as long as it keeps the job."""
JOB_ATTRIBUTES: Final = (
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-printer-state-message",
    "job-state-message",
    "job-impressions-completed",
    "job-media-sheets-completed",
    KEY_ATTRIBUTE,
    DIGEST_ATTRIBUTE,
)
ENDS: Final = frozenset((IppJobState.CANCELED, IppJobState.ABORTED, IppJobState.COMPLETED))
_OF_COURSE: Final = frozenset(
    ("none", "job-printing", "job-queued", "processing-to-stop-point", "job-completed-successfully")
)
"""Reasons of a job's state that tell nothing its state does not."""
_BEGINS: Final = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/pwg-raster": b"RaS2",
}
"""Format -> how a document in it begins."""
_LINE: Final = r"^[^\x00-\x1f\x7f]*$"
_KEY: Final = r"^[\x20-\x7e]*$"
NAME_BYTES: Final = 255
"""IPP allows a name no more (RFC 8011 5.1.3)."""


class DocumentWrong(Exception):
    """What shall be printed is no document of a known format."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class PrintOrder(BaseModel):
    """Parameters of the action `print`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    document: Annotated[str, Field(min_length=1)]
    """Base64 of a PDF, JPEG, PNG or PWG raster."""
    title: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_LINE)]
    key: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_KEY)]
    """ASCII. What is printed under one key is never printed again under it."""
    copies: Annotated[int, Field(ge=1, le=99)] = 1
    sides: Literal["", "one-sided", "two-sided-long-edge", "two-sided-short-edge"] = ""
    media: Annotated[str, StringConstraints(max_length=100, pattern=r"^[a-z0-9._-]*$")] = ""
    """`iso_a4_210x297mm`; empty takes what the printer's options name."""

    def content(self) -> tuple[bytes, str]:
        """Return the document and its format. Raises DocumentWrong."""
        try:
            data = base64.b64decode(self.document, validate=True)
        except (binascii.Error, ValueError) as error:
            raise DocumentWrong(reasons.BAD_PARAMETERS, f"document: no base64: {error}") from error
        for media_type, begin in _BEGINS.items():
            # Some programs write a line before a PDF's own first one; readers look into 1024 bytes.
            if data.startswith(begin) or (media_type == "application/pdf" and begin in data[:1024]):
                return data, media_type
        raise DocumentWrong(reasons.FORMAT_REFUSED, f"document: begins with {data[:8]!r}")


class JobNamed(BaseModel):
    """Parameters of the actions `cancel` and `job`: a job by its number or its key."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    job: Annotated[int, Field(gt=0)] | None = None
    key: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_KEY)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.job is None) == (self.key is None):
            raise ValueError("须给出 job 或 key 之一 / give either job or key")
        return self


@dataclass(frozen=True, slots=True)
class Job:
    """A print job (打印任务) as CUPS or the printer tells it."""

    number: int
    title: str
    key: str
    """Empty for what was not printed by us."""
    digest: str
    state: IppJobState | None
    pages: int | None
    detail: str
    """What CUPS says of it, English."""
    lost: bool = False
    """CUPS calls it completed, but its printer was away meanwhile and does not know of it."""

    @property
    def over(self) -> bool:
        """Whether it has ended in any way."""
        return self.state in ENDS

    @property
    def reason(self) -> Reason | None:
        """Why it did not come out; None while it goes on and when it is done."""
        if self.lost:
            return reasons.JOB_LOST
        if self.state is IppJobState.CANCELED:
            return reasons.JOB_CANCELLED
        return reasons.JOB_ABORTED if self.state is IppJobState.ABORTED else None

    def told(self) -> dict[str, Json]:
        """Return it as actions and events tell it; `reason` only where it did not come out."""
        state = IppJobState.ABORTED if self.lost else self.state
        told: dict[str, Json] = {
            "job": self.number,
            "title": self.title,
            "key": self.key,
            "state": state.name.lower() if state is not None else None,
            "pages": self.pages,
            "detail": self.detail,
        }
        return told if self.reason is None else {**told, "reason": said(self.reason)}


def said(reason: Reason) -> dict[str, Json]:
    """Return a reason as JSON."""
    return {"code": reason.code, "zh": reason.zh, "en": reason.en}


def read_job(told: Attributes) -> Job | None:
    """Return a job; None when it has no number."""
    job = number(told, "job-id")
    if job is None:
        return None
    try:
        state: IppJobState | None = IppJobState(number(told, "job-state") or 0)
    except ValueError:
        state = None
    said = text(told, "job-printer-state-message") or text(told, "job-state-message")
    why = [one for one in texts(told, "job-state-reasons") if one not in _OF_COURSE]
    pages = number(told, "job-impressions-completed") or number(told, "job-media-sheets-completed")
    return Job(
        job,
        text(told, "job-name")[:200],
        text(told, KEY_ATTRIBUTE),
        text(told, DIGEST_ATTRIBUTE),
        state,
        pages,
        "; ".join(filter(None, (said, ", ".join(why))))[:300],
    )


def read_jobs(told: Sequence[Attributes]) -> list[Job]:
    """Return jobs by number."""
    return sorted((job for one in told if (job := read_job(one)) is not None), key=lambda job: job.number)


def digest_of(document: bytes, order: PrintOrder) -> str:
    """Return what tells two orders apart: the document and how it is to be printed."""
    how = f"{order.copies} {order.sides} {order.media}".encode()
    return hashlib.sha256(hashlib.sha256(document).digest() + how).hexdigest()


def job_attributes(order: PrintOrder, digest: str, *, marked: bool) -> list[Tagged]:
    """Return what a job is asked for with; `marked`: the other side keeps our key."""
    asked = [Tagged("copies", IppTag.INTEGER, [order.copies])]
    if order.sides:
        asked.append(Tagged("sides", IppTag.KEYWORD, [order.sides]))
    if order.media:
        asked.append(Tagged("media", IppTag.KEYWORD, [order.media]))
    if marked:
        asked.append(Tagged(KEY_ATTRIBUTE, IppTag.NAME, [order.key]))
        asked.append(Tagged(DIGEST_ATTRIBUTE, IppTag.NAME, [digest]))
    return asked


def job_name(title: str, key: str, *, marked: bool) -> str:
    """Return what to call a job; where our key is not kept, it ends with it."""
    tail = "" if marked else f" [{key}]"
    return title.encode()[: NAME_BYTES - len(tail)].decode(errors="ignore") + tail


def has_key(job: Job, key: str) -> bool:
    """Return whether a job was printed under a key."""
    return job.key == key or (not job.key and job.title.endswith(f" [{key}]"))


def ending(job: Job | None, before: Job, worst: Reason | None) -> tuple[str, Mapping[str, Json]] | None:
    """Return the event of a job's end, None while it goes on; `worst`: what the printer suffers from now.

    A job that is not known any more has ended too, nobody knows how.
    """
    if job is None:
        return "job.failed", {**before.told(), "reason": said(reasons.JOB_LOST)}
    if job.reason is None:
        return ("job.done", job.told()) if job.over else None
    reason = worst if worst is not None and job.reason is reasons.JOB_ABORTED else job.reason
    return "job.failed", {**job.told(), "reason": said(reason)}
