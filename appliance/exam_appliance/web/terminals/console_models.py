"""What the console sees and asks of identity terminals."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from central_sync.protocol.items import Words
from exam_appliance.terminals.standing import Standing

Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^\S(.*\S)?$")]
Place = Annotated[str, Field(max_length=60)]
MappingName = Annotated[str, Field(max_length=40)]


class TerminalView(Words):
    """A terminal as the console shows it."""

    id: str
    name: str
    place: str
    mapping: str
    state: Standing
    heard_at: AwareDatetime | None
    address: str
    software: str
    faults: tuple[str, ...]
    results: int
    """Taken since the server started."""
    enrolled_at: AwareDatetime


class MissedTerminal(Words):
    """A terminal that fell silent while candidates may come."""

    id: str
    name: str
    place: str
    heard_at: AwareDatetime


class MappingView(Words):
    """A maker's format."""

    name: str
    zh: str
    en: str
    base: str
    """Path below which the maker's calls answer."""


class MappingFault(Words):
    """What is wrong with a mapping file of the site."""

    place: str
    key: str
    zh: str
    en: str


class TerminalsView(Words):
    """All terminals, and the formats they may speak."""

    terminals: tuple[TerminalView, ...]
    mappings: tuple[MappingView, ...]
    faults: tuple[MappingFault, ...]
    interface: str
    """Where the description of our own interface is."""


class TerminalRequest(Words):
    """A terminal to enrol."""

    name: Name
    place: Place = ""
    mapping: MappingName = ""


class TerminalChange(Words):
    """A terminal as it shall be."""

    name: Name
    place: Place = ""
    mapping: MappingName = ""
    active: bool = True


class TerminalKey(Words):
    """A terminal with its key, shown once."""

    terminal: TerminalView
    key: str
    """32 bytes as Base64."""
    address: str
    """Where the terminal calls: the server, with the path of its format."""
