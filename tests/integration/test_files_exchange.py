"""A bank travels from the template through QTI and back into a workbook, and nothing is lost on the way."""

from __future__ import annotations

import io
import zipfile

import openpyxl
from PIL import Image, ImageDraw

from central_sync.centre.files.bank_xlsx import (
    bank_template,
    read_bank_xlsx,
    read_media_zip,
    write_bank_xlsx,
    write_media_zip,
)
from central_sync.centre.files.qti import read_qti, write_qti
from central_sync.protocol.items import ItemType

COUNT = 300


def drawing(number: int) -> bytes:
    picture = Image.new("RGB", (160, 120), "white")
    ImageDraw.Draw(picture).text((10, 10), str(number), fill="black")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def filled_template() -> bytes:
    """Fill in the template as an author would: types in turn, every tenth item with a picture."""
    book = openpyxl.load_workbook(io.BytesIO(bank_template()))
    sheet = book["试题"]
    place = {str(cell.value): number for number, cell in enumerate(sheet[1], start=1)}
    for number in range(1, COUNT + 1):
        kind = ("单选题", "多选题", "判断题")[number % 3]
        texts = {
            "题号": f"DY-{number:04d}",
            "题型": kind,
            "知识点": f"知识点 {number % 7}",
            "题干": f"第 {number} 题：下列说法正确的是？\n（请仔细阅读）",
            "答案": {"单选题": "B", "多选题": "ACD", "判断题": "错"}[kind],
            "解析": f"见规程第 {number} 条。" if number % 2 else "",
            "题干图片": f"图{number}.png|第 {number} 题的图" if number % 10 == 0 else "",
        }
        if kind != "判断题":
            texts |= {f"选项{letter}": f"{letter} 说法 {number}" for letter in "ABCD"}
        for heading, text in texts.items():
            if text:
                sheet.cell(row=number + 1, column=place[heading]).value = text
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pictures_as_windows_zips_them() -> bytes:
    """Write names in GBK without the UTF-8 mark, in a folder."""
    out = io.BytesIO()
    stand_ins = {}
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(10, COUNT + 1, 10):
            raw = f"题库图片/图{number}.png".encode("gbk")
            stand_ins[f"{number:05d}".ljust(len(raw), "~")] = raw
            archive.writestr(f"{number:05d}".ljust(len(raw), "~"), drawing(number))
    data = out.getvalue()
    for stand_in, raw in stand_ins.items():
        data = data.replace(stand_in.encode(), raw)
    return data


def test_bank_survives_the_way_from_template_to_qti_and_back() -> None:
    media, media_report = read_media_zip(pictures_as_windows_zips_them())
    assert media is not None, media_report
    first, report = read_bank_xlsx(filled_template(), media)
    assert first is not None, report
    assert (report.taken, report.findings) == (COUNT, ())
    assert {item.type for item in first.items} == set(ItemType)
    assert len(first.media) == COUNT // 10

    second, report = read_qti(write_qti(first.items, first.media, title="低压电工题库"))
    assert second is not None, report
    assert (report.taken, report.findings) == (COUNT, ())
    assert second == first

    again, _ = read_media_zip(write_media_zip(second.items, second.media))
    third, report = read_bank_xlsx(write_bank_xlsx(second.items), again)
    assert third is not None, report
    assert third == first
