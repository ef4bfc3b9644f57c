"""Network, devices, printing and backup of a provisioned server, each tried with the real program."""

from __future__ import annotations

import json
from pathlib import Path

from tests.provisioning.server import CENTRE, GATEWAY, SERVER, SITE, BareServer, Played

PATIENCE_S = 30


def addresses(server: BareServer, port: str) -> set[str]:
    """Return the addresses of a port with their prefix lengths, without link-local ones."""
    told = json.loads(server.ssh(f"ip -j address show dev {port}").stdout)
    return {f"{one['local']}/{one['prefixlen']}" for one in told[0]["addr_info"] if one["scope"] == "global"}


def way_out(server: BareServer) -> str:
    """Return the port that leads to the centre."""
    return str(json.loads(server.ssh(f"ip -j route get {CENTRE}").stdout or "[{}]")[0].get("dev", ""))


def test_ports_have_the_addresses_of_the_site_file_and_nothing_waits_to_go_back(
    server: BareServer, first: Played
) -> None:
    assert first.code == 0
    assert addresses(server, "enp3s0") >= {"10.20.10.1/24", "10.20.20.1/24", "fd20:3301:0:20::1/64"}
    assert addresses(server, "enp1s0") == {"198.51.100.10/24"}
    server.wait_until(
        lambda: any(one.startswith("192.0.2.1") for one in addresses(server, "enp2s0")), "DHCP", 30
    )
    assert server.ssh("systemctl is-active kaodian-network-back.timer").stdout.strip() == "inactive"
    assert server.ssh("systemctl is-enabled systemd-networkd").stdout.strip() == "enabled"


def test_when_the_first_line_is_dead_the_second_leads_out_until_it_is_back(
    server: BareServer, first: Played
) -> None:
    assert first.code == 0
    faster = "sed -i -E 's/(every_seconds|recoveries)(.: )[0-9]+/\\1\\22/' /etc/kaodian/wan-watch.json"
    assert server.ssh(f"{faster} && systemctl restart kaodian-wan-watch").returncode == 0
    server.wait_until(lambda: way_out(server) == "enp1s0", "the first line", 30)
    # The cable stays in and the far end is dead: no carrier tells of it.
    server.outside("address", "del", f"{GATEWAY}/24", "dev", "wan1")
    server.wait_until(lambda: way_out(server) == "enp2s0", "the second line", 60)
    assert server.ssh(f"ping -c 1 -W 2 {CENTRE}").returncode == 0
    server.outside("address", "add", f"{GATEWAY}/24", "dev", "wan1")
    server.wait_until(lambda: way_out(server) == "enp1s0", "the first line again", 60)


def test_settings_that_cut_the_connection_are_taken_back_by_the_server_itself(
    server: BareServer, first: Played, tmp_path: Path
) -> None:
    assert first.code == 0
    before = addresses(server, "enp3s0")
    wrong = tmp_path / "site.yaml"
    # The cable of the room's switch is in another port than the site file says.
    text = SITE.read_text().replace("lan: [enp3s0]", "lan: [enp2s0]")
    wrong.write_text(text.replace("{port: enp2s0, ipv4: dhcp}", "{port: enp3s0, ipv4: dhcp}"))
    more = ("--tags", "network", "-e", f"network_patience_seconds={PATIENCE_S}")
    played = server.provision(*more, site=wrong)
    assert played.code != 0, played.printed[-3000:]
    assert "自行恢复" in played.printed
    assert "goes back" in played.printed
    server.wait_until(lambda: server.ssh("true").returncode == 0, "the way back", PATIENCE_S + 30)
    holds = "grep -l 10.20.20.1/ /etc/systemd/network/*"
    server.wait_until(lambda: "enp3s0" in server.ssh(holds).stdout, "the settings of before", 60)
    server.wait_until(lambda: addresses(server, "enp3s0") == before, "the addresses of before", 20)
    again = server.provision("--tags", "network")
    assert (again.code, again.recap["failed"]) == (0, 0), again.printed[-3000:]
    assert addresses(server, "enp3s0") == before


def test_the_service_of_the_devices_may_use_readers_and_what_the_catalogue_knows(
    server: BareServer, first: Played
) -> None:
    assert first.code == 0
    assert "kaodian-devices" in server.ssh("id -nG kaodian").stdout.split()
    for name in (
        "/etc/udev/rules.d/70-kaodian-devices.rules",
        "/etc/polkit-1/rules.d/49-kaodian-pcscd.rules",
    ):
        made = (Path(__file__).parents[2] / "firmware-adapters/generated" / Path(name).name).read_text()
        assert server.ssh(f"cat {name}").stdout == made
    readers = "from smartcard.System import readers; print(len(readers()))"
    asked = server.ssh(f"runuser -u kaodian -- /opt/kaodian/bin/python -c '{readers}'")
    assert asked.stdout.strip() == "0", asked.stderr
    assert server.ssh("systemctl is-active pcscd.socket").stdout.strip() == "active"


def test_cups_takes_queues_from_the_site_server_alone_and_listens_to_no_other_machine(
    server: BareServer, first: Played
) -> None:
    assert first.code == 0
    assert "scheduler is running" in server.ssh("LC_ALL=C lpstat -r").stdout
    listening = server.ssh("ss -Hltn sport = 631").stdout
    assert {line.split()[3] for line in listening.splitlines()} <= {"127.0.0.1:631", "[::1]:631"}, listening
    add = "lpadmin -h /run/cups/cups.sock -p tried -E -v ipp://127.0.0.1:9/ipp/print -m raw"
    assert server.ssh(f"runuser -u nobody -- {add} </dev/null").returncode != 0
    made = server.ssh(f"runuser -u kaodian -- {add} </dev/null")
    assert made.returncode == 0, made.stderr
    assert "tried" in server.ssh("LC_ALL=C lpstat -v").stdout
    assert server.ssh("runuser -u kaodian -- lpadmin -h /run/cups/cups.sock -x tried").returncode == 0


def test_backups_go_to_the_disk_and_say_so_when_it_is_missing(server: BareServer, first: Played) -> None:
    assert first.code == 0
    assert server.ssh("systemctl is-enabled kaodian-backup.timer").stdout.strip() == "enabled"
    times = server.ssh("systemctl show -p TimersCalendar kaodian-backup.timer").stdout
    assert "12:30:00" in times
    assert "20:00:00" in times
    assert server.ssh("systemctl start kaodian-backup").returncode != 0
    assert "找不到备份盘" in server.ssh("journalctl -q -u kaodian-backup --no-pager").stdout
    assert server.ssh("mount -t tmpfs -o size=500m none /mnt/kaodian-backup").returncode == 0
    done = server.ssh("systemctl start kaodian-backup", timeout=300)
    assert done.returncode == 0, server.ssh("journalctl -q -u kaodian-backup --no-pager").stdout[-3000:]
    listed = server.ssh("runuser -u kaodian -- exam-appliance backup list --json").stdout
    assert "disk2" in listed, listed
    assert server.ssh("stat -c %a /var/lib/kaodian/backup/password").stdout.strip() == "600"
    assert server.ssh("umount /mnt/kaodian-backup").returncode == 0
    assert server.ssh(f"systemctl reset-failed kaodian-backup; ping -c1 -W1 {SERVER}").returncode == 0
