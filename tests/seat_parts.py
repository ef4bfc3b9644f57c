"""A running site that asks for a picture at the seat, for tests of routes and pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exam_appliance.exam.seat_pictures import SeatPictureMode
from exam_appliance.identity.faces import Faces
from exam_appliance.identity.facts import Place
from tests.identity_parts import MATCH, DecidedFaces, document_of, jpeg
from tests.site_app import Candidate, Refused, SiteApp, Staff, site_app


@dataclass
class SeatSite:
    """A site whose candidates are verified without a desk's devices."""

    site: SiteApp
    faces: DecidedFaces

    async def verify(self, number: int, live: bytes | None = None) -> None:
        """Verify the candidate of a number, as a desk does that took `live`."""
        appliance = self.site.appliance
        ticket = self.site.package.tickets[number - 1]
        candidate = appliance.hall.candidate(appliance.hall.attempt(ticket))
        held, self.faces.answers = self.faces.answers, [MATCH, MATCH]
        appliance.verifying._faces = self.faces
        one = await appliance.verifying.begin(
            Place.DESK,
            "desk-1",
            "wujk",
            document_of(candidate),
            card_picture=jpeg(60, (102, 126)),
            live_picture=live or jpeg(),
        )
        assert one.verdict == "pass", one.rules
        self.faces.answers = held

    def compare_with(self, faces: Faces) -> None:
        """Have pictures compared by somebody else from now on."""
        self.site.appliance.verifying._faces = faces

    async def again(self) -> None:
        """Stop the server and start it over its state folder."""
        await self.site.stop()
        await self.site.start()
        self.compare_with(self.faces)


@asynccontextmanager
async def seat_site(
    folder: Path,
    mode: SeatPictureMode = "required",
    *,
    candidates: int = 2,
    before_login: str = "required",
    **sections: dict[str, object],
) -> AsyncIterator[SeatSite]:
    """Run a site where candidates must be verified before they log in and a picture is taken at the seat."""
    identity = {"before_login": before_login, "seat_picture": mode}
    async with site_app(folder, candidates=candidates, identity=identity, **sections) as site:
        made = SeatSite(site, DecidedFaces())
        made.compare_with(made.faces)
        yield made


async def shows(candidate: Candidate, picture: bytes) -> Any:
    """Send a picture of the seat's camera and return the state. Raises Refused."""
    url = f"{candidate.url}{candidate.base}/seat-picture"
    async with candidate.http.post(url, data=picture, headers={"Content-Type": "image/jpeg"}) as answer:
        body = await answer.json(content_type=None)
        if answer.status >= 400:
            raise Refused(answer.status, body)
        return body


async def pictured(candidate: Candidate) -> Any:
    """Return how the candidate stands with the picture."""
    return (await candidate.get("/state"))["seat_picture"]


def seat_path(site: SiteApp, candidate: Candidate) -> str:
    """Return the path of a candidate's picture at the console."""
    return f"/sessions/{site.package.plan.session}/seat-pictures/{candidate.ticket}"


async def tile(staff: Staff, candidate: Candidate) -> Any:
    """Return a candidate on the room board."""
    seats = (await staff.view("board"))["seats"]
    return next(seat for seat in seats if seat["ticket"] == candidate.ticket)
