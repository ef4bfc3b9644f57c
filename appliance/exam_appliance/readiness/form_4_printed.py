"""Form 4 on paper and as a Word file, with boxes for the seals of the unit and the city bureau."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from docx import Document
from docx.document import Document as DocumentFile
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import _Row

from exam_appliance.documents.dates import zh_date
from exam_appliance.documents.pdf import printed
from exam_appliance.readiness.form_4 import Form4

COLUMNS = 6
_DAY = "日　期：　　　　年　　月　　日"
_NOTES = (
    "填写说明：",
    (
        "1. 理论考场服务器信息：如有多个依次填写，固定服务器（外网 IP 不变）IP 地址类型勾选固定 IP，"
        "移动服务器（外网 IP 可变）IP 地址类型勾选动态 IP，MAC 地址需要填写准确；"
    ),
    "2. 理论考场信息：关联服务器名称必须和理论考场服务器名称一致，如有多个依次填写；",
    "3. 实操考场信息：按操作项目分类依次填写，并按实际情况勾选设备类型，如填写不下，可另附页。",
)

Cells = Sequence[tuple[str, int]]
"""Texts of a row with the number of columns each spans."""


async def form_4_pdf(form: Form4, zone: str) -> bytes:
    """Return the form as PDF. Raises Problem document.failed."""
    return await printed("form-4.html", {"form": form.model_dump(mode="json"), "zone": zone})


def form_4_docx(form: Form4) -> bytes:
    """Return the form as a Word file (Office Open XML)."""
    document = Document()
    _set_up(document)
    document.add_paragraph("附件 4")
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run("全国安全生产知识技能考核信息系统\n使用单位申请表（考试点）")
    run.font.size = Pt(16)
    run.bold = True
    rows = rows_of(form)
    table = document.add_table(rows=len(rows), cols=COLUMNS)
    table.style = "Table Grid"
    for row, cells in zip(table.rows, rows, strict=True):
        _fill(row, cells)
    seals = document.add_table(rows=1, cols=2)
    seals.style = "Table Grid"
    for cell, words in zip(
        seals.rows[0].cells, ("申请单位（盖章）：", "市应急管理局意见（盖章）："), strict=True
    ):
        cell.text = f"{words}\n\n\n\n"
        day = cell.add_paragraph(_DAY)
        day.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.add_paragraph()
    for note in _NOTES:
        document.add_paragraph(note)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def rows_of(form: Form4) -> list[Cells]:
    """Return the form's rows as texts."""
    unit = form.unit
    founded = zh_date(date.fromisoformat(unit.founded)) if unit.founded else ""
    kinds = (("theory", "理论"), ("practical", "实操"), ("both", "理论和实操"))
    rows: list[Cells] = [
        (("单位名称", 1), (unit.unit_name, 5)),
        (("单位类别", 1), ("考试点", 2), ("业务范围", 1), ("考试 ☑", 2)),
        (("考点类型", 1), ("　　".join(f"{zh} {_box(unit.site_type == kind)}" for kind, zh in kinds), 5)),
        (("省", 1), (unit.province, 1), ("市", 1), (unit.city, 1), ("县（区）", 1), (unit.county, 1)),
        (("统一社会信用代码", 1), (unit.credit_code, 5)),
        (("成立日期", 1), (founded, 2), ("负责人", 1), (unit.person_in_charge, 2)),
        (("通讯地址", 1), (unit.address, 2), ("咨询电话", 1), (unit.phone, 2)),
        (("分管负责人信息", 6),),
        (("姓名", 1), (unit.deputy.name, 2), ("移动电话", 1), (unit.deputy.mobile, 2)),
        (("办公电话", 1), (unit.deputy.office_phone, 2), ("传真", 1), (unit.deputy.fax, 2)),
        (("理论考场服务器信息", 6),),
    ]
    for server in form.servers:
        fixed = server.mobility == "fixed"
        rows += [
            (
                ("服务器名称", 1),
                (server.name, 2),
                ("服务器类型", 1),
                (f"移动服务器 {_box(not fixed)}　固定服务器 {_box(fixed)}", 2),
            ),
            (
                ("IP 地址类型", 1),
                (f"固定 IP {_box(fixed)}　动态 IP {_box(not fixed)}", 2),
                ("MAC 地址", 1),
                (server.mac, 2),
            ),
            (
                ("CPU（X 核）", 1),
                (_told(server.cores, "核"), 1),
                ("内存（X G）", 1),
                (_told(server.memory_gb, "G"), 1),
                ("硬盘（X G）", 1),
                (_told(server.disk_gb, "G"), 1),
            ),
        ]
    rows += [
        (("考试场地信息", 6),),
        (("（一）理论考场信息", 6),),
        (("序号", 1), ("场地名称", 2), ("关联服务器（服务器名称）", 2), ("容量", 1)),
        *(
            ((str(number), 1), (room.name, 2), (room.server, 2), (str(room.capacity), 1))
            for number, room in enumerate(form.rooms, 1)
        ),
        (("（二）实操考场信息", 6),),
    ]
    for practical in unit.practical_rooms:
        equipment = (("real", "实物设备"), ("physical", "实物仿真"), ("virtual", "虚拟仿真"))
        boxes = "　".join(f"{zh} {_box(kind in practical.equipment)}" for kind, zh in equipment)
        rows += [
            (("作业类别", 1), (practical.category, 2), ("操作项目", 1), (practical.item, 2)),
            (("实操考试设备信息", 1), (boxes, 3), ("容量", 1), (str(practical.capacity), 1)),
        ]
    return rows


def _box(on: bool) -> str:
    return "☑" if on else "☐"


def _told(number: int | None, unit: str) -> str:
    return "" if number is None else f"{number} {unit}"


def _set_up(document: DocumentFile) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin = section.bottom_margin = Cm(1.8)
    style: Any = document.styles["Normal"]
    style.font.name = "宋体"
    style.font.size = Pt(10.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    style.paragraph_format.space_after = Pt(0)


def _fill(row: _Row, cells: Cells) -> None:
    held = row.cells
    place = 0
    for text, span in cells:
        cell = held[place]
        if span > 1:
            cell = cell.merge(held[place + span - 1])
        cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
        paragraph = cell.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run(text).bold = span == COLUMNS
        place += span
