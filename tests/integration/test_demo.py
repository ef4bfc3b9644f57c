"""`make demo` as it runs on a technician's machine: one process, ready in seconds, ended by Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "provisioning" / "workstation" / "demo.py"


async def started(folder: Path, *more: str) -> asyncio.subprocess.Process:
    """Start the demo on ports that the system chooses."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(DEMO),
        *("--folder", str(folder), "--console-port", "0", "--site-port", "0", *more),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def asked(http: aiohttp.ClientSession, url: str, body: dict[str, str] | None = None) -> Any:
    """Return the JSON of a GET, or of a POST when there is a body."""
    async with http.request("GET" if body is None else "POST", url, json=body) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def test_demo_tells_who_can_log_in_where_serves_them_and_ends_cleanly_on_ctrl_c(tmp_path: Path) -> None:
    process = await started(tmp_path / "demo", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(90):
            line = await process.stdout.readline()
        assert line, (await process.stderr.read()).decode()
        ready = json.loads(line)
        assert len(ready["sites"]) == len(ready["sessions"]) == 2
        assert len(ready["tickets"]) == 60
        for account in ready["accounts"]:
            origin = account["url"].removesuffix("/console/")
            centre = account["url"] == ready["centre"]
            api = f"{origin}/api/{'central' if centre else 'console'}"
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
                who = {"username": account["username"], "password": ready["password"]}
                assert (await asked(http, f"{api}/login", who))["staff"]["name"] == account["name"]
                async with http.get(account["url"]) as page:
                    assert page.status == 200
        assert {hall["url"] for hall in ready["halls"]} == set(ready["sites"].values())
        for hall in ready["halls"]:
            for name, link in (("queue", hall["tickets"]), ("display", hall["display"])):
                where, _, key = link.partition("#key=")
                assert where == f"{hall['url']}/{name}/"
                async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
                    async with http.get(where) as shown:
                        assert shown.status == 200
                    await asked(http, f"{hall['url']}/api/{name}/enter", {"key": key})
                    # The machine keeps its key from here on.
                    assert await asked(http, f"{hall['url']}/api/{name}/state")
            lead = next(one for one in ready["accounts"] if one["url"].startswith(hall["url"]))
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
                who = {"username": lead["username"], "password": ready["password"]}
                await asked(http, f"{hall['url']}/api/console/login", who)
                screens = (await asked(http, f"{hall['url']}/api/console/queue/screens"))["screens"]
                assert {(one["use"], one["station"]) for one in screens} == {
                    ("tickets", "kiosk-1"),
                    ("display", ""),
                }
    finally:
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert "演示已结束" in said.decode()
    assert "Traceback" not in said.decode()


async def test_demo_never_empties_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("mine")
    process = await started(tmp_path)
    _, said = await process.communicate()
    assert process.returncode == 1
    assert "不会清空" in said.decode()
    assert kept.read_text() == "mine"
