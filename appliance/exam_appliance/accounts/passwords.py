"""Passwords of staff: what they must be made of, and their hashing with argon2id on a thread."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

LONGEST = 200
"""Characters; hashing takes longer with the length."""
MEMORY_LIMIT_KIB = 1024 * 1024
"""A hash that asks for more memory than this is not taken; it could stop the server."""
ROUNDS_LIMIT = 20
LANES_LIMIT = 16


def weaknesses(password: str, username: str, min_length: int) -> list[tuple[str, str]]:
    """Return what is wrong with a new password as (Chinese, English); an empty list for a good one.

    The notice 2023-337 (form of units' accounts) wants letters, digits and special characters.
    """
    found = []
    if len(password) < min_length:
        found.append((f"至少 {min_length} 个字符", f"at least {min_length} characters"))
    if len(password) > LONGEST:
        found.append((f"不超过 {LONGEST} 个字符", f"at most {LONGEST} characters"))
    if not any(sign.isascii() and sign.isalpha() for sign in password):
        found.append(("须含英文字母", "needs a letter"))
    if not any(sign.isdigit() for sign in password):
        found.append(("须含数字", "needs a digit"))
    if all(sign.isalnum() for sign in password):
        found.append(("须含特殊字符", "needs a special character"))
    if username and username.lower() in password.lower():
        found.append(("不得包含用户名", "must not contain the user name"))
    if len(set(password)) < 5:
        found.append(("至少 5 种不同字符", "needs at least 5 different characters"))
    return found


def is_hash(text: str) -> bool:
    """Tell whether a text is an argon2id hash that this server can check without harm."""
    try:
        found = extract_parameters(text)
    except (InvalidHashError, ValueError):
        return False
    return (
        found.type is Type.ID
        and found.memory_cost <= MEMORY_LIMIT_KIB
        and found.time_cost <= ROUNDS_LIMIT
        and found.parallelism <= LANES_LIMIT
    )


class Passwords:
    """Hashes and checks passwords; at most two at a time, so that log-ins never starve the exam."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = PasswordHasher() if hasher is None else hasher
        self._threads = ThreadPoolExecutor(2, "passwords")
        self._nobody = self._hasher.hash(secrets.token_urlsafe(24))

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    async def hash(self, password: str) -> str:
        """Return the argon2id hash of a password with a new salt."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def fits(self, password_hash: str | None, password: str) -> bool:
        """Tell whether a password fits a hash. None takes as long and is never true."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._fits, password_hash, password
        )

    def is_old(self, password_hash: str) -> bool:
        """Tell whether a hash was made with other costs than new ones are."""
        return self._hasher.check_needs_rehash(password_hash)

    def _fits(self, password_hash: str | None, password: str) -> bool:
        try:
            self._hasher.verify(self._nobody if password_hash is None else password_hash, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
        return password_hash is not None
