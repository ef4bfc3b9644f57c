"""Reading mapping files: the shipped examples and a site's own, with the line of every fault."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from exam_appliance.config.problems import ConfigError, ConfigProblem
from exam_appliance.config.yaml_source import KeyPath, YamlSource, read_yaml
from exam_appliance.terminals.mapping.fields import names_in
from exam_appliance.terminals.mapping.model import Answer, Calls, Mapping

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
        raise ConfigError(tuple(_fault(source, found) for found in faults)) from error
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


def _fault(source: YamlSource, found: Any) -> ConfigProblem:
    path: KeyPath = tuple(str(part) for part in found["loc"])
    line = next(
        (source.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in source.lines), None
    )
    key = ".".join(path)
    match found["type"]:
        case "extra_forbidden":
            zh, en = "没有这个键，请检查拼写", "there is no such key; check its spelling"
        case "missing":
            zh, en = "缺少这个键", "this key is missing"
        case "value_error":
            zh, _, en = str(found["ctx"]["error"]).partition(" / ")
        case "literal_error":
            allowed = str(found["ctx"]["expected"]).replace(" or ", ", ")
            zh, en = f"可用：{allowed}", f"allowed: {allowed}"
        case _:
            zh, en = f"值不符合要求：{found['msg']}", f"the value is not allowed: {found['msg']}"
    return ConfigProblem(source.name, line, key, zh, en)


def _unknown(source: YamlSource, path: KeyPath, answer: Answer, known: frozenset[str]) -> list[ConfigProblem]:
    names = sorted(names_in(answer) - known)
    listed = ", ".join(sorted(known))
    return [
        ConfigProblem(
            source.name,
            source.lines.get(path),
            ".".join(path),
            f"回应中用到的 {name} 不存在，可用：{listed}",
            f"the answer uses {name}, which does not exist; known: {listed}",
        )
        for name in names
    ]
