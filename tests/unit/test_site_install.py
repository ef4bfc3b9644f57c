"""The installer: which disks it offers, what it makes of answers, that nothing damaged is installed."""

from __future__ import annotations

import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from site_install.disks import Disk, InstallStopped, chosen, disks_of, unattended
from site_install.encryption import (
    has_tpm,
    needs_tpm,
    new_recovery_key,
    recovery_key_in,
    recovery_text,
    seal_anew,
)
from site_install.installing import ROOT_MIB, Source, System, _copy, layout, stick_system
from site_install.screen import screen
from site_install.status import Choice, Status, choice, choose, told

GIB = 2**30


def lsblk(name: str, gib: float, *parts: tuple[str, str], **more: Any) -> dict[str, Any]:
    """Return a disk as lsblk tells it; parts are partition name and name of the file system."""
    told_of = {
        "path": f"/dev/{name}",
        "name": name,
        "type": "disk",
        "size": int(gib * GIB),
        "model": "Model",
        "serial": f"S-{name}",
        "ro": False,
        "pttype": "gpt" if parts else None,
        "fstype": None,
        "partlabel": None,
        "label": None,
    }
    if parts:
        told_of["children"] = [{"partlabel": part, "label": label} for part, label in parts]
    return {**told_of, **more}


OURS = (("boot", "KDBOOT"), ("slot-a", "kaodian-slot"), ("slot-b", ""), ("state", "kd-state"))
CUT_OFF = (("boot", ""), *OURS[1:])


def test_each_disk_is_shown_with_what_it_holds_and_the_stick_is_not() -> None:
    found = disks_of(
        [
            lsblk("sda", 500),
            lsblk("sdb", 500, ("Windows", "System")),
            lsblk("nvme0n1", 64, *OURS),
            lsblk("sdc", 64, *CUT_OFF),
            lsblk("sdd", 64, fstype="ext4"),
            lsblk("sde", 8, ("stick-boot", "KAODIAN"), ("stick-system", "kaodian-slot")),
            lsblk("sr0", 1, type="rom"),
            lsblk("zram0", 1),
            lsblk("sdf", 64, ro=True),
            lsblk("sdg", 0),
        ]
    )
    assert [(disk.name, disk.held, disk.free) for disk in found] == [
        ("sda", "nothing", True),
        ("sdb", "other", False),
        ("nvme0n1", "kaodian", False),
        ("sdc", "unfinished", True),
        ("sdd", "other", False),
    ]


def disk(name: str, gib: int = 500, held: Any = "nothing") -> Disk:
    """Return a disk."""
    return Disk(f"/dev/{name}", name, gib * 1024, "", f"S-{name}", held)


@pytest.mark.parametrize("wanted", ["sdb", "/dev/sdb", "S-sdb"])
def test_answers_name_a_disk_by_name_path_or_serial_number(wanted: str) -> None:
    assert chosen(wanted, [disk("sda"), disk("sdb", held="other")]).name == "sdb"


def test_the_only_empty_disk_is_taken_and_no_other() -> None:
    assert chosen("empty", [disk("sda", held="other"), disk("sdb"), disk("sdc", 4)]).name == "sdb"
    for among in ([disk("sda"), disk("sdb")], [disk("sda", held="kaodian")], []):
        with pytest.raises(InstallStopped, match="空磁盘应恰有一块"):
            chosen("empty", among)


def test_answers_alone_never_write_over_a_site_server() -> None:
    site = disk("sda", held="kaodian")
    assert chosen("sda", [site]) == site
    with pytest.raises(InstallStopped, match="已有考点系统"):
        unattended("sda", [site])
    assert unattended("sdb", [site, disk("sdb", held="other")]).name == "sdb"


def test_a_disk_that_is_not_there_or_too_small_is_refused_with_what_there_is() -> None:
    with pytest.raises(InstallStopped, match="可选 sda"):
        chosen("sdz", [disk("sda")])
    with pytest.raises(InstallStopped, match="至少需要 10 GiB"):
        chosen("sda", [disk("sda", 4)])


