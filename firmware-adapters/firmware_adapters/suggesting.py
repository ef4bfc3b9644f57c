"""For what no entry of the catalogue matches: the keys that would match it, and an entry to paste."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from firmware_adapters.adapter import DeviceKind
from firmware_adapters.adapters import ADAPTERS
from firmware_adapters.catalogue.entry import Entry
from firmware_adapters.catalogue.matching import best_entry
from firmware_adapters.interface import UnknownSighting
from firmware_adapters.sighting import Sighting

_NONE_OF_OURS = re.compile(r"(01|08|09|0a|05|10|11|dc|e0)....")
"""Interface classes of sound, disks, hubs, data, joysticks, radio: they say nothing of a kind."""
_NO_SCANNER = re.compile(r"keyboard|mouse|touch|trackpad|trackball|receiver|键盘|鼠标", re.IGNORECASE)
_FORMS: dict[tuple[DeviceKind, str], tuple[str, ...]] = {
    (DeviceKind.ID_CARD, "usb"): ("id_card.usb", "id_card.bulk"),
    (DeviceKind.ID_CARD, "hidraw"): ("id_card.hid",),
    (DeviceKind.ID_CARD, "tty"): ("id_card.serial",),
    (DeviceKind.SCANNER, "input"): ("scanner.keyboard", "scanner.hid"),
    (DeviceKind.SCANNER, "tty"): ("scanner.serial",),
}
"""Adapters by kind and what they open, the likely one first."""
_NODES: dict[DeviceKind, tuple[str, ...]] = {
    DeviceKind.ID_CARD: ("hidraw", "usb"),
    DeviceKind.SCANNER: ("tty", "input"),
    DeviceKind.CAMERA: ("video4linux",),
}
_WORDS: dict[DeviceKind, tuple[str, str]] = {
    DeviceKind.ID_CARD: ("身份证阅读器", "ID-card reader"),
    DeviceKind.SMART_CARD: ("智能卡读写器", "smart-card reader"),
    DeviceKind.SCANNER: ("扫码器", "code scanner"),
    DeviceKind.CAMERA: ("摄像头", "camera"),
    DeviceKind.PRINTER: ("打印机", "printer"),
    DeviceKind.RECEIPT_PRINTER: ("小票打印机", "receipt printer"),
    DeviceKind.POWER: ("不间断电源", "UPS"),
}


def unknown_sightings(
    entries: Sequence[Entry], sightings: Iterable[Sighting], adapters: Mapping[str, str] = ADAPTERS
) -> list[UnknownSighting]:
    """Return what is there, might be one of our kinds and matches no entry: one for each port."""
    ports: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        ports.setdefault(sighting.port or sighting.key, []).append(sighting)
    found = []
    for _, together in sorted(ports.items()):
        if any(best_entry(entries, sighting) is not None for sighting in together):
            continue
        guess = guessed_kind(together)
        if guess is not None:
            found.append(_unknown(_told_by(together, guess), guess, adapters))
    return found


def guessed_kind(together: Sequence[Sighting]) -> DeviceKind | None:
    """Return what the sightings of one port may be; None for what is surely none of our kinds."""
    interfaces = {one for sighting in together for one in sighting.interfaces}
    ours = {one for one in interfaces if not _NONE_OF_OURS.fullmatch(one)}
    subsystems = {sighting.subsystem for sighting in together}
    name = " ".join(f"{sighting.maker} {sighting.model}" for sighting in together)
    keyboard = any(sighting.properties.get("ID_INPUT_KEYBOARD") == "1" for sighting in together)
    if any(one.startswith("0b") for one in ours):
        return DeviceKind.SMART_CARD
    if "video4linux" in subsystems or any(one.startswith("0e") for one in ours):
        return DeviceKind.CAMERA
    if any(one.startswith("07") for one in ours):
        return DeviceKind.PRINTER
    # A serial port of the board is there with nothing at it; the site's own list names what it has.
    if any(sighting.subsystem == "tty" and sighting.usb_id for sighting in together):
        return DeviceKind.SCANNER
    if keyboard or "030101" in ours:
        return None if _NO_SCANNER.search(name) else DeviceKind.SCANNER
    if "030102" in ours:
        return None
    if any(one.startswith(("03", "ff")) for one in ours):
        # Vendor classes are also those of radio dongles; a reader has no other class beside it.
        return DeviceKind.ID_CARD if ours == interfaces else None
    other = {sighting.subsystem for sighting in together} - {"usb", "tty", "hidraw", "input", "video4linux"}
    if other & {"cups", "network"}:
        return DeviceKind.PRINTER
    if "pcsc" in other:
        return DeviceKind.SMART_CARD
    return DeviceKind.POWER if "nut" in other else None


def _told_by(together: Sequence[Sighting], guess: DeviceKind) -> Sighting:
    """Return the sighting that an adapter of this kind would open, else the first."""
    for subsystem in _NODES.get(guess, ()):
        for sighting in together:
            if sighting.subsystem == subsystem:
                return sighting
    return together[0]


def keys_of(sighting: Sighting) -> dict[str, Any]:
    """Return what matches a sighting, in the form of an entry's `match`."""
    keys: dict[str, Any] = {"subsystem": sighting.subsystem}
    if sighting.usb_id:
        keys["usb"] = [sighting.usb_id]
    elif sighting.model:
        keys["model"] = [sighting.model]
    elif sighting.node:
        keys["node"] = [sighting.node]
    if sighting.subsystem == "usb" and sighting.interfaces:
        keys["interfaces"] = list(dict.fromkeys(sighting.interfaces))
    if sighting.subsystem == "input":
        keys["properties"] = {"ID_INPUT_KEYBOARD": "1"}
    if sighting.subsystem == "video4linux":
        keys["properties"] = {"ID_V4L_CAPABILITIES": "*:capture:*", "index": "0"}
    return keys


