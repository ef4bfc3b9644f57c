"""The readiness report as PDF, read back by pdftotext."""

from __future__ import annotations

from pathlib import Path

from exam_appliance.readiness.finding import State
from exam_appliance.readiness.printed import readiness_pdf
from exam_appliance.readiness.standard import standard
from tests.readiness_parts import pdf_text, reported


async def test_the_printed_report_holds_every_row_its_state_and_the_boxes_for_seals(tmp_path: Path) -> None:
    report = reported({"site.router": State.UNKNOWN, "site.server.disk": State.FAIL}, ("site.router",))
    text = pdf_text(await readiness_pdf(report), tmp_path)
    for row in standard().rows:
        assert row.id in text
    assert "2026年11月25日09:30" in text
    assert "周技术2026年11月25日09:30申报：如图" in text
    assert "尚有1项必备项不符合或待确认" in text
    assert "考试点（盖章）" in text
    assert "市应急管理局意见（盖章）" in text
    assert report.sha256() in text


async def test_markup_in_a_fact_is_printed_as_it_stands_and_fetches_nothing(tmp_path: Path) -> None:
    report = reported({}).model_copy(update={"site_name": "<img src=file:///etc/passwd>&考点"})
    text = pdf_text(await readiness_pdf(report), tmp_path)
    assert "<imgsrc=file:///etc/passwd>&考点" in text
