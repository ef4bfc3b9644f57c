"""The roles' tasks that speak of a site, done without Ansible: what is made, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from site_file.plan import plan
from site_file.reading import parse_site
from site_file.site_tasks import ROLES, Step, TaskNotUnderstood, site_steps

EXAMPLE = ROLES.parent / "examples/site.yaml"


def made(text: str | None = None, roles: Path = ROLES) -> list[Step]:
    data = EXAMPLE.read_bytes() if text is None else text.encode()
    return site_steps(plan(parse_site(data, "site.yaml")), roles)


def text_of(steps: list[Step], path: str) -> str:
    (found,) = (step.text for step in steps if step.path == path)
    assert found is not None
    return found


def test_every_file_of_a_site_is_made_with_its_rights() -> None:
    steps = made()
    assert text_of(steps, "/etc/hostname") == "exam\n"
    assert "203.0.113.20 centre.example.org\n" in text_of(steps, "/etc/hosts")
    assert text_of(steps, "/srv/kaodian/http/boot/site") == "ADDRESS=https://exam.kaodian.internal\n"
    rights = {step.path: (step.mode, step.owner, step.group) for step in steps if step.text is not None}
    assert rights["/etc/nftables.conf"] == (0o600, "root", "root")
    assert rights["/etc/kaodian/site.yaml"] == (0o640, "root", "kaodian")
    assert rights["/usr/local/lib/kaodian/web-keys"] == (0o755, "root", "root")
    links = {step.path: step.target for step in steps if step.target is not None}
    assert links == {"/etc/localtime": "/usr/share/zoneinfo/Asia/Shanghai"}


def test_values_keep_their_kind_and_text_stays_text() -> None:
    steps = made()
    watch = json.loads(text_of(steps, "/etc/kaodian/wan-watch.json"))
    assert watch["ports"] == ["enp1s0", "enp2s0"]
    assert (watch["every_seconds"], watch["failures"], watch["recoveries"]) == (5, 3, 6)
    settings: dict[str, Any] = yaml.safe_load(text_of(steps, "/etc/kaodian/site.yaml"))
    assert settings["seats"]["binding"] == "required"
    assert settings["seats"]["rooms"] == [{"room": "", "first": 1, "last": 30}]
    assert settings["listen"] == {"host": "127.0.0.1", "port": 8080, "behind_proxy": True}


def test_units_are_enabled_as_the_site_asks() -> None:
    assert [step.unit for step in made() if step.unit] == [
        "kaodian-wan-watch.service",
        "mnt-kaodian\\x2dbackup.mount",
        "kaodian-backup.timer",
    ]
    text = EXAMPLE.read_text(encoding="utf-8").replace("    - {port: enp2s0, ipv4: dhcp}\n", "")
    plain = made(text.replace("  disk: LABEL=kaodian-backup\n", ""))
    assert [step.unit for step in plain if step.unit] == []
    assert not [step for step in plain if "backup.mount" in step.path]


@pytest.mark.parametrize(
    "task",
    [
        {"name": "Install more", "ansible.builtin.package": {"name": "more"}, "tags": "site"},
        {"name": "Run it", "ansible.builtin.shell": "true", "tags": "site"},
        {"name": "Do it", "ansible.builtin.command": {"cmd": "true"}, "tags": "site"},
        {"name": "Two tags", "ansible.builtin.package": {"name": "more"}, "tags": ["more", "site"]},
        {"name": "Copy it", "ansible.builtin.copy": {"src": "a", "dest": "/etc/a"}, "tags": "site"},
        {"name": "Two", "ansible.builtin.file": {}, "ansible.builtin.template": {}, "tags": "site"},
        {"name": "Nothing", "tags": "site"},
    ],
)
def test_a_task_that_a_flashed_server_would_leave_out_is_refused_by_name(
    task: dict[str, Any], tmp_path: Path
) -> None:
    shutil.copytree(ROLES, tmp_path / "roles")
    shutil.copyfile(ROLES.parent / "site.yml", tmp_path / "site.yml")
    tasks = tmp_path / "roles/time/tasks/main.yml"
    tasks.write_text(yaml.safe_dump([task]))
    with pytest.raises(TaskNotUnderstood, match=f"time: {task['name']}"):
        made(roles=tmp_path / "roles")
