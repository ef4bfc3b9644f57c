"""Commands to a card as data: scripts (卡片指令脚本) of catalogue entries, and what they find. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from firmware_adapters.adapter import Options
from firmware_adapters.smart_card.apdu import (
    ApduWrong,
    Response,
    command_of,
    get_response,
    response_of,
    with_expected,
)

Coding = Literal["hex", "text", "gb18030", "utf-16-le", "utf-16-be", "bcd", "number"]
"""What kept bytes stand for: `text` is UTF-8, `bcd` two digits a byte (F fills), `number` big-endian."""

CHAIN_LIMIT: Final = 64 * 1024
"""Bytes that one command may give by GET RESPONSE."""
CHAIN_STEPS: Final = 512
STEPS_LIMIT: Final = 64

_STATUS: Final = re.compile(r"[0-9A-Fx]{4}")


def _command(text: str) -> str:
    try:
        command_of(text)
    except ApduWrong as error:
        raise ValueError(str(error)) from None
    return "".join(text.split()).upper()


def _status(text: str) -> str:
    wanted = text.upper().replace("X", "x")
    if not _STATUS.fullmatch(wanted):
        raise ValueError("a status word is four hexadecimal digits, x stands for any: 9000, 63Cx, 9xxx")
    return wanted


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Command = Annotated[str, AfterValidator(_command)]
Status = Annotated[str, AfterValidator(_status)]


class Kept(Options):
    """A part of a response's data that is handed out under a name."""

    skip: Annotated[int, Field(ge=0, le=65535)] = 0
    take: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Bytes; None takes all that follow."""
    coding: Coding = "hex"
    strip: bool = True
    """Drop NULs and blanks around text."""


class ScriptStep(Options):
    """One command and what must come back."""

    send: Command
    """Hexadecimal digits, blanks allowed."""
    expect: Annotated[tuple[Status, ...], Field(min_length=1, max_length=16)] = ("9000",)
    """Status words with which the script goes on; `x` stands for any digit."""
    keep: Annotated[dict[Name, Kept], Field(max_length=32)] = Field(default_factory=dict)
    optional: bool = False
    """Go on without what this step keeps when the card answers otherwise."""
    chain: bool = True
    """Fetch more after 61xx and send again after 6Cxx."""


class Script(Options):
    """Commands sent one after the other while nobody else may talk to the card."""

    zh: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    en: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    steps: Annotated[tuple[ScriptStep, ...], Field(min_length=1, max_length=STEPS_LIMIT)]


class ScriptStopped(Exception):
    """A step did not come out as expected; the message names step and status, English, one line."""


@dataclass(slots=True)
class ScriptRun:
    """What a script found and what went over the wire."""

    values: dict[str, str | int] = field(default_factory=dict)
    steps: list[dict[str, str]] = field(default_factory=list)
    """For each step `send`, `sw`, `data` in hexadecimal."""


Transmit = Callable[[bytes], bytes]
"""Sends one command and returns the response as it came."""


def run(script: Script, transmit: Transmit) -> ScriptRun:
    """Run a script. Raises ScriptStopped, ApduWrong for a malformed response, and what `transmit` raises."""
    done = ScriptRun()
    for number, step in enumerate(script.steps, start=1):
        response = exchange(bytes.fromhex(step.send), transmit, chain=step.chain)
        sw = f"{response.sw:04X}"
        done.steps.append({"send": step.send, "sw": sw, "data": response.data.hex().upper()})
        if not any(_is_like(sw, wanted) for wanted in step.expect):
            if step.optional:
                continue
            expected = "|".join(step.expect)
            raise ScriptStopped(f"step {number}: {step.send[:40]} gave {sw}, expected {expected}")
        for name, kept in step.keep.items():
            try:
                done.values[name] = decoded(response.data, kept)
            except ValueError as error:
                if step.optional:
                    continue
                raise ScriptStopped(f"step {number}: {name}: {error}") from None
    return done


def exchange(command: bytes, transmit: Transmit, *, chain: bool = True) -> Response:
    """Send a command and fetch all of its response. Raises ApduWrong and what `transmit` raises."""
    response = response_of(transmit(command))
    if not chain:
        return response
    if response.sw >> 8 == 0x6C:
        response = response_of(transmit(with_expected(command, response.sw & 0xFF)))
    data = bytearray(response.data)
    for _ in range(CHAIN_STEPS):
        if response.sw >> 8 != 0x61 or len(data) > CHAIN_LIMIT:
            break
        response = response_of(transmit(get_response(command, response.sw & 0xFF)))
        data += response.data
    if response.sw >> 8 == 0x61:
        raise ApduWrong(f"the card announces more and more data, {len(data)} bytes so far")
    return Response(bytes(data), response.sw)


def decoded(data: bytes, kept: Kept) -> str | int:
    """Return a part of a response as the script wants it. Raises ValueError for a part that is not there."""
    end = None if kept.take is None else kept.skip + kept.take
    part = data[kept.skip : end]
    if len(part) < (kept.take or 0) or kept.skip > len(data):
        raise ValueError(f"{len(data)} bytes of data, bytes {kept.skip} to {end or 'the end'} are wanted")
    if kept.coding == "hex":
        return part.hex().upper()
    if kept.coding == "number":
        if len(part) > 8:
            raise ValueError(f"{len(part)} bytes are too long for a number")
        return int.from_bytes(part, "big")
    if kept.coding == "bcd":
        digits = part.hex().upper().rstrip("F")
        if not digits.isdecimal() and digits:
            raise ValueError(f"{digits[:40]} is no packed decimal number")
        return digits
    encoding = "utf-8" if kept.coding == "text" else kept.coding
    try:
        text = part.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"it is no text in {encoding}: {error.reason} at byte {error.start}") from None
    return text.strip("\0 \t\r\n\u3000") if kept.strip else text


def _is_like(sw: str, wanted: str) -> bool:
    return all(pattern in ("x", digit) for digit, pattern in zip(sw, wanted, strict=True))
