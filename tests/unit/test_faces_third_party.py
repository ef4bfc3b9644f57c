"""A third party's comparison service: asked over HTTP as mapped, and never an exception."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import exam_appliance.faces
from exam_appliance.config.layers import load_settings
from exam_appliance.faces.client import FaceService
from exam_appliance.faces.settings import FacesSettings, ThirdParty, service_settings
from exam_appliance.faces.third_party import AnswerWrong, at_pointer, placed, read_answer

EXAMPLE = Path(exam_appliance.faces.__file__).parent / "examples" / "third-party.yaml"
LIVE, CARD = b"\xff\xd8live", b"\xff\xd8card"


class Mingjing:
    """The invented third party of the example, speaking its format over HTTP; `answer` is what it says."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.fields: list[dict[str, Any]] = []
        self.answer: Any = {"status": {"code": "OK", "text": ""}, "data": {"similarity": 91.7, "line": 80}}
        self.raw: bytes | None = None
        self.status = 200
        self.hangs = False

    async def one_to_one(self, request: web.Request) -> web.StreamResponse:
        if self.hangs:
            await asyncio.sleep(30)
        if request.headers.get("X-App-Key") != "change-me":
            return web.json_response({"status": {"code": "E401", "text": "bad key"}}, status=401)
        if request.content_type == "application/json":
            self.asked.append(await request.json())
        else:
            form = await request.post()
            told: dict[str, Any] = {}
            for name, value in form.items():
                told[name] = value.file.read() if isinstance(value, web.FileField) else value
            self.fields.append(told)
        if self.raw is not None:
            return web.Response(body=self.raw, status=self.status)
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def mingjing() -> AsyncIterator[tuple[Mingjing, str]]:
    double = Mingjing()
    app = web.Application()
    app.router.add_post("/open/face/1to1", double.one_to_one)
    server = TestServer(app)
    await server.start_server()
    yield double, str(server.make_url("/open/face/1to1"))
    await server.close()


@pytest.fixture
async def asking(mingjing: tuple[Mingjing, str], tmp_path: Path) -> AsyncIterator[Callable[..., FaceService]]:
    services: list[FaceService] = []

    def build(seconds: float = 5, **more: Any) -> FaceService:
        example = yaml.safe_load(EXAMPLE.read_text())["faces"]
        third_party = {**example["third_party"], "url": mingjing[1], **more}
        defaults = load_settings(None).settings.faces.model_dump()
        changed = {**defaults, **example, "third_party": third_party, "deadline_seconds": seconds}
        service = FaceService(service_settings(FacesSettings.model_validate(changed), tmp_path))
        services.append(service)
        return service

    yield build
    for service in services:
        await service.close()


def test_the_worked_example_is_a_valid_configuration() -> None:
    loaded = load_settings(EXAMPLE).settings.faces
    assert loaded.run == "third_party"
    assert loaded.third_party is not None


async def test_a_match_is_told_with_their_score_and_threshold_scaled(
    mingjing: tuple[Mingjing, str], asking: Callable[..., FaceService]
) -> None:
    told = await asking().compare(LIVE, CARD)

    assert told.outcome == "match"
    assert told.score == pytest.approx(0.917)
    assert told.threshold == 0.8
    [asked] = mingjing[0].asked
    assert asked["images"] == [
        {"data": base64.b64encode(LIVE).decode()},
        {"data": base64.b64encode(CARD).decode()},
    ]
    assert (asked["appKey"], asked["mode"]) == ("change-me", 1)


async def test_a_lower_score_is_no_match(
    mingjing: tuple[Mingjing, str], asking: Callable[..., FaceService]
) -> None:
    mingjing[0].answer["data"]["similarity"] = "79.99"
    told = await asking().compare(LIVE, CARD)
    assert told.outcome == "no_match"
    assert told.score == pytest.approx(0.7999)


async def test_the_site_can_set_a_threshold_of_its_own(asking: Callable[..., FaceService]) -> None:
    told = await asking(threshold=0.95, threshold_at=None).compare(LIVE, CARD)
    assert (told.outcome, told.threshold) == ("no_match", 0.95)


async def test_pictures_go_as_files_of_a_form_where_so_configured(
    mingjing: tuple[Mingjing, str], asking: Callable[..., FaceService]
) -> None:
    told = await asking(form="multipart", picture="a", reference="b", fields={"mode": 1}).compare(LIVE, CARD)

    assert told.outcome == "match"
    assert mingjing[0].fields == [{"mode": "1", "a": LIVE, "b": CARD}]


