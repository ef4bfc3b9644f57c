"""`exam-appliance faces`: bringing model files over broken lines and from a stick, checking, calibrating."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from exam_appliance.faces import fetching
from exam_appliance.faces.fetching import FetchFailed, bring, fetch
from exam_appliance.faces.settings import ModelFile
from tests.browser.demo_browser import PICTURES, keep_picture
from tests.face_parts import RECOGNISER, card_photo, face_bytes, models_folder, until

CONTENT = bytes(range(256)) * 4000
MODEL = ModelFile(file="eyes.onnx", size=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())


class Shop:
    """Serves CONTENT by HTTP ranges; breaks the line off as often as it is told, once `part` has grown."""

    def __init__(
        self, breaks: int = 0, part: Path | None = None, *, status: int = 0, content: bytes = CONTENT
    ) -> None:
        self.breaks = breaks
        self.part = part
        self.status = status
        self.content = content
        self.asked: list[int] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if self.status:
            return web.Response(status=self.status)
        begin = request.http_range.start or 0
        self.asked.append(begin)
        response = web.StreamResponse(status=206 if begin else 200)
        if begin:
            last = len(self.content) - 1
            response.headers["Content-Range"] = f"bytes {begin}-{last}/{len(self.content)}"
        response.content_length = len(self.content) - begin
        await response.prepare(request)
        if self.breaks:
            self.breaks -= 1
            await response.write(self.content[begin : begin + 200_000])
            # What arrives together with the break is lost to the client's HTTP library.
            part = self.part
            assert part is not None
            await until(lambda: part.is_file() and part.stat().st_size > begin)
            transport = request.transport
            assert transport is not None
            transport.close()
            return response
        await response.write(self.content[begin:])
        return response


@asynccontextmanager
async def shop(counter: Shop) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/eyes.onnx", counter.answer)
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("/eyes.onnx"))
    finally:
        await server.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PAUSE_S", 0.01)


async def test_a_download_over_a_line_that_breaks_goes_on_where_it_was(tmp_path: Path) -> None:
    counter, seen = Shop(2, tmp_path / "models" / "eyes.onnx.part"), list[int]()
    async with shop(counter) as address:
        path = await fetch(address, MODEL, tmp_path / "models", seen.append)
    assert path.read_bytes() == CONTENT
    assert counter.asked[0] == 0
    assert 0 < counter.asked[1] < counter.asked[2] < len(CONTENT)
    assert seen == sorted(seen)
    assert seen[-1] == len(CONTENT)
    assert [one.name for one in (tmp_path / "models").iterdir()] == ["eyes.onnx"]


async def test_a_line_that_keeps_breaking_is_told_and_what_came_is_kept(tmp_path: Path) -> None:
    async with shop(Shop(99, tmp_path / "eyes.onnx.part")) as address:
        with pytest.raises(FetchFailed, match="run it again"):
            await fetch(address, MODEL, tmp_path, lambda _: None)
    assert (tmp_path / "eyes.onnx.part").stat().st_size > 0
    async with shop(Shop()) as address:
        assert (await fetch(address, MODEL, tmp_path, lambda _: None)).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("counter", "says"),
    [
        (Shop(status=404), "HTTP 404"),
        (Shop(content=CONTENT[:-1] + b"x"), "SHA-256"),
        (Shop(content=CONTENT + b"more"), "SHA-256"),
    ],
)
async def test_what_is_not_the_model_is_refused_and_never_put_in_place(
    tmp_path: Path, counter: Shop, says: str
) -> None:
    async with shop(counter) as address:
        with pytest.raises(FetchFailed, match=says):
            await fetch(address, MODEL, tmp_path, lambda _: None)
    assert not (tmp_path / "eyes.onnx").exists()


def test_a_stick_brings_the_model_from_a_folder_in_it_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    (stick / "kaodian").mkdir(parents=True)
    with pytest.raises(FetchFailed, match="there is no"):
        bring(stick, MODEL, tmp_path / "models", lambda _: None)
    (stick / "kaodian/eyes.onnx").write_bytes(CONTENT[:-1])
    with pytest.raises(FetchFailed, match="SHA-256"):
        bring(stick, MODEL, tmp_path / "models", lambda _: None)
    (stick / "kaodian/eyes.onnx").write_bytes(CONTENT)
    assert bring(stick, MODEL, tmp_path / "models", lambda _: None).read_bytes() == CONTENT


def faces(*words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "exam_appliance.cli", "faces", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "120"},
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The file of a site without model files."""
    file = tmp_path / "site.yaml"
    faces_part: dict[str, Any] = {"run": "child", "recogniser": RECOGNISER}
    file.write_text(yaml.safe_dump({"state_dir": str(tmp_path / "state"), "faces": faces_part}))
    return file


