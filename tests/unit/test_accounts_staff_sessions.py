"""Log-in sessions of staff: address, idle and absolute limits, restart, new passwords."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exam_appliance.accounts.accounts import Accounts
from exam_appliance.accounts.passwords import Passwords
from exam_appliance.accounts.staff_sessions import SESSIONS_PER_ACCOUNT, StaffSessions
from exam_appliance.accounts.store import StaffAccount
from exam_appliance.config import load_settings
from exam_appliance.journal.journal import Journal
from tests.site_parts import APPLIANCE, HandClock

DESK = "10.20.1.5"
PASSWORD = "Jiankao#2026"
MINUTE_MS = 60_000


@dataclass
class Desk:
    """One server's accounts and log-in sessions, and the clock in the test's hand."""

    clock: HandClock
    build: Callable[[], Accounts]
    accounts: Accounts
    sessions: StaffSessions
    lead: StaffAccount

    async def restart(self) -> None:
        """Stop in order and start again."""
        await self.sessions.stop()
        self.crash()

    def crash(self) -> None:
        """Begin anew from what is on disk."""
        self.accounts.store.close()
        self.accounts = self.build()
        self.sessions = StaffSessions(self.accounts)
        self.sessions.start()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A server with the lead Wang; idle limit 30 minutes, absolute limit 12 hours."""
    clock = HandClock()
    journal = Journal(tmp_path / "journal.db", APPLIANCE, Ed25519PrivateKey.generate())
    journal.start()
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))

    def build() -> Accounts:
        settings = load_settings(None).settings.accounts
        accounts = Accounts(tmp_path / "accounts.db", journal, clock, settings=settings, passwords=passwords)
        accounts.start()
        return accounts

    accounts = build()
    lead = await accounts.create("setup", "wang", "王负责", ["lead"], PASSWORD)
    await accounts.create("setup", "zhao", "赵技术", ["technician"], PASSWORD)
    sessions = StaffSessions(accounts)
    sessions.start()
    desk = Desk(clock, build, accounts, sessions, lead)
    yield desk
    await desk.sessions.stop()
    desk.accounts.close()
    journal.close()


async def test_token_speaks_for_its_account_and_is_nowhere_on_disk(desk: Desk, tmp_path: Path) -> None:
    token = await desk.sessions.open(desk.lead, DESK)
    assert desk.sessions.find(token, DESK) == desk.lead
    assert desk.sessions.find(token[:-1] + ("A" if token[-1] != "A" else "B"), DESK) is None
    stored = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("*.db*")))  # noqa: ASYNC240
    assert len(stored) > 4096
    assert token.encode() not in stored


async def test_stolen_token_is_of_no_use_at_another_address_and_its_owner_goes_on(desk: Desk) -> None:
    token = await desk.sessions.open(desk.lead, DESK)
    assert desk.sessions.find(token, "10.20.2.31") is None
    assert desk.sessions.find(token, DESK) == desk.lead


async def test_session_ends_after_the_idle_limit_and_each_request_begins_it_anew(desk: Desk) -> None:
    token = await desk.sessions.open(desk.lead, DESK)
    for _ in range(3):
        desk.clock.pass_ms(29 * MINUTE_MS)
        assert desk.sessions.find(token, DESK) is not None
    desk.clock.pass_ms(30 * MINUTE_MS + 1)
    assert desk.sessions.find(token, DESK) is None
    desk.clock.pass_ms(-30 * MINUTE_MS)
    assert desk.sessions.find(token, DESK) is None, "once ended it stays ended"


async def test_session_ends_after_the_absolute_limit_however_busy(desk: Desk) -> None:
    token = await desk.sessions.open(desk.lead, DESK)
    for _ in range(12 * 6):
        desk.clock.pass_ms(10 * MINUTE_MS)
        assert desk.sessions.find(token, DESK) is not None
    desk.clock.pass_ms(1)
    assert desk.sessions.find(token, DESK) is None


async def test_wall_clock_moved_by_an_hour_ends_no_session_and_lengthens_none(desk: Desk) -> None:
    token = await desk.sessions.open(desk.lead, DESK)
    desk.clock.wall += 60 * MINUTE_MS
    assert desk.sessions.find(token, DESK) is not None
    desk.clock.wall -= 120 * MINUTE_MS
    desk.clock.boottime += 30 * MINUTE_MS + 1
    assert desk.sessions.find(token, DESK) is None


async def test_invigilator_stays_logged_in_over_a_restart_and_over_a_crash(desk: Desk) -> None:
    token = await desk.sessions.open(desk.lead, DESK)
    await desk.restart()
    assert desk.sessions.find(token, DESK) == desk.lead
    desk.crash()
    assert desk.sessions.find(token, DESK) == desk.lead


async def test_idle_time_counts_on_over_a_restart_and_over_a_reboot(desk: Desk) -> None:
    token = await desk.sessions.open(desk.lead, DESK)
    desk.clock.pass_ms(20 * MINUTE_MS)
    await desk.restart()
    desk.clock.boot_id, desk.clock.boottime = "boot-2", 5_000
    desk.clock.wall += 11 * MINUTE_MS
    desk.crash()
    assert desk.sessions.find(token, DESK) is None


async def test_logging_out_ends_the_session_also_on_disk(desk: Desk) -> None:
    token = await desk.sessions.open(desk.lead, DESK)
    other = await desk.sessions.open(desk.lead, "10.20.1.6")
    await desk.sessions.close(token)
    desk.crash()
    assert desk.sessions.find(token, DESK) is None
    assert desk.sessions.find(other, "10.20.1.6") is not None
    await desk.sessions.close_all("wang")
    desk.crash()
    assert desk.sessions.find(other, "10.20.1.6") is None


async def test_new_password_and_disabling_end_all_sessions_of_the_account(desk: Desk) -> None:
    token = await desk.sessions.open(desk.lead, DESK)
    await desk.accounts.set_password("wang", PASSWORD, "Xinmima#2027", DESK)
    assert desk.sessions.find(token, DESK) is None
    fresh = await desk.sessions.open(desk.lead, DESK)
    assert desk.sessions.find(fresh, DESK) is not None
    await desk.accounts.change("zhao", "wang", active=False)
    assert desk.sessions.find(fresh, DESK) is None


async def test_changed_roles_hold_from_the_next_request_on(desk: Desk) -> None:
    token = await desk.sessions.open(desk.lead, DESK)
    await desk.accounts.change("zhao", "wang", roles=["invigilator"])
    found = desk.sessions.find(token, DESK)
    assert found is not None
    assert found.roles == ("invigilator",)


async def test_one_account_holds_a_bounded_number_of_sessions_and_the_most_silent_ends(desk: Desk) -> None:
    tokens = []
    for _ in range(SESSIONS_PER_ACCOUNT + 1):
        desk.clock.pass_ms(1000)
        tokens.append(await desk.sessions.open(desk.lead, DESK))
    assert desk.sessions.find(tokens[0], DESK) is None
    assert all(desk.sessions.find(token, DESK) is not None for token in tokens[1:])
