"""Orders to print and what is told of jobs: checked, named within limits, ended once."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pyipp.enums import IppJobState

from firmware_adapters.adapter import Event, Reason
from firmware_adapters.printer import reasons
from firmware_adapters.printer.job_desk import JobDesk
from firmware_adapters.printer.jobs import (
    NAME_BYTES,
    DocumentWrong,
    Job,
    JobNamed,
    PrintOrder,
    digest_of,
    ending,
    has_key,
    job_name,
    read_job,
)
from firmware_adapters.printer.line import PrinterLine

PDF = b"%PDF-1.7 something"


def order(document: bytes = PDF, **different: Any) -> PrintOrder:
    given: dict[str, Any] = {"document": base64.b64encode(document).decode(), "title": "签到表", "key": "k"}
    return PrintOrder.model_validate({**given, **different})


def job(state: IppJobState | None, **different: Any) -> Job:
    given: dict[str, Any] = {"title": "签到表", "key": "k", "digest": "", "pages": 1, "detail": ""}
    return Job(number=7, state=state, **{**given, **different})


@pytest.mark.parametrize(
    ("document", "media_type"),
    [
        (PDF, "application/pdf"),
        (b"\n\n" + PDF, "application/pdf"),
        (b"\xff\xd8\xff\xe0 picture", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n picture", "image/png"),
    ],
)
def test_a_document_is_known_by_how_it_begins(document: bytes, media_type: str) -> None:
    assert order(document).content() == (document, media_type)


@given(data=st.binary(min_size=1, max_size=60))
@settings(max_examples=100)
def test_what_is_no_document_is_refused_and_never_printed(data: bytes) -> None:
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RaS2")) or b"%PDF-" in data:
        return
    with pytest.raises(DocumentWrong) as refused:
        order(data).content()
    assert refused.value.reason is reasons.FORMAT_REFUSED


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": ""},
        {"key": "键"},
        {"key": "a\nb"},
        {"key": "k" * 201},
        {"title": ""},
        {"title": "签到表\x00"},
        {"copies": 0},
        {"copies": True},
        {"copies": "2"},
        {"sides": "three-sided"},
        {"media": "A4; rm -rf"},
        {"unknown": 1},
    ],
)
def test_an_order_that_is_not_right_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        order(**wrong)


def test_a_job_is_named_by_its_number_or_its_key_and_not_by_both() -> None:
    assert JobNamed.model_validate({"job": 3}).job == 3
    for wrong in ({}, {"job": 3, "key": "k"}, {"job": 0}, {"job": "3"}):
        with pytest.raises(ValidationError):
            JobNamed.model_validate(wrong)


@given(title=st.text(min_size=1, max_size=100), key=st.text("abc-0123:", min_size=1, max_size=200))
@settings(max_examples=100)
def test_a_jobs_name_fits_into_255_bytes_and_carries_the_key_where_nothing_else_does(
    title: str, key: str
) -> None:
    assert len(job_name(title, key, marked=True).encode()) <= NAME_BYTES
    unmarked = job_name(title, key, marked=False)
    assert len(unmarked.encode()) <= NAME_BYTES
    assert has_key(job(None, title=unmarked, key=""), key)
    assert not has_key(job(None, title=unmarked, key=""), f"{key}x")


def test_other_copies_sides_or_paper_are_another_order() -> None:
    digests = {
        digest_of(PDF, order()),
        digest_of(PDF, order(copies=2)),
        digest_of(PDF, order(sides="one-sided")),
        digest_of(PDF, order(media="iso_a5_148x210mm")),
        digest_of(PDF + b" ", order()),
    }
    assert len(digests) == 5
    assert digest_of(PDF, order(title="另一标题")) == digest_of(PDF, order())


def test_a_job_ends_once_and_says_why_it_did_not_come_out() -> None:
    before = job(IppJobState.PROCESSING)
    assert ending(before, before, None) is None
    assert ending(job(IppJobState.STOPPED), before, reasons.MEDIA_JAM) is None
    done = ending(job(IppJobState.COMPLETED), before, None)
    assert done is not None
    assert (done[0], "reason" in done[1]) == ("job.done", False)
    for after, worst, why in (
        (job(IppJobState.CANCELED), None, reasons.JOB_CANCELLED),
        (job(IppJobState.CANCELED), reasons.MEDIA_JAM, reasons.JOB_CANCELLED),
        (job(IppJobState.ABORTED), None, reasons.JOB_ABORTED),
        (job(IppJobState.ABORTED), reasons.MEDIA_JAM, reasons.MEDIA_JAM),
        (job(IppJobState.COMPLETED, lost=True), reasons.MEDIA_JAM, reasons.JOB_LOST),
        (None, None, reasons.JOB_LOST),
    ):
        end = ending(after, before, worst)
        assert end is not None
        name, body = end
        assert (name, body["reason"]["code"], body["key"]) == ("job.failed", why.code, "k")


@given(
    told=st.dictionaries(
        st.sampled_from(["job-id", "job-name", "job-state", "job-state-reasons", "kaodian-key"]),
        st.lists(st.one_of(st.integers(-10, 10), st.text(max_size=10), st.none(), st.binary()), max_size=3),
    )
)
@settings(max_examples=150)
def test_whatever_is_told_of_a_job_is_read_or_passed_over(told: dict[str, Any]) -> None:
    found = read_job(told)
    if found is not None:
        assert isinstance(found.told()["job"], int)
        assert found.state is None or isinstance(found.state, IppJobState)


class ForgetfulLine:
    """A CUPS that keeps no ended job, before a printer that keeps no list or tells what a test says."""

    queue = "office"

    def __init__(self, at_printer: list[Job] | None = None) -> None:
        self.held: dict[int, Job] = {}
        self.at_printer = at_printer
        self.sent = 0

    async def send(self, order: PrintOrder, document: bytes, media_type: str, digest: str) -> int:
        self.sent += 1
        self.held[7] = job(IppJobState.PROCESSING, key=order.key, digest=digest, title=order.title)
        return 7

    async def jobs(self, which: str = "all") -> list[Job]:
        return list(self.held.values())

    async def job(self, number: int) -> Job | None:
        return self.held.get(number)

    async def ended_at_printer(self, title: str) -> list[Job] | None:
        return None if self.at_printer is None else [one for one in self.at_printer if one.title == title]

    async def job_at_printer(self, asked: Job) -> Job | None:
        return None


async def printed_and_forgotten(line: ForgetfulLine, *after: Job) -> tuple[JobDesk, Event]:
    """Print one document, have CUPS forget it, and return what is told of its end."""
    desk = JobDesk(cast("PrinterLine", line), "")
    await desk.print_once(order(), PDF, "application/pdf")
    assert await desk.ended(None) == []
    line.held.clear()
    if line.at_printer is not None:
        line.at_printer += after
    (event,) = await desk.ended(None)
    return desk, event


async def test_a_job_that_everybody_forgot_is_told_as_unknown_once_and_never_printed_again() -> None:
    line = ForgetfulLine()
    desk, event = await printed_and_forgotten(line)
    assert (event.name, event.body["reason"]) == ("job.failed", reasons_json(reasons.JOB_LOST))
    assert await desk.ended(None) == []
    assert (await desk.named(None, "k")).reason is reasons.JOB_LOST
    again, repeated = await desk.print_once(order(), PDF, "application/pdf")
    assert (repeated, again.reason, line.sent) == (True, reasons.JOB_LOST, 1)


@pytest.mark.parametrize(
    ("state", "name"),
    [(IppJobState.COMPLETED, "job.done"), (IppJobState.ABORTED, "job.failed")],
)
async def test_a_job_that_cups_forgot_ends_as_its_printer_tells(state: IppJobState, name: str) -> None:
    earlier = Job(3, "签到表", "", "", IppJobState.COMPLETED, 1, "")
    line = ForgetfulLine([earlier])
    desk, event = await printed_and_forgotten(line, replace(earlier, number=4, state=state))
    assert event.name == name
    assert (await desk.named(None, "k")).state is state
    assert (await desk.print_once(order(), PDF, "application/pdf"))[1]
    assert line.sent == 1


@pytest.mark.parametrize("since", [[], [4, 5]])
async def test_what_its_printer_told_of_others_is_no_word_about_a_forgotten_job(since: list[int]) -> None:
    earlier = Job(3, "签到表", "", "", IppJobState.COMPLETED, 1, "")
    line = ForgetfulLine([earlier])
    _, event = await printed_and_forgotten(line, *(replace(earlier, number=number) for number in since))
    assert event.body["reason"] == reasons_json(reasons.JOB_LOST)


async def test_a_number_that_was_given_anew_after_the_spool_was_emptied_is_another_job() -> None:
    line = ForgetfulLine()
    desk = JobDesk(cast("PrinterLine", line), "")
    await desk.print_once(order(), PDF, "application/pdf")
    line.held[7] = job(IppJobState.COMPLETED, key="somebody-elses")
    (event,) = await desk.ended(None)
    assert event.body["reason"] == reasons_json(reasons.JOB_LOST)
    assert (await desk.named(None, "k")).reason is reasons.JOB_LOST
    assert (await desk.named(None, "somebody-elses")).state is IppJobState.COMPLETED


def reasons_json(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "zh": reason.zh, "en": reason.en}
