"""The image of the site server: flashed, started in a virtual machine, and set up as a site by a stick."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.images.exam_room import CENTRE, SERVER, Browser
from tests.images.site_server import Site

pytestmark = pytest.mark.timeout(2400)


def test_the_server_starts_with_no_failed_unit_and_no_ordering_cycle_before_and_after_set_up(
    site: Site,
) -> None:
    reports = re.findall(r"kaodian: state=(\S+) failed=(\d+)", site.machine.console())
    assert reports == [("running", "0")] * 2, site.machine.console()[-3000:]


def test_the_server_names_the_version_it_was_built_as_and_holds_a_manifest(
    site: Site, appliance_image: Path, kiosk_image: Path
) -> None:
    manifest = json.loads((appliance_image / "manifest.json").read_text())
    assert site.machine.wait_for(r"version=(\S+)", 1)[1] == manifest["version"]
    for held in (manifest, json.loads((kiosk_image / "manifest.json").read_text())):
        assert len(held["packages"]) > 100
        assert all(re.fullmatch(r"[0-9a-f]{64}", one["files_sha256"]) for one in held["packages"])


def test_the_first_account_stands_on_the_stick_and_nowhere_on_the_console(site: Site) -> None:
    outcome = site.outcome
    assert f"考点 / site: {site.centre.told['site']} 示例考点" in outcome
    password = re.search(r"初始密码 / first password: (\S+)", outcome)
    assert password is not None
    assert password[1] not in site.machine.console()


def test_staff_reach_the_console_and_the_console_knows_the_libraries_of_its_pages(site: Site) -> None:
    page = site.console.ask("GET", "/console/")
    assert (page.status, b"<html" in page.body) == (200, True)
    library = site.console.ask("GET", "/vendor/vue.global.prod.js")
    assert (library.status, len(library.body) > 50_000) == (200, True)


def test_the_outside_reaches_nothing_of_a_server_that_is_set_up(site: Site) -> None:
    for port in (22, 80, 443, 8443, 8800, 9443):
        with pytest.raises(OSError, match=r"timed out|refused|unreachable"):
            Browser(site.room.outside, f"http://203.0.113.10:{port}", patience_s=3).ask("GET", "/")


def test_staff_reach_nothing_outside_through_the_server(site: Site) -> None:
    site.room.staff.run("ip", "route", "replace", "default", "via", SERVER)
    try:
        with pytest.raises(OSError, match=r"timed out|refused|unreachable"):
            Browser(site.room.staff, f"http://{CENTRE}:8443", patience_s=3).ask("GET", "/")
    finally:
        site.room.staff.run("ip", "route", "delete", "default")


def test_no_key_and_no_word_of_the_example_site_is_in_the_images(
    appliance_image: Path, kiosk_image: Path
) -> None:
    for image in (appliance_image, kiosk_image):
        root = image.parent / "root"
        keys = [
            path
            for folder in ("etc", "usr/local", "usr/lib/kaodian", "root", "home", "srv")
            for path in (root / folder).rglob("*")
            if path.is_file() and not path.is_symlink() and b"PRIVATE KEY-----" in path.read_bytes()
        ]
        assert keys == []
        shadow = (root / "etc/shadow").read_text()
        assert all(line.split(":")[1][:1] in "*!" for line in shadow.splitlines() if line.split(":")[1])
        assert not any(line.split(":")[1] == "" for line in shadow.splitlines())
        named = [
            path
            for path in (root / "etc").rglob("*")
            if path.is_file() and not path.is_symlink() and b"KD3301" in path.read_bytes()
        ]
        assert named == []


def test_the_seats_image_is_small_and_the_servers_too(appliance_image: Path, kiosk_image: Path) -> None:
    seat = sum(path.stat().st_size for path in (kiosk_image / "http/boot/kiosk").iterdir())
    assert seat < 350e6
    print(f"a seat pulls {seat / 1e6:.1f} MB until its system starts")
