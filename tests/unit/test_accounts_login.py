"""Staff log in: passwords, back-off, the second person, what the journal says of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.kinds import KINDS
from central_sync.protocol.session import AccountsDocument, StaffAccountDocument
from exam_appliance.accounts.accounts import Accounts
from exam_appliance.accounts.passwords import Passwords, is_hash, weaknesses
from exam_appliance.accounts.refusals import LoginRefused, SecondPersonRefused
from exam_appliance.config import load_settings
from exam_appliance.journal.journal import Journal
from tests.site_parts import APPLIANCE, HandClock

DESK = "10.20.1.5"
PASSWORD = "Jiankao#2026"
LIGHT = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
"""Real argon2id at little cost: these tests are about the rules around it."""


class Staff:
    """Accounts over a real journal, opened again as a restart does."""

    def __init__(self, folder: Path, clock: HandClock) -> None:
        self.folder, self.clock = folder, clock
        self.key = Ed25519PrivateKey.generate()
        self.open()

    def open(self) -> None:
        """Open journal and accounts."""
        self.journal = Journal(self.folder / "journal.db", APPLIANCE, self.key)
        self.journal.start()
        settings = load_settings(None).settings.accounts
        self.accounts = Accounts(
            self.folder / "accounts.db",
            self.journal,
            self.clock,
            settings=settings,
            passwords=Passwords(LIGHT),
        )
        self.accounts.start()

    def close(self) -> None:
        """Close both."""
        self.accounts.close()
        self.journal.close()

    def entries(self, kind: str) -> list[tuple[str, str, dict[str, object]]]:
        """Return (subject, actor, body) of a kind's entries, each checked against its declared body."""
        found = [entry for entry in self.journal.entries() if entry["kind"] == kind]
        for entry in found:
            KINDS[kind].body.model_validate(entry["body"])
        return [(entry["subject"], entry["actor"], entry["body"]) for entry in found]

    async def refused(self, username: str, password: str, address: str = DESK) -> LoginRefused:
        """Return how a log-in is refused."""
        with pytest.raises(LoginRefused) as refused:
            await self.accounts.authenticate(username, password, address)
        return refused.value


@pytest.fixture
async def staff(tmp_path: Path) -> AsyncIterator[Staff]:
    """The lead Wang, the invigilator Li and the technician Zhao."""
    staff = Staff(tmp_path, HandClock())
    await staff.accounts.create("setup", "wang", "王负责", ["lead"], PASSWORD, must_change_password=False)
    await staff.accounts.create("wang", "lijk", "李监考", ["invigilator"], PASSWORD)
    await staff.accounts.create("wang", "zhao", "赵技术", ["technician"], PASSWORD)
    yield staff
    staff.close()


async def test_password_is_kept_as_argon2id_hash_and_never_in_the_file_or_the_journal(staff: Staff) -> None:
    await staff.accounts.authenticate("wang", PASSWORD, DESK)
    stored = {one.account.username: one.password_hash for one in staff.accounts.store.accounts()}
    assert all(text.startswith("$argon2id$") and is_hash(text) for text in stored.values())
    assert len(set(stored.values())) == 3, "the same password is salted anew for each account"
    for path in staff.folder.iterdir():
        assert PASSWORD.encode() not in path.read_bytes()


async def test_right_password_logs_in_notes_the_time_and_is_journalled(staff: Staff) -> None:
    account = await staff.accounts.authenticate("lijk", PASSWORD, DESK)
    assert account.roles == ("invigilator",)
    assert account.must_change_password
    assert account.last_login is not None
    assert round(account.last_login.timestamp() * 1000) == staff.clock.wall
    assert staff.entries("staff.login") == [("lijk", "lijk", {"address": DESK})]


async def test_unknown_name_is_refused_like_a_wrong_password_and_not_journalled_by_name(staff: Staff) -> None:
    unknown = await staff.refused("Jiankao#2026-typed-in-the-wrong-field", PASSWORD)
    wrong = await staff.refused("wang", "Wrong#12345")
    assert (unknown.slug, unknown.zh, unknown.status) == (wrong.slug, wrong.zh, 403)
    assert [subject for subject, _, _ in staff.entries("staff.refused")] == ["?", "wang"]


