"""OpenAPI 3.1 made from the declared routes."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from central_sync.protocol.http.routes import File, Operation, Routes, Upload

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "reason", "detail", "detail_en"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"enum": ["busy", "not_ready", "denied", "conflict", "invalid", "missing"]},
        "reason": {"type": "string"},
        "detail": {"type": "string"},
        "detail_en": {"type": "string"},
        "fields": {"type": "array", "items": {"type": "object"}},
    },
}


def openapi(routes: Routes) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of an interface as a JSON object."""
    models = sorted(_models(routes), key=lambda model: model.__name__)
    names, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    reference = {model: names[model, "validation"] for model in models}
    paths: dict[str, dict[str, Any]] = {}
    for operation in routes.operations:
        paths.setdefault(_shown_path(operation.path), {})[operation.method.lower()] = _described(
            operation, reference
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": routes.title, "version": routes.version},
        "paths": paths,
        "components": {"schemas": {**schemas.get("$defs", {}), "Problem": PROBLEM_SCHEMA}},
    }


def _models(routes: Routes) -> set[type[BaseModel]]:
    found: set[type[BaseModel]] = set()
    for operation in routes.operations:
        for part in (operation.body, operation.query, operation.answer):
            if isinstance(part, type):
                found.add(part)
    return found


def _described(operation: Operation, reference: dict[type[BaseModel], dict[str, Any]]) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    described: dict[str, Any] = {
        "operationId": _operation_id(operation),
        "summary": f"{operation.zh} / {operation.en}",
        "tags": [operation.tag] if operation.tag else [],
        "parameters": _parameters(operation),
        "responses": {
            **_answer(operation, reference),
            "default": {"description": "problem", "content": problem},
        },
    }
    if operation.access:
        described["description"] = f"access: {operation.access}"
    if isinstance(operation.body, Upload):
        described["requestBody"] = {
            "required": True,
            "content": {
                type_: {"schema": {"type": "string", "format": "binary"}} for type_ in operation.body.types
            },
        }
    elif operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": reference[operation.body]}},
        }
    return described


def _operation_id(operation: Operation) -> str:
    """Return a name made of method and path: the same handler may serve two halls."""
    return "_".join((operation.method.lower(), *re.findall(r"[A-Za-z0-9]+", _shown_path(operation.path))))


def _shown_path(path: str) -> str:
    """Return a path as OpenAPI writes it: parameters without their patterns."""
    return re.sub(r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})+)?\}", r"{\1}", path)


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", **({"pattern": f"^{pattern}$"} if pattern else {})},
        }
        for name, pattern in re.findall(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})+))?\}", operation.path)
    ]
    if operation.query is not None:
        schema = operation.query.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, inner in schema.get("properties", {}).items():
            found.append(
                {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": inner}
            )
    return found


def _answer(operation: Operation, reference: dict[type[BaseModel], dict[str, Any]]) -> dict[str, Any]:
    if operation.answer is None:
        return {"204": {"description": "done"}}
    if isinstance(operation.answer, File):
        return {
            str(operation.status): {
                "description": operation.answer.zh or "file",
                "content": {
                    type_: {"schema": {}}
                    for type_ in (operation.answer.type, operation.answer.or_type)
                    if type_ is not None
                },
            }
        }
    return {
        str(operation.status): {
            "description": "answer",
            "content": {"application/json": {"schema": reference[operation.answer]}},
        }
    }
