"""The roles of firewall and DHCP on a copy of this machine: what they write, twice, and whom they refuse."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from site_file.plan import plan
from site_file.reading import read_site
from site_file.rendering import rendered
from site_file.site_tasks import ROLES

EXAMPLE = ROLES.parent / "examples/site.yaml"
ROOT = ROLES.parents[1]
BESIDES = {"gather_facts": True, "gather_subset": ["!all", "!min", "env", "service_mgr", "pkg_mgr"]}


class Machine:
    """A copy of this machine in a mount namespace of its own: what is written there, stays there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        script = (
            f"mount -t tmpfs none {folder} && mkdir {folder}/upper {folder}/work {folder}/copy && "
            f"mount -t overlay overlay -o lowerdir=/,upperdir={folder}/upper,workdir={folder}/work "
            f"{folder}/copy && mount --bind {ROOT} {folder}/copy{ROOT} && "
            f"mount -t proc proc {folder}/copy/proc && mount --rbind /dev {folder}/copy/dev && "
            f"echo ready && exec cat"
        )
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n", "无法建立覆盖文件系统 / no overlay file system"
        values = {"kaodian": plan(read_site(EXAMPLE))}
        self.write("/tmp/values.json", json.dumps(values))

    def end(self) -> None:
        self._holder.kill()
        self._holder.communicate()

    def run(
        self, *command: str, text: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the copy."""
        inside = ["nsenter", "--mount", f"--target={self._holder.pid}", "chroot", f"{self.folder}/copy"]
        plain = {"PATH": f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
        plain |= {"HOME": "/root", "ANSIBLE_ROLES_PATH": str(ROLES), "ANSIBLE_LOCALHOST_WARNING": "0"}
        plain |= {"ANSIBLE_PIPELINING": "1"}
        return subprocess.run(
            [*inside, *command],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            env=plain | environment,
            timeout=240,
        )

    def write(self, path: str, content: str) -> None:
        done = self.run("tee", path, text=content)
        assert done.returncode == 0, done.stderr

    def read(self, path: str) -> str:
        done = self.run("cat", path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def play(self, *options: str, live: bool = False, **environment: str) -> tuple[dict[str, int], str]:
        """Run both roles; return the recap's numbers and all that was printed."""
        roles = [{"role": "firewall", "firewall_live": live}, {"role": "dhcp", "dhcp_live": live}]
        play = [{"hosts": "localhost", "connection": "local", **BESIDES, "roles": roles}]
        self.write("/tmp/play.yml", json.dumps(play))
        command = ["ansible-playbook", "-i", "localhost,", "/tmp/play.yml", "-e", "@/tmp/values.json"]
        command += ["-e", f"ansible_python_interpreter={sys.executable}", *options]
        done = self.run(*command, **environment)
        recap = dict(re.findall(r"(\w+)=(\d+)", done.stdout.rpartition("PLAY RECAP")[2]))
        return {name: int(number) for name, number in recap.items()}, done.stdout + done.stderr


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A copy of this machine."""
    assert os.geteuid() == 0, "需要 root / run this as root: it makes a mount namespace"
    copy = Machine(tmp_path_factory.mktemp("machine"))
    yield copy
    copy.end()


def test_connection_that_would_be_locked_out_stops_the_play_before_anything_changes(machine: Machine) -> None:
    recap, printed = machine.play(live=True, SSH_CONNECTION="10.20.20.77 50000 10.20.20.1 22")
    assert recap["failed"] == 1
    assert recap["changed"] == 0
    assert "10.20.20.77" in printed
    assert "firewall_lockout_accepted" in printed
    assert machine.run("test", "-e", "/etc/kaodian/dnsmasq.conf").returncode == 1


def test_roles_write_what_render_writes_and_a_second_run_changes_nothing(machine: Machine) -> None:
    recap, printed = machine.play(SSH_CONNECTION="10.20.20.11 50000 10.20.20.1 22")
    assert (recap["failed"], recap["unreachable"]) == (0, 0), printed
    files = rendered(plan(read_site(EXAMPLE)))
    assert machine.read("/etc/nftables.conf") == files["nftables.conf"]
    assert machine.read("/etc/kaodian/dnsmasq.conf") == files["dnsmasq.conf"]
    for unit in ("nftables", "kaodian-dhcp"):
        assert machine.run("systemctl", "is-enabled", unit).stdout == "enabled\n"
    verified = machine.run("systemd-analyze", "verify", "/etc/systemd/system/kaodian-dhcp.service")
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    again, printed = machine.play("--check", "--diff")
    assert (again["changed"], again["failed"]) == (0, 0), printed
