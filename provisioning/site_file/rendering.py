"""Filling the roles' templates: the same files that Ansible fills, with the same values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROLES = Path(__file__).resolve().parents[1] / "roles"
TEMPLATES = {
    "nftables.conf": "firewall/templates/nftables.conf.j2",
    "dnsmasq.conf": "dhcp/templates/dnsmasq.conf.j2",
}


def rendered(values: dict[str, Any]) -> dict[str, str]:
    """Return the files by name, made from `site_file.plan.plan`'s values.

    The settings of Jinja are those of Ansible's template module, so that both write the same bytes.
    """
    environment = Environment(
        loader=FileSystemLoader(ROLES),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - configuration files, no HTML
    )
    return {
        name: environment.get_template(template).render(kaodian=values)
        for name, template in TEMPLATES.items()
    }
