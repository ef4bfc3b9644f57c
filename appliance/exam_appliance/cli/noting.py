"""Journals a result of the command line, which only the one writer of the journal may do."""

from __future__ import annotations

from typing import Any

from exam_appliance.cli.accounts import ACTOR
from exam_appliance.cli.site import stopped_appliance, told
from exam_appliance.config import Settings
from exam_appliance.journal.journal import Draft
from exam_appliance.state_folder import StateFolder, StateFolderWrong


async def noted(settings: Settings, kind: str, body: dict[str, Any]) -> bool:
    """Journal an entry about this server; where a server runs, say that its console does so instead."""
    try:
        with StateFolder(settings.state_dir):
            pass
    except StateFolderWrong:
        told.print(
            "服务运行中：本次结果未写入日志；要上报中心请在控制台检查 / "
            "the server runs: this result is not journalled; use the console for that",
            style="yellow",
            markup=False,
        )
        return False
    async with stopped_appliance(settings) as appliance:
        journal = appliance.journal
        await journal.append([Draft(kind, journal.appliance, ACTOR, body)])
    return True
