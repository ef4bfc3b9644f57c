"""Pictures that go with events and answers: kept in memory for a minute or two, by their SHA-256."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

PATH = "/v1/blobs/"


@dataclass(frozen=True, slots=True)
class Blob:
    """A picture or document."""

    data: bytes
    type: str
    """Media type."""


class Blobs:
    """The newest blobs, as long as they are young and fit."""

    def __init__(
        self,
        *,
        keep_s: float = 120.0,
        keep_bytes: int = 64 * 1024 * 1024,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keep_s = keep_s
        self._keep_bytes = keep_bytes
        self._now = now
        self._held: OrderedDict[str, tuple[float, Blob]] = OrderedDict()
        self._bytes = 0

    def put(self, data: bytes, media_type: str) -> str:
        """Keep a blob and return its path, an empty string for no data."""
        if not data:
            return ""
        name = sha256(data).hexdigest()
        self._discard(name)
        self._held[name] = (self._now(), Blob(data, media_type))
        self._bytes += len(data)
        self._tidy()
        return PATH + name

    def get(self, name: str) -> Blob | None:
        """Return a blob by its SHA-256 in hexadecimal, None when it is not there any more."""
        self._tidy()
        held = self._held.get(name)
        return None if held is None else held[1]

    def _tidy(self) -> None:
        oldest_allowed = self._now() - self._keep_s
        while self._held:
            name, (at, _) = next(iter(self._held.items()))
            # The newest stays even when it alone is too large: someone is about to fetch it.
            if at >= oldest_allowed and (self._bytes <= self._keep_bytes or len(self._held) == 1):
                return
            self._discard(name)

    def _discard(self, name: str) -> None:
        held = self._held.pop(name, None)
        if held is not None:
            self._bytes -= len(held[1].data)
