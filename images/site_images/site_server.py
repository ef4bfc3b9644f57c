"""The site server inside a root tree: its programs and page libraries, then Ansible's roles, run inside.

The tasks that say what one site is (tag `site`) are left out: an image belongs to no site. `site_setup`
runs them on the server, from the copy of the roles that stays in the image.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from release.packing import web_libraries
from site_file.plan import plan
from site_file.reading import read_site
from site_images.root_tree import entered, install_python_parts
from site_images.steps import run

PROGRAMS = "/opt/kaodian"
PROVISIONING = "usr/lib/kaodian/provisioning"
PLAYED = ("roles", "site_file", "site_setup", "site_update", "site_install")
RULES = "usr/lib/kaodian/firmware-adapters/generated"
"""Where the role `devices` looks for the rules that are made from the catalogue, from its playbook."""
GRUB_SETTINGS = "usr/lib/kaodian/grub.cfg"
"""Settings of the boot loader; the installer writes them to the disk."""
BUILDING = ("__init__", "bootloader", "disk", "steps")
"""What the installer needs of this package."""
EXAMPLE = "provisioning/examples/site.yaml"


def install_site_server(project: Path, root: Path, wheels: Path, log: Path, epoch: int) -> None:
    """Install everything of ours that runs on a site server. Raises BuildStopped, ReleaseStopped."""
    install_python_parts(root, wheels, PROGRAMS, ["exam-appliance"], log, epoch)
    for name, file in web_libraries(project).items():
        into = root / "usr/share/kaodian/web-libraries" / name
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, into)
    provisioning = root / PROVISIONING
    provisioning.mkdir(parents=True)
    for name in PLAYED:
        unneeded = shutil.ignore_patterns("__pycache__")
        shutil.copytree(project / "provisioning" / name, provisioning / name, ignore=unneeded)
    (provisioning / "site_images").mkdir()
    for name in BUILDING:
        module = f"site_images/{name}.py"
        shutil.copyfile(project / "images" / module, provisioning / module)
    shutil.copyfile(project / "images/appliance/grub.cfg", root / GRUB_SETTINGS)
    for name in ("site.yml", "ansible.cfg"):
        shutil.copyfile(project / "provisioning" / name, provisioning / name)
    shutil.copytree(project / "firmware-adapters/generated", root / RULES)
    _play(project, root, log, epoch)


def _play(project: Path, root: Path, log: Path, epoch: int) -> None:
    """Run the roles inside the tree, where nothing is started and no package source is asked."""
    # The example's values fill what every site has alike, such as paths; a test looks for its words in
    # the image.
    values = {"kaodian": plan(read_site(project / EXAMPLE)), "site_live": False}
    values["base_refresh_package_lists"] = False
    told = root / "tmp/values.json"
    told.write_text(json.dumps(values))
    with entered(root) as enter:
        command = ["ansible-playbook", "-i", "site_server,", "-c", "local", "--skip-tags", "site"]
        run(
            [
                *enter,
                f"SOURCE_DATE_EPOCH={epoch}",
                f"ANSIBLE_CONFIG=/{PROVISIONING}/ansible.cfg",
                "PYTHONDONTWRITEBYTECODE=1",
                *command,
                "-e",
                "@/tmp/values.json",
                "-e",
                "ansible_python_interpreter=/usr/bin/python3",
                f"/{PROVISIONING}/site.yml",
            ],
            log=log,
        )
