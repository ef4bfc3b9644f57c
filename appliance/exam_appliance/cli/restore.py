"""`restore`: a backup onto a new server, so that its session goes on there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import click

from central_sync.agent.refetch import Fetched, enrolled_again
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import ApplianceKeys
from exam_appliance.backup.making import Progress
from exam_appliance.backup.password import kept_password, password_path, read_words
from exam_appliance.backup.restic import Restic
from exam_appliance.backup.restoring import CONFIG, Order, Restored, repository_of, restore
from exam_appliance.backup.staging import Manifest
from exam_appliance.backup.trouble import BackupTrouble
from exam_appliance.cli.backup import shown
from exam_appliance.cli.site import NOT_NOW, config_option, fail, json_option, say, sentences, told
from exam_appliance.config import ConfigError, load_site


@click.command("restore", short_help="从备份恢复到新服务器 / restore a backup onto a new server")
@click.argument("source", metavar="FROM")
@click.option(
    "--to", type=click.Path(path_type=Path, file_okay=False), required=True, help="状态目录 / state folder"
)
@click.option("--snapshot", default="latest", show_default=True, help="备份编号 / id of the backup")
@click.option(
    "--words-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="写有备份口令的文件；不给则提示输入 / file with the words; without it they are asked for",
)
@click.option(
    "--claim", help="中心为恢复本服务器发的登记码 / claim code that the centre gave for this server"
)
@click.option(
    "--yes-overwrite", is_flag=True, help="目录非空也恢复，原有内容移到旁边 / put what is there aside"
)
@click.option("--another-site", is_flag=True, help="确认是另一考点的备份 / it is meant to be another site's")
@click.option("--option", "options", multiple=True, help="restic 选项 NAME=VALUE / an option of restic")
@config_option
@json_option
def restore_command(
    source: str,
    to: Path,
    snapshot: str,
    words_file: Path | None,
    claim: str | None,
    yes_overwrite: bool,
    another_site: bool,
    options: tuple[str, ...],
    file: Path | None,
    as_json: bool,
) -> None:
    """把备份恢复为状态目录，校验后就位；随后启动服务即可继续考试。

    Restore a backup as a state folder, checked before it takes its place; start the server and the
    session goes on. With --claim (exam-central claim SITE --for SERVER) the centre takes this machine
    for the restored server and gives the journal entries that the backup lacks.
    """
    try:
        password = _words(to, words_file)
        restic = Restic(
            repository_of(source), password, dict(one.split("=", 1) for one in options if "=" in one)
        )
        order = Order(source, snapshot, to.absolute(), _own_site(file), yes_overwrite, another_site)
        with shown(as_json) as progress:
            done = asyncio.run(_restore(order, restic, progress, claim))
    except BackupTrouble as trouble:
        fail(NOT_NOW, str(trouble))
    except Problem as problem:
        fail(
            NOT_NOW,
            *sentences(problem),
            "尚未恢复，未作任何更改 / nothing was restored and nothing was changed",
        )
    except OSError as error:
        fail(
            NOT_NOW,
            f"磁盘出错（{error}），未作任何更改；请检查空间和权限 / "
            f"the disk failed ({error}), nothing was changed: check its space and rights",
        )
    if as_json:
        say(done.model_dump_json())
    else:
        _tell(order, done)


async def _restore(order: Order, restic: Restic, progress: Progress, claim: str | None) -> Restored:
    async def fetch(state: Path, manifest: Manifest, hash_at: Callable[[int], str | None]) -> Fetched:
        def told_of(done: int, of: int) -> None:
            progress("从中心补齐日志", "fetching entries from the centre", done / max(of, 1))

        keys = ApplianceKeys.at(state / "keys")
        return await enrolled_again(
            state / "sync", keys, manifest.appliance, claim or "", manifest.head, hash_at, told_of
        )

    return await restore(order, restic, progress, None if claim is None else fetch)


def _words(to: Path, words_file: Path | None) -> str:
    if words_file is not None:
        try:
            return read_words(words_file.read_text("utf-8", errors="replace"))
        except OSError as error:
            fail(NOT_NOW, f"{words_file} 无法读取（{error.strerror}） / it cannot be read")
    own = password_path(to, None)
    if own.is_file():
        try:
            return kept_password(own)
        except OSError as error:
            fail(NOT_NOW, f"{own} 无法读取（{error.strerror}） / it cannot be read")
    return read_words(click.prompt("备份口令（11 个词） / the eleven words", hide_input=True, err=True))


def _own_site(file: Path | None) -> str:
    """Return the site code that this server is configured with, empty where there is none yet."""
    try:
        return load_site(file).settings.site.code or ""
    except ConfigError as error:
        told.print(f"配置无法使用，不核对考点代码 / {error.problems[0]}", style="yellow", markup=False)
        return ""


def _tell(order: Order, done: Restored) -> None:
    say(
        f"已恢复考点 {done.site or '—'} 的备份（{done.made_at:%Y-%m-%d %H:%M:%S} UTC）到 {order.to} / "
        f"restored, journal entries up to {done.head}"
    )
    if done.put_aside:
        say(f"原有内容在 {done.put_aside} / what was there is in {done.put_aside}")
    if done.asked_centre:
        say(f"中心补齐日志 {done.fetched} 条 / the centre gave {done.fetched} more entries")
    elif done.enrolled:
        told.print(
            "注意：未向中心核对。若中心收存的日志多于备份，启动后新日志会与中心的不一致，本机会被中心隔离"
            "（考试可继续，数据留在本机）。能联系中心时，请先让中心执行 exam-central claim 考点 --for "
            f"{done.appliance}，再加 --claim 登记码 重新恢复。 / Not compared with the centre: if it holds "
            "more than the backup, this server will be put in quarantine when it goes on (exams go on, data "
            "stays here). If the centre can be reached, have it give a claim code for this server first and "
            "restore again with --claim.",
            style="yellow",
            markup=False,
        )
    say(
        f"配置在 {order.to / CONFIG}，请核对后放到 /etc/kaodian/site.yaml；新服务器须用原来的地址。"
        "旧服务器不得再接入网络。 / the configuration is there too; the new server takes the old one's "
        "address, and the old one must never come back to the network"
    )
    say("然后启动服务 / then start the server: exam-appliance serve")
