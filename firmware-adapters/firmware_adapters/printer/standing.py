"""What one look at a printer and its queue comes to: state, reason and facts. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pyipp.enums import IppPrinterState

from firmware_adapters.adapter import DeviceState, Json, Reason
from firmware_adapters.printer import reasons
from firmware_adapters.printer.ipp_client import flag, number, text, texts
from firmware_adapters.printer.ipp_message import Attributes
from firmware_adapters.printer.resolution import Resolutions, read_resolutions
from firmware_adapters.printer.state_reasons import Severity, StateReason, worst_first
from firmware_adapters.printer.supplies import (
    out_of_paper,
    read_supplies,
    read_trays,
    told_supplies,
    told_trays,
)

_BY_ITSELF: Final = re.compile(
    r"printer stopped due to |job stopped (due to (backend|filter) errors|because the scheduler)"
    r"|(backend|filter) (failed|error)|.{0,200} stopped with status |unable to |could not |lost connection"
    r"|connection (failed|refused|reset|timed out)|(the )?printer (is|may|did|does|can|was|could|has) ?not "
    r"|the printer may not |(the )?printer is (offline|busy|in use|unavailable)|print (file|job) (was|can)"
    r"|waiting for (the )?printer|network host |no such device|copying print data|sending data",
    re.IGNORECASE,
)
"""How messages begin that CUPS, its filters and backends leave on a queue that CUPS then stops itself. One
that a person paused says `Paused`, or what they wrote: it is left alone, like any that is not known here."""
_OF_THE_QUEUE: Final = frozenset({"paused", "moving-to-paused", "hold-new-jobs", "connecting-to-device"})
"""State reasons of a queue that are no trouble of its printer, which is asked itself."""


@dataclass(frozen=True, slots=True)
class PrinterLook:
    """What was heard at one moment."""

    queue: Attributes | None
    """What CUPS tells of the queue; None for a printer without one."""
    printer: Attributes | None
    """What the printer tells itself; None when it did not, or can only be reached by CUPS."""
    trouble: Reason | None = None
    """Why the printer told nothing although it was asked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a printer is."""

    state: DeviceState
    reason: Reason | None
    facts: Mapping[str, Json]
    paused_by_itself: bool
    """CUPS stopped the queue after an error, and nothing at the printer speaks against going on."""
    works: bool
    """The printer itself could print now."""


def stopped_by_itself(queue: Attributes) -> bool:
    """Return whether CUPS stopped a queue after an error, as far as its message tells."""
    return bool(_BY_ITSELF.match(text(queue, "printer-state-message")))


def standing(look: PrinterLook, gives_up: bool = False) -> Standing:
    """Judge one look; `gives_up`: the queue was resumed too often and is left alone. Never raises."""
    queue, told = look.queue, look.printer if look.printer is not None else look.queue or {}
    resolutions = read_resolutions(told)
    told_reasons = worst_first(_keywords(look))
    own = _own_trouble(look, told, told_reasons)
    works = own is None or own[0] is not DeviceState.FAILED
    stopped = queue is not None and number(queue, "printer-state") == IppPrinterState.STOPPED.value
    by_itself = stopped and queue is not None and stopped_by_itself(queue)
    facts = _facts(look, told, resolutions, told_reasons)
    state, reason = _verdict(look, own, works, stopped, by_itself, gives_up, resolutions)
    return Standing(state, reason, facts, by_itself and works, works)


def _verdict(
    look: PrinterLook,
    own: tuple[DeviceState, Reason] | None,
    works: bool,
    stopped: bool,
    by_itself: bool,
    gives_up: bool,
    resolutions: Resolutions,
) -> tuple[DeviceState, Reason | None]:
    if own is not None and not works:
        return own
    if stopped and by_itself:
        return DeviceState.FAILED, reasons.KEEPS_PAUSING if gives_up else reasons.QUEUE_PAUSED
    if stopped:
        return DeviceState.FAILED, reasons.PAUSED_BY_HAND
    if look.queue is not None and flag(look.queue, "printer-is-accepting-jobs") is False:
        return DeviceState.FAILED, reasons.NOT_ACCEPTING
    if look.queue is not None and "hold-new-jobs" in texts(look.queue, "printer-state-reasons"):
        return DeviceState.DEGRADED, reasons.HOLDS_JOBS
    if own is not None:
        return own
    if resolutions.reason is reasons.RESOLUTION_CONTRADICTS:
        return DeviceState.DEGRADED, resolutions.reason
    busy = any(
        number(told, "printer-state") == IppPrinterState.PROCESSING.value
        for told in (look.queue, look.printer)
        if told is not None
    )
    return (DeviceState.BUSY if busy else DeviceState.READY), None


def _own_trouble(
    look: PrinterLook, told: Attributes, told_reasons: list[StateReason]
) -> tuple[DeviceState, Reason] | None:
    """Return what is the matter with the printer itself, the worst of it."""
    if look.trouble is not None:
        return DeviceState.FAILED, look.trouble
    worst = next((one for one in told_reasons if one.reason is not None), None)
    if worst is not None and worst.severity is Severity.ERROR and worst.reason is not None:
        return DeviceState.FAILED, worst.reason
    if look.printer is not None:
        if number(look.printer, "printer-state") == IppPrinterState.STOPPED.value:
            return DeviceState.FAILED, (worst.reason if worst and worst.reason else None) or reasons.STOPPED
        if flag(look.printer, "printer-is-accepting-jobs") is False:
            return DeviceState.FAILED, reasons.PRINTER_PAUSED
    if out_of_paper(read_trays(told)):
        return DeviceState.FAILED, reasons.MEDIA_EMPTY
    if worst is not None and worst.severity is Severity.WARNING and worst.reason is not None:
        return DeviceState.DEGRADED, worst.reason
    if any(one.is_low for one in read_supplies(told)):
        return DeviceState.DEGRADED, reasons.TONER_LOW
    return None


def _keywords(look: PrinterLook) -> list[str]:
    """Return all state reasons of the printer; those of its queue unless they are the queue's own."""
    own = texts(look.printer, "printer-state-reasons") if look.printer is not None else []
    if look.queue is None:
        return own
    queued = texts(look.queue, "printer-state-reasons")
    # The queue repeats what its backend heard when it last printed; the printer itself knows better.
    if look.printer is not None:
        return [*own, *(one for one in queued if one.startswith("cups-"))]
    return [one for one in queued if re.sub("-(report|warning|error)$", "", one) not in _OF_THE_QUEUE]


def _facts(
    look: PrinterLook, told: Attributes, resolutions: Resolutions, told_reasons: list[StateReason]
) -> dict[str, Json]:
    if not told:
        return {}
    trays, supplies = read_trays(told), read_supplies(told)
    facts: dict[str, Json] = {
        "resolutions_dpi": [list(one) for one in resolutions.believed],
        "resolutions_claimed_dpi": [list(one) for one in resolutions.claimed],
        "resolution_doubt": resolutions.detail,
        "paper": texts(told, "media-ready")[:20],
        "trays": told_trays(trays)[:20],
        "supplies": told_supplies(supplies)[:20],
        "state_reasons": [one.keyword for one in told_reasons if one.keyword != "none"][:20],
    }
    toner = [one.percent for one in supplies if not one.is_waste and one.percent is not None]
    facts["toner_percent"] = min(toner) if toner else None
    if look.queue is not None:
        facts["jobs_waiting"] = number(look.queue, "queued-job-count") or 0
        facts["queue_message"] = text(look.queue, "printer-state-message")[:200]
    return facts