async def test_failures_in_a_row_make_the_desk_wait_twice_as_long_each_time(staff: Staff) -> None:
    for _ in range(5):
        assert (await staff.refused("wang", "Wrong#12345")).slug == "login.wrong"
    first = await staff.refused("wang", PASSWORD)
    assert (first.slug, first.status, first.wait_s) == ("login.wait", 429, 2)
    staff.clock.pass_ms(2_001)
    assert (await staff.refused("wang", "Wrong#12345")).slug == "login.wrong"
    assert (await staff.refused("wang", PASSWORD)).wait_s == 4
    staff.clock.pass_ms(3_000)
    assert (await staff.refused("wang", PASSWORD)).wait_s == 1
    staff.clock.pass_ms(1_001)
    assert (await staff.accounts.authenticate("wang", PASSWORD, DESK)).username == "wang"
    assert (await staff.refused("wang", "Wrong#12345")).slug == "login.wrong", "counting begins anew"


async def test_waiting_is_journalled_once_and_the_wall_clock_does_not_shorten_it(staff: Staff) -> None:
    for _ in range(5):
        await staff.refused("wang", "Wrong#12345")
    staff.clock.wall += 3_600_000
    for _ in range(20):
        assert (await staff.refused("wang", PASSWORD)).slug == "login.wait"
    reasons = [body["reason"] for _, _, body in staff.entries("staff.refused")]
    assert reasons == ["login.wrong"] * 5 + ["login.wait"]


async def test_failures_at_a_seat_do_not_lock_the_lead_out_of_the_own_desk(staff: Staff) -> None:
    for _ in range(8):
        await staff.refused("wang", "Wrong#12345", "10.20.2.31")
    assert (await staff.accounts.authenticate("wang", PASSWORD, DESK)).username == "wang"


async def test_one_address_that_tries_many_names_is_made_to_wait(staff: Staff) -> None:
    slugs = [(await staff.refused(f"guess{number}", PASSWORD)).slug for number in range(12)]
    assert slugs[0] == "login.wrong"
    assert slugs[-1] == "login.wait"


async def test_many_attempts_at_once_count_before_their_passwords_are_checked(staff: Staff) -> None:
    refused = await asyncio.gather(*(staff.refused("wang", "Wrong#12345") for _ in range(20)))
    slugs = [one.slug for one in refused]
    assert slugs.count("login.wrong") == 5
    assert slugs.count("login.wait") == 15


async def test_disabled_account_is_told_so_only_with_the_right_password(staff: Staff) -> None:
    await staff.accounts.change("wang", "lijk", active=False)
    assert (await staff.refused("lijk", "Wrong#12345")).slug == "login.wrong"
    assert (await staff.refused("lijk", PASSWORD)).slug == "login.disabled"


async def test_second_person_must_be_another_with_the_right_password_and_role(staff: Staff) -> None:
    accounts = staff.accounts
    first = await accounts.authenticate("wang", PASSWORD, DESK)

    async def slug(username: str, password: str) -> str:
        with pytest.raises(SecondPersonRefused) as refused:
            await accounts.confirm_second(first, username, password, DESK, roles=("invigilator", "lead"))
        assert refused.value.status == 403, "the first person stays logged in"
        return refused.value.slug

    assert await slug("wang", PASSWORD) == "second.same"
    assert await slug("lijk", "Wrong#12345") == "second.wrong"
    assert await slug("nobody", PASSWORD) == "second.wrong"
    assert await slug("zhao", PASSWORD) == "second.role"
    second = await accounts.confirm_second(first, "lijk", PASSWORD, DESK, roles=("invigilator", "lead"))
    assert second.username == "lijk"
    reasons = [body["reason"] for _, _, body in staff.entries("staff.refused")]
    assert reasons == ["login.wrong", "login.wrong", "second.role"]


async def test_weak_passwords_are_refused_with_each_want_named(staff: Staff) -> None:
    with pytest.raises(Problem) as refused:
        await staff.accounts.create("wang", "newone", "新人", ["lead"], "aaaa")
    assert refused.value.reason == "password.weak"
    assert len(refused.value.fields) == 4
    assert weaknesses("Jiankao#2026", "wang", 10) == []
    assert weaknesses("Wang#Jiankao2026", "wang", 10)[0][1] == "must not contain the user name"
    assert staff.accounts.get("newone") is None


async def test_own_password_changes_with_the_old_one_and_is_then_not_forced_any_more(staff: Staff) -> None:
    with pytest.raises(Problem) as refused:
        await staff.accounts.set_password("lijk", "Wrong#12345", "Xinmima#2027", DESK)
    assert refused.value.reason == "password.old"
    changed = await staff.accounts.set_password("lijk", PASSWORD, "Xinmima#2027", DESK)
    assert not changed.must_change_password
    assert (await staff.refused("lijk", PASSWORD)).slug == "login.wrong"
    await staff.accounts.authenticate("lijk", "Xinmima#2027", DESK)
    assert staff.entries("staff.password") == [("lijk", "lijk", {"by_self": True})]


