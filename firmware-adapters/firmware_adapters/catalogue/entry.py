"""One entry of the catalogue: which sightings are this device, and which adapter speaks to it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from firmware_adapters.adapter import DeviceKind


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _quoted(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(
            "须加引号，否则 YAML 会当成数字 / must stand in quotes, otherwise YAML takes it for a number"
        )
    return value


Text = Annotated[str, BeforeValidator(_quoted), StringConstraints(min_length=1, max_length=200)]
UsbPattern = Annotated[
    str, BeforeValidator(_quoted), StringConstraints(pattern=r"^[0-9a-f]{4}:([0-9a-f]{4}|\*)$")
]
"""`0400:c35a`, or `0c2e:*` for all products of a vendor; lower-case hexadecimal."""
InterfacePattern = Annotated[str, BeforeValidator(_quoted), StringConstraints(pattern=r"^[0-9a-f?]{6}$")]
"""Class, subclass and protocol: `0b0000`; `?` stands for any digit, as in `0e01??`."""
EntryId = Annotated[str, BeforeValidator(_quoted), StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,79}$")]
AdapterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*\.[a-z][a-z0-9_]*$")]
QuirkName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,79}$")]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_list), Field(min_length=1)]


class Match(_Part):
    """What a sighting must show. All keys given must hold; a list means any of."""

    subsystem: Texts
    """`usb`, `tty`, `hidraw`, `input`, `video4linux`, `pcsc`, `cups`, `network`, `nut` ..."""
    usb: Annotated[tuple[UsbPattern, ...], BeforeValidator(_as_list), Field(min_length=1)] | None = None
    interfaces: (
        Annotated[tuple[InterfacePattern, ...], BeforeValidator(_as_list), Field(min_length=1)] | None
    ) = None
    """Any of them is on the device, whichever node of it the sighting is."""
    node: Texts | None = None
    """Globs over what an adapter opens: a path, URI or reader's name."""
    maker: Texts | None = None
    """Globs over the maker's name on the bus, whatever the case of letters."""
    model: Texts | None = None
    """Globs over the model's name on the bus, whatever the case of letters."""
    properties: dict[Text, Texts] = Field(default_factory=dict)
    """Globs over properties of the source; a property that is not there is empty."""


class Entry(_Part):
    """One supported device or family of devices."""

    id: EntryId
    kind: DeviceKind
    adapter: AdapterName
    zh: Text
    en: Text
    match: Match
    options: dict[str, Any] = Field(default_factory=dict)
    quirks: tuple[QuirkName, ...] = ()
    source: Text
    """Where the ids were met."""
    confirmed: Annotated[bool, Field(strict=True)]
    """Whether a stored source confirms it."""
    rank: Annotated[int, Field(strict=True, ge=-100, le=100)] = 0
    """Where two entries match, the higher wins."""

    @model_validator(mode="after")
    def _says_something(self) -> Entry:
        # An adapter cannot tell a printer from a reader by the subsystem alone; the list of a service can.
        match = self.match
        on_bus = {"usb", "tty", "hidraw", "input", "video4linux"} & set(match.subsystem)
        narrow = match.usb or match.interfaces or match.node or match.maker or match.model or match.properties
        if on_bus and not narrow:
            raise ValueError(
                f"match 只写了 subsystem，会匹配所有 {'、'.join(sorted(on_bus))} 设备 / "
                f"match names only the subsystem and would take every device of {', '.join(sorted(on_bus))}"
            )
        if not re.search(r"[\u4e00-\u9fff]", self.zh):
            raise ValueError("zh 须含中文名称 / zh must be a Chinese name")
        return self
