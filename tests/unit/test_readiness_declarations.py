"""Declarations in the journal with their evidence, and the report that they and the checks make."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import ApplianceKeys
from central_sync.protocol.kinds import KINDS
from exam_appliance.journal.journal import Journal
from exam_appliance.readiness.declarations import Declarations, stored_declarations
from exam_appliance.readiness.evidence import (
    EVIDENCE_LIMIT,
    Evidence,
    EvidenceStore,
    clean_name,
    media_type,
)
from exam_appliance.readiness.finding import State
from exam_appliance.readiness.report import ReadinessReport
from exam_appliance.readiness.standard import standard
from tests.readiness_parts import NOW, reported
from tests.site_parts import APPLIANCE

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def photo(format_: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), (9, 90, 180)).save(data, format_)
    return data.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence")


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    held = Journal(tmp_path / "journal.db", APPLIANCE, ApplianceKeys.at(tmp_path / "keys").journal)
    held.start()
    yield held
    held.close()


@pytest.mark.parametrize(
    ("data", "kind", "ending"),
    [
        (PDF, "application/pdf", "pdf"),
        (photo("PNG"), "image/png", "png"),
        (photo("JPEG"), "image/jpeg", "jpg"),
        (photo("WEBP"), "image/webp", "webp"),
    ],
)
def test_evidence_is_kept_by_its_digest_under_the_type_that_it_really_is(
    store: EvidenceStore, data: bytes, kind: str, ending: str
) -> None:
    kept = store.keep("机房照片.exe", data, (), NOW)
    assert (kept.type, kept.name, kept.size) == (kind, f"机房照片.{ending}", len(data))
    path = store.path(kept.sha256)
    assert path is not None
    assert path.read_bytes() == data
    assert store.described("again.txt", kept.sha256).type == kind


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"MZ\x90\x00",
        b"%PDF-1.7 cut off",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + bytes(20),
        photo()[:-40],
        b"\x89PNG\r\n\x1a\n" + bytes(30),
        bytes(EVIDENCE_LIMIT + 1),
    ],
)
def test_what_is_no_pdf_and_no_picture_that_opens_is_refused_with_a_sentence(
    store: EvidenceStore, data: bytes, tmp_path: Path
) -> None:
    with pytest.raises(Problem) as refusal:
        store.keep("报告.pdf", data, (), NOW)
    assert refusal.value.reason.startswith("evidence.")
    assert refusal.value.zh
    assert not list(tmp_path.glob("evidence/*"))


@given(st.binary(max_size=400), st.sampled_from([b"", PDF[:9], photo()[:60], photo("JPEG")[:80]]))
@settings(max_examples=80)
def test_any_bytes_are_kept_or_refused_and_nothing_else(tail: bytes, head: bytes) -> None:
    try:
        assert media_type(head + tail)
    except Problem as problem:
        assert problem.reason == "evidence.type"


@given(st.text(max_size=200))
@settings(max_examples=120)
def test_any_file_name_becomes_one_that_is_safe(name: str) -> None:
    made = clean_name(name, "image/png")
    assert made.endswith(".png")
    assert len(made) <= 104
    assert not set(made) & set('/\\:*?"<>|\n\r\0\u202e')
    assert not made.startswith(".")


def test_a_digest_that_is_no_digest_leads_nowhere(store: EvidenceStore) -> None:
    for wrong in ("../../journal.db", "", "a" * 63, "G" * 64, "0" * 64):
        assert store.path(wrong) is None
    with pytest.raises(Problem):
        store.described("x", "0" * 64)


def test_evidence_that_no_declaration_names_makes_room_after_a_day(store: EvidenceStore) -> None:
    old, used = store.keep("a.png", photo(), (), NOW), store.keep("b.pdf", PDF, (), NOW)
    for one in (old, used):
        path = store.path(one.sha256)
        assert path is not None
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    store.keep("c.jpg", photo("JPEG"), {used.sha256}, NOW + timedelta(days=2))
    assert store.path(old.sha256) is None
    assert store.path(used.sha256) is not None


async def test_a_declaration_stands_until_it_is_replaced_or_withdrawn_and_outlives_a_restart(
    journal: Journal, store: EvidenceStore
) -> None:
    declarations = Declarations(journal, standard())
    evidence = store.keep("路由器铭牌.png", photo(), (), NOW)
    await declarations.declare("site.router", "zhou", "H3C MSR 2600，2WAN+4LAN", evidence)
    held = declarations.held()["site.router"]
    assert (held.by, held.note, held.evidence) == ("zhou", "H3C MSR 2600，2WAN+4LAN", evidence)
    await declarations.declare("site.router", "wang", "已更换为 AR650", evidence)
    assert stored_declarations(journal.path, standard())["site.router"].by == "wang"
    for entry in journal.entries():
        KINDS[entry["kind"]].body.model_validate(entry["body"])
    await declarations.withdraw("site.router", "zhou", "设备已拆除", declarations.held())
    assert declarations.held() == {}
    with pytest.raises(Problem) as refusal:
        await declarations.withdraw("site.router", "zhou", "再次", declarations.held())
    assert refusal.value.reason == "declaration.none"


@pytest.mark.parametrize(
    ("row_id", "note", "reason"),
    [
        ("site.nothing", "x", "row.unknown"),
        ("site.router", "  ", "fields.invalid"),
        ("site.router", "长" * 401, "fields.invalid"),
    ],
)
async def test_a_declaration_without_row_or_words_is_refused(
    journal: Journal, row_id: str, note: str, reason: str
) -> None:
    with pytest.raises(Problem) as refusal:
        await Declarations(journal, standard()).declare(
            row_id, "zhou", note, Evidence("a.pdf", "application/pdf", "0" * 64, 1)
        )
    assert refusal.value.reason == reason
    assert journal.head == 0


def test_a_declaration_takes_the_place_of_what_is_not_known_and_never_covers_a_failure() -> None:
    made = reported(
        {"site.router": State.UNKNOWN, "site.server.disk": State.FAIL}, ("site.router", "site.server.disk")
    )
    router, disk = made.row("site.router"), made.row("site.server.disk")
    assert (router.state, router.found, router.todo_zh) == (State.DECLARED, State.UNKNOWN, "")
    assert router.declaration is not None
    assert router.declaration.by_name == "周技术"
    assert (disk.state, disk.todo_zh) == (State.FAIL, "请处理")
    assert disk.declaration is not None
    assert made.required_open == ("site.server.disk",)
    assert not made.ready
    assert made.counts == {State.PASS: 44, State.FAIL: 1, State.UNKNOWN: 0, State.DECLARED: 1}


def test_one_of_the_two_ways_of_identity_check_is_enough() -> None:
    made = reported({"site.identity.terminal": State.UNKNOWN})
    assert made.ready
    assert made.row("site.identity.terminal").stood_in_for_by == "site.identity.desk"
    assert made.row("site.identity.terminal").todo_zh == ""
    neither = reported({"site.identity.terminal": State.UNKNOWN, "site.identity.desk": State.FAIL})
    assert neither.required_open == ("site.identity.terminal", "site.identity.desk")


def test_a_recommended_row_never_stands_against_readiness() -> None:
    assert reported({"site.queue": State.FAIL, "site.server.form": State.UNKNOWN}).ready


def test_the_brief_for_the_journal_is_of_its_kind_and_the_report_reads_back() -> None:
    made = reported({"site.router": State.UNKNOWN})
    KINDS["site.readiness"].body.model_validate(made.brief())
    again = ReadinessReport.model_validate_json(made.model_dump_json(by_alias=True))
    assert again.sha256() == made.sha256()