async def test_nobody_disables_the_own_account_or_the_last_who_manages(staff: Staff) -> None:
    accounts = staff.accounts
    with pytest.raises(Problem) as own:
        await accounts.change("wang", "wang", active=False)
    assert own.value.reason == "account.own"
    await accounts.change("wang", "zhao", active=False)
    with pytest.raises(Problem) as last:
        await accounts.change("zhao", "wang", roles=["invigilator"])
    assert last.value.reason == "account.last"
    names = [(subject, body["active"]) for subject, _, body in staff.entries("staff.account")]
    assert names == [("wang", True), ("lijk", True), ("zhao", True), ("zhao", False)]


async def test_two_creations_of_one_name_at_once_make_one_account(staff: Staff) -> None:
    made = await asyncio.gather(
        staff.accounts.create("wang", "chen", "陈一", ["invigilator"], PASSWORD),
        staff.accounts.create("wang", "chen", "陈二", ["lead"], PASSWORD),
        return_exceptions=True,
    )
    reasons = [one.reason for one in made if isinstance(one, Problem)]
    assert reasons == ["account.exists"]
    assert len([subject for subject, _, _ in staff.entries("staff.account") if subject == "chen"]) == 1


async def test_bad_user_names_are_refused(staff: Staff) -> None:
    for name in ("", "a", "Wang", "王负责", "a b c", "x" * 40, "1abc", "../etc"):
        with pytest.raises(Problem) as refused:
            await staff.accounts.create("wang", name, "名", ["lead"], PASSWORD)
        assert refused.value.reason == "account.name"


def centre_document(*names: str, password: str = "Zhongxin#2026", active: bool = True) -> AccountsDocument:
    """Return the centre's accounts, all leads."""
    return AccountsDocument(
        accounts=tuple(
            StaffAccountDocument(
                username=name,
                name=f"中心{name}",
                roles=("lead",),
                password_hash=LIGHT.hash(password),
                active=active,
            )
            for name in names
        )
    )


async def test_centre_accounts_log_in_and_cannot_be_changed_at_the_site(staff: Staff) -> None:
    await staff.accounts.take_centre(centre_document("sun", "qian"))
    account = await staff.accounts.authenticate("sun", "Zhongxin#2026", DESK)
    assert account.origin == "centre"
    for change in (
        staff.accounts.change("wang", "sun", active=False),
        staff.accounts.set_password("sun", "Zhongxin#2026", "Xinmima#2027", DESK),
    ):
        with pytest.raises(Problem) as refused:
            await change
        assert refused.value.reason == "account.from_centre"


async def test_account_that_the_centre_no_longer_names_is_disabled_and_the_site_s_own_stay(
    staff: Staff,
) -> None:
    await staff.accounts.take_centre(centre_document("sun", "qian"))
    document = centre_document("qian")
    await staff.accounts.take_centre(document)
    before = len(staff.entries("staff.account"))
    await staff.accounts.take_centre(document)
    assert len(staff.entries("staff.account")) == before, "the same document again changes nothing"
    assert {one.username: one.active for one in staff.accounts.all()} == {
        "lijk": True,
        "qian": True,
        "sun": False,
        "wang": True,
        "zhao": True,
    }
    assert (await staff.refused("sun", "Zhongxin#2026")).slug == "login.disabled"


async def test_hash_from_the_centre_that_cannot_be_checked_harmlessly_disables_the_account(
    staff: Staff,
) -> None:
    huge = LIGHT.hash("x").replace("m=1024", "m=99999999")
    for text in (huge, "plain", "$2b$12$abc", LIGHT.hash("x").replace("argon2id", "argon2i")):
        one = StaffAccountDocument(username="sun", name="孙", roles=("lead",), password_hash=text)
        await staff.accounts.take_centre(AccountsDocument(accounts=(one,)))
        account = staff.accounts.get("sun")
        assert account is not None
        assert not account.active


async def test_accounts_are_the_same_after_a_restart(staff: Staff) -> None:
    await staff.accounts.take_centre(centre_document("sun"))
    await staff.accounts.authenticate("wang", PASSWORD, DESK)
    before = staff.accounts.all()
    staff.close()
    staff.open()
    assert staff.accounts.all() == before


async def test_hash_of_lower_cost_is_made_anew_at_log_in(staff: Staff) -> None:
    staff.close()
    staff.open()
    dearer = PasswordHasher(time_cost=2, memory_cost=2048, parallelism=1)
    staff.accounts._passwords = Passwords(dearer)
    await staff.accounts.authenticate("wang", PASSWORD, DESK)
    stored = {one.account.username: one.password_hash for one in staff.accounts.store.accounts()}
    assert "m=2048,t=2" in stored["wang"]
    assert "m=1024,t=1" in stored["lijk"]
