"""Giving devices their roles: what fits where, replacing, stations that come and go."""

from __future__ import annotations

from typing import Literal

from central_sync.protocol.http.problems import Problem
from exam_appliance.devices.bindings import Bindings, Bound
from exam_appliance.devices.live import LiveDevices, is_there
from exam_appliance.devices.roles import KIND_WORDS, STATION_KINDS, Role, Station, roles_of, station_named
from exam_appliance.journal.journal import Draft, Journal
from firmware_adapters.interface import Device

LABEL_LENGTH = 40
"""Characters of what a site calls a station."""

Cause = Literal["asked", "replaced", "moved", "station", "renamed"]


class Assigning:
    """Changes bindings and stations, each change one commit of the journal.

    Everything is checked and put in its place in the chain before anything is awaited, so two
    people who want the same role at once cannot both get it.
    """

    def __init__(self, journal: Journal, bindings: Bindings, live: LiveDevices) -> None:
        self._journal = journal
        self._bindings = bindings
        self._live = live

    async def bind(self, actor: str, role: str, device: str, *, move: bool = False) -> None:
        """Give a device a role; `move` takes it away from the role that it has now.

        Raises Problem `role.unknown`, `device.unknown`, `role.kind`, `role.taken`, `device.bound`.
        """
        wanted, found = self._fitting(role, device)
        held = self._bindings.of_role(role)
        if any(bound.device == device for bound in held):
            return
        if held and not wanted.kind.several:
            raise Problem(
                "conflict",
                "role.taken",
                f"{wanted.zh}已绑定设备，请用“更换”或先解除绑定",
                f"{wanted.en} has a device already: replace it or unbind it first",
            )
        drafts = self._freed(actor, wanted, device, move=move)
        await self._commit([*drafts, _bound(actor, wanted, found)])

    async def replace(self, actor: str, role: str, device: str, by: str, *, move: bool = False) -> None:
        """Put a device in the place of another that has the role. Raises as `bind`, and `role.not_bound`."""
        wanted, found = self._fitting(role, by)
        held = self._held(wanted, device)
        if by == device:
            return
        drafts = self._freed(actor, wanted, by, move=move)
        drafts.append(_unbound(actor, held, "replaced"))
        if not any(bound.device == by for bound in self._bindings.of_role(role)):
            drafts.append(_bound(actor, wanted, found, replaces=device))
        await self._commit(drafts)

    async def unbind(self, actor: str, role: str, device: str) -> None:
        """Take a role away from a device. Raises Problem `role.unknown`, `role.not_bound`."""
        await self._commit([_unbound(actor, self._held(self._role(role), device), "asked")])

    async def add_station(self, actor: str, kind: str, label: str) -> Station:
        """Set up one more station of a kind, with the lowest free number. Raises Problem `station.*`."""
        found = STATION_KINDS.get(kind)
        if found is None:
            raise Problem(
                "missing", "station.kind", f"没有点位类别 {kind}", f"there is no station kind {kind}"
            )
        free = [
            station
            for number in range(1, found.most + 1)
            if not self._bindings.has((station := Station(found, number)).id)
        ]
        if not free:
            raise Problem(
                "conflict",
                "station.most",
                f"{found.zh}最多 {found.most} 个",
                f"there can be at most {found.most}: {found.en}",
            )
        await self._commit([_station(actor, free[0], label, present=True)])
        return free[0]

    async def name_station(self, actor: str, station: str, label: str) -> None:
        """Change what the site calls a station. Raises Problem `station.unknown`."""
        found = self._station(station)
        if self._bindings.labels.get(station, "") != label:
            await self._commit([_station(actor, found, label, present=True)])

    async def remove_station(self, actor: str, station: str) -> None:
        """Take a station away with the bindings of its roles.

        Raises Problem `station.unknown`, `station.least`.
        """
        found = self._station(station)
        if sum(one.kind is found.kind for one in self._bindings.present()) <= found.kind.least:
            raise Problem(
                "conflict",
                "station.least",
                f"{found.zh}不能撤销",
                f"{found.en} cannot be taken away",
            )
        drafts = [
            _unbound(actor, bound, "station")
            for role in roles_of(found)
            for bound in self._bindings.of_role(role.id)
        ]
        label = self._bindings.labels.get(station, "")
        await self._commit([*drafts, _station(actor, found, label, present=False)])

    async def follow_rename(self, device: Device) -> None:
        """Let a device keep its roles when the daemon gave it another id.

        A second device with the same serial number came, and both got their port into their ids: the
        one at the port that was bound is the one that was meant.
        """
        drafts = []
        for bound in self._bindings.of_device(device.was):
            role = self._bindings.role(bound.role)
            if role is not None and bound.port == device.port:
                drafts.append(_unbound("site", bound, "renamed"))
                drafts.append(_bound("site", role, device, replaces=device.was))
        if drafts:
            await self._commit(drafts)

    def replacements(self, bound: Bound) -> tuple[str, ...]:
        """Return which present devices without a role could take over from a bound one that is absent."""
        if self._live.line != "live" or self._live.there(bound.device):
            return ()
        return tuple(
            device.id
            for device in self._live.devices.values()
            if is_there(device) and device.kind == bound.kind and not self._bindings.of_device(device.id)
        )

    def _role(self, role: str) -> Role:
        found = self._bindings.role(role)
        if found is None:
            raise Problem("missing", "role.unknown", f"没有岗位 {role}", f"there is no role {role}")
        return found

    def _station(self, station: str) -> Station:
        found = station_named(station)
        if found is None or not self._bindings.has(station):
            raise Problem(
                "missing", "station.unknown", f"没有点位 {station}", f"there is no station {station}"
            )
        return found

    def _held(self, role: Role, device: str) -> Bound:
        for bound in self._bindings.of_role(role.id):
            if bound.device == device:
                return bound
        raise Problem(
            "conflict",
            "role.not_bound",
            f"该设备没有绑定到{role.zh}，请刷新后再试",
            f"the device is not bound to {role.en}: refresh and try again",
        )

    def _fitting(self, role: str, device: str) -> tuple[Role, Device]:
        wanted = self._role(role)
        found = self._live.devices.get(device)
        if found is None or not is_there(found):
            raise Problem(
                "missing",
                "device.unknown",
                "该设备未接入，请插上后再绑定",
                "the device is not there: plug it in, then bind it",
            )
        if found.kind not in wanted.kind.kinds:
            names = [KIND_WORDS[kind] for kind in wanted.kind.kinds]
            zh, en = KIND_WORDS[found.kind]
            raise Problem(
                "invalid",
                "role.kind",
                f"{wanted.zh}需要{'或'.join(one for one, _ in names)}，而所选是{zh}",
                f"{wanted.en} takes: {', '.join(one for _, one in names)}; this is: {en}",
            )
        return wanted, found

    def _freed(self, actor: str, wanted: Role, device: str, *, move: bool) -> list[Draft]:
        """Return the entries that take away a device's other roles as far as they exclude the wanted one."""
        drafts = []
        for bound in self._bindings.of_device(device):
            other = self._bindings.role(bound.role)
            if bound.role == wanted.id or (other is not None and other.kind.shared and wanted.kind.shared):
                continue
            if not move:
                zh, en = (other.zh, other.en) if other is not None else (bound.role, bound.role)
                raise Problem(
                    "conflict",
                    "device.bound",
                    f"该设备已用于{zh}，确认后可改到{wanted.zh}",
                    f"the device is bound to {en}; confirm to move it to {wanted.en}",
                    more={"bound_role": bound.role},
                )
            drafts.append(_unbound(actor, bound, "moved"))
        return drafts

    async def _commit(self, drafts: list[Draft]) -> None:
        await self._journal.append(drafts, self._bindings.apply)


def _bound(actor: str, role: Role, device: Device, *, replaces: str = "") -> Draft:
    body = {
        "device": device.id,
        "kind": device.kind.value,
        "maker": device.maker,
        "model": device.model,
        "serial": device.serial,
        "port": device.port,
        "replaces": replaces,
    }
    return Draft("device.bound", role.id, actor, body)


def _unbound(actor: str, bound: Bound, cause: Cause) -> Draft:
    return Draft("device.unbound", bound.role, actor, {"device": bound.device, "cause": cause})


def _station(actor: str, station: Station, label: str, *, present: bool) -> Draft:
    return Draft("station.changed", station.id, actor, {"present": present, "label": label.strip()})
