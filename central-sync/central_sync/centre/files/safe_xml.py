"""Reading XML that strangers made: no entities, bounded depth and size, honest encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from central_sync.centre.files.report import Refused, refused

_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}?\?>")
_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
    "cp936": "gb18030",
}


@dataclass(frozen=True)
class XmlLimits:
    """What one document may hold."""

    size_bytes: int = 8 * 1024 * 1024
    depth: int = 80
    elements: int = 100_000


class _TooDeep(Exception):
    pass


class _TooMany(Exception):
    pass


class _Instruction(Exception):
    pass


class _BoundedBuilder(TreeBuilder):
    def __init__(self, limits: XmlLimits, *, instructions_allowed: bool) -> None:
        super().__init__()
        self._limits = limits
        self._instructions_allowed = instructions_allowed
        self._depth = 0
        self._elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.depth:
            raise _TooDeep
        if self._elements > self._limits.elements:
            raise _TooMany
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)

    def pi(self, target: str, text: str | None = None, /) -> Element:
        if not self._instructions_allowed:
            raise _Instruction
        return super().pi(target, text)


def parse_xml(
    data: bytes, place: str, limits: XmlLimits | None = None, *, instructions_allowed: bool = True
) -> Element:
    """Return the root element of a document, or raise Refused naming `place` and the reason.

    Accepted encodings: UTF-8, UTF-16 with a byte order mark, and GBK/GB 18030 when declared.
    """
    limits = limits or XmlLimits()
    if len(data) > limits.size_bytes:
        raise _refused(
            place, "size", f"文件超过 {limits.size_bytes // 1024} KB", "the file is too large", limits
        )
    text = _DECLARATION.sub("", decoded(data, place), count=1)
    parser = DefusedXMLParser(target=_BoundedBuilder(limits, instructions_allowed=instructions_allowed))
    try:
        parser.feed(text.encode("utf-8"))
        root = parser.close()
    except DefusedXmlException:
        raise refused(
            "xml.entity",
            f"{place} 含有实体定义或外部引用（可用于 XXE 或“十亿笑”攻击），已拒绝。请导出不带 DTD 实体的 "
            f"XML。",
            f"{place} defines entities or refers to outside ones (as XXE and billion-laughs attacks do); "
            f"refused. Export XML without DTD entities.",
            place=place,
        ) from None
    except _TooDeep:
        raise _refused(place, "depth", "标签嵌套过深", "elements are nested too deep", limits) from None
    except _TooMany:
        raise _refused(place, "elements", "标签数量过多", "there are too many elements", limits) from None
    except _Instruction:
        raise refused(
            "xml.instruction",
            f"{place} 含有处理指令（如 xml-stylesheet），不允许引用外部样式，请删除后重试。",
            f"{place} holds a processing instruction (such as xml-stylesheet); remove it and try again.",
            place=place,
        ) from None
    except ParseError as error:
        line, column = error.position
        raise refused(
            "xml.syntax",
            f"{place} 不是格式正确的 XML（第 {line} 行第 {column + 1} 列附近有错），请用导出工具重新生成。",
            f"{place} is no well-formed XML (near line {line}, column {column + 1}); export it again.",
            place=place,
        ) from None
    except (ValueError, LookupError):
        raise refused(
            "xml.syntax",
            f"{place} 不是可读的 XML，请用导出工具重新生成。",
            f"{place} is no readable XML; export it again.",
            place=place,
        ) from None
    if not isinstance(root, Element):
        raise refused(
            "xml.syntax", f"{place} 不含任何 XML 元素。", f"{place} holds no XML element.", place=place
        )
    return root


def decoded(data: bytes, place: str) -> str:
    """Return the text of an XML document by its byte order mark or declared encoding, or raise Refused."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, declared = "utf-16", "UTF-16"
    elif data.startswith(codecs.BOM_UTF8):
        encoding, declared = "utf-8-sig", "UTF-8"
    else:
        match = _ENCODING.match(data)
        declared = match.group(1).decode("ascii") if match else "UTF-8"
        encoding = _ENCODINGS.get(declared.lower(), "")
        if not encoding:
            raise refused(
                "xml.encoding",
                f"{place} 声明的编码 {declared} 不受支持，请另存为 UTF-8 后重试。",
                f"{place} declares the encoding {declared}, which is not allowed; save it as UTF-8.",
                place=place,
            )
    if encoding == "gb18030" and _is_chinese_utf8(data):
        raise _wrong_encoding(data, place, declared)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise _wrong_encoding(data, place, declared) from None


def _is_chinese_utf8(data: bytes) -> bool:
    """Tell UTF-8 that is declared as GBK: it mostly decodes as GBK too, into words that mean nothing."""
    try:
        return any(character > "\u07ff" for character in data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _wrong_encoding(data: bytes, place: str, declared: str) -> Refused:
    hint = ("内容含有无法识别的字节", "the content holds bytes of no known encoding")
    for encoding, name in (("utf-8", "UTF-8"), ("gb18030", "GBK")):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        hint = (f"内容看起来是 {name} 编码", f"the content looks like {name}")
        break
    return refused(
        "xml.encoding",
        f"{place} 声明为 {declared}，但{hint[0]}。请用 UTF-8 编码重新保存或导出。",
        f"{place} is declared as {declared}, but {hint[1]}; save or export it again as UTF-8.",
        place=place,
    )


def _refused(place: str, what: str, zh: str, en: str, limits: XmlLimits) -> Refused:
    allowed_zh = f"最多 {limits.size_bytes // 1024} KB、{limits.depth} 层、{limits.elements} 个元素"
    allowed_en = f"allowed: {limits.size_bytes // 1024} KB, {limits.depth} levels, {limits.elements} elements"
    return refused(
        f"xml.{what}", f"{place}：{zh}；{allowed_zh}。", f"{place}: {en}; {allowed_en}.", place=place
    )


def local_name(tag: str) -> str:
    """Return an element or attribute name without its namespace."""
    return tag.rpartition("}")[2]


def namespace(tag: str) -> str:
    """Return the namespace of an element or attribute name, empty when it has none."""
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the child elements of that local name, in any namespace."""
    return (child for child in element if local_name(child.tag) == name)


def descendants(element: Element, name: str) -> Iterator[Element]:
    """Yield the elements of that local name at any depth, in any namespace."""
    return (each for each in element.iter() if local_name(each.tag) == name)
