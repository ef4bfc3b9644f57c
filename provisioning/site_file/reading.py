"""Reading a site file: a whole, checked site, or every fault with file, line, key and what is allowed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pydantic import ValidationError

from exam_appliance.config.allowed import fault_words
from exam_appliance.config.problems import ConfigError, ConfigProblem
from exam_appliance.config.yaml_source import KeyPath, YamlSource, read_yaml
from site_file.checking import faults
from site_file.model import SiteFile


def read_site(path: Path, host_ports: Collection[str] | None = None) -> SiteFile:
    """Return the site that a file describes; `host_ports` are the server's network ports, if known.

    Raises ConfigError with every fault that was found.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        zh = f"无法读取考点文件（{error.strerror}），请检查路径和权限"
        en = f"the site file cannot be read, check path and rights: {error.strerror}"
        raise ConfigError((ConfigProblem(str(path), None, "", zh, en),)) from error
    return parse_site(data, str(path), host_ports)


def parse_site(data: bytes, name: str, host_ports: Collection[str] | None = None) -> SiteFile:
    """Return the site in the bytes of a file; `name` stands in messages. Raises ConfigError."""
    source = read_yaml(data, name)
    try:
        site = SiteFile.model_validate(source.values)
    except ValidationError as error:
        raise ConfigError(_problems(source, error)) from error
    found = faults(site, lambda path: line_of(source, path), host_ports)
    if found:
        raise ConfigError(tuple(_problem(source, fault.path, fault.zh, fault.en) for fault in found))
    return site


def line_of(source: YamlSource, path: KeyPath) -> int | None:
    """Return the line of a key: its own, that of the first key inside it, or that of what holds it."""
    for length in range(len(path), 0, -1):
        upper = path[:length]
        if upper in source.lines:
            return source.lines[upper]
        inside = [line for known, line in source.lines.items() if known[:length] == upper]
        if inside:
            return min(inside)
    return None


def _problems(source: YamlSource, error: ValidationError) -> tuple[ConfigProblem, ...]:
    findings = error.errors(include_url=False)
    places = [tuple(str(part) for part in found["loc"]) for found in findings]
    return tuple(
        _problem(source, path, *fault_words(found, path, SiteFile))
        for found, path in zip(findings, places, strict=True)
        # A list whose members are faulty is also "too short": the members say it better.
        if not (
            found["type"] == "too_short"
            and any(other[: len(path)] == path and other != path for other in places)
        )
    )


def _problem(source: YamlSource, path: KeyPath, zh: str, en: str) -> ConfigProblem:
    return ConfigProblem(source.name, line_of(source, path), ".".join(path), zh, en)
