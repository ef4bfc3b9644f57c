"""The container of an .xlsx: refused when it is something else, holds macros, or could attack its reader."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from central_sync.centre.files.report import Refused, refused
from central_sync.centre.files.safe_xml import descendants, local_name, parse_xml
from central_sync.centre.files.safe_zip import MIB, SafeZip, ZipLimits, open_zip

_ZIP_LIMITS = ZipLimits(entries=2_000, entry_bytes=48 * MIB, total_bytes=128 * MIB, ratio=300)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


def check_container(data: bytes, most_cells: int) -> dict[str, tuple[str, ...]]:
    """Refuse what is no plain .xlsx; return the merged ranges by sheet title.

    No sheet may have more than `most_cells` filled cells, which is known before any is read.
    """
    if not data.startswith(b"PK"):
        raise _not_xlsx(data)
    with open_zip(data, _ZIP_LIMITS) as archive:
        _check_kind_of_document(archive)
        merges: dict[str, tuple[str, ...]] = {}
        for name in archive:
            ranges = _scan_part(archive, name, most_cells)
            if ranges:
                merges[name] = ranges
        return _by_title(archive, merges)


def _not_xlsx(data: bytes) -> Refused:
    if not data:
        return refused("xlsx.empty", "文件是空的，请重新选择文件。", "The file is empty; choose it again.")
    if data.startswith(_OLE):
        if _ENCRYPTED_STREAM in data:
            return refused(
                "xlsx.password",
                "文件设置了打开密码。请在 Excel 或 WPS 中取消密码，再保存为 .xlsx 上传。",
                "The file is protected by a password. Remove it in Excel or WPS, save as .xlsx and upload "
                "that.",
            )
        return refused(
            "xlsx.old_format",
            "这是旧的 .xls 格式。请用 Excel 或 WPS 打开，另存为“Excel 工作簿 (*.xlsx)”后上传。",
            "This is the old .xls format. Open it in Excel or WPS, save as 'Excel workbook (*.xlsx)', upload "
            "that.",
        )
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"<meta")):
        return refused(
            "xlsx.web_page",
            "这是网页或 XML 表格，只是扩展名像 Excel。请用 Excel 或 WPS 打开后另存为 .xlsx 上传。",
            "This is a web page or XML table with a name like Excel's. Open it in Excel or WPS and save as "
            ".xlsx.",
        )
    if b"\x00" not in data[:4096] and (b"," in data[:4096] or b"\t" in data[:4096]):
        return refused(
            "xlsx.csv",
            "这是 CSV 文本，只是扩展名像 Excel。请用 Excel 或 WPS 打开后另存为 .xlsx 上传，"
            "并核对身份证号是否完整。",
            "This is CSV text with a name like Excel's. Open it in Excel or WPS, save as .xlsx, and check ID "
            "numbers.",
        )
    return refused(
        "xlsx.not_xlsx",
        "这不是 .xlsx 文件。请下载模板，填好后保存为 .xlsx 上传。",
        "This is no .xlsx file. Download the template, fill it in, save it as .xlsx and upload that.",
    )


def _check_kind_of_document(archive: SafeZip) -> None:
    names = set(archive)
    types = archive.read("[Content_Types].xml", MIB) if "[Content_Types].xml" in names else b""
    if b"macroEnabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
        raise refused(
            "xlsx.macros",
            "文件含有宏（.xlsm），不接受。请另存为“Excel 工作簿 (*.xlsx)”后上传。",
            "The workbook holds macros (.xlsm), which are not allowed. Save it as 'Excel workbook (*.xlsx)'.",
        )
    if "xl/workbook.xml" in names and types:
        return
    if "xl/workbook.bin" in names:
        kind = "Excel 二进制工作簿 .xlsb", "a binary workbook (.xlsb)"
    elif "word/document.xml" in names:
        kind = "Word 文档 .docx", "a Word document (.docx)"
    elif "content.xml" in names:
        kind = "OpenDocument 文件 .ods", "an OpenDocument file (.ods)"
    else:
        kind = "普通 zip 压缩包", "some other zip archive"
    raise refused(
        "xlsx.not_xlsx",
        f"这是{kind[0]}，不是 .xlsx 工作簿。请用 Excel 或 WPS 另存为 .xlsx 后上传。",
        f"This is {kind[1]}, no .xlsx workbook. Save it as .xlsx in Excel or WPS and upload that.",
    )


_MERGE = re.compile(
    rb"<(?:[A-Za-z0-9_]+:)?mergeCell\s[^>]{0,80}?ref\s*=\s*[\"']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})[\"']"
)
_CONTENT = re.compile(rb"</(?:[A-Za-z0-9_]+:)?(?:v|is|si)>")
_CELL = re.compile(rb"<(?:[A-Za-z0-9_]+:)?c[ />]")
_OVERLAP_BYTES = 256
_MAX_BLANK_CELLS = 1_000_000


def _scan_part(archive: SafeZip, name: str, most_cells: int) -> tuple[str, ...]:
    """Refuse DTDs, encodings that could hide one, and floods of cells; return the merged ranges."""
    merges: dict[str, None] = {}
    filled = cells = 0
    tail = b""
    head_to_check = name.lower().endswith((".xml", ".rels", ".vml"))
    for piece in archive.chunks(name):
        window = tail + piece
        if head_to_check and (window[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in window[:64]):
            raise _hostile(name)
        head_to_check = False
        if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
            raise _hostile(name)
        if b"mergeCell" in window and len(merges) < 10_000:
            merges.update((match.decode("ascii"), None) for match in _MERGE.findall(window))
        filled += len(_CONTENT.findall(piece))
        cells += len(_CELL.findall(piece))
        if filled > most_cells or cells > most_cells + _MAX_BLANK_CELLS:
            raise _flood(name, most_cells)
        tail = window[-_OVERLAP_BYTES:]
    return tuple(merges)


def _flood(part: str, most_cells: int) -> Refused:
    return refused(
        "xlsx.cells",
        f"工作簿内容过多（{part} 超过 {most_cells} 个有内容的单元格），请删去多余的行和表，或分成几个文件。",
        f"The workbook holds too much ({part}: more than {most_cells} filled cells). Delete rows and sheets "
        "that are not needed, or split it into several files.",
        place=part,
    )


def _hostile(part: str) -> Refused:
    return refused(
        "xlsx.entity",
        f"工作簿内部文件 {part} 含有 DTD/实体定义或异常编码，疑似攻击，已拒绝。请用 Excel 或 WPS 重新另存。",
        f"The part {part} of the workbook holds a DTD, entities or a strange encoding; refused. Save it "
        "again in Excel or WPS.",
        place=part,
    )


def _by_title(archive: SafeZip, merges: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    relations = "xl/_rels/workbook.xml.rels"
    if not merges or relations not in archive:
        return {}
    targets = {
        each.get("Id", ""): posixpath.normpath(posixpath.join("/xl", unquote(each.get("Target", "")))).lstrip(
            "/"
        )
        for each in descendants(parse_xml(archive.read(relations, MIB), relations), "Relationship")
    }
    found = {}
    for sheet in descendants(parse_xml(archive.read("xl/workbook.xml", MIB), "xl/workbook.xml"), "sheet"):
        relation = next(
            (value for key, value in sheet.attrib.items() if local_name(key) == "id" and key != "id"), ""
        )
        found[sheet.get("name", "")] = merges.get(targets.get(relation, ""), ())
    return found
