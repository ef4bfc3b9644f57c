"""Simulated smart-card readers behind a real pcscd: cards come over the wire of vsmartcard's driver.

The driver's protocol: two bytes of length, big-endian, then a message, both ways. One byte is for the card
itself: 00 power off, 01 power on, 02 reset, 04 asks for the answer to reset; more is a command.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from typing import Literal

from firmware_adapters.sighting import Sighting
from firmware_adapters.simulators.smart_card_cards import SimulatedSmartCard
from firmware_adapters.simulators.smart_card_service import SLOTS, PluggedReader, SimulatedPcscd

Misbehaviour = Literal["none", "silent", "garbage", "slow", "hang"]
SLOW_S = 0.4
GARBAGE = (b"\x90", b"\xff\xff", b"\x00\x00\x00", b"\x30" * 300)
GET_ATR = 4
SWAP_S = 0.6
"""A hand needs that long to swap cards, and pcscd, which asks this driver every 0.4 s, to notice it."""


class SimulatedSmartCardReader:
    """A reader with two slots that can be plugged in, given cards, and made to fail.

    `plug` and `unplug` belong to the event loop; acts may come from any thread.
    """

    def __init__(self, service: SimulatedPcscd, name: str = "Kaodian Simulated Reader") -> None:
        self.service = service
        self.name = name
        self._plugged: PluggedReader | None = None
        self._inserted: dict[int, _InsertedCard] = {}
        self._removed_at: dict[int, float] = {}
        self._mode: Misbehaviour = "none"
        self._behaves = threading.Event()
        self._behaves.set()
        self.command_waits = threading.Event()
        """Set once a question waits for an answer that does not come."""

    @property
    def plugged(self) -> bool:
        """Whether it is plugged in."""
        return self._plugged is not None

    def reader_name(self, slot: int = 0) -> str:
        """Return how PC/SC names a slot."""
        return f"{self.name} 00 {slot:02X}"

    def sighting(self, slot: int = 0) -> Sighting:
        """Return how the source shows a slot."""
        name = self.reader_name(slot)
        return Sighting(
            key=f"pcsc:{name}",
            subsystem="pcsc",
            node=name,
            model=self.name,
            port=name,
            properties={"interface": "", "slot": str(slot), "PCSC_SOCKET": self.service.socket},
        )

    async def plug(self) -> None:
        """Plug it in; pcscd is started when it does not run."""
        if self._plugged is None:
            self._plugged = await self.service.add_reader(self.name)
            for inserted in self._inserted.values():
                inserted.meet(self._plugged.port)

    async def unplug(self) -> None:
        """Pull it out, whatever it does at the moment; its cards stay in it."""
        plugged, self._plugged = self._plugged, None
        if plugged is not None:
            for inserted in self._inserted.values():
                inserted.part()
            await self.service.remove_reader(plugged)

    async def close(self) -> None:
        """Take all cards away and pull it out."""
        for slot in list(self._inserted):
            self.remove_card(slot)
        await self.unplug()

    def insert_card(self, card: SimulatedSmartCard, slot: int = 0) -> None:
        """Put a card in; one that was there goes."""
        if not 0 <= slot < SLOTS:
            raise ValueError(f"there is no slot {slot}")
        self.remove_card(slot)
        touches_at = self._removed_at.get(slot, -SWAP_S) + SWAP_S
        inserted = self._inserted[slot] = _InsertedCard(card, self, slot, touches_at)
        if self._plugged is not None:
            inserted.meet(self._plugged.port)

    def remove_card(self, slot: int = 0) -> None:
        """Take the card out, in the middle of whatever it does."""
        inserted = self._inserted.pop(slot, None)
        if inserted is not None:
            inserted.part()
            self._removed_at[slot] = time.monotonic()

    def misbehave(self, mode: Misbehaviour) -> None:
        """`silent`: commands get no answer; `garbage`: they get one that is none; `slow`: each takes 0.4 s;
        `hang`: nothing is answered at all, so that the driver hangs in pcscd; `none`: well again."""
        self._mode = mode
        self.command_waits.clear()
        if mode in ("silent", "hang"):
            self._behaves.clear()
        else:
            self._behaves.set()

    @property
    def mode(self) -> Misbehaviour:
        """How it behaves."""
        return self._mode

    def behaves_within(self, seconds: float) -> bool:
        """Wait until it behaves again; tell whether it does."""
        return self._behaves.wait(seconds)


class _InsertedCard:
    """A card in a slot: connects to the driver, again and again, as pcscd may be started anew."""

    def __init__(
        self, card: SimulatedSmartCard, reader: SimulatedSmartCardReader, slot: int, touches_at: float
    ) -> None:
        self._card = card
        self._touches_at = touches_at
        self._reader = reader
        self._slot = slot
        self._parted = threading.Event()
        self._line: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._garbage = itertools.cycle(GARBAGE)

    def meet(self, port: int) -> None:
        """Touch the contacts."""
        self._parted.clear()
        self._thread = threading.Thread(
            target=self._serve, args=(port + self._slot,), name="simulated smart card", daemon=True
        )
        self._thread.start()

    def part(self) -> None:
        """Leave the contacts."""
        self._parted.set()
        line = self._line
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _serve(self, port: int) -> None:
        self._parted.wait(max(0.0, self._touches_at - time.monotonic()))
        while not self._parted.is_set():
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
                    line.settimeout(None)
                    self._line = line
                    self._card.power()
                    while not self._parted.is_set():
                        self._take(line, _message(line))
            except OSError:
                self._parted.wait(0.02)
            finally:
                self._line = None

    def _take(self, line: socket.socket, message: bytes) -> None:
        mode = self._reader.mode
        if mode == "hang":
            self._reader.command_waits.set()
            self._wait_until_it_behaves()
        if len(message) == 1:
            if message[0] == GET_ATR:
                _send(line, self._card.atr)
            else:
                self._card.power()
            return
        if not message:
            return
        if mode == "silent":
            self._reader.command_waits.set()
            self._wait_until_it_behaves()
        if mode == "garbage":
            _send(line, next(self._garbage))
            return
        if mode == "slow" and self._parted.wait(SLOW_S):
            return
        _send(line, self._card.answer(message))

    def _wait_until_it_behaves(self) -> None:
        while not self._parted.is_set() and not self._reader.behaves_within(0.02):
            pass


def _message(line: socket.socket) -> bytes:
    return _exactly(line, int.from_bytes(_exactly(line, 2), "big"))


def _exactly(line: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = line.recv(length - len(data))
        if not part:
            raise ConnectionError("the driver has hung up")
        data += part
    return data


def _send(line: socket.socket, message: bytes) -> None:
    line.sendall(len(message).to_bytes(2, "big") + message)
