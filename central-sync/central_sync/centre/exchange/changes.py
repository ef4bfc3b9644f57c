"""Tells waiting requests that a site's documents changed, across threads and event loops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Session


class Changes:
    """Who waits for which site. Changes by other processes are found by looking again now and then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    @contextmanager
    def watching(self, site: str) -> Iterator[asyncio.Event]:
        """Give an event of the running loop that is set whenever the site's documents change."""
        waiter = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting.setdefault(site, set()).add(waiter)
        try:
            yield waiter[1]
        finally:
            with self._lock:
                left = self._waiting[site]
                left.discard(waiter)
                if not left:
                    del self._waiting[site]

    def tell(self, site: str) -> None:
        """Wake who waits for a site; may be called on any thread."""
        with self._lock:
            waiters = tuple(self._waiting.get(site, ()))
        for loop, changed in waiters:
            if not loop.is_closed():
                loop.call_soon_threadsafe(changed.set)

    def tell_after_commit(self, session: Session, site: str) -> None:
        """Wake who waits for a site once the session's transaction is committed."""
        event.listen(session, "after_commit", lambda _: self.tell(site), once=True)
