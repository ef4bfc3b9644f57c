"""Options of code scanners: what a catalogue entry or a technician may set."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from evdev import ecodes
from pydantic import AfterValidator, Field, model_validator

from firmware_adapters.adapter import Options
from firmware_adapters.scanner.alt_code import AltCodes
from firmware_adapters.scanner.key_decoder import EndBy, KeyRules, Terminator
from firmware_adapters.scanner.line_splitter import Encoding, LineRules
from firmware_adapters.scanner.scan import LONGEST

Byte = Literal["cr", "lf", "tab", "nul", "etx", "eot"]
BYTES: Final[dict[Byte, int]] = {"cr": 0x0D, "lf": 0x0A, "tab": 0x09, "nul": 0x00, "etx": 0x03, "eot": 0x04}


def _key_code(name: str) -> str:
    if not name.startswith("KEY_") or not isinstance(getattr(ecodes, name, None), int):
        raise ValueError(f"没有按键 {name}，如 KEY_F8 / there is no key {name}; such as KEY_F8")
    return name


KeyName = Annotated[str, AfterValidator(_key_code)]


class ScannerOptions(Options):
    """Options of every scanner."""

    prefix: Annotated[str, Field(max_length=32)] = ""
    """What the scanner puts before every code and is no part of it."""
    aim_identifier: bool = False
    """The scanner puts the AIM identifier, such as `]Q1`, before every code."""
    longest: Annotated[int, Field(ge=1, le=LONGEST)] = LONGEST
    """Characters; more is no code."""
    repeat_window_s: Annotated[float, Field(ge=0, le=60)] = 2.0
    """The same code again within so long is marked as repeated."""
    end_by: EndBy = "auto"
    """What ends a scan, see key_decoder.py."""
    refused_before_degraded: Annotated[int, Field(ge=1, le=100)] = 3
    """Refused scans in a row until the scanner is shown as degraded."""


class KeyboardOptions(ScannerOptions):
    """Options of a scanner that types."""

    idle_s: Annotated[float, Field(ge=0.02, le=5)] = 0.25
    """Silence that ends a scan where no terminator does, and after which half-typed keys are let go."""
    terminators: Annotated[frozenset[Terminator], Field(min_length=1)] = frozenset({"enter", "tab"})
    alt_codes: AltCodes = "unicode"
    keys_as: dict[KeyName, Annotated[str, Field(min_length=1, max_length=4)]] = Field(
        default_factory=dict, max_length=64
    )
    """Further keys and what they stand for: `KEY_F8: "\\x1d"`."""

    def rules(self) -> KeyRules:
        """Return how this scanner types."""
        return KeyRules(
            terminators=self.terminators,
            end_by=self.end_by,
            alt_codes=self.alt_codes,
            keys_as={getattr(ecodes, name): text for name, text in self.keys_as.items()},
            longest=self.longest,
        )


class SerialOptions(ScannerOptions):
    """Options of a scanner on a serial line; a CDC-ACM one takes any speed."""

    idle_s: Annotated[float, Field(ge=0.02, le=5)] = 0.15
    """Silence that ends a scan where no terminator does. At 9600 baud a character takes 1 ms."""
    terminators: Annotated[frozenset[Byte], Field(min_length=1)] = frozenset({"cr", "lf"})
    encoding: Encoding = "auto"
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "odd", "even"] = "none"
    stop_bits: Literal[1, 2] = 1

    @model_validator(mode="after")
    def _seven_bits_carry_no_chinese(self) -> Self:
        if self.data_bits == 7 and self.encoding == "gb18030":
            raise ValueError("7 位数据位不能传输汉字 / 7 data bits cannot carry GB 18030")
        return self

    def rules(self) -> LineRules:
        """Return how this scanner writes to its line."""
        return LineRules(
            terminators=frozenset(BYTES[name] for name in self.terminators),
            end_by=self.end_by,
            encoding=self.encoding,
            longest=self.longest,
        )
