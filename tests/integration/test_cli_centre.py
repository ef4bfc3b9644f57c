"""`exam-appliance enrol` and `courier` by the command itself: a stopped server, a real centre, a stick."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from tests.exchange_parts import SITE, Centre
from tests.site_app import build_package


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    centre = Centre(tmp_path / "centre")
    await centre.start()
    yield centre
    await centre.stop()


async def ran(file: Path, *words: str) -> tuple[int, str]:
    """Run a command; return its exit code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "exam_appliance.cli", *words, "--config", str(file)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_a_server_without_a_line_is_enrolled_and_then_served_by_stick_alone(
    tmp_path: Path, centre: Centre
) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(f"state_dir: {tmp_path / 'state'}\nlisten:\n  port: 0\n")
    stick = tmp_path / "stick"
    stick.mkdir()
    code, said = await ran(file, "enrol", "--centre", centre.url, "--code", "AAAA-AAAA-AAAA-AAAA")
    assert code == 3, said
    code, said = await ran(file, "enrol", "--centre", centre.url, "--code", centre.claim())
    assert (code, SITE in said) == (0, True), said
    with centre.database.begin() as session:
        (server,) = centre.exchange.appliances(session)

    # Upward: a server that did nothing yet has nothing to tell but how it stands.
    code, said = await ran(file, "courier", "export", str(stick))
    assert code == 0, said
    (bundle,) = stick.iterdir()
    assert bundle.name in said
    centre.exchange.import_bundle(bundle)
    assert centre.lines(server.id) == []

    # Downward: a session with its package, taken in twice without harm.
    package = build_package(centre, candidates=3)
    down = tmp_path / "down.kdbundle"
    centre.exchange.export_bundle(SITE, down)
    code, said = await ran(file, "courier", "import", str(down))
    assert (code, "1 个考试包" in said) == (0, True), said
    code, said = await ran(file, "courier", "import", str(down))
    assert (code, "0 个考试包" in said) == (0, True), said
    assert (tmp_path / "state" / "sync" / "blobs" / package.ref.sha256).stat().st_size == package.ref.size

    # What came and went since is in the next bundle.
    bundle.unlink()
    code, said = await ran(file, "courier", "export", str(stick))
    assert code == 0, said
    (later,) = stick.iterdir()
    centre.exchange.import_bundle(later)
    kinds = [orjson.loads(line)["kind"] for line in centre.lines(server.id)]
    assert kinds.count("courier.moved") == 3


async def test_a_bundle_that_is_not_one_is_refused_with_what_to_do(tmp_path: Path, centre: Centre) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(f"state_dir: {tmp_path / 'state'}\nlisten:\n  port: 0\n")
    code, said = await ran(file, "enrol", "--centre", centre.url, "--code", centre.claim())
    assert code == 0, said
    wrong = tmp_path / "holiday.jpg"
    wrong.write_bytes(b"\xff\xd8\xff\xe0" + bytes(5000))
    code, said = await ran(file, "courier", "import", str(wrong))
    assert code == 3, said
    assert "数据包" in said
    assert "Traceback" not in said