@pytest.mark.parametrize("gib", [10, 12, 64, 500, 8000])
def test_partitions_leave_room_for_the_state_on_every_disk(gib: int) -> None:
    parts = layout(gib * 1024)
    assert [part.name for part in parts[2:4]] == ["slot-a", "slot-b"]
    assert parts[-1].name == "state"
    assert gib * 1024 - sum(part.mib for part in parts) >= max(1024, gib * 1024 // 10)
    assert parts[2].mib == ROOT_MIB


def test_the_system_is_copied_and_checked_as_read_and_as_written(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    content = bytes(range(256)) * 40_000
    source.write_bytes(bytes(4096) + content)
    target.write_bytes(bytes(len(content) + 4096))
    system = System("1", hashlib.sha256(content).hexdigest(), len(content))
    heard: list[float] = []
    _copy(Source(source, 4096), target, system, lambda *told_of: heard.append(told_of[2]))
    assert target.read_bytes()[: len(content)] == content
    assert heard == sorted(heard)
    source.write_bytes(bytes(4096) + b"x" + content[1:])
    with pytest.raises(InstallStopped, match="安装盘内容有误"):
        _copy(Source(source, 4096), target, system, lambda *_: None)
    source.write_bytes(bytes(4096) + content[:-1])
    with pytest.raises(InstallStopped, match="安装盘内容有误"):
        _copy(Source(source, 4096), target, system, lambda *_: None)


@pytest.mark.parametrize("text", [None, "{", "{}", '{"version": "1", "sha256": "x", "bytes": "many"}'])
def test_a_stick_that_is_not_whole_is_named(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "kaodian-system.json").write_text(text)
    with pytest.raises(InstallStopped, match="请重新写盘"):
        stick_system(tmp_path)


def test_the_screen_shows_what_was_told_and_the_choice_comes_back(tmp_path: Path) -> None:
    assert told(tmp_path).state == "looking"
    status = Status(state="choosing", version="1.2", disks=[disk("sda").document()], problems=["坏 / bad"])
    status.tell(tmp_path)
    assert told(tmp_path) == status
    drawn = io.StringIO()
    Console(file=drawn, width=110).print(screen(told(tmp_path)))
    assert all(word in drawn.getvalue() for word in ("sda", "500 GiB", "空 / empty", "坏 / bad", "1.2"))
    assert choice(tmp_path) is None
    made = Choice("sda", encrypt=True)
    choose(made, tmp_path)
    assert (choice(tmp_path), choice(tmp_path)) == (made, None)
    assert json.loads((tmp_path / "status.json").read_text())["disks"][0]["free"] is True


def test_the_recovery_key_stands_on_the_screen_only_once_it_is_in_use() -> None:
    key = new_recovery_key()
    for state, shown in (("done", True), ("installing", False)):
        drawn = io.StringIO()
        status = Status(state=state, recovery=key if shown else "")  # type: ignore[arg-type]
        Console(file=drawn, width=110).print(screen(status))
        assert (key in drawn.getvalue()) is shown


def test_a_recovery_key_is_read_back_from_what_the_technician_is_given() -> None:
    keys = {new_recovery_key() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert recovery_key_in(recovery_text(key, "sda", "123456-654321").replace("\n", "\r\n")) == key
    with pytest.raises(ValueError, match="没有恢复密钥"):
        recovery_key_in("123456-123456")


def test_encryption_without_a_tpm_of_that_kind_is_refused_with_what_to_do(tmp_path: Path) -> None:
    told_of = tmp_path / "tpm_version_major"
    for text in (None, "1\n", ""):
        if text is not None:
            told_of.write_text(text)
        assert not has_tpm(told_of)
        with pytest.raises(InstallStopped, match=r"TPM 2\.0.*去掉 encrypt"):
            needs_tpm(told_of)
    told_of.write_text("2\n")
    needs_tpm(told_of)


def test_data_is_sealed_anew_by_taking_the_old_slot_away_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, asked = tmp_path / "systemd-cryptenroll", tmp_path / "asked"
    program.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    seal_anew(Path("/dev/vda7"), Path("/run/key"))
    first, second = (line.split() for line in asked.read_text().splitlines())
    assert first == ["--wipe-slot=tpm2", "/dev/vda7"]
    assert "--unlock-key-file=/run/key" in second
    assert not any(word.startswith("--wipe-slot") for word in second)
