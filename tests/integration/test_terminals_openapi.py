"""The published interface of identity terminals, called by an enrolled one: what it says holds."""

from __future__ import annotations

import base64
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import orjson
import pytest
from aiohttp import web
from yarl import URL

from exam_appliance.terminals.signing import own_text, signature
from tests.identity_parts import DecidedFaces, jpeg
from tests.published_interface import what_fails
from tests.site_app import SiteApp, site_app

BASE = "/api/terminal"


class Signer:
    """A terminal that signs whatever it is given, and counts what comes back by (path, status)."""

    def __init__(self, site: str, terminal: str, key: bytes) -> None:
        self._site = site
        self._terminal = terminal
        self._key = key
        self._picture = base64.b64encode(jpeg()).decode()
        self.answers: Counter[tuple[str, int]] = Counter()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Listen, and give the address."""
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self._passed_on)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield "http://{}:{}".format(*runner.addresses[0][:2])
        finally:
            await runner.cleanup()

    async def _passed_on(self, request: web.Request) -> web.Response:
        target = request.raw_path
        body = await request.read()
        if target == f"{BASE}/results":
            body = self._with_pictures(body)
        now, nonce = time.time_ns() // 1_000_000, secrets.token_hex(12)
        signed = signature(self._key, own_text(request.method, target, now, nonce, body))
        headers = {
            "Kaodian-Terminal": self._terminal,
            "Kaodian-Time": str(now),
            "Kaodian-Nonce": nonce,
            "Kaodian-Signature": base64.b64encode(signed).decode(),
        }
        if "Content-Type" in request.headers:
            headers["Content-Type"] = request.headers["Content-Type"]
        async with (
            aiohttp.ClientSession() as http,
            http.request(
                request.method, URL(self._site + target, encoded=True), data=body or None, headers=headers
            ) as answer,
        ):
            told = await answer.read()
            self.answers[request.path.removeprefix(BASE), answer.status] += 1
            more = {
                name: answer.headers[name] for name in ("Content-Type", "Allow") if name in answer.headers
            }
            return web.Response(status=answer.status, body=told, headers=more)

    def _with_pictures(self, body: bytes) -> bytes:
        """Return a result whose texts for pictures are pictures: no generated text is a JPEG in Base64."""
        try:
            whole = orjson.loads(body)
            for name in ("card_picture", "live_picture"):
                if isinstance(whole[name], str):
                    whole[name] = self._picture
            return orjson.dumps(whole)
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return body


async def enrolled(site: SiteApp) -> Signer:
    """Enrol a terminal that speaks our own format."""
    terminal, key = await site.appliance.terminals.enrol("一号", "一楼", "", "zhou")
    return Signer(site.url, terminal.id, base64.b64decode(key))


@pytest.mark.timeout(200)
async def test_generated_requests_of_a_terminal_get_the_answers_that_the_document_promises(
    tmp_path: Path,
) -> None:
    async with site_app(tmp_path, candidates=3, devices={"run": "none"}) as site:
        site.appliance.verifying._faces = DecidedFaces()
        signer = await enrolled(site)
        async with signer.running() as address:
            told = await what_fails(f"{address}{BASE}/openapi.json", tmp_path, examples=15)
        if told:
            pytest.fail(told, pytrace=False)
        # They were a terminal's requests: none was turned away at the door, and each kind was answered.
        assert not [where for where, status in signer.answers if status == 401], signer.answers
        for path in ("/heartbeat", "/roster", "/announcement", "/results"):
            assert signer.answers[path, 200], signer.answers
        for path in ("/heartbeat", "/results"):
            assert any(signer.answers[path, status] for status in (400, 415, 422)), signer.answers
        (standing,) = site.appliance.terminals.all()
        assert standing.presence is not None
        # The same result sent again gets its answer and is no second verification.
        assert 0 < standing.presence.results <= signer.answers["/results", 200]
        # What no rule knows gets no seat.
        kinds = Counter(entry["kind"] for entry in site.appliance.journal.entries())
        assert kinds["identity.started"] == standing.presence.results
        assert not kinds["identity.seat_given"]
