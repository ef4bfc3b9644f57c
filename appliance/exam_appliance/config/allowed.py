"""What may stand at a key, said in words made from the models themselves."""

from __future__ import annotations

import difflib
from functools import cache
from typing import Any

from pydantic import BaseModel

from exam_appliance.config.settings import Settings


def keys_at(path: tuple[str, ...], model: type[BaseModel] = Settings) -> list[str]:
    """Return the keys of a section of a model; an empty list where no section is."""
    schema = _schema_at(path, model)
    return _keys(schema) if schema is not None else []


def allowed_at(path: tuple[str, ...], model: type[BaseModel] = Settings) -> tuple[str, str]:
    """Return what a model allows at a key, in Chinese and English."""
    schema = _schema_at(path, model)
    if schema is None:
        return "上一级所允许的内容", "what its section allows"
    choices = schema.get("anyOf", [schema])
    told = [_told(_resolved(choice, model)) for choice in choices]
    return "或".join(zh for zh, _ in told), " or ".join(en for _, en in told)


def fault_words(found: Any, path: tuple[str, ...], model: type[BaseModel] = Settings) -> tuple[str, str]:
    """Return what one finding of pydantic says of the key at a path, with what is allowed there."""
    if found["type"] == "extra_forbidden" or "[key]" in found["loc"]:
        known = keys_at(path[:-1], model)
        near = difflib.get_close_matches(path[-1], known, 1)
        listed = ", ".join(known)
        return (
            f"没有这个配置项{f'，是否为 {near[0]}？' if near else ''}；此处可用：{listed}",
            f"there is no such key{f'; did you mean {near[0]}?' if near else ''}; allowed here: {listed}",
        )
    if found["type"] == "value_error":
        zh, _, en = str(found["ctx"]["error"]).partition(" / ")
        return zh, en
    allowed_zh, allowed_en = allowed_at(path, model)
    if found["type"] == "missing":
        return f"缺少此项；应为{allowed_zh}", f"this is missing; it must be {allowed_en}"
    shown = repr(found["input"])
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    return f"值 {shown} 不符合要求；应为{allowed_zh}", f"{shown} is not allowed; it must be {allowed_en}"


@cache
def _root(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _schema_at(path: tuple[str, ...], model: type[BaseModel]) -> dict[str, Any] | None:
    schema: dict[str, Any] | None = _root(model)
    for key in path:
        if schema is None:
            return None
        schema = _inner(schema, key, model)
    return schema


def _inner(schema: dict[str, Any], key: str, model: type[BaseModel]) -> dict[str, Any] | None:
    """Return the schema of what stands at a key: of a section, of a table with keys of its own, of a list."""
    for choice in schema.get("anyOf", [schema]):
        held = _resolved(choice, model)
        inner = held.get("properties", {}).get(key)
        if inner is None and held.get("type") == "array" and key.isdigit():
            inner = held.get("items")
        if inner is None and isinstance(held.get("additionalProperties"), dict):
            inner = held["additionalProperties"]
        if isinstance(inner, dict):
            return _resolved(inner, model)
    return None


def _resolved(schema: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = _root(model)["$defs"][schema["$ref"].rpartition("/")[2]]
    return found


def _keys(schema: dict[str, Any]) -> list[str]:
    return list(schema.get("properties", {})) or list(schema.get("propertyNames", {}).get("enum", ()))


def _told(schema: dict[str, Any]) -> tuple[str, str]:
    if "allowed_zh" in schema:  # the type says it itself
        return schema["allowed_zh"], schema["allowed_en"]
    if "const" in schema:
        return str(schema["const"]), str(schema["const"])
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
        keys = ", ".join(_keys(schema))
        return f"“键: 值”{'：' if keys else ''}{keys}", f"key: value{' with ' if keys else ''}{keys}"
    if kind == "array":
        words = schema.get("items", {}).get("enum")
        listed = f"，可用：{'、'.join(words)}" if words else ""
        return f"列表{listed}", f"a list{' of ' + ', '.join(words) if words else ''}"
    if "enum" in schema:
        return "、".join(schema["enum"]), ", ".join(schema["enum"])
    if "pattern" in schema:
        return f"符合 {schema['pattern']} 的文字", f"text like {schema['pattern']}"
    if schema.get("format") == "path":
        return "绝对路径", "an absolute path"
    if "maxLength" in schema:
        least, longest = schema.get("minLength", 0), schema["maxLength"]
        return f"{least} 至 {longest} 个字", f"text of {least} to {longest} characters"
    return "文字", "text"
