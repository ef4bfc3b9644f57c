"""Seats of a site: entering by key, waiting for a seat, binding, admission, and the journal's own account."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import KeyFileWrong
from central_sync.protocol.kinds import KINDS
from exam_appliance.config.settings import FixedAddressSettings
from exam_appliance.exam.rebuild import put_in_place, rebuild
from exam_appliance.seats.authority import Pass, SeatAuthority
from exam_appliance.seats.bound import BoundSeats
from exam_appliance.seats.facts import MachineFacts
from exam_appliance.seats.fixed_addresses import FixedAddresses
from exam_appliance.seats.in_order import IDLE_MS
from exam_appliance.seats.places import Place, place_of
from exam_appliance.seats.waiting import FORGOTTEN_MS, LETTERS
from tests.bound_seat_parts import FIRST, HERE, SECOND, THERE, THIRD, SeatMachine, SeatRoom
from tests.exchange_parts import until
from tests.site_parts import APPLIANCE

HOUR_MS = 3_600_000


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[SeatRoom]:
    room = SeatRoom(tmp_path)
    yield room
    room.close()


async def test_a_new_machine_shows_a_code_and_whoever_types_it_gives_it_a_seat(room: SeatRoom) -> None:
    machine = SeatMachine(macs=("52:54:00:10:00:01",))
    entered = await room.enter(machine)
    assert entered.place is None
    assert len(entered.code) == 4
    assert set(entered.code) <= set(LETTERS)
    assert (await room.enter(machine)).code == entered.code
    with pytest.raises(Problem, match=r"seat\.not_bound"):
        room.seats.admitted(entered.token, None, HERE)
    bound = await room.seats.bind(f" {entered.code.lower()} ", SECOND, replace=False, actor="zhou")
    assert (bound.seat, bound.actor, bound.macs) == ("第一考场/2", "zhou", ("52:54:00:10:00:01",))
    assert room.seats.admitted(entered.token, None, HERE) == SECOND
    with pytest.raises(Problem, match=r"seat\.no_code"):
        await room.seats.bind(entered.code, FIRST, replace=False, actor="zhou")


async def test_a_token_speaks_for_one_machine_at_one_address_until_its_time_is_over(room: SeatRoom) -> None:
    entered = await room.seated(SeatMachine(), FIRST)
    for token, address in ((entered.token, THERE), (entered.token[:-2], HERE), ("", HERE), ("x.y", HERE)):
        with pytest.raises(Problem, match=r"seat\.not_known") as refused:
            room.seats.admitted(token, None, address)
        assert refused.value.status == 401
    room.time.pass_ms(12 * HOUR_MS - 1)
    assert room.seats.admitted(entered.token, None, HERE) == FIRST
    room.time.pass_ms(1)
    with pytest.raises(Problem, match=r"seat\.not_known"):
        room.seats.admitted(entered.token, None, HERE)


async def test_an_answer_to_a_challenge_is_good_once_for_a_minute_and_for_its_own_key(room: SeatRoom) -> None:
    machine = SeatMachine()
    said = machine.request(room.seats.challenge())
    await room.seats.enter(said, HERE)
    with pytest.raises(Problem, match=r"seat\.replayed"):
        await room.seats.enter(said, HERE)
    late = machine.request(room.seats.challenge())
    room.time.pass_ms(60_001)
    with pytest.raises(Problem, match=r"seat\.challenge"):
        await room.seats.enter(late, HERE)
    for made_up in ("1.2.3", "..", "0", "1000000.00.00"):
        with pytest.raises(Problem, match=r"seat\.challenge"):
            await room.seats.enter(machine.request(made_up), HERE)
    stolen = machine.request(room.seats.challenge()).model_copy(
        update={"public_key": SeatMachine().public_key}
    )
    with pytest.raises(Problem, match=r"seat\.signature"):
        await room.seats.enter(stolen, HERE)


async def test_a_certificate_is_the_machines_own_key_signed_by_the_site_and_bound_to_its_address(
    room: SeatRoom,
) -> None:
    machine = SeatMachine()
    await room.seated(machine, FIRST)
    entered = await room.enter(machine, certificate=True)
    certificate = x509.load_pem_x509_certificate(entered.certificate.encode())
    authority = x509.load_pem_x509_certificate(entered.authority.encode())
    certificate.verify_directly_issued_by(authority)
    assert certificate.public_key() == machine.key.public_key()
    assert certificate.not_valid_after_utc.timestamp() == entered.until_ms // 1000
    # OpenSSL, which nginx is built on, takes it as a client's and as nothing else.
    for name, pem in (("seat.pem", entered.certificate), ("authority.pem", entered.authority)):
        (room.folder / name).write_text(pem)
    now, over = room.time.wall // 1000, entered.until_ms // 1000 + 1
    for purpose, at, code in (("sslclient", now, 0), ("sslserver", now, 2), ("sslclient", over, 2)):
        command = ["openssl", "verify", "-purpose", purpose, "-attime", str(at)]
        command += ["-CAfile", "authority.pem", "seat.pem"]
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=room.folder, capture_output=True, check=False
        )
        assert done.returncode == code, done.stderr
    fingerprint = certificate.fingerprint(SHA1()).hex()
    assert room.seats.admitted("", fingerprint, HERE) == FIRST
    for wrong, address in ((fingerprint, THERE), ("0" * 40, HERE), ("", HERE)):
        with pytest.raises(Problem, match=r"seat\.certificate"):
            # A good token beside it does not help.
            room.seats.admitted(entered.token, wrong, address)
    await room.restart()
    assert room.seats.admitted("", fingerprint, HERE) == FIRST
    assert room.seats.admitted(entered.token, None, HERE) == FIRST
    room.time.pass_ms(12 * HOUR_MS)
    with pytest.raises(Problem, match=r"seat\.certificate"):
        room.seats.admitted("", fingerprint, HERE)


async def test_two_machines_that_claim_one_seat_are_told_apart_and_one_may_replace_the_other(
    room: SeatRoom,
) -> None:
    old, new = SeatMachine(macs=("52:54:00:10:00:01",)), SeatMachine(macs=("52:54:00:10:00:02",))
    held = await room.seated(old, FIRST)
    entered = await room.enter(new, THERE)
    with pytest.raises(Problem, match=r"seat\.taken") as refused:
        await room.seats.bind(entered.code, FIRST, replace=False, actor="zhou")
    assert "52:54:00:10:00:01" in refused.value.zh
    await room.seats.bind(entered.code, FIRST, replace=True, actor="zhou")
    assert room.seats.admitted(entered.token, None, THERE) == FIRST
    with pytest.raises(Problem, match=r"seat\.not_bound"):
        room.seats.admitted(held.token, None, HERE)
    kinds = [entry["kind"] for entry in room.journal.entries() if entry["kind"] != "seat.admitted"]
    assert kinds == ["seat.bound", "seat.unbound", "seat.bound"]


async def test_a_seat_is_moved_and_unbound_and_takes_effect_at_once(room: SeatRoom) -> None:
    first, second = SeatMachine(), SeatMachine()
    one = await room.seated(first, FIRST)
    await room.seated(second, SECOND, THERE)
    await room.seats.move(FIRST, THIRD, replace=False, actor="zhou")
    assert room.seats.admitted(one.token, None, HERE) == THIRD
    with pytest.raises(Problem, match=r"seat\.taken"):
        await room.seats.move(THIRD, SECOND, replace=False, actor="zhou")
    await room.seats.unbind(THIRD, "zhou")
    with pytest.raises(Problem, match=r"seat\.not_bound"):
        room.seats.admitted(one.token, None, HERE)
    with pytest.raises(Problem, match=r"seat\.free"):
        await room.seats.unbind(THIRD, "zhou")
    with pytest.raises(Problem, match=r"seat\.unknown"):
        await room.seats.unbind(Place("", 1), "zhou")


async def test_a_copied_key_is_found_out(room: SeatRoom) -> None:
    machine = SeatMachine(macs=("52:54:00:10:00:01",), uuid="4c4c4544-0042-3510-8052-b4c04f564433")
    await room.seated(machine, FIRST)
    copied = SeatMachine(macs=("52:54:00:10:00:09",), key=machine.key)
    with pytest.raises(Problem, match=r"seat\.cloned"):
        await room.enter(copied, THERE)
    # A browser tells nothing of its machine; the same key at two addresses at once does.
    profile = SeatMachine(key=machine.key)
    with pytest.raises(Problem, match=r"seat\.elsewhere"):
        await room.enter(profile, THERE)
    room.time.pass_ms(15_001)
    assert (await room.enter(profile, THERE)).place == FIRST
    # A new network card in the same board is the same machine.
    mended = SeatMachine(macs=("52:54:00:10:00:77",), uuid=machine.uuid, key=machine.key)
    assert (await room.enter(mended, THERE)).place == FIRST


async def test_a_machine_that_lost_its_key_is_known_again_by_its_card_as_the_server_sees_it(
    room: SeatRoom,
) -> None:
    room.seats.neighbours.write_text(f"IP\n{HERE} 0x1 0x2 52:54:00:10:00:01 * lan0\n")
    await room.seated(SeatMachine(), FIRST)
    entered = await room.enter(SeatMachine())
    (waits,) = room.seats.waiting.all(room.seats.now_ms())
    assert waits.code == entered.code
    assert room.seats.seen_before(waits.facts) == FIRST
    assert room.seats.seen_before(MachineFacts()) is None


async def test_machines_that_are_touched_take_the_free_seats_in_order(room: SeatRoom) -> None:
    await room.seated(SeatMachine(), SECOND)
    machines = [SeatMachine() for _ in range(3)]
    for number, machine in enumerate(machines):
        await room.enter(machine, f"10.0.0.{number}")
    assert await room.seats.touch(machines[0].name) is None
    assert room.seats.begin_order(FIRST, "zhou") == FIRST
    taken = [await room.seats.touch(machine.name) for machine in machines]
    # Two free seats in that room: the third machine goes on waiting, and no seat of another room is given.
    assert [one and one.seat for one in taken] == [FIRST.id, THIRD.id, None]
    assert all(one is None or one.actor == "zhou" for one in taken)
    # A second press of the same machine takes no second seat.
    assert await room.seats.touch(machines[0].name) is None
    with pytest.raises(Problem, match=r"seat\.none_free"):
        room.seats.begin_order(FIRST, "zhou")
    room.seats.begin_order(Place("第二考场", 1), "zhou")
    room.time.pass_ms(IDLE_MS + 1)
    assert await room.seats.touch(machines[2].name) is None


async def test_a_machine_that_is_switched_off_leaves_the_list(room: SeatRoom) -> None:
    entered = await room.enter(SeatMachine())
    room.time.pass_ms(FORGOTTEN_MS)
    assert [one.code for one in room.seats.waiting.all(room.seats.now_ms())] == [entered.code]
    room.time.pass_ms(1)
    assert room.seats.waiting.all(room.seats.now_ms()) == []


async def test_machines_made_up_at_one_address_push_out_only_each_other(room: SeatRoom) -> None:
    real = await room.enter(SeatMachine(), THERE)
    for _ in range(12):
        room.time.pass_ms(1)
        last = await room.enter(SeatMachine())
    codes = [one.code for one in room.seats.waiting.all(room.seats.now_ms())]
    assert len(codes) == 9
    assert {real.code, last.code} <= set(codes)


async def test_the_journal_alone_tells_who_sits_where(room: SeatRoom) -> None:
    machine, other = SeatMachine(macs=("52:54:00:10:00:01",)), SeatMachine()
    await room.seated(machine, FIRST)
    await room.enter(machine, certificate=True)
    await room.seated(other, SECOND)
    await room.seats.unbind(SECOND, "zhou")
    for entry in room.journal.entries():
        KINDS[entry["kind"]].body.model_validate(entry["body"])
    held = dict(room.seats.bound.held)
    room.journal.close()
    path = room.folder / "journal.db"
    found = rebuild(path)
    assert found.differences == ()
    put_in_place(path, found.rows)
    room.open()
    assert room.seats.bound.held == held
    assert list(held) == [FIRST.id]
    read = BoundSeats()
    read.load(room.journal)
    assert read.of_machine(machine.name) == held[FIRST.id]
    assert read.of_machine(other.name) is None
    assert place_of(FIRST.id) == FIRST
    assert place_of("12") == Place("", 12)


async def test_bound_machines_get_fixed_addresses_in_the_dhcp_servers_file(
    room: SeatRoom, tmp_path: Path
) -> None:
    folder = tmp_path / "bindings"
    folder.mkdir()
    settings = FixedAddressSettings.model_validate(
        {"folder": folder, "ipv4": "10.20.10.101", "ipv6": "fd20:3301:0:10::65"}
    )
    fixed = FixedAddresses(room.seats.bound, room.journal, settings)
    await fixed.start()
    assert (folder / "seats").read_text() == ""
    await room.seated(SeatMachine(macs=("52:54:00:10:00:03",)), THIRD)
    await room.seated(SeatMachine(), FIRST, THERE)
    line = "52:54:00:10:00:03,set:seats,10.20.10.103,[fd20:3301:0:10::67],seat-003\n"
    await until(lambda: (folder / "seats").read_text() == line)
    # DNS and DHCP run as another user.
    assert (folder / "seats").stat().st_mode & 0o044 == 0o044
    await room.seats.unbind(THIRD, "zhou")
    await until(lambda: (folder / "seats").read_text() == "")
    await fixed.stop()


def test_the_authority_is_made_once_with_a_key_that_nobody_else_reads(tmp_path: Path) -> None:
    assert not SeatAuthority.there(tmp_path)
    made = SeatAuthority.at(tmp_path, APPLIANCE)
    folder = tmp_path / "seats"
    assert (folder.stat().st_mode & 0o777, (folder / "authority.key").stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )
    again = SeatAuthority.at(tmp_path, APPLIANCE)
    assert again.pem == made.pem
    given = Pass("m", HERE, 5)
    assert again.read(made.token(given)) == given
    certificate = folder / "authority.pem"
    certificate.write_text("torn")
    with pytest.raises(KeyFileWrong, match=r"authority\.pem"):
        SeatAuthority.at(tmp_path, APPLIANCE)
    certificate.unlink()
    renewed = SeatAuthority.at(tmp_path, APPLIANCE)
    key = load_pem_private_key((folder / "authority.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert x509.load_pem_x509_certificate(renewed.pem.encode()).public_key() == key.public_key()
    (folder / "authority.key").chmod(0o644)
    with pytest.raises(KeyFileWrong, match="chmod 600"):
        SeatAuthority.at(tmp_path, APPLIANCE)