async def test_one_with_many_names_the_best(
    mingjing: tuple[Mingjing, str], asking: Callable[..., FaceService]
) -> None:
    told = await asking().compare_many(LIVE, [CARD, CARD])
    assert [one.outcome for one in told.comparisons] == ["match", "match"]
    assert told.best == 0


async def test_their_error_is_told_in_their_words(
    mingjing: tuple[Mingjing, str], asking: Callable[..., FaceService]
) -> None:
    mingjing[0].answer = {"status": {"code": "E12", "text": "未检测到人脸"}, "data": None}
    told = await asking().compare(LIVE, CARD)
    assert told.outcome == "not_compared"
    assert told.reason is not None
    assert told.reason.code == "faces.refused"
    assert "E12 未检测到人脸" in told.reason.zh


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"<html>", 200, "faces.answer_wrong"),
        (b"{}", 200, "faces.answer_wrong"),
        (b'{"status":{"code":"OK"},"data":{"similarity":true,"line":80}}', 200, "faces.answer_wrong"),
        (b'{"status":{"code":"OK"},"data":{"similarity":"NaN","line":80}}', 200, "faces.answer_wrong"),
        (b'{"status":{"code":"OK"},"data":{"similarity":9000,"line":80}}', 200, "faces.answer_wrong"),
        (b"x" * 3_000_000, 200, "faces.answer_wrong"),
        (b"gateway", 502, "faces.answer_wrong"),
        (b"", 503, "faces.busy"),
        (b"", 429, "faces.busy"),
    ],
)
async def test_an_answer_that_does_not_fit_compares_nothing(
    mingjing: tuple[Mingjing, str], asking: Callable[..., FaceService], raw: bytes, status: int, code: str
) -> None:
    mingjing[0].raw, mingjing[0].status = raw, status
    told = await asking().compare(LIVE, CARD)
    assert told.outcome == "not_compared"
    assert told.reason is not None
    assert told.reason.code == code


async def test_a_third_party_that_hangs_is_late(
    mingjing: tuple[Mingjing, str], asking: Callable[..., FaceService]
) -> None:
    mingjing[0].hangs = True
    told = await asking(seconds=0.3).compare(LIVE, CARD)
    assert told.reason is not None
    assert told.reason.code == "faces.late"


async def test_a_third_party_that_is_away_is_told_and_seen_in_the_health(
    asking: Callable[..., FaceService], unused_tcp_port: int
) -> None:
    there, away = asking(), asking(url=f"http://127.0.0.1:{unused_tcp_port}/")
    told = await away.compare(LIVE, CARD)
    assert told.reason is not None
    assert told.reason.code == "faces.none"
    assert (await there.health()).ready
    assert not (await away.health()).ready


@pytest.mark.parametrize(
    "wrong",
    [
        {"score_low": 1, "score_high": 1},
        {"threshold": None, "threshold_at": None},
        {"picture": "image_a"},
        {"score": "data.similarity"},
        {"url": "ftp://example"},
    ],
)
def test_a_mapping_that_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    good = yaml.safe_load(EXAMPLE.read_text())["faces"]["third_party"]
    ThirdParty.model_validate(good)
    with pytest.raises(ValidationError):
        ThirdParty.model_validate({**good, **wrong})


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["data", "status", "code", "line", "similarity"]), inner)
        ),
        max_leaves=8,
    )
)
def test_any_answer_reads_as_a_comparison_or_is_wrong(document: object) -> None:
    mapping = ThirdParty.model_validate(yaml.safe_load(EXAMPLE.read_text())["faces"]["third_party"])
    try:
        told = read_answer(mapping, document)
    except AnswerWrong:
        return
    assert told.outcome == "not_compared" or (told.score is not None and 0 <= told.score <= 1)


def test_pointers_go_through_lists_and_escapes() -> None:
    document = placed({"/a~1b/0/x": 1, "/a~1b/1/x": 2, "/c": "three"})
    assert document == {"a/b": [{"x": 1}, {"x": 2}], "c": "three"}
    assert at_pointer(document, "/a~1b/1/x") == 2
    with pytest.raises(AnswerWrong):
        at_pointer(document, "/a~1b/2/x")
