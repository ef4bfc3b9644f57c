"""`python -m site_file`: check a site file, show what is made from it, write it out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NoReturn

import click

from exam_appliance.config.problems import ConfigError
from site_file.model import SiteFile
from site_file.plan import plan
from site_file.reading import read_site
from site_file.rendering import rendered

WRONG = 2
"""Exit code: the file has faults, nothing was written."""

_site_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
_ports = click.option(
    "--ports",
    help="服务器现有网口，逗号分隔，用于核对 / the server's ports, by commas: those named must exist",
)
_json = click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")


@click.group(
    help="考点文件：检查并生成防火墙、DHCP 设置 / the site file: check it, make firewall and DHCP from it"
)
def main() -> None:
    """Group of the commands."""


@main.command(help="检查考点文件，不改动任何东西 / check a site file; nothing is changed")
@_site_file
@_ports
@_json
def check(file: Path, ports: str | None, as_json: bool) -> None:
    """Say whether a file may be used; exit code 2 when it may not."""
    site = _read(file, ports, as_json=as_json)
    if as_json:
        click.echo(json.dumps({"problems": [], "seats": len(site.seats)}, indent=2))
        return
    click.echo(
        f"{site.site.code} {site.site.name}：{len(site.seats)} 个座位，可以使用 / "
        f"{len(site.seats)} seats, the file may be used"
    )


@main.command(help="生成 nftables.conf 与 dnsmasq.conf / write nftables.conf and dnsmasq.conf")
@_site_file
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="目标目录，不存在则建立 / the folder, made if it is missing",
)
@_ports
def render(file: Path, folder: Path, ports: str | None) -> None:
    """Write the files; exit code 2 and nothing written when the site file has faults."""
    files = rendered(plan(_read(file, ports)))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        click.echo(folder / name)


@main.command(help="输出模板变量 JSON，供 Ansible 使用 / print the templates' values as JSON, for Ansible")
@_site_file
@_ports
def values(file: Path, ports: str | None) -> None:
    """Print {"kaodian": ...}; exit code 2 when the site file has faults."""
    click.echo(json.dumps({"kaodian": plan(_read(file, ports))}, ensure_ascii=False, indent=2))


def _read(file: Path, ports: str | None, *, as_json: bool = False) -> SiteFile:
    known = None if ports is None else [port.strip() for port in ports.split(",") if port.strip()]
    try:
        return read_site(file, known)
    except ConfigError as error:
        _fail(error, as_json=as_json)


def _fail(error: ConfigError, *, as_json: bool) -> NoReturn:
    if as_json:
        documents = [problem.document() for problem in error.problems]
        click.echo(json.dumps({"problems": documents}, ensure_ascii=False, indent=2))
    else:
        for problem in error.problems:
            click.echo(str(problem), err=True)
    sys.exit(WRONG)


if __name__ == "__main__":
    main(prog_name="site_file")
