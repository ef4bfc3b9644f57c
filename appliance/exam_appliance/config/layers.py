"""Laying the three layers over each other, and remembering where each value came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from exam_appliance.config.allowed import fault_words
from exam_appliance.config.problems import ConfigError, ConfigProblem
from exam_appliance.config.settings import POLICY_MAY_SET, Settings
from exam_appliance.config.yaml_source import KeyPath, YamlSource, read_yaml

LayerName = Literal["default", "policy", "site", "last_good"]
POLICY_SOURCE = "policy.json"


@dataclass(frozen=True)
class Origin:
    """Which layer set a value: the file and the line in it (1-based; None for the policy)."""

    layer: LayerName
    source: str
    line: int | None

    def text(self, language: Literal["zh", "en"]) -> str:
        """Return the origin for people."""
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        if language == "zh":
            return {
                "default": "出厂默认",
                "policy": "中心策略",
                "site": f"考点 {place}",
                "last_good": f"上次有效 {place}",
            }[self.layer]
        return {
            "default": "shipped default",
            "policy": "centre's policy",
            "site": f"site {place}",
            "last_good": f"last good {place}",
        }[self.layer]


@dataclass(frozen=True)
class Loaded:
    """Effective settings and the origin of each value by dotted key."""

    settings: Settings
    origin: Mapping[str, Origin]


@dataclass(frozen=True)
class _Layer:
    name: LayerName
    source: YamlSource

    def origin(self, path: KeyPath) -> Origin:
        return Origin(self.name, self.source.name, self.source.lines.get(path))


def load_settings(
    path: Path | None, policy: Mapping[str, Any] | None = None, *, layer: LayerName = "site"
) -> Loaded:
    """Return the effective settings of defaults, the policy's body and the site's file.

    `path` None means no site file. `layer` names the file's layer in the origins. Raises
    ConfigError that names every fault with file, line, key and what is allowed.
    """
    layers = [_Layer("default", _defaults())]
    if policy is not None:
        layers.append(_Layer("policy", YamlSource(POLICY_SOURCE, dict(policy), {})))
    if path is not None:
        layers.append(_Layer(layer, read_yaml(_contents(path), str(path))))
    merged: dict[str, Any] = {}
    origins: dict[KeyPath, Origin] = {}
    for one in layers:
        _lay_over(merged, origins, one, one.source.values, ())
    problems = tuple(_refused_policy_keys(policy)) if policy is not None else ()
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        problems += tuple(_problem(found, origins) for found in error.errors(include_url=False))
    if problems:
        raise ConfigError(problems)
    return Loaded(settings, {".".join(path): origin for path, origin in origins.items() if path})


@cache
def _defaults() -> YamlSource:
    return read_yaml(files("exam_appliance.config").joinpath("defaults.yaml").read_bytes(), "defaults.yaml")


def _contents(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            (
                ConfigProblem(
                    str(path),
                    None,
                    "",
                    "无法读取配置文件，请检查路径和权限",
                    f"the file cannot be read, check path and rights: {error.strerror}",
                ),
            )
        ) from error


def _lay_over(
    target: dict[str, Any],
    origins: dict[KeyPath, Origin],
    layer: _Layer,
    values: Mapping[str, Any],
    path: KeyPath,
) -> None:
    """Put `values` over `target`: sections key by key, anything else as a whole."""
    for key, value in values.items():
        inner = (*path, str(key))
        below = target.get(str(key))
        if value is None and isinstance(below, dict):
            continue  # a section whose keys are all commented out says nothing
        if isinstance(value, Mapping) and (below is None or isinstance(below, dict)):
            if below is None:
                target[str(key)] = below = {}
                origins[inner] = layer.origin(inner)
            _lay_over(below, origins, layer, value, inner)
            if value:
                origins.pop(inner, None)
        else:
            for old in [known for known in origins if known[: len(inner)] == inner]:
                del origins[old]
            target[str(key)] = value
            origins[inner] = layer.origin(inner)


def _refused_policy_keys(policy: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    for key, value in policy.items():
        if key in POLICY_MAY_SET:
            continue
        inner = [f"{key}.{name}" for name in value] if isinstance(value, Mapping) else [str(key)]
        for name in inner:
            if name not in POLICY_MAY_SET:
                listed = ", ".join(sorted(POLICY_MAY_SET))
                yield ConfigProblem(
                    POLICY_SOURCE,
                    None,
                    name,
                    f"中心策略不能设置此项，可设置：{listed}",
                    f"the centre's policy may not set this; it may set {listed}",
                )


def _problem(found: Any, origins: Mapping[KeyPath, Origin]) -> ConfigProblem:
    """Return one finding of pydantic as a fault at the place that set the value."""
    path: KeyPath = tuple(str(part) for part in found["loc"])
    origin = _origin_of(path, origins)
    key = ".".join(path)
    zh, en = fault_words(found, path)
    return ConfigProblem(origin.source, origin.line, key, zh, en)


def _origin_of(path: KeyPath, origins: Mapping[KeyPath, Origin]) -> Origin:
    """Return who set the value at a path: itself, what holds it, or the newest value inside it."""
    for length in range(len(path), 0, -1):
        if path[:length] in origins:
            return origins[path[:length]]
    inside = [origin for known, origin in origins.items() if known[: len(path)] == path]
    order = ("default", "policy", "last_good", "site")
    return max(inside, key=lambda origin: order.index(origin.layer), default=Origin("default", "", None))
