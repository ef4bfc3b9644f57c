"""Enrolment over a real TLS line: claim codes, replays, wrong centres, certificates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from central_sync.agent.enrolment import enrolment_request
from central_sync.agent.line import Line, LineDown, Refused, client_context
from central_sync.agent.state import Bond
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.session import Room, SiteDocument
from central_sync.protocol.transfer import Acknowledgement, AuthorityAnswer, EnrolmentAnswer
from tests.exchange_parts import APPLIANCE, SITE, Centre, later, site_server, until

OTHER = "5a0e4c6e-0000-4000-8000-000000000002"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    centre = Centre(tmp_path / "centre")
    await centre.start()
    yield centre
    await centre.stop()


def reason(caught: pytest.ExceptionInfo[Problem]) -> str:
    assert caught.value.zh
    assert caught.value.en
    return caught.value.reason


async def test_a_claim_code_enrols_a_server_which_then_speaks_over_mutual_tls(
    tmp_path: Path, centre: Centre
) -> None:
    body = SiteDocument(
        code=SITE, name="示范考点", city="示范市", rooms=(Room(name="第一考场", capacity=30),)
    )
    centre.publish("site", SITE, body.model_dump(mode="json"))
    async with site_server(tmp_path / "site") as site:
        await site.agent.start()
        assert site.agent.status().enrolled is False
        await site.agent.enrol(centre.url, centre.claim().lower().replace("-", " "))
        await until(lambda: ("site", SITE) in site.desk.documents)
        status = site.agent.status()
        assert (status.enrolled, status.site, status.online) == (True, SITE, True)
        assert status.centre_key == centre.keys.signing.public_key()
    assert centre.state() == ("active", "")


async def test_the_enrolment_is_there_after_a_restart(tmp_path: Path, centre: Centre) -> None:
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
    async with site_server(tmp_path / "site") as site:
        await site.agent.start()
        await site.answers(3)
        await until(lambda: site.agent.status().acknowledged_seq == 3)
    assert centre.lines() == site_lines(tmp_path / "site")


def site_lines(folder: Path) -> list[str]:
    import sqlite3

    with sqlite3.connect(folder / "journal.db") as connection:
        return [line for (line,) in connection.execute("SELECT line FROM journal ORDER BY seq")]


async def test_the_same_server_may_repeat_its_claim_for_the_answer_may_have_been_lost(
    tmp_path: Path, centre: Centre
) -> None:
    code = centre.claim()
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, code)
        await site.agent.enrol(centre.url, code)
        await site.agent.start()
        await site.answers(1)
        await until(lambda: site.agent.status().acknowledged_seq == 1)


async def test_another_server_cannot_use_a_claim_again(tmp_path: Path, centre: Centre) -> None:
    code = centre.claim()
    async with (
        site_server(tmp_path / "one") as one,
        site_server(tmp_path / "two", appliance=OTHER) as two,
    ):
        await one.agent.enrol(centre.url, code)
        with pytest.raises(Problem) as caught:
            await two.agent.enrol(centre.url, code)
        assert reason(caught) == "claim.used"
        assert two.agent.status().enrolled is False


async def test_an_expired_claim_is_refused(tmp_path: Path) -> None:
    centre = Centre(tmp_path / "centre", clock=later())
    code = centre.claim(life=timedelta(seconds=-1))
    await centre.start()
    async with site_server(tmp_path / "site") as site:
        with pytest.raises(Problem) as caught:
            await site.agent.enrol(centre.url, code)
        assert reason(caught) == "claim.expired"
    await centre.stop()


async def test_a_claim_of_another_centre_is_refused_before_anything_is_told_to_this_one(
    tmp_path: Path, centre: Centre
) -> None:
    other = Centre(tmp_path / "other")
    async with site_server(tmp_path / "site") as site:
        with pytest.raises(Problem) as caught:
            await site.agent.enrol(centre.url, other.claim())
        assert reason(caught) == "enrol.other_centre"
    with centre.database.begin() as session:
        assert centre.exchange.appliances(session) == []


async def test_a_claim_that_the_centre_never_gave_is_refused(tmp_path: Path, centre: Centre) -> None:
    from central_sync.protocol.claim_code import new_claim_code

    async with site_server(tmp_path / "site") as site:
        with pytest.raises(Problem) as caught:
            await site.agent.enrol(centre.url, new_claim_code(centre.authority.der).text())
        assert reason(caught) == "claim.unknown"


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "https://a b", "", "https://x:99999", "ftp://x"])
async def test_an_address_that_is_none_is_named(tmp_path: Path, centre: Centre, address: str) -> None:
    async with site_server(tmp_path / "site") as site:
        with pytest.raises(Problem) as caught:
            await site.agent.enrol(address, centre.claim())
        assert reason(caught) == "enrol.address"


async def test_a_centre_that_is_away_is_named(tmp_path: Path, centre: Centre) -> None:
    await centre.stop()
    async with site_server(tmp_path / "site") as site:
        with pytest.raises(Problem) as caught:
            await site.agent.enrol(centre.url, centre.claim())
        assert reason(caught) == "enrol.line_down"


async def test_an_identity_cannot_be_taken_with_another_journal_key(tmp_path: Path, centre: Centre) -> None:
    async with site_server(tmp_path / "one") as one, site_server(tmp_path / "two") as two:
        await one.agent.enrol(centre.url, centre.claim())
        with pytest.raises(Problem) as caught:
            await two.agent.enrol(centre.url, centre.claim())
        assert reason(caught) == "enrolment.identity_taken"
    assert centre.state() == ("active", "")


async def test_an_enrolment_not_signed_by_its_journal_key_is_refused(tmp_path: Path, centre: Centre) -> None:
    from central_sync.protocol.claim_code import read_claim_code

    async with site_server(tmp_path / "one") as one:
        asked = enrolment_request(one.keys, APPLIANCE, read_claim_code(centre.claim()).claim, "0" * 64)
        line = Line(centre.url, client_context(centre.authority.pem, None, one.keys.tls), APPLIANCE, "0" * 64)
        forged = {**asked.model_dump(mode="json"), "machine": "1" * 64}
        with pytest.raises(Refused) as caught:
            await line.ask("POST", "/site/v1/enrolment", EnrolmentAnswer, json=forged)
        await line.close()
    assert caught.value.reason == "enrolment.proof"


async def test_without_a_certificate_only_the_enrolment_is_open(tmp_path: Path, centre: Centre) -> None:
    async with site_server(tmp_path / "one") as one:
        line = Line(centre.url, client_context(centre.authority.pem, None, one.keys.tls), APPLIANCE, "0" * 64)
        answer = await line.ask("GET", "/site/v1/authority", AuthorityAnswer)
        assert answer.certificate == centre.authority.pem
        for method, path in (
            ("GET", "/site/v1/documents"),
            ("GET", "/site/v1/journal"),
            ("GET", f"/site/v1/blobs/{'0' * 64}"),
        ):
            with pytest.raises(Refused) as caught:
                await line.ask(method, path, Acknowledgement)
            assert (caught.value.status, caught.value.reason) == (401, "certificate.required")
        await line.close()


async def test_a_certificate_of_another_authority_gets_no_connection(tmp_path: Path, centre: Centre) -> None:
    other = Centre(tmp_path / "other")
    await other.start()
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(other.url, other.claim())
        bond = Bond.model_validate_json((tmp_path / "site/sync/bond.json").read_bytes())
        context = client_context(centre.authority.pem, bond.certificate, site.keys.tls)
        line = Line(centre.url, context, APPLIANCE, "0" * 64)
        with pytest.raises(LineDown):
            await line.ask("GET", "/site/v1/journal", Acknowledgement)
        await line.close()
    await other.stop()


async def test_a_revoked_server_is_refused_and_cannot_enrol_again(tmp_path: Path, centre: Centre) -> None:
    async with site_server(tmp_path / "site") as site:
        await site.agent.enrol(centre.url, centre.claim())
        await site.agent.start()
        await site.answers(1)
        await until(lambda: site.agent.status().acknowledged_seq == 1)
        with centre.database.begin() as session:
            centre.exchange.revoke(session, APPLIANCE, "设备报废")
        await site.answers(1)
        await until(lambda: "吊销" in site.agent.status().error_zh)
        assert len(centre.lines()) == 1
        with pytest.raises(Problem) as caught:
            await site.agent.enrol(centre.url, centre.claim())
        assert reason(caught) == "enrolment.revoked"
    assert centre.state() == ("revoked", "设备报废")


async def test_a_certificate_is_renewed_before_it_ends(tmp_path: Path, centre: Centre) -> None:
    async with site_server(tmp_path / "site", clock=later(days=300)) as site:
        await site.agent.enrol(centre.url, centre.claim())
        path = tmp_path / "site/sync/bond.json"
        first = Bond.model_validate_json(path.read_bytes()).certificate
        await site.agent.start()
        await until(lambda: Bond.model_validate_json(path.read_bytes()).certificate != first)
        await site.answers(2)
        await until(lambda: site.agent.status().acknowledged_seq == 2)
        renewed = x509.load_pem_x509_certificate(
            Bond.model_validate_json(path.read_bytes()).certificate.encode()
        )
        assert renewed.public_key() == site.keys.tls.public_key()
