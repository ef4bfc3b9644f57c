"""The adapters of ID-card readers: one behaviour over three wires."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from firmware_adapters.adapter import (
    Action,
    ActionRefused,
    Adapter,
    Answer,
    DeviceFault,
    DeviceGone,
    DeviceKind,
    DeviceState,
    Event,
    Identity,
    Json,
    Options,
    Reason,
    Report,
    SelfTestStep,
    StateReport,
    failed_step,
    self_test_answer,
)
from firmware_adapters.id_card import reading, reasons
from firmware_adapters.id_card.commands import set_baud
from firmware_adapters.id_card.frames import SdtError
from firmware_adapters.id_card.hid_reports import HidReports
from firmware_adapters.id_card.options import HidOptions, ReaderOptions, SerialOptions, UsbOptions
from firmware_adapters.id_card.reading import CardReading
from firmware_adapters.id_card.self_test import run_self_test
from firmware_adapters.id_card.serial_line import SerialLine
from firmware_adapters.id_card.session import LineFault, ModuleRefusal, SdtSession
from firmware_adapters.id_card.transport import Transport
from firmware_adapters.id_card.usb_bulk import UsbBulk
from firmware_adapters.sighting import Sighting


class _WaitForCard(BaseModel):
    """How long to wait for a card, seconds."""

    model_config = ConfigDict(extra="forbid")
    wait_s: Annotated[float, Field(ge=0, le=60)] = 10.0


class _SelfTestParameters(_WaitForCard):
    card: bool = False
    """Read a card too, waiting for one."""


class SdtReader(Adapter):
    """A reader that speaks SDT. Events: card.laid, card.read, card.unreadable, card.removed.

    `card.read` carries `document` (document.py), `card_id`, `photo` (photo.py; the picture is the blob),
    `fingerprint` (base64, empty unless the option asks for it) and `took_ms`; `card.unreadable` a `reason`.
    """

    kind: ClassVar[DeviceKind] = DeviceKind.ID_CARD
    options_model: ClassVar[type[Options]] = ReaderOptions
    options: ReaderOptions

    def __init__(self, sighting: Sighting, options: Options, quirks: frozenset[str] = frozenset()) -> None:
        super().__init__(sighting, options, quirks)
        self._session: SdtSession | None = None
        self._reading: CardReading | None = None
        self._sam_id = ""
        self._turn = asyncio.Lock()
        """Held during each look at the card and each action: they share one line."""
        self._untold: deque[Event] = deque()
        """Events that came about in actions, for the stream of events."""
        self._reason: Reason | None = None
        """Why the reader is degraded."""
        self._spoilt_looks = 0
        self._next_status_s = 0.0

    @abstractmethod
    def transport(self) -> Transport:
        """Return the wire, not yet open."""

    async def meet(self, session: SdtSession) -> None:
        """Get the first answer. Raises LineFault, ModuleRefusal."""
        await session.status(self.options.probe_timeout_s)

    def facts(self) -> dict[str, Json]:
        """Return what is known of the reader beyond its identity."""
        return {"sam_id": self._sam_id, "transport": self._open_session().transport.name}

    async def probe(self) -> Identity:
        """See Adapter. The serial number is the module's, which no other reader has."""
        await self._connect()
        return Identity(
            maker=self.sighting.maker,
            model=self.sighting.model,
            serial=self._sam_id or self.sighting.serial,
            facts=self.facts(),
        )

    async def open(self) -> None:
        """See Adapter."""
        if self._session is None:
            await self._connect()

    async def close(self) -> None:
        """See Adapter."""
        session, self._session, self._reading = self._session, None, None
        if session is not None:
            await session.transport.close()

    async def _connect(self) -> None:
        await self.close()
        transport = self.transport()
        await transport.open()
        options = self.options
        session = SdtSession(
            transport,
            command_timeout_s=options.command_timeout_s,
            frame_gap_s=options.frame_gap_s,
            retries=options.retries,
        )
        self._session = session
        self._reading = CardReading(session, options)
        try:
            await self.meet(session)
            self._sam_id = await session.sam_id()
        except ModuleRefusal as refusal:
            await self.close()
            raise DeviceFault(refusal.reason, refusal.detail) from refusal
        except LineFault as fault:
            await self.close()
            silent = fault.reason is reasons.NO_ANSWER
            raise DeviceFault(
                reasons.NO_ANSWER if silent else reasons.NOT_A_READER, f"{fault.reason.code}: {fault.detail}"
            ) from fault
        except BaseException:
            await self.close()
            raise
        self._next_status_s = asyncio.get_running_loop().time() + options.status_interval_s

    def _open_session(self) -> SdtSession:
        if self._session is None:
            raise DeviceGone("closed")
        return self._session

    def _open_reading(self) -> CardReading:
        if self._reading is None:
            raise DeviceGone("closed")
        return self._reading

    async def events(self) -> AsyncGenerator[Report]:
        """See Adapter."""
        yield StateReport(DeviceState.READY, facts=self.facts())
        while True:
            async with self._turn, aclosing(self._look()) as reports:
                async for report in reports:
                    yield report
            await asyncio.sleep(self.options.find_interval_s)

    async def _look(self) -> AsyncGenerator[Report]:
        while self._untold:
            yield self._untold.popleft()
        try:
            await self._ask_status()
            async with aclosing(self._open_reading().look()) as events:
                async for event in events:
                    if event.name == reading.LAID:
                        yield StateReport(DeviceState.BUSY)
                    yield event
                    if event.name in (reading.READ, reading.UNREADABLE):
                        yield self._standing()
        except LineFault as fault:
            yield await self._degraded(fault)
            return
        except SdtError as refusal:
            raise DeviceFault(refusal.reason, refusal.detail) from refusal
        self._spoilt_looks = 0
        reason = reasons.SLOW if self._open_session().took_s > self.options.slow_after_s else None
        if reason is not self._reason:
            self._reason = reason
            yield self._standing()

    def _standing(self) -> StateReport:
        state = DeviceState.READY if self._reason is None else DeviceState.DEGRADED
        return StateReport(state, self._reason)

    async def _ask_status(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._next_status_s:
            await self._open_session().status()
            self._next_status_s = now + self.options.status_interval_s

    async def _degraded(self, fault: LineFault) -> StateReport:
        """Go on after a look that the wire spoilt, or raise DeviceFault when there is no going on."""
        self._spoilt_looks += 1
        if self._spoilt_looks >= self.options.faults_before_failed:
            raise DeviceFault(fault.reason, fault.detail) from fault
        if fault.reason is reasons.NO_ANSWER:
            try:
                await self._open_session().status(self.options.probe_timeout_s)
            except SdtError as still:
                raise DeviceFault(still.reason, f"{fault.detail}; {still.detail}") from still
        self._reason = fault.reason
        return self._standing()

    def actions(self) -> Mapping[str, Action]:
        """See Adapter."""
        return {
            "self_test": self._self_test,
            "read_once": self._read_once,
            "module_id": self._module_id,
            "reset": self._reset,
        }

    async def _self_test(self, parameters: Mapping[str, Json]) -> Answer:
        wanted = _SelfTestParameters.model_validate(dict(parameters))
        async with self._turn:
            steps = await run_self_test(self._open_session(), self.options)
            if wanted.card and all(step.passed for step in steps):
                steps.append(await self._card_step(wanted.wait_s))
        return self_test_answer(steps)

    async def _read_once(self, parameters: Mapping[str, Json]) -> Answer:
        """Read the card that lies there, again if it was read, or wait for one; answers as `card.read`."""
        wanted = _WaitForCard.model_validate(dict(parameters))
        async with self._turn:
            event = await self._read_card(wanted.wait_s)
        return Answer(event.body, event.blob, event.blob_type)

    async def _module_id(self, parameters: Mapping[str, Json]) -> Answer:
        """Answer `{"sam_id", "transport", ...}`, the number read anew."""
        async with self._turn:
            try:
                self._sam_id = await self._open_session().sam_id()
            except SdtError as trouble:
                raise ActionRefused(trouble.reason, trouble.detail) from trouble
            return Answer(self.facts())

    async def _reset(self, parameters: Mapping[str, Json]) -> Answer:
        """Restart the module; a card that lies on it is read again."""
        async with self._turn:
            try:
                await self._open_session().reset()
            except SdtError as trouble:
                raise ActionRefused(trouble.reason, trouble.detail) from trouble
            return Answer()

    async def _read_card(self, wait_s: float) -> Event:
        """Return the event of a card read within the time; others that come about are told later.

        Raises ActionRefused.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + wait_s
        card = self._open_reading()
        try:
            removed = await card.read_again()
            if removed is not None:
                self._untold.append(removed)
            while True:
                async with aclosing(card.look()) as looks:
                    async for event in looks:
                        self._untold.append(event)
                        if event.name == reading.READ:
                            return event
                        if event.name == reading.UNREADABLE:
                            reason = reasons.REASONS[event.body["reason"]["code"]]
                            raise ActionRefused(reason, event.body["detail"])
                if loop.time() >= end:
                    raise ActionRefused(reasons.NO_CARD_YET, f"{wait_s:g} s")
                await asyncio.sleep(self.options.find_interval_s)
        except SdtError as trouble:
            raise ActionRefused(trouble.reason, trouble.detail) from trouble

    async def _card_step(self, wait_s: float) -> SelfTestStep:
        zh, en = "读取一张证件", "Reads a card"
        try:
            event = await self._read_card(wait_s)
        except ActionRefused as refused:
            return failed_step("reads_card", zh, en, refused.reason, refused.detail)
        # A self-test is kept: it says what kind of document it was, and nothing of the person.
        document, photo = event.body["document"], event.body["photo"]
        decoded = photo["state"] == "decoded"
        zh += f"：{document['type_zh']}，照片{'已' if decoded else '未'}解码"
        en += f": {document['type_en']}, photo {'decoded' if decoded else 'not decoded'}"
        return SelfTestStep("reads_card", zh, en, True, f"{event.body['took_ms']} ms")


class SerialReader(SdtReader):
    """A reader on a serial port, whose module may be set to another speed than the usual one."""

    options_model: ClassVar[type[Options]] = SerialOptions
    options: SerialOptions

    def transport(self) -> Transport:
        """See SdtReader."""
        self._line = SerialLine(self.sighting.node, self.options.bauds[0])
        return self._line

    def facts(self) -> dict[str, Json]:
        """See SdtReader; with the speed."""
        return {**super().facts(), "baud": self._line.baud}

    async def meet(self, session: SdtSession) -> None:
        """See SdtReader; tries one speed after the other."""
        first: LineFault | None = None
        for baud in self.options.bauds:
            if baud != self._line.baud:
                await self._line.set_baud(baud)
            # The usual speed gets its full time; at the others no answer is what is expected.
            timeout_s = self.options.probe_timeout_s / (1 if first is None else 2)
            try:
                await session.status(timeout_s, retries=0)
            except LineFault as fault:
                first = first or fault
                continue
            if self.options.raise_baud and baud != self.options.bauds[0]:
                await self._raise_baud(session, self.options.bauds[0])
            return
        if first is not None:
            raise first

    async def _raise_baud(self, session: SdtSession, wanted: int) -> None:
        met = self._line.baud
        try:
            await session.command(set_baud(wanted), self.options.probe_timeout_s, retries=0)
        except ModuleRefusal:
            return
        except LineFault:
            pass  # it may have answered at the new speed already
        await self._line.set_baud(wanted)
        try:
            await session.status(self.options.probe_timeout_s)
        except LineFault:
            await self._line.set_baud(met)
            await session.status(self.options.probe_timeout_s)


class UsbReader(SdtReader):
    """A reader on USB bulk endpoints, of either layout."""

    options_model: ClassVar[type[Options]] = UsbOptions
    options: UsbOptions

    def transport(self) -> Transport:
        """See SdtReader."""
        self._bulk = UsbBulk(self.sighting.node, self.options.layout)
        return self._bulk

    def facts(self) -> dict[str, Json]:
        """See SdtReader; with the endpoints."""
        return {**super().facts(), "layout": "pair" if self._bulk.endpoints.is_pair else "four"}


class HidReader(SdtReader):
    """A reader that speaks in HID reports, through hidraw."""

    options_model: ClassVar[type[Options]] = HidOptions
    options: HidOptions

    def transport(self) -> Transport:
        """See SdtReader."""
        return HidReports(self.sighting.node, self.options.report_bytes, length_byte=self.options.length_byte)
