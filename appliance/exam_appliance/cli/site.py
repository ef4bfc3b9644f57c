"""What the commands share: which site is meant, its folder, and how they end."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from rich.console import Console

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import KeyFileWrong
from exam_appliance.app import Appliance
from exam_appliance.config import ConfigError, Settings, load_site
from exam_appliance.exam.clock import MachineTime
from exam_appliance.journal.database import DatabaseTooNew
from exam_appliance.state_folder import JOURNAL, StateFolder, StateFolderWrong

CHECK_FAILED = 1
WRONG_USE = 2
NOT_NOW = 3

Command = TypeVar("Command", bound=Callable[..., Any])

told = Console(stderr=True, highlight=False, soft_wrap=True)
"""Where people are told how it goes; results alone go to standard output."""


def config_option(command: Command) -> Command:
    """Add --config, the site's file; without it the installed one is taken if it is there."""
    return click.option(
        "--config",
        "file",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="KAODIAN_CONFIG",
        help="考点配置文件，默认 /etc/kaodian/site.yaml / the site's configuration file",
    )(command)


def json_option(command: Command) -> Command:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")(command)


def fail(code: int, *sentences: str) -> NoReturn:
    """Say why it cannot be done and end with a code."""
    for sentence in sentences:
        told.print(sentence, style="red", markup=False)
    sys.exit(code)


def say(text: str) -> None:
    """Print a result."""
    click.echo(text)


def say_json(value: object) -> None:
    """Print a result as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def site_settings(file: Path | None) -> Settings:
    """Return the settings of the site; ends the program when they are wrong."""
    try:
        return load_site(file).settings
    except ConfigError as error:
        fail(WRONG_USE, *(str(problem) for problem in error.problems))


def existing_folder(settings: Settings) -> StateFolder:
    """Return the state folder of a server that ran before; ends the program when there is none."""
    try:
        held = (settings.state_dir / JOURNAL).is_file()
    except OSError as error:
        fail(
            NOT_NOW,
            f"无法读取 {settings.state_dir}（{error.strerror}），请换有权限的用户，如 sudo -u kaodian / "
            f"{settings.state_dir} cannot be read: use an account with the right to it",
        )
    if not held:
        fail(
            NOT_NOW,
            f"{settings.state_dir} 中没有日志，考点服务尚未在此运行过；请检查 state_dir / "
            f"there is no journal in {settings.state_dir}: no server ran here yet; check state_dir",
        )
    return opened_folder(settings)


def opened_folder(settings: Settings) -> StateFolder:
    """Return the state folder, made if it is missing; ends the program when it cannot be used."""
    try:
        return StateFolder(settings.state_dir)
    except StateFolderWrong as error:
        fail(NOT_NOW, str(error))


def server_runs(settings: Settings) -> bool:
    """Tell whether a server runs in the state folder now."""
    try:
        with StateFolder(settings.state_dir):
            return False
    except StateFolderWrong:
        return True


@asynccontextmanager
async def stopped_appliance(settings: Settings) -> AsyncIterator[Appliance]:
    """Give the services of a server that does not run, without pages and clock.

    Ends the program when a server runs in the folder, with what can be done instead.
    """
    try:
        with StateFolder(settings.state_dir) as folder:
            appliance = Appliance(settings, folder, MachineTime())
            appliance.accounts.start()
            try:
                yield appliance
            finally:
                # Not `stop`: that journals the end of a service which there was not, and would hide
                # an outage from the credit that candidates are due.
                await appliance.agent.stop()
                appliance.printing.book.close()
                appliance.accounts.close()
                appliance.feed.close()
                appliance.journal.close()
    except (StateFolderWrong, KeyFileWrong, DatabaseTooNew) as error:
        fail(NOT_NOW, str(error))
    except Problem as problem:
        fail(NOT_NOW, *sentences(problem))


def sentences(problem: Problem) -> list[str]:
    """Return a problem as lines for a terminal."""
    return [f"{problem.zh} / {problem.en}"] + [f"  {field}: {zh} / {en}" for field, zh, en in problem.fields]
