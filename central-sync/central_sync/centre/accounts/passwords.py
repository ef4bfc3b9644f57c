"""Passwords of the centre's staff: what they must be made of, and argon2id hashes."""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST_CHARACTERS = 10
MOST_CHARACTERS = 200
AT_ONCE = 2
"""Hashes computed at the same time: each takes 64 MiB and a core."""


def complaints(password: str, username: str) -> list[tuple[str, str]]:
    """Return what a new password lacks as (Chinese, English), nothing for a good one.

    Letters, digits and special characters are what notice 2023-337 asks of accounts.
    """
    asked = (
        (len(password) >= LEAST_CHARACTERS, f"至少 {LEAST_CHARACTERS} 个字符", "10 characters or more"),
        (len(password) <= MOST_CHARACTERS, f"至多 {MOST_CHARACTERS} 个字符", "200 characters or fewer"),
        (any(c.isascii() and c.isalpha() for c in password), "含英文字母", "a letter"),
        (any(c.isdigit() for c in password), "含数字", "a digit"),
        (
            any(not c.isalnum() for c in password),
            "含特殊字符，如 # 或 -",
            "a special character such as # or -",
        ),
        (username.lower() not in password.lower(), "不含用户名", "nothing of the user name"),
        (len(set(password)) > 4, "至少 5 种不同字符", "five different characters or more"),
    )
    return [(zh, en) for held, zh, en in asked if not held]


class Passwords:
    """Hashes and checks passwords. Both take a tenth of a second: call them on a thread."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._of_nobody = self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        """Return the argon2id hash of a password, with a new salt."""
        with self._slots:
            return self._hasher.hash(password)

    def fits(self, password_hash: str | None, password: str) -> bool:
        """Tell whether a password fits a hash; None takes as long and never fits."""
        with self._slots:
            try:
                self._hasher.verify(self._of_nobody if password_hash is None else password_hash, password)
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None
