"""The filter `device_rules`: udev rules for the devices that a site's settings name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def device_rules(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the text of the rules; see `firmware_adapters.catalogue.site_rules`."""
    # Ansible loads each filter before it knows which are used, also where our packages are not installed.
    from firmware_adapters.catalogue.site_rules import site_rules  # noqa: PLC0415

    return site_rules(entries)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"device_rules": device_rules}
