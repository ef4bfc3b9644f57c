"""Commands of the security module (GA 450) and what its replies hold."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from firmware_adapters.id_card import module_status, reasons
from firmware_adapters.id_card.frames import Reply, SdtError

TEXT_BYTES: Final = 256
PHOTO_BYTES: Final = 1024
FINGERPRINT_BYTES: Final = (0, 512, 1024)


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its two bytes and what a reply that grants it looks like."""

    name: str
    command: int
    parameter: int
    granted: int = module_status.OK
    """SW3 of a reply that does what was asked."""
    lengths: tuple[int, ...] | None = (0,)
    """Lengths of data such a reply may have, None for any."""

    def fits(self, reply: Reply) -> bool:
        """Return whether this can be the reply; one that came late for an earlier command mostly cannot."""
        if reply.sw3 == self.granted:
            return self.lengths is None or len(reply.data) in self.lengths
        return not reply.data and reply.sw3 not in (module_status.OK, module_status.FOUND)


RESET: Final = Command("reset", 0x10, 0xFF)
STATUS: Final = Command("status", 0x11, 0xFF)
SAM_ID: Final = Command("sam_id", 0x12, 0xFF, lengths=(16,))
FIND: Final = Command("find", 0x20, 0x01, granted=module_status.FOUND, lengths=(4,))
SELECT: Final = Command("select", 0x20, 0x02, lengths=(8,))
READ: Final = Command("read", 0x30, 0x01, lengths=(4 + TEXT_BYTES + PHOTO_BYTES,))
READ_FINGERPRINT: Final = Command(
    "read_fingerprint",
    0x30,
    0x10,
    lengths=tuple(6 + TEXT_BYTES + PHOTO_BYTES + finger for finger in FINGERPRINT_BYTES),
)
NEW_ADDRESS: Final = Command("new_address", 0x30, 0x03, lengths=None)

BAUDS: Final = (115200, 57600, 38400, 19200, 9600)
"""Speeds of a serial module in the order of the parameters 00 to 04 of its baud command (60)."""


def set_baud(baud: int) -> Command:
    """Return the command that sets a module's speed; ValueError for one it does not have."""
    return Command("set_baud", 0x60, BAUDS.index(baud))


@dataclass(frozen=True, slots=True)
class CardData:
    """What a card gives in one read, still encoded."""

    text: bytes
    """256 bytes, see text_block.py."""
    photo: bytes
    """1024 bytes of WLT."""
    fingerprint: bytes = b""
    """Feature data of two, one or no finger: 1024, 512 or 0 bytes."""


def split_card_data(data: bytes, *, fingerprint: bool) -> CardData:
    """Return the parts of a reply to `read`, or with fingerprint to `read + fingerprint`.

    Lengths stand first, two bytes each, high byte first. Raises SdtError when they are not those of the
    protocol or do not add up.
    """
    count = 3 if fingerprint else 2
    if len(data) < 2 * count:
        raise SdtError(reasons.CARD_DATA_LENGTH, f"{len(data)} bytes")
    text, photo, finger = (*struct.unpack_from(f">{count}H", data), 0)[:3]
    at_photo = 2 * count + text
    at_finger = at_photo + photo
    if (
        text != TEXT_BYTES
        or photo != PHOTO_BYTES
        or finger not in FINGERPRINT_BYTES
        or at_finger + finger != len(data)
    ):
        raise SdtError(reasons.CARD_DATA_LENGTH, f"{text} + {photo} + {finger} in {len(data)} bytes")
    return CardData(data[2 * count : at_photo], data[at_photo:at_finger], data[at_finger:])


def format_sam_id(data: bytes) -> str:
    """Return a module's number as it is printed on it: `05.01-20130508-0001234567-0012345678`.

    Takes 16 bytes; raises SdtError for another length.
    """
    if len(data) != 16:
        raise SdtError(reasons.BAD_LENGTH, f"SAM id of {len(data)} bytes")
    kind, _, region, _, made, serial, check = struct.unpack("<4B3I", data)
    return f"{kind:02d}.{region:02d}-{made:08d}-{serial:010d}-{check:010d}"
