"""What happened at a reader between two of its states. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Change = Literal["inserted", "removed"]


@dataclass(frozen=True, slots=True)
class Slot:
    """A reader's slot at one moment."""

    present: bool = False
    mute: bool = False
    """There is a card and it does not answer."""
    atr: bytes = b""
    count: int | None = None
    """How often a card came or went, modulo 65536; None before the first look."""


EMPTY = Slot()


def changes(before: Slot, now: Slot) -> list[Change]:
    """Return what happened, in order.

    A card that was swapped between two looks shows by the count, which PC/SC keeps in the state's upper half
    (winscard.h), or by another answer to reset; what came and went unseen is not told.
    """
    if not now.present:
        return ["removed"] if before.present else []
    if not before.present:
        return ["inserted"]
    swapped = before.count is not None and now.count is not None and before.count != now.count
    # A mute card that answers at last, wiped by pushing it in further, is told anew.
    if swapped or before.atr != now.atr or before.mute != now.mute:
        return ["removed", "inserted"]
    return []
