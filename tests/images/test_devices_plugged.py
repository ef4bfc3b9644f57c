"""A smart-card reader, a scanner and a camera are plugged into the server and stand at the console."""

from __future__ import annotations

from typing import Any

import pytest

from tests.images.seat_machine import until
from tests.images.site_server import Site

pytestmark = [pytest.mark.timeout(1200), pytest.mark.whole]


def device(site: Site, kind: str) -> Any:
    """Return the console's device of a kind, None while there is none."""
    found = site.console.get("/api/console/devices")["devices"]
    return next((one for one in found if one["kind"] == kind and one["state"] != "absent"), None)


@pytest.mark.parametrize(("driver", "kind"), [("usb-ccid", "smart_card"), ("usb-kbd", "scanner")])
def test_what_is_plugged_in_stands_at_the_console_and_is_gone_when_it_is_pulled(
    site: Site, driver: str, kind: str
) -> None:
    assert device(site, kind) is None
    site.machine.plug(driver, "plugged")
    found = until(lambda: device(site, kind), f"no {kind} at the console")
    until(lambda: device(site, kind)["state"] == "ready", f"{kind}: {found}")
    site.machine.unplug("plugged")
    until(lambda: device(site, kind) is None, f"{kind} is still there")


def test_a_camera_stands_at_the_console(site: Site) -> None:
    site.ssh("modprobe vivid")
    camera = until(lambda: device(site, "camera"), "no camera at the console")
    until(lambda: device(site, "camera")["state"] == "ready", str(camera))
    assert camera["model"] == "vivid"
