"""A backup as a process of its own, started by the server: its job is one JSON line on standard input.

It prints progress and, at the end, `reports` or `trouble`, each as a line of JSON.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import orjson

from exam_appliance.backup.making import Source, make_backups
from exam_appliance.backup.settings import BackupSettings
from exam_appliance.backup.trouble import BackupTrouble


def job(
    settings: BackupSettings, state_dir: Path, config: Path | None, appliance: str, site: str, software: str
) -> dict[str, object]:
    """Return a job for this process."""
    return {
        "settings": settings.model_dump(mode="json"),
        "state_dir": str(state_dir),
        "config": None if config is None else str(config),
        "appliance": appliance,
        "site": site,
        "software": software,
    }


def main() -> None:
    """Do the job."""
    # Ending in order takes the staging folder away and lets restic take its lock off.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    asked: dict[str, Any] = orjson.loads(sys.stdin.buffer.readline())
    source = Source(
        Path(asked["state_dir"]),
        Path(asked["config"]) if asked["config"] else None,
        BackupSettings.model_validate_json(orjson.dumps(asked["settings"])),
        asked["appliance"],
        asked["site"],
        asked["software"],
    )

    def tell(value: dict[str, object]) -> None:
        sys.stdout.buffer.write(orjson.dumps(value) + b"\n")
        sys.stdout.buffer.flush()

    try:
        reports = make_backups(
            source,
            source.settings.destinations,
            lambda zh, en, part: tell({"zh": zh, "en": en, "done": part}),
        )
    except BackupTrouble as trouble:
        tell({"trouble": {"code": trouble.code, "zh": trouble.zh, "en": trouble.en}})
    else:
        tell({"reports": [report.model_dump(mode="json") for report in reports]})


if __name__ == "__main__":
    main()
