"""Identity terminals of a running site, in our own format and in two makers': from the roster to the seat."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from firmware_adapters.simulators.terminal import Answer, Person, SimulatedTerminal, Speaks
from tests.exchange_parts import until
from tests.identity_parts import NO_MATCH, DecidedFaces, jpeg
from tests.site_app import Refused, SiteApp, Staff, picture, site_app

MAPPINGS: dict[Speaks, str] = {"own": "", "json": "json-in-headers", "form": "form-and-xml"}
ZHOU = "zhou"


class TerminalSite:
    """A site whose log-ins need a verification, with somebody who enrols terminals."""

    def __init__(self, site: SiteApp, technician: Staff, faces: DecidedFaces) -> None:
        self.site = site
        self.technician = technician
        self.faces = faces

    async def terminal(self, speaks: Speaks = "own", name: str = "一体机 1") -> SimulatedTerminal:
        """Enrol a terminal and give it its key and address."""
        told = await self.technician.post(
            "/terminals", {"name": name, "place": "一楼大厅", "mapping": MAPPINGS[speaks]}
        )
        return SimulatedTerminal(
            told["address"], told["terminal"]["id"], base64.b64decode(told["key"]), speaks
        )

    def person(self, number: int = 1, **changes: Any) -> Person:
        """Return a candidate who stands before a terminal."""
        usual = Person(
            self.site.package.id_numbers[number - 1],
            f"考生{number}",
            "resident",
            jpeg(),
            card=picture(60),
            score=0.8,
            verdict="match",
        )
        return replace(usual, **changes)

    async def states(self) -> list[str]:
        """Return how the terminals stand."""
        return [one["state"] for one in (await self.technician.get("/terminals"))["terminals"]]

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the journal's entries of a kind."""
        return [entry for entry in self.site.appliance.journal.entries() if entry["kind"] == kind]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[TerminalSite]:
    async with site_app(
        tmp_path, identity={"before_login": "required"}, terminals={"silent_seconds": 3.0}
    ) as site:
        faces = DecidedFaces()
        site.appliance.verifying._faces = faces
        yield TerminalSite(site, await site.staff(ZHOU), faces)


def decided(speaks: Speaks, answer: Answer) -> tuple[str, str, str]:
    """Return (decision, seat, what is said) of an answer in its format."""
    assert answer.status == 200, answer.body
    match speaks:
        case "own":
            told = answer.json()
            return told["decision"], str(told["seat"] or ""), told["say_zh"]
        case "json":
            told = answer.json()
            return ("pass", "ask", "refuse")[told["code"]], str(told["zw"] or ""), told["voice"]
        case "form":
            tree = fromstring(answer.body)
            return tree.attrib["result"], tree.findtext("seat") or "", tree.findtext("text") or ""


@pytest.mark.parametrize("speaks", MAPPINGS)
async def test_a_candidate_is_verified_at_a_terminal_and_may_log_in(
    place: TerminalSite, speaks: Speaks
) -> None:
    terminal = await place.terminal(speaks)
    assert (await terminal.heartbeat()).status == 200
    assert await place.states() == ["online"]
    roster = await terminal.roster()
    assert roster.status == 200
    for number in place.site.package.id_numbers:
        assert number in roster.body.decode()
    assert (await terminal.roster()).status == 200
    (pulled,) = place.entries("terminal.roster")
    assert (pulled["actor"], pulled["body"]["candidates"]) == (terminal.id, 4)
    photo = await terminal.photo(place.site.package.tickets[0])
    assert (photo.status, photo.type) == (200, "image/png")

    with pytest.raises(Refused) as refused:
        await (await place.site.candidate(1, enter=False)).enter()
    assert refused.value.body["reason"] == "login.not_verified"
    verdict, seat, said = decided(speaks, await terminal.verify(place.person()))
    assert (verdict, seat) == ("pass", "1")
    assert said == "考生1，核验通过，请到第一考场1号座位"
    await (await place.site.candidate(1, enter=False)).enter()

    (started,) = place.entries("identity.started")
    assert (started["actor"], started["body"]["way"]) == (terminal.id, "terminal")
    assert place.site.package.id_numbers[0] not in str(started)
    evidence = {one["what"] for one in place.entries("identity.gathered")[-1]["body"]["evidence"]}
    assert {"card", "live", "registration", "facts"} <= evidence


