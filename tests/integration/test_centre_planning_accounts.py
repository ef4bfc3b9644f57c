"""Log-in, roles and accounts of the centre over its real HTTP interface."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from tests.centre_parts import PASSWORD, logged_in, running_centre


async def test_log_in_gives_a_cookie_that_scripts_and_other_pages_cannot_use(tmp_path: Path) -> None:
    async with running_centre(tmp_path) as here:
        answer = await here.nobody.ask("POST", "login", json={"username": "planner", "password": PASSWORD})
        assert answer.status == 200
        assert answer.json["staff"]["roles"] == ["planner"]
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("kd_central=")
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        await here.nobody.post("logout", expect=204)
        refused = await here.nobody.get("me", expect=401)
        assert refused["reason"] == "login.required"


async def test_wrong_password_and_unknown_name_are_told_alike_and_must_wait(tmp_path: Path) -> None:
    async with running_centre(tmp_path) as here:
        for name in ("planner", "who-is-this"):
            told = await here.nobody.post("login", {"username": name, "password": "x"}, expect=403)
            assert (told["reason"], told["detail"]) == ("login.wrong", "用户名或密码不正确")
        for _ in range(4):
            await here.nobody.post("login", {"username": "planner", "password": "x"}, expect=403)
        waiting = await here.nobody.post("login", {"username": "planner", "password": PASSWORD}, expect=429)
        assert waiting["reason"] == "login.wait"
        assert waiting["wait_s"] >= 1
        # Somebody else at the same desk is not kept out.
        await here.nobody.post("login", {"username": "viewer", "password": PASSWORD})


async def test_each_role_reaches_only_its_own_routes(tmp_path: Path) -> None:
    async with running_centre(tmp_path) as here:
        for role, status in (("admin", 200), ("planner", 403), ("releaser", 403), ("viewer", 403)):
            told = await here.clients[role].get("accounts", expect=status)
            if status == 403:
                assert told["reason"] == "role.wrong"
        await here.nobody.get("accounts", expect=401)


async def test_new_account_may_do_nothing_before_its_password_is_changed(tmp_path: Path) -> None:
    async with running_centre(tmp_path) as here:
        first = "Erste-Losung-7"
        made = await here.admin.post(
            "accounts", {"username": "gu", "name": "顾", "roles": ["viewer"], "password": first}, expect=422
        )
        assert made["fields"][0]["field"] == "username"
        await here.admin.post(
            "accounts",
            {"username": "gu-mingyuan", "name": "顾明远", "roles": ["planner", "viewer"], "password": first},
        )
        async with logged_in(here.centre, "gu-mingyuan", first) as fresh:
            assert (await fresh.get("me"))["staff"]["must_change_password"] is True
            assert (await fresh.get("jobs", expect=403))["reason"] == "password.must_change"
            weak = await fresh.post("password", {"old": first, "new": "kurz"}, expect=422)
            assert weak["reason"] == "password.weak"
            assert len(weak["fields"]) >= 2
            wrong = await fresh.post("password", {"old": "falsch", "new": "Zweite-Losung-8"}, expect=422)
            assert wrong["reason"] == "password.old"
            await fresh.post("password", {"old": first, "new": "Zweite-Losung-8"})
            assert (await fresh.get("jobs"))["jobs"] == []


async def test_disabled_account_is_out_at_once_and_the_last_administrator_stays(tmp_path: Path) -> None:
    async with running_centre(tmp_path) as here:
        await here.viewer.get("me")
        await here.admin.patch("accounts/viewer", {"active": False})
        await here.viewer.get("me", expect=401)
        told = await here.nobody.post("login", {"username": "viewer", "password": PASSWORD}, expect=403)
        assert told["reason"] == "login.disabled"
        own = await here.admin.patch("accounts/admin", {"roles": ["viewer"]}, expect=409)
        assert own["reason"] == "account.own"
        await here.admin.patch("accounts/planner", {"roles": ["admin"]})
        async with logged_in(here.centre, "planner") as other:
            await here.admin.patch("accounts/planner", {"roles": ["planner"]})
            await other.get("accounts", expect=401)
        assert (await here.admin.patch("accounts/nobody", {"name": "无"}, expect=404))["reason"] == (
            "account.unknown"
        )


async def test_log_in_ends_after_silence_and_cannot_be_used_from_another_address(tmp_path: Path) -> None:
    now = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    moments = [now]
    async with running_centre(tmp_path, clock=lambda: moments[0]) as here:
        moments[0] = now + timedelta(minutes=50)
        await here.viewer.get("me")
        moments[0] = now + timedelta(minutes=105)
        await here.viewer.get("me")
        assert (await here.planner.get("me", expect=401))["reason"] == "login.required"
        stolen = here.viewer.http.cookie_jar.filter_cookies(
            here.viewer.http._base_url / "api/central/me"  # type: ignore[operator]
        )["kd_central"].value
        from_elsewhere = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
        async with aiohttp.ClientSession(connector=from_elsewhere) as thief:
            url = f"{here.centre.console_url}/api/central/me"
            async with thief.get(url, headers={"Cookie": f"kd_central={stolen}"}) as answer:
                assert answer.status == 401
        await here.viewer.get("me")


async def test_log_in_outlives_a_restart_of_the_centre(tmp_path: Path) -> None:
    async with running_centre(tmp_path) as here:
        cookie = here.viewer.http.cookie_jar.filter_cookies(
            here.viewer.http._base_url / "api/central/me"  # type: ignore[operator]
        )["kd_central"].value
    async with running_centre(tmp_path) as here:
        answer = await here.nobody.ask("GET", "me", headers={"Cookie": f"kd_central={cookie}"})
        assert (answer.status, answer.json["staff"]["username"]) == (200, "viewer")


async def test_unknown_fields_wrong_types_and_oversized_bodies_are_named(tmp_path: Path) -> None:
    async with running_centre(tmp_path) as here:
        unknown = await here.nobody.post(
            "login", {"username": "a", "password": "b", "admin": True}, expect=422
        )
        assert unknown["fields"][0]["field"] == "admin"
        bent = await here.nobody.post("login", {"username": 1, "password": "b"}, expect=422)
        assert bent["fields"][0]["field"] == "username"
        broken = await here.nobody.ask(
            "POST", "login", data=b'{"username": ', headers={"Content-Type": "application/json"}
        )
        assert broken.status == 422
        large = await here.nobody.ask(
            "POST", "login", data=b" " * 300_000, headers={"Content-Type": "application/json"}
        )
        assert (large.status, large.json["reason"]) == (413, "body.too_large")
        form = await here.nobody.ask("POST", "login", data={"username": "planner", "password": PASSWORD})
        assert form.status == 415
