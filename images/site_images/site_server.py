"""The site server inside a root tree: programs, page libraries, units.

This is the one place where an image takes over what provisioning/roles sets up on a server: the units are the
role's own templates, not a second copy.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from release.packing import web_libraries
from site_images.root_tree import entered, install_python_parts
from site_images.steps import BuildStopped, run

PROGRAMS = "/opt/kaodian"
STATE = "/var/lib/kaodian"
BINDINGS = "/var/lib/kaodian-bindings"
"""Where a site's fixed addresses are written; the image as shipped has none."""
UNITS = ("kaodian-devices", "kaodian-faces", "kaodian")
RULES = {"70-kaodian-devices.rules": "etc/udev/rules.d", "49-kaodian-pcscd.rules": "etc/polkit-1/rules.d"}


def install_site_server(project: Path, root: Path, wheels: Path, log: Path, epoch: int) -> None:
    """Install everything of ours that runs on a site server. Raises BuildStopped, ReleaseStopped."""
    install_python_parts(root, wheels, PROGRAMS, ["exam-appliance"], log, epoch)
    for name, file in web_libraries(project).items():
        into = root / "usr/share/kaodian/web-libraries" / name
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, into)
    for name, folder in RULES.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(project / "firmware-adapters/generated" / name, root / folder / name)
    for name, text in units(project / "provisioning/roles/appliance/templates").items():
        (root / "etc/systemd/system" / name).write_text(text)
    program = root / "usr/local/bin/exam-appliance"
    program.unlink(missing_ok=True)
    program.symlink_to(f"{PROGRAMS}/bin/exam-appliance")
    with entered(root) as enter:
        run([*enter, "systemd-sysusers"], log=log)
        run([*enter, f"{PROGRAMS}/bin/exam-appliance", "config", "check"], log=log)
        run([*enter, "systemctl", "enable", *(f"{name}.service" for name in UNITS)], log=log)


def units(templates: Path) -> dict[str, str]:
    """Return the units of the site server by file name, from the templates of the role `appliance`."""
    if missing := [name for name in UNITS if not (templates / f"{name}.service.j2").is_file()]:
        raise BuildStopped(
            f"{templates} 中缺少 {missing[0]}.service.j2 / {missing[0]}.service.j2 is not in {templates}"
        )
    # The text is of unit files, not of pages: nothing is to be escaped.
    made = Environment(  # noqa: S701
        loader=FileSystemLoader(templates), undefined=StrictUndefined, keep_trailing_newline=True
    )
    values = {"appliance_state": STATE, "kaodian": {"paths": {"bindings": BINDINGS}}}
    return {f"{name}.service": made.get_template(f"{name}.service.j2").render(values) for name in UNITS}
