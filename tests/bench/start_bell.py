"""start-bell: from one click on start until 1,000 candidates hold their papers, beside bare aiohttp."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from exam_appliance.rehearsal.line import Line, line_to, log_in
from tests.bench.figure import Figure
from tests.bench.server_process import PASSWORD, TECHNICIAN, Served, serving, site_server

NEEDED = 0.3
ROUNDS = 3
SESSION = "/api/console/practice/sessions/PRACTICE-1"
AT_ONCE = 16


class Page(asyncio.Protocol):
    """A candidate's page at its barest: a stream that waits for the bell, and a second connection that
    asks for the paper once the stream has rung. Light, since it shares the machine with the server."""

    def __init__(self, ask: bytes, bell: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.listening: asyncio.Future[None] = loop.create_future()
        self.paper: asyncio.Future[bytes] = loop.create_future()
        self.event = b""
        self._ask = ask
        self._bell = bell
        self._heard = bytearray()
        self._paper_line: asyncio.Transport | None = None

    async def open(self, host: str, port: int, listen: bytes) -> None:
        """Open both connections and wait until the stream is there."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: PaperLine(self.paper), host, port)
        self._paper_line = transport
        stream, _ = await loop.create_connection(lambda: self, host, port)
        stream.write(listen)
        await self.listening

    def data_received(self, data: bytes) -> None:
        """Wait for the bell."""
        self._heard += data
        if not self.listening.done() and b"\n\n" in self._heard.partition(b"\r\n\r\n")[2]:
            self.listening.set_result(None)
            self._heard.clear()
        elif self._bell in self._heard and not self.event:
            self.event = bytes(self._heard)
            assert self._paper_line is not None
            self._paper_line.write(self._ask)


class PaperLine(asyncio.Protocol):
    """The connection on which the paper comes."""

    def __init__(self, paper: asyncio.Future[bytes]) -> None:
        self._paper = paper
        self._parts: list[bytes] = []
        self._missing = -1

    def data_received(self, data: bytes) -> None:
        """Take the answer; it is whole when its length has come."""
        self._parts.append(data)
        if self._missing < 0:
            head, end, body = b"".join(self._parts).partition(b"\r\n\r\n")
            if not end:
                return
            length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            if b" 200 " not in head[:20] or not length:
                self._paper.set_exception(RuntimeError(head.decode()))
                return
            self._parts = [body]
            self._missing = int(length) - len(body)
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._paper.set_result(b"".join(self._parts))


async def start_bell(folder: Path, *, candidates: int) -> Figure:
    """Measure the bell of a practice session and the same bytes from bare aiohttp, in turn."""
    real: list[float] = []
    bare: list[float] = []
    size = 0
    async with site_server(folder) as site, line_to(site.url) as line:
        staff = f"kd_staff={await log_in(line, TECHNICIAN, PASSWORD)}"
        for _ in range(ROUNDS):
            seconds, event, papers = await _real_bell(line, site, staff, candidates)
            real.append(seconds)
            size = sum(map(len, papers)) // len(papers)
            # Papers differ in the items drawn; for the bound each is as long as the middle one.
            (folder / "event").write_bytes(event)
            (folder / "paper").write_bytes(sorted(papers, key=len)[len(papers) // 2])
            async with serving("-m", "tests.bench.bare_server", folder) as server:
                bare.append(await _bare_bell(server, candidates))
    value, bound = sorted(real)[ROUNDS // 2], sorted(bare)[ROUNDS // 2]
    return Figure(
        "start-bell",
        value,
        "s",
        "the same bytes from bare aiohttp, s",
        bound,
        bound / value,
        NEEDED,
        {"candidates": candidates, "paper_bytes": size},
    )


async def _real_bell(
    line: Line, site: Served, staff: str, candidates: int
) -> tuple[float, bytes, list[bytes]]:
    size = {"candidates": candidates, "minutes": 30}
    hall = await line.ask("POST", "/api/console/practice/prepare", staff, size)
    await line.ask("POST", f"{SESSION}/open", staff, {"reason": ""})
    gate = asyncio.Semaphore(AT_ONCE)
    host, port = site.url.removeprefix("http://").split(":")

    async def enter(ticket: str) -> Page:
        async with gate:
            body = {"identity": ticket, "seat": None}
            cookie, _ = await line.ask_for_cookie("POST", "/api/practice/login", "", body)
            await line.ask("POST", "/api/practice/confirm", cookie)
            page = Page(_get("/api/practice/paper", cookie), b'"phase":"sitting"')
            await page.open(host, int(port), _get("/api/practice/events", cookie))
            return page

    pages = await asyncio.gather(*(enter(ticket) for ticket in hall["tickets"]))
    try:
        clicked = time.monotonic()
        start = asyncio.create_task(line.ask("POST", f"{SESSION}/start", staff, {"reason": ""}))
        papers = await asyncio.gather(*(page.paper for page in pages))
        seconds = time.monotonic() - clicked
        await start
        return seconds, pages[0].event, papers
    finally:
        await line.ask("POST", f"{SESSION}/end", staff, {"reason": "bench"})


async def _bare_bell(server: Served, candidates: int) -> float:
    host, port = server.url.removeprefix("http://").split(":")
    pages = [Page(_get("/paper", ""), b'"phase":"sitting"') for _ in range(candidates)]
    gate = asyncio.Semaphore(AT_ONCE)

    async def open_page(page: Page) -> None:
        async with gate:
            await page.open(host, int(port), _get("/events", ""))

    await asyncio.gather(*map(open_page, pages))
    async with line_to(server.url) as line:
        clicked = time.monotonic()
        start = asyncio.create_task(line.ask("POST", "/bell", ""))
        await asyncio.gather(*(page.paper for page in pages))
        seconds = time.monotonic() - clicked
        await start
    return seconds


def _get(path: str, cookie: str) -> bytes:
    cookies = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: site\r\n{cookies}\r\n".encode()
