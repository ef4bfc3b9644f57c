"""Hardening and logs of a provisioned server: who gets in, which USB is let in, what is kept."""

from __future__ import annotations

from tests.provisioning.server import SERVER, STAFF, BareServer, Played

SEAT = "10.20.10.101"


def test_nobody_gets_in_by_a_password_or_from_beside_the_staff(server: BareServer, first: Played) -> None:
    assert first.code == 0
    options = "-o BatchMode=yes -o PubkeyAuthentication=no -o StrictHostKeyChecking=no"
    options += " -o UserKnownHostsFile=/dev/null"
    by_password = server.staff("ssh", *options.split(), "-l", "root", SERVER, "true")
    assert by_password.returncode == 255
    assert "Permission denied (publickey)" in by_password.stderr
    assert server.ssh("true").returncode == 0
    for address, denied in (
        (SEAT, True),
        ("203.0.113.9", True),
        (STAFF, False),
        ("fd20:3301:0:20::b", False),
    ):
        asked = server.ssh(f"/usr/sbin/sshd -T -C user=root,host=x,addr={address}")
        assert asked.returncode == 0, asked.stderr
        assert ("denyusers *" in asked.stdout) is denied, address
    assert server.ssh("passwd -S root").stdout.split()[1] == "L"


def test_rules_of_usb_are_taken_by_udev_and_sticks_are_let_in_for_a_while_only(
    server: BareServer, first: Played
) -> None:
    assert first.code == 0
    if server.suite != "bookworm":
        rules = "/etc/udev/rules.d/70-kaodian-devices.rules /etc/udev/rules.d/71-kaodian-usb.rules"
        tried = server.ssh(f"udevadm verify --no-style {rules}")
        assert tried.returncode == 0, tried.stdout + tried.stderr
    assert "refused" in server.ssh("kaodian-stick status").stdout
    for wrong in ("0", "1000", "soon", "-5"):
        refused = server.ssh(f"kaodian-stick open {wrong}")
        assert refused.returncode == 2, wrong
        assert "1" in refused.stderr
    opened = server.ssh("kaodian-stick open 5")
    assert opened.returncode == 0, opened.stderr
    assert "let in" in server.ssh("kaodian-stick status").stdout
    assert server.ssh("test -e /run/kaodian-stick/open").returncode == 0
    assert server.ssh("systemctl is-active kaodian-stick-close.timer").stdout.strip() == "active"
    assert server.ssh("kaodian-stick close").returncode == 0
    assert server.ssh("test -e /run/kaodian-stick/open").returncode == 1
    assert server.ssh("runuser -u nobody -- kaodian-stick open").returncode == 2


def test_logs_last_and_the_system_updates_nothing_by_itself(server: BareServer, first: Played) -> None:
    assert first.code == 0
    assert "Storage=persistent" in server.ssh("systemd-analyze cat-config systemd/journald.conf").stdout
    assert server.ssh("ls -d /var/log/journal/*").returncode == 0
    for name in ("apt-daily.timer", "apt-daily-upgrade.timer"):
        assert server.ssh(f"systemctl is-enabled {name}").stdout.strip() == "disabled", name
    assert "install dccp /bin/false" in server.ssh("cat /etc/modprobe.d/kaodian.conf").stdout
