"""Keys of candidate machines, what they signed, and what a machine is known by besides."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from central_sync.protocol.http.problems import Problem
from exam_appliance.seats.facts import MachineFacts, neighbour_mac, same_machine, with_mac
from exam_appliance.seats.keys import is_signed, key_text, machine_of, seat_key
from tests.bound_seat_parts import SeatMachine

ARP = """IP address       HW type     Flags       HW address            Mask     Device
10.20.10.101     0x1         0x2         52:54:00:10:00:01     *        lan0
10.20.10.102     0x1         0x0         00:00:00:00:00:00     *        lan0
"""


@pytest.mark.parametrize(
    "machine",
    [SeatMachine(), SeatMachine(raw=True), SeatMachine(key=Ed25519PrivateKey.generate())],
    ids=["p-256 as openssl signs", "p-256 as browsers sign", "ed25519"],
)
def test_what_a_machine_signed_holds_and_nothing_else_does(machine: SeatMachine) -> None:
    key = seat_key(machine.public_key)
    assert key_text(key) == machine.public_key
    assert machine_of(key) == machine.name
    signature = machine.sign(b"said")
    assert is_signed(key, b"said", signature)
    assert not is_signed(key, b"sayd", signature)
    assert not is_signed(seat_key(SeatMachine().public_key), b"said", signature)


def test_keys_of_other_kinds_are_refused() -> None:
    other = SeatMachine(key=ec.generate_private_key(ec.SECP384R1()))
    for wrong in (other.public_key, "", "AAAA", "not base64!", base64.b64encode(b"\x30\x00").decode()):
        with pytest.raises(Problem, match=r"seat\.key"):
            seat_key(wrong)


@given(st.binary(max_size=120), st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_signature_of_any_form_breaks_the_check(data: bytes, text: str) -> None:
    key = seat_key(SEEN.public_key)
    assert not is_signed(key, b"said", base64.b64encode(data).decode())
    assert not is_signed(key, b"said", text)


SEEN = SeatMachine()


def test_the_servers_own_neighbours_tell_a_machines_card() -> None:
    assert neighbour_mac("10.20.10.101", ARP) == "52:54:00:10:00:01"
    assert neighbour_mac("10.20.10.102", ARP) == ""
    assert neighbour_mac("10.20.10.1", ARP) == ""
    facts = with_mac(MachineFacts(macs=("52:54:00:99:00:01",)), "52:54:00:10:00:01")
    assert facts.macs == ("52:54:00:99:00:01", "52:54:00:10:00:01")
    assert with_mac(facts, "52:54:00:10:00:01") is facts


@given(st.text(max_size=200))
@settings(max_examples=60)
def test_any_table_of_neighbours_is_read(table: str) -> None:
    assert neighbour_mac("10.0.0.1", table) == "" or ":" in table


def test_a_machine_is_known_again_by_a_card_or_its_board_and_not_by_what_makers_left_out() -> None:
    one = MachineFacts(macs=("52:54:00:00:00:01",), uuid="4c4c4544-0042-3510-8052-b4c04f564433")
    new_card = MachineFacts(macs=("52:54:00:00:00:02",), uuid=one.uuid.upper())
    other = MachineFacts(macs=("52:54:00:00:00:03",), uuid="4c4c4544-0042-3510-8052-b4c04f564434")
    assert same_machine(one, new_card) is True
    assert same_machine(one, other) is False
    assert same_machine(one, MachineFacts()) is None
    for unsaid in ("To be filled by O.E.M.", "Default string", "00000000", "None", "0"):
        assert MachineFacts(vendor="ASUS", serial=unsaid).board == ""
    assert MachineFacts(uuid="03000200-0400-0500-0006-000700080009").board == ""
    assert MachineFacts(vendor="LENOVO", serial="PF1A2B3C").board == "LENOVO/PF1A2B3C"
