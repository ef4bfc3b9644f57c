#!/usr/bin/python3
"""双线备份：第一条外网线路不通时改走第二条 / takes the second line to the outside while the first is down.

Pings the addresses of the settings over each line. A line that answers none of them so many times in a row is
down; when the first is down and the second is not, a default route of lower metric leads over the second.

Usage: wan-watch SETTINGS.json
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

METRIC = 50
"""Of the route that wins over those of both lines (100 and 200)."""


@dataclass
class Line:
    """One line to the outside, and how its last checks went."""

    port: str
    missed: int = 0
    answered: int = 0
    up: bool = True

    def note(self, answers: bool, failures: int, recoveries: int) -> None:
        """Take the outcome of a check."""
        self.missed = 0 if answers else self.missed + 1
        self.answered = self.answered + 1 if answers else 0
        if self.up and self.missed >= failures:
            self.up = False
            print(f"{self.port} 不通 / is down", flush=True)
        elif not self.up and self.answered >= recoveries:
            self.up = True
            print(f"{self.port} 恢复 / is up again", flush=True)


def answers(port: str, addresses: list[str]) -> bool:
    """Tell whether one of the addresses answers a ping over a port within a second."""
    asked = [
        subprocess.Popen(
            ["ping", "-n", "-q", "-c", "1", "-W", "1", "-I", port, address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for address in addresses
    ]
    return any([one.wait() == 0 for one in asked])  # noqa: C419 - all are waited for


def gateway(port: str, family: str) -> str | None:
    """Return the gateway of a line's own default route, None while it has none."""
    told = subprocess.run(
        ["ip", "-j", family, "route", "show", "default", "dev", port],
        capture_output=True,
        text=True,
        check=False,
    )
    routes = json.loads(told.stdout or "[]")
    return next((one["gateway"] for one in routes if "gateway" in one and one.get("metric") != METRIC), None)


def lead(port: str | None) -> None:
    """Lead the default routes over a port, or leave them to the metrics of the lines for None."""
    for family in ("-4", "-6"):
        through = gateway(port, family) if port is not None else None
        if port is not None and through is not None:
            command = ["ip", family, "route", "replace", "default", "via", through, "dev", port]
            subprocess.run([*command, "metric", str(METRIC)], check=False)
        else:
            command = ["ip", family, "route", "delete", "default", "metric", str(METRIC)]
            subprocess.run(command, check=False, stderr=subprocess.DEVNULL)


def main() -> None:
    """Watch until ended."""
    settings = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    lines = [Line(port) for port in settings["ports"]]
    led: str | None = None
    while True:
        begun = time.monotonic()
        for line in lines:
            line.note(answers(line.port, settings["check"]), settings["failures"], settings["recoveries"])
        wanted = lines[1].port if lines[1].up and not lines[0].up else None
        if wanted != led:
            led = wanted
            print(f"改走 {wanted or lines[0].port} / leads over {wanted or lines[0].port}", flush=True)
        # Each time: the line may have been given another gateway.
        lead(wanted)
        time.sleep(max(0.0, settings["every_seconds"] - (time.monotonic() - begun)))


if __name__ == "__main__":
    main()
