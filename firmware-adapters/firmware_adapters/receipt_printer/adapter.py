"""A receipt printer: its state, slips under keys, their ends."""

from __future__ import annotations

import asyncio
import hashlib
import re
from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import ClassVar, Final, cast

from pydantic import ValidationError

from firmware_adapters.adapter import (
    Action,
    ActionRefused,
    Adapter,
    Answer,
    DeviceFault,
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
    self_test_answer,
)
from firmware_adapters.receipt_printer import reasons
from firmware_adapters.receipt_printer.conversation import Conversation, Garbled, Silent
from firmware_adapters.receipt_printer.encoding import CUTS, FEED, FontMissing, encoded
from firmware_adapters.receipt_printer.job_book import JobBook, Slip
from firmware_adapters.receipt_printer.options import ReceiptPrinterOptions
from firmware_adapters.receipt_printer.slip import (
    CodeLine,
    JobAsked,
    PairLine,
    RuleLine,
    SlipOrder,
    TextLine,
)
from firmware_adapters.receipt_printer.status import PaperStatus
from firmware_adapters.receipt_printer.wires import LineLost, TcpWire, UsbWire, Wire
from firmware_adapters.sighting import Sighting

DONE, FAILED = "job.done", "job.failed"
STRIKES: Final = 2
"""Looks without a proper answer in a row until it is a fault."""
AT_WORK_POLL_S: Final = 0.1
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")


