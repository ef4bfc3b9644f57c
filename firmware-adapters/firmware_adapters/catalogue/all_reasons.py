"""Every reason that a device or a source can give: gathered from the families, linted, put on a page."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from pathlib import Path

import firmware_adapters
from firmware_adapters.adapter import Reason
from firmware_adapters.catalogue.loading import CatalogueProblem

FILE = "REASONS.md"
MANAGER = ("device", "source", "dock")
"""What the codes of the manager's own reasons begin with."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH = re.compile(r"[A-Za-z]+")
_CODE = re.compile(r"[a-z][a-z_]*\.[a-z][a-z0-9_]*")
_HEAD = """# 设备原因代码 / Reason codes of devices

<!-- 由各 reasons.py 生成，请勿手工修改：python -m firmware_adapters.catalogue write -->
<!-- Made from each reasons.py, do not edit: python -m firmware_adapters.catalogue write -->

控制台、记录和接口用这些代码说明设备处于某状态的原因；每句话都告诉技术员下一步做什么。

The console, the history and the interface use these codes; each sentence says what to do next.
"""


def reasons_by_family() -> dict[str, Mapping[str, Reason]]:
    """Return the `REASONS` of each family, the manager's own under an empty name.

    Raises ImportError, AttributeError for a family whose reasons cannot be read.
    """
    folder = Path(firmware_adapters.__file__).parent
    found: dict[str, Mapping[str, Reason]] = {}
    for file in (folder / "reasons.py", *sorted(folder.glob("*/reasons.py"))):
        family = "" if file.parent == folder else file.parent.name
        name = ".".join(filter(None, ("firmware_adapters", family, "reasons")))
        found[family] = importlib.import_module(name).REASONS
    return found


def lint_reasons(found: Mapping[str, Mapping[str, Reason]]) -> list[CatalogueProblem]:
    """Return every fault of the reasons: codes that are doubled or not their family's, missing sentences."""
    problems: list[CatalogueProblem] = []
    seen: dict[str, str] = {}
    for family, reasons in found.items():
        file = f"{family}/reasons.py" if family else "reasons.py"
        for code, reason in reasons.items():
            problems += [
                CatalogueProblem(file, 0, code, "", zh, en) for zh, en in _faults(family, code, reason)
            ]
            first = seen.setdefault(code, file)
            if first != file:
                zh, en = f"代码重复，{first} 已有", f"the code stands in {first} too"
                problems.append(CatalogueProblem(file, 0, code, "", zh, en))
    return problems


def _faults(family: str, code: str, reason: Reason) -> list[tuple[str, str]]:
    faults = []
    if code != reason.code:
        faults.append((f"键与代码 {reason.code} 不同", f"the key is not its code {reason.code}"))
    if not _CODE.fullmatch(code):
        faults.append(("代码须形如 family.name", "a code must be like family.name"))
    elif code.partition(".")[0] not in ((family,) if family else MANAGER):
        begins = family or ", ".join(MANAGER)
        faults.append((f"代码须以 {begins} 开头", f"its code must begin with {begins}"))
    if not _CHINESE.search(reason.zh):
        faults.append(("zh 须含中文句子", "zh must be a Chinese sentence"))
    # A Chinese word may stand in it, such as 长期 on a card.
    if len(_ENGLISH.findall(reason.en)) < 3:
        faults.append(("en 须为英文句子", "en must be an English sentence"))
    return faults


def reasons_page(found: Mapping[str, Mapping[str, Reason]]) -> str:
    """Return the page as Markdown, one table for each family."""
    parts = [_HEAD]
    for family, reasons in sorted(found.items()):
        rows = "\n".join(
            f"| `{reason.code}` | {_cell(reason.zh)} | {_cell(reason.en)} |"
            for reason in sorted(reasons.values(), key=lambda one: one.code)
        )
        title = family or "设备服务 / the device service"
        parts.append(f"## {title}\n\n| 代码 code | 说明 | what it means |\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
