"""Backups by the real restic: of a server at work, tried, restored onto a new one, which goes on."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from central_sync.agent.machine import fingerprint
from central_sync.protocol.release_code import new_release_code
from exam_appliance.app import running
from exam_appliance.backup.making import Progress, Source, make_backups
from exam_appliance.backup.password import read_words, sheet_words
from exam_appliance.backup.report import BackupReport, ReportFile, standing
from exam_appliance.backup.restic import Restic
from exam_appliance.backup.restoring import Order, repository_of, restore
from exam_appliance.backup.trouble import BackupTrouble
from exam_appliance.config import load_settings
from tests.exchange_parts import SITE, until
from tests.site_app import Candidate, SiteApp, site_app

PATIENCE_S = 120


async def ran(file: Path, *words: str) -> tuple[int, str]:
    """Run a command; return its exit code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "exam_appliance.cli", *words, "--config", str(file)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(PATIENCE_S):
        said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


def last_json(said: str) -> Any:
    """Return the last JSON line of what a command said."""
    return json.loads([line for line in said.splitlines() if line.startswith("{")][-1])


@asynccontextmanager
async def saving(person: Candidate) -> AsyncIterator[list[tuple[int, str, list[str]]]]:
    """Let a candidate save without a pause; give the list of what was acknowledged: seq, item, choices."""
    items = [item["item"] for item in await person.paper()]
    acknowledged: list[tuple[int, str, list[str]]] = []

    async def sit() -> None:
        number = 0
        while not stopping.is_set():
            item, choice = items[number % len(items)], "AB"[(number // len(items)) % 2]
            told = await person.answer(item, [choice])
            acknowledged.append((told["receipt"]["seq"], item, [choice]))
            number += 1
            await asyncio.sleep(0.005)

    stopping = asyncio.Event()
    task = asyncio.create_task(sit())
    try:
        yield acknowledged
    finally:
        stopping.set()
        await task


def with_backup(site: SiteApp, *destinations: dict[str, str]) -> Path:
    """Write destinations into the site's file and return it."""
    body = yaml.safe_load(site.file.read_text())
    body["backup"] = {"destinations": list(destinations)}
    site.file.write_text(yaml.safe_dump(body, allow_unicode=True))
    return site.file


def held_at(answers: list[tuple[int, str, list[str]]], head: int) -> dict[str, list[str]]:
    """Return the newest acknowledged choices of each item up to an entry."""
    return {item: choices for seq, item, choices in answers if seq <= head}


async def test_a_backup_made_under_load_is_restored_and_the_session_goes_on_with_what_the_centre_had(
    tmp_path: Path,
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    async with site_app(tmp_path, candidates=2) as site:
        first = await site.candidate(1)
        await site.candidate(2)
        await (await site.staff("wujk")).step("start")
        file = with_backup(site, {"id": "disk2", "kind": "disk", "place": str(disk)})
        async with saving(first) as answers:
            await until(lambda: len(answers) > 20)
            code, said = await ran(file, "backup", "run", "--json")
            assert code == 0, said
            report = last_json(said)["reports"][0]
            more = len(answers)
            await until(lambda: len(answers) > more + 5)
        assert report["ok"]
        assert [line for line in said.splitlines() if '"done"' in line], "no progress was told"
        in_backup = held_at(answers, report["head"])
        assert len(in_backup) > 0
        assert report["head"] < answers[-1][0], "the server stood still while it was backed up"
        appliance = site.appliance.journal.appliance
        # The centre gets a little more than the backup has; then the server burns down.
        await until(lambda: site.appliance.agent.status().acknowledged_seq >= answers[-1][0])
        everything = held_at(answers, answers[-1][0])
        cookies = first.http.cookie_jar
        await site.people.aclose()
        await site.stop()
        state = site.settings.state_dir
        words = tmp_path / "words"
        shutil.copy(state / "backup" / "password", words)
        assert (state / "backup" / "password").stat().st_mode & 0o077 == 0
        assert not (state / "backup" / "staging").exists()
        state.rename(tmp_path / "burnt")

        # Onto a new machine: what is there already stays, and the code must be this server's.
        new = tmp_path / "new"
        new.mkdir()
        (new / "something").write_text("of somebody")
        restoring = ("restore", str(disk), "--to", str(new), "--words-file", str(words), "--json")
        code, said = await ran(file, *restoring)
        assert (code, "已有数据" in said) == (3, True), said
        assert [path.name for path in new.iterdir()] == ["something"]
        (new / "something").unlink()
        # The burnt server was another machine: its fingerprint is made to differ from this one's.
        with site.centre.database.begin() as session:
            from central_sync.centre.exchange.tables import ApplianceRow

            row = session.get(ApplianceRow, appliance)
            assert row is not None
            row.machine = "0" * 64
        code, said = await ran(file, *restoring, "--claim", site.centre.claim())
        assert code == 3, said
        assert "隔离" in said, "a code that is not for this server must not admit another machine"
        assert list(new.iterdir()) == [], "a refused restoration left something behind"
        with site.centre.database.begin() as session:
            claim = site.centre.exchange.new_claim(session, SITE, appliance=appliance)
        code, said = await ran(file, *restoring, "--claim", claim)
        assert code == 0, said
        restored = last_json(said)
        assert restored["head"] == report["head"]
        assert restored["fetched"] >= answers[-1][0] - report["head"]

        body = yaml.safe_load((new / "restored-site.yaml").read_text())
        body["state_dir"] = str(new)
        body["listen"]["port"] = site.settings.listen.port
        file.write_text(yaml.safe_dump(body))
        async with running(load_settings(file).settings) as appliance_again:
            url = appliance_again.address()
            person = Candidate(url, first.ticket)
            person.http.cookie_jar.update_cookies(
                {cookie.key: cookie.value for cookie in cookies if cookie.key == "kd_candidate"}
            )
            async with person:
                held = {
                    one["item"]: sorted(one["choices"])
                    for one in (await person.get("/responses"))["responses"]
                }
                assert {item: held.get(item) for item in in_backup} == {
                    item: everything[item] for item in in_backup
                }
                assert {item: held.get(item) for item in everything} == everything
                person.n = first.n
                told = await person.answer(answers[0][1], ["A"])
                assert told["receipt"]["seq"] > answers[-1][0]
            # The centre believes the restored server and takes what it writes.
            last = appliance_again.journal.head
            await until(lambda: appliance_again.agent.status().acknowledged_seq >= last)
            assert not appliance_again.agent.status().quarantined
            assert site.centre.state(appliance) == ("active", "")
            kinds = [json.loads(line)["kind"] for line in site.centre.lines(appliance)]
            assert kinds.count("site.restored") == 1
        assert not (new / "restored.json").exists()
        assert fingerprint(new / "sync" / "machine.json") != "0" * 64


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder of a small stopped server, with a site file without destinations."""
    folder = tmp_path_factory.mktemp("still")

    async def made() -> None:
        async with site_app(folder, candidates=1, state="unlocked"):
            pass

    asyncio.run(made())
    return folder / "site"


def site_of(still: Path, folder: Path, *destinations: dict[str, str]) -> Path:
    """Copy the stopped server into a folder of a test's own; return its site file."""
    shutil.copytree(still / "state", folder / "state")
    body = yaml.safe_load((still / "site.yaml").read_text())
    body["state_dir"] = str(folder / "state")
    body["backup"] = {"destinations": list(destinations)}
    file = folder / "site.yaml"
    file.write_text(yaml.safe_dump(body, allow_unicode=True))
    return file


@contextmanager
def small_disk(at: Path, kib: int) -> Iterator[Path]:
    """Mount a small disk of memory."""
    at.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(at)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a disk, which full and pulled disks need")
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=False, capture_output=True)


def source_of(file: Path) -> Source:
    """Return what the site's file says is to be backed up."""
    settings = load_settings(file).settings
    appliance = (settings.state_dir / "appliance.id").read_text().strip()
    return Source(settings.state_dir, file, settings.backup, appliance, SITE, "0.1.0")


async def made(file: Path, progress: Progress = lambda zh, en, part: None) -> BackupReport:
    """Back up to the one destination and return the report."""
    source = source_of(file)
    (report,) = await asyncio.to_thread(make_backups, source, source.settings.destinations, progress)
    assert ReportFile(source.state_dir).read()[-1] == report
    return report


async def test_a_stick_that_is_absent_full_or_pulled_is_told_and_the_next_backup_is_whole(
    tmp_path: Path, still: Path
) -> None:
    stick = tmp_path / "stick"
    file = site_of(still, tmp_path, {"id": "usb", "kind": "stick", "place": str(stick)})
    assert (await made(file)).code == "absent"
    stick.mkdir()
    # A folder on the system's own disk is no stick.
    assert (await made(file)).code == "absent"
    stick.rmdir()
    large = tmp_path / "state" / "evidence" / "large"
    large.parent.mkdir(exist_ok=True)
    large.write_bytes(os.urandom(24_000_000))
    with small_disk(stick, 8000):
        report = await made(file)
        assert (report.ok, report.code) == (False, "full")
        assert "已有备份完好" in report.zh
    stick.rmdir()
    with small_disk(stick, 60_000):
        pulled = False

        def pull(zh: str, en: str, part: float) -> None:
            nonlocal pulled
            if not pulled and en.startswith("backing up"):
                pulled = True
                # Held by nobody it would go at once; lazily it goes under restic's hands.
                subprocess.run(["umount", "-l", str(stick)], check=True)

        report = await made(file, pull)
        assert pulled
        assert (report.ok, report.code) == (False, "pulled")
    large.unlink()
    # restic may have written a little to the empty folder that the stick left.
    shutil.rmtree(stick)
    with small_disk(stick, 60_000):
        report = await made(file)
        assert (report.ok, report.same_disk, report.head > 0) == (True, False, True)
        told = standing(source_of(file).settings, ReportFile(tmp_path / "state").read(), report.at)
        assert told.state == "good"
    # It was there and is not any more: no new repository is begun in silence.
    stick.rmdir()
    with small_disk(stick, 60_000):
        assert (await made(file)).code == "gone"
    assert not (tmp_path / "state" / "backup" / "staging").exists()


def damage(disk: Path) -> None:
    """Turn a bit in every pack of the repositories on a disk."""
    for pack in disk.glob("kaodian-backup/*/data/*/*"):
        data = bytearray(pack.read_bytes())
        data[len(data) // 2] ^= 0xFF
        pack.chmod(0o600)
        pack.write_bytes(data)


async def test_a_wrong_password_a_damaged_repository_and_another_site_are_refused_by_name(
    tmp_path: Path, still: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    file = site_of(still, tmp_path, {"id": "disk2", "kind": "disk", "place": str(disk)})
    report = await made(file)
    assert (report.ok, report.same_disk) == (True, True)
    source = source_of(file)
    told = standing(source.settings, (report,), report.at)
    assert (told.state, "同一块硬盘" in told.zh) == ("same_disk", True)
    assert standing(source.settings, (report,), report.at + timedelta(hours=27)).state == "stale"

    right = (tmp_path / "state" / "backup" / "password").read_text().strip()
    first, rest = right.split(" ", 1)
    with pytest.raises(BackupTrouble, match="第 1 个词"):
        read_words(f"{'ba' if first == 'an' else 'an'} {rest}")
    assert read_words(" ".join(f"{pinyin} {character}" for pinyin, character in sheet_words(right))) == right

    new = tmp_path / "new"
    left = set(os.listdir(tmp_path))  # noqa: PTH208 - of one folder, in a test
    repository = repository_of(str(disk))

    async def refused(password: str, site: str = "") -> str:
        order = Order(str(disk), "latest", new, site, overwrite=False, any_site=False)
        with pytest.raises(BackupTrouble) as caught:
            await restore(order, Restic(repository, password), lambda zh, en, part: None, None)
        assert set(os.listdir(tmp_path)) == left  # noqa: PTH208 - of one folder, in a test
        return caught.value.code

    assert await refused(new_release_code()) == "password"
    assert await refused(right, "MC9999") == "other_site"
    with pytest.raises(BackupTrouble, match="没有备份仓库"):
        repository_of(str(still))
    damage(disk)
    assert await refused(right) == "damaged"
    code, said = await ran(file, "backup", "check")
    assert (code, "损坏" in said, "Traceback" in said) == (1, True, False), said


def text_of(pdf: Path) -> str:
    """Return the text of a PDF."""
    command = ["pdftotext", "-layout", str(pdf), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


async def test_the_sheet_for_the_safe_holds_the_words_that_open_the_backups(
    tmp_path: Path, still: Path
) -> None:
    file = site_of(still, tmp_path, {"id": "usb", "kind": "stick", "place": "/media/usb"})
    sheet = tmp_path / "sheet.pdf"
    code, said = await ran(file, "backup", "keys", "--pdf", str(sheet))
    assert code == 0, said
    words = (tmp_path / "state" / "backup" / "password").read_text().split()
    read = await asyncio.to_thread(text_of, sheet)
    assert all(word in read for word in words)
    assert sheet.stat().st_mode & 0o077 == 0
