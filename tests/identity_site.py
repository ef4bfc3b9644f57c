"""A running site with an identity desk whose devices are a daemon double, for tests of routes and pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.device_daemon_double import CAMERA, SDT, DaemonDouble, Json, daemon_double
from tests.exchange_parts import until
from tests.identity_parts import DecidedFaces, jpeg
from tests.site_app import SiteApp, picture, site_app

RECEIPT = {"kind": "receipt_printer", "entry": "escpos", "zh": "小票打印机", "en": "Receipt printer"}


@dataclass
class DeskSite:
    """A site with an identity desk: reader, camera and printer have their roles."""

    site: SiteApp
    daemon: DaemonDouble
    faces: DecidedFaces
    shots: list[Json] = field(default_factory=list)

    @property
    def number(self) -> str:
        """ID number of the first candidate."""
        return self.site.package.id_numbers[0]

    def lays(self, number: str = "", *, name: str = "考生1", photo: bool = True, **document: Any) -> None:
        """Lay a card on the desk's reader."""
        told = {
            "type": "resident",
            "number": number or self.number,
            "name": name,
            "valid_from": "2020-01-01",
            "valid_to": None,
            "long_term": True,
            **document,
        }
        self.daemon.happen("reader", "card.laid", {})
        self.daemon.happen("reader", "card.read", {"document": told}, picture(60) if photo else b"")


@asynccontextmanager
async def desk_site(folder: Path, *, camera: bool = True) -> AsyncIterator[DeskSite]:
    """Run a site whose desk has devices; candidates must be verified before they log in."""
    async with (
        daemon_double(folder) as daemon,
        site_app(
            folder,
            devices={"run": "service", "socket": str(daemon.socket)},
            identity={"before_login": "required"},
        ) as site,
    ):
        faces = DecidedFaces()
        appliance = site.appliance
        appliance.verifying._faces = faces
        made = DeskSite(site, daemon, faces)

        async def still(parameters: Json) -> tuple[Json, bytes, str]:
            made.shots.append(parameters)
            return {}, jpeg(size=(2048, 1536)), "image/jpeg"

        daemon.deeds |= {("cam", "still"): still, ("cam", "live"): still}
        daemon.plug("reader", SDT)
        daemon.plug("slips", RECEIPT)
        if camera:
            daemon.plug("cam", CAMERA)
        devices = {"reader": "reader", "slips": "slips"} | ({"camera": "cam"} if camera else {})
        for role, device in devices.items():
            await until(partial(appliance.devices.live.there, device))
            await appliance.devices.assigning.bind("zhou", f"desk-1.{role}", device)
        yield made
