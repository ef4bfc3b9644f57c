"""Challenges that machines sign: each is good once, and for a minute."""

from __future__ import annotations

import hmac
import secrets

from central_sync.protocol.http.problems import Problem
from exam_appliance.exam.clock import TimeSources

GOOD_MS = 60_000
MOST_TAKEN = 20_000
"""Signed challenges of one minute; more than that is no exam room."""


class Challenges:
    """Gives challenges and takes each once. They end with the process: machines ask for another."""

    def __init__(self, time: TimeSources) -> None:
        self._time = time
        self._secret = secrets.token_bytes(32)
        self._taken: dict[str, int] = {}

    def new(self) -> str:
        """Return a challenge; nothing is kept for those that nobody signs."""
        said = f"{self._time.boottime_ms()}.{secrets.token_hex(16)}"
        return f"{said}.{self._mac(said)}"

    def take(self, challenge: str) -> None:
        """Use a challenge up. Raises Problem where it is not ours, is over, or came before."""
        said, _, mac = challenge.rpartition(".")
        given, _, _ = said.partition(".")
        now = self._time.boottime_ms()
        if not hmac.compare_digest(mac.encode(), self._mac(said).encode()) or now - int(given) > GOOD_MS:
            raise Problem(
                "denied",
                "seat.challenge",
                "认证口令已过期，请重新获取",
                "the challenge is over or not ours: ask for another",
                status=401,
            )
        self._taken = {one: at for one, at in self._taken.items() if now - at <= GOOD_MS}
        if challenge in self._taken:
            raise Problem(
                "denied",
                "seat.replayed",
                "该认证请求已处理过，不能重复使用",
                "this answer came before: each challenge is good once",
                status=401,
            )
        if len(self._taken) >= MOST_TAKEN:
            raise Problem("busy", "seat.flood", "认证请求过多，请稍后再试", "too many requests; wait")
        self._taken[challenge] = now

    def _mac(self, said: str) -> str:
        return hmac.digest(self._secret, said.encode(), "sha256").hex()


def said_for(challenge: str, machine: str) -> bytes:
    """Return what a machine signs to enter."""
    return f"kaodian seat 1\n{challenge}\n{machine}".encode()
