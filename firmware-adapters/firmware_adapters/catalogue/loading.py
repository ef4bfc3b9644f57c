"""Reading the catalogue's files; every fault is named by file, line, entry and key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from firmware_adapters.catalogue.entry import Entry

FOLDER = Path(__file__).parent
SIZE_LIMIT = 512 * 1024
"""Bytes of a file."""


@dataclass(frozen=True, slots=True)
class CatalogueProblem:
    """One fault in the catalogue."""

    file: str
    line: int
    """1-based; 0 where the fault is not in a line of the file."""
    entry: str
    """Id of the entry, or its place as `#3` while it has none."""
    key: str
    zh: str
    en: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        parts = [part for part in (place, self.entry, self.key) if part]
        return f"{': '.join(parts)}: {self.zh} / {self.en}"


class CatalogueWrong(Exception):
    """The catalogue cannot be used; `problems` names every fault."""

    def __init__(self, problems: Sequence[CatalogueProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry and where it stands."""

    entry: Entry
    file: str
    line: int


def catalogue_files(folder: Path = FOLDER) -> list[Path]:
    """Return the YAML files of a folder, in the order of their names."""
    return sorted(folder.glob("*.yaml"))


def load_placed(files: Iterable[Path]) -> list[Placed]:
    """Return all entries of the files with their places. Raises CatalogueWrong, which names every fault."""
    placed: list[Placed] = []
    problems: list[CatalogueProblem] = []
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            problems.append(
                CatalogueProblem(
                    file.name, 0, "", "", f"无法读取：{error.strerror}", f"unreadable: {error.strerror}"
                )
            )
            continue
        found, wrong = read_entries(data, file.name)
        placed += found
        problems += wrong
    if problems:
        raise CatalogueWrong(problems)
    return placed


@cache
def shipped_entries() -> tuple[Entry, ...]:
    """Return the entries that are delivered with this package. Raises CatalogueWrong."""
    return tuple(placed.entry for placed in load_placed(catalogue_files()))


def with_site_entries(shipped: Sequence[Entry], site: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the site's own entries before the shipped ones; one of the same id takes its place.

    At equal rank the first wins, so a site's entry needs no higher rank.
    """
    own = {entry.id for entry in site}
    return (*site, *(entry for entry in shipped if entry.id not in own))


def read_entries(data: bytes, name: str) -> tuple[list[Placed], list[CatalogueProblem]]:
    """Return the entries of one file and its faults; `name` is the file's name for messages."""
    if len(data) > SIZE_LIMIT:
        return [], [CatalogueProblem(name, 0, "", "", "文件过大", f"the file is over {SIZE_LIMIT} bytes")]
    try:
        text = data.decode("utf-8-sig")
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = 0 if event.start_mark is None else event.start_mark.line + 1
                zh, en = "不允许使用别名（*）", "aliases (*) are not allowed"
                return [], [CatalogueProblem(name, line, "", "", zh, en)]
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return [], [CatalogueProblem(name, line, "", "", "文件须以 UTF-8 编码保存", "save the file as UTF-8")]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = 0 if mark is None else mark.line + 1
        said = getattr(error, "problem", None) or type(error).__name__
        zh = "不是有效的 YAML，请检查缩进、引号和冒号"
        return [], [CatalogueProblem(name, line, "", "", zh, f"not valid YAML: {said}")]
    if root is None:
        return [], []
    if not isinstance(root, yaml.SequenceNode):
        zh, en = "最外层须为条目列表（每条以 - 开头）", "the outermost level must be a list of entries"
        return [], [CatalogueProblem(name, root.start_mark.line + 1, "", "", zh, en)]
    placed: list[Placed] = []
    problems: list[CatalogueProblem] = []
    for number, node in enumerate(root.value, start=1):
        found, wrong = _entry(node, name, number)
        problems += wrong
        if found is not None:
            placed.append(found)
    return placed, problems


def _entry(node: yaml.Node, name: str, number: int) -> tuple[Placed | None, list[CatalogueProblem]]:
    line = node.start_mark.line + 1
    twice = _doubled(node, "")
    if twice:
        return None, [
            CatalogueProblem(name, at, f"#{number}", key, "键重复", "the key stands twice")
            for key, at in twice
        ]
    try:
        loader = yaml.SafeLoader("")
        value: Any = loader.construct_document(node)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = getattr(error, "problem", None) or str(error)
        return None, [
            CatalogueProblem(name, line, f"#{number}", "", "条目无法读取", f"unreadable entry: {said}")
        ]
    named = value.get("id") if isinstance(value, Mapping) else None
    label = named if isinstance(named, str) and named else f"#{number}"
    try:
        return Placed(Entry.model_validate(value), name, line), []
    except ValidationError as error:
        lines = _lines(node)
        return None, [
            _problem(found, name, line, label, lines) for found in error.errors(include_url=False)[:20]
        ]


def _problem(
    found: Any, name: str, line: int, label: str, lines: Mapping[tuple[str, ...], int]
) -> CatalogueProblem:
    path = tuple(str(part) for part in found["loc"])
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            line = lines[path[:length]]
            break
    zh, en = _sentence(found)
    return CatalogueProblem(name, line, label, ".".join(path), zh, en)


def _sentence(found: Any) -> tuple[str, str]:
    """Return one finding of pydantic in two languages."""
    kind, told = found["type"], found.get("ctx", {})
    shown = repr(found.get("input"))[:60]
    if kind == "extra_forbidden":
        return "没有这个键", "there is no such key"
    if kind == "missing":
        return "缺少这个键", "this key is missing"
    if kind == "value_error":
        zh, _, en = str(told["error"]).partition(" / ")
        return zh, en or zh
    if kind == "string_pattern_mismatch":
        pattern = told["pattern"]
        return f"{shown} 须符合 {pattern}", f"{shown} must be like {pattern}"
    if kind in ("enum", "literal_error"):
        return f"{shown} 不在允许的值之中：{told['expected']}", f"{shown} must be one of {told['expected']}"
    return f"{shown} 不符合要求：{found['msg']}", f"{shown} is not allowed: {found['msg']}"


def _doubled(node: yaml.Node, path: str) -> list[tuple[str, int]]:
    """Return every key that a mapping holds twice, with its line; YAML itself lets the last one win."""
    found: list[tuple[str, int]] = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            inner = f"{path}.{key.value}" if path else str(key.value)
            if key.value in seen:
                found.append((inner, key.start_mark.line + 1))
            seen.add(key.value)
            found += _doubled(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            found += _doubled(value, path)
    return found


def _lines(node: yaml.Node, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], int]:
    """Return the line of every key and list item below a node."""
    found: dict[tuple[str, ...], int] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            found[inner] = key.start_mark.line + 1
            found.update(_lines(value, inner))
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            found[(*path, str(number))] = value.start_mark.line + 1
            found.update(_lines(value, (*path, str(number))))
    return found
