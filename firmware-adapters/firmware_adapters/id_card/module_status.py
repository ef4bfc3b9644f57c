"""SW3, the status byte of every reply of the security module (GA 450), and the reason each one stands for."""

from __future__ import annotations

from typing import Final

from firmware_adapters.adapter import Reason
from firmware_adapters.id_card import reasons

OK: Final = 0x90
FOUND: Final = 0x9F
ABSENT: Final = 0x91
BAD_COMMAND: Final = 0x21
FIND_FAILED: Final = 0x80
SELECT_FAILED: Final = 0x81
READ_FAILED: Final = 0x41
SAM_SELF_TEST_FAILED: Final = 0x60
SAM_UNAUTHORISED: Final = 0x66

REQUEST_CHECKSUM: Final = 0x10
REQUEST_LENGTH: Final = 0x11
REQUEST_BROKEN: Final = (REQUEST_CHECKSUM, REQUEST_LENGTH)
"""The module received something other than what we sent."""

STATUS_REASONS: Final[dict[int, Reason]] = {
    REQUEST_CHECKSUM: reasons.MODULE_CHECKSUM,
    REQUEST_LENGTH: reasons.MODULE_LENGTH,
    BAD_COMMAND: reasons.BAD_COMMAND,
    0x23: reasons.NOT_PERMITTED,
    0x24: reasons.UNKNOWN_ERROR,
    0x31: reasons.CARD_REFUSED_SAM,
    0x32: reasons.SAM_REFUSED_CARD,
    0x33: reasons.VERIFICATION_FAILED,
    0x40: reasons.UNKNOWN_CARD,
    READ_FAILED: reasons.READ_FAILED,
    0x47: reasons.RANDOM_FAILED,
    SAM_SELF_TEST_FAILED: reasons.SAM_SELF_TEST_FAILED,
    SAM_UNAUTHORISED: reasons.SAM_UNAUTHORISED,
    FIND_FAILED: reasons.FIND_FAILED,
    SELECT_FAILED: reasons.SELECT_FAILED,
    ABSENT: reasons.ITEM_ABSENT,
}


def reason_of(sw3: int) -> Reason | None:
    """Return why the module refused, None when it did what was asked (90, 9F)."""
    if sw3 in (OK, FOUND):
        return None
    return STATUS_REASONS.get(sw3, reasons.UNLISTED_STATUS)
