"""The data of a server is read by this server alone, and by who has the recovery key."""

from __future__ import annotations

import mmap
import shutil
from pathlib import Path

import pytest

from site_install.encryption import ENCRYPTED, RECOVERY_FILE, recovery_key_in
from tests.images.site_server import PICTURES, START_S, Site, come_back
from tests.images.virtual_machine import Tpm

pytestmark = [pytest.mark.timeout(2400), pytest.mark.whole]


def holds(file: Path, words: bytes) -> bool:
    """Whether a disk holds words anywhere: its blocks lie in its file as they were written."""
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(words) >= 0


def test_every_partition_with_data_is_encrypted_and_the_tpm_opens_it(site: Site) -> None:
    for name in ENCRYPTED:
        device = f"/dev/disk/by-partlabel/{name}"
        assert site.ssh(f"blkid -s TYPE -o value {device}").strip() == "crypto_LUKS"
        slots = site.ssh(f"systemd-cryptenroll {device}").split()
        assert sorted(word for word in slots if word in ("password", "tpm2")) == ["password", "tpm2"]


def test_nothing_of_the_site_stands_readable_on_its_disk(site: Site) -> None:
    words = "只在数据中的字样 only in the data".encode()
    site.ssh(f"printf '%s' '{words.decode()}' > /state/words && sync")
    shipped = site.ssh("head -c 400 /usr/lib/kaodian/grub.cfg").encode()
    assert holds(site.disk, shipped[:200])
    assert not holds(site.disk, words)
    site.ssh("rm /state/words")


def test_with_another_tpm_the_server_asks_for_the_recovery_key_and_seals_the_data_to_the_new_one(
    site: Site, tpm: Tpm
) -> None:
    key = recovery_key_in(site.installer.read(RECOVERY_FILE))
    assert key not in site.machine.console()
    site.machine.cut_power()
    tpm.emptied()
    heard = len(site.machine.console())
    site.machine.turn_on()
    asked = site.machine.wait_for("Recovery key, 8 groups of 6 digits", START_S, after=heard)
    # A wrong one is asked for again.
    site.machine.type("123456\n")
    shutil.copy(site.machine.screen("recovery"), PICTURES / "server-recovery-key.png")
    site.machine.type(f"{key}\n")
    site.machine.wait_for("密钥已存入本机 TPM", START_S, after=asked.end())
    come_back(site, START_S)
    site.machine.cut_power()
    heard = len(site.machine.console())
    site.machine.turn_on()
    come_back(site, START_S)
    assert "Recovery key" not in site.machine.console()[heard:]
