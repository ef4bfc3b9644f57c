"""`journal verify` and `journal rebuild`."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from exam_appliance.cli.site import (
    CHECK_FAILED,
    NOT_NOW,
    config_option,
    existing_folder,
    fail,
    json_option,
    say,
    say_json,
    site_settings,
    told,
)
from exam_appliance.exam.rebuild import Difference, put_in_place
from exam_appliance.exam.rebuild import rebuild as rebuild_tables
from exam_appliance.journal.verify import Verdict, verify_file
from exam_appliance.state_folder import StateFolder, StateFolderWrong

SHOWN = 20
"""Differing rows that are named; the rest is counted."""


@click.group(short_help="日志 / the journal")
def journal() -> None:
    """日志：校验与重建 / the journal: verify it, rebuild what is made from it."""


@journal.command(short_help="逐条校验日志 / verify the journal entry by entry")
@config_option
@json_option
def verify(file: Path | None, as_json: bool) -> None:
    """逐条校验日志；可在服务运行时进行。发现问题时指出第一条有误的序号，退出码 1。

    Verify the journal entry by entry, also while the server runs. Names the first entry that is
    wrong; exit code 1.
    """
    verdict = _verified(existing_folder(site_settings(file)))
    if as_json:
        say_json(
            {
                "ok": verdict.ok,
                "entries": verdict.entries,
                "head": verdict.head,
                "first_wrong": verdict.findings[0].seq if verdict.findings else None,
                "findings": [
                    {"seq": found.seq, "reason": found.reason, "zh": found.zh, "en": found.en}
                    for found in verdict.findings
                ],
            }
        )
    elif verdict.ok:
        say(f"日志完整，共 {verdict.entries} 条 / the journal holds, {verdict.entries} entries")
        say(f"末条摘要 / head {verdict.head}")
    else:
        _tell_findings(verdict)
    sys.exit(0 if verdict.ok else CHECK_FAILED)


@journal.command(short_help="由日志重建各表并比较 / rebuild the tables from the journal and compare")
@click.option("--compare-only", is_flag=True, help="只比较，不改动 / compare, change nothing")
@config_option
@json_option
def rebuild(file: Path | None, compare_only: bool, as_json: bool) -> None:
    """由日志重新生成场次、考生、作答与补时各表，与现有内容比较；不同时以日志为准更正，退出码 1。

    Make the tables of sessions, attempts, responses and credits again from the journal and compare
    them with those on disk; where they differ the journal wins, and the exit code is 1. The server
    must be stopped. A journal that does not verify is left alone.
    """
    settings = site_settings(file)
    existing_folder(settings)
    try:
        with StateFolder(settings.state_dir) as folder:
            verdict = _verified(folder)
            if not verdict.ok:
                _tell_findings(verdict)
                fail(
                    CHECK_FAILED,
                    "日志未通过校验，未作任何更改；请从备份或中心恢复 / "
                    "the journal does not verify, nothing was changed: restore it from a backup",
                )
            with _bar("比较 / comparing") as progress:
                rebuilt = rebuild_tables(folder.journal, progress)
            if rebuilt.differences and not compare_only:
                put_in_place(folder.journal, rebuilt.rows)
    except StateFolderWrong as error:
        fail(NOT_NOW, str(error))
    except sqlite3.Error as error:
        fail(NOT_NOW, f"数据库无法使用，请检查磁盘 / the database cannot be used, check the disk: {error}")
    found = rebuilt.differences
    _tell_differences(found, verdict.entries, mended=not compare_only, as_json=as_json)
    sys.exit(CHECK_FAILED if found else 0)


def _tell_differences(found: tuple[Difference, ...], entries: int, *, mended: bool, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "same": not found,
                "entries": entries,
                "mended": bool(found) and mended,
                "differences": [{"table": one.table, "key": one.key, "what": one.what} for one in found],
            }
        )
        return
    if not found:
        say(f"各表与日志一致（{entries} 条） / the tables agree with the journal ({entries} entries)")
        return
    for one in found[:SHOWN]:
        say(f"{one.table} {one.key}: {one.zh} / {one.en}")
    if len(found) > SHOWN:
        say(f"另有 {len(found) - SHOWN} 处 / and {len(found) - SHOWN} more")
    if mended:
        say(f"{len(found)} 处不同，已按日志更正 / {len(found)} rows differed and were mended")
    else:
        say(f"{len(found)} 处不同，未更改 / {len(found)} rows differ; nothing was changed")


def _verified(folder: StateFolder) -> Verdict:
    with _bar("校验日志 / verifying") as progress:
        try:
            return verify_file(folder.journal, folder.appliance, progress)
        except sqlite3.Error as error:
            fail(
                NOT_NOW,
                f"日志文件无法读取，请检查磁盘或从备份恢复（{error}） / "
                "the journal file cannot be read: check the disk or restore it from a backup",
            )


def _tell_findings(verdict: Verdict) -> None:
    for found in verdict.findings[:SHOWN]:
        told.print(f"seq {found.seq}: {found.zh} / {found.en}", style="red", markup=False)


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=told, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
