"""Every kind of document on paper: text and codes read back, hostile names, templates of a province."""

from __future__ import annotations

import os
import re
import struct
import time
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.roster import identity_number
from exam_appliance.documents.dates import en_notice, zh_clock, zh_notice
from exam_appliance.documents.kinds import (
    DOCUMENTS,
    AdmissionTicket,
    DocumentKind,
    QueueSlip,
    RoomList,
    people_on,
)
from exam_appliance.documents.names import masked_name
from exam_appliance.documents.photo import PIXELS_LIMIT, photo_text
from exam_appliance.documents.renderer import Renderer
from exam_appliance.documents.rendering import ROLL, Made, Order, folders, made
from exam_appliance.documents.samples import sample_document, sample_tickets
from exam_appliance.documents.slip_lines import (
    LINES_LIMIT,
    CodeLine,
    PairLine,
    RuleLine,
    TextLine,
    slip_lines,
)
from exam_appliance.documents.template_folder import TemplateBroken, TemplateFolder
from exam_appliance.identity.scanned_code import CodeKind, classify
from tests.pdf_reading import codes_in, fonts_of, pictures_of, text_of

ZONE = "Asia/Shanghai"
TEMPLATES = folders()


def on_paper(kind: DocumentKind, data: dict[str, Any] | None = None, **more: Any) -> Made:
    document = DOCUMENTS[kind]
    facts = data if data is not None else sample_document(kind).model_dump(mode="json")
    paper = ROLL if document.slip else ""
    order = Order(document.template, [facts], **{"paper": paper, **more})
    return made(order, TEMPLATES, lambda done, of: None)


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


WORDS = {
    DocumentKind.ADMISSION_TICKET: (
        "准考证",
        "2026年11月26日上午9:00",
        "星期四",
        "第一考场",
        "东岭区学府路18号",
    ),
    DocumentKind.QUEUE_SLIP: ("A012", "前面还有7人", "预计等待6分钟左右", "2026年11月26日上午8:19"),
    DocumentKind.SEAT_SLIP: ("12号", "第一考场", "3楼东侧", "2026年11月26日上午9:00"),
    DocumentKind.SIGN_IN_SHEET: ("考生签到表", "应到：30人", "监考员（签名）", "第1次补考"),
    DocumentKind.ROOM_LIST: ("第一考场", "共30人", "开考30分钟后不得入场", "证件号码"),
    DocumentKind.ROOM_RECORD: ("考场记录单", "缺考考生", "使用手机，两名监考员确认", "岳文静、卫青山"),
    DocumentKind.SCORE_REPORT: ("成绩单", "91", "合格", "单选题", "12个月内有效"),
}


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_each_kind_says_what_it_must_in_chinese_fonts(kind: DocumentKind) -> None:
    paper = on_paper(kind)
    text = flat(text_of(paper.pdf))
    for word in WORDS[kind]:
        assert word in text, text
    assert DOCUMENTS[kind].slip or f"共{paper.pages}页" in text
    assert fonts_of(paper.pdf)
    assert all("Noto" in font and "CJK" in font for font in fonts_of(paper.pdf))
    assert not paper.broken


@pytest.mark.parametrize(
    "kind", [DocumentKind.ADMISSION_TICKET, DocumentKind.QUEUE_SLIP, DocumentKind.SEAT_SLIP]
)
def test_the_code_on_paper_is_read_back_as_the_admission_ticket(kind: DocumentKind) -> None:
    (code,) = codes_in(on_paper(kind).pdf)
    assert (classify(code).kind, classify(code).number) == (CodeKind.ADMISSION_TICKET, "261126010101")


def test_samples_are_invented_people_with_numbers_that_pass_their_check() -> None:
    for ticket in sample_tickets(30):
        assert identity_number(ticket.id_number) == ticket.id_number
        assert ticket.photo


def test_what_hangs_on_a_wall_names_nobody_whole() -> None:
    for kind in (DocumentKind.ROOM_LIST, DocumentKind.QUEUE_SLIP):
        text = flat(text_of(on_paper(kind).pdf))
        for ticket in sample_tickets(30):
            assert ticket.name not in text
            assert ticket.id_number not in text
    for kind in (DocumentKind.SIGN_IN_SHEET, DocumentKind.SEAT_SLIP, DocumentKind.SCORE_REPORT):
        assert sample_tickets(1)[0].id_number not in flat(text_of(on_paper(kind).pdf))


