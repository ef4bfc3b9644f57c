"""The face service with real models on real faces: right answers, right reasons, busy, replaced workers."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from PIL import Image, ImageFilter

from exam_appliance.faces import reasons
from exam_appliance.faces.child import FacesChild
from exam_appliance.faces.client import FaceService
from exam_appliance.faces.models import Comparison
from exam_appliance.faces.service import FaceServer, ServiceRuns, running
from exam_appliance.faces.settings import ServiceSettings
from exam_appliance.faces.workers import Workers
from tests.face_parts import card_photo, face_bytes, face_settings, models_folder, until
from tests.published_interface import what_fails

OBAMA = ("obama.jpg", "obama2.jpg", "obama3.jpg")


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[tuple[FaceServer, FaceService]]:
    async with Served(face_settings(tmp_path, models_folder(), deadline_seconds=30)) as both:
        yield both


class Served:
    """A running service with its client, once its workers are ready."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._running = running(settings)
        self._client = FaceService(settings)

    async def __aenter__(self) -> tuple[FaceServer, FaceService]:
        server = await self._running.__aenter__()
        workers = server.desk.workers
        assert isinstance(workers, Workers)
        await until(lambda: len(workers.pids) == workers.count)
        return server, self._client

    async def __aexit__(self, *error: object) -> None:
        await self._client.close()
        await self._running.__aexit__(None, None, None)


def _changed(data: bytes, change: str) -> bytes:
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    more: dict[str, object] = {"quality": 90}
    match change:
        case "12 megapixels":
            picture = picture.resize((3464, round(3464 * picture.height / picture.width)))
        case "upside down":
            picture = picture.rotate(180)
        case "on its side":
            picture = picture.rotate(90, expand=True)
        case "rotated by exif":
            picture = picture.rotate(90, expand=True)
            exif = Image.Exif()
            exif[0x0112] = 6
            more["exif"] = exif
        case "blurred":
            picture = picture.resize((480, round(480 * picture.height / picture.width)))
            picture = picture.filter(ImageFilter.GaussianBlur(8))
        case "dark":
            picture = picture.point(lambda value: value * 0.2)
        case "far away":
            far = Image.new("RGB", (1280, 960), (90, 110, 120))
            far.paste(picture.resize((90, round(90 * picture.height / picture.width))), (600, 400))
            picture = far
        case "landscape":
            picture = Image.radial_gradient("L").resize((900, 700)).convert("RGB")
    made = io.BytesIO()
    picture.save(made, "JPEG", **more)
    return made.getvalue()


def _reason(told: Comparison) -> str:
    assert told.outcome == "not_compared"
    assert told.score is None
    assert told.reason is not None
    return told.reason.code


async def test_the_same_person_matches_and_a_stranger_does_not_card_photos_included(
    service: tuple[FaceServer, FaceService],
) -> None:
    _, client = service
    pictures = [face_bytes(name) for name in OBAMA]
    cards = [card_photo(one) for one in pictures]
    stranger = face_bytes("biden.jpg")
    others = [stranger, card_photo(stranger), card_photo(face_bytes("biden2.jpg"))]

    for picture in pictures:
        told = await client.compare_many(picture, [*pictures, *cards, *others])
        assert [one.outcome for one in told.comparisons] == ["match"] * 6 + ["no_match"] * 3
        scores = [one.score for one in told.comparisons if one.score is not None]
        assert min(scores[:6]) > 0.45
        assert max(scores[6:]) < 0.25


@pytest.mark.parametrize("change", ["12 megapixels", "upside down", "on its side", "rotated by exif"])
async def test_a_picture_is_matched_however_large_and_however_it_lies(
    service: tuple[FaceServer, FaceService], change: str
) -> None:
    told = await service[1].compare(_changed(face_bytes("obama.jpg"), change), face_bytes("obama2.jpg"))
    assert told.outcome == "match"
    assert told.picture is not None
    assert told.picture.turned == (change in ("upside down", "on its side"))
    stranger = await service[1].compare(_changed(face_bytes("obama.jpg"), change), face_bytes("biden.jpg"))
    assert stranger.outcome == "no_match"


