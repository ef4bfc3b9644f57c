"""What may stand at a key, said in words made from the models themselves."""

from __future__ import annotations

from functools import cache
from typing import Any

from exam_appliance.config.settings import Settings


def keys_at(path: tuple[str, ...]) -> list[str]:
    """Return the keys of a section; an empty list where no section is."""
    schema = _schema_at(path)
    return list(schema.get("properties", {})) if schema is not None else []


def allowed_at(path: tuple[str, ...]) -> tuple[str, str]:
    """Return what is allowed at a key in Chinese and English."""
    schema = _schema_at(path)
    if schema is None:
        return "上一级所允许的内容", "what its section allows"
    choices = schema.get("anyOf", [schema])
    told = [_told(choice) for choice in choices]
    return "或".join(zh for zh, _ in told), " or ".join(en for _, en in told)


@cache
def _root() -> dict[str, Any]:
    return Settings.model_json_schema()


def _schema_at(path: tuple[str, ...]) -> dict[str, Any] | None:
    schema: dict[str, Any] | None = _root()
    for key in path:
        if schema is None:
            return None
        schema = schema.get("properties", {}).get(key)
        if schema is not None and "$ref" in schema:
            schema = _root()["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _told(schema: dict[str, Any]) -> tuple[str, str]:
    kind = schema.get("type")
    if kind == "null":
        return "空（null）", "null"
    if kind in ("integer", "number"):
        zh, en = ("整数", "a whole number") if kind == "integer" else ("数字", "a number")
        bounds = [
            (f"{sign}{schema[name]}")
            for name, sign in (
                ("minimum", "≥ "),
                ("exclusiveMinimum", "> "),
                ("maximum", "≤ "),
                ("exclusiveMaximum", "< "),
            )
            if name in schema
        ]
        if not bounds:
            return zh, en
        return f"{zh}（{'，'.join(bounds)}）", f"{en} ({', '.join(bounds)})"
    if kind == "boolean":
        return "true 或 false", "true or false"
    if kind == "object":
        keys = ", ".join(schema.get("properties", {}))
        return f"“键: 值”：{keys}", f"key: value with {keys}"
    if "enum" in schema:
        return "、".join(schema["enum"]), ", ".join(schema["enum"])
    if "pattern" in schema:
        return f"符合 {schema['pattern']} 的文字", f"text like {schema['pattern']}"
    if schema.get("format") == "path":
        return "绝对路径", "an absolute path"
    if "maxLength" in schema:
        longest = schema["maxLength"]
        return f"1 至 {longest} 个字", f"text of 1 to {longest} characters"
    return "文字", "text"
