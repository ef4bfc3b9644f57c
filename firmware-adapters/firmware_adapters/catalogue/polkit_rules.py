"""The polkit rule that lets the devices' service use pcscd, which else serves who sits at the machine."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_adapters.catalogue.entry import Entry
from firmware_adapters.catalogue.udev_rules import GROUP

FILE = "49-kaodian-pcscd.rules"
"""Before polkit's own 50-default.rules; installed to /etc/polkit-1/rules.d."""
ACTIONS = ("org.debian.pcsc-lite.access_pcsc", "org.debian.pcsc-lite.access_card")
"""Both are asked for: one at the connection, one at each card (pcsc-lite, doc/README.polkit)."""


def polkit_rules(entries: Sequence[Entry]) -> str:
    """Return the file's text; one that allows nothing where no entry is reached through pcscd.

    polkit looks the groups of a process up by its user, so that the user has to be a member: a unit's
    SupplementaryGroups do not count. Its interpreter knows ECMAScript 5 (duktape).
    """
    through_pcscd = any("pcsc" in entry.match.subsystem for entry in entries)
    tests = " ||\n         ".join(f'action.id === "{action}"' for action in ACTIONS)
    rule = f"""polkit.addRule(function (action, subject) {{
    if (({tests}) &&
        subject.isInGroup("{GROUP}")) {{
        return polkit.Result.YES;
    }}
    return polkit.Result.NOT_HANDLED;
}});
"""
    head = f"""// 由设备目录生成，请勿手工修改：python -m firmware_adapters.catalogue write
// Made from the catalogue of devices, do not edit: python -m firmware_adapters.catalogue write
// 允许 {GROUP} 组的用户使用智能卡服务 pcscd；须把服务的用户加入该组。
// Lets users of the group {GROUP} use the smart-card service pcscd; the service's user must be a member.

"""
    return head + (rule if through_pcscd else "")
