"""`kaodian-set-up`: what runs at the first start of a site server, and its commands for a technician."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from exam_appliance.config.problems import ConfigError
from site_file.reading import read_site
from site_setup.first_boot import FirstBoot
from site_setup.layer import make_layer
from site_setup.places import LAYERS, SETTINGS, SITE_FILE, image_version
from site_setup.screen import show
from site_setup.taking import from_folder, settings_of, take

WRONG, CANNOT = 2, 3


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """把本机设置为考点 / set this server up as a site.

    退出码：0 成功，2 考点文件有误，3 无法执行。
    Exit codes: 0 well, 2 the site file has faults, 3 cannot be done.
    """
    logging.basicConfig(level=logging.INFO, format="kaodian: %(message)s", stream=sys.stdout)


@main.command("first-boot")
def first_boot() -> None:
    """等待 U 盘或网页上的设置 / wait for a stick, or for answers on the page."""
    asyncio.run(FirstBoot().run())


@main.command()
def screen() -> None:
    """在本机屏幕上显示进度 / show on this screen how it goes."""
    show(Console())


@main.command("take")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def take_folder(folder: Path) -> None:
    """采用目录中的 kaodian-set-up.yaml（及 kaodian-site.yaml）/ take the files of a folder into force."""
    try:
        told = from_folder(folder)
        if told is None:
            click.echo(f"{folder} 中没有 kaodian-set-up.yaml / there is no kaodian-set-up.yaml", err=True)
            sys.exit(WRONG)
        with Progress(console=Console(stderr=True)) as progress:
            bar = progress.add_task("设置 / setting up", total=1.0)
            taken = take(told, lambda share: progress.update(bar, completed=share))
    except ConfigError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(WRONG)
    except OSError as error:
        click.echo(str(error), err=True)
        sys.exit(CANNOT)
    click.echo(f"考点 {taken.code} 已就绪 / the site is ready: {taken.console}")
    if taken.password is not None:
        click.echo(f"账户 / account {taken.username}，初始密码 / first password {taken.password}")


@main.command()
def renew() -> None:
    """为当前版本的镜像重新生成设置，更新后自动执行 / make the layer of this image, as each update does."""
    version = image_version()
    if (LAYERS / version).is_dir() or not SITE_FILE.is_file():
        return
    try:
        settings = settings_of(SETTINGS.read_bytes() if SETTINGS.is_file() else None)
        make_layer(read_site(SITE_FILE), version, settings)
    except (ConfigError, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(CANNOT)
    click.echo(f"已生成 {version} 的设置，重启后生效 / the layer of {version} is in force after a restart")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def status(*, as_json: bool) -> None:
    """本机是否已设置 / whether this server is a site's."""
    mark = Path("/etc/kaodian/in-force")
    code = mark.read_text().strip() if mark.is_file() else None
    told = {"site": code, "version": image_version()}
    if as_json:
        click.echo(json.dumps(told))
    else:
        click.echo(f"{code or '尚未设置 / not set up'}  {told['version']}")


if __name__ == "__main__":
    main(prog_name="kaodian-set-up")
