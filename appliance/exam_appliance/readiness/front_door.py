"""What the readiness rows of queue calling and terminals are told: from the running server, or its files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime

from exam_appliance.config import Settings
from exam_appliance.journal.database import DatabaseTooNew
from exam_appliance.queue.screen_list import Screen, ScreenList
from exam_appliance.queue.screens import Screens
from exam_appliance.queue.speech import Speech
from exam_appliance.readiness.device_list import StoredRows
from exam_appliance.readiness.sources import QueueFacts, ScreenFacts, TerminalFacts, TerminalsFacts
from exam_appliance.state_folder import JOURNAL
from exam_appliance.terminals.standing import Standing, is_old, standing_of
from exam_appliance.terminals.store import FILE, Contact, Terminal, stored_terminals
from exam_appliance.terminals.terminals import Terminals


def queue_facts(settings: Settings, speech: Speech, screens: Screens) -> QueueFacts | None:
    """Return how queue calling stands on the running server; None where the site does not use it."""
    return _queue(
        settings, speech, screens.all(), {one.id for one in screens.all() if screens.follows(one.id)}
    )


def stored_queue(settings: Settings, speech: Speech) -> QueueFacts | None:
    """Return the same from the journal file alone: who is connected cannot be seen there."""
    screens = ScreenList()
    try:
        screens.load(StoredRows(settings.state_dir / JOURNAL))
    except sqlite3.Error:
        return None
    return _queue(settings, speech, [one for one in screens.held.values() if one.active], None)


def _queue(
    settings: Settings, speech: Speech, screens: Iterable[Screen], connected: set[str] | None
) -> QueueFacts | None:
    if not settings.queue.enabled:
        return None
    held = list(screens)

    def of_use(use: str) -> ScreenFacts:
        these = [one for one in held if one.use == use]
        followed = None if connected is None else tuple(one.name for one in these if one.id in connected)
        return ScreenFacts(tuple(one.name for one in these), followed)

    return QueueFacts(
        len(settings.queue.counters),
        of_use("tickets"),
        of_use("display"),
        settings.queue.voice,
        speech.available,
    )


def terminals_facts(terminals: Terminals) -> TerminalsFacts:
    """Return how the terminals stand on the running server."""
    return TerminalsFacts(
        True,
        tuple(
            _facts(one.terminal, None if one.presence is None else one.presence.contact, one.state)
            for one in terminals.all()
            if one.state is not Standing.REVOKED
        ),
    )


def stored_terminals_facts(settings: Settings, now: datetime, *, running: bool) -> TerminalsFacts | None:
    """Return the same from the terminals' file alone; None where it cannot be read."""
    try:
        held = stored_terminals(settings.state_dir / FILE)
    except (sqlite3.Error, DatabaseTooNew):
        return None
    silent_ms, now_ms = round(settings.terminals.silent_seconds * 1000), round(now.timestamp() * 1000)
    facts = []
    for terminal, contact in held:
        silent = contact is not None and is_old(contact, now_ms, silent_ms)
        state = standing_of(terminal, contact, silent=silent)
        if state is not Standing.REVOKED:
            facts.append(_facts(terminal, contact, state))
    return TerminalsFacts(running, tuple(facts))


def _facts(terminal: Terminal, contact: Contact | None, state: Standing) -> TerminalFacts:
    last = None if contact is None else datetime.fromtimestamp(contact.at_ms / 1000, UTC)
    return TerminalFacts(
        terminal.name,
        terminal.place,
        state,
        last,
        () if contact is None else contact.faults,
    )
