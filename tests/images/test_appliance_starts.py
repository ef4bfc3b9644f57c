"""The image of the site server, started in a virtual machine."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.images.virtual_machine import VirtualMachine, free_port, fresh_disk

START_S = 600
"""A server must be up so soon, on a slow machine without hardware virtualisation."""


class Started:
    """A server that is up, and how it is reached."""

    def __init__(self, machine: VirtualMachine, port: int) -> None:
        self.machine = machine
        self.address = f"http://127.0.0.1:{port}"

    def page(self, path: str) -> tuple[int, str, bytes]:
        """Return status, address at the end, and body of a page."""
        with urllib.request.urlopen(self.address + path, timeout=60) as answer:
            return answer.status, answer.url, answer.read()


@pytest.fixture(scope="module")
def started(appliance_image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    folder = tmp_path_factory.mktemp("appliance")
    disk = fresh_disk(appliance_image / "appliance.img", folder)
    port = free_port()
    devices = ["-drive", f"file={disk},if=virtio,format=qcow2"]
    devices += ["-netdev", f"user,id=lan,hostfwd=tcp:127.0.0.1:{port}-:8080"]
    devices += ["-device", "virtio-net-pci,netdev=lan"]
    with VirtualMachine(folder, memory_mib=2048, devices=devices) as machine:
        machine.wait_for(r"kaodian: state=\S+ .*\n", START_S)
        print(f"power-on to report: {time.monotonic() - machine.started_at:.0f} s")
        yield Started(machine, port)


@pytest.mark.timeout(1800)
def test_the_server_starts_with_no_failed_unit_and_no_ordering_cycle(started: Started) -> None:
    report = started.machine.wait_for(r"kaodian: state=(\S+) failed=(\d+)", 1)
    assert report.groups() == ("running", "0"), started.machine.console()[-3000:]


@pytest.mark.timeout(1800)
def test_the_server_names_the_version_it_was_built_as(started: Started, appliance_image: Path) -> None:
    manifest = json.loads((appliance_image / "manifest.json").read_text())
    assert started.machine.wait_for(r"version=(\S+)", 1)[1] == manifest["version"]


@pytest.mark.timeout(1800)
def test_the_site_server_answers_on_the_network(started: Started) -> None:
    status, address, page = started.page("/")
    assert (status, address) == (200, f"{started.address}/exam/")
    assert b"<html" in page
    described = json.loads(started.page("/api/openapi.json")[2])
    assert described["info"]["title"].startswith("Kaodian site server")


@pytest.mark.timeout(1800)
def test_the_page_libraries_are_in_the_image(started: Started) -> None:
    status, _, library = started.page("/vendor/vue.global.prod.js")
    assert status == 200
    assert len(library) > 50_000
