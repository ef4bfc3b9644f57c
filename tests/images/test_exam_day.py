"""An exam is sat on a seat from the network, through power cuts, and its score stands at the centre."""

from __future__ import annotations

import random
import shutil
import time
from typing import Any

import pytest

from tests.images.centre_process import PASSWORD
from tests.images.exam_room import Browser
from tests.images.seat_machine import (
    ALL_THE_SAME,
    BOOT_S,
    CONFIRM,
    FIRST_CHOICE,
    HAND_IN,
    attempt,
    click,
    login_page,
    other_page,
    until,
)
from tests.images.site_server import OFFICE_PORT, PICTURES, START_S, Site, come_back, console_picture
from tests.images.virtual_machine import VirtualMachine

pytestmark = pytest.mark.timeout(2400)
CUTS = 10
LATEST_CUT_S = 1.0


def ticket_of(site: Site) -> str:
    """Return the admission ticket of who sits here."""
    return str(site.centre.told["tickets"][0]["ticket"])


def answered(site: Site) -> int:
    """Return how many answers the server has acknowledged."""
    return int(attempt(site, ticket_of(site))["answered"])


def test_a_candidate_logs_in_and_answers_with_keyboard_and_pointer(site: Site, seat: VirtualMachine) -> None:
    ticket = ticket_of(site)
    step = f"/api/console/sessions/{site.centre.told['session']}"
    site.console.post(f"{step}/unlock")
    site.console.post(f"{step}/open", {"reason": ""})
    seat.drawn("bound", BOOT_S)
    # Any key leads from the seat's page to the exam, which it also does by itself.
    seat.press("ret")
    shutil.copy(until(lambda: login_page(seat), "no log-in page"), PICTURES / "seat-login.png")
    seat.type(ticket)
    typed = seat.drawn("ticket", 60)
    seat.press("ret")
    shown = until(lambda: other_page(seat, typed), "the candidate is not logged in")
    shutil.copy(shown, PICTURES / "seat-identity.png")
    click(seat, CONFIRM)
    until(lambda: attempt(site, ticket)["state"] == "checked_in", "the candidate is not confirmed")
    site.console.post(f"{step}/start", {"reason": ""})
    until(lambda: attempt(site, ticket)["state"] == "sitting", "the exam does not begin")
    shutil.copy(seat.drawn("exam", 120), PICTURES / "seat-exam.png")
    for number in range(1, 4):
        seat.press("a")
        until(lambda number=number: answered(site) == number, f"answer {number}")
        seat.press("pgdn")
    click(seat, FIRST_CHOICE)
    until(lambda: answered(site) == 4, "the answer of the pointer")
    session = site.centre.told["session"]
    console_picture(site, f"session/{session}/board", ".seat-tile", "console-board")


@pytest.mark.whole
def test_power_is_cut_ten_times_and_no_acknowledged_answer_is_lost(site: Site, seat: VirtualMachine) -> None:
    chance = random.Random(1945)
    before = answered(site)
    for cut in range(1, CUTS + 1):
        seat.press("pgdn")
        seat.press("a")
        # The cut falls before, at or after the moment in which the answer is saved.
        time.sleep(chance.uniform(0, LATEST_CUT_S))
        acknowledged = answered(site)
        site.machine.cut_power()
        site.machine.turn_on()
        come_back(site, START_S)
        kept = answered(site)
        assert kept >= acknowledged, f"cut {cut}: {acknowledged} answers were acknowledged, {kept} are there"
        until(lambda cut=cut: answered(site) == before + cut, f"cut {cut}: the seat does not go on", 180)
        print(f"cut {cut}: acknowledged {acknowledged}, kept {kept}, then {before + cut}")
    # The boot loader counts starts that came to nothing; these did not.
    assert "A_TRY=0" in site.ssh("grub-editenv /efi/grub/grubenv list").split()


def test_the_paper_is_handed_in_and_its_score_stands_at_the_centre(site: Site, seat: VirtualMachine) -> None:
    session, ticket = site.centre.told["session"], ticket_of(site)
    saved = answered(site)
    click(seat, HAND_IN)
    seat.drawn("hand-in", 120)
    click(seat, ALL_THE_SAME)
    until(lambda: attempt(site, ticket)["state"] in ("submitted", "scored"), "not handed in")
    shutil.copy(seat.drawn("result", 120), PICTURES / "seat-result.png")
    office = Browser(site.room.outside, f"http://127.0.0.1:{OFFICE_PORT}")
    office.post("/api/central/login", {"username": "office", "password": PASSWORD})

    def scored() -> Any:
        lines = office.get(f"/api/central/sessions/{session}/ledger")["lines"]
        return next((one for one in lines if one["ticket"] == ticket and one["state"] == "scored"), None)

    line = until(scored, "no score at the centre")
    assert (line["answered"], line["saved"], line["of"]) == (saved, saved, 100)
    assert 0 <= line["score"] <= saved
    # What comes after needs the server alone.
    seat.cut_power()
