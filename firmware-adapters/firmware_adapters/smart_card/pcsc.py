"""PC/SC as this family uses it: a context, its readers, a connection to a card. Every call may block.

A context is dead for good once pcscd has gone (INVALID_HANDLE, NO_SERVICE): build a new one in a new
process, as libpcsclite keeps state of its own. One thread may wait in a context while no other uses it;
`cancel` alone may come from another thread.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Final, Self

import smartcard.scard as scard

SOCKET_VARIABLE: Final = "PCSCLITE_CSOCK_NAME"
"""Environment variable by which libpcsclite finds another pcscd than the system's."""
PLUG_AND_PLAY: Final = "\\\\?PnP?\\Notification"
"""The reader's name that stands for readers coming and going."""
FOR_EVER_MS: Final = scard.INFINITE

_NAMES: Final = {
    getattr(scard, name) & 0xFFFFFFFF: name
    for name in dir(scard)
    if name.startswith(("SCARD_E_", "SCARD_W_", "SCARD_F_"))
}
_SERVICE_GONE: Final = frozenset(
    {
        "SCARD_E_NO_SERVICE",
        "SCARD_E_SERVICE_STOPPED",
        "SCARD_E_INVALID_HANDLE",
        "SCARD_F_COMM_ERROR",
        "SCARD_F_INTERNAL_ERROR",
    }
)
_READER_GONE: Final = frozenset(
    {"SCARD_E_UNKNOWN_READER", "SCARD_E_READER_UNAVAILABLE", "SCARD_E_NO_READERS_AVAILABLE"}
)


class PcscError(Exception):
    """A call failed; `name` is the error's name in winscard.h."""

    def __init__(self, code: int, call: str) -> None:
        self.code = code & 0xFFFFFFFF
        self.name = _NAMES.get(self.code, f"0x{self.code:08X}")
        super().__init__(f"{call}: {self.name}")

    @property
    def service_gone(self) -> bool:
        """Whether pcscd has ended: this context will never work again."""
        return self.name in _SERVICE_GONE

    @property
    def reader_gone(self) -> bool:
        """Whether the reader is not there any more."""
        return self.name in _READER_GONE


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """A reader at one moment."""

    word: int
    """State as PC/SC tells it, to wait for the next change from."""
    atr: bytes = b""

    def has(self, state: str) -> bool:
        """Return whether a state of winscard.h holds: `PRESENT`, `MUTE`, `UNKNOWN` ..."""
        return bool(self.word & getattr(scard, f"SCARD_STATE_{state}"))

    @property
    def count(self) -> int:
        """How often a card came or went, modulo 65536."""
        return self.word >> 16 & 0xFFFF


UNAWARE: Final = ReaderStatus(scard.SCARD_STATE_UNAWARE)


