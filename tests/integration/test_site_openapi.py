"""The published OpenAPI of the site server: what it says holds, for right and for wrong requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.published_interface import what_fails
from tests.site_app import Caller, site_app

STREAMS = r"/events$"
"""They do not end, which is what they are for; tests of their own follow them."""
OWN_SESSION = r"/(logout|password|login)$"
"""They end or replace the log-in session that the other requests need."""
PROCESS = r"/rehearsal$"
"""Begins a process that plays candidates."""


def cookie_of(person: Caller) -> str:
    """Return the header that carries a person's session."""
    return "Cookie: " + "; ".join(f"{morsel.key}={morsel.value}" for morsel in person.http.cookie_jar)


@pytest.mark.timeout(280)
@pytest.mark.parametrize("role", ["nobody", "candidate", "wang", "zhou"])
async def test_generated_requests_of_everybody_get_the_answers_that_the_document_promises(
    tmp_path: Path, role: str
) -> None:
    async with site_app(tmp_path, candidates=3) as site:
        headers = []
        without = f"{STREAMS}|{PROCESS}"
        if role == "candidate":
            candidate = await site.candidate(1)
            await (await site.staff("wujk")).step("start")
            headers = [cookie_of(candidate)]
            without += f"|{OWN_SESSION}|/api/console|/api/practice"
        elif role != "nobody":
            headers = [cookie_of(await site.staff(role))]
            without += f"|{OWN_SESSION}|/api/candidate|/api/practice"
        told = await what_fails(f"{site.url}/api/openapi.json", tmp_path, headers=headers, without=without)
        if told:
            pytest.fail(told, pytrace=False)
        async with Caller(site.url, "/api/candidate") as anybody:
            # The server is up. The session may be over: a lead is free to end it.
            assert (await anybody.get("/hall"))["site"]
