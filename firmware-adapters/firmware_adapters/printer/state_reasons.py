"""What the keywords of printer-state-reasons mean (RFC 8011 5.4.12 and the registry of the PWG)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from firmware_adapters.adapter import Reason
from firmware_adapters.printer import reasons


class Severity(IntEnum):
    """How much a state reason matters: RFC 8011's suffixes -report, -warning and -error."""

    REPORT = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class StateReason:
    """One keyword of printer-state-reasons, understood."""

    keyword: str
    severity: Severity
    reason: Reason | None
    """None for what needs no sentence: `none`, `moving-to-paused`."""


_SUFFIXES = {"-report": Severity.REPORT, "-warning": Severity.WARNING, "-error": Severity.ERROR}

_KEYWORDS: dict[str, tuple[Severity, Reason | None]] = {
    # Severity here is for a keyword without suffix, as most printers send them; RFC 8011 would have all of
    # these be errors, yet no printer stops on toner-low.
    "none": (Severity.REPORT, None),
    "media-jam": (Severity.ERROR, reasons.MEDIA_JAM),
    "media-empty": (Severity.ERROR, reasons.MEDIA_EMPTY),
    "media-needed": (Severity.ERROR, reasons.MEDIA_NEEDED),
    "media-low": (Severity.WARNING, reasons.MEDIA_LOW),
    "input-tray-missing": (Severity.ERROR, reasons.TRAY_MISSING),
    "input-media-size-change": (Severity.WARNING, reasons.MEDIA_NEEDED),
    "input-manual-input-request": (Severity.ERROR, reasons.MEDIA_NEEDED),
    "output-area-full": (Severity.ERROR, reasons.OUTPUT_FULL),
    "output-area-almost-full": (Severity.WARNING, reasons.OUTPUT_ALMOST_FULL),
    "output-tray-missing": (Severity.ERROR, reasons.OUTPUT_TRAY_MISSING),
    "cover-open": (Severity.ERROR, reasons.DOOR_OPEN),
    "door-open": (Severity.ERROR, reasons.DOOR_OPEN),
    "interlock-open": (Severity.ERROR, reasons.DOOR_OPEN),
    "toner-low": (Severity.WARNING, reasons.TONER_LOW),
    "toner-empty": (Severity.ERROR, reasons.TONER_EMPTY),
    "marker-supply-low": (Severity.WARNING, reasons.TONER_LOW),
    "marker-supply-empty": (Severity.ERROR, reasons.TONER_EMPTY),
    "marker-supply-missing": (Severity.ERROR, reasons.TONER_EMPTY),
    "marker-ink-almost-empty": (Severity.WARNING, reasons.TONER_LOW),
    "marker-ink-empty": (Severity.ERROR, reasons.TONER_EMPTY),
    "marker-toner-cartridge-missing": (Severity.ERROR, reasons.TONER_EMPTY),
    "developer-low": (Severity.WARNING, reasons.TONER_LOW),
    "developer-empty": (Severity.ERROR, reasons.TONER_EMPTY),
    "marker-waste-almost-full": (Severity.WARNING, reasons.WASTE_ALMOST_FULL),
    "marker-waste-full": (Severity.ERROR, reasons.WASTE_FULL),
    "marker-waste-toner-receptacle-almost-full": (Severity.WARNING, reasons.WASTE_ALMOST_FULL),
    "marker-waste-toner-receptacle-full": (Severity.ERROR, reasons.WASTE_FULL),
    "opc-near-eol": (Severity.WARNING, reasons.DRUM_NEAR_END),
    "opc-life-almost-over": (Severity.WARNING, reasons.DRUM_NEAR_END),
    "opc-life-over": (Severity.ERROR, reasons.DRUM_OVER),
    "fuser-over-temp": (Severity.ERROR, reasons.FUSER),
    "fuser-under-temp": (Severity.WARNING, reasons.FUSER),
    "offline": (Severity.ERROR, reasons.OFFLINE),
    "shutdown": (Severity.ERROR, reasons.SHUT_DOWN),
    "timed-out": (Severity.ERROR, reasons.TIMED_OUT),
    "connecting-to-device": (Severity.REPORT, reasons.CONNECTING),
    "spool-area-full": (Severity.ERROR, reasons.STORAGE_FULL),
    "interpreter-resource-unavailable": (Severity.ERROR, reasons.STORAGE_FULL),
    "paused": (Severity.ERROR, reasons.PRINTER_PAUSED),
    "moving-to-paused": (Severity.WARNING, reasons.PRINTER_PAUSED),
    "stopping": (Severity.REPORT, None),
    "stopped-partly": (Severity.WARNING, reasons.NEEDS_SERVICE),
    "hold-new-jobs": (Severity.ERROR, reasons.HOLDS_JOBS),
    "deactivated": (Severity.ERROR, reasons.SHUT_DOWN),
    "testing": (Severity.REPORT, None),
    "identify-printer-requested": (Severity.REPORT, None),
    "cups-waiting-for-job-completed": (Severity.REPORT, None),
    "cups-remote-pending": (Severity.REPORT, None),
    "cups-remote-stopped": (Severity.ERROR, reasons.STOPPED),
    "cups-missing-filter": (Severity.ERROR, reasons.FILTER_MISSING),
    "cups-insecure-filter": (Severity.ERROR, reasons.FILTER_MISSING),
    "other": (Severity.WARNING, reasons.NEEDS_SERVICE),
}


def understood(keyword: str) -> StateReason:
    """Return what one keyword of printer-state-reasons means.

    A suffix decides the severity. Keywords nobody registered are errors only when they say so themselves;
    without suffix they change nothing, since makers send all kinds of them on healthy printers.
    """
    bare, severity = keyword.strip().lower(), None
    for suffix, stated in _SUFFIXES.items():
        if bare.endswith(suffix):
            bare, severity = bare.removesuffix(suffix), stated
            break
    if bare in _KEYWORDS:
        usual, reason = _KEYWORDS[bare]
        return StateReason(bare, usual if severity is None else severity, reason)
    if severity is None or severity is Severity.REPORT:
        return StateReason(bare, Severity.REPORT, None)
    return StateReason(bare, severity, reasons.NEEDS_SERVICE)


def worst_first(keywords: Iterable[str]) -> list[StateReason]:
    """Return all keywords understood, the worst first and else as the printer told them, without doubles."""
    found: dict[str, StateReason] = {}
    for keyword in keywords:
        state_reason = understood(keyword)
        known = found.get(state_reason.keyword)
        if known is None or state_reason.severity > known.severity:
            found[state_reason.keyword] = state_reason
    return sorted(found.values(), key=lambda one: -one.severity)
