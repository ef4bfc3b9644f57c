"""`make provision SITE=FILE HOST=SERVER`: check the site file, pack the programs, run the playbook over SSH.

Nothing on the server changes before the site file has passed, also against the server's own ports.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

from exam_appliance.config.problems import ConfigError
from release.packing import ReleaseStopped, packed
from site_file.plan import plan
from site_file.reading import read_site

PROJECT = Path(__file__).resolve().parents[2]
FAULTY, UNREACHABLE = 2, 3
"""Exit codes: the site file has faults, nothing was changed; the server cannot be reached."""

ASKED = "import os, sys; print(*sys.version_info[:2], os.uname().machine, *os.listdir('/sys/class/net'))"


class Unreachable(Exception):
    """The server does not answer; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """What a server is, asked before anything is changed."""

    python: str
    machine: str
    ports: tuple[str, ...]


def asked(host: str, user: str, ssh: list[str]) -> Server:
    """Ask the server over SSH. Raises Unreachable."""
    command = ["ssh", *ssh, "-o", "ConnectTimeout=15", "-l", user, host, f'python3 -c "{ASKED}"']
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    words = done.stdout.split()
    if done.returncode != 0 or len(words) < 3:
        raise Unreachable(
            f"无法通过 SSH 登录 {user}@{host}，或其上没有 python3；请检查网络、密钥后重试 / "
            f"{user}@{host} cannot be reached by SSH, or has no python3: check network and keys, then try "
            f"again\n{done.stderr.strip()}"
        )
    return Server(f"{words[0]}.{words[1]}", words[2], tuple(sorted(words[3:])))


@click.command(
    context_settings={"ignore_unknown_options": True},
    help="按考点文件部署一台服务器 / set a server up as its site file says. "
    "其余参数交给 ansible-playbook / all else is given to ansible-playbook: --check, --tags web, -K",
)
@click.option(
    "--site", required=True, type=click.Path(path_type=Path, dir_okay=False), help="考点文件 / site file"
)
@click.option("--host", required=True, help="服务器的地址或名称 / the server's address or name")
@click.option("--user", default="root", show_default=True, help="SSH 用户 / user of SSH")
@click.option(
    "--ssh-config", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="ssh -F FILE"
)
@click.argument("more", nargs=-1, type=click.UNPROCESSED)
def main(site: Path, host: str, user: str, ssh_config: Path | None, more: tuple[str, ...]) -> None:
    """Exit code: ansible-playbook's, or 2 for a faulty site file and 3 for a server out of reach."""
    ssh = [] if ssh_config is None else ["-F", str(ssh_config.resolve())]
    try:
        read_site(site)
        server = asked(host, user, ssh)
        values = plan(read_site(site, server.ports))
        archive = packed(PROJECT, PROJECT / "build/release", server.python, server.machine)
    except ConfigError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(FAULTY)
    except Unreachable as error:
        click.echo(str(error), err=True)
        sys.exit(UNREACHABLE)
    except ReleaseStopped as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    with tempfile.TemporaryDirectory(prefix="kaodian-") as scratch:
        told, inventory = Path(scratch) / "values.json", Path(scratch) / "inventory.json"
        told.write_text(json.dumps({"kaodian": values, "appliance_archive": str(archive)}), encoding="utf-8")
        known = {"ansible_user": user, "ansible_python_interpreter": "/usr/bin/python3"}
        inventory.write_text(json.dumps({"site_server": {"hosts": {host: known}}}), encoding="utf-8")
        command = [str(Path(sys.prefix) / "bin/ansible-playbook"), "-i", str(inventory), "-e", f"@{told}"]
        environment = {**os.environ, "ANSIBLE_CONFIG": str(PROJECT / "provisioning/ansible.cfg")}
        if ssh:
            environment["ANSIBLE_SSH_ARGS"] = f"-F {ssh[1]} -o ControlMaster=auto -o ControlPersist=60s"
        done = subprocess.run(
            [*command, "site.yml", *more], cwd=PROJECT / "provisioning", env=environment, check=False
        )
    sys.exit(done.returncode)


if __name__ == "__main__":
    main(prog_name="provision")
