"""A backup is restored into a fresh server, which takes the place of the one that was lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.images.exam_room import stick
from tests.images.site_server import DISPLAY, SET_UP_S, SETTINGS, START_S, Site, answers, come_back
from tests.images.virtual_machine import VirtualMachine, disk_device, fresh_disk

pytestmark = [pytest.mark.timeout(3600), pytest.mark.whole]
MOUNT = "mkdir -p /media/backup; mountpoint -q /media/backup || mount LABEL=backup /media/backup"
PROGRAM = "/opt/kaodian/bin/exam-appliance"


def test_a_backup_goes_on_in_a_fresh_server_with_the_papers_that_were_handed_in(
    site: Site, appliance_image: Path, tmp_path: Path
) -> None:
    session = site.centre.told["session"]
    path = f"/api/console/sessions/{session}/board"
    site.ssh(f"{{ {MOUNT}; }} && chown kaodian: /media/backup")
    print(site.ssh(f"runuser -u kaodian -- {PROGRAM} backup run", seconds=900))
    words = json.loads(site.ssh(f"runuser -u kaodian -- {PROGRAM} backup keys --json"))["words"]
    status = json.loads(site.ssh(f"{PROGRAM} status --json"))
    before = site.console.get(path)["seats"]
    site.ssh("umount /media/backup; sync")
    site.machine.cut_power()

    told = answers(site.centre.told, site.key.with_suffix(".pub").read_text().strip())
    del told["centre"]["code"], told["disk"]
    files = {"kaodian-set-up.yaml": told, "kaodian-settings.yaml": SETTINGS}
    written = {name: yaml.safe_dump(body, allow_unicode=True).encode() for name, body in files.items()}
    answered = stick(tmp_path / "stick", written)
    disk = fresh_disk(appliance_image / "appliance.img", tmp_path)
    devices = [*disk_device(disk, "disk", 7, first=0), *disk_device(site.backup_disk, "backup", 8), *DISPLAY]
    devices += ["-drive", f"file={answered},if=none,id=stick,format=raw"]
    devices += ["-device", "usb-storage,id=stick,drive=stick,removable=on"]
    devices += site.room.port("wan", "52:54:00:00:00:1a", slot=3, firmware=False)
    devices += site.room.port("lan", "52:54:00:00:00:1b", slot=4, firmware=False)
    inside = site.room.switches.inside
    with VirtualMachine(tmp_path / "server", memory_mib=3072, devices=devices, inside=inside) as machine:
        in_force = machine.wait_for(rf"site {site.centre.told['site']} is in force", START_S)
        machine.wait_for(r"kaodian: state=\S+ failed=\d+", SET_UP_S, after=in_force.end())
        site.ssh(f"systemctl stop kaodian; {MOUNT}")
        site.ssh(f"printf '%s' '{' '.join(words)}' > /run/words")
        claim = site.centre.claim_for(status["appliance"])
        order = "--to /var/lib/kaodian --yes-overwrite --words-file /run/words"
        print(site.ssh(f"{PROGRAM} restore /media/backup {order} --claim {claim}", seconds=900))
        site.ssh("rm /run/words; systemctl start kaodian")
        come_back(site, SET_UP_S)
        again = json.loads(site.ssh(f"{PROGRAM} status --json"))
        assert again["appliance"] == status["appliance"]
        assert again["journal_head"] >= status["journal_head"]
        after = site.console.get(path)["seats"]
        kept = ("ticket", "state", "answered", "points")
        assert [[one[key] for key in kept] for one in after] == [[one[key] for key in kept] for one in before]
