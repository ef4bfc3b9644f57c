"""`config check`: the effective configuration, each value with where it comes from."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from exam_appliance.cli.site import WRONG_USE, config_option, fail, json_option, say, say_json
from exam_appliance.config import ConfigError, load_site, render, rendered_json


@click.group(short_help="配置 / configuration")
def config() -> None:
    """配置 / configuration."""


@config.command(short_help="检查并显示生效的配置 / check and show the effective configuration")
@config_option
@json_option
def check(file: Path | None, as_json: bool) -> None:
    """检查配置，显示生效的全部内容及每一项的来源。

    Check the configuration; show the effective whole and where each value comes from. What is
    wrong is named with file, line, key and what is allowed (exit code 2).
    """
    try:
        loaded = load_site(file)
    except ConfigError as error:
        if as_json:
            say_json({"ok": False, "problems": [problem.document() for problem in error.problems]})
            sys.exit(WRONG_USE)
        fail(WRONG_USE, *(str(problem) for problem in error.problems))
    if as_json:
        say_json({"ok": True, **rendered_json(loaded)})
    else:
        say(render(loaded).rstrip())
