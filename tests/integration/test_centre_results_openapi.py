"""The published OpenAPI of packages, keys, ledger and servers: what it says holds, for any request."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from central_sync.centre.api.models import ROLES
from tests.arranged_parts import arrange
from tests.centre_parts import PASSWORD, logged_in, running_centre
from tests.published_interface import what_fails

OURS = (
    r"/(package|release|release-code|ledger|results|results\.xlsx|entries|claims|readmit|revoke|evidence"
    r"|appliances|export|import)$"
)
OTHERS = r"/(banks|rosters)/"


@pytest.mark.timeout(200)
@pytest.mark.parametrize("known", [False, True])
async def test_generated_requests_get_the_answers_that_the_document_promises(
    tmp_path: Path, known: bool
) -> None:
    async with running_centre(tmp_path) as here:
        arrange(here.centre, candidates=3)
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
                without=OTHERS,
                more=["--include-path-regex", OURS],
            )
            if told:
                pytest.fail(told, pytrace=False)
            assert (await person.get("ledger"))["total"] == 1