class PcscContext:
    """A context; a context manager."""

    def __init__(self, socket: str = "") -> None:
        """Connect to pcscd, to that behind another socket than the system's when one is given.

        libpcsclite looks for the socket once in the life of a process. Raises PcscError.
        """
        if socket:
            os.environ[SOCKET_VARIABLE] = socket
        code, self._handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        _check(code, "SCardEstablishContext")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def readers(self) -> list[str]:
        """Return the names of all readers."""
        # pyscard raises SystemError where the C library gives it nothing at all.
        code, names = _called(scard.SCardListReaders, self._handle, [])
        error = PcscError(code, "SCardListReaders")
        if error.name == "SCARD_E_NO_READERS_AVAILABLE":
            return []
        _check(code, "SCardListReaders")
        return list(names)

    def wait(self, known: dict[str, ReaderStatus], timeout_ms: int) -> dict[str, ReaderStatus]:
        """Return all states once one differs from what is known. Raises PcscError TIMEOUT, CANCELLED."""
        asked = [(name, status.word) for name, status in known.items()]
        code, states = _called(scard.SCardGetStatusChange, self._handle, timeout_ms, asked)
        _check(code, "SCardGetStatusChange")
        changed = scard.SCARD_STATE_CHANGED
        return {name: ReaderStatus(word & ~changed, bytes(atr)) for name, word, atr in states}

    def wait_for_readers(self, timeout_ms: int) -> None:
        """Return when a reader came or went, or the time is over."""
        try:
            self.wait({PLUG_AND_PLAY: UNAWARE}, timeout_ms)
        except PcscError as error:
            if error.name != "SCARD_E_TIMEOUT":
                raise

    def cancel(self) -> None:
        """End a `wait` of another thread."""
        scard.SCardCancel(self._handle)

    def connect_reader(self, reader: str) -> CardConnection:
        """Connect to the reader itself, whether there is a card or not."""
        code, handle, _ = scard.SCardConnect(self._handle, reader, scard.SCARD_SHARE_DIRECT, 0)
        _check(code, "SCardConnect")
        return CardConnection(handle, 0)

    def connect_card(self, reader: str) -> CardConnection:
        """Connect to the card, shared with other programs."""
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        code, handle, protocol = scard.SCardConnect(self._handle, reader, scard.SCARD_SHARE_SHARED, protocols)
        _check(code, "SCardConnect")
        return CardConnection(handle, protocol)

    def release(self) -> None:
        """Give the context back; never raises."""
        scard.SCardReleaseContext(self._handle)


class CardConnection:
    """A connection to a reader or a card; a context manager."""

    def __init__(self, handle: Any, protocol: int) -> None:
        self._handle = handle
        self._protocol = protocol

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()

    @property
    def protocol(self) -> str:
        """`T=0`, `T=1`, or empty."""
        names = {scard.SCARD_PROTOCOL_T0: "T=0", scard.SCARD_PROTOCOL_T1: "T=1"}
        return names.get(self._protocol, "")

    def attribute(self, name: str) -> bytes:
        """Return an attribute of the reader, `VENDOR_NAME`; empty where it has none."""
        code, value = _called(scard.SCardGetAttrib, self._handle, getattr(scard, f"SCARD_ATTR_{name}"))
        error = PcscError(code, "SCardGetAttrib")
        if error.service_gone or error.reader_gone:
            raise error
        return bytes(value) if code == scard.SCARD_S_SUCCESS else b""

    def begin(self) -> None:
        """Keep all others from the card until `end`; a card that another program reset is taken anew."""
        code = scard.SCardBeginTransaction(self._handle)
        if PcscError(code, "").name == "SCARD_W_RESET_CARD":
            protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
            code, self._protocol = scard.SCardReconnect(
                self._handle, scard.SCARD_SHARE_SHARED, protocols, scard.SCARD_LEAVE_CARD
            )
            _check(code, "SCardReconnect")
            code = scard.SCardBeginTransaction(self._handle)
        _check(code, "SCardBeginTransaction")

    def end(self) -> None:
        """Let others have the card, as it is; never raises."""
        scard.SCardEndTransaction(self._handle, scard.SCARD_LEAVE_CARD)

    def transmit(self, command: bytes) -> bytes:
        """Send a command and return what came back, as it came."""
        code, response = _called(scard.SCardTransmit, self._handle, self._protocol, list(command))
        _check(code, "SCardTransmit")
        if not response:
            # Some drivers call it a success when the card was pulled out in the middle.
            raise PcscError(scard.SCARD_E_NOT_TRANSACTED, "SCardTransmit")
        return bytes(one & 0xFF for one in response)

    def disconnect(self) -> None:
        """Leave the card as it is; never raises."""
        scard.SCardDisconnect(self._handle, scard.SCARD_LEAVE_CARD)


def _called(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except SystemError as error:
        raise PcscError(scard.SCARD_F_INTERNAL_ERROR, function.__name__) from error


def _check(code: int, call: str) -> None:
    if code != scard.SCARD_S_SUCCESS:
        raise PcscError(code, call)
