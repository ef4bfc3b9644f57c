"""Hostile and broken requests: each gets a clear refusal, nothing is stored, the server stays up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from tests.site_app import Candidate, Refused, SiteApp, Staff, site_app
from tests.site_parts import HandClock


@pytest.fixture
async def time() -> HandClock:
    return HandClock()


@pytest.fixture
async def site(tmp_path: Path, time: HandClock) -> AsyncIterator[SiteApp]:
    async with site_app(tmp_path, candidates=3, time=time) as site:
        yield site


@pytest.fixture
async def sitting(site: SiteApp) -> Candidate:
    candidate = await site.candidate(1)
    await (await site.staff("wujk")).step("start")
    return candidate


async def from_elsewhere(url: str, cookies: aiohttp.CookieJar, base: str) -> int:
    """Return the status of a request with somebody's cookies from another address."""
    connector = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
    carried = {morsel.key: morsel.value for morsel in cookies}
    async with (
        aiohttp.ClientSession(connector=connector, cookies=carried) as thief,
        thief.get(f"{url}{base}") as answer,
    ):
        return answer.status


async def test_a_stolen_session_opens_nothing_from_another_address(site: SiteApp, sitting: Candidate) -> None:
    lead = await site.staff("wang")
    for person, path in ((sitting, "/api/candidate/state"), (lead, "/api/console/me")):
        jar = person.http.cookie_jar
        assert isinstance(jar, aiohttp.CookieJar)
        assert await from_elsewhere(site.url, jar, path) == 401
        assert await person.get(path.removeprefix(person.base))


async def test_session_cookies_are_out_of_reach_of_scripts_and_other_sites(site: SiteApp) -> None:
    async with aiohttp.ClientSession() as nobody:
        body = {"identity": site.package.tickets[1], "seat": None}
        async with nobody.post(f"{site.url}/api/candidate/login", json=body) as answer:
            (cookie,) = answer.headers.getall("Set-Cookie")
    for word in ("HttpOnly", "SameSite=Strict", "Path=/api/candidate"):
        assert word in cookie


async def test_a_staff_session_ends_when_nobody_uses_it(site: SiteApp, time: HandClock) -> None:
    lead = await site.staff("wang")
    idle_ms = site.settings.accounts.idle_minutes * 60_000
    time.pass_ms(idle_ms - 1000)
    await lead.get("/me")
    time.pass_ms(idle_ms + 1000)
    with pytest.raises(Refused) as refusal:
        await lead.get("/me")
    assert refusal.value.status == 401


async def test_a_replayed_answer_is_given_its_receipt_and_written_once(
    site: SiteApp, sitting: Candidate
) -> None:
    item = (await sitting.paper())[0]["item"]
    body = {"item": item, "choices": ["A"], "flagged": False, "n": 7}
    first = await sitting.post("/responses", body)
    head = site.appliance.journal.head
    again = [await sitting.post("/responses", body) for _ in range(3)]
    older = await sitting.post("/responses", {**body, "choices": ["B"], "n": 3})
    assert {answer["receipt"]["hash"] for answer in [*again, older]} == {first["receipt"]["hash"]}
    written = [entry["kind"] for entry in site.appliance.journal.entries(head)]
    assert "response.saved" not in written


