"""Where a server keeps what it was told at set-up: on the state partition, which outlives updates."""

from __future__ import annotations

from pathlib import Path

KEPT = Path("/state/set-up")
SITE_FILE = KEPT / "kaodian-site.yaml"
SETTINGS = KEPT / "kaodian-settings.yaml"
CLAIM = KEPT / "claim"
"""Centre and claim code for `kaodian-enrol.service`, which takes it away once the centre knows the server."""
KEYS = Path("/state/etc/ssh/authorized_keys")
LAYERS = Path("/state/in-force")
"""Below it a folder for each version of the image: the files that the roles made of the site file."""
MARK = "etc/kaodian/in-force"
"""In a layer: the server is a site's. Units of the site wait for it."""
SLOT = Path("/run/slot/base")
"""The system as it was shipped, below what the running one has written."""
ANSWERS_FILE = "kaodian-set-up.yaml"
"""On a stick: the answers to the five questions; beside a site file only what that does not hold."""
SITE_ON_STICK = "kaodian-site.yaml"
"""On a stick: a whole site file."""

SETTINGS_ON_STICK = "kaodian-settings.yaml"
"""On a stick: settings of the site server beyond the site file, if it has any; see config/defaults.yaml."""


def image_version(os_release: Path = Path("/etc/os-release")) -> str:
    """Return the version of the running image; "0" on a system that is none."""
    for line in os_release.read_text().splitlines():
        name, _, value = line.partition("=")
        if name == "IMAGE_VERSION":
            return value.strip('"')
    return "0"
