"""IPP messages as bytes: encoding of requests and decoding of answers (RFC 8010).

pyipp gives the numbers (operations, tags, statuses), yet its decoder cannot be used on what a hostile or
broken printer sends: a negative length makes it run forever, one enum value it does not know loses the whole
answer, and of a list inside a collection (every size in media-col-ready) it keeps the last. Its encoder drops
attributes that are not in its table. This codec is bounded by the length of its input and raises only
IppGarbled.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from pyipp.enums import IppTag

MAX_DEPTH = 12
"""Collections inside collections; the deepest of the standards (media-col in job-presets) has 4."""
HEADER = struct.Struct(">BBHi")


class IppGarbled(Exception):
    """These bytes are no IPP message; says where and why, English, one line."""


class Resolution(NamedTuple):
    """Dots per inch, across and along; dots per centimetre have been converted."""

    x: int
    y: int


class IntRange(NamedTuple):
    """From and to, both included."""

    low: int
    high: int


Value: TypeAlias = "int | bool | str | bytes | Resolution | IntRange | Collection | None"
"""One value; None stands for the out-of-band `unknown`, `no-value` and `unsupported`."""
Collection: TypeAlias = Mapping[str, Sequence[Value]]
Attributes: TypeAlias = Mapping[str, Sequence[Value]]
"""Attributes of one group by name; a value that stands alone is a sequence of one."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """An attribute to be sent: its tag decides the form of its values on the wire."""

    name: str
    tag: IppTag
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class IppMessage:
    """A request or an answer."""

    version: tuple[int, int]
    code: int
    """Operation of a request, status of an answer."""
    request_id: int
    groups: Sequence[tuple[int, Attributes]] = field(default_factory=tuple)
    """Groups in their order: delimiter tag (IppTag.JOB ...) and attributes."""
    data: bytes = b""
    """The document that follows the attributes."""

    def all_of(self, tag: IppTag) -> list[Attributes]:
        """Return all groups of one kind: the jobs of Get-Jobs, the printers of CUPS-Get-Printers."""
        return [attributes for group, attributes in self.groups if group == tag.value]

    def first_of(self, tag: IppTag) -> Attributes:
        """Return the first group of one kind, or an empty one."""
        return next(iter(self.all_of(tag)), {})


def encode(
    operation: int,
    request_id: int,
    groups: Iterable[tuple[IppTag, Sequence[Tagged]]],
    *,
    version: tuple[int, int] = (2, 0),
) -> bytes:
    """Return a request without its document. Raises ValueError where a value does not fit its tag."""
    parts = [HEADER.pack(*version, operation, request_id)]
    for group, attributes in groups:
        parts.append(bytes((group.value,)))
        for attribute in attributes:
            parts += _encoded(attribute.name, attribute.tag, attribute.values)
    parts.append(bytes((IppTag.END.value,)))
    return b"".join(parts)


def _encoded(name: str, tag: IppTag, values: Sequence[Value]) -> list[bytes]:
    if not values:
        raise ValueError(f"attribute {name} without a value")
    parts = []
    for position, value in enumerate(values):
        label = name.encode() if position == 0 else b""
        if value is None:
            parts.append(_item(IppTag.NO_VALUE.value, label, b""))
        elif tag is IppTag.BEGIN_COLLECTION:
            if not isinstance(value, Mapping):
                raise ValueError(f"attribute {name} wants a collection")
            parts.append(_item(tag.value, label, b""))
            for member, inner in value.items():
                parts.append(_item(IppTag.MEMBER_NAME.value, b"", member.encode()))
                parts += _encoded("", _natural_tag(inner), inner)
            parts.append(_item(IppTag.END_COLLECTION.value, b"", b""))
        else:
            parts.append(_item(tag.value, label, _encoded_value(tag, value)))
    return parts


def _natural_tag(values: Sequence[Value]) -> IppTag:
    """Return the tag of a collection's member from its value; the standards have integers and keywords."""
    first = values[0] if values else None
    if isinstance(first, bool):
        return IppTag.BOOLEAN
    if isinstance(first, int):
        return IppTag.INTEGER
    if isinstance(first, Resolution):
        return IppTag.RESOLUTION
    if isinstance(first, IntRange):
        return IppTag.RANGE
    if isinstance(first, Mapping):
        return IppTag.BEGIN_COLLECTION
    if isinstance(first, bytes):
        return IppTag.STRING
    return IppTag.KEYWORD


def _encoded_value(tag: IppTag, value: Value) -> bytes:
    try:
        if tag in (IppTag.INTEGER, IppTag.ENUM):
            return struct.pack(">i", value)
        if tag is IppTag.BOOLEAN:
            return struct.pack(">?", value)
        if tag is IppTag.RESOLUTION and isinstance(value, Resolution):
            return struct.pack(">iib", value.x, value.y, 3)
        if tag is IppTag.RANGE and isinstance(value, IntRange):
            return struct.pack(">ii", value.low, value.high)
    except struct.error as error:
        raise ValueError(f"{value!r} does not fit {tag.name}: {error}") from error
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    raise ValueError(f"{value!r} does not fit {tag.name}")


