"""Reading a YAML file that may hold anything: values with the line of every key, or a named fault.

Only what a configuration needs is taken: one document of mappings, lists and scalars. Aliases,
tags, doubled keys, deep nesting and large files are refused. Plain scalars follow YAML 1.2 (null,
true, false, decimal numbers; everything else is text), so `no` is text and `10:30` no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from exam_appliance.config.problems import ConfigError, ConfigProblem

SIZE_LIMIT = 256 * 1024
"""Bytes of a file."""
DEPTH_LIMIT = 12

_NULL = re.compile(r"(?:null|Null|NULL|~|)\Z")
_TRUE = re.compile(r"(?:true|True|TRUE)\Z")
_FALSE = re.compile(r"(?:false|False|FALSE)\Z")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_NUMBER = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}\Z")

KeyPath = tuple[str, ...]


@dataclass(frozen=True)
class YamlSource:
    """A parsed file: its values and the 1-based line of each key path."""

    name: str
    values: dict[str, Any]
    lines: dict[KeyPath, int]


def read_yaml(data: bytes, name: str) -> YamlSource:
    """Return the mapping in `data` with its lines; `name` is the file's name for messages.

    An empty file is an empty mapping. Raises ConfigError.
    """
    text = _decoded(data, name)
    reader = _Reader(name)
    try:
        values = reader.document(iter(yaml.parse(text, Loader=yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        _fail(name, line, "", "不是有效的 YAML，请检查缩进、引号和冒号", f"not valid YAML: {error.problem}")
    except yaml.YAMLError as error:
        _fail(name, None, "", "含有不允许的字符", f"holds a character that is not allowed: {error}")
    except (ValueError, OverflowError, IndexError) as error:
        # PyYAML's scanner lets these through for impossible escapes and version directives.
        _fail(name, None, "", "不是有效的 YAML", f"not valid YAML: {error}")
    return YamlSource(name, values, reader.lines)


def _decoded(data: bytes, name: str) -> str:
    if len(data) > SIZE_LIMIT:
        kib = SIZE_LIMIT // 1024
        _fail(name, None, "", f"文件过大，上限 {kib} KiB", f"the file is over {kib} KiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        _fail(
            name, line, "", "文件须以 UTF-8 编码保存", f"save the file as UTF-8 (byte {error.start} is not)"
        )


class _Reader:
    """Builds values from parser events; recursion is bounded by DEPTH_LIMIT."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.lines: dict[KeyPath, int] = {}

    def document(self, events: Iterator[yaml.Event]) -> dict[str, Any]:
        values: dict[str, Any] | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if values is not None:
                    self._fail(event, (), "只能有一个 YAML 文档", "there must be one YAML document only")
                first = next(events)
                value = self._value(first, events, ())
                if value is None:
                    value = {}
                if not isinstance(value, dict):
                    self._fail(first, (), "最外层须为“键: 值”", "the outermost level must be key: value")
                values = value
        return values or {}

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Any:
        if len(path) > DEPTH_LIMIT:
            self._fail(event, path[:3], f"嵌套超过 {DEPTH_LIMIT} 层", f"nested deeper than {DEPTH_LIMIT}")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._fail(
                event, path, "不允许使用锚点和别名（& *）", "anchors and aliases (& *) are not allowed"
            )
        if getattr(event, "tag", None) not in (None, "!"):
            self._fail(event, path, "不允许使用类型标签（!）", "tags (!) are not allowed")
        if isinstance(event, yaml.ScalarEvent):
            return _plain(event.value) if event.implicit[0] else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        return self._fail(event, path, "此处缺少值", "a value is missing here")

    def _sequence(self, events: Iterator[yaml.Event], path: KeyPath) -> list[Any]:
        values: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            values.append(self._value(event, events, (*path, str(len(values)))))
        return values

    def _mapping(self, events: Iterator[yaml.Event], path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag not in (None, "!"):
                self._fail(event, path, "键须为普通文字", "a key must be plain text")
            key = event.value
            inner = (*path, key)
            if key in values:
                first = self.lines[inner]
                self._fail(
                    event, inner, f"键重复，第 {first} 行已有", f"the key stands twice, first in line {first}"
                )
            self.lines[inner] = _line(event)
            values[key] = self._value(next(events), events, inner)
        return values

    def _fail(self, event: yaml.Event, path: KeyPath, zh: str, en: str) -> NoReturn:
        _fail(self._name, _line(event), ".".join(path), zh, en)


def _line(event: yaml.Event) -> int:
    """Return the 1-based line of an event; events that a reader makes always carry their mark."""
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _plain(text: str) -> Any:
    if _NULL.match(text):
        return None
    if _TRUE.match(text):
        return True
    if _FALSE.match(text):
        return False
    if _INTEGER.match(text):
        return int(text)
    if _NUMBER.match(text):
        return float(text)
    return text


def _fail(name: str, line: int | None, key: str, zh: str, en: str) -> NoReturn:
    raise ConfigError((ConfigProblem(name, line, key, zh, en),))
