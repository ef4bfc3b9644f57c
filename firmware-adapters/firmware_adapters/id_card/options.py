"""Options of ID-card readers: what a catalogue entry or a technician may set."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from firmware_adapters.adapter import Options

Seconds = Annotated[float, Field(gt=0, le=60)]


class PhotoCommand(Options):
    """A program that decodes WLT photos. `{input}` and `{output}` in its arguments stand for files; without
    them the photo goes to its standard input, and the picture is its standard output."""

    command: Annotated[tuple[str, ...], Field(min_length=1)]
    timeout_s: Seconds = 1.0


class PhotoLibrary(Options):
    """A vendor's shared library that decodes WLT photos; it is called in a process of its own."""

    library: str
    """Path of the .so file."""
    function: str = "unpack"
    call: Literal["buffers", "files"] = "buffers"
    """`buffers`: int f(photo, picture, int); `files`: int f(path of photo, path of picture)."""
    argument: int | None = 705
    """Third argument of `buffers`, by which some libraries know the wanted format; null for none."""
    success: int = 1
    """What the function returns when it has decoded."""
    timeout_s: Seconds = 1.0


class ReaderOptions(Options):
    """Options of every reader."""

    find_interval_s: Seconds = 0.3
    """How often a card is looked for. One second is common; 0.3 feels immediate."""
    status_interval_s: Seconds = 3.0
    """How often the module is asked whether it is well."""
    command_timeout_s: Seconds = 5.0
    probe_timeout_s: Seconds = 1.5
    """For the first answer, and for the one asked for after a silence."""
    frame_gap_s: Seconds = 0.4
    """A reply that stops for so long within itself is cut off."""
    slow_after_s: Seconds = 0.6
    """A find that takes longer is shown on the console as a slow reader; a usual one takes 0.1."""
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    """How often a command is sent again after a broken reply."""
    faults_before_failed: Annotated[int, Field(ge=1, le=100)] = 3
    """Looks in a row spoilt by broken replies until the reader counts as failed."""
    read_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """How often a card is read before it is called unreadable."""
    fingerprint: bool = False
    """Read the fingerprint features too (30 10); modules that do not know it are read without."""
    new_address: bool = True
    """Read the address added later (30 03)."""
    new_address_bytes: tuple[int, ...] = (70,)
    """Lengths a new address may have; the one in the protocol is not confirmed for every maker."""
    removal: Literal["probe", "next_card"] = "probe"
    """How removal is noticed. `find` cannot tell: after a read it answers 80 as long as the card lies, and
    also when it has gone. `probe` asks for the new address, which only a card on the reader can answer;
    `next_card` tells of the removal when another card is laid, for modules where the probe misleads."""
    removal_misses: Annotated[int, Field(ge=1, le=20)] = 2
    """Looks in a row without the card until it counts as removed."""
    photo_decoder: PhotoCommand | PhotoLibrary | None = None


class SerialOptions(ReaderOptions):
    """Options of a reader on a serial port: 8 data bits, no parity, 1 stop bit."""

    bauds: Annotated[tuple[Literal[115200, 57600, 38400, 19200, 9600], ...], Field(min_length=1)] = (
        115200,
        57600,
        38400,
        19200,
        9600,
    )
    """Speeds to try, in this order, until the module answers."""
    raise_baud: bool = False
    """Set a slower module to the first of `bauds`. It keeps that, so the maker's own program must know."""


class UsbOptions(ReaderOptions):
    """Options of a reader on USB bulk endpoints."""

    layout: Literal["auto", "pair", "four"] = "auto"
    """`pair`: one endpoint in each direction; `four`: header and body apart, OUT 02 and 06, IN 81 and 85."""


class HidOptions(ReaderOptions):
    """Options of a reader that speaks in HID reports."""

    report_bytes: Annotated[int, Field(ge=8, le=1024)] = 64
    length_byte: bool = False
    """The first byte of each report counts the bytes in use; false: frames are cut into reports as is."""
