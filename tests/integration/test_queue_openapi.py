"""The published interface of ticket machines and displays, called by one of each: what it says holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.published_interface import what_fails
from tests.queue_parts import enrolled
from tests.site_app import site_app

ALL_BUT_SCREENS = r"^/api/(?!queue/|display/)|/events$"


@pytest.mark.timeout(200)
async def test_generated_requests_of_screens_get_the_answers_that_the_document_promises(
    tmp_path: Path,
) -> None:
    async with site_app(tmp_path, candidates=3, devices={"run": "none"}) as site:
        technician = await site.staff("zhou")
        keys = {use: await enrolled(technician, use) for use in ("tickets", "display")}
        told = await what_fails(
            f"{site.url}/api/openapi.json",
            tmp_path,
            headers=["Cookie: " + "; ".join(f"kd_{use}={key}" for use, key in keys.items())],
            without=ALL_BUT_SCREENS,
        )
        if told:
            pytest.fail(told, pytrace=False)
        assert [
            one["heard_at"] is not None for one in (await technician.get("/queue/screens"))["screens"]
        ] == [
            True,
            True,
        ]
