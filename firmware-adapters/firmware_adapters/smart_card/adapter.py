"""A smart-card reader that pcscd has: one class, what it tells and what can be asked of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, ClassVar, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from firmware_adapters.adapter import (
    Action,
    ActionRefused,
    Adapter,
    Answer,
    DeviceFault,
    DeviceGone,
    DeviceKind,
    Event,
    Identity,
    Json,
    Options,
    Reason,
    Report,
    SelfTestStep,
    self_test_answer,
)
from firmware_adapters.sighting import Sighting
from firmware_adapters.smart_card import reasons, script, self_test
from firmware_adapters.smart_card.apdu import LONGEST, ApduWrong, command_of
from firmware_adapters.smart_card.card_changes import EMPTY, Slot, changes
from firmware_adapters.smart_card.card_facts import card_facts, card_reason, slot_of, standing
from firmware_adapters.smart_card.options import ReaderOptions
from firmware_adapters.smart_card.pcsc import FOR_EVER_MS, UNAWARE, PcscContext, PcscError, ReaderStatus
from firmware_adapters.smart_card.source import SOCKET_PROPERTY

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

INSERTED, REMOVED = "card.inserted", "card.removed"
CLOSE_S = 1.0

_CARD_REASONS: dict[str, Reason] = {
    "SCARD_E_NO_SMARTCARD": reasons.NO_CARD,
    "SCARD_W_REMOVED_CARD": reasons.CARD_TAKEN_OUT,
    "SCARD_W_UNRESPONSIVE_CARD": reasons.CARD_MUTE,
    "SCARD_W_UNPOWERED_CARD": reasons.CARD_MUTE,
    "SCARD_W_UNSUPPORTED_CARD": reasons.CARD_MUTE,
    "SCARD_E_PROTO_MISMATCH": reasons.CARD_MUTE,
    "SCARD_E_SHARING_VIOLATION": reasons.CARD_IN_USE,
    "SCARD_E_TIMEOUT": reasons.CARD_IN_USE,
}


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _SelfTestParameters(_Parameters):
    wait_s: Annotated[float, Field(ge=0, le=60)] = 0.0
    """How long to wait for a card, seconds; 0 tests without one when there is none."""


class _ScriptParameters(_Parameters):
    script: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class _CommandParameters(_Parameters):
    apdu: Annotated[str, StringConstraints(max_length=3 * LONGEST)]
    """Hexadecimal digits, blanks allowed."""
    chain: bool = True
    """Fetch more after 61xx and send again after 6Cxx."""


class PcscReader(Adapter):
    """A reader (智能卡读写器). Events: card.inserted, card.removed.

    `card.inserted` carries `atr`, `protocols`, `historical` and `convention`, or a `reason` when the card
    does not answer as it should; with the option `on_insert` the script's `values` (or its `script_reason`).
    """

    kind: ClassVar[DeviceKind] = DeviceKind.SMART_CARD
    options_model: ClassVar[type[Options]] = ReaderOptions

    def __init__(self, sighting: Sighting, options: Options, quirks: frozenset[str] = frozenset()) -> None:
        super().__init__(sighting, options, quirks)
        self._options = cast("ReaderOptions", options)
        self._reader = sighting.node
        # Two contexts: one waits for cards, the other does what is asked meanwhile.
        self._context: PcscContext | None = None
        self._watching: PcscContext | None = None
        self._one_at_a_time = ThreadPoolExecutor(1, "smart card")
        self._turn = asyncio.Lock()
        self._seen: asyncio.Queue[ReaderStatus | Exception] = asyncio.Queue()
        self._slot = EMPTY
        self._slot_changed = asyncio.Event()
        self._ended = False

    async def probe(self) -> Identity:
        """Ask the reader for its maker, type, version and serial number; many tell none of them."""
        told = await self._run(self._ask_attributes, self._options.answers_within_s)
        sighting = self.sighting
        return Identity(
            maker=told["VENDOR_NAME"] or sighting.maker,
            model=told["VENDOR_IFD_TYPE"] or sighting.model,
            serial=told["VENDOR_IFD_SERIAL_NO"] or sighting.serial,
            firmware=told["VENDOR_IFD_VERSION"],
            facts={
                "reader": self._reader,
                "interface": sighting.properties.get("interface", ""),
                "slot": sighting.properties.get("slot", ""),
                "scripts": {
                    name: {"zh": one.zh, "en": one.en} for name, one in self._options.scripts.items()
                },
            },
        )

    async def open(self) -> None:
        """Begin to wait for cards."""
        self._watching = await self._run(self._new_context, self._options.answers_within_s)
        loop = asyncio.get_running_loop()

        def see(what: ReaderStatus | Exception) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._seen.put_nowait, what)

        threading.Thread(
            target=self._watch, args=(self._watching, see), name="smart card watch", daemon=True
        ).start()

    async def events(self) -> AsyncIterator[Report]:
        """Yield the state and what cards do."""
        first = True
        while True:
            seen = await self._seen.get()
            if isinstance(seen, Exception):
                raise seen
            before, now = self._slot, slot_of(seen)
            if first:
                yield standing(now)
            self._slot = now
            told, self._slot_changed = self._slot_changed, asyncio.Event()
            told.set()
            happened = changes(before, now)
            for change in happened:
                yield Event(REMOVED) if change == "removed" else Event(INSERTED, await self._card_body(now))
            if happened and not first:
                yield standing(now)
            first = False

    def actions(self) -> Mapping[str, Action]:
        """`self_test`, `card`, `run_script` and, unless switched off, `apdu`."""
        return {
            "self_test": self._self_test,
            "card": self._card,
            "run_script": self._run_script,
            "apdu": self._apdu,
        }

    async def close(self) -> None:
        """Stop waiting and give the contexts back; a thread that hangs in a call is left behind."""
        self._ended = True
        watching, self._watching = self._watching, None
        if watching is not None:
            await asyncio.to_thread(watching.cancel)
        context, self._context = self._context, None
        if context is not None:
            release = asyncio.get_running_loop().run_in_executor(self._one_at_a_time, context.release)
            await asyncio.wait((release,), timeout=CLOSE_S)
        self._one_at_a_time.shutdown(wait=False, cancel_futures=True)

    async def _card(self, parameters: Mapping[str, Json]) -> Answer:
        """Return `{"present": bool, ...}` with the card's answer to reset."""
        _checked(_Parameters, parameters)
        return Answer({"present": self._slot.present, **card_facts(self._slot)})

    async def _run_script(self, parameters: Mapping[str, Json]) -> Answer:
        """Run a script of the options; answers `{"values", "steps"}`."""
        wanted = _checked(_ScriptParameters, parameters)
        found = self._options.scripts.get(wanted.script)
        if found is None:
            known = ", ".join(sorted(self._options.scripts)) or "none"
            raise ActionRefused(reasons.UNKNOWN_SCRIPT, f"{wanted.script}; known: {known}")
        async with self._turn:
            run = await self._with_card(
                lambda transmit: script.run(found, transmit), self._options.script_within_s
            )
        return Answer({"script": wanted.script, "values": dict(run.values), "steps": list(run.steps)})

    async def _apdu(self, parameters: Mapping[str, Json]) -> Answer:
        """Send one command; answers `{"data", "sw"}` in hexadecimal."""
        wanted = _checked(_CommandParameters, parameters)
        if not self._options.raw_commands:
            raise ActionRefused(reasons.COMMANDS_OFF)
        try:
            command = command_of(wanted.apdu)
        except ApduWrong as error:
            raise ActionRefused(reasons.BAD_COMMAND, str(error)) from None
        async with self._turn:
            response = await self._with_card(
                lambda transmit: script.exchange(command, transmit, chain=wanted.chain),
                self._options.answers_within_s,
            )
        return Answer({"data": response.data.hex().upper(), "sw": f"{response.sw:04X}"})

    async def _self_test(self, parameters: Mapping[str, Json]) -> Answer:
        """Ask the service, the reader and, where there is one, the card."""
        wanted = _checked(_SelfTestParameters, parameters)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        readers = await self._run(lambda: self._open_context().readers(), self._options.answers_within_s)
        steps = [
            self_test.service_step(len(readers), loop.time() - begun),
            self_test.reader_step(self._reader, self._reader in readers),
        ]
        await self._wait_for_card(wanted.wait_s)
        if self._slot.present or wanted.wait_s > 0:
            steps += await self._test_card()
        return self_test_answer(steps)

    async def _test_card(self) -> list[SelfTestStep]:
        slot = self._slot
        steps = [self_test.card_step(slot.present), self_test.atr_step(slot.atr, card_reason(slot))]
        if not slot.present:
            return steps[:1]
        try:
            async with self._turn:
                protocol = await self._run(self._card_protocol, self._options.answers_within_s)
            steps.append(self_test.connect_step(protocol, None))
        except (ActionRefused, PcscError) as error:
            return [*steps, self_test.connect_step("", _refusal_of(error))]
        name = self._options.self_test_script
        if name is not None:
            try:
                answer = await self._run_script({"script": name})
            except ActionRefused as refused:
                steps.append(self_test.script_step(self._options.scripts[name], 0, refused))
            else:
                done = len(answer.body["steps"])
                steps.append(self_test.script_step(self._options.scripts[name], done, None))
        return steps

    async def _wait_for_card(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(wait_s):
                while not self._slot.present:
                    await self._slot_changed.wait()
        except TimeoutError:
            return

    async def _card_body(self, slot: Slot) -> Mapping[str, Json]:
        body = card_facts(slot)
        name = self._options.on_insert
        if name is None or "reason" in body:
            return body
        try:
            answer = await self._run_script({"script": name})
        except ActionRefused as refused:
            reason = refused.reason
            told = {"code": reason.code, "zh": reason.zh, "en": reason.en}
            return {**body, "values": {}, "script_reason": told, "script_detail": refused.detail}
        return {**body, "values": answer.body["values"]}

    # In the thread of `_run`.

    def _new_context(self) -> PcscContext:
        return PcscContext(self.sighting.properties.get(SOCKET_PROPERTY, ""))

    def _open_context(self) -> PcscContext:
        if self._context is None:
            self._context = self._new_context()
        return self._context

    def _ask_attributes(self) -> dict[str, str]:
        context = self._open_context()
        if self._reader not in context.readers():
            raise DeviceGone(self._reader)
        names = ("VENDOR_NAME", "VENDOR_IFD_TYPE", "VENDOR_IFD_SERIAL_NO", "VENDOR_IFD_VERSION")
        try:
            connection = context.connect_reader(self._reader)
        except PcscError as error:
            if error.service_gone or error.reader_gone:
                raise
            return dict.fromkeys(names, "")  # another program holds the reader; it works all the same
        with connection:
            raw = {name: connection.attribute(name) for name in names}
        return {
            name: _version(value) if name == "VENDOR_IFD_VERSION" else _text(value)
            for name, value in raw.items()
        }

    def _card_protocol(self) -> str:
        with self._open_context().connect_card(self._reader) as connection:
            return connection.protocol

    # On the event loop.

    async def _with_card(self, work: Callable[[script.Transmit], T], within_s: float) -> T:
        """Do something with the card that is there, with nobody else between. Raises ActionRefused."""

        def talk() -> T:
            with self._open_context().connect_card(self._reader) as connection:
                connection.begin()
                try:
                    return work(connection.transmit)
                finally:
                    connection.end()

        try:
            return await self._run(talk, within_s)
        except script.ScriptStopped as error:
            raise ActionRefused(reasons.SCRIPT_STOPPED, str(error)) from None
        except ApduWrong as error:
            raise ActionRefused(reasons.BAD_RESPONSE, str(error)) from None
        except PcscError as error:
            raise _refusal_of(error) from error

    async def _run(self, work: Callable[[], T], within_s: float) -> T:
        """Do something that blocks. Raises what it raises; DeviceFault when it hangs, DeviceGone."""
        running = asyncio.get_running_loop().run_in_executor(self._one_at_a_time, work)
        done, _ = await asyncio.wait((running,), timeout=within_s)
        if not done:
            fault = DeviceFault(reasons.NO_ANSWER, f"nothing for {within_s:g} s")
            self._seen.put_nowait(fault)
            raise fault
        try:
            return running.result()
        except PcscError as error:
            ended = _ended_by(error)
            if ended is None:
                raise
            raise ended from error

    def _watch(self, context: PcscContext, see: Callable[[ReaderStatus | Exception], None]) -> None:
        """Tell every state of the reader, in a thread of its own."""
        status = UNAWARE
        try:
            while not self._ended:
                status = context.wait({self._reader: status}, FOR_EVER_MS)[self._reader]
                if status.has("UNKNOWN") or status.has("UNAVAILABLE") or status.has("IGNORE"):
                    see(DeviceGone(f"{self._reader}: no longer there"))
                    return
                see(status)
        except PcscError as error:
            if not self._ended:
                see(_ended_by(error) or DeviceFault(reasons.READER_TROUBLE, str(error)))
        finally:
            context.release()


def _ended_by(error: PcscError) -> DeviceGone | DeviceFault | None:
    """Return what ends the device's process; None for what the next action may do better."""
    if error.service_gone:
        return DeviceGone(f"pcscd has ended or was started anew: {error}")
    if error.reader_gone:
        return DeviceGone(str(error))
    if error.name in ("SCARD_W_SECURITY_VIOLATION", "SCARD_E_NO_ACCESS"):
        return DeviceFault(reasons.NO_PERMISSION, str(error))
    return None


def _refusal_of(error: ActionRefused | PcscError) -> ActionRefused:
    if isinstance(error, ActionRefused):
        return error
    return ActionRefused(_CARD_REASONS.get(error.name, reasons.CARD_FAILED), str(error))


def _checked(model: type[M], parameters: Mapping[str, Json]) -> M:
    try:
        return model.model_validate(dict(parameters))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ActionRefused(reasons.BAD_PARAMETERS, f"{place}: {first['msg']}") from None


def _text(raw: bytes) -> str:
    text = raw.split(b"\0")[0].decode("utf-8", "replace").strip()
    return text if text.isprintable() else ""


def _version(raw: bytes) -> str:
    """Return 0xMMmmbbbb as `M.m.b` (PC/SC part 3, vendor-supplied interface device version)."""
    if len(raw) != 4:
        return ""
    value = int.from_bytes(raw, "little")
    return f"{value >> 24}.{value >> 16 & 0xFF}.{value & 0xFFFF}"