class ReceiptPrinter(Adapter):
    """A receipt printer (小票打印机). Events: job.done, job.failed, each with `key`."""

    kind: ClassVar[DeviceKind] = DeviceKind.RECEIPT_PRINTER
    options_model: ClassVar[type[Options]] = ReceiptPrinterOptions
    stays: ClassVar[bool]
    """Whether it is in the list while it is switched off, so that its line is tried again here."""

    def __init__(self, sighting: Sighting, options: Options, quirks: frozenset[str] = frozenset()) -> None:
        super().__init__(sighting, options, quirks)
        self._options = cast("ReceiptPrinterOptions", options)
        folder = self._options.book_folder
        place = self.sighting.serial or self.sighting.port or self.sighting.node
        self._book = JobBook(folder and folder / f"{_UNSAFE.sub('_', place)[:100]}.json")
        self._conversation: Conversation | None = None
        self._status: PaperStatus | None = None
        self._at_work: deque[Slip] = deque()
        """Slips at the printer, in order."""
        self._done_before = 0
        self._untold: deque[Event] = deque()
        self._strikes = 0
        self._look_now = asyncio.Event()
        self._ended = asyncio.Event()

    @abstractmethod
    def wire(self) -> Wire:
        """Return the wire, not yet open."""

    async def probe(self) -> Identity:
        """See Adapter. ESC/POS printers tell their names in many ways; the bus's is taken."""
        facts = {
            "width_dots": self._options.width_dots,
            "paper_mm": 58 if self._options.width_dots == 384 else 80,
            "text": self._options.text,
        }
        return Identity(
            self.sighting.maker, self.sighting.model or "ESC/POS", self.sighting.serial, facts=facts
        )

    async def open(self) -> None:
        """Connect, and say of slips that an earlier process sent and did not hear of that nobody knows."""
        for slip in self._book.under_way():
            await self._end(slip, reasons.JOB_LOST)
        try:
            await self._connect()
            await self._ask()
        except (LineLost, Silent, Garbled) as trouble:
            if not self.stays:
                raise DeviceFault(_reason_of(trouble), str(trouble)) from trouble
            await self._disconnect()

    async def events(self) -> AsyncIterator[Report]:
        """Yield the state, and the end of each slip."""
        told: StateReport | None = None
        while True:
            report = await self._look()
            while self._untold:
                yield self._untold.popleft()
            if report != told:
                told = report
                yield report
            await self._pause(AT_WORK_POLL_S if self._at_work else self._options.poll_s)

    def actions(self) -> Mapping[str, Action]:
        """See Adapter."""
        return {
            "self_test": self._self_test,
            "print_test": self._print_test,
            "print": self._print,
            "job": self._job,
            "cancel": self._cancel,
            "cut": self._cut,
            "status": self._tell_status,
        }

    async def close(self) -> None:
        """See Adapter."""
        await self._disconnect()

    # Following the printer.

    async def _connect(self) -> None:
        wire = self.wire()
        try:
            await wire.open(self._options.connects_within_s)
        except TimeoutError as slow:
            raise LineLost("no connection in time") from slow
        self._conversation = Conversation(wire, self._options.answers_within_s)
        self._done_before = 0

    async def _disconnect(self) -> None:
        conversation, self._conversation, self._status = self._conversation, None, None
        if conversation is not None:
            await conversation.wire.close()

    async def _ask(self) -> PaperStatus:
        conversation = self._conversation
        if conversation is None:
            raise LineLost("not connected")
        async with conversation.turn:
            status = await conversation.status()
        self._status = status
        await self._note_done(conversation)
        return status

    async def _look(self) -> StateReport:
        try:
            if self._conversation is None:
                await self._connect()
            status = await self._ask()
        except (LineLost, Silent, Garbled) as trouble:
            return await self._missed(trouble)
        self._strikes = 0
        reason = status.reason
        facts = {"paper": "out" if status.paper_out else "low" if status.paper_low else "enough"}
        if not status.prints:
            return StateReport(DeviceState.FAILED, reason, facts)
        if reason is not None:
            return StateReport(DeviceState.DEGRADED, reason, facts)
        return StateReport(DeviceState.BUSY if self._at_work else DeviceState.READY, None, facts)

    async def _missed(self, trouble: Exception) -> StateReport:
        """Judge a look without a proper answer."""
        self._strikes += 1
        reason = _reason_of(trouble)
        if isinstance(trouble, LineLost) or self._strikes >= STRIKES:
            await self._lose_slips()
            await self._disconnect()
            if not self.stays:
                raise DeviceFault(reason, str(trouble)) from trouble
        return StateReport(DeviceState.FAILED, reason)

    async def _note_done(self, conversation: Conversation) -> None:
        while self._done_before < conversation.done:
            self._done_before += 1
            if self._at_work:
                await self._end(self._at_work.popleft(), None)

    async def _lose_slips(self) -> None:
        while self._at_work:
            await self._end(self._at_work.popleft(), reasons.JOB_LOST)

    async def _end(self, slip: Slip, reason: Reason | None) -> None:
        slip.state = "completed" if reason is None else "aborted"
        slip.reason = "" if reason is None else reason.code
        await asyncio.to_thread(self._book.put, slip)
        body = _told(slip)
        self._untold.append(Event(DONE if reason is None else FAILED, body))
        self._look_now.set()
        ended, self._ended = self._ended, asyncio.Event()
        ended.set()

    async def _pause(self, seconds: float) -> None:
        self._look_now.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._look_now.wait()
        except TimeoutError:
            pass

    # Actions.

    async def _print(self, parameters: Mapping[str, Json]) -> Answer:
        try:
            order = SlipOrder.model_validate(dict(parameters))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            detail = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise ActionRefused(reasons.BAD_PARAMETERS, detail) from error
        return Answer(_told(await self._printed(order)))

    async def _printed(self, order: SlipOrder) -> Slip:
        """Print a slip unless its key was used; wait for its end a while. Raises ActionRefused."""
        digest = hashlib.sha256(order.model_dump_json(exclude={"title"}).encode()).hexdigest()
        known = self._book.find(order.key)
        if known is not None:
            if known.digest != digest:
                raise ActionRefused(reasons.KEY_IN_USE, order.key)
            return known
        try:
            data = await asyncio.to_thread(encoded, order, self._options)
        except FontMissing as missing:
            raise ActionRefused(reasons.FONT_MISSING, str(missing)) from missing
        try:
            status = await self._ask()
        except (LineLost, Silent, Garbled) as trouble:
            raise ActionRefused(_reason_of(trouble), str(trouble)) from trouble
        if not status.prints:
            raise ActionRefused(status.reason or reasons.NOT_ONLINE)
        conversation = self._conversation
        if conversation is None:
            raise ActionRefused(reasons.OFFLINE)
        slip = Slip(order.key, digest, "processing")
        async with conversation.turn:
            # Kept before the first byte goes: whatever happens after, it is not sent twice.
            await asyncio.to_thread(self._book.put, slip)
            self._at_work.append(slip)
            try:
                await conversation.print(data)
            except (LineLost, Silent):
                await self._lose_slips()
                await self._disconnect()
                return slip
        self._look_now.set()
        await self._until_ended(slip)
        return slip

    async def _until_ended(self, slip: Slip) -> None:
        try:
            async with asyncio.timeout(self._options.prints_within_s):
                while slip.state == "processing":
                    await self._ended.wait()
        except TimeoutError:
            pass

    async def _job(self, parameters: Mapping[str, Json]) -> Answer:
        return Answer(_told(self._asked(parameters)))

    async def _cancel(self, parameters: Mapping[str, Json]) -> Answer:
        self._asked(parameters)
        raise ActionRefused(reasons.NOT_CANCELLED)

    def _asked(self, parameters: Mapping[str, Json]) -> Slip:
        try:
            key = JobAsked.model_validate(dict(parameters)).key
        except ValidationError as error:
            raise ActionRefused(reasons.BAD_PARAMETERS, str(error.errors(include_url=False)[0])) from error
        slip = self._book.find(key)
        if slip is None:
            raise ActionRefused(reasons.NO_SUCH_JOB, key)
        return slip

    async def _cut(self, parameters: Mapping[str, Json]) -> Answer:
        conversation = self._conversation
        if conversation is None:
            raise ActionRefused(reasons.OFFLINE)
        try:
            async with conversation.turn:
                await conversation.wire.send(FEED + CUTS[self._options.cut], self._options.answers_within_s)
        except (LineLost, TimeoutError) as trouble:
            raise ActionRefused(reasons.OFFLINE, str(trouble)) from trouble
        return Answer()

    async def _tell_status(self, parameters: Mapping[str, Json]) -> Answer:
        try:
            status = await self._ask()
        except (LineLost, Silent, Garbled) as trouble:
            raise ActionRefused(_reason_of(trouble), str(trouble)) from trouble
        reason = status.reason
        return Answer(
            {
                "prints": status.prints,
                "cover": "open" if status.cover_open else "closed",
                "paper": "out" if status.paper_out else "low" if status.paper_low else "enough",
                "reason": "" if reason is None else reason.code,
            }
        )

    async def _print_test(self, parameters: Mapping[str, Json]) -> Answer:
        slip = await self._printed(self._test_slip())
        if slip.state == "completed":
            return Answer(_told(slip))
        reason = self._trouble(slip)
        raise ActionRefused(reason)

    async def _self_test(self, parameters: Mapping[str, Json]) -> Answer:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            status = await self._ask()
        except (LineLost, Silent, Garbled) as trouble:
            reason = _reason_of(trouble)
            return self_test_answer(
                [SelfTestStep("answers", f"应答：{reason.zh}", f"answers: {reason.en}", False, reason.code)]
            )
        steps = [
            SelfTestStep("answers", "应答", "answers", True, f"{(loop.time() - begun) * 1000:.0f} ms"),
            _status_step(status),
        ]
        if status.prints:
            begun = loop.time()
            slip = await self._printed(self._test_slip())
            out = slip.state == "completed"
            why = None if out else self._trouble(slip)
            steps.append(
                SelfTestStep(
                    "prints",
                    "打印测试条" if why is None else f"打印测试条：{why.zh}",
                    "prints a test slip" if why is None else f"prints a test slip: {why.en}",
                    out,
                    f"{loop.time() - begun:.1f} s" if why is None else why.code,
                )
            )
        return self_test_answer(steps)

    def _trouble(self, slip: Slip) -> Reason:
        """Return why a slip is not out."""
        if slip.reason:
            return reasons.REASONS[slip.reason]
        standing = self._status.reason if self._status is not None else None
        return standing or reasons.NO_ANSWER

    def _test_slip(self) -> SlipOrder:
        now = datetime.now().astimezone()
        columns = self._options.width_dots // 12
        ruler = "".join(str(place % 10) for place in range(1, columns + 1))
        return SlipOrder(
            key=f"test-{now.timestamp():.6f}",
            title="测试条",
            lines=[
                TextLine(line="text", text="测试条", centred=True, bold=True, size="big"),
                TextLine(line="text", text="Test slip", centred=True, size="small"),
                RuleLine(line="rule"),
                PairLine(line="pair", left=self.sighting.model or "ESC/POS", right=self.sighting.serial),
                PairLine(line="pair", left="打印时间 Printed", right=f"{now:%Y-%m-%d %H:%M:%S}"),
                TextLine(line="text", text=ruler),
                TextLine(line="text", text="汉字清晰、下面的二维码能扫出即为正常"),
                TextLine(line="text", text="Well when characters are clear and the code scans", size="small"),
                CodeLine(line="code", text=f"KAODIAN-TEST-{now:%Y%m%d%H%M%S}"),
            ],
        )


