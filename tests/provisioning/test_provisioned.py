"""`make provision` on a bare Debian 12 and 13 over SSH: all services run, a second run changes nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

from site_file.plan import plan
from site_file.reading import read_site
from site_file.site_tasks import site_steps
from tests.provisioning.server import SERVER, SITE, BareServer, Played

SERVICES = ("kaodian", "kaodian-devices", "kaodian-faces", "kaodian-dhcp", "nginx")
EXPOSURE = 4.0
"""`systemd-analyze security` of our units, 0 (locked up) to 10 (open); below this it says OK."""


def etc_of(server: BareServer) -> str:
    """Return a digest of the server's settings and programs."""
    return server.ssh(
        "find /etc /opt /usr/local /var/lib -xdev -type f -newermt '-1 day' | sort | sha256sum"
    ).stdout


def test_a_faulty_site_file_changes_nothing_and_names_the_line(server: BareServer, tmp_path: Path) -> None:
    before = etc_of(server)
    faulty = tmp_path / "site.yaml"
    faulty.write_text(SITE.read_text().replace("lan: [enp3s0]", "lan: [enp9s9]"))
    refused = server.provision(site=faulty)
    assert refused.code == 2, refused.printed
    assert "enp9s9" in refused.printed
    assert "enp3s0" in refused.printed, "the ports that the server has are not named"
    assert etc_of(server) == before


def test_a_bare_server_becomes_a_site_whose_services_all_run(server: BareServer, first: Played) -> None:
    assert (first.code, first.recap["failed"]) == (0, 0), first.printed[-4000:]
    for name in SERVICES:
        assert server.ssh(f"systemctl is-active {name}").stdout.strip() == "active", name
    # The audit of the kernel belongs to the machine below a container.
    failed = server.ssh("systemctl --failed --no-legend --plain").stdout.splitlines()
    assert [line for line in failed if not line.startswith("audit")] == []
    assert "policy drop" in server.ssh("nft list ruleset").stdout
    for name in ("nftables", "chrony"):
        assert server.ssh(f"systemctl is-enabled {name}").stdout.strip() == "enabled", name
    status = json.loads(server.ssh("exam-appliance status --json").stdout)
    assert status["sessions"] == []
    assert server.ssh("hostname").stdout.strip() == "exam"


def test_staff_reach_the_console_by_tls_alone_and_the_site_server_only_through_nginx(
    server: BareServer, first: Played
) -> None:
    assert first.code == 0
    ask = ("curl", "-sS", "-o", "/dev/null", "--max-time", "20", "-w", "%{http_code}")
    page = server.staff(*ask, "--insecure", f"https://{SERVER}:8443/console/")
    assert page.stdout == "200", page
    bare = server.staff(*ask, f"http://{SERVER}:8080/")
    assert bare.returncode != 0, bare
    plain = server.staff(*ask, f"http://{SERVER}/console/")
    assert plain.stdout in ("301", "308", "000"), plain


def test_a_second_run_and_a_dry_one_change_nothing(server: BareServer, first: Played) -> None:
    assert first.code == 0
    for more in ((), ("--check",)):
        again = server.provision(*more)
        assert (again.code, again.recap["changed"], again.recap["failed"]) == (0, 0, 0), again.printed[-4000:]


def test_our_units_are_kept_in_a_sandbox(server: BareServer, first: Played) -> None:
    assert first.code == 0
    for name in ("kaodian", "kaodian-devices", "kaodian-faces"):
        told = server.ssh(f"systemd-analyze security --no-pager {name}.service").stdout
        found = re.search(r"exposure level for \S+: ([0-9.]+)", told)
        assert found is not None, told
        assert float(found[1]) <= EXPOSURE, told


def test_a_flashed_server_would_write_the_very_same_files(server: BareServer, first: Played) -> None:
    steps = site_steps(plan(read_site(SITE)))
    files = [step for step in steps if step.text is not None]
    assert len(files) > 15
    for step in files:
        path = server.root / step.path.removeprefix("/")
        assert path.read_text(encoding="utf-8") == step.text, step.path
        assert path.stat().st_mode & 0o7777 == step.mode, step.path
    for unit in (step.unit for step in steps if step.unit):
        wanted = (server.root / "etc/systemd/system").glob("*.wants")
        assert any((folder / unit).is_symlink() for folder in wanted), unit
