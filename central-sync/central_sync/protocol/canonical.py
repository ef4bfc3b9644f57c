"""Canonical JSON: one byte string for one value, so that hashes and signatures can be compared.

A value holds only objects, arrays, strings, integers, booleans and null. Floats are refused: their
text differs between writers. Keys are sorted by code point, nothing is escaped that need not be,
and there is no white space (the rules of RFC 8785 for this subset).
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

LARGEST_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 8259, section 6)."""


class NotCanonical(ValueError):
    """The value cannot be written as canonical JSON; the message names what stands in the way."""


def canonical(value: Any) -> bytes:
    """Return the canonical UTF-8 bytes of a JSON value.

    Raises NotCanonical for floats, integers beyond 2**53 - 1, keys that are not strings, lone
    surrogates and anything that JSON has no form for.
    """
    _refuse_unstable(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise NotCanonical(str(error)) from error


def canonical_trusted(value: Any) -> bytes:
    """Return canonical bytes of a value that this program built itself and that holds no floats.

    The check of `canonical` costs more than the writing; the journal's writer, whose bodies come
    from typed models without float fields, may leave it out.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical bytes as 64 lower-case hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _refuse_unstable(value: Any) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"key {key!r} is not a string")
            _refuse_unstable(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_unstable(inner)
    elif isinstance(value, float):
        raise NotCanonical(f"float {value!r} has no single text; use integers or strings")
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST_INTEGER:
        raise NotCanonical(f"integer {value} is beyond 2**53 - 1")
