"""`python -m site_images`: the images of seats and site server."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from release.packing import ReleaseStopped
from site_images.base import PROJECT, Workplace, workplace
from site_images.build import build_appliance, hand_on
from site_images.kiosk import build_kiosk
from site_images.recipe import RecipeFault
from site_images.signing import signing_key
from site_images.steps import BuildStopped, console

_work = click.option(
    "--work", type=click.Path(path_type=Path), default=PROJECT / "build/images", show_default="build/images"
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """制作镜像 / build the images (needs root)."""


@main.command()
@_work
def kiosk(work: Path) -> None:
    """考生机镜像 / the image of the seats."""
    _show(work, lambda place: build_kiosk(place, signing_key(work)))


@main.command()
@_work
def appliance(work: Path) -> None:
    """考点服务器镜像，含考生机镜像 / the image of the site server, with that of the seats in it."""

    def build(place: Workplace) -> Path:
        key = signing_key(work)
        done = build_appliance(place, key, build_kiosk(place, key))
        hand_on(done, key, place.version)
        return done

    _show(work, build)


def _show(work: Path, build: Callable[[Workplace], Path]) -> None:
    try:
        done = build(workplace(work))
    except (BuildStopped, RecipeFault, ReleaseStopped) as stopped:
        console.print(str(stopped), style="red", markup=False)
        sys.exit(3)
    for file in sorted(path for path in done.rglob("*") if path.is_file()):
        click.echo(f"{file}\t{file.stat().st_size}")


if __name__ == "__main__":
    main()
