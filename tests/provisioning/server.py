"""A bare Debian server to be provisioned: systemd boots in a container, staff reach it by SSH over a wire.

The root tree is made once from Debian's packages and kept below build/provisioning; each server gets memory
over it. Its ports enp1s0, enp2s0 (outside) and enp3s0 (the room's switch) end in network namespaces of their
own, so nothing that is set up there touches this machine.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from release.role_packages import role_packages
from site_images.debian import mirrors

PROJECT = Path(__file__).resolve().parents[2]
KEPT = PROJECT / "build/provisioning"
SITE = PROJECT / "provisioning/examples/site.yaml"
BARE = ("systemd", "systemd-sysv", "dbus", "udev", "python3", "openssh-server", "iproute2", "procps")
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
SERVER, STAFF, STAFF_MAC = "10.20.20.1", "10.20.20.11", "52:54:00:20:00:01"
CENTRE, GATEWAY = "203.0.113.20", "198.51.100.1"


def bare_tree(suite: str) -> Path:
    """Return a root tree of a suite, made once for the same packages."""
    names = sorted({*BARE, *role_packages(compilers=True)})
    key = hashlib.sha256(" ".join(names).encode()).hexdigest()[:12]
    tree = KEPT / f"{suite}-{key}"
    if tree.is_dir():
        return tree
    KEPT.mkdir(parents=True, exist_ok=True)
    for old in KEPT.glob(f"{suite}-*"):
        shutil.rmtree(old)
    making = KEPT / f"making-{suite}"
    shutil.rmtree(making, ignore_errors=True)
    # In a mount namespace of its own: cut short, it leaves nothing of this machine mounted in the tree.
    command = [
        "unshare",
        "--mount",
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        f"--include={','.join(names)}",
    ]
    command += [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale")]
    done = subprocess.run(
        [*command, '--aptopt=Acquire::Retries "3"', suite, str(making), mirrors()[0]],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    making.rename(tree)
    return tree


@dataclass(frozen=True, slots=True)
class Played:
    """How a run of `make provision` ended."""

    code: int
    recap: dict[str, int]
    printed: str


class BareServer:
    """A booted server."""

    def __init__(self, suite: str, folder: Path) -> None:
        self.name = f"kdp{os.getpid()}{suite[:2]}"
        self.folder, self.root = folder, folder / "disk/root"
        self.suite = suite
        (folder / "disk").mkdir()
        _run("mount", "-t", "tmpfs", "-o", "size=6g", "none", str(folder / "disk"))
        for part in ("upper", "work", "root"):
            (folder / "disk" / part).mkdir()
        layers = f"lowerdir={bare_tree(suite)},upperdir={folder}/disk/upper,workdir={folder}/disk/work"
        _run("mount", "-t", "overlay", "overlay", "-o", layers, str(self.root))
        self._wires()
        self._let_staff_in()
        self._container = subprocess.Popen(
            [
                *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", "--console=pipe"),
                # As when the power is cut: by itself a container outlives a nspawn that is killed.
                "--kill-signal=SIGKILL",
                f"--machine={self.name}",
                f"--network-namespace-path=/run/netns/{self.name}",
                # The audit daemon and sysctl need more than a container usually may.
                "--capability=CAP_NET_ADMIN,CAP_AUDIT_CONTROL,CAP_AUDIT_WRITE",
                f"--directory={self.root}",
            ],
            env={
                **os.environ,
                "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
                "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
            },
            stdin=subprocess.DEVNULL,
            stdout=(folder / "console").open("w"),
            stderr=subprocess.STDOUT,
        )
        self.wait_until(lambda: self.ssh("true").returncode == 0, "SSH", 90)
        self.wait_until(lambda: "running" in self.state() or "degraded" in self.state(), "boot", 90)

    def state(self) -> str:
        """Return what systemd says of itself."""
        return self.ssh("systemctl is-system-running").stdout.strip()

    def wait_until(self, true: Any, what: str, seconds: float) -> None:
        """Wait for a condition; fail when it does not come."""
        ends = time.monotonic() + seconds
        while not true():
            if time.monotonic() > ends:
                raise AssertionError(f"{what}: {(self.folder / 'console').read_text()[-3000:]}")
            time.sleep(0.3)

    def ssh(self, command: str, *, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command on the server, as a member of staff."""
        words = ["ssh", "-F", str(self.folder / "ssh-config"), "-l", "root", SERVER, command]
        return self.staff(*words, timeout=timeout)

    def staff(self, *command: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command on the staff machine."""
        return subprocess.run(
            ["ip", "netns", "exec", f"{self.name}-staff", *command],
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    def provision(self, *more: str, site: Path = SITE) -> Played:
        """Run `make provision` from the staff machine."""
        # The staff machine has no line to the registries: what make provision packs is there before, as on a
        # technician's laptop that leaves the office.
        packing = [sys.executable, "-m", "release", "--python", PYTHONS[self.suite]]
        done = subprocess.run(
            packing, cwd=PROJECT / "provisioning", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        command = ["make", "-s", "-C", str(PROJECT), "provision", f"SITE={site}", f"HOST={SERVER}"]
        # A container must not set the clock of the machine below it, so chrony is set up and not started.
        given = "-e base_refresh_package_lists=false -e time_live=false"
        words = f"--ssh-config {self.folder / 'ssh-config'} {given} {' '.join(more)}"
        # Every server of these tests has the same address: none may speak over another's connection.
        own = f"ANSIBLE_SSH_CONTROL_PATH_DIR={self.folder}/connections"
        done = self.staff("env", own, *command, f"OPTIONS={words}", timeout=1500)
        printed = done.stdout + done.stderr
        (self.folder / "played").open("a").write(printed)
        recap = dict(re.findall(r"(\w+)=(\d+)", printed.rpartition("PLAY RECAP")[2]))
        return Played(done.returncode, {name: int(number) for name, number in recap.items()}, printed)

    def end(self) -> None:
        """Cut the power and take everything away."""
        self._container.terminate()
        self._container.wait(30)
        self._second_line.terminate()
        self._second_line.wait(30)
        subprocess.run(["umount", "--lazy", str(self.root)], check=False)
        subprocess.run(["umount", "--lazy", str(self.folder / "disk")], check=False)
        for space in (self.name, f"{self.name}-staff", f"{self.name}-out"):
            subprocess.run(["ip", "netns", "delete", space], check=False)

    def outside(self, *command: str) -> None:
        """Run `ip` on the other end of the lines outside."""
        _run("ip", "-n", f"{self.name}-out", *command)

    def _wires(self) -> None:
        server, staff, out = self.name, f"{self.name}-staff", f"{self.name}-out"
        for space in (server, staff, out):
            _run("ip", "netns", "add", space)
            _run("ip", "-n", space, "link", "set", "lo", "up")
        for port, other, there in (
            ("enp1s0", out, "wan1"),
            ("enp2s0", out, "wan2"),
            ("enp3s0", staff, "eth0"),
        ):
            _run(
                "ip",
                "link",
                "add",
                port,
                "netns",
                server,
                "type",
                "veth",
                "peer",
                "name",
                there,
                "netns",
                other,
            )
            _run("ip", "-n", other, "link", "set", there, "up")
            _run("ip", "-n", server, "link", "set", port, "up")
        # The lines outside: the first has a fixed address, the second gives one; the centre answers on both.
        _run("ip", "-n", out, "address", "add", f"{CENTRE}/32", "dev", "lo")
        _run("ip", "-n", out, "address", "add", f"{GATEWAY}/24", "dev", "wan1")
        _run("ip", "-n", out, "address", "add", "192.0.2.1/24", "dev", "wan2")
        lease = ("--dhcp-range=192.0.2.100,192.0.2.120,1h", f"--dhcp-leasefile={self.folder}/leases")
        self._second_line = subprocess.Popen(
            [
                *("ip", "netns", "exec", out, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null"),
                *("--port=0", "--interface=wan2", "--bind-interfaces", *lease),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _run("ip", "-n", staff, "link", "set", "eth0", "address", STAFF_MAC)
        _run("ip", "-n", staff, "address", "add", f"{STAFF}/24", "dev", "eth0")
        _run("ip", "-n", server, "address", "add", f"{SERVER}/24", "dev", "enp3s0")

    def _let_staff_in(self) -> None:
        key = self.folder / "key"
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
        keys = self.root / "root/.ssh"
        keys.mkdir(mode=0o700, exist_ok=True)
        (keys / "authorized_keys").write_text(key.with_suffix(".pub").read_text())
        (self.folder / "ssh-config").write_text(
            f"Host *\n IdentityFile {key}\n IdentitiesOnly yes\n UserKnownHostsFile {self.folder}/known\n"
            " StrictHostKeyChecking accept-new\n ConnectTimeout 10\n BatchMode yes\n"
        )
        (self.root / "etc/machine-id").write_text("")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