class TcpReceiptPrinter(ReceiptPrinter):
    """At a TCP port; it stays in the list while it is off."""

    stays = True

    def wire(self) -> Wire:
        """See ReceiptPrinter; the node is `host:port`, 9100 where no port is told."""
        host, _, port = self.sighting.node.removeprefix("tcp://").rpartition(":")
        if not host:
            host, port = port, "9100"
        if not port.isdecimal():
            raise DeviceFault(reasons.OFFLINE, f"no address: {self.sighting.node}")
        return TcpWire(host.strip("[]"), int(port))


class UsbReceiptPrinter(ReceiptPrinter):
    """On USB."""

    stays = False

    def wire(self) -> Wire:
        """See ReceiptPrinter."""
        return UsbWire(self.sighting.node)


def _reason_of(trouble: Exception) -> Reason:
    if isinstance(trouble, Garbled):
        return reasons.GARBAGE
    return reasons.NO_ANSWER if isinstance(trouble, Silent) else reasons.OFFLINE


def _told(slip: Slip) -> dict[str, Json]:
    body: dict[str, Json] = {"key": slip.key, "state": slip.state}
    if slip.reason:
        reason = reasons.REASONS[slip.reason]
        body["reason"] = {"code": reason.code, "zh": reason.zh, "en": reason.en}
    return body


def _status_step(status: PaperStatus) -> SelfTestStep:
    reason = status.reason
    if reason is None:
        return SelfTestStep("state", "纸张、上盖和切刀正常", "paper, cover and cutter are well", True)
    return SelfTestStep("state", f"状态：{reason.zh}", f"state: {reason.en}", status.prints, reason.code)
