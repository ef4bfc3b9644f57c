"""How a terminal stands, from when it called last and what it said. Pure."""

from __future__ import annotations

from enum import StrEnum

from exam_appliance.terminals.store import Contact, Terminal


class Standing(StrEnum):
    """State of an enrolled terminal."""

    ONLINE = "online"
    FAULTY = "faulty"
    """Online, and says itself that something is broken."""
    SILENT = "silent"
    NEVER_HEARD = "never_heard"
    REVOKED = "revoked"


def is_old(contact: Contact, now_ms: int, silent_after_ms: int) -> bool:
    """Return whether a contact was too long ago at `now_ms` of the wall clock, ms since 1970."""
    return now_ms - contact.at_ms > silent_after_ms


def standing_of(terminal: Terminal, contact: Contact | None, *, silent: bool) -> Standing:
    """Return how a terminal stands; `contact` is the last one, None when it never called."""
    if not terminal.active:
        return Standing.REVOKED
    if contact is None:
        return Standing.NEVER_HEARD
    if silent:
        return Standing.SILENT
    return Standing.FAULTY if contact.faults else Standing.ONLINE
