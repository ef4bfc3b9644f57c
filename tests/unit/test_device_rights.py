"""What is installed so that the devices' service may open devices: udev rules, and polkit's for pcscd."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from firmware_adapters.catalogue.entry import Entry
from firmware_adapters.catalogue.loading import catalogue_files, load_placed
from firmware_adapters.catalogue.polkit_rules import polkit_rules
from firmware_adapters.catalogue.site_rules import site_rules
from firmware_adapters.catalogue.udev_rules import GROUP, NODES, OPENS_NOTHING, udev_rules
from firmware_adapters.catalogue.usb_rules import SITE_DEVICE, STORAGE_OPEN, usb_rules

PART = re.compile(r'([A-Z]+(?:\{[\w/]+\})?)(==|!=|\+=|=)"([^"]*)"')
ASKS_POLKIT = """
const rules = [];
const polkit = { Result: { YES: "yes", NOT_HANDLED: null }, addRule: (rule) => rules.push(rule) };
eval(require("fs").readFileSync(0, "utf8"));
const told = (id, groups) =>
  rules.map((rule) => rule({ id }, { user: "kaodian", isInGroup: (name) => groups.includes(name) }));
console.log(JSON.stringify([
  told("org.debian.pcsc-lite.access_pcsc", [GROUP]),
  told("org.debian.pcsc-lite.access_card", [GROUP]),
  told("org.debian.pcsc-lite.access_card", ["users"]),
  told("org.freedesktop.login1.power-off", [GROUP]),
]));
"""


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return [placed.entry for placed in load_placed(catalogue_files())]


def rules_of(entries: list[Entry]) -> Iterator[dict[str, str]]:
    """Yield the rules as parts, after checking that each line is nothing but such parts."""
    for line in udev_rules(entries).splitlines():
        if line and not line.startswith("#"):
            assert PART.sub("", line).replace(", ", "") == "", line
            yield {key + how: value for key, how, value in PART.findall(line)}


def test_every_device_that_is_opened_by_its_node_has_a_rule_that_opens_it_to_the_service(
    entries: list[Entry],
) -> None:
    for entry in entries:
        nodes = [one for one in entry.match.subsystem if one in NODES]
        if entry.adapter in OPENS_NOTHING or not nodes:
            continue
        rules = [rule for rule in rules_of([entry]) if "SUBSYSTEM==" in rule]
        assert {rule["SUBSYSTEM=="] for rule in rules} == set(nodes), entry.id
        for rule in rules:
            assert (rule["GROUP="], rule["MODE="]) == (GROUP, "0660"), entry.id
            # Beside the subsystem there is always what narrows a rule down to the device.
            assert len([key for key in rule if key.endswith("==") and key != "SUBSYSTEM=="]) >= 1, entry.id


def test_modem_manager_keeps_off_every_serial_device(entries: list[Entry]) -> None:
    serial = [rule for rule in rules_of(entries) if rule.get("SUBSYSTEM==") == "tty"]
    assert len(serial) >= 2
    for rule in serial:
        assert rule["ENV{ID_MM_DEVICE_IGNORE}="] == rule["ENV{ID_MM_PORT_IGNORE}="] == "1"


def test_polkit_lets_the_group_use_pcscd_and_nothing_else(entries: list[Entry]) -> None:
    program = ASKS_POLKIT.replace("GROUP", json.dumps(GROUP))
    asked = subprocess.run(
        ["node", "-e", program], input=polkit_rules(entries).encode(), capture_output=True, check=True
    )
    assert json.loads(asked.stdout) == [["yes"], ["yes"], [None], [None]]
    without = [entry for entry in entries if "pcsc" not in entry.match.subsystem]
    assert "addRule" not in polkit_rules(without)


Plugged = dict[str, str]


def plugged(
    kind: str, *, usb: str = "dead:beef", subclass: str = "00", open_for_sticks: bool = False
) -> Plugged:
    """Return what udev knows of a USB interface of a class."""
    vendor, _, product = usb.partition(":")
    return {
        "ACTION": "add",
        "SUBSYSTEM": "usb",
        "ENV{DEVTYPE}": "usb_interface",
        "ATTR{bInterfaceClass}": kind,
        "ATTR{bInterfaceSubClass}": subclass,
        "ATTRS{idVendor}": vendor,
        "ATTRS{idProduct}": product,
        "ATTR{authorized}": "1",
        f"ENV{{{SITE_DEVICE}}}": "",
        "TEST": STORAGE_OPEN if open_for_sticks else "",
    }


def let_in(entries: list[Entry], interface: Plugged) -> bool:
    """Go through the rules as udev does; tell whether the interface stays authorized."""
    skip_to = ""
    for line in usb_rules(entries).splitlines():
        if not line or line.startswith("#"):
            continue
        parts = PART.findall(line.replace("'", ""))
        assert parts, line
        if skip_to:
            skip_to = "" if ("LABEL", "=", skip_to) in parts else skip_to
            continue
        tests = [(key, how, value) for key, how, value in parts if how in ("==", "!=")]
        if all((interface[key] in value.split("|")) is (how == "==") for key, how, value in tests):
            if ("ATTR{authorized}", "=", "0") in parts:
                return False
            skip_to = next((value for key, _, value in parts if key == "GOTO"), "")
    return True


@pytest.mark.parametrize(
    ("interface", "expected"),
    [
        (plugged("03"), True),
        (plugged("07"), True),
        (plugged("0b"), True),
        (plugged("0e", subclass="01"), True),
        (plugged("09"), True),
        (plugged("02", subclass="02"), True),
        (plugged("02", subclass="06"), False),
        (plugged("08", subclass="06"), False),
        (plugged("08", subclass="06", open_for_sticks=True), True),
        (plugged("ff", usb="0400:c35a"), True),
        (plugged("ff"), False),
        (plugged("e0"), False),
        (plugged("fe"), False),
        (plugged("ef"), False),
    ],
)
def test_usb_interfaces_that_a_site_uses_are_let_in_and_no_others(
    entries: list[Entry], interface: Plugged, expected: bool
) -> None:
    assert let_in(entries, interface) is expected


def test_what_is_no_interface_is_left_alone(entries: list[Entry]) -> None:
    assert let_in(entries, {**plugged("08"), "ENV{DEVTYPE}": "usb_device"})
    assert let_in(entries, {**plugged("08"), "SUBSYSTEM": "block"})


def test_every_device_of_the_makers_own_kind_in_the_catalogue_is_let_in(entries: list[Entry]) -> None:
    own = [
        pattern
        for entry in entries
        for pattern in entry.match.usb or ()
        if any(one.startswith("ff") for one in entry.match.interfaces or ())
    ]
    assert len(own) >= 5
    for pattern in own:
        assert let_in(entries, plugged("ff", usb=pattern.replace("*", "0001"))), pattern


SITE_ENTRY = {
    "id": "our-scanner",
    "kind": "scanner",
    "adapter": "scanner.keyboard",
    "zh": "本站扫码器",
    "en": "our scanner",
    "match": {
        "subsystem": "input",
        "usb": ["0627:0001"],
        "node": "/dev/input/event*",
        "properties": {"ID_INPUT_KEYBOARD": "1"},
    },
    "source": "met at the site",
    "confirmed": False,
}


def test_a_device_that_only_the_site_names_is_opened_as_well() -> None:
    text = site_rules([SITE_ENTRY, {"id": "nonsense"}])
    (rule,) = (line for line in text.splitlines() if "GROUP=" in line and not line.startswith("#"))
    told = {key + how: value for key, how, value in PART.findall(rule)}
    assert told["SUBSYSTEM=="] == "input"
    assert (told["ATTRS{idVendor}=="], told["ATTRS{idProduct}=="]) == ("0627", "0001")
    assert (told["GROUP="], told["MODE="]) == (GROUP, "0660")


def test_no_entry_of_the_site_opens_nothing() -> None:
    assert "GROUP=" not in site_rules([])


def test_a_maker_s_own_kind_that_only_the_site_names_is_let_in(entries: list[Entry]) -> None:
    named = {**SITE_ENTRY, "match": {"subsystem": "usb", "usb": ["dead:*"], "interfaces": ["ffffff"]}}
    (rule,) = (line for line in site_rules([named]).splitlines() if f'ENV{{{SITE_DEVICE}}}="1"' in line)
    interface = plugged("ff")
    assert not let_in(entries, interface)
    tests = [(key, value) for key, how, value in PART.findall(rule) if how == "=="]
    assert all(interface[key] == value for key, value in tests)
    assert let_in(entries, {**interface, f"ENV{{{SITE_DEVICE}}}": "1"})
    # What the site names keeps out what is of no use here, however it is written.
    assert not let_in(entries, {**plugged("e0"), f"ENV{{{SITE_DEVICE}}}": "1"})
