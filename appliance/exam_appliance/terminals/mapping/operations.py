"""What a maker's call becomes: the request of our own interface. Pure."""

from __future__ import annotations

from collections.abc import Mapping as Table
from datetime import tzinfo
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from exam_appliance.config.allowed import fault_words
from exam_appliance.terminals.mapping.bodies import read_body
from exam_appliance.terminals.mapping.fields import all_taken
from exam_appliance.terminals.mapping.model import Call, Calls
from exam_appliance.terminals.models import (
    FAULT_LETTERS,
    SOFTWARE_LETTERS,
    PhotoQuery,
    TerminalHeartbeat,
    TerminalResult,
)

REQUESTS: Final[dict[Calls, type[BaseModel]]] = {
    "heartbeat": TerminalHeartbeat,
    "photo": PhotoQuery,
    "result": TerminalResult,
}
"""The model of each operation that takes one."""


class Wrong(NamedTuple):
    """A field of ours that a maker's body does not give as it must be; `at` is where it should stand."""

    field: str
    at: str
    zh: str
    en: str


class Tried(NamedTuple):
    """What became of a body: our fields by name, and every fault."""

    fields: dict[str, Any]
    wrong: tuple[Wrong, ...]


def heartbeat_said(fields: Table[str, Any]) -> TerminalHeartbeat:
    """Return a heartbeat of fields; makers have one text for all faults, and longer ones than ours."""
    faults = fields.get("faults", "")
    return TerminalHeartbeat(
        software=fields.get("software", "")[:SOFTWARE_LETTERS],
        faults=(faults[:FAULT_LETTERS],) if faults else (),
    )


def tried(kind: Calls, call: Call, data: bytes, zone: tzinfo) -> Tried:
    """Return what a maker's body becomes; of a GET `data` is the query. Raises BodyWrong."""
    tree: dict[str, Any]
    if call.method == "GET":
        tree = dict(parse_qsl(data.decode(errors="replace").strip().lstrip("?"), keep_blank_values=True))
    else:
        tree = read_body(data, call.format)
    fields, unread = all_taken(call, tree, zone)
    wrong = [Wrong(one.field, one.at, one.zh, one.en) for one in unread]
    named = {one.field for one in wrong}
    model = REQUESTS.get(kind)
    if model is not None:
        try:
            whole = heartbeat_said(fields) if kind == "heartbeat" else model.model_validate(fields)
            fields = {name: getattr(whole, name) for name in type(whole).model_fields if name in fields}
        except ValidationError as error:
            for found in error.errors(include_url=False):
                path = tuple(str(part) for part in found["loc"])
                if path and path[0] not in named:
                    taken = call.fields.get(path[0])
                    zh, en = fault_words(found, path[:1], model)
                    wrong.append(Wrong(path[0], "" if taken is None else taken.at, zh, en))
                    named.add(path[0])
    return Tried(fields, tuple(wrong))
