"""Asking upsd over its TCP port: one line each way, lists between BEGIN and END (RFC 9271)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Self

from firmware_adapters.power.nut_lines import MAX_LINE_BYTES, NutGarbled, join_words, split_line

USUAL_PORT = 3493
MAX_LIST_LINES = 2000
"""A UPS with many outlets has some 300 variables."""


class NutUnreachable(Exception):
    """Nobody listens there, or the connection broke."""


class NutSilent(NutUnreachable):
    """Connected, yet no answer in time."""


class NutRefused(Exception):
    """upsd understood and said no; `code` is its word: DATA-STALE, DRIVER-NOT-CONNECTED, UNKNOWN-UPS ..."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class NutAddress:
    """Where an upsd listens."""

    host: str = "localhost"
    port: int = USUAL_PORT

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host`, `host:port` or `[v6]:port`. Raises ValueError."""
        host, port = text, str(USUAL_PORT)
        if text.startswith("["):
            host, _, rest = text[1:].partition("]")
            port = rest.removeprefix(":") or port
        elif text.count(":") == 1:
            host, _, port = text.partition(":")
        if not host or any(sign.isspace() for sign in host):
            raise ValueError(f"主机名不正确 / no host: {text!r}")
        if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(f"端口不正确 / no port: {text!r}")
        return cls(host, int(port))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class NutClient:
    """One connection, opened when first used and again after it broke; one request at a time."""

    def __init__(self, address: NutAddress, *, timeout_s: float = 3.0) -> None:
        self.address = address
        self.timeout_s = timeout_s
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()

    async def ups_names(self) -> dict[str, str]:
        """Return all UPSes and their descriptions. Raises NutUnreachable, NutRefused, NutGarbled."""
        rows = await self._list("UPS")
        return {row[0]: row[1] if len(row) > 1 else "" for row in rows if row}

    async def variables(self, ups: str) -> dict[str, str]:
        """Return all variables of a UPS. Raises as above; NutRefused DATA-STALE when they are old."""
        rows = await self._list("VAR", ups)
        return {row[0]: row[1] for row in rows if len(row) == 2}

    async def commands(self, ups: str) -> list[str]:
        """Return the instant commands of a UPS, such as `test.battery.start.quick`. Raises as above."""
        return [row[0] for row in await self._list("CMD", ups) if row]

    async def command(self, ups: str, name: str, user: str, password: str) -> None:
        """Do an instant command. Raises as above; NutRefused ACCESS-DENIED for a wrong account."""
        async with self._turn, self._answered():
            await self._expect_ok("USERNAME", user)
            try:
                await self._expect_ok("PASSWORD", password)
                await self._expect_ok("INSTCMD", ups, name)
            finally:
                # upsd keeps the name for the connection's life and refuses a second one.
                await self._drop()

    async def close(self) -> None:
        """Hang up; may be called twice."""
        await self._drop()

    async def _list(self, *what: str) -> list[list[str]]:
        async with self._turn, self._answered():
            await self._say("LIST", *what)
            begin = await self._hear()
            if begin != ["BEGIN", "LIST", *what]:
                raise NutGarbled(f"{' '.join(begin)[:80]!r} instead of BEGIN LIST {what[0]}")
            rows: list[list[str]] = []
            while (words := await self._hear()) != ["END", "LIST", *what]:
                if words[: len(what)] != list(what) or len(rows) == MAX_LIST_LINES:
                    raise NutGarbled(f"{' '.join(words)[:80]!r} in the list of {' '.join(what)}")
                rows.append(words[len(what) :])
            return rows

    async def _expect_ok(self, *words: str) -> None:
        await self._say(*words)
        answer = await self._hear()
        if answer[:1] != ["OK"]:
            raise NutGarbled(f"{' '.join(answer)[:80]!r} instead of OK")

    async def _say(self, *words: str) -> None:
        if self._line is None:
            self._line = await asyncio.open_connection(
                self.address.host, self.address.port, limit=MAX_LINE_BYTES
            )
        self._line[1].write(join_words(*words).encode() + b"\n")
        await self._line[1].drain()

    async def _hear(self) -> list[str]:
        assert self._line is not None  # noqa: S101 - _say has opened it
        try:
            raw = await self._line[0].readline()
        except ValueError as error:
            raise NutGarbled(f"a line of more than {MAX_LINE_BYTES} bytes") from error
        if not raw.endswith(b"\n"):
            raise NutUnreachable("the connection was closed")
        words = split_line(raw.decode("utf-8", "replace").rstrip("\r\n"))
        if words[:1] == ["ERR"]:
            raise NutRefused(words[1] if len(words) > 1 else "UNKNOWN")
        return words

    @contextlib.asynccontextmanager
    async def _answered(self) -> AsyncIterator[None]:
        """Bound a request by time; after anything but a refusal the connection starts anew."""
        try:
            async with asyncio.timeout(self.timeout_s):
                yield
        except NutRefused:
            raise
        except TimeoutError as error:
            await self._drop()
            raise NutSilent(f"no answer within {self.timeout_s:g} s") from error
        except (NutGarbled, NutUnreachable):
            await self._drop()
            raise
        except OSError as error:
            await self._drop()
            raise NutUnreachable(str(error)) from error
        except BaseException:
            await self._drop()
            raise

    async def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line[1].transport.abort()
