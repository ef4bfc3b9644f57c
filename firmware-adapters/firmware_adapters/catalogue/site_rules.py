"""udev rules for a site's own entries of the catalogue (`devices.entries` of its settings).

They become 70-kaodian-site-devices.rules, before 71-kaodian-usb, which refuses what nobody names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from firmware_adapters.catalogue.entry import Entry
from firmware_adapters.catalogue.udev_rules import udev_rules
from firmware_adapters.catalogue.usb_rules import site_usb_rules

_HEAD = """# 由考点设置 devices.entries 生成，请勿手工修改
# Made from the site's settings, devices.entries; do not edit
"""


def site_rules(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the file's text for entries as the settings hold them; it opens nothing where there are none.

    An entry with faults opens nothing either: the site server, which refuses such settings, names the fault.
    """
    known = []
    for entry in entries:
        try:
            known.append(Entry.model_validate(entry))
        except ValidationError:
            continue
    return udev_rules(known, head=_HEAD, more=site_usb_rules(known))
