"""`serve`: the site server itself."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import click

from central_sync.protocol.keys import KeyFileWrong
from exam_appliance.app import serve as run
from exam_appliance.cli.site import NOT_NOW, WRONG_USE, config_option, fail, say, told
from exam_appliance.config import ConfigError, take_up
from exam_appliance.journal.database import DatabaseTooNew
from exam_appliance.state_folder import StateFolderWrong


@click.command(short_help="运行考点服务器 / run the site server")
@config_option
def serve(file: Path | None) -> None:
    """运行考点服务器，直到 Ctrl-C 或 SIGTERM / run the site server until Ctrl-C or SIGTERM.

    配置有误时以上次有效的配置启动并说明原因。
    With a broken configuration it starts with the last good one, and says so.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        started = take_up(file)
    except ConfigError as error:
        fail(WRONG_USE, *(str(problem) for problem in error.problems))
    if started.broken is not None:
        told.print(
            "配置有误，以上次有效的配置启动 / starting with the last good configuration:", style="yellow"
        )
        for problem in started.broken.problems:
            told.print(f"  {problem}", style="yellow", markup=False)
    settings = started.loaded.settings

    def ready(url: str) -> None:
        say(f"考点服务器已启动 / the site server listens at {url}")

    try:
        asyncio.run(run(settings, ready))
    except (StateFolderWrong, KeyFileWrong, DatabaseTooNew) as error:
        fail(NOT_NOW, str(error))
    except OSError as error:
        listen = settings.listen
        fail(
            NOT_NOW,
            f"无法在 {listen.host}:{listen.port} 启动（{error.strerror}）；"
            "请检查端口是否被占用（ss -ltnp）或更改 listen / "
            f"cannot listen at {listen.host}:{listen.port}: free the port (ss -ltnp) or change listen",
        )