def _item(tag: int, name: bytes, value: bytes) -> bytes:
    if len(name) > 0x7FFF or len(value) > 0x7FFF:
        raise ValueError("an IPP name or value may have 32767 bytes")
    return struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(value)) + value


def decode(data: bytes) -> IppMessage:
    """Return the message in these bytes. Raises IppGarbled, whatever they are."""
    if len(data) < HEADER.size + 1:
        raise IppGarbled(f"{len(data)} bytes are too few for a message")
    major, minor, code, request_id = HEADER.unpack_from(data)
    if major not in (1, 2):
        raise IppGarbled(f"IPP version {major}.{minor} is unknown")
    reader = _Reader(data, HEADER.size)
    groups: list[tuple[int, dict[str, list[Value]]]] = []
    values: list[Value] | None = None
    while True:
        tag = reader.byte()
        if tag == IppTag.END.value:
            return IppMessage((major, minor), code, request_id, tuple(groups), data[reader.at :])
        if tag < 0x10:
            groups.append((tag, {}))
            values = None
            continue
        if not groups:
            raise IppGarbled(f"an attribute stands before any group, at byte {reader.at}")
        name, raw = reader.block(), reader.block()
        if tag in (IppTag.MEMBER_NAME.value, IppTag.END_COLLECTION.value):
            raise IppGarbled(f"a collection's part stands outside of one, at byte {reader.at}")
        value = reader.collection(1) if tag == IppTag.BEGIN_COLLECTION.value else _decoded(tag, raw)
        if name:
            # Of an attribute that comes twice the first holds: a second one cannot overwrite it.
            values = [value]
            groups[-1][1].setdefault(_text(name), values)
        elif values is None:
            raise IppGarbled(f"a further value without its attribute, at byte {reader.at}")
        else:
            values.append(value)


class _Reader:
    """Reads on through the bytes of one message and never behind them."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise IppGarbled(f"cut off at byte {self.at}")
        self.at += 1
        return self.data[self.at - 1]

    def block(self) -> bytes:
        """Read a length of two bytes and what it counts. RFC 8010 has it signed: the top bit is garbage."""
        length = self.byte() << 8 | self.byte()
        if length > 0x7FFF or self.at + length > len(self.data):
            raise IppGarbled(f"a length of {length} at byte {self.at} reaches beyond the message")
        self.at += length
        return self.data[self.at - length : self.at]

    def collection(self, depth: int) -> Collection:
        """Read members up to the collection's end; its begin has been read."""
        if depth > MAX_DEPTH:
            raise IppGarbled(f"more than {MAX_DEPTH} collections inside each other")
        members: dict[str, list[Value]] = {}
        values: list[Value] | None = None
        while True:
            tag = self.byte()
            if tag < 0x10:
                raise IppGarbled(f"a collection without end, at byte {self.at}")
            self.block()
            raw = self.block()
            if tag == IppTag.END_COLLECTION.value:
                return {name: found for name, found in members.items() if found}
            if tag == IppTag.MEMBER_NAME.value:
                values = members.setdefault(_text(raw), [])
            elif values is None:
                raise IppGarbled(f"a member without name, at byte {self.at}")
            else:
                values.append(
                    self.collection(depth + 1) if tag == IppTag.BEGIN_COLLECTION.value else _decoded(tag, raw)
                )


def _decoded(tag: int, raw: bytes) -> Value:
    if tag < 0x20:
        return None
    try:
        match tag:
            case IppTag.INTEGER.value | IppTag.ENUM.value:
                return int(struct.unpack(">i", raw)[0])
            case IppTag.BOOLEAN.value:
                return bool(struct.unpack(">?", raw)[0])
            case IppTag.RANGE.value:
                return IntRange(*struct.unpack(">ii", raw))
            case IppTag.RESOLUTION.value:
                x, y, unit = struct.unpack(">iib", raw)
                # Unit 3 is dots per inch, 4 per centimetre; some firmwares send 0 and mean inches.
                return Resolution(round(x * 2.54), round(y * 2.54)) if unit == 4 else Resolution(x, y)
            case IppTag.STRING.value | IppTag.DATE.value:
                return raw
            case IppTag.TEXT_LANG.value | IppTag.NAME_LANG.value:
                inner = _Reader(raw, 0)
                inner.block()
                return _text(inner.block())
    except struct.error as error:
        raise IppGarbled(f"a value of {len(raw)} bytes for tag {tag:#x}") from error
    if tag >= 0x40:
        return _text(raw)
    return raw


def _text(raw: bytes) -> str:
    """Return text; some printers sold here send their names in GB 18030 and call it utf-8."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")
