"""An adapter's class by its name, and its options checked: wherever an adapter is named, these are asked."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from firmware_adapters.adapter import Adapter
from firmware_adapters.adapters import ADAPTERS


class AdapterUnknown(Exception):
    """There is no adapter of this name, or its module cannot be imported."""


def adapter_class(name: str, table: Mapping[str, str] = ADAPTERS) -> type[Adapter]:
    """Return the class of an adapter. Raises AdapterUnknown."""
    where = table.get(name)
    if where is None:
        raise AdapterUnknown(f"there is no adapter {name}; known: {', '.join(sorted(table))}")
    module, _, attribute = where.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except Exception as error:
        raise AdapterUnknown(f"adapter {name} ({where}) cannot be imported: {error!r}") from error
    if not (isinstance(found, type) and issubclass(found, Adapter)):
        raise AdapterUnknown(f"adapter {name} ({where}) is no Adapter")
    return found


def with_options(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return options of several layers over each other, key by key; the last wins."""
    merged: dict[str, Any] = {}
    for layer in layers:
        merged.update(layer)
    return merged
