"""The readers that pcscd has, told by a program of its own that is started anew when pcscd was."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Sequence
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, cast

from pydantic import Field

from firmware_adapters.adapter import Options, Reason
from firmware_adapters.sighting import Sighting
from firmware_adapters.smart_card import reasons
from firmware_adapters.smart_card.reader_name import parse_reader_name
from firmware_adapters.source import Source, SourceFault

log = logging.getLogger(__name__)

SUBSYSTEM: Final = "pcsc"
SOCKET_PROPERTY: Final = "PCSC_SOCKET"
"""Property of a sighting: the socket of the pcscd that has the reader; none for the system's."""
PROGRAM: Final = "firmware_adapters.smart_card.watch_readers"
START_AGAIN_S: Final = 0.05
START_AGAIN_AT_MOST_S: Final = 5.0
LINE_LIMIT: Final = 64 * 1024
"""Bytes of one line; pcscd has at most 16 readers."""


class PcscOptions(Options):
    """Options of the source."""

    socket: str = ""
    """Socket of another pcscd than the system's."""
    first_word_s: Annotated[float, Field(gt=0, le=60)] = 4.0
    """A pcscd that has told nothing after so long does not answer."""
    patience_s: Annotated[float, Field(ge=0, le=600)] = 10.0
    """A pcscd that worked and is away for longer is a fault; in between its readers are simply gone."""


class PcscSource(Source):
    """Shows every reader and every slot of one as a sighting."""

    name: ClassVar[str] = "pcsc"
    options_model: ClassVar[type[Options]] = PcscOptions

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._options = cast("PcscOptions", options)
        self._readers: tuple[str, ...] = ()
        self._arrivals: dict[str, int] = {}
        """Reader's name -> how often it came."""
        self._trouble: tuple[Reason, str] | None = None
        self._away_since: float | None = None
        """When a pcscd that had worked went away."""
        self._worked = False
        self._asked_at = 0.0
        """When the program that runs now was started."""
        self._told = asyncio.Event()
        """Set while the program that runs now has told something."""
        self._changed = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    async def list(self) -> Sequence[Sighting]:
        """See Source."""
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep_watching(), name="smart-card readers")
        if not self._told.is_set() and not self._worked:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._options.first_word_s):
                    await self._told.wait()
        if not self._told.is_set() or self._trouble is not None:
            self._raise_unless_away_shortly()
        return [self._sighting(name) for name in self._readers]

    async def changed(self) -> None:
        """See Source."""
        await self._changed.wait()
        self._changed.clear()

    async def close(self) -> None:
        """See Source."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.wait((keeping,))

    def _raise_unless_away_shortly(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._away_since is not None and now - self._away_since < self._options.patience_s:
            return
        if self._trouble is not None:
            raise SourceFault(*self._trouble)
        if self._worked and now - self._asked_at < self._options.first_word_s:
            return  # the program was started anew just now
        raise SourceFault(reasons.SERVICE_SILENT, "pcscd takes connections and does not answer")

    def _sighting(self, name: str) -> Sighting:
        parts = parse_reader_name(name)
        properties = {"interface": parts.interface, "slot": str(parts.slot)}
        if self._options.socket:
            properties[SOCKET_PROPERTY] = self._options.socket
        return Sighting(
            key=f"pcsc:{name}",
            subsystem=SUBSYSTEM,
            node=name,
            serial=parts.serial,
            model=parts.model,
            port=name,
            properties=MappingProxyType(properties),
            arrival=self._arrivals[name],
        )

    async def _keep_watching(self) -> None:
        wait_s = START_AGAIN_S
        while True:
            told_readers = False
            try:
                told_readers = await self._watch_once()
            except OSError as error:
                log.warning("the program that watches readers cannot be started: %s", error)
                self._take_trouble(reasons.NO_LIBRARY, str(error))
            wait_s = START_AGAIN_S if told_readers else min(wait_s * 2, START_AGAIN_AT_MOST_S)
            await asyncio.sleep(wait_s)

    async def _watch_once(self) -> bool:
        """Run the program to its end; tell whether it got as far as to list readers."""
        self._asked_at = asyncio.get_running_loop().time()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            PROGRAM,
            *([self._options.socket] if self._options.socket else []),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
        )
        assert process.stdout is not None  # noqa: S101 - asked for above
        told_readers = False
        try:
            while line := await process.stdout.readline():
                told_readers |= self._take(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            log.warning("the program that watches readers told nonsense: %s", error)
        finally:
            self._told.clear()
            self._lose_readers()
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            # Drains what is left and closes the pipes, which a cancelled read would leave open.
            _, said = await asyncio.shield(asyncio.ensure_future(process.communicate()))
            if said:
                log.info("readers: %s", said.decode(errors="replace").strip()[:500])
        return told_readers

    def _take(self, line: dict[str, Any]) -> bool:
        self._told.set()
        if "readers" not in line:
            self._take_trouble(reasons.REASONS[line["trouble"]], str(line["detail"]))
            return False
        self._trouble, self._away_since, self._worked = None, None, True
        self._show(tuple(str(name) for name in line["readers"]))
        return True

    def _take_trouble(self, reason: Reason, detail: str) -> None:
        self._trouble = (reason, detail)
        self._told.set()
        self._changed.set()

    def _lose_readers(self) -> None:
        if self._worked and self._away_since is None:
            self._away_since = asyncio.get_running_loop().time()
        self._show(())

    def _show(self, readers: tuple[str, ...]) -> None:
        for name in readers:
            if name not in self._readers:
                self._arrivals[name] = self._arrivals.get(name, 0) + 1
        if readers != self._readers:
            self._readers = readers
            self._changed.set()
