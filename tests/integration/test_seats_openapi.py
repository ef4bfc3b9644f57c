"""The published interface of seats, called by an admitted machine: what the document says holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bound_seat_parts import SeatMachine
from tests.published_interface import what_fails
from tests.site_app import Caller, site_app


@pytest.mark.timeout(200)
async def test_generated_requests_of_a_bound_seat_get_the_answers_that_the_document_promises(
    tmp_path: Path,
) -> None:
    settings = {"rooms": [{"room": "", "first": 1, "last": 3}]}
    async with site_app(tmp_path, candidates=1, seats=settings, devices={"run": "none"}) as site:
        technician = await site.staff("zhou")
        machine = SeatMachine(macs=("52:54:00:10:00:01",))
        async with Caller(site.url, "/api/seat") as agent:
            challenge = (await agent.get("/challenge"))["challenge"]
            entered = await agent.post("/enter", machine.body(challenge, certificate=True))
        await technician.post("/seats/bind", {"code": entered["code"], "number": 1})
        told = await what_fails(
            f"{site.url}/api/openapi.json",
            tmp_path,
            headers=[f"Authorization: Seat {entered['token']}"],
            # Orders are waited for, which is what they are for; a test of their own does.
            without="/api/seat/orders$",
            examples=8,
            more=["--include-path-regex=^/api/seat/"],
        )
        if told:
            pytest.fail(told, pytrace=False)
