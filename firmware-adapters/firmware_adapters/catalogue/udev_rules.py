"""udev rules from the catalogue: who may open the devices, and what must keep its hands off them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from firmware_adapters.catalogue.entry import Entry, Match

FILE = "70-kaodian-devices.rules"
"""After 60-*, which find out what a node is; before 73-seat-late, which hands devices to who sits there."""
GROUP = "kaodian-devices"
NODES = ("usb", "tty", "hidraw", "input", "video4linux")
OPENS_NOTHING = frozenset({"printer.usb"})
"""Adapters that only see the device on the bus: its node stays with whom it belongs to, ipp-usb and lp."""
_ATTRIBUTES = frozenset({"index", "name"})
"""Properties of a sighting that are attributes to udev."""
_HEAD = """# 由 firmware_adapters/catalogue 生成，请勿手工修改：python -m firmware_adapters.catalogue write
# Made from firmware_adapters/catalogue, do not edit: python -m firmware_adapters.catalogue write
"""
_BEGINNING = f"""# 让 {GROUP} 组的服务能打开设备；串口读卡器不交给 ModemManager，USB 设备不自动休眠。
# Lets the service in group {GROUP} open the devices; keeps ModemManager off serial readers and USB
# devices awake.

ACTION=="remove", GOTO="kaodian_end"
"""
_TAIL = 'LABEL="kaodian_end"\n'


def udev_rules(entries: Sequence[Entry], *, head: str = _HEAD, more: str = "") -> str:
    """Return the file's text. Entries of services (pcscd, CUPS, NUT) need no rule; `more` are other rules."""
    parts = [head + _BEGINNING]
    for entry in sorted(entries, key=lambda one: (one.kind.value, one.id)):
        lines = [] if entry.adapter in OPENS_NOTHING else list(_rules(entry.match))
        if lines:
            parts.append(f"# {entry.id}: {entry.zh} / {entry.en}\n" + "".join(f"{line}\n" for line in lines))
    return "\n".join((*parts, *([more] if more else []), _TAIL))


def _rules(match: Match) -> Iterator[str]:
    for subsystem in match.subsystem:
        if subsystem not in NODES:
            continue
        for conditions in _conditions(match, subsystem):
            yield ", ".join(dict.fromkeys((*_head(subsystem), *conditions, *_deeds(subsystem))))


def _head(subsystem: str) -> tuple[str, ...]:
    if subsystem == "usb":
        return ('SUBSYSTEM=="usb"', 'ENV{DEVTYPE}=="usb_device"')
    if subsystem == "input":
        return ('SUBSYSTEM=="input"', 'KERNEL=="event*"')
    return (f'SUBSYSTEM=="{subsystem}"',)


def _deeds(subsystem: str) -> tuple[str, ...]:
    more = {
        "usb": ('TEST=="power/control"', 'ATTR{power/control}="on"'),
        # The device as a whole, and this port: what ModemManager writes to a port wakes a reader up.
        "tty": ('ENV{ID_MM_DEVICE_IGNORE}="1"', 'ENV{ID_MM_PORT_IGNORE}="1"'),
    }
    return (*more.get(subsystem, ()), f'GROUP="{GROUP}"', 'MODE="0660"')


def _conditions(match: Match, subsystem: str) -> Iterator[tuple[str, ...]]:
    """Yield what must hold, one rule each; names of maker and model are left to the daemon.

    Nothing is yielded for a match that would open every device of the machine to the service.
    """
    common: list[str] = []
    if match.interfaces is not None and subsystem != "hidraw":
        # hidraw nodes do not inherit the property.
        patterns = "|".join(f"*:{one}:*" for one in match.interfaces)
        common.append(f'ENV{{ID_USB_INTERFACES}}=="{patterns}"')
    if match.node is not None:
        common.append(f'KERNEL=="{"|".join(one.rpartition("/")[2] for one in match.node)}"')
    for name, globs in match.properties.items():
        key = f"ATTR{{{name}}}" if name in _ATTRIBUTES else f"ENV{{{name}}}"
        common.append(f'{key}=="{"|".join(globs)}"')
    if match.usb is None:
        if common:
            yield tuple(common)
        return
    for pattern in match.usb:
        vendor, _, product = pattern.partition(":")
        ids = [f'ATTRS{{idVendor}}=="{vendor}"']
        if product != "*":
            ids.append(f'ATTRS{{idProduct}}=="{product}"')
        yield (*ids, *common)