def _unknown(sighting: Sighting, guess: DeviceKind, adapters: Mapping[str, str]) -> UnknownSighting:
    keys = keys_of(sighting)
    return UnknownSighting(
        key=sighting.key,
        subsystem=sighting.subsystem,
        node=sighting.node,
        usb_id=sighting.usb_id,
        interfaces=sighting.interfaces,
        serial=sighting.serial,
        maker=sighting.maker,
        model=sighting.model,
        port=sighting.port,
        guess=guess.value,
        keys=keys,
        suggestion=_suggestion(sighting, guess, keys, adapters),
    )


def _suggestion(
    sighting: Sighting, guess: DeviceKind, keys: Mapping[str, Any], adapters: Mapping[str, str]
) -> str:
    name = " ".join(filter(None, (sighting.maker, sighting.model)))
    zh, en = _WORDS[guess]
    tail = sighting.usb_id.replace(":", "-") or re.sub(r"[^a-z0-9]+", "-", (name or "new").lower()).strip("-")
    entry = {
        "id": f"{guess.value.replace('_', '-')}-{tail}"[:79],
        "kind": guess.value,
        "adapter": _adapter(guess, sighting.subsystem, adapters),
        "zh": f"{name} {zh}".strip()[:200],
        "en": f"{name} {en}".strip()[:200],
        "match": dict(keys),
        "source": "连接本机时所见 / seen when it was plugged in here",
        "confirmed": False,
        "rank": 10,
    }
    return yaml.safe_dump([entry], allow_unicode=True, sort_keys=False, width=1000)


def _adapter(guess: DeviceKind, subsystem: str, adapters: Mapping[str, str]) -> str:
    for name in _FORMS.get((guess, subsystem), ()):
        if name in adapters:
            return name
    family = f"{guess.value}."
    return next((name for name in adapters if name.startswith(family)), f"{family}{subsystem}")
