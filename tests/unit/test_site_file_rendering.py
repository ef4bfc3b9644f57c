"""What is made from a site file: the same bytes every time, taken by nft and dnsmasq without IPv6 as well."""

from __future__ import annotations

import subprocess
from pathlib import Path

from site_file.plan import plan
from site_file.reading import parse_site
from site_file.rendering import rendered
from site_file.site_tasks import ROLES

EXAMPLE = ROLES.parent / "examples/site.yaml"


def made(text: str) -> dict[str, str]:
    return rendered(plan(parse_site(text.encode(), "site.yaml")))


def test_same_file_gives_the_same_bytes_whatever_the_order_of_machines() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert made(text) == made(text)
    first, second = (
        "  - {name: gate-1, mac: 52-54-00-30-00-01, ipv4: 10.20.30.11}\n",
        "  - {name: hall-display, mac: 52-54-00-30-00-02, ipv4: 10.20.30.12}\n",
    )
    assert first + second in text
    swapped = made(text.replace(first + second, second + first))
    assert swapped["nftables.conf"] == made(text)["nftables.conf"]


def test_site_without_ipv6_and_with_empty_lists_is_taken_by_nft_and_dnsmasq(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(line for line in lines if "ipv6:" not in line and not line.startswith("  - {n"))
    text = text.replace("seats:\n\n", "seats: []\n").replace("staff:\n\n", "staff: []\n")
    text = text.replace("terminals:\n\n", "terminals: []\n").replace("devices:\n\n", "devices: []\n")
    text = text.replace("time:\n", "time: []\n").replace("updates:\n", "updates: []\n")
    site = parse_site(text.encode(), "site.yaml")
    assert site.seats == site.staff == site.terminals == site.devices == site.time == site.updates == ()
    for name, content in rendered(plan(site)).items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    # nft needs a network namespace of its own: a check only, but it asks the kernel.
    for command in (
        ["unshare", "--net", "nft", "-c", "-f", str(tmp_path / "nftables.conf")],
        ["dnsmasq", "--test", "-C", str(tmp_path / "dnsmasq.conf")],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr


def test_addresses_of_seats_are_those_of_their_numbers_in_both_families() -> None:
    values = plan(parse_site(EXAMPLE.read_bytes(), "site.yaml"))
    assert [(seat["name"], seat["ipv4"], seat["ipv6"]) for seat in values["seats"][:2]] == [
        ("seat-001", "10.20.10.101", "fd20:3301:0:10::65"),
        ("seat-002", "10.20.10.102", "fd20:3301:0:10::66"),
    ]
    assert values["hosts"][0] == {"address": "203.0.113.20", "name": "centre.example.org"}
    assert values["wan_checks"]["ipv4"] == ["198.51.100.1", "203.0.113.20"]
