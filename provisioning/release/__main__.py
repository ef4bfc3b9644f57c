"""`python -m release`: make the archive that the role `appliance` installs; print where it lies."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from release.packing import ReleaseStopped, packed

PROJECT = Path(__file__).resolve().parents[2]


@click.command(help="打包考点程序，供 make provision 安装 / pack the programs that make provision installs")
@click.option(
    "--python",
    "python",
    default=f"{sys.version_info.major}.{sys.version_info.minor}",
    show_default=True,
    help="服务器上 Python 的版本 / version of the server's Python",
)
@click.option(
    "--machine", default="x86_64", show_default=True, help="服务器的架构 / as `uname -m` says there"
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=PROJECT / "build/release",
    help="存放目录 / the folder it is kept in",
)
def main(python: str, machine: str, folder: Path) -> None:
    """Print the archive's path; made only when sources, locks or libraries differ from the last time."""
    try:
        click.echo(packed(PROJECT, folder, python, machine))
    except ReleaseStopped as stopped:
        click.echo(str(stopped), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main(prog_name="release")
