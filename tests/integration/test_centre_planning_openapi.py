"""The published OpenAPI of sites, banks, rosters, plans, arrangement: it holds for any request."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from central_sync.centre.api.models import ROLES
from tests.centre_parts import PASSWORD, logged_in, running_centre
from tests.planned_parts import opened_office
from tests.published_interface import what_fails

OWN_SESSION = r"/(login|logout|password)$"
"""They end or replace the log-in session that the other requests need."""
STREAMS = r"/events$"
RESULTS = (
    r"/(package|release|release-code|ledger|results|results\.xlsx|entries|claims|readmit|revoke|evidence"
    r"|appliances|export|import)$"
)
"""Tried in test_centre_results_openapi.py."""


@pytest.mark.timeout(280)
@pytest.mark.parametrize("known", [False, True])
async def test_generated_requests_get_the_answers_that_the_document_promises(
    tmp_path: Path, known: bool
) -> None:
    async with running_centre(tmp_path) as here:
        await opened_office(here)
        await asyncio.to_thread(
            lambda: here.centre.staff.create(
                "everything", "万事通", ROLES, PASSWORD, must_change_password=False
            )
        )
        async with logged_in(here.centre, "everything") as person:
            cookie = "; ".join(f"{morsel.key}={morsel.value}" for morsel in person.http.cookie_jar)
            told = await what_fails(
                f"{here.centre.console_url}/api/openapi.json",
                tmp_path,
                headers=[f"Cookie: {cookie}"] if known else [],
                without=f"{OWN_SESSION}|{STREAMS}|{RESULTS}",
            )
            if told:
                pytest.fail(told, pytrace=False)
            assert (await person.get("sites"))["sites"]
