"""The files that show what a site file means, as the roles write them: for `site_file render`."""

from __future__ import annotations

from typing import Any

from site_file.site_tasks import site_steps

SHOWN = {"nftables.conf": "/etc/nftables.conf", "dnsmasq.conf": "/etc/kaodian/dnsmasq.conf"}


def rendered(values: dict[str, Any]) -> dict[str, str]:
    """Return the files by name, made from `site_file.plan.plan`'s values."""
    texts = {step.path: step.text for step in site_steps(values) if step.text is not None}
    return {name: texts[path] for name, path in SHOWN.items()}
