"""The effective configuration as people and programs read it, each value with its origin."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from exam_appliance.config.layers import Loaded, Origin


def render(loaded: Loaded) -> str:
    """Return the effective whole as YAML; a comment behind each value says where it comes from."""
    lines: list[tuple[str, str]] = []
    for depth, key, value, path in _walk(loaded.settings.model_dump(mode="json"), ()):
        indent = "  " * depth
        if _is_section(value):
            lines.append((f"{indent}{key}:", ""))
            continue
        origin = _origin(path, loaded.origin)
        lines.append((f"{indent}{key}: {scalar(value)}", f"# {origin.text('zh')} / {origin.text('en')}"))
    width = min(48, max(len(text) for text, _ in lines))
    return "\n".join(f"{text:<{width}}  {note}".rstrip() for text, note in lines) + "\n"


def rendered_json(loaded: Loaded) -> dict[str, object]:
    """Return the effective whole as a JSON object: `settings`, and `origin` by dotted key."""
    settings = loaded.settings.model_dump(mode="json")
    origins = {}
    for _, _, value, path in _walk(settings, ()):
        if not _is_section(value):
            origin = _origin(path, loaded.origin)
            origins[".".join(path)] = {
                "layer": origin.layer,
                "source": origin.source,
                "line": origin.line,
            }
    return {"settings": settings, "origin": origins}


def scalar(value: Any) -> str:
    """Return a scalar or a list as YAML; JSON's forms are YAML's too."""
    return json.dumps(value, ensure_ascii=False)


def plain_yaml(values: Mapping[str, Any]) -> str:
    """Return nested mappings of scalars as YAML text."""
    return "".join(
        f"{'  ' * depth}{key}:\n" if _is_section(value) else f"{'  ' * depth}{key}: {scalar(value)}\n"
        for depth, key, value, _ in _walk(values, ())
    )


def _walk(
    values: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[int, str, Any, tuple[str, ...]]]:
    for key, value in values.items():
        inner = (*path, key)
        yield len(path), key, value, inner
        if isinstance(value, Mapping):
            yield from _walk(value, inner)


def _is_section(value: Any) -> bool:
    """Tell whether values stand below; an empty mapping is a value itself."""
    return isinstance(value, Mapping) and bool(value)


def _origin(path: tuple[str, ...], origins: Mapping[str, Origin]) -> Origin:
    return origins.get(".".join(path), Origin("default", "defaults.yaml", None))
