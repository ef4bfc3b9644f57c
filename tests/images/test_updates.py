"""The server is updated by a signed bundle, refuses what it must, and leaves a system that is not well."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from site_images.bundle import make_bundle
from site_images.signing import SigningKey, make_key
from tests.images.seat_machine import until
from tests.images.site_server import START_S, Site, come_back

pytestmark = [pytest.mark.timeout(3600), pytest.mark.whole]
FOR = "kaodian-server-amd64"
QUICK = 1
"""How hard zstd tries."""


def variant(system: Path, folder: Path, version: str, more: dict[str, bytes] | None = None) -> Path:
    """Return a copy of a system that says it is another version, with other files in it."""
    made = folder / f"{version}.ext4"
    subprocess.run(["cp", "--sparse=always", str(system), str(made)], check=True)
    shown = ["debugfs", "-R", "cat /usr/lib/os-release", str(made)]
    named = subprocess.run(shown, check=True, capture_output=True, text=True).stdout
    lines = [line for line in named.splitlines() if not line.startswith("IMAGE_VERSION=")]
    files = {
        "/usr/lib/os-release": "\n".join([*lines, f"IMAGE_VERSION={version}", ""]).encode(),
        **(more or {}),
    }
    orders = []
    for number, (path, content) in enumerate(files.items()):
        source = folder / f"{version}-{number}"
        source.write_bytes(content)
        orders += [f"rm {path}", f"write {source} {path}", f"set_inode_field {path} mode 0100755"]
    script = folder / f"{version}.debugfs"
    script.write_text("\n".join(orders) + "\n")
    subprocess.run(["debugfs", "-w", "-f", str(script), str(made)], check=True, capture_output=True)
    return made


def bundle_stick(folder: Path, bundle: Path) -> Path:
    """Return a stick that holds a bundle and nothing else."""
    held = folder / f"on-{bundle.stem}"
    held.mkdir()
    (held / bundle.name).hardlink_to(bundle)
    made = folder / f"{bundle.stem}.stick"
    mib = bundle.stat().st_size // 2**20 + 64
    subprocess.run(["truncate", "-s", f"{mib}M", str(made)], check=True)
    subprocess.run(
        ["mke2fs", "-q", "-t", "ext4", "-d", str(held), str(made)], check=True, capture_output=True
    )
    return made


@contextmanager
def plugged(site: Site, image: Path) -> Iterator[None]:
    """Have a stick in the server."""
    file = {"driver": "file", "filename": str(image)}
    site.machine.ask("blockdev-add", **{"driver": "raw", "node-name": "bundle", "file": file})
    site.machine.plug("usb-storage", "bundle-stick", drive="bundle", removable=True)
    try:
        yield
    finally:
        site.machine.unplug("bundle-stick")
        until(lambda: _given_back(site), "the stick does not come out")


def _given_back(site: Site) -> bool:
    try:
        site.machine.ask("blockdev-del", **{"node-name": "bundle"})
    except AssertionError:
        return False
    return True


def install(site: Site, image: Path, options: str = "", *, fails: bool = False) -> str:
    """Plug a stick in and have the technician install its bundle; returns what the command said."""
    with plugged(site, image):
        return site.ssh(f"kaodian-update install {options}", seconds=1200, fails=fails)


def slots(site: Site) -> Any:
    """Return what `kaodian-update status` says."""
    return json.loads(site.ssh("kaodian-update status --json"))


@pytest.fixture(scope="module")
def made(
    site: Site, appliance_image: Path, release_key: SigningKey, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Make a stick with a bundle: `made(name, broken=..., compatible=..., key=..., cut=...)`."""
    folder = tmp_path_factory.mktemp("bundles")
    system = appliance_image / "system.ext4"

    def make(
        version: str,
        *,
        more: dict[str, bytes] | None = None,
        compatible: str = FOR,
        key: SigningKey = release_key,
        cut: bool = False,
    ) -> Path:
        # What is refused before it is written need not be a whole system.
        whole = key is release_key and compatible == FOR and not cut
        slot = variant(system, folder, version, more) if whole else folder / "little.ext4"
        if not whole:
            slot.write_bytes(random.Random(1945).randbytes(2**20))
        bundle = make_bundle(slot, compatible, version, key, folder / f"{version}.raucb", QUICK)
        if cut:
            with bundle.open("r+b") as file:
                file.truncate(bundle.stat().st_size // 2)
        return bundle_stick(folder, bundle)

    return make


def test_nothing_is_installed_while_a_session_is_open(site: Site, made: Callable[..., Path]) -> None:
    stick = made("other-hardware", compatible="kaodian-server-arm64")
    session = site.centre.told["session"]
    board = site.console.get(f"/api/console/sessions/{session}/board")
    assert board["session"]["state"] == "running"
    said = install(site, stick, fails=True)
    assert f"{session} 正在进行" in said
    assert f"session {session} is open" in site.ssh("/usr/lib/kaodian/update-allowed", fails=True)
    site.console.post(f"/api/console/sessions/{session}/end", {"reason": "试用结束"})
    said = install(site, stick, fails=True)
    assert "不是为这种服务器制作的" in said


def test_a_bundle_of_somebody_else_and_a_damaged_one_are_refused(
    site: Site, made: Callable[..., Path], tmp_path: Path
) -> None:
    stranger = SigningKey(tmp_path / "release.key", tmp_path / "release.pem")
    make_key(stranger, "Stranger")
    assert "签名不是本系统制作者的" in install(site, made("stranger", key=stranger), fails=True)
    assert "不完整或已损坏" in install(site, made("cut", cut=True), fails=True)
    before = slots(site)
    assert [slot["runs"] for slot in before["slots"]] == [True, False]
    assert before["trial"] is None


def test_a_new_bundle_runs_after_the_restart_with_the_site_in_force(
    site: Site, made: Callable[..., Path]
) -> None:
    heard = len(site.machine.console())
    said = install(site, made("0.2.0-next"))
    assert "重启后运行 / after the restart runs: 0.2.0-next" in said
    site.machine.wait_for(r"the system is well: version=0\.2\.0-next", 2 * START_S, after=heard)
    come_back(site, START_S)
    after = slots(site)
    assert (after["version"], after["trial"], after["failed"]) == ("0.2.0-next", None, None)
    assert [(slot["name"], slot["runs"], slot["good"]) for slot in after["slots"]] == [
        ("A", False, True),
        ("B", True, True),
    ]


def test_a_system_that_is_not_well_is_left_for_the_one_before(site: Site, made: Callable[..., Path]) -> None:
    heard = len(site.machine.console())
    broken = b"#!/bin/sh\necho broken >&2\nexit 1\n"
    install(site, made("0.3.0-broken", more={"/opt/kaodian/bin/exam-appliance": broken}))
    site.machine.wait_for(r"going back to the system before: 0\.3\.0-broken", 3 * START_S, after=heard)
    site.machine.wait_for(r"the system is well: version=0\.2\.0-next", 2 * START_S, after=heard)
    come_back(site, START_S)
    after = slots(site)
    assert (after["version"], after["trial"]) == ("0.2.0-next", None)
    assert after["failed"]["version"] == "0.3.0-broken"
    assert "kaodian.service 未运行 / is not running" in after["failed"]["reasons"]
    assert not next(slot for slot in after["slots"] if slot["name"] == "A")["good"]
