"""Hands held documents to the site server: at once, or when the package that they name is whole."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from central_sync.agent.downloads import BlobWrong, fetch, is_whole
from central_sync.agent.interfaces import DocumentSink
from central_sync.agent.line import Line, Refused
from central_sync.agent.state import AgentState
from central_sync.protocol.canonical import canonical
from central_sync.protocol.session import BlobRef, SessionDocument, SignedDocument

log = logging.getLogger(__name__)


class NotTaken(Exception):
    """The site server could not take some documents; they are handed over again later."""

    def __init__(self, names: list[str]) -> None:
        listed = "、".join(names)
        self.zh = f"本机未能处理中心文档 {listed}，将自动重试；若持续出现请查看系统日志"
        self.en = f"this server could not take {', '.join(names)}; it tries again, see the log if it goes on"
        super().__init__(f"{self.zh} / {self.en}")


class Deliveries:
    """Documents that are due, and downloads under way."""

    def __init__(self, state: AgentState, sink: DocumentSink) -> None:
        self._state = state
        self._sink = sink
        self._due = set(state.documents)
        self._downloading: dict[str, tuple[str, int, int]] = {}
        self._turn = asyncio.Lock()

    def add(self, document: SignedDocument) -> None:
        """Note that a held document is due."""
        self._due.add((document.kind, document.name))

    def transfers(self) -> tuple[str, ...]:
        """Return the downloads under way as text with percent."""
        return tuple(
            f"{name} {100 if size == 0 else held * 100 // size}%"
            for name, held, size in self._downloading.values()
        )

    async def hand_over_plain(self) -> None:
        """Hand over what is due and needs no file; raises NotTaken."""
        failed = [
            document.name
            for document, ref in self._in_order()
            if ref is None and not await self._hand_over(document, None)
        ]
        if failed:
            raise NotTaken(failed)

    async def hand_over_whole(self) -> None:
        """Hand over what names a package that is here already, the line up or down; raises NotTaken."""
        failed = [
            document.name
            for document, ref in self._waiting()
            if is_whole(self._state, ref)
            and not await self._hand_over(document, self._state.blob(ref.sha256))
        ]
        if failed:
            raise NotTaken(failed)

    async def hand_over_packages(self, line: Line) -> None:
        """Fetch packages and hand over what names them, one after the other, the earliest session first.

        Those that are here already come before. Raises NotTaken, and what `fetch` raises.
        """
        failed: list[str] = []
        wrong: BlobWrong | Refused | None = None
        for document, ref in self._waiting():
            try:
                file = await self._fetched(line, document, ref)
            except (BlobWrong, Refused) as error:
                # What is wrong with one package is not wrong with the next.
                wrong = wrong or error
                continue
            if not await self._hand_over(document, file):
                failed.append(document.name)
        if wrong is not None:
            raise wrong
        if failed:
            raise NotTaken(failed)

    def _in_order(self) -> list[tuple[SignedDocument, BlobRef | None]]:
        documents = sorted((self._state.documents[named] for named in self._due), key=lambda due: due.version)
        return [(document, wanted_blob(document)) for document in documents]

    def _waiting(self) -> list[tuple[SignedDocument, BlobRef]]:
        """Return what needs a package: what is here already first, for no line may hold it up."""
        waiting = [(document, ref) for document, ref in self._in_order() if ref is not None]
        return sorted(
            waiting, key=lambda pair: (not is_whole(self._state, pair[1]), _session(pair[0]).plan.starts_at)
        )

    async def _fetched(self, line: Line, document: SignedDocument, ref: BlobRef) -> Path:
        def note(held: int) -> None:
            self._downloading[ref.sha256] = (document.name, held, ref.size)

        try:
            return await fetch(line, self._state, ref, note)
        finally:
            self._downloading.pop(ref.sha256, None)

    async def _hand_over(self, document: SignedDocument, file: Path | None) -> bool:
        """Hand a document over unless another task did so meanwhile; tell whether it is taken."""
        named = (document.kind, document.name)
        async with self._turn:
            if named not in self._due or self._state.documents[named] is not document:
                return True
            try:
                await self._sink.taken(document, file)
            except Exception:
                # One document that the server cannot take must not keep the others from it.
                log.exception("sync: document %s/%s was not taken", *named)
                return False
            if self._state.documents[named] is document:
                self._due.discard(named)
        return True


def wanted_blob(document: SignedDocument) -> BlobRef | None:
    """Return the package that a document needs, None when it needs none."""
    if document.kind != "session":
        return None
    session = _session(document)
    return None if session.cancelled else session.blob


def _session(document: SignedDocument) -> SessionDocument:
    return SessionDocument.model_validate_json(canonical(document.body))