async def test_what_cannot_be_compared_has_the_right_reason_and_says_which_picture(
    service: tuple[FaceServer, FaceService],
) -> None:
    _, client = service
    good = face_bytes("obama.jpg")
    bad = {
        "faces.several": face_bytes("biden2.jpg"),
        "faces.no_face": _changed(good, "landscape"),
        "faces.blurred": _changed(good, "blurred"),
        "faces.dark": _changed(good, "dark"),
        "faces.face_small": _changed(good, "far away"),
        "faces.broken": good[: len(good) // 2],
        "faces.not_a_picture": b"not a picture",
        "faces.too_large": bytes(17 * 1024 * 1024),
    }
    for code, data in bad.items():
        told = await client.compare(data, good)
        assert (code, _reason(told)) == (code, code)
        assert told.reason is not None
        assert told.reason.zh.startswith("现场照片：")
    told = await client.compare(good, bad["faces.no_face"])
    assert _reason(told) == "faces.no_face"
    assert told.reason is not None
    assert told.reason.en.startswith("reference picture: ")


async def test_detect_gives_faces_in_the_pixels_of_the_picture(
    service: tuple[FaceServer, FaceService],
) -> None:
    told = await service[1].detect(face_bytes("obama.jpg"))

    [face] = told.faces
    assert told.reason is None
    assert told.quality is not None
    assert (told.quality.width, told.quality.height, told.quality.faces) == (910, 1137, 1)
    assert 0 < face.x < face.x + face.width < 910
    assert 200 < face.width < 300
    assert all(face.x < x < face.x + face.width for x, _ in face.landmarks)


async def test_a_hundred_at_once_are_each_answered_or_told_that_it_is_busy(tmp_path: Path) -> None:
    settings = face_settings(tmp_path, models_folder(), waiting=40, deadline_seconds=20)
    async with Served(settings) as (server, client):
        one, two = face_bytes("obama.jpg"), face_bytes("obama2.jpg")
        told = await asyncio.gather(*(client.compare(one, two) for _ in range(100)))

        found = Counter(answer.outcome if answer.reason is None else answer.reason.code for answer in told)
        assert set(found) <= {"match", "faces.busy", "faces.late"}
        assert found["match"] >= 1
        assert found["faces.busy"] == 100 - 40 - len(os.sched_getaffinity(0))
        workers = server.desk.workers
        assert isinstance(workers, Workers)
        assert workers.taken == 0
        assert (await client.compare(one, two)).outcome == "match"


async def test_busy_is_a_503_that_says_when_to_come_again(tmp_path: Path) -> None:
    settings = face_settings(tmp_path, models_folder(), waiting=1, workers=1, deadline_seconds=30)
    async with Served(settings) as (server, _):
        workers = server.desk.workers
        assert isinstance(workers, Workers)
        connector = aiohttp.UnixConnector(path=str(settings.socket))
        with workers.place(), workers.place():
            async with aiohttp.ClientSession(connector=connector) as session:
                picture = face_bytes("obama.jpg")
                async with session.post("http://faces/v1/detect", data=picture) as response:
                    problem = await response.json()
                    assert response.status == 503
                    assert int(response.headers["Retry-After"]) > 0
                    assert (problem["code"], problem["reason"]) == ("busy", "faces.busy")
                    assert problem["detail"]
                    assert problem["detail_en"]


async def test_a_worker_that_is_killed_or_hangs_is_replaced_and_nobody_else_notices(tmp_path: Path) -> None:
    settings = face_settings(tmp_path, models_folder(), workers=1, deadline_seconds=30)
    async with Served(settings) as (server, client):
        workers = server.desk.workers
        assert isinstance(workers, Workers)
        one, two = face_bytes("obama.jpg"), face_bytes("obama2.jpg")

        first = workers.pids[0]
        os.kill(first, signal.SIGKILL)
        await until(lambda: workers.pids.get(0, first) != first)
        assert (await client.compare(one, two)).outcome == "match"

        # Stopped with a request in its hands, then killed: the request is worked at once more.
        second = workers.pids[0]
        os.kill(second, signal.SIGSTOP)
        asked = asyncio.create_task(client.compare(one, two))
        await until(lambda: workers.taken == 1 and workers.waiting == 0)
        os.kill(second, signal.SIGKILL)
        assert (await asked).outcome == "match"
        assert (await client.health()).restarts == 2


async def test_a_worker_that_hangs_is_killed_at_the_deadline(tmp_path: Path) -> None:
    settings = face_settings(tmp_path, models_folder(), workers=1, deadline_seconds=2)
    async with Served(settings) as (server, client):
        workers = server.desk.workers
        assert isinstance(workers, Workers)
        hung = workers.pids[0]
        os.kill(hung, signal.SIGSTOP)

        told = await client.compare(face_bytes("obama.jpg"), face_bytes("obama2.jpg"))

        assert _reason(told) == "faces.late"
        await until(lambda: workers.pids.get(0, hung) != hung)
        assert (await client.detect(b"x")).reason is not None


async def test_models_that_are_missing_or_changed_compare_nothing_and_are_taken_up_when_brought(
    tmp_path: Path,
) -> None:
    models = models_folder()
    brought = tmp_path / "models"
    brought.mkdir()
    settings = face_settings(tmp_path, brought)
    async with running(settings) as server:
        client = FaceService(settings)
        one = face_bytes("obama.jpg")
        assert _reason(await client.compare(one, one)) == "faces.models_missing"

        for name in (settings.faces.detector.file, settings.faces.recogniser.file):
            data = bytearray((models / name).read_bytes())
            data[1000] ^= 1
            (brought / name).write_bytes(data)
        await until(lambda: server.health().reason == reasons.MODELS_WRONG)
        assert _reason(await client.compare(one, one)) == "faces.models_wrong"

        for name in (settings.faces.detector.file, settings.faces.recogniser.file):
            (brought / name).write_bytes((models / name).read_bytes())
        await until(lambda: server.health().ready)
        assert (await client.compare(one, one)).outcome == "match"
        await client.close()


async def test_no_second_service_takes_the_socket_and_one_left_behind_is_replaced(tmp_path: Path) -> None:
    settings = face_settings(tmp_path, tmp_path)
    async with running(settings):
        with pytest.raises(ServiceRuns):
            async with running(settings):
                pass
    settings.socket.touch()
    settings.socket.unlink()
    left = await asyncio.start_unix_server(lambda reader, writer: None, str(settings.socket))
    left.close()
    await left.wait_closed()
    async with running(settings):
        client = FaceService(settings)
        assert not (await client.health()).ready
        await client.close()


async def test_without_a_service_nothing_is_compared_and_nothing_raised(tmp_path: Path) -> None:
    for run in ("none", "service"):
        client = FaceService(face_settings(tmp_path, tmp_path, run=run))
        assert _reason(await client.compare(b"a", b"b")) == "faces.none"
        many = await client.compare_many(b"a", [b"b", b"c"])
        assert [_reason(one) for one in many.comparisons] == ["faces.none"] * 2
        assert (await client.detect(b"a")).reason is not None
        assert not (await client.health()).ready
        await client.close()


async def test_the_child_serves_on_a_loopback_port_is_restarted_and_ends_with_its_parent(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    settings = face_settings(
        tmp_path, models_folder(), url=f"http://127.0.0.1:{unused_tcp_port}", workers=1, deadline_seconds=30
    )
    client, child = FaceService(settings), FacesChild(settings)
    child.start()
    try:
        await until(client.health, lambda health: health.ready)
        assert (await client.compare(face_bytes("obama.jpg"), face_bytes("obama2.jpg"))).outcome == "match"
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: child.pid not in (None, first))
        await until(client.health, lambda health: health.ready)
    finally:
        await child.stop()
    assert not (await client.health()).ready
    await client.close()


async def test_sizes_that_do_not_add_up_are_refused(service: tuple[FaceServer, FaceService]) -> None:
    settings = service[0].settings
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(path=str(settings.socket))) as session:
        for sizes in ("5,6", "0,10", "10", "a,b", "3,3,4", ""):
            url = f"http://faces/v1/compare?sizes={sizes}"
            async with session.post(url, data=b"0123456789") as response:
                assert (sizes, response.status) == (sizes, 422)
                assert (await response.json())["detail_en"]


async def test_the_published_interface_holds_against_generated_requests(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}"
    settings = face_settings(tmp_path, models_folder(), url=url, workers=1, deadline_seconds=30)
    async with Served(settings):
        assert not await what_fails(f"{url}/v1/openapi.json", tmp_path, examples=8)
