"""A whole session over real HTTP: from the centre's package to the sign-off, through both interfaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange_parts import until
from tests.site_app import PASSWORD, Candidate, Refused, site_app
from tests.site_parts import bank

KEYS = {item.id: item.key for item in bank()}


async def sit(candidate: Candidate, right: int) -> None:
    """Answer the first `right` items rightly, all others wrongly."""
    for place, item in enumerate(await candidate.paper()):
        key = KEYS[item["item"]]
        wrong = tuple(choice["id"] for choice in item["choices"] if choice["id"] not in key)[:1]
        await candidate.answer(item["item"], key if place < right else wrong)


async def test_a_session_goes_from_download_to_sign_off_and_all_of_it_reaches_the_centre(
    tmp_path: Path,
) -> None:
    async with site_app(tmp_path, candidates=4, state="downloaded") as site:
        lead, watcher = await site.staff("wang"), await site.staff("wujk")
        early = await site.candidate(1, enter=False)
        with pytest.raises(Refused) as refusal:
            await early.enter()
        assert refusal.value.reason == "login.unknown"

        assert (await lead.view())["state"] == "downloaded"
        with pytest.raises(Refused) as refusal:
            await lead.post(f"/sessions/{lead.session}/unlock", {"release_code": None})
        assert refusal.value.reason == "key.not_here"
        await lead.post(f"/sessions/{lead.session}/unlock", {"release_code": site.package.release_code})
        with pytest.raises(Refused) as refusal:
            await early.enter()
        assert refusal.value.reason == "login.not_open"
        await watcher.step("open")

        first, second, third = [await site.candidate(number) for number in (1, 2, 3)]
        with pytest.raises(Refused) as refusal:
            await first.paper()
        assert refusal.value.reason == "paper.not_started"
        await watcher.step("start")
        assert len(await first.paper()) == 20

        await sit(first, 20)
        await sit(second, 0)
        await sit(third, 20)
        with pytest.raises(Refused) as refusal:
            await first.post("/submit", {"blanks": 3})
        assert refusal.value.body["blank"] == 0
        state = await first.post("/submit", {"blanks": 0})
        result, lines = state["result"], [(one["type"], one["points"]) for one in state["exam"]["sections"]]
        assert len(lines) == len(set(lines)) > 1
        assert (result["points"], result["passed"]) == (100, True)
        types = [section["type"] for section in result["sections"]]
        assert len(types) == len(set(types)) > 1
        for name in ("points", "of"):
            assert sum(section[name] for section in result["sections"]) == result[name]
        assert (await second.post("/submit", {"blanks": 0}))["result"]["points"] == 0
        report = await watcher.act("submit", [third.ticket], reason="身体不适，本人要求交卷")
        assert report["done"] == [third.ticket]
        with pytest.raises(Refused) as refusal:
            await third.answer("t-000", ["A"])
        assert refusal.value.reason in ("attempt.submitted", "response.not_on_paper")

        await lead.step("end", "全部交卷")
        closing = await lead.view("closing")
        assert closing["ready"] is False
        await watcher.act("absent", None, reason="未到")
        board = await watcher.view("board")
        assert [seat["state"] for seat in board["seats"]] == ["scored", "scored", "scored", "absent"]
        scores = await lead.view("scores")
        assert (scores["present"], scores["absent"], scores["passed"]) == (3, 1, 2)

        with pytest.raises(Refused) as refusal:
            await lead.post(
                f"/sessions/{lead.session}/sign-off",
                {"remarks": "", "second": {"username": "wang", "password": PASSWORD}},
            )
        assert refusal.value.body["code"] == "denied"
        signed = await lead.post(
            f"/sessions/{lead.session}/sign-off",
            {"remarks": "正常", "second": {"username": "wujk", "password": PASSWORD}},
        )
        assert signed["state"] == "signed_off"

        for candidate in (first, second, third):
            for receipt in candidate.receipts:
                shown = await candidate.post("/receipts", {"receipt": receipt})
                assert shown["verdict"] == "held"

        journal = site.appliance.journal
        await until(lambda: site.appliance.agent.status().acknowledged_seq == journal.head)
        held = site.centre.lines(journal.appliance)
        assert held == [line.decode() for line in journal.lines(0, 1_000_000)]


async def test_no_key_no_other_candidate_and_no_item_before_the_start_reaches_a_page(tmp_path: Path) -> None:
    async with site_app(tmp_path, candidates=3) as site:
        candidate = await site.candidate(1)
        before = [await candidate.data(path) for path in ("/hall", "/state", "/practice", "/responses")]
        stems = [item.stem for item in bank()]
        assert [stem for body in before for stem in stems if stem.encode() in body] == []
        await (await site.staff("wujk")).step("start")
        after = before + [await candidate.data(path) for path in ("/state", "/paper", "/responses")]
        others = [person for person in site.package.tickets if person != candidate.ticket]
        others += site.package.id_numbers[1:]
        for body in after:
            assert [other for other in others if other.encode() in body] == []
            for word in (b'"key"', b'"explanation"', b'"passed"'):
                assert word not in body
        with pytest.raises(Refused) as refusal:
            await candidate.data(f"/media/{'0' * 64}")
        assert refusal.value.reason == "media.missing"
        shown = (await candidate.paper())[0]["media"][0]
        async with candidate.http.get(f"{site.url}{shown['url']}") as answer:
            assert (answer.status, await answer.read()) == (200, site.package.picture)


async def test_an_attempt_goes_on_at_another_seat_once_it_was_moved(tmp_path: Path) -> None:
    async with site_app(tmp_path, candidates=2) as site:
        watcher = await site.staff("wujk")
        candidate = await site.candidate(1)
        await watcher.step("start")
        item = (await candidate.paper())[0]["item"]
        await candidate.answer(item, ["A"])
        again = await site.candidate(1, enter=False)
        with pytest.raises(Refused) as refusal:
            await again.enter(seat=9)
        assert refusal.value.reason == "login.elsewhere"
        assert (await watcher.act("move", [candidate.ticket], seat=9, reason="鼠标故障"))["done"]
        with pytest.raises(Refused) as refusal:
            await candidate.get("/state")
        assert refusal.value.status == 401
        state = await again.enter()
        assert (state["phase"], state["seat"]) == ("sitting", 9)
        held = await again.get("/responses")
        assert [response["choices"] for response in held["responses"]] == [["A"]]
