"""Steps of a build: shown with their time, and the commands that they run, whose failure says what to do."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

console = Console(stderr=True, highlight=False)


class BuildStopped(Exception):
    """The build cannot go on; the text is for the technician, Chinese first."""


@contextmanager
def step(zh: str, en: str) -> Iterator[None]:
    """Show a step while it runs, and how long it took, seconds."""
    begun = time.monotonic()
    with console.status(f"{zh} / {en}"):
        yield
    console.print(f"  {zh} / {en}  [dim]{time.monotonic() - begun:.1f} s[/dim]")


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
    given: str | None = None,
) -> str:
    """Run a command and return what it printed. Its output is also kept at the end of `log`.

    Raises BuildStopped with the last lines when it fails.
    """
    words = [str(word) for word in command]
    outcome = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL if given is None else None,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if log is not None:
        with log.open("a") as kept:
            kept.write(f"$ {shlex.join(words)}\n{outcome.stdout}\n")
    if outcome.returncode != 0:
        last = "\n".join(outcome.stdout.splitlines()[-25:])
        raise BuildStopped(
            f"命令失败（退出码 {outcome.returncode}）/ failed with exit code {outcome.returncode}: "
            f"{shlex.join(words)[:600]}\n{last}"
        )
    return outcome.stdout
