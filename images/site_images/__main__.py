"""`python -m site_images appliance`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from release.packing import ReleaseStopped
from site_images.build import PROJECT, build_appliance, workplace
from site_images.recipe import RecipeFault
from site_images.steps import BuildStopped, console


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """制作镜像 / build the images (needs root)."""


@main.command()
@click.option(
    "--work", type=click.Path(path_type=Path), default=PROJECT / "build/images", show_default="build/images"
)
def appliance(work: Path) -> None:
    """考点服务器镜像 / the image of the site server."""
    try:
        done = build_appliance(workplace(work))
    except (BuildStopped, RecipeFault, ReleaseStopped) as stopped:
        console.print(str(stopped), style="red", markup=False)
        sys.exit(3)
    for file in sorted(done.iterdir()):
        click.echo(f"{file}\t{file.stat().st_size}")


if __name__ == "__main__":
    main()
