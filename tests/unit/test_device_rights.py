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
from firmware_adapters.catalogue.udev_rules import GROUP, NODES, OPENS_NOTHING, udev_rules

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
