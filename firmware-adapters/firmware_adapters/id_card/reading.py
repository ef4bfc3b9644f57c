"""The card on the reader: laid, read, unreadable, removed, one look at a time."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator
from dataclasses import replace
from enum import Enum, auto

from firmware_adapters.adapter import Event, Json, Reason
from firmware_adapters.id_card import module_status, reasons
from firmware_adapters.id_card.commands import CardData
from firmware_adapters.id_card.document import Document, Finding
from firmware_adapters.id_card.frames import SdtError
from firmware_adapters.id_card.options import ReaderOptions
from firmware_adapters.id_card.photo import decode_photo
from firmware_adapters.id_card.session import LineFault, ModuleRefusal, SdtSession
from firmware_adapters.id_card.text_block import decode_new_address, decode_text_block

LAID = "card.laid"
READ = "card.read"
UNREADABLE = "card.unreadable"
REMOVED = "card.removed"

MODULE_BROKEN = frozenset({module_status.SAM_SELF_TEST_FAILED, module_status.SAM_UNAUTHORISED})
"""The card can do nothing about these: they go to the reader's state."""


class _Card(Enum):
    NONE = auto()
    UNREAD = auto()
    READ = auto()


class CardReading:
    """Knows what lies on the reader. `look` says what changed since the last look."""

    def __init__(self, session: SdtSession, options: ReaderOptions) -> None:
        self._session = session
        self._options = options
        self._card = _Card.NONE
        self._misses = 0
        self._told: Reason | None = None
        """Why the card on the reader is unreadable, once that was said."""
        self._can_probe = options.removal == "probe"
        self._next_find_s = 0.0

    @property
    def has_read(self) -> bool:
        """True while a card lies there that was read."""
        return self._card is _Card.READ

    async def read_again(self) -> Event | None:
        """Make the module forget the card it has read, so that the next look reads it again.

        Returns the event that keeps the order of events, if there was a card. Raises ModuleRefusal,
        LineFault.
        """
        self._told = None
        if self._card is not _Card.READ:
            return None
        await self._session.reset()
        return self._remove()

    async def look(self) -> AsyncGenerator[Event]:
        """Look for a card once; read one that is new. Raises LineFault, and ModuleRefusal when the module
        itself is out of order."""
        found: bool | None = None
        if self._card is _Card.READ and self._can_probe and await self._lies_still():
            self._misses = 0
            if not self._find_is_due():
                return
            # Now and then find is asked all the same: a module may answer the probe without a card.
            found = await self._session.find()
            if not found:
                return
        if found is None:
            found = await self._session.find()
        if not found:
            if self._card is _Card.UNREAD or (self._card is _Card.READ and self._can_probe):
                self._misses += 1
                if self._misses >= self._options.removal_misses:
                    yield self._remove()
            return
        self._misses = 0
        if self._card is _Card.READ:
            # A card that was read does not answer again: this one was laid anew.
            yield self._remove()
        if self._card is _Card.NONE:
            self._card = _Card.UNREAD
            yield Event(LAID)
        event = await self._read()
        if event is not None:
            yield event

    def _remove(self) -> Event:
        self._card = _Card.NONE
        self._misses = 0
        self._told = None
        return Event(REMOVED)

    async def _lies_still(self) -> bool:
        try:
            await self._session.new_address()
        except ModuleRefusal as refusal:
            if refusal.sw3 == module_status.BAD_COMMAND:
                self._can_probe = False
            return False
        return True

    def _find_is_due(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now < self._next_find_s:
            return False
        self._next_find_s = now + self._options.status_interval_s
        return True

    async def _read(self) -> Event | None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        reason, detail = reasons.READ_FAILED, ""
        for _ in range(self._options.read_attempts):
            try:
                serial = await self._session.select()
                data = await self._session.read_card(fingerprint=self._options.fingerprint)
                document = decode_text_block(data.text)
            except LineFault:
                raise
            except SdtError as refusal:
                if isinstance(refusal, ModuleRefusal) and refusal.sw3 in MODULE_BROKEN:
                    raise
                reason, detail = refusal.reason, refusal.detail
            else:
                self._card = _Card.READ
                self._told = None
                self._next_find_s = loop.time() + self._options.status_interval_s
                return await self._event(serial, data, document, began)
            if not await self._session.find():
                reason = reasons.CARD_LIFTED
                break
        if reason is self._told:
            return None
        self._told = reason
        told = {"code": reason.code, "zh": reason.zh, "en": reason.en}
        return Event(UNREADABLE, {"reason": told, "detail": detail})

    async def _event(self, serial: bytes, data: CardData, document: Document, began: float) -> Event:
        if self._options.new_address:
            document = await self._with_new_address(document)
        photo = await decode_photo(data.photo, self._options.photo_decoder)
        body: dict[str, Json] = {
            "document": document.as_json(),
            "card_id": serial.hex() if any(serial) else "",
            "photo": photo.as_json(),
            "fingerprint": base64.b64encode(data.fingerprint).decode(),
            "took_ms": round((asyncio.get_running_loop().time() - began) * 1000),
        }
        return Event(READ, body, photo.picture, "image/png" if photo.picture else "")

    async def _with_new_address(self, document: Document) -> Document:
        try:
            data = await self._session.new_address()
        except (ModuleRefusal, LineFault):
            # The document is read; an address that may not even be there is no reason to withhold it.
            return document
        if not data:
            return document
        if len(data) not in self._options.new_address_bytes or len(data) % 2:
            finding = Finding(reasons.NEW_ADDRESS_LENGTH, "new_address", f"{len(data)} bytes")
            return replace(document, findings=(*document.findings, finding))
        address, findings = decode_new_address(data)
        return replace(document, new_address=address, findings=(*document.findings, *findings))
