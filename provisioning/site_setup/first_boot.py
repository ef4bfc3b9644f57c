"""The first start: answers from a stick or from the page put the site into force.

The page is for whoever stands at the server: it asks for the number that the server's own screen shows,
which changes after five wrong ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiohttp import web
from pydantic import ValidationError

from exam_appliance.config.problems import ConfigError, ConfigProblem
from site_setup.answers import Answers, read_answers
from site_setup.hardware import mac_of, mounted, network_ports, sticks
from site_setup.taking import Taken, Told, from_answers, from_folder, take

log = logging.getLogger("kaodian-set-up")
PORT = 8800
OUTCOME = "kaodian-outcome.txt"
"""Written to the stick that the answers came from."""
PAGE = Path(__file__).with_name("page")
LOOK_S = 2.0
WRONG_NUMBERS = 5
LONGEST = 64 * 1024
STAY_S = 600.0
"""The page stays so long after the end, so that who set the server up can read it."""

State = Literal["waiting", "taking", "failed", "done"]


@dataclass
class FirstBoot:
    """One first start. `number` is what the page asks for."""

    number: str = ""
    state: State = "waiting"
    share: float = 0.0
    source: str = ""
    """Where the answers came from: the stick's device, or the page."""
    problems: tuple[ConfigProblem, ...] = ()
    taken: Taken | None = None
    _wrong: int = 0
    _seen: set[str] = field(default_factory=set)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._new_number()

    async def run(self) -> None:
        """Serve the page and look for sticks until the site is in force, and for a while after that."""
        runner = web.AppRunner(self._app(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", PORT).start()  # noqa: S104 - every port, until the site says which
        log.info("等待设置 / waiting for set-up: number=%s port=%d", self.number, PORT)
        try:
            while self.state != "done":
                await self._look_for_sticks()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), LOOK_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), STAY_S)
        finally:
            await runner.cleanup()

    async def _look_for_sticks(self) -> None:
        there = await asyncio.to_thread(sticks)
        self._seen &= set(there.values())
        for device, known in there.items():
            if known in self._seen or self.state in ("taking", "done"):
                continue
            self._seen.add(known)
            try:
                told = await asyncio.to_thread(_read, device)
            except ConfigError as error:
                self._failed(device, error.problems)
            except OSError as error:
                self._failed(device, (ConfigProblem(device, None, "", str(error), str(error)),))
            else:
                if told is not None:
                    await self._take(device, told)
                    await asyncio.to_thread(self._tell_the_stick, device)

    async def _take(self, source: str, told: Told) -> None:
        self.state, self.source, self.share, self.problems = "taking", source, 0.0, ()
        log.info("开始设置 / setting up from %s", source)
        try:
            self.taken = await asyncio.to_thread(take, told, self._hear)
        except ConfigError as error:
            self._failed(source, error.problems)
        except OSError as error:
            zh = f"设置未完成，未启用任何内容，可重试：{error}"
            en = f"set-up did not end, nothing is in force, it may be tried again: {error}"
            self._failed(source, (ConfigProblem(source, None, "", zh, en),))
        else:
            self.state = "done"
            self._over.set()
            log.info(
                "考点 %s 设置完成 / site %s is in force: %s",
                self.taken.code,
                self.taken.code,
                self.taken.console,
            )

    def _tell_the_stick(self, device: str) -> None:
        """Write the outcome to the stick, if it can be written: a server in a rack often has no screen."""
        text = told_text(self.taken, self.problems)
        with contextlib.suppress(OSError), mounted(device, "rw") as folder:
            (folder / OUTCOME).write_text(text, encoding="utf-8", newline="\r\n")

    def _hear(self, share: float) -> None:
        self.share = share

    def _failed(self, source: str, problems: tuple[ConfigProblem, ...]) -> None:
        self.state, self.source, self.problems = "failed", source, problems
        for problem in problems:
            log.warning("%s", problem)

    def _new_number(self) -> None:
        self.number, self._wrong = f"{secrets.randbelow(10**6):06}", 0

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=LONGEST, middlewares=[_guarded])
        app.router.add_get("/", _page)
        app.router.add_static("/static/", PAGE)
        app.router.add_get("/api/set-up", self._show)
        app.router.add_post("/api/set-up", self._answer)
        return app

    def document(self, visitor: str) -> dict[str, Any]:
        """Return how set-up stands; number and password only for the server's own screen."""
        here = visitor in ("127.0.0.1", "::1")
        taken = self.taken
        return {
            "state": self.state,
            "share": round(self.share, 2),
            "source": self.source,
            "problems": [problem.document() for problem in self.problems],
            "ports": [port.document() for port in network_ports()],
            "your_mac": mac_of(visitor),
            "number": self.number if here else None,
            "taken": None
            if taken is None
            else {
                "code": taken.code,
                "name": taken.name,
                "console": taken.console,
                "username": taken.username,
                "password": taken.password if here else None,
            },
        }

    async def _show(self, request: web.Request) -> web.Response:
        document = await asyncio.to_thread(self.document, request.remote or "")
        return web.json_response(document, dumps=_dumped)

    async def _answer(self, request: web.Request) -> web.Response:
        if self.state in ("taking", "done"):
            return _refused(409, "正在设置或已完成", "set-up is under way or over")
        try:
            asked = json.loads(await request.read())
            number, answers = str(asked["number"]), json.dumps(asked["answers"], ensure_ascii=False)
        except (ValueError, KeyError, TypeError):
            return _refused(400, "请求格式有误", "the request is not understood")
        if not secrets.compare_digest(number.encode(), self.number.encode()):
            self._wrong += 1
            if self._wrong >= WRONG_NUMBERS:
                self._new_number()
                log.info("数字已更换 / a new number: number=%s port=%d", self.number, PORT)
            return _refused(
                403, "数字与服务器屏幕所示不符", "the number is not the one on the server's screen"
            )
        try:
            told = from_answers(read_answers(answers.encode(), "answers", Answers))
        except (ConfigError, ValidationError) as error:
            problems = error.problems if isinstance(error, ConfigError) else ()
            return web.json_response(
                {"problems": [one.document() for one in problems]}, status=422, dumps=_dumped
            )
        self._work = asyncio.create_task(self._take("page", told))
        self.state = "taking"
        return web.json_response({"state": "taking"}, status=202)


def told_text(taken: Taken | None, problems: tuple[ConfigProblem, ...]) -> str:
    """Return what is written to the stick: the first account, or why the site is not in force."""
    if taken is None:
        return "".join(f"{problem}\n" for problem in problems)
    lines = [f"考点 / site: {taken.code} {taken.name}", f"监考台 / console: {taken.console}"]
    if taken.password is not None:
        lines += [f"账户 / account: {taken.username}", f"初始密码 / first password: {taken.password}"]
        lines.append("首次登录须改密码；请妥善保管，用后删除本文件")
        lines.append(
            "a new one is asked for at the first log-in; keep this file safe and delete it after use"
        )
    return "".join(f"{line}\n" for line in lines)


def _read(device: str) -> Told | None:
    with mounted(device) as folder:
        return from_folder(folder)


async def _page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


@web.middleware
async def _guarded(request: web.Request, handler: Any) -> web.StreamResponse:
    response: web.StreamResponse = await handler(request)
    policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _refused(status: int, zh: str, en: str) -> web.Response:
    return web.json_response({"detail": zh, "detail_en": en}, status=status, dumps=_dumped)


def _dumped(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False)
