"""udev rules that let only USB interfaces of an exam site work: sticks and unknown kinds are refused."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_adapters.catalogue.entry import Entry

FILE = "71-kaodian-usb.rules"
STORAGE_OPEN = "/run/kaodian-stick/open"
"""While this file is there, sticks are let in: `kaodian-stick open` makes it."""
SITE_DEVICE = "KAODIAN_SITE_DEVICE"
"""Property of an interface that the site's own entries name."""
ALLOWED = ("01", "03", "07", "09", "0a", "0b", "0e", "10")
"""Classes of usb.org: sound, keyboards and scanners, printers, hubs, serial data, smart cards, video."""
_HEAD = f"""# 由 firmware_adapters/catalogue 生成，请勿手工修改：python -m firmware_adapters.catalogue write
# Made from firmware_adapters/catalogue, do not edit: python -m firmware_adapters.catalogue write
# 只放行考点用得到的 USB 接口；U 盘仅在 {STORAGE_OPEN} 存在时放行，网卡、无线等一律拒绝。
# Lets in only USB interfaces that a site uses; sticks while {STORAGE_OPEN} is there, no network, no radio.

ACTION!="add|change", GOTO="kaodian_usb_end"
SUBSYSTEM!="usb", GOTO="kaodian_usb_end"
ENV{{DEVTYPE}}!="usb_interface", GOTO="kaodian_usb_end"

ATTR{{bInterfaceClass}}=="{"|".join(ALLOWED)}", GOTO="kaodian_usb_end"
# 串口，不含网卡 / serial lines, not network adapters
ATTR{{bInterfaceClass}}=="02", ATTR{{bInterfaceSubClass}}=="02", GOTO="kaodian_usb_end"
ATTR{{bInterfaceClass}}=="08", TEST=="{STORAGE_OPEN}", GOTO="kaodian_usb_end"
# 考点自行列出的设备 / what the site itself names
ATTR{{bInterfaceClass}}=="ff", ENV{{{SITE_DEVICE}}}=="1", GOTO="kaodian_usb_end"
"""
_TAIL = """
ATTR{authorized}=="0", GOTO="kaodian_usb_end"
ATTR{authorized}="0", RUN+="/usr/bin/logger -p authpriv.warning -t kaodian-usb \
'已拒绝 / refused: USB class $attr{bInterfaceClass} at $kernel'"
LABEL="kaodian_usb_end"
"""


def usb_rules(entries: Sequence[Entry]) -> str:
    """Return the file's text. Interfaces of the maker's own kind (class ff) need an entry with their ids."""
    deed = 'GOTO="kaodian_usb_end"'
    return _HEAD + "".join(f"{_rule(pattern, deed)}\n" for pattern in _patterns(entries)) + _TAIL


def site_usb_rules(entries: Sequence[Entry]) -> str:
    """Return rules that mark interfaces of the maker's own kind which a site's own entries name."""
    interface = 'SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_interface"'
    deed = f'ENV{{{SITE_DEVICE}}}="1"'
    return "".join(f"{interface}, {_rule(pattern, deed)}\n" for pattern in _patterns(entries))


def _patterns(entries: Sequence[Entry]) -> list[str]:
    return sorted({pattern for entry in entries for pattern in _own_kind(entry)})


def _own_kind(entry: Entry) -> tuple[str, ...]:
    match = entry.match
    if match.usb is None:
        return ()
    own = match.interfaces is None or any(one[:2] in ("ff", "??") for one in match.interfaces)
    return match.usb if own else ()


def _rule(pattern: str, deed: str) -> str:
    vendor, _, product = pattern.partition(":")
    ids = [f'ATTRS{{idVendor}}=="{vendor}"']
    if product != "*":
        ids.append(f'ATTRS{{idProduct}}=="{product}"')
    return ", ".join(('ATTR{bInterfaceClass}=="ff"', *ids, deed))
