"""Putting a site into force: its layer is made, laid over the running system, and started."""

from __future__ import annotations

import pwd
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from central_sync.protocol.durable_file import write_whole
from exam_appliance.config.problems import ConfigError, ConfigProblem
from exam_appliance.config.yaml_source import read_yaml
from firmware_adapters.catalogue.udev_rules import NODES
from site_file.reading import parse_site
from site_setup.answers import Answers, Joining, read_answers, site_document
from site_setup.layer import make_layer
from site_setup.places import (
    ANSWERS_FILE,
    CLAIM,
    KEPT,
    KEYS,
    SETTINGS,
    SETTINGS_ON_STICK,
    SITE_FILE,
    SITE_ON_STICK,
    image_version,
)

FIRST_ACCOUNT = "technician"
ROLES = ("technician", "lead")
PROGRAM = "/opt/kaodian/bin/exam-appliance"


@dataclass(frozen=True, slots=True)
class Told:
    """A site file as bytes, and what it does not hold."""

    site_file: bytes
    joining: Joining
    settings: bytes | None = None
    """The site server's own settings beyond the site file, YAML."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A site that is in force; the password is shown once and has to be changed at the first log-in."""

    code: str
    name: str
    console: str
    username: str
    password: str | None
    """None: there was an account already."""


def ports() -> list[str]:
    """Return the names of the server's network ports."""
    return sorted(path.name for path in Path("/sys/class/net").iterdir() if (path / "device").exists())


def from_answers(answers: Answers) -> Told:
    """Return the site file that answers ask for."""
    head = "# 首次设置生成 / made at set-up\n"
    text = head + yaml.safe_dump(site_document(answers), allow_unicode=True, sort_keys=False)
    joining = Joining.model_validate({name: getattr(answers, name) for name in Joining.model_fields})
    return Told(text.encode(), joining)


def from_folder(folder: Path) -> Told | None:
    """Return what a stick says; None when it says nothing of a site. Raises ConfigError."""
    answers, site = folder / ANSWERS_FILE, folder / SITE_ON_STICK
    if not answers.is_file():
        if site.is_file():
            zh = f"有 {SITE_ON_STICK} 而没有 {ANSWERS_FILE}；后者须写明 centre（中心地址和登记码）"
            en = f"there is no {ANSWERS_FILE} beside it, which names the centre (address and claim code)"
            raise ConfigError((ConfigProblem(str(site), None, "", zh, en),))
        return None
    data = answers.read_bytes()
    if site.is_file():
        told = Told(site.read_bytes(), read_answers(data, answers.name, Joining))
    else:
        told = from_answers(read_answers(data, answers.name, Answers))
    more = folder / SETTINGS_ON_STICK
    return replace(told, settings=more.read_bytes()) if more.is_file() else told


def settings_of(data: bytes | None) -> dict[str, Any]:
    """Return settings as values. Raises ConfigError."""
    return {} if data is None else dict(read_yaml(data, SETTINGS_ON_STICK).values)


def take(told: Told, progress: Callable[[float], None]) -> Taken:
    """Put a site into force; `progress` hears how far it is, 0 to 1. Raises ConfigError, OSError.

    Nothing is changed before the whole site file has passed, also against the server's own ports.
    """
    site = parse_site(told.site_file, SITE_ON_STICK, ports())
    layer = make_layer(site, image_version(), settings_of(told.settings))
    progress(0.2)
    _keep(told)
    subprocess.run(["cp", "-a", "--remove-destination", f"{layer}/.", "/"], check=True)
    progress(0.4)
    password = _first_account()
    progress(0.7)
    _start(site.site.host)
    progress(1.0)
    name = f"{site.site.host}.{site.site.domain}"
    port = site.services.console
    return Taken(site.site.code, site.site.name, f"https://{name}:{port}/", FIRST_ACCOUNT, password)


def _keep(told: Told) -> None:
    KEPT.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(SITE_FILE, told.site_file, mode=0o600)
    SETTINGS.unlink(missing_ok=True)
    if told.settings is not None:
        write_whole(SETTINGS, told.settings, mode=0o600)
    KEYS.parent.mkdir(parents=True, exist_ok=True)
    write_whole(KEYS, "".join(f"{key}\n" for key in told.joining.technician_keys).encode(), mode=0o600)
    centre = told.joining.centre
    if centre.code is not None:
        write_whole(CLAIM, f"CENTRE={centre.centre}\nCODE={centre.code}\n".encode(), mode=0o600)


def _first_account() -> str | None:
    """Make the account that makes the others and return its password; None where it is there already."""
    user = pwd.getpwnam("kaodian")
    roles = [word for role in ROLES for word in ("--role", role)]
    done = subprocess.run(
        [PROGRAM, "accounts", "create", FIRST_ACCOUNT, "--name", "技术员", *roles, "--generate"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        cwd="/",
    )
    if made := re.search(r"^密码 / password: (\S+)$", done.stdout, re.MULTILINE):
        return made[1]
    if "already" in done.stderr:
        return None
    raise OSError(f"exam-appliance accounts create: {(done.stderr or done.stdout).strip()}")


def _start(host: str) -> None:
    """Have the running system take the new files, in the order in which a start would."""
    for command in (
        ("hostname", host),
        ("systemctl", "daemon-reload"),
        ("systemctl", "restart", "systemd-sysctl.service"),
        ("udevadm", "control", "--reload"),
        ("udevadm", "trigger", "--action=change", *(f"--subsystem-match={name}" for name in NODES)),
        ("nft", "-f", "/etc/nftables.conf"),
        ("networkctl", "reload"),
        ("systemctl", "try-reload-or-restart", "ssh.service"),
        ("systemctl", "try-restart", "chrony.service"),
        ("systemctl", "start", "--no-block", "multi-user.target"),
    ):
        subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
