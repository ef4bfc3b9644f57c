"""`backup`: made on demand and by the system's timer, listed, tried, and the sheet for the safe."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from central_sync.agent.line_check import bond_of
from central_sync.protocol.http.problems import Problem
from exam_appliance.app import software_version
from exam_appliance.backup.making import Progress, Source, check_backup, make_backups
from exam_appliance.backup.password import made_password, password_path, sheet_words
from exam_appliance.backup.places import place_of, restic_of
from exam_appliance.backup.report import BackupReport
from exam_appliance.backup.settings import Destination
from exam_appliance.backup.trouble import BackupTrouble
from exam_appliance.cli.site import (
    CHECK_FAILED,
    NOT_NOW,
    WRONG_USE,
    config_option,
    existing_folder,
    fail,
    json_option,
    say,
    say_json,
    sentences,
    site_settings,
    told,
)
from exam_appliance.config import SITE_FILE
from exam_appliance.documents.pdf import printed
from exam_appliance.readiness.gathering import Place, site_about

destination_option = click.option(
    "--to", "wanted", help="只用此目的地的 id / only the destination of this id"
)


@click.group("backup", short_help="备份 / backups")
def backup() -> None:
    """备份：立即备份、列出、试恢复、打印口令单 / make backups, list them, try them, print the sheet."""


@backup.command("run", short_help="立即备份并验证 / back up now and verify")
@destination_option
@click.option(
    "--new-repository", is_flag=True, help="换了新盘，新建仓库 / the disk is new: begin a repository"
)
@config_option
@json_option
def run_backup(wanted: str | None, new_repository: bool, file: Path | None, as_json: bool) -> None:
    """备份到各目的地，并试恢复、校验日志；任一失败时退出码 1。服务可以照常运行。

    Back up to each destination, restore it for a trial and verify its journal; exit code 1 when one
    failed. The server may go on running. With --json each line is one JSON object: progress, then reports.
    """
    source, destinations = _what(file, wanted)
    try:
        with shown(as_json) as progress:
            reports = make_backups(source, destinations, progress, new_repository=new_repository)
    except BackupTrouble as trouble:
        fail(NOT_NOW, str(trouble))
    if as_json:
        _line({"reports": [report.model_dump(mode="json") for report in reports]})
    else:
        for report in reports:
            _tell(report)
    sys.exit(0 if all(report.ok for report in reports) else CHECK_FAILED)


@backup.command("list", short_help="列出备份 / list the backups")
@destination_option
@config_option
@json_option
def list_backups(wanted: str | None, file: Path | None, as_json: bool) -> None:
    """列出各目的地的备份 / list the backups at each destination."""
    source, destinations = _what(file, wanted)
    rows = []
    try:
        for destination in destinations:
            place = place_of(destination, source.appliance, source.state_dir)
            restic = restic_of(place, _password(source), source.state_dir)
            rows += [
                {
                    "destination": destination.id,
                    "snapshot": one.id[:8],
                    "at": one.at,
                    "appliance": one.appliance,
                    **one.tags,
                }
                for one in restic.snapshots()
            ]
    except BackupTrouble as trouble:
        fail(NOT_NOW, str(trouble))
    if as_json:
        say_json(rows)
        return
    for row in rows:
        say("  ".join(str(value) for value in row.values()))
    if not rows:
        say("没有备份 / there are no backups")


@backup.command("check", short_help="试恢复一份备份 / restore a backup for a trial")
@destination_option
@click.option("--snapshot", default="latest", show_default=True, help="备份编号 / id of the backup")
@config_option
@json_option
def check(wanted: str | None, snapshot: str, file: Path | None, as_json: bool) -> None:
    """检查仓库，并把整份备份恢复到临时目录校验；不符时退出码 1。

    Check the repository and restore a whole backup into a scratch folder; exit code 1 when it is not sound.
    """
    source, destinations = _what(file, wanted)
    try:
        with shown(as_json) as progress:
            held = [check_backup(source, one, snapshot, progress, whole=True) for one in destinations]
    except BackupTrouble as trouble:
        fail(CHECK_FAILED if trouble.code in ("unsound", "damaged") else NOT_NOW, str(trouble))
    if as_json:
        _line({"sound": True, "backups": [one.model_dump(mode="json") for one in held]})
        return
    for destination, one in zip(destinations, held, strict=True):
        say(
            f"{destination.id}: 备份完好 / sound, {one.made_at:%Y-%m-%d %H:%M:%S} UTC, "
            f"日志 {one.head} 条 entries, {one.files} 个文件 files"
        )


@backup.command("keys", short_help="口令单，放入保险柜 / the sheet of words for the safe")
@click.option(
    "--pdf", type=click.Path(path_type=Path, dir_okay=False), help="另存为 PDF / write it as PDF to print"
)
@config_option
@json_option
def keys(pdf: Path | None, file: Path | None, as_json: bool) -> None:
    """显示或打印备份口令；没有口令时新建。没有它，任何人（包括本单位）都不能恢复备份。

    Show or print the words that open the backups, made if there are none. Nobody can restore without them.
    """
    source, _ = _what(file, None, needed=False)
    words = sheet_words(_password(source))
    settings = site_settings(file)
    if pdf is not None:
        about = site_about(Place(settings, source.appliance, source.software))
        facts = {
            "site": about.name,
            "site_code": about.code,
            "appliance": source.appliance,
            "words": [list(word) for word in words],
            "places": [f"{one.id}: {one.place}" for one in settings.backup.destinations],
            "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        }
        try:
            pdf.write_bytes(asyncio.run(printed("backup-sheet.html", facts)))
            pdf.chmod(0o600)
        except Problem as problem:
            fail(NOT_NOW, *sentences(problem))
        except OSError as error:
            fail(NOT_NOW, f"无法写入 {pdf}（{error.strerror}） / {pdf} cannot be written")
        told.print(f"已写入 / written: {pdf}", style="green", markup=False)
    elif as_json:
        say_json({"appliance": source.appliance, "words": [pinyin for pinyin, _ in words]})
    else:
        say(" ".join(f"{number}.{pinyin} {character}" for number, (pinyin, character) in enumerate(words, 1)))
        told.print(
            "请抄写或打印后放入保险柜 / write them down or print them for the safe",
            style="yellow",
        )


@contextmanager
def shown(as_json: bool) -> Iterator[Progress]:
    """Give what shows the progress: a bar for people, lines of JSON for programs."""
    if as_json:
        yield lambda zh, en, part: _line({"zh": zh, "en": en, "done": round(part, 3)})
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bar(*columns, console=told, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda zh, en, part: bar.update(task, description=f"{zh} / {en}", completed=part)


def _what(
    file: Path | None, wanted: str | None, *, needed: bool = True
) -> tuple[Source, tuple[Destination, ...]]:
    settings = site_settings(file)
    folder = existing_folder(settings)
    software = software_version()
    place = Place(settings, folder.appliance, software)
    bond = bond_of(place.sync_folder)
    site = site_about(place).code or ("" if bond is None else bond.site)
    config = file or (SITE_FILE if SITE_FILE.is_file() else None)
    source = Source(folder.path, config, settings.backup, folder.appliance, site, software)
    destinations = tuple(one for one in settings.backup.destinations if wanted is None or one.id == wanted)
    if needed and not destinations:
        known = ", ".join(one.id for one in settings.backup.destinations)
        if wanted is not None and known:
            fail(WRONG_USE, f"没有目的地 {wanted}，可用：{known} / there is no destination {wanted}: {known}")
        fail(
            WRONG_USE,
            "未设置备份目的地，请在配置 backup.destinations 中设置 / "
            "no destination is set: see backup.destinations in the configuration",
        )
    return source, destinations


def _password(source: Source) -> str:
    try:
        return made_password(password_path(source.state_dir, source.settings.password_file))
    except BackupTrouble as trouble:
        fail(NOT_NOW, str(trouble))


def _tell(report: BackupReport) -> None:
    if not report.ok:
        told.print(
            f"{report.destination}: 备份失败 / failed: {report.zh} / {report.en}", style="red", markup=False
        )
        return
    say(
        f"{report.destination}: 已备份并验证 / backed up and verified: {report.snapshot}, "
        f"日志 {report.head} 条 entries, {report.files} 个文件 files, {report.seconds} s"
    )
    if report.same_disk:
        told.print(
            f"注意：{report.place} 与考试数据在同一块硬盘上 / it lies on the same disk as the data",
            style="yellow",
            markup=False,
        )


def _line(value: object) -> None:
    say(orjson.dumps(value).decode())
