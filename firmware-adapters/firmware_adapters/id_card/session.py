"""The conversation with a security module: one command, one reply, whatever the wire does to them."""

from __future__ import annotations

import asyncio

from firmware_adapters.id_card import commands, module_status, reasons
from firmware_adapters.id_card.commands import CardData, Command
from firmware_adapters.id_card.frames import BrokenFrame, Reply, ReplyParser, SdtError, encode_request
from firmware_adapters.id_card.transport import Transport

_AFTER_NOISE_S = 1.0
"""How long a reply is waited for after bytes that made no sense."""
_RESTART_POLL_S = 0.5
_MOST_NOISE = 4096
"""Bytes without a reply in them until the device is taken for something else."""


class LineFault(SdtError):
    """No proper reply came, also not to the command sent again."""


class ModuleRefusal(SdtError):
    """The module answered that it cannot do what was asked."""

    def __init__(self, sw3: int) -> None:
        super().__init__(module_status.reason_of(sw3) or reasons.UNLISTED_STATUS, f"SW3 {sw3:02X}")
        self.sw3 = sw3


class SdtSession:
    """Commands over a wire that is open. One at a time: the caller sees to that."""

    def __init__(
        self, transport: Transport, *, command_timeout_s: float, frame_gap_s: float, retries: int
    ) -> None:
        self.transport = transport
        self.command_timeout_s = command_timeout_s
        self.frame_gap_s = frame_gap_s
        self.retries = retries
        self.has_fingerprints = True
        """False once the module has refused to read them."""
        self.broken_replies = 0
        """Replies since the session began that were cut, damaged or no replies."""
        self.took_s = 0.0
        """How long the last command took, with what was sent again."""
        self._doubtful = True

    async def status(self, timeout_s: float | None = None, retries: int | None = None) -> None:
        """Ask whether the module is well. Raises ModuleRefusal when it is not, LineFault."""
        await self.command(commands.STATUS, timeout_s, retries)

    async def sam_id(self) -> str:
        """Return the module's number as it is printed. Raises ModuleRefusal, LineFault."""
        return commands.format_sam_id((await self.command(commands.SAM_ID)).data)

    async def reset(self) -> None:
        """Restart the module, as if it were powered anew, and wait until it is well again.

        Raises ModuleRefusal, LineFault.
        """
        await self.command(commands.RESET)
        loop = asyncio.get_running_loop()
        end = loop.time() + self.command_timeout_s
        while True:
            try:
                await self.status(_RESTART_POLL_S)
            except LineFault:
                if loop.time() >= end:
                    raise
            else:
                return

    async def find(self) -> bool:
        """Return whether a card answers that has not been read yet. Raises ModuleRefusal, LineFault."""
        try:
            await self.command(commands.FIND)
        except ModuleRefusal as refusal:
            if refusal.sw3 == module_status.FIND_FAILED:
                return False
            raise
        return True

    async def select(self) -> bytes:
        """Choose the card found; return its serial number, 8 bytes, zeros from most. Raises ModuleRefusal,
        LineFault."""
        return (await self.command(commands.SELECT)).data

    async def read_card(self, *, fingerprint: bool) -> CardData:
        """Read text and photo, and fingerprints when asked for and the module knows how.

        Raises ModuleRefusal, LineFault, SdtError for parts that do not add up.
        """
        if fingerprint and self.has_fingerprints:
            try:
                reply = await self.command(commands.READ_FINGERPRINT)
            except ModuleRefusal as refusal:
                if refusal.sw3 != module_status.BAD_COMMAND:
                    raise
                self.has_fingerprints = False
            else:
                return commands.split_card_data(reply.data, fingerprint=True)
        reply = await self.command(commands.READ)
        return commands.split_card_data(reply.data, fingerprint=False)

    async def new_address(self) -> bytes:
        """Return the address added later, empty when there is none. Raises ModuleRefusal, LineFault."""
        try:
            return (await self.command(commands.NEW_ADDRESS)).data
        except ModuleRefusal as refusal:
            if refusal.sw3 == module_status.ABSENT:
                return b""
            raise

    async def command(
        self, command: Command, timeout_s: float | None = None, retries: int | None = None
    ) -> Reply:
        """Return the reply that grants a command. Raises ModuleRefusal, LineFault, DeviceGone.

        A reply that came broken, or a module that says our request did, is asked for again; silence is not,
        since the module may be busy with it.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            attempts = 1 + (self.retries if retries is None else retries)
            for attempt in range(1, attempts + 1):
                last = attempt == attempts
                try:
                    reply = await self._exchange(command, timeout_s or self.command_timeout_s)
                except LineFault as fault:
                    if last or fault.reason is reasons.NO_ANSWER:
                        raise
                    continue
                if reply.sw3 == command.granted:
                    return reply
                if last or reply.sw3 not in module_status.REQUEST_BROKEN:
                    raise ModuleRefusal(reply.sw3)
            raise AssertionError("every attempt ends above")
        finally:
            self.took_s = loop.time() - began

    async def _exchange(self, command: Command, timeout_s: float) -> Reply:
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_s
        parser = ReplyParser()
        trouble: LineFault | None = None
        try:
            # A driver may hold a request for as long as the device takes nothing.
            async with asyncio.timeout(timeout_s):
                await self.transport.discard(thorough=self._doubtful)
                self._doubtful = True
                await self.transport.send(encode_request(command.command, command.parameter))
        except TimeoutError as full:
            raise LineFault(reasons.NO_ANSWER, str(full) or "the device takes no request") from full
        while True:
            wait_s = end - loop.time()
            if trouble is not None or parser.within_frame:
                wait_s = min(wait_s, self.frame_gap_s)
            elif parser.noise:
                wait_s = min(wait_s, _AFTER_NOISE_S)
            portion = await self.transport.receive(max(wait_s, 0))
            frames = parser.feed(portion) if portion else parser.cut()
            for frame in frames:
                if isinstance(frame, Reply) and command.fits(frame):
                    self._doubtful = False
                    return frame
                self.broken_replies += 1
                trouble = _trouble_with(frame)
            if not portion or loop.time() >= end or parser.noise > _MOST_NOISE:
                raise trouble or _trouble_without_frame(command, parser.noise)


def _trouble_with(frame: Reply | BrokenFrame) -> LineFault:
    if isinstance(frame, BrokenFrame):
        return LineFault(frame.reason, frame.detail)
    return LineFault(reasons.BAD_LENGTH, f"SW3 {frame.sw3:02X} with {len(frame.data)} bytes of data")


def _trouble_without_frame(command: Command, noise: int) -> LineFault:
    if noise:
        return LineFault(reasons.GARBAGE, f"{noise} bytes, no reply to {command.name}")
    return LineFault(reasons.NO_ANSWER, f"no reply to {command.name}")