@pytest.mark.parametrize("speaks", MAPPINGS)
async def test_the_wrong_person_a_stranger_and_an_expired_card_get_no_seat(
    place: TerminalSite, speaks: Speaks
) -> None:
    terminal = await place.terminal(speaks)
    place.faces.answer = NO_MATCH
    verdict, seat, said = decided(speaks, await terminal.verify(place.person()))
    assert (verdict, seat) != ("pass", "1")
    assert seat == ""
    place.faces.answer = DecidedFaces().answer
    verdict, seat, said = decided(speaks, await terminal.verify(place.person(2, valid_until="20240101")))
    assert (verdict, seat) == ("refuse", "")
    assert "过期" in said or "有效期" in said
    stranger = replace(place.person(2), number="110101199001011237", name="外人")
    assert decided(speaks, await terminal.verify(stranger))[0] == "refuse"
    broken = await terminal.verify(place.person(2, live=b"\xff\xd8\xff broken"))
    assert broken.status == 422
    assert not place.entries("identity.seat_given")


async def test_the_same_result_again_gets_the_same_answer_and_another_under_its_id_is_refused(
    place: TerminalSite,
) -> None:
    terminal = await place.terminal()
    first = await terminal.verify(place.person(), "R1")
    again = await terminal.verify(place.person(), "R1")
    assert first.body == again.body
    assert len(place.entries("identity.started")) == 1
    other = await terminal.verify(place.person(2), "R1")
    assert (other.status, other.json()["reason"]) == (409, "terminal.result_differs")
    await place.site.stop()
    await place.site.start()
    assert (await terminal.verify(place.person(), "R1")).body == first.body


@pytest.mark.parametrize("speaks", MAPPINGS)
async def test_replays_foreign_keys_and_wrong_clocks_are_refused(place: TerminalSite, speaks: Speaks) -> None:
    terminal = await place.terminal(speaks)
    method, path = ("POST", {"own": "/heartbeat", "json": "/device/alive", "form": "/keepalive"}[speaks])
    given: dict[str, Any] = {"fields": {"fw": "1"}} if speaks == "form" else {"body": b"{}"}
    assert (await terminal.call(method, path, nonce="used-only-once", **given)).status == 200
    assert (await terminal.call(method, path, nonce="used-only-once", **given)).status == 401
    stranger = replace(terminal, key=bytes(32))
    assert (await stranger.heartbeat()).status == 401
    unknown = replace(terminal, id="t-00000000")
    assert (await unknown.heartbeat()).status == 401
    late = replace(terminal, clock_off_ms=-400_000)
    refused = await late.heartbeat()
    assert refused.status == 401
    body = refused.body.decode()
    assert "server_time" in body or "now" in body or "<time>" in body
    unsigned = await terminal.send(
        method, f"{terminal.base}{path}", {"Content-Type": "application/json"}, b"{}"
    )
    assert unsigned.status in (401, 422)
    # Another maker's door is shut to it, though its key is right.
    wrong = replace(
        await place.terminal("own", "一体机 2"),
        base=f"{place.site.url}/api/terminal/mapped/json-in-headers",
        speaks="json",
    )
    assert (await wrong.heartbeat()).status == 401


