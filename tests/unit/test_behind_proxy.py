"""Whom the site server takes for the asker when nginx stands in front of it."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from central_sync.protocol.http.proxied import behind_proxy


async def _told(headers: dict[str, str]) -> dict[str, object]:
    async def who(request: web.Request) -> web.Response:
        body = {"remote": request.remote, "secure": request.secure, "seat": request.match_info["seat"]}
        return web.json_response(body | {"text": await request.text()})

    app = web.Application(middlewares=[behind_proxy])
    app.router.add_post("/seats/{seat}", who)
    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/seats/7", headers=headers, data="kept")
        given: dict[str, object] = await answer.json()
    return given


@pytest.mark.parametrize("address", ["192.168.10.7", "fd00::7"])
async def test_asker_is_whom_the_proxy_names(address: str) -> None:
    told = await _told({"X-Real-IP": address, "X-Forwarded-Proto": "https"})
    assert told == {"remote": address, "secure": True, "seat": "7", "text": "kept"}


@pytest.mark.parametrize(
    "headers", [{}, {"X-Real-IP": "nobody"}, {"X-Forwarded-Proto": "gopher"}, {"X-Real-IP": "10.0.0.1, ::1"}]
)
async def test_what_is_no_address_and_no_scheme_changes_nothing(headers: dict[str, str]) -> None:
    told = await _told(headers)
    assert told == {"remote": "127.0.0.1", "secure": False, "seat": "7", "text": "kept"}


async def test_nobody_but_this_machine_is_believed() -> None:
    async def who(request: web.Request) -> web.StreamResponse:
        return await behind_proxy(request.clone(remote="192.168.10.66"), _remote)

    async def _remote(request: web.Request) -> web.StreamResponse:
        return web.json_response({"remote": request.remote})

    app = web.Application()
    app.router.add_get("/", who)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/", headers={"X-Real-IP": "192.168.10.7"})
        assert await answer.json() == {"remote": "192.168.10.66"}
