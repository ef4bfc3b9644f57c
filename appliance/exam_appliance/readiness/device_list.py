"""The devices of the site as readiness sees them: asked of the device daemon, with the roles they have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from central_sync.protocol.http.problems import Problem
from exam_appliance.devices.bindings import Bindings, Bound
from exam_appliance.devices.daemon_line import DaemonLine, device_path
from exam_appliance.devices.roles import role_named
from exam_appliance.journal.database import ALL_ROWS, connect_to_read
from exam_appliance.readiness.finding import Text
from exam_appliance.readiness.sources import DeviceFacts, Missing, RoleFacts
from firmware_adapters.interface import Device, DeviceList

NO_DAEMON = Missing(
    Text("本考点未启用设备服务", "this site runs no device service"),
    Text(
        "请在配置中启用设备服务（devices.run），或申报该项",
        "put the device service to use (devices.run in the configuration), or declare the row",
    ),
)
_UNREADABLE = Missing(
    Text("设备服务的应答无法识别", "the device service's answer is not understood"),
    Text("请升级设备服务并重启", "upgrade the device service and restart it"),
)


class DaemonDevices:
    """The devices that the daemon shows, and those bound to a role that it does not know."""

    def __init__(self, line: DaemonLine | None, bound: Callable[[], Sequence[Bound]]) -> None:
        self._line = line
        self._bound = bound

    async def devices(self) -> tuple[DeviceFacts, ...] | Missing:
        """Return all devices with their roles, or why they cannot be told."""
        if self._line is None:
            return NO_DAEMON
        try:
            told = DeviceList.model_validate(await self._line.get("/devices"))
        except ValidationError:
            return _UNREADABLE
        except Problem as problem:
            return Missing(
                Text(problem.zh, problem.en),
                Text("请重启设备服务后重新检查", "restart the device service and check again"),
            )
        bound = self._bound()
        held = {one.id: _facts(one, bound) for one in told.devices}
        for one in bound:
            held.setdefault(one.device, _remembered(one, bound))
        return tuple(held.values())

    async def act(self, device: str, action: str, parameters: Mapping[str, Any]) -> Text | None:
        """Carry out an action; return what went wrong, None when it is done."""
        if self._line is None:
            return NO_DAEMON.why
        try:
            await self._line.post(device_path(device, f"/actions/{action}"), parameters)
        except Problem as problem:
            return Text(problem.zh, problem.en)
        return None


class StoredRows:
    """Stations, bindings and screens in a journal file, read beside its writer."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Return all rows of a table."""
        with closing(connect_to_read(self._journal)) as reading:
            return reading.execute(ALL_ROWS[table]).fetchall()


def stored_bindings(journal: Path) -> tuple[Bound, ...]:
    """Return the bindings in a journal file."""
    bindings = Bindings()
    bindings.load(StoredRows(journal))
    return tuple(bindings.all())


def _facts(device: Device, bound: Sequence[Bound]) -> DeviceFacts:
    reason = device.reason
    return DeviceFacts(
        id=device.id,
        kind=device.kind.value,
        state=device.state.value,
        maker=device.maker,
        model=device.model,
        serial=device.serial,
        zh=device.zh,
        en=device.en,
        reason=None if reason is None else Text(reason.zh, reason.en),
        facts=device.facts,
        actions=device.actions,
        simulated=device.simulated,
        roles=_roles(device.id, bound),
    )


def _remembered(one: Bound, bound: Sequence[Bound]) -> DeviceFacts:
    return DeviceFacts(
        id=one.device,
        kind=one.kind,
        state="absent",
        maker=one.maker,
        model=one.model,
        serial=one.serial,
        reason=Text("设备未接入", "not plugged in"),
        roles=_roles(one.device, bound),
    )


def _roles(device: str, bound: Sequence[Bound]) -> tuple[RoleFacts, ...]:
    named = [role_named(one.role) for one in bound if one.device == device]
    return tuple(
        RoleFacts(role.id, f"{role.station.zh} {role.kind.zh}", role.en) for role in named if role is not None
    )