async def test_a_revoked_terminal_is_shut_out_and_a_new_key_voids_the_old(place: TerminalSite) -> None:
    terminal = await place.terminal()
    fresh = await place.technician.post(f"/terminals/{terminal.id}/key")
    assert (await terminal.heartbeat()).status == 401
    renewed = replace(terminal, key=base64.b64decode(fresh["key"]))
    assert (await renewed.heartbeat()).status == 200
    async with place.technician.http.put(
        f"{place.site.url}/api/console/terminals/{terminal.id}",
        json={"name": "一体机 1", "place": "", "mapping": "", "active": False},
    ) as answer:
        assert (await answer.json())["state"] == "revoked"
    shut = await renewed.heartbeat()
    assert (shut.status, shut.json()["reason"]) == (401, "terminal.revoked")
    told = [entry["body"]["what"] for entry in place.entries("terminal.enrolled")]
    assert told == ["enrolled", "new_key", "revoked"]
    assert all(fresh["key"] not in json.dumps(entry) for entry in place.entries("terminal.enrolled"))


async def test_a_silent_terminal_is_seen_and_so_is_its_return_and_its_fault(place: TerminalSite) -> None:
    async def missed() -> list[str]:
        return [one["name"] for one in (await place.technician.get("/devices"))["missed"]]

    terminal = await place.terminal()
    # Never heard, and shut out: nobody waits for these.
    await place.terminal(name="备用机")
    away = await place.terminal(name="旧机")
    await terminal.heartbeat()
    await away.heartbeat()
    await until(lambda: len(place.entries("terminal.standing")) == 3)
    assert await place.states() == ["silent", "never_heard", "silent"]
    assert await missed() == ["一体机 1", "旧机"]
    change = place.site.appliance.terminals.change
    await change(away.id, "旧机", "", "", active=False, actor=ZHOU)
    assert await missed() == ["一体机 1"]
    assert place.entries("terminal.standing")[-1]["body"]["silent"] is True
    await terminal.heartbeat(fault="摄像头故障")
    assert (await place.states())[0] == "faulty"
    assert await missed() == []
    last = place.entries("terminal.standing")[-1]["body"]
    assert (last["silent"], last["faults"]) == (False, ["摄像头故障"])


async def test_garbage_floods_and_oversize_are_refused_and_the_terminal_goes_on(place: TerminalSite) -> None:
    terminal = await place.terminal()
    for body in (b"", b"{", b"[]", b'{"faults": 1}', b"\xff" * 100):
        answer = await terminal.call("POST", "/heartbeat", body)
        assert answer.status in (400, 415, 422), (body, answer.body)
        assert answer.json()["detail"]
    huge = await terminal.call("POST", "/heartbeat", b" " * 400_000)
    assert huge.status == 413
    answers = await asyncio.gather(*(terminal.verify(place.person()) for _ in range(6)))
    assert {answer.status for answer in answers} <= {200, 503}
    assert any(answer.status == 200 for answer in answers)
    assert (await terminal.heartbeat()).status == 200


async def test_who_may_not_enrol_and_what_is_no_terminal_is_refused(place: TerminalSite) -> None:
    li = await place.site.staff("wang")
    with pytest.raises(Refused) as refused:
        await li.post("/terminals", {"name": "x", "place": "", "mapping": ""})
    assert refused.value.status == 403
    with pytest.raises(Refused) as refused:
        await place.technician.post("/terminals", {"name": "x", "place": "", "mapping": "nobody"})
    assert refused.value.body["reason"] == "terminal.no_mapping"
    folder = place.site.settings.state_dir / "terminal-mappings"
    folder.mkdir()
    (folder / "own-maker.yaml").write_text("mapping: 1\nname: own-maker\n")
    await place.site.appliance.terminals.read_mappings()
    faults = (await place.technician.get("/terminals"))["faults"]
    assert any(fault["place"].startswith("own-maker.yaml") and fault["zh"] for fault in faults)
    described = await place.technician.http.get(f"{place.site.url}/api/terminal/openapi.json")
    names = ("heartbeat", "roster", "photo", "announcement", "results")
    assert set((await described.json())["paths"]) == {f"/api/terminal/{name}" for name in names}