def test_a_slip_is_as_long_as_its_text_and_other_paper_is_taken_when_asked() -> None:
    (short,) = pictures_of(on_paper(DocumentKind.QUEUE_SLIP).pdf, dpi=72)
    lean = sample_document(DocumentKind.QUEUE_SLIP).model_copy(
        update={"code": "", "name": "", "room": "", "session": "", "ahead": None}
    )
    (shorter,) = pictures_of(on_paper(DocumentKind.QUEUE_SLIP, lean.model_dump(mode="json")).pdf, dpi=72)
    assert abs(short.width - 80 / 25.4 * 72) < 2
    assert 100 < shorter.height < short.height < 500
    (a4,) = pictures_of(on_paper(DocumentKind.SEAT_SLIP, paper="A4").pdf, dpi=72)
    assert a4.size == (595, 842) or abs(a4.height - 842) <= 1


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_a_reprint_is_marked_on_every_kind(kind: DocumentKind) -> None:
    assert "补打（第2次）Reprint2" in flat(text_of(on_paper(kind, reprint=2).pdf))
    if DOCUMENTS[kind].slip:
        assert on_paper(kind, reprint=2, lines=True).lines[0] == TextLine(
            "补打（第 2 次） Reprint 2", bold=True
        )


HOSTILE = [
    "<script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "阿卜杜热合曼·阿卜杜热合曼·买买提依明·吐尔逊·阿不都热依木·玉素甫江"[:40],
    "𠮷野㛃",
    "欧阳 &amp; <b>粗</b>",
    '"><img src=file:///etc/passwd>',
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_and_rare_names_stay_names(name: str) -> None:
    ticket = sample_tickets(1)[0].model_copy(update={"name": name, "employer": name, "photo": ""})
    paper = on_paper(DocumentKind.ADMISSION_TICKET, ticket.model_dump(mode="json"))
    assert paper.pages == 1
    assert flat(name) in flat(text_of(paper.pdf, layout=False)), text_of(paper.pdf)
    assert codes_in(paper.pdf) == [ticket.ticket]


def test_empty_fields_leave_their_places_empty() -> None:
    slip = QueueSlip(site="考点", number="1", taken_at=datetime(2026, 11, 26, tzinfo=UTC))
    text = text_of(on_paper(DocumentKind.QUEUE_SLIP, slip.model_dump(mode="json")).pdf)
    assert "None" not in text
    assert "人" not in text
    ticket = sample_tickets(1)[0].model_copy(update={"photo": "", "employer": "", "address": "", "sex": ""})
    text = text_of(on_paper(DocumentKind.ADMISSION_TICKET, ticket.model_dump(mode="json")).pdf)
    assert "无照片" in text
    assert "None" not in text


def test_a_full_room_of_the_longest_names_spreads_over_pages() -> None:
    sheet = sample_document(DocumentKind.ROOM_LIST)
    assert isinstance(sheet, RoomList)
    rows = tuple(row.model_copy(update={"name": "买" * 40}) for row in sheet.rows * 4)
    long = sheet.model_copy(update={"rows": rows})
    paper = on_paper(DocumentKind.ROOM_LIST, long.model_dump(mode="json"))
    assert paper.pages > 1
    assert text_of(paper.pdf).count(rows[-1].ticket) == 4
    assert people_on(long) == 120


def test_progress_counts_documents_and_the_file_holds_all() -> None:
    seen = []
    facts = [ticket.model_dump(mode="json") for ticket in sample_tickets(3)]
    paper = made(Order("admission-ticket.html", facts), TEMPLATES, lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert paper.pages == 3
    assert codes_in(paper.pdf) == ["261126010101", "261126010102", "261126010103"]


def test_pages_of_samples_make_a_strip_of_pictures() -> None:
    """With PICTURES=1 the strip goes beside the READMEs."""
    kinds = (DocumentKind.ADMISSION_TICKET, DocumentKind.SIGN_IN_SHEET, DocumentKind.ROOM_LIST)
    pages = [pictures_of(on_paper(kind).pdf, dpi=48)[0] for kind in kinds]
    slips = [
        pictures_of(on_paper(kind).pdf, dpi=80)[0]
        for kind in (DocumentKind.QUEUE_SLIP, DocumentKind.SEAT_SLIP)
    ]
    for name, shown in (("documents", pages), ("slips", slips)):
        strip = side_by_side(shown)
        assert strip.height == max(one.height for one in shown) + 2 * GAP
        if os.environ.get("PICTURES") == "1":
            few = strip.quantize(64, kmeans=1, dither=Image.Dither.NONE)
            few.save(PICTURES / f"{name}.png", optimize=True)


GAP = 12
"""Pixels around each page of a strip."""
PICTURES = Path(__file__).parents[2] / "appliance" / "pictures"


def side_by_side(pages: list[Image.Image]) -> Image.Image:
    """Return pages on a grey ground, one beside the other."""
    width = sum(page.width + GAP for page in pages) + GAP
    strip = Image.new("RGB", (width, max(page.height for page in pages) + 2 * GAP), "#c9ced6")
    at = GAP
    for page in pages:
        strip.paste(page, (at, GAP))
        at += page.width + GAP
    return strip


# Templates of a province.


def test_a_provinces_template_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "seat-slip.html").write_text("<p class='huge'>{{ seat }}号座</p><hr>{{ qr(ticket) }}")
    paper = on_paper(DocumentKind.SEAT_SLIP, overrides=str(tmp_path))
    assert "12号座" in flat(text_of(paper.pdf))
    lines = on_paper(DocumentKind.SEAT_SLIP, overrides=str(tmp_path), lines=True).lines
    assert lines == (TextLine("12号座", size="huge"), RuleLine(), CodeLine("261126010101"))
    # The next print has the change: nobody restarts a server for a template.
    time.sleep(0.01)
    (tmp_path / "seat-slip.html").write_text("<p>改过 {{ seat }}</p>")
    assert "改过12" in flat(text_of(on_paper(DocumentKind.SEAT_SLIP, overrides=str(tmp_path)).pdf))


def test_a_seal_of_the_folder_can_be_put_on_paper(tmp_path: Path) -> None:
    (tmp_path / "seal.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    (tmp_path / "seat-slip.html").write_text("<p>{{ seat }}{{ picture('seal.svg') }}</p>")
    assert not on_paper(DocumentKind.SEAT_SLIP, overrides=str(tmp_path)).broken


BROKEN = {
    "{{ seat }": ("语法", 2),
    "{% for x in rows %}": ("语法", 3),
    "{{ no_such_field }}": ("no_such_field", 2),
    "{% include '../secret.html' %}": ("只能使用", 2),
    "{% include '/etc/passwd' %}": ("只能使用", 2),
    "{% include 'link.html' %}": ("只能使用", 2),
    "{{ picture('../secret.png') }}": ("只能使用", 2),
    "{{ ''.__class__.__mro__ }}": ("不允许", 2),
    "{{ qr.__globals__ }}": ("不允许", 2),
    "{{ cycler.__init__.__globals__.os }}": ("不允许", 2),
    "{{ (1).__class__.__base__.__subclasses__() }}": ("不允许", 2),
    "{{ 1 / 0 }}": ("出错", 2),
    "{{ starts_at | notice('Mars/Olympus') }}": ("出错", 2),
    "{% for a in range(1000000) %}{% endfor %}": ("", 2),
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_or_evil_template_is_told_with_file_and_line_and_the_shipped_one_is_used(
    tmp_path: Path, text: str
) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (tmp_path / "secret.html").write_text("SECRET")
    (tmp_path / "secret.png").write_bytes(b"SECRET")
    (folder / "link.html").symlink_to(tmp_path / "secret.html")
    (folder / "seat-slip.html").write_text(f"<p>第一行</p>\n{text}\n<p>SECOND</p>")
    paper = on_paper(DocumentKind.SEAT_SLIP, overrides=str(folder), lines=True)
    told = str(paper.lines)
    assert "SECRET" not in told
    assert "root:" not in told
    assert "12号" in flat(told)
    (broken,) = paper.broken
    word, line = BROKEN[text]
    assert broken.file == str(folder / "seat-slip.html")
    assert broken.line == line, broken
    assert word in broken.zh, broken


def test_a_page_fetches_nothing_from_outside_itself(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET-OF-THE-SERVER")
    svg = f"""<svg xmlns='http://www.w3.org/2000/svg'><image href='file://{secret}'/></svg>"""
    (tmp_path / "seat-slip.html").write_text(
        f"<link rel=attachment href='file://{secret}'><style>@import url('file://{secret}');"
        f"p{{background:url('file://{secret}')}}</style><img src='file://{secret}'>"
        f"<object data='file://{secret}'></object><img src=\"data:image/svg+xml,{svg}\"><p>{{{{ seat }}}}</p>"
    )
    paper = on_paper(DocumentKind.SEAT_SLIP, overrides=str(tmp_path))
    assert "12" in text_of(paper.pdf)
    assert b"SECRET" not in paper.pdf
    assert b"/EmbeddedFile" not in paper.pdf


def test_a_template_that_is_no_text_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "room-list.html").write_bytes("第一行\n第二行\n".encode() + "中文".encode("gb18030"))
    paper = on_paper(DocumentKind.ROOM_LIST, overrides=str(tmp_path))
    (broken,) = paper.broken
    assert (broken.line, "UTF-8" in broken.zh) == (3, True)


def test_the_shipped_template_alone_tells_what_is_missing() -> None:
    with pytest.raises(TemplateBroken) as error:
        TemplateFolder().fill("seat-slip.html", {"site": "x"})
    assert error.value.broken.line > 0


# The process that makes them.


@pytest.fixture
async def renderer() -> AsyncIterator[Renderer]:
    renderer = Renderer(patience_s=2.0, first_patience_s=4.0)
    yield renderer
    await renderer.close()


async def test_a_template_without_end_costs_its_own_process_and_the_shipped_one_is_printed(
    renderer: Renderer, tmp_path: Path
) -> None:
    endless = "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}"
    (tmp_path / "seat-slip.html").write_text(endless)
    facts = sample_document(DocumentKind.SEAT_SLIP).model_dump(mode="json")
    paper = await renderer.made(Order("seat-slip.html", [facts], overrides=str(tmp_path), lines=True))
    assert TextLine("12 号", centred=True, size="huge") in paper.lines
    assert "内置模板" in paper.broken[0].zh
    # And the next order finds a process that works.
    assert (await renderer.made(Order("seat-slip.html", [facts], lines=True))).lines == paper.lines


async def test_what_cannot_be_made_is_a_problem_with_words(renderer: Renderer) -> None:
    with pytest.raises(Problem) as problem:
        await renderer.made(Order("seat-slip.html", [{"site": "x"}]))
    assert problem.value.reason == "document.failed"
    with pytest.raises(Problem):
        await renderer.made(Order("none.html", [{}]))


# Small things.


@pytest.mark.parametrize(
    ("hour", "said"),
    [
        (0, "凌晨0:05"),
        (5, "凌晨5:05"),
        (9, "上午9:05"),
        (12, "中午12:05"),
        (14, "下午2:05"),
        (19, "晚上7:05"),
    ],
)
def test_times_of_day_are_called_as_offices_call_them(hour: int, said: str) -> None:
    moment = datetime.fromisoformat(f"2026-11-26T{hour:02d}:05:00+08:00")
    assert zh_clock(moment, ZONE) == said
    assert zh_notice(moment, ZONE) == f"2026年11月26日 {said}"
    assert en_notice(moment, ZONE) == f"26 Nov 2026, {hour:02d}:05"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("王小明", "王*明"),
        ("欧阳小明", "欧**明"),
        ("𠮷野太郎", "𠮷**郎"),
        ("John Smith", "John ***"),
        ("古丽·买买提", "古***提"),
        ("一", "一"),
    ],
)
def test_names_are_masked_for_walls(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@given(st.text(max_size=40))
def test_a_masked_name_never_raises_and_hides_something(name: str) -> None:
    masked = masked_name(name)
    assert len(masked) <= 60
    if len(name.strip()) > 1:
        assert "*" in masked


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/ptdrhimg =\"'abc中&;#", max_size=300))
def test_lines_of_any_page_are_taken_without_raising(html: str) -> None:
    assert len(slip_lines(html)) <= LINES_LIMIT


def test_lines_keep_order_breaks_and_pairs() -> None:
    html = (
        "<style>p{}</style><h1>考点</h1>散文<p class='center big'>一<br>二</p>"
        "<table><tr><td>姓名</td><td>张*</td></tr></table>"
    )
    assert slip_lines(html) == (
        TextLine("考点", centred=True, bold=True),
        TextLine("散文"),
        TextLine("一", centred=True, size="big"),
        TextLine("二", centred=True, size="big"),
        PairLine("姓名", "张*"),
    )


def test_photos_that_cannot_be_opened_are_left_out() -> None:
    for picture in (b"", b"no picture", b"\xff\xd8\xff\xe0" + b"\0" * 50, _bomb()):
        assert photo_text(picture) == ""
    with pytest.raises(ValueError, match="JPEG"):
        AdmissionTicket.model_validate(sample_tickets(1)[0].model_dump() | {"photo": "bm8gcGljdHVyZQ=="})


def _bomb() -> bytes:
    """Return a PNG that says it has more pixels than are ever opened."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    side = int(PIXELS_LIMIT**0.5) + 1000
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
