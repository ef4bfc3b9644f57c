"""The processor: model, base clock, cores, width."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from exam_appliance.readiness.machine.files import names, number, text

_CLOCK_IN_NAME = re.compile(r"@\s*(\d+(?:\.\d+)?)\s*GHz", re.IGNORECASE)
_WIDE = frozenset({"x86_64", "aarch64", "loongarch64", "mips64", "ppc64le", "riscv64", "s390x", "sw_64"})


@dataclass(frozen=True, slots=True)
class Cpu:
    """The processors of a machine."""

    model: str
    """Empty when the machine does not tell."""
    clock_mhz: int | None
    """Base clock (主频); None when only a clock that varies with load is known."""
    seen_mhz: int | None
    """The highest clock seen just now: a lower bound of what it can do."""
    cores: int
    """Cores without their threads; 0 when not known."""
    bits: int | None
    virtual: bool
    """The machine is a virtual one."""


def cpu(root: Path, architecture: str) -> Cpu:
    """Return the processors; `architecture` is that of the kernel, such as x86_64."""
    blocks = [_fields(block) for block in text(root / "proc/cpuinfo").split("\n\n")]
    blocks = [block for block in blocks if "processor" in block]
    first = blocks[0] if blocks else {}
    flags = first.get("flags", "").split()
    model = first.get("model name") or first.get("Model Name") or first.get("cpu model") or ""
    seen = [float(block["cpu MHz"]) for block in blocks if _is_number(block.get("cpu MHz", ""))]
    return Cpu(
        model=" ".join(model.split()),
        clock_mhz=_base_clock(root, model),
        seen_mhz=round(max(seen)) if seen else _highest_clock(root),
        cores=_cores(root, blocks),
        bits=64 if "lm" in flags or architecture in _WIDE else 32 if architecture else None,
        virtual="hypervisor" in flags,
    )


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in block.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def _is_number(value: str) -> bool:
    return re.fullmatch(r"\d{1,6}(\.\d+)?", value) is not None


def _base_clock(root: Path, model: str) -> int | None:
    base = number(root / "sys/devices/system/cpu/cpu0/cpufreq/base_frequency")
    if base:
        return base // 1000
    named = _CLOCK_IN_NAME.search(model)
    return round(float(named[1]) * 1000) if named else None


def _highest_clock(root: Path) -> int | None:
    highest = number(root / "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq")
    return highest // 1000 if highest else None


def _cores(root: Path, blocks: list[dict[str, str]]) -> int:
    told = {(b["physical id"], b["core id"]) for b in blocks if "physical id" in b and "core id" in b}
    if told:
        return len(told)
    folder = root / "sys/devices/system/cpu"
    placed = {
        (text(folder / name / "topology/physical_package_id"), text(folder / name / "topology/core_id"))
        for name in names(folder)
        if re.fullmatch(r"cpu\d+", name) and text(folder / name / "topology/core_id")
    }
    return len(placed) or len(blocks)
