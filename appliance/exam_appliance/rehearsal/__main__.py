"""The rehearsal as a process of its own, which the console's button starts: tells its progress in JSON lines.

Lines are {"progress": 0-100, "zh", "en"} and at the end {"report": {...}}. The log-in session of the
technician comes in the environment. Exit code 1: it could not be played; a last line of progress says why.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import click
import orjson

from exam_appliance.practice.rehearsing import TOKEN_VARIABLE
from exam_appliance.rehearsal.line import UNREACHABLE, Refused
from exam_appliance.rehearsal.rehearsal import rehearse


def say(value: object) -> None:
    """Write one JSON line."""
    click.echo(orjson.dumps(value))


def say_progress(percent: int, zh: str, en: str) -> None:
    """Tell how far it is."""
    say({"progress": percent, "zh": zh, "en": en})


async def play(url: str, candidates: int, minutes: int) -> int:
    """Play a rehearsal; return the exit code. SIGTERM ends the practice session and stops."""
    playing = asyncio.ensure_future(
        rehearse(url, os.environ.get(TOKEN_VARIABLE, ""), candidates, minutes, say_progress)
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)
    try:
        measures = await playing
    except Refused as refused:
        say_progress(0, refused.zh, refused.en)
        print(refused, file=sys.stderr)
        return 1
    except UNREACHABLE as error:
        say_progress(0, "无法连接考点服务器", "the server cannot be reached")
        print(repr(error), file=sys.stderr)
        return 1
    except asyncio.CancelledError:
        return 1
    for what, times in sorted(measures.troubles.items()):
        print(f"{what}: {times}", file=sys.stderr)
    say({"report": measures.report().model_dump()})
    return 0


@click.command()
@click.option("--url", required=True)
@click.option("--candidates", type=click.IntRange(1, 2000), required=True)
@click.option("--minutes", type=click.IntRange(1, 120), required=True)
def main(url: str, candidates: int, minutes: int) -> None:
    """Play a rehearsal and tell it in JSON lines."""
    sys.exit(asyncio.run(play(url, candidates, minutes)))


main()
