"""The page of supported hardware, from the catalogue: Chinese first, English beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from firmware_adapters.adapter import DeviceKind
from firmware_adapters.catalogue.entry import Entry, Match

FILE = "SUPPORTED.md"
KIND_WORDS: dict[DeviceKind, tuple[str, str]] = {
    DeviceKind.ID_CARD: ("身份证阅读器", "ID-card readers"),
    DeviceKind.SMART_CARD: ("智能卡读写器", "Smart-card readers"),
    DeviceKind.SCANNER: ("扫码器", "Code scanners"),
    DeviceKind.CAMERA: ("摄像头", "Cameras"),
    DeviceKind.PRINTER: ("打印机", "Printers"),
    DeviceKind.RECEIPT_PRINTER: ("小票打印机", "Receipt printers"),
    DeviceKind.POWER: ("不间断电源", "UPSes"),
}
_COLUMNS = """\
| 设备 device | 匹配 match | 适配器 adapter | 确认 confirmed | 来源 source |
|---|---|---|---|---|"""
_HEAD = """# 支持的设备 / Supported hardware

<!-- 由 firmware_adapters/catalogue 生成，请勿手工修改：python -m firmware_adapters.catalogue write -->
<!-- Made from firmware_adapters/catalogue, do not edit: python -m firmware_adapters.catalogue write -->

设备插上后一秒内出现在控制台，无需配置。“已确认”表示设备标识有公开资料为证；未确认的请先做自检。
表中没有的设备：插上后执行 `exam-appliance devices suggest`，把给出的条目写入考点配置的 `devices.entries`。

A device shows on the console within a second of being plugged in; nothing is configured. "Confirmed" means
that a public source bears the ids out; test the others first. For a device that is not listed: plug it in,
run `exam-appliance devices suggest` and put the entry that it prints below `devices.entries` of the site's
configuration.
"""


def supported_page(entries: Sequence[Entry]) -> str:
    """Return the page as Markdown: one table for each kind that has entries."""
    parts = [_HEAD]
    for kind, (zh, en) in KIND_WORDS.items():
        rows = [_row(entry) for entry in sorted(entries, key=_order) if entry.kind is kind]
        if rows:
            parts.append(f"## {zh} / {en}\n\n" + "\n".join((_COLUMNS, *rows)) + "\n")
    return "\n".join(parts)


def _order(entry: Entry) -> tuple[int, str]:
    return -entry.rank, entry.id


def _row(entry: Entry) -> str:
    quirks = f"<br>特性 quirks: {', '.join(entry.quirks)}" if entry.quirks else ""
    cells = (
        f"{_cell(entry.zh)}<br>{_cell(entry.en)}",
        "<br>".join(_match(entry.match)),
        f"`{entry.adapter}`{quirks}",
        "是 yes" if entry.confirmed else "否 no",
        _cell(entry.source),
    )
    return f"| {' | '.join(cells)} |"


def _match(match: Match) -> Iterator[str]:
    yield _code(match.subsystem)
    for globs in (match.usb, match.interfaces, match.node, match.maker, match.model):
        if globs is not None:
            yield _code(globs)
    for name, globs in match.properties.items():
        yield f"{_cell(name)} = {_code(globs)}"


def _code(texts: Sequence[str]) -> str:
    return " ".join(f"`{_cell(text)}`" for text in texts)


def _cell(text: str) -> str:
    """Return a text that cannot break out of its cell."""
    return text.replace("|", "\\|").replace("\n", " ")
