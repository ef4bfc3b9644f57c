"""A site file becomes a layer: the site's files, as the roles write them, over the system as shipped.

The layer is kept on the state partition, one for each version of the image; the start of the system copies
it over the slot before anything runs (`kaodian-memory` in the initramfs). So a site's settings outlive
updates, and what an update changes in a role is made anew from the same site file.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exam_appliance.config import load_settings
from site_file.model import SiteFile
from site_file.plan import plan
from site_file.site_tasks import Step, site_steps
from site_setup.places import LAYERS, MARK, SLOT

BEFORE_SET_UP = "etc/systemd/network/80-before-set-up.network"
UNITS = "etc/systemd/system"


def make_layer(
    site: SiteFile,
    version: str,
    settings: Mapping[str, Any] | None = None,
    layers: Path = LAYERS,
    shipped: Path = SLOT,
) -> Path:
    """Write and return the layer of a site for a version of the image; a cut leaves the old or the new.

    Raises ConfigError when the site server does not take its settings; then the old layer stays.
    """
    layers.mkdir(parents=True, exist_ok=True, mode=0o755)
    made, kept, old = layers / f"{version}.new", layers / version, layers / f"{version}.old"
    for folder in (made, old):
        shutil.rmtree(folder, ignore_errors=True)
    for step in site_steps(plan(site), settings=settings):
        _do(step, made, shipped)
    load_settings(made / "etc/kaodian/site.yaml")
    # The ports that the site file does not name ask for no address any more.
    (made / BEFORE_SET_UP).symlink_to("/dev/null")
    mark = made / MARK
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(f"{site.site.code}\n")
    os.sync()
    if kept.exists():
        kept.rename(old)
    made.rename(kept)
    shutil.rmtree(old, ignore_errors=True)
    os.sync()
    return kept


def _do(step: Step, made: Path, shipped: Path) -> None:
    if step.unit:
        _enable(step.unit, made, shipped)
        return
    path = made / step.path.removeprefix("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    if step.folder:
        path.mkdir(exist_ok=True)
    elif step.target is not None:
        path.symlink_to(step.target)
        return
    else:
        path.write_text(step.text or "", encoding="utf-8")
    path.chmod(step.mode)
    shutil.chown(path, step.owner, step.group)


def _enable(unit: str, made: Path, shipped: Path) -> None:
    """Lay the links that `systemctl enable` lays, for a unit of the layer or of the system as shipped."""
    places = (made / UNITS / unit, shipped / UNITS / unit)
    text = next(place for place in places if place.is_file()).read_text(encoding="utf-8")
    for wanted_by in re.findall(r"^WantedBy=(.+)$", text, re.MULTILINE):
        for target in wanted_by.split():
            link = made / UNITS / f"{target}.wants" / unit
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(f"/{UNITS}/{unit}")
