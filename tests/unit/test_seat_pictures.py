"""How a candidate stands with the picture at the seat, and whom it holds back: the rule alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exam_appliance.config import load_settings
from exam_appliance.config.problems import ConfigError
from exam_appliance.exam.attempt import Attempt, SeatCheck
from exam_appliance.exam.seat_pictures import MOST_TRIES, SeatPictureGate, SeatPictureMode
from exam_appliance.exam.states import SeatState
from exam_appliance.faces import reasons
from exam_appliance.faces.reasons import OF_PICTURE, OF_REFERENCE, told_of
from exam_appliance.identity.decision import Decision, DecisionReason
from exam_appliance.identity.facts import Comparison, Outcome
from exam_appliance.identity.rules import RULES
from exam_appliance.identity.seat_checks import NO_DESK_PICTURE, Advice, advice

CHECK = SeatCheck("a" * 32, "第一考场", 3, "ask", by_person=False, retake=True, zh="太暗", en="dark")


def attempt(state: SeatState = SeatState.CHECKED_IN, **more: Any) -> Attempt:
    """Return an attempt at seat 3."""
    return Attempt("260001000001", "S-1", state, room="第一考场", seat=3, **more)


def stands(one: Attempt, mode: SeatPictureMode = "required", *, verified: bool = True) -> str:
    """Return how an attempt stands, as text."""
    gate = SeatPictureGate(mode)
    gate.comparable = lambda ticket: verified
    return str(gate.state(one))


def test_before_the_start_a_picture_is_due_and_only_of_who_waits() -> None:
    assert stands(attempt()) == "due"
    for state in (SeatState.ARRANGED, SeatState.ABSENT, SeatState.VOIDED):
        assert stands(attempt(state)) == "None"
    assert stands(attempt(), "off") == "None"
    assert not SeatPictureGate("off").holds_back(attempt())


def test_who_was_not_verified_is_asked_for_nothing_but_where_it_is_required_a_person_must_look() -> None:
    assert stands(attempt(), "asked", verified=False) == "None"
    assert stands(attempt(), verified=False) == "person"


@pytest.mark.parametrize(
    ("changes", "tries", "state"),
    [
        ({"verdict": "pass"}, 0, "passed"),
        ({"verdict": "pass", "by_person": True}, 0, "passed"),
        ({"verdict": "refuse", "by_person": True}, 0, "refused"),
        ({"verdict": "refuse"}, 1, "person"),
        ({}, 1, "due"),
        ({}, MOST_TRIES, "person"),
        ({"retake": False}, 1, "person"),
        ({"seat": 4}, 1, "due"),
        ({"seat": 4, "verdict": "pass"}, 0, "due"),
        ({"room": "第二考场", "verdict": "pass"}, MOST_TRIES, "person"),
    ],
)
def test_what_was_decided_at_this_seat_counts_until_tries_are_used_up(
    changes: dict[str, Any], tries: int, state: str
) -> None:
    one = attempt(seat_check=replace(CHECK, **changes), seat_tries=tries)
    assert stands(one) == state
    assert SeatPictureGate("required").holds_back(one) is (state != "passed")
    assert not SeatPictureGate("asked").holds_back(one)


def test_once_begun_an_open_question_stays_one_for_a_person_and_a_missing_picture_is_told() -> None:
    assert stands(attempt(SeatState.SITTING, seat_check=CHECK)) == "person"
    assert stands(attempt(SeatState.PAUSED), "asked") == "missed"
    assert stands(attempt(SeatState.SCORED, seat_check=CHECK)) == "person"
    elsewhere = replace(CHECK, seat=9, verdict="pass")
    assert stands(attempt(SeatState.SITTING, seat_check=elsewhere), "asked") == "passed"


def test_an_attempt_is_read_back_from_its_row_with_and_without_a_check_and_from_rows_of_before() -> None:
    for one in (attempt(), attempt(seat_check=CHECK, seat_tries=2)):
        assert Attempt.from_row(one.row()[3]) == one
    before = attempt().row()[3].replace(',"seat_check":null', "").replace(',"seat_tries":0', "")
    assert "seat_check" not in before
    assert Attempt.from_row(before) == attempt()


def told(code: str, comparison: Comparison | None = None) -> Advice:
    """Return what a decision by one rule means for the candidate."""
    rule = RULES[code]
    reason = DecisionReason(rule.code, rule.verdict, rule.zh, rule.en, rule.overridable)
    return advice(Decision(rule.verdict, (reason,)), comparison)


def not_compared(reason: Any) -> Comparison:
    """Return a comparison that was not made."""
    return Comparison(Outcome.NOT_COMPARED, code=reason.code, zh=reason.zh, en=reason.en)


@pytest.mark.parametrize(
    "reason",
    [
        reasons.DARK,
        reasons.NO_FACE,
        reasons.SEVERAL,
        reasons.FACE_SMALL,
        reasons.BLURRED,
        reasons.TURNED_AWAY,
    ],
)
def test_what_the_candidate_can_mend_is_said_in_the_words_of_the_face_service(reason: Any) -> None:
    said = told("face.desk_not_compared", not_compared(told_of(OF_PICTURE, reason)))
    assert (said.retake, said.zh, said.en) == (True, reason.zh, reason.en)
    at_desk = told("face.desk_not_compared", not_compared(told_of(OF_REFERENCE, reason)))
    assert (at_desk.retake, "未比对" in at_desk.zh) == (False, True)


def test_without_a_service_or_a_picture_of_the_desk_it_is_marked_not_compared_and_goes_to_a_person() -> None:
    for comparison in (not_compared(reasons.NONE), not_compared(reasons.MODELS_MISSING), NO_DESK_PICTURE):
        said = told("face.desk_not_compared", comparison)
        assert (said.retake, said.zh[:4], said.en[:12]) == (False, "未比对：", "not compared")
    assert told("face.desk_not_compared", not_compared(reasons.BUSY)).retake
    assert told("face.desk_no_match").retake
    assert not told("seat.no_camera").retake


def site_file(folder: Path, identity: str) -> Path:
    """Return a configuration file with an identity section."""
    file = folder / "site.yaml"
    file.write_text(f"state_dir: {folder}\nidentity: {identity}\n")
    return file


def test_the_picture_is_asked_for_by_default_and_required_only_with_verification(tmp_path: Path) -> None:
    assert load_settings(None).settings.identity.seat_picture == "asked"
    both = site_file(tmp_path, "{before_login: required, seat_picture: required}")
    assert load_settings(both).settings.identity.seat_picture == "required"
    with pytest.raises(ConfigError, match="seat_picture"):
        load_settings(site_file(tmp_path, "{before_login: 'off', seat_picture: required}"))
    with pytest.raises(ConfigError, match="seat_picture"):
        load_settings(site_file(tmp_path, "{seat_picture: sometimes}"))
