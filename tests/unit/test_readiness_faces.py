"""Readiness rows about face comparison say what there is: none, without models, a third party's."""

from __future__ import annotations

from pathlib import Path

import pytest

from exam_appliance.config.layers import load_settings
from exam_appliance.faces.client import FaceService
from exam_appliance.faces.settings import FacesSettings, service_settings
from exam_appliance.readiness.checks import face_comparison, identity_desk
from exam_appliance.readiness.face_service import site_services as services_of
from exam_appliance.readiness.finding import Finding, State
from exam_appliance.readiness.sources import ServiceFacts
from exam_appliance.readiness.standard import standard

ROW = next(row for row in standard().rows if row.id == "site.face_comparison")
DESK = next(row for row in standard().rows if row.id == "site.identity.desk")


async def _facts(tmp_path: Path, **more: object) -> ServiceFacts | None:
    defaults = load_settings(None).settings.faces.model_dump()
    service = FaceService(service_settings(FacesSettings.model_validate({**defaults, **more}), tmp_path))
    try:
        return (await services_of(service)).face
    finally:
        await service.close()


def _row(facts: ServiceFacts | None) -> Finding:
    return face_comparison.judge(ROW, facts)


async def test_a_site_without_a_service_is_told_that_faces_are_compared_by_eye(tmp_path: Path) -> None:
    facts = await _facts(tmp_path)

    finding = _row(facts)

    assert facts is None
    assert finding.state is State.UNKNOWN
    assert finding.todo is not None
    assert "人工核对" in finding.todo.zh
    assert "faces.run" in finding.todo.en


async def test_a_service_that_does_not_run_fails_the_row_and_says_what_to_do(tmp_path: Path) -> None:
    finding = _row(await _facts(tmp_path, run="service"))

    assert finding.state is State.FAIL
    assert finding.todo is not None
    assert "exam-appliance faces check" in finding.todo.en


async def test_a_third_party_that_cannot_be_reached_fails_the_row(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    third_party = {
        "url": f"http://127.0.0.1:{unused_tcp_port}/compare",
        "form": "multipart",
        "picture": "a",
        "reference": "b",
        "score": "/score",
        "threshold": 0.8,
    }

    facts = await _facts(tmp_path, run="third_party", third_party=third_party)

    assert facts is not None
    assert not facts.works
    assert facts.trouble is not None
    assert "faces.third_party.url" in facts.trouble.en
    desk = identity_desk.judge(DESK, (), facts)
    assert any(point.state is State.FAIL and point.name.en == "face comparison" for point in desk.points)


@pytest.mark.parametrize("run", ["service", "child"])
async def test_an_own_service_is_named(tmp_path: Path, run: str) -> None:
    facts = await _facts(tmp_path, run=run)

    assert facts is not None
    assert facts.name.en == "face comparison by this server"
