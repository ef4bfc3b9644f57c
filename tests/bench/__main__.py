"""`make bench`: one JSON line for each figure; the exit code is 1 when one misses its bound."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
from rich.console import Console

from tests.bench.answer_save import answer_save
from tests.bench.durable import durable
from tests.bench.face_compare import face_compare
from tests.bench.figure import Figure
from tests.bench.images import power_on, seat_image, server_image
from tests.bench.rehearsed import rehearsal
from tests.bench.sdt_decoder import sdt_decoder
from tests.bench.start_bell import start_bell

told = Console(stderr=True, highlight=False)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--candidates", default=1000, show_default=True, help="in start-bell and rehearsal")
@click.option("--minutes", default=5, show_default=True, help="of the rehearsal")
@click.option("--seconds", default=8, show_default=True, help="of one round of answer-save")
@click.option("--kills", default=500, show_default=True, help="in durable")
@click.option("--frames", default=1_000_000, show_default=True, help="in sdt-decoder")
@click.option("--pictures", default=10_000, show_default=True, help="in face-compare")
def main(
    names: tuple[str, ...],
    candidates: int,
    minutes: int,
    seconds: int,
    kills: int,
    frames: int,
    pictures: int,
) -> None:
    """Measure all but the images, or the NAMES given.

    \b
    answer-save, start-bell, rehearsal, durable, sdt-decoder, face-compare
    of the images, as root: server-image, seat-image, power-on
    """

    def tell_kills(done: int, total: int) -> None:
        if done % 25 == 0:
            told.print(f"durable: {done}/{total}")

    def tell_frames(done: int, total: int) -> None:
        if done % 100_000 == 0:
            told.print(f"sdt-decoder: {done}/{total}")

    def tell_pictures(done: int, total: int) -> None:
        told.print(f"face-compare: {done}/{total}")

    benches: dict[str, Callable[[Path], Awaitable[Figure]]] = {
        "answer-save": lambda folder: answer_save(folder, seconds=seconds),
        "start-bell": lambda folder: start_bell(folder, candidates=candidates),
        "rehearsal": lambda folder: rehearsal(folder, candidates=candidates, minutes=minutes),
        "durable": lambda folder: durable(folder, kills=kills, tell=tell_kills),
        "sdt-decoder": lambda folder: sdt_decoder(frames=frames, tell=tell_frames),
        "face-compare": lambda folder: face_compare(folder, pictures=pictures, tell=tell_pictures),
    }
    images: dict[str, Callable[[Path], Awaitable[Figure]]] = {
        "server-image": server_image,
        "seat-image": seat_image,
        "power-on": power_on,
    }
    unknown = set(names) - {*benches, *images}
    if unknown:
        raise click.UsageError(f"no such bench: {', '.join(sorted(unknown))}")
    missed = 0
    for name in names or benches:
        told.print(f"{name} ... (load {os.getloadavg()[0]:.1f})")
        with tempfile.TemporaryDirectory(prefix="kaodian-bench-") as folder:
            figure = asyncio.run(_run((benches | images)[name], Path(folder)))
        click.echo(figure.line())
        missed += not figure.holds
    sys.exit(1 if missed else 0)


async def _run(bench: Callable[[Path], Awaitable[Figure]], folder: Path) -> Figure:
    return await bench(folder)


if __name__ == "__main__":
    main()