HOSTILE = {
    "oversized": (b'{"item":"' + b"x" * 9000 + b'"}', 413),
    "no JSON": (b"item=t-000", 422),
    "cut JSON": (b'{"item":"t-000","choices":["A"', 422),
    "not UTF-8": (b'{"item":"\xff\xfe","choices":[],"n":1}', 422),
    "half a surrogate pair": (b'{"item":"\\ud800","choices":[],"n":1}', 422),
    "deep nesting": (b"[" * 2000 + b"]" * 2000, 422),
    "an array": (b"[]", 422),
    "unknown field": (b'{"item":"t-000","choices":["A"],"n":1,"points":100}', 422),
    "number as text": (b'{"item":"t-000","choices":["A"],"n":"1"}', 422),
    "huge number": (b'{"item":"t-000","choices":["A"],"n":1e400}', 422),
    "n beyond the limit": (b'{"item":"t-000","choices":["A"],"n":2147483648}', 422),
    "another's item": (b'{"item":"t-999","choices":["A"],"n":1}', 422),
    "SQL": (b'{"item":"t\' OR 1=1 --","choices":["A"],"n":1}', 422),
    "no such choice": (b'{"item":"%s","choices":["H"],"n":1}', 422),
    "two choices where one is right": (b'{"item":"%s","choices":["A","B"],"n":1}', 422),
    "one choice twice": (b'{"item":"%s","choices":["A","A"],"n":1}', 422),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_answer_is_refused_with_a_reason_and_stores_nothing(
    site: SiteApp, sitting: Candidate, what: str
) -> None:
    body, status = HOSTILE[what]
    single = next(item["item"] for item in await sitting.paper() if item["type"] != "multiple")
    head = site.appliance.journal.head
    url = f"{site.url}/api/candidate/responses"
    headers = {"Content-Type": "application/json"}
    async with sitting.http.post(url, data=body.replace(b"%s", single.encode()), headers=headers) as answer:
        told = await answer.json(content_type="application/problem+json")
        assert answer.status == status, told
    assert told["detail"]
    assert told["detail_en"]
    assert "Traceback" not in str(told)
    kinds = [entry["kind"] for entry in site.appliance.journal.entries(head)]
    assert [kind for kind in kinds if kind.startswith("response.")] == []
    await sitting.answer(single, ["A"])


async def test_a_flood_of_wrong_numbers_is_slowed_for_that_address_only(site: SiteApp) -> None:
    reasons = []
    async with Candidate(site.url, "999999999999") as guesser:
        for _ in range(site.settings.exam.login_rate_per_minute + 1):
            with pytest.raises(Refused) as refusal:
                await guesser.enter()
            reasons.append(refusal.value.reason)
    assert reasons[-1] == "login.too_many"
    assert set(reasons[:-1]) == {"login.unknown"}
    connector = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
    async with (
        aiohttp.ClientSession(connector=connector) as elsewhere,
        elsewhere.post(
            f"{site.url}/api/candidate/login", json={"identity": site.package.tickets[0], "seat": None}
        ) as answer,
    ):
        assert answer.status == 200


async def test_guessed_passwords_make_the_guesser_wait(site: SiteApp) -> None:
    reasons = []
    async with Staff(site.url, "S") as guesser:
        for number in range(site.settings.accounts.failures_before_delay + 1):
            with pytest.raises(Refused) as refusal:
                await guesser.enter("wang", f"wrong-password-{number}")
            reasons.append((refusal.value.status, refusal.value.reason))
    assert reasons[-1] == (429, "login.wait")
    assert set(reasons[:-1]) == {(403, "login.wrong")}


@pytest.mark.parametrize(
    "path",
    [
        "/static/console/../../app.py",
        "/static/console/%2e%2e/%2e%2e/app.py",
        "/vendor/../../../etc/passwd",
        "/static/candidate/%00",
        "/api/candidate/media/..%2f..%2fjournal.db",
        "/api/console/sessions/..%2f/board",
    ],
)
async def test_no_path_leads_out_of_the_pages(site: SiteApp, path: str) -> None:
    async with (
        aiohttp.ClientSession() as nobody,
        nobody.get(URL(f"{site.url}{path}", encoded=True)) as answer,
    ):
        assert answer.status in (400, 401, 404)
        assert b"exam_appliance" not in await answer.read()


async def test_pages_carry_the_headers_that_keep_foreign_scripts_out(site: SiteApp) -> None:
    async with aiohttp.ClientSession() as nobody:
        for path in ("/exam/", "/practice/", "/console/"):
            async with nobody.get(f"{site.url}{path}") as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'self'" in policy
                assert "frame-ancestors 'none'" in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
