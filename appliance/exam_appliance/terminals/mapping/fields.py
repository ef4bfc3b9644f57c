"""Our fields out of a maker's tree, and a maker's answer out of ours. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping as Table
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from exam_appliance.terminals.mapping.bodies import at_pointer
from exam_appliance.terminals.mapping.model import Answer, Call, Taken

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]{1,40})\}")
LONGEST: Final = 400
"""Characters of a text field."""


class FieldWrong(Exception):
    """A field cannot be read; says which of ours, where it stands, and why."""

    def __init__(self, field: str, at: str, zh: str, en: str) -> None:
        super().__init__(f"{field} ({at}): {zh} / {en}")
        self.field, self.at, self.zh, self.en = field, at, zh, en


def taken_fields(call: Call, tree: Table[str, Any], zone: tzinfo) -> dict[str, Any]:
    """Return our fields of a call; what is empty is left out. Raises FieldWrong.

    Texts are str, numbers float, times and dates ISO 8601 texts in UTC or without a time, base64 is bytes.
    A time without an offset is of the site's zone.
    """
    found, wrong = all_taken(call, tree, zone)
    if wrong:
        raise wrong[0]
    return found


def all_taken(call: Call, tree: Table[str, Any], zone: tzinfo) -> tuple[dict[str, Any], list[FieldWrong]]:
    """Return our fields of a call as far as they can be read, and what is wrong with the others."""
    found: dict[str, Any] = {}
    wrong: list[FieldWrong] = []
    for field, taken in call.fields.items():
        value = at_pointer(tree, taken.at)
        if value is None or value == "":
            continue
        try:
            if isinstance(value, dict | list):
                raise FieldWrong(field, taken.at, "不是单个值", "is no single value")
            read = _read(field, taken, value, zone)
        except FieldWrong as fault:
            wrong.append(fault)
            continue
        if read not in ("", None):
            found[field] = read
    return found, wrong


def _read(field: str, taken: Taken, value: Any, zone: tzinfo) -> Any:
    text = str(value).strip()
    if taken.read != "base64" and len(text) > LONGEST:
        raise FieldWrong(field, taken.at, f"超过 {LONGEST} 个字符", f"is over {LONGEST} characters")
    if taken.values is not None:
        if text in taken.values:
            return taken.values[text]
        if taken.otherwise is not None:
            return taken.otherwise
        if taken.read == "text":
            known = ", ".join(taken.values)
            raise FieldWrong(
                field, taken.at, f"不认识的值 {text[:40]}，可用：{known}", f"unknown value; known: {known}"
            )
    match taken.read:
        case "text":
            return text
        case "number":
            return _number(field, taken, text)
        case "base64":
            return _bytes(field, taken, text)
        case "date":
            return _moment(field, taken, text, zone).date().isoformat()
        case "time":
            return _moment(field, taken, text, zone).astimezone(UTC).isoformat()


def _number(field: str, taken: Taken, text: str) -> float:
    try:
        number = float(text) * taken.scale
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e15:
        raise FieldWrong(field, taken.at, f"不是数字：{text[:40]}", f"is no number: {text[:40]}")
    return number


def _bytes(field: str, taken: Taken, text: str) -> bytes:
    # Pages of browsers send "data:image/jpeg;base64,..."
    body = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise FieldWrong(field, taken.at, "不是 Base64", "is no Base64") from error


def _moment(field: str, taken: Taken, text: str, zone: tzinfo) -> datetime:
    try:
        if taken.form:
            moment = datetime.strptime(text, taken.form)  # noqa: DTZ007 - the zone is set below
        elif text.isascii() and text.isdigit():
            # Seconds of this century have ten digits, milliseconds thirteen.
            moment = datetime.fromtimestamp(int(text) / (1000 if len(text) > 11 else 1), UTC)
        else:
            moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
    except (ValueError, OverflowError, OSError) as error:
        raise FieldWrong(
            field, taken.at, f"不是约定的时间：{text[:40]}", f"is no time as agreed: {text[:40]}"
        ) from error


def rendered(answer: Answer, ours: Table[str, Any]) -> dict[str, Any]:
    """Return the tree of an answer with our fields in it; a field that we have not is empty."""
    tree = _node(answer.body, ours)
    return tree if isinstance(tree, dict) else {}


def _node(node: Any, ours: Table[str, Any]) -> Any:
    if isinstance(node, str):
        return _PLACEHOLDER.sub(lambda found: _plain(ours.get(found[1])), node)
    if isinstance(node, list):
        return [_node(part, ours) for part in node]
    if not isinstance(node, dict):
        return node
    if "from" in node and set(node) <= {"from", "values", "otherwise"}:
        value = ours.get(node["from"])
        values = node.get("values")
        if values is None:
            return value
        return values.get(_plain(value), node.get("otherwise"))
    if "each" in node and set(node) <= {"each", "item"}:
        return [_node(node.get("item", {}), {**ours, **row}) for row in ours.get(node["each"]) or []]
    return {name: _node(part, ours) for name, part in node.items()}


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def names_in(answer: Answer) -> set[str]:
    """Return the names of our fields that an answer uses."""
    found: set[str] = set()
    stack: list[Any] = [answer.body]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            found.update(_PLACEHOLDER.findall(node))
        elif isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            if "from" in node and set(node) <= {"from", "values", "otherwise"}:
                found.add(str(node["from"]))
            elif "each" in node and set(node) <= {"each", "item"}:
                found.add(str(node["each"]))
                stack.append(node.get("item", {}))
            else:
                stack.extend(node.values())
    return found
