"""Reading mapping files: the shipped examples and a site's own, with the line of every fault."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from exam_appliance.config.allowed import fault_words
from exam_appliance.config.problems import ConfigError, ConfigProblem
from exam_appliance.config.yaml_source import KeyPath, YamlSource, read_yaml
from exam_appliance.terminals.mapping.fields import names_in
from exam_appliance.terminals.mapping.model import Answer, Calls, Mapping, MappingFaults

DECISION: Final = frozenset(
    {
        "result",
        "decision",
        "reason_code",
        "reason_zh",
        "reason_en",
        "say_zh",
        "say_en",
        "name",
        "room",
        "seat",
    }
)
CANDIDATE: Final = frozenset(
    {"ticket", "name", "sex", "document_number", "session", "room", "seat", "starts_at", "has_photo"}
)
ANSWERED: Final[dict[Calls, frozenset[str]]] = {
    "heartbeat": frozenset({"server_time", "server_time_ms", "server_time_s", "roster", "announcement"}),
    "roster": frozenset({"version", "candidates"}) | CANDIDATE,
    "photo": frozenset(),
    "announcement": frozenset({"version", "waiting_zh", "waiting_en"}),
    "result": DECISION,
}
"""Names that answers may use, by operation; of `roster` those of a candidate stand within its `each`."""
REFUSED: Final = frozenset({"status", "code", "zh", "en", "server_time_ms", "server_time_s"})


def read_mapping(data: bytes, name: str) -> Mapping:
    """Return the mapping in a YAML file; `name` is for messages. Raises ConfigError with every fault."""
    source = read_yaml(data, name)
    try:
        mapping = Mapping.model_validate(source.values)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise ConfigError(tuple(fault for found in faults for fault in _faults(source, found))) from error
    faults_of_names = [
        fault
        for kind, call in mapping.calls.items()
        if call.answer is not None
        for fault in _unknown(source, ("calls", kind, "answer"), call.answer, ANSWERED[kind])
    ]
    faults_of_names += _unknown(source, ("refusal",), mapping.refusal, REFUSED)
    if faults_of_names:
        raise ConfigError(tuple(faults_of_names))
    return mapping


def shipped_mappings() -> dict[str, Mapping]:
    """Return the worked examples by name."""
    found = {}
    for one in files("exam_appliance.terminals").joinpath("mappings").iterdir():
        if one.name.endswith(".yaml"):
            mapping = read_mapping(one.read_bytes(), one.name)
            found[mapping.name] = mapping
    return found


def all_mappings(folder: Path) -> tuple[dict[str, Mapping], list[ConfigProblem]]:
    """Return shipped mappings and those of a folder, which win, by name; and what is wrong with files."""
    found = shipped_mappings()
    problems: list[ConfigProblem] = []
    for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else []:
        try:
            mapping = read_mapping(path.read_bytes(), path.name)
        except ConfigError as error:
            problems.extend(error.problems)
        except OSError as error:
            problems.append(
                ConfigProblem(path.name, None, "", "无法读取", f"cannot be read: {error.strerror}")
            )
        else:
            found[mapping.name] = mapping
    return found, problems


def _faults(source: YamlSource, found: Any) -> Iterator[ConfigProblem]:
    """Give the faults that one finding of pydantic is about."""
    path: KeyPath = tuple(str(part) for part in found["loc"] if part != "[key]")
    error = found.get("ctx", {}).get("error")
    if isinstance(error, MappingFaults):
        for fault in error.faults:
            yield _at(source, (*path, *fault.path), fault.zh, fault.en)
        return
    zh, en = fault_words(found, path, Mapping)
    yield _at(source, path, zh, en)


def _at(source: YamlSource, path: KeyPath, zh: str, en: str) -> ConfigProblem:
    """Return a fault with the line of its key, or of the part that should hold it."""
    line = next(
        (source.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in source.lines), None
    )
    return ConfigProblem(source.name, line, ".".join(path), zh, en)


def _unknown(source: YamlSource, path: KeyPath, answer: Answer, known: frozenset[str]) -> list[ConfigProblem]:
    names = sorted(names_in(answer) - known)
    listed = ", ".join(sorted(known))
    return [
        _at(
            source,
            path,
            f"回应中用到的 {name} 不存在，可用：{listed}",
            f"the answer uses {name}, which does not exist; known: {listed}",
        )
        for name in names
    ]
