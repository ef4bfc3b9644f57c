"""The line to the centre, as readiness and pre-flight ask it: a connection of its own beside the sync."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from central_sync.agent.line import Line, LineDown, Refused
from central_sync.agent.line_check import opened_line, reach, throughput
from central_sync.protocol.keys import ApplianceKeys
from exam_appliance.readiness.finding import Text
from exam_appliance.readiness.sources import LineFacts, LineSpeed, Missing

NOT_ENROLLED = Missing(
    Text("本机未登记到中心", "this server is not enrolled with a centre"),
    Text("请向考试机构索取登记码，在“同步”页面登记", "ask for a claim code and enrol on the sync page"),
)
EXAM_RUNS = Missing(
    Text("考试进行中，不测速", "an exam is running: the line is not measured now"),
    Text("请在考试结束后重新检查", "check again after the exam"),
)

Told = TypeVar("Told")


class SiteCentreLine:
    """Asks the centre this server is enrolled with."""

    def __init__(
        self, sync_folder: Path, keys: ApplianceKeys, appliance: str, exam_runs: Callable[[], bool]
    ) -> None:
        self._sync_folder = sync_folder
        self._keys = keys
        self._appliance = appliance
        self._exam_runs = exam_runs

    async def reach(self) -> LineFacts | Missing:
        """Ask the centre for its time."""

        async def ask(line: Line) -> LineFacts:
            told = await reach(line, lambda: datetime.now(UTC))
            return LineFacts(told.offset_ms, told.round_trip_ms, told.seen_from)

        return await self._asked(ask)

    async def speed(self) -> LineSpeed | Missing:
        """Fetch and send for some seconds, unless an exam is running."""
        if self._exam_runs():
            return EXAM_RUNS

        async def ask(line: Line) -> LineSpeed:
            told = await throughput(line)
            return LineSpeed(told.down_kbit, told.up_kbit)

        return await self._asked(ask)

    async def _asked(self, ask: Callable[[Line], Awaitable[Told]]) -> Told | Missing:
        line = opened_line(self._sync_folder, self._keys, self._appliance)
        if line is None:
            return NOT_ENROLLED
        try:
            return await ask(line)
        except (LineDown, Refused) as error:
            return Missing(
                Text(error.zh, error.en),
                Text(
                    "请检查外网网线、网关和中心地址，或联系考试机构",
                    "check the outside cable, the gateway and the centre's address, or call the exam agency",
                ),
            )
        finally:
            await line.close()
