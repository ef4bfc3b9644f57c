"""Bodies of three formats as one tree, and back: JSON, XML, form fields. Pure.

A tree is made of dicts, lists and texts (JSON has numbers, booleans and null besides). An element of XML
is a dict of its attributes as @name and its children, a text where it has neither, a list where it stands
several times.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from xml.etree.ElementTree import Element, ParseError, tostring

import orjson
from defusedxml import ElementTree as SafeXml
from defusedxml.common import DefusedXmlException

from exam_appliance.terminals.mapping.model import Format

DEPTH: Final = 12
PARTS: Final = 5_000
"""Elements or fields of one body."""
MEDIA: Final[dict[Format, str]] = {
    "json": "application/json",
    "xml": "application/xml",
    "form": "application/x-www-form-urlencoded",
}


class BodyWrong(Exception):
    """The body is not of its format; the message says so in Chinese and English."""


def read_body(data: bytes, form: Format) -> dict[str, Any]:
    """Return a body as a tree; an empty one is an empty tree. Raises BodyWrong."""
    if not data:
        return {}
    tree = _READ[form](data)
    if not isinstance(tree, dict):
        raise BodyWrong("正文最外层须为对象 / the outermost part of the body must be an object")
    for count, depth in enumerate(_depths(tree), 1):
        if depth > DEPTH:
            raise BodyWrong(f"正文嵌套超过 {DEPTH} 层 / the body is nested over {DEPTH} deep")
        if count > PARTS:
            raise BodyWrong(f"正文超过 {PARTS} 项 / the body has over {PARTS} parts")
    return tree


def write_body(tree: dict[str, Any], form: Format, root: str) -> bytes:
    """Return a tree as a body; `root` names the outermost element of XML."""
    if form == "json":
        return orjson.dumps(tree)
    if form == "form":
        return urlencode([(name, _text(value)) for name, value in tree.items()]).encode()
    element = Element(root)
    _fill(element, tree)
    return bytes(tostring(element, encoding="utf-8", xml_declaration=True))


def at_pointer(tree: Any, pointer: str) -> Any:
    """Return what stands at a JSON pointer (RFC 6901), None where nothing does."""
    for raw in pointer.split("/")[1:]:
        step = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(tree, dict):
            tree = tree.get(step)
        elif isinstance(tree, list) and step.isascii() and step.isdigit() and len(step) < 6:
            place = int(step)
            tree = tree[place] if place < len(tree) else None
        else:
            return None
    return tree


def _json(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BodyWrong(f"不是有效的 JSON / not valid JSON: {error}") from error


def _xml(data: bytes) -> Any:
    try:
        root = SafeXml.fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BodyWrong(f"不是有效的 XML，或含有 DTD / not valid XML, or with a DTD: {error}") from error
    return _element(root, 1)


def _form(data: bytes) -> Any:
    try:
        pairs = parse_qsl(
            data.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=200
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise BodyWrong(f"不是有效的表单 / no valid form: {error}") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise BodyWrong(f"字段 {name[:60]} 出现两次 / the field stands twice")
        fields[name] = value
    return fields


_READ: Final = {"json": _json, "xml": _xml, "form": _form}


def _element(element: Element, depth: int) -> Any:
    if depth > DEPTH:
        raise BodyWrong(f"正文嵌套超过 {DEPTH} 层 / the body is nested over {DEPTH} deep")
    text = (element.text or "").strip()
    if not element.attrib and not len(element):
        return text if depth > 1 else {}
    tree: dict[str, Any] = {f"@{_local(name)}": value for name, value in element.attrib.items()}
    for child in element:
        name, value = _local(child.tag), _element(child, depth + 1)
        if name not in tree:
            tree[name] = value
        elif isinstance(tree[name], list):
            tree[name].append(value)
        else:
            tree[name] = [tree[name], value]
    if text and not len(element):
        tree["#"] = text
    return tree


def _local(tag: str) -> str:
    """Return a tag without its name space: makers change those with every version."""
    return tag.rpartition("}")[2]


def _depths(tree: Any) -> Iterator[int]:
    """Give the depth of every part of a tree, going no deeper than one level too many."""
    stack = [(1, tree)]
    while stack:
        depth, part = stack.pop()
        yield depth
        if depth > DEPTH:
            continue
        if isinstance(part, dict):
            stack.extend((depth + 1, value) for value in part.values())
        elif isinstance(part, list):
            stack.extend((depth + 1, value) for value in part)


def _fill(element: Element, value: Any) -> None:
    if not isinstance(value, dict):
        element.text = _printable(_text(value))
        return
    for name, part in value.items():
        if name.startswith("@"):
            element.set(name[1:], _printable(_text(part)))
            continue
        for one in part if isinstance(part, list) else [part]:
            child = Element(name)
            _fill(child, one)
            element.append(child)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return str(value)


def _printable(text: str) -> str:
    """Return a text without the control characters that XML 1.0 cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n\r" or letter >= " ")