def test_a_stick_makes_a_site_without_models_able_to_compare(site: Path) -> None:
    told = faces("check", "--config", str(site), expect=1)
    assert RECOGNISER["file"] in told.stdout
    assert "faces fetch" in told.stdout
    refused = faces("fetch", "--config", str(site), expect=2)
    assert "--from" in refused.stderr
    both = ("--from", str(site.parent), "--address", "http://127.0.0.1:9")
    assert "either" in faces("fetch", "--config", str(site), *both, expect=2).stderr
    brought = faces("fetch", "--config", str(site), "--from", str(models_folder()))
    assert brought.stdout.count("已导入并核对") == 2
    again = faces("fetch", "--config", str(site), "--from", str(models_folder()))
    assert again.stdout.count("已就绪") == 2
    # The models are there; only the service does not run, which is what it says now.
    health = json.loads(faces("check", "--config", str(site), "--json", expect=1).stdout)
    assert [model["reason"] for model in health["models"]] == [None, None]
    assert health["reason"]["code"]


def test_calibration_on_real_faces_tells_people_apart_card_photos_included(
    site: Path, tmp_path: Path
) -> None:
    faces("fetch", "--config", str(site), "--from", str(models_folder()))
    of: dict[Path, str] = {}
    for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "biden2.jpg"):
        data = face_bytes(name)
        pictures = {"card-" + name: card_photo(data)}
        # The last has three faces: as it is, nothing is compared with it.
        pictures[name] = data
        for file, content in pictures.items():
            (tmp_path / file).write_bytes(content)
            of[tmp_path / file] = name.rstrip("0123456789.jpg")
    with (tmp_path / "pairs.csv").open("w", newline="") as listed:
        rows = csv.writer(listed)
        rows.writerow(["picture_a", "picture_b", "same"])
        rows.writerows([one.name, two.name, int(of[one] == of[two])] for one, two in combinations(of, 2))
    plot = tmp_path / "plot.png"
    told = faces(
        "calibrate", str(tmp_path / "pairs.csv"), "--plot", str(plot), "--config", str(site), "--json"
    )
    found = json.loads(told.stdout)
    assert found["pairs"] == 45
    at_threshold = min(found["rates"], key=lambda one: abs(one["threshold"] - found["threshold"]))
    assert (at_threshold["false_accept"], at_threshold["false_reject"]) == (0, 0)
    assert max(found["different"]) < found["suggested"] < min(found["same"])
    assert found["not_compared"] == {"faces.several": 9}
    assert plot.stat().st_size > 10_000
    if PICTURES:
        keep_picture("appliance", "faces-calibration", plot.read_bytes())
    table = faces("calibrate", str(tmp_path / "pairs.csv"), "--config", str(site)).stdout
    assert "当前 set" in table
    assert "建议 suggested" in table


def test_calibration_says_what_to_do_where_it_cannot_begin(site: Path, tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("picture_a,picture_b\n")
    assert (
        "faces fetch"
        in faces("calibrate", str(tmp_path / "pairs.csv"), "--config", str(site), expect=3).stderr
    )
    faces("fetch", "--config", str(site), "--from", str(models_folder()))
    assert "same" in faces("calibrate", str(tmp_path / "pairs.csv"), "--config", str(site), expect=2).stderr
