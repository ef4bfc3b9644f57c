"""What a candidate machine is known by besides its key: network cards and mainboard."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from central_sync.protocol.items import Words

Mac = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")]
BoardText = Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]

NEIGHBOURS = Path("/proc/net/arp")
_UNSAID = re.compile(
    r"to be filled.*|default string|not (applicable|specified)|system serial.*"
    r"|o\.?e\.?m\.?|none|n/?a|[0x. -]*",
    re.IGNORECASE,
)
_SHARED_UUIDS = frozenset({"03000200-0400-0500-0006-000700080009", "ffffffff-ffff-ffff-ffff-ffffffffffff"})
"""Of mainboards whose maker never wrote one: the same in every machine."""


class MachineFacts(Words):
    """Network cards and mainboard as the machine itself tells them; a browser knows none of it."""

    macs: Annotated[tuple[Mac, ...], Field(max_length=8)] = ()
    vendor: BoardText = ""
    product: BoardText = ""
    serial: BoardText = ""
    uuid: BoardText = ""

    @property
    def board(self) -> str:
        """Return what tells this mainboard from every other, empty where its maker wrote nothing."""
        uuid = self.uuid.strip().lower()
        if uuid and uuid not in _SHARED_UUIDS and not _UNSAID.fullmatch(uuid):
            return uuid
        serial = self.serial.strip()
        return "" if len(serial) < 4 or _UNSAID.fullmatch(serial) else f"{self.vendor}/{serial}"


def same_machine(one: MachineFacts, other: MachineFacts) -> bool | None:
    """Tell whether facts are of one machine: it shares a card or the board; None where nothing tells."""
    if set(one.macs) & set(other.macs):
        return True
    if one.board and other.board:
        return one.board == other.board
    return False if one.macs and other.macs else None


def with_mac(facts: MachineFacts, seen: str) -> MachineFacts:
    """Return facts with the card that the server itself sees, when there is one."""
    if not seen or seen in facts.macs:
        return facts
    return facts.model_copy(update={"macs": (*facts.macs, seen)})


def neighbour_mac(address: str, table: str) -> str:
    """Return the MAC of an IPv4 address in the text of /proc/net/arp (proc(5)), empty when it is not there.

    Columns: address, hardware type, flags (0x2: complete), MAC, mask, device.
    """
    for line in table.splitlines()[1:]:
        words = line.split()
        if len(words) >= 4 and words[0] == address and words[2] != "0x0":
            mac = words[3].lower()
            return mac if re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", mac) and mac.strip("0:") else ""
    return ""
