"""Keywords of printer-state-reasons become reasons with a sentence; the worst stands first."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_adapters.printer import reasons
from firmware_adapters.printer.state_reasons import Severity, understood, worst_first


@pytest.mark.parametrize(
    ("keyword", "severity", "code"),
    [
        ("media-jam", Severity.ERROR, "printer.media_jam"),
        ("media-jam-error", Severity.ERROR, "printer.media_jam"),
        ("media-empty-warning", Severity.WARNING, "printer.media_empty"),
        ("toner-low-report", Severity.REPORT, "printer.toner_low"),
        ("toner-low", Severity.WARNING, "printer.toner_low"),
        ("Cover-Open", Severity.ERROR, "printer.door_open"),
        ("none", Severity.REPORT, None),
        ("com.maker-sleeping", Severity.REPORT, None),
        ("com.maker-fan-error", Severity.ERROR, "printer.needs_service"),
    ],
)
def test_a_keyword_tells_its_severity_and_its_reason(
    keyword: str, severity: Severity, code: str | None
) -> None:
    one = understood(keyword)
    assert (one.severity, one.reason and one.reason.code) == (severity, code)


def test_the_worst_stands_first_and_none_twice() -> None:
    found = worst_first(["toner-low", "media-jam-error", "none", "media-jam", "toner-low-warning"])
    assert [(one.keyword, one.severity) for one in found] == [
        ("media-jam", Severity.ERROR),
        ("toner-low", Severity.WARNING),
        ("none", Severity.REPORT),
    ]


@given(st.lists(st.text(max_size=40), max_size=10))
def test_whatever_a_printer_sends_is_understood_somehow(keywords: list[str]) -> None:
    for one in worst_first(keywords):
        assert one.severity is Severity.REPORT or one.reason is not None


def test_every_reason_has_a_chinese_and_an_english_sentence_that_fits_its_code() -> None:
    assert len(reasons.REASONS) > 40
    for code, reason in reasons.REASONS.items():
        assert re.fullmatch(r"printer\.[a-z_]+", code)
        assert re.search(r"[\u4e00-\u9fff]", reason.zh)
        assert not re.search(r"[\u4e00-\u9fff]", reason.en)
