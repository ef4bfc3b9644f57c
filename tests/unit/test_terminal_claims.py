"""Signed requests of terminals: what is signed, what is told missing, what is taken once only."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_appliance.journal.database import DatabaseTooNew
from exam_appliance.terminals import store as terminal_store
from exam_appliance.terminals.claims import Asked, Claim, NotSigned, mapped_claim, own_claim
from exam_appliance.terminals.mapping.reading import shipped_mappings
from exam_appliance.terminals.presence import Presences
from exam_appliance.terminals.signing import WINDOW_MS, is_nonce, is_signature, new_key, signature
from exam_appliance.terminals.standing import is_old, standing_of
from exam_appliance.terminals.store import (
    ANSWERS_KEPT_MS,
    Contact,
    Terminal,
    TerminalStore,
    stored_terminals,
)

KEY = bytes(range(32))
NOW = 1_795_600_000_000
SHIPPED = shipped_mappings()


def own_request(**change: Any) -> Asked:
    body = b'{"software": "1.2"}'
    text = "\n".join(
        (
            "POST",
            "/api/terminal/heartbeat?x=1",
            str(NOW),
            "0123456789abcdef",
            hashlib.sha256(body).hexdigest(),
        )
    )
    signed = base64.b64encode(hmac.digest(KEY, text.encode(), "sha256")).decode()
    headers = {
        "Kaodian-Terminal": "T1",
        "Kaodian-Time": str(NOW),
        "Kaodian-Nonce": "0123456789abcdef",
        "Kaodian-Signature": signed,
    }
    asked = Asked("POST", "/api/terminal/heartbeat", "x=1", headers, body, {}, {"x": "1"})
    return replace(asked, **change)


def holds(claim: Claim) -> bool:
    return is_signature(KEY, claim.text, claim.signature)


def test_our_own_signature_covers_method_path_query_time_word_and_body() -> None:
    asked = own_request()
    claim = own_claim(asked)
    assert (claim.terminal, claim.time_ms, claim.nonce) == ("T1", NOW, "0123456789abcdef")
    assert holds(claim)
    for change in (
        {"method": "PUT"},
        {"path": "/api/terminal/results"},
        {"query": "x=2"},
        {"query": ""},
        {"body": b"{}"},
        {"headers": {**asked.headers, "Kaodian-Time": str(NOW + 1)}},
        {"headers": {**asked.headers, "Kaodian-Nonce": "another-word-of-one"}},
    ):
        assert not holds(own_claim(own_request(**change)))


@pytest.mark.parametrize("name", ["Kaodian-Terminal", "Kaodian-Time", "Kaodian-Nonce", "Kaodian-Signature"])
@pytest.mark.parametrize("value", ["", "x" * 200])
def test_what_is_missing_or_overlong_is_named(name: str, value: str) -> None:
    asked = own_request()
    with pytest.raises(NotSigned) as missing:
        own_claim(replace(asked, headers={**asked.headers, name: value}))
    assert missing.value.what == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Kaodian-Time", "noon"),
        ("Kaodian-Time", "-1"),
        ("Kaodian-Time", "１２３"),
        ("Kaodian-Signature", "☃"),
        ("Kaodian-Signature", base64.b64encode(b"short").decode()),
    ],
)
def test_what_is_malformed_is_named(name: str, value: str) -> None:
    asked = own_request()
    with pytest.raises(NotSigned) as missing:
        own_claim(replace(asked, headers={**asked.headers, name: value}))
    assert missing.value.what == name


def form_request(fields: dict[str, Any]) -> Asked:
    return Asked("POST", "/verify", "", {}, b"", fields, {})


def test_a_makers_signature_over_sorted_fields_covers_every_field() -> None:
    fields: dict[str, Any] = {
        "ts": str(NOW // 1000),
        "sn": "T1",
        "once": "abcdefgh",
        "cert": "1 & 2",
        "z": "甲",
    }
    text = f"/verify&cert=1 & 2&once=abcdefgh&sn=T1&ts={NOW // 1000}&z=甲"
    fields["sign"] = hmac.digest(KEY, text.encode(), "sha256").hex().upper()
    claim = mapped_claim(SHIPPED["form-and-xml"], form_request(fields))
    assert holds(claim)
    assert claim.time_ms == NOW
    for name in ("ts", "sn", "once", "cert", "z"):
        changed = mapped_claim(SHIPPED["form-and-xml"], form_request({**fields, name: "12345678"}))
        assert not holds(changed)
    assert not holds(mapped_claim(SHIPPED["form-and-xml"], form_request({**fields, "more": "x"})))
    with pytest.raises(NotSigned, match="nested"):
        mapped_claim(SHIPPED["form-and-xml"], form_request({**fields, "nested": {"a": 1}}))


def test_a_makers_signature_in_headers_covers_the_body() -> None:
    body = b'{"ver": "2"}'
    parts = ("T1", str(NOW), "abcdefgh", "POST", "/device/alive", "", hashlib.sha256(body).hexdigest())
    sign = base64.b64encode(hmac.digest(KEY, "\n".join(parts).encode(), "sha256")).decode()
    headers = {"X-Device": "T1", "X-Timestamp": str(NOW), "X-Nonce": "abcdefgh", "X-Sign": sign}
    asked = Asked("POST", "/device/alive", "", headers, body, {"ver": "2"}, {})
    assert holds(mapped_claim(SHIPPED["json-in-headers"], asked))
    assert not holds(mapped_claim(SHIPPED["json-in-headers"], replace(asked, body=body + b" ")))
    assert not holds(mapped_claim(SHIPPED["json-in-headers"], replace(asked, query="a=1")))


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["sn", "ts", "once", "sign", "x"]), st.text(max_size=90)))
def test_any_fields_are_a_claim_or_named_as_missing(fields: dict[str, str]) -> None:
    try:
        claim = mapped_claim(SHIPPED["form-and-xml"], form_request(dict(fields)))
    except NotSigned as missing:
        assert missing.what
    else:
        assert not holds(claim)


def test_keys_are_new_each_time_and_signatures_are_hmac_sha256() -> None:
    assert len(new_key()) == 32
    assert new_key() != new_key()
    # RFC 4231, test case 2
    assert signature(b"Jefe", b"what do ya want for nothing?").hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert is_nonce("12345678")
    assert not any(map(is_nonce, ("1234567", "x" * 65, "汉字汉字汉字汉字", "a\nbcdefgh")))


@pytest.fixture
def store(tmp_path: Path) -> TerminalStore:
    return TerminalStore(tmp_path / "terminals.db")


def test_a_word_is_taken_once_also_after_a_restart(store: TerminalStore, tmp_path: Path) -> None:
    assert store.take("T1", "abcdefgh", NOW, NOW) == "fresh"
    assert store.take("T1", "abcdefgh", NOW, NOW) == "replayed"
    assert store.take("T2", "abcdefgh", NOW, NOW) == "fresh"
    store.close()
    again = TerminalStore(tmp_path / "terminals.db")
    # Signed ahead of the server's clock, shown again as late as it can still be in the window.
    assert again.take("T1", "abcdefgh", NOW, NOW + WINDOW_MS) == "replayed"
    again.take("T1", "ahead-of-us", NOW + WINDOW_MS, NOW)
    assert again.take("T1", "ahead-of-us", NOW + WINDOW_MS, NOW + 2 * WINDOW_MS) == "replayed"
    assert (tmp_path / "terminals.db").stat().st_mode & 0o077 == 0
    again.close()


def test_words_of_long_ago_are_forgotten_and_a_flood_is_told(
    store: TerminalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_store, "NONCES_HELD", 3)
    for number in range(3):
        assert store.take("T1", f"word-{number}-of-it", NOW, NOW) == "fresh"
    assert store.take("T1", "one-too-many", NOW, NOW) == "flood"
    assert store.take("T1", "one-later", NOW, NOW + 2 * WINDOW_MS + 1) == "fresh"


def test_terminals_are_kept_with_their_keys(store: TerminalStore, tmp_path: Path) -> None:
    terminal = Terminal("t-1", "一体机 1", "一楼大厅", "", True, NOW)
    store.put(terminal, KEY)
    store.put(replace(terminal, active=False), KEY)
    store.close()
    assert TerminalStore(tmp_path / "terminals.db").all() == [(replace(terminal, active=False), KEY)]


def test_a_file_of_a_newer_program_is_not_touched(store: TerminalStore, tmp_path: Path) -> None:
    store._connection.execute("PRAGMA user_version=99")
    store.close()
    with pytest.raises(DatabaseTooNew):
        TerminalStore(tmp_path / "terminals.db")


def test_the_last_contact_is_kept_and_read_from_the_file_alone(store: TerminalStore, tmp_path: Path) -> None:
    quiet, heard = (Terminal(f"t-{n}", f"一体机 {n}", "", "", True, NOW) for n in (1, 2))
    store.put(quiet, KEY)
    store.put(heard, KEY)
    store.heard("t-2", Contact(NOW, "10.0.0.8", "sim 1.0", ("补光灯故障",)))
    last = Contact(NOW + 5, "10.0.0.9", "sim 1.1")
    store.heard("t-2", last)
    # While the server runs, and after it stopped.
    assert stored_terminals(tmp_path / "terminals.db") == [(quiet, None), (heard, last)]
    store.close()
    assert stored_terminals(tmp_path / "terminals.db") == [(quiet, None), (heard, last)]
    assert stored_terminals(tmp_path / "none.db") == []
    assert not (tmp_path / "none.db").exists()


def test_a_file_of_the_first_release_is_taken_over(store: TerminalStore, tmp_path: Path) -> None:
    terminal = Terminal("t-1", "一体机 1", "", "", True, NOW)
    store.put(terminal, KEY)
    store._connection.execute("DROP TABLE contact")
    store._connection.execute("PRAGMA user_version=1")
    store.close()
    assert stored_terminals(tmp_path / "terminals.db") == [(terminal, None)]
    again = TerminalStore(tmp_path / "terminals.db")
    again.heard("t-1", Contact(NOW, "10.0.0.8"))
    assert again.contacts() == {"t-1": Contact(NOW, "10.0.0.8")}
    assert again.all() == [(terminal, KEY)]
    again.close()


@pytest.mark.parametrize(
    ("active", "contact", "silent", "state"),
    [
        (True, None, False, "never_heard"),
        (True, Contact(NOW, ""), False, "online"),
        (True, Contact(NOW, "", "", ("坏了",)), False, "faulty"),
        (True, Contact(NOW, "", "", ("坏了",)), True, "silent"),
        (False, Contact(NOW, ""), True, "revoked"),
    ],
)
def test_how_a_terminal_stands(active: bool, contact: Contact | None, silent: bool, state: str) -> None:
    assert standing_of(Terminal("t-1", "", "", "", active, NOW), contact, silent=silent) == state
    assert is_old(Contact(NOW, ""), NOW + 60_001, 60_000)
    assert not is_old(Contact(NOW, ""), NOW + 60_000, 60_000)


def test_one_heard_before_a_restart_is_known_and_told_when_it_stays_away() -> None:
    presences = Presences(silent_after_ms=60_000)
    presences.restore("T1", Contact(NOW, "10.0.0.8", "sim 1.0"), started_ms=1_000)
    restored = presences.of("T1")
    assert restored is not None
    assert (restored.restored, restored.contact) == (True, Contact(NOW, "10.0.0.8", "sim 1.0"))
    assert presences.grown_silent(["T1"], 61_000, 1_000) == []
    assert presences.grown_silent(["T1"], 61_001, 1_000) == ["T1"]
    assert presences.heard("T1", 62_000, NOW + 1, "10.0.0.8")
    back = presences.of("T1")
    assert back is not None
    assert (back.restored, back.silent) == (False, False)


def test_answers_which_name_candidates_are_deleted_after_their_time(store: TerminalStore) -> None:
    store.answer("T1", "R1", "d", '{"name": "王明"}', NOW)
    assert store.forget_answers(NOW + ANSWERS_KEPT_MS) == 0
    assert store.answered("T1", "R1") == ("d", '{"name": "王明"}')
    assert store.forget_answers(NOW + ANSWERS_KEPT_MS + 1) == 1
    assert store.answered("T1", "R1") is None
