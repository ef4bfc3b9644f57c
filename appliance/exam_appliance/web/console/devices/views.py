"""What the console is shown of devices, roles and power."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from central_sync.protocol.roster import masked_id
from exam_appliance.devices.bindings import Bound
from exam_appliance.devices.devices import Devices
from exam_appliance.devices.live import is_there
from exam_appliance.devices.roles import KIND_WORDS, STATION_KINDS, Role, Station, roles_of
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.states import SessionState
from exam_appliance.web.console.devices.actions import actions_of, may_be_helped
from exam_appliance.web.console.devices.models import (
    BoundView,
    DeviceEventView,
    DeviceView,
    KindView,
    LastTest,
    LineView,
    PowerView,
    ReasonView,
    RoleView,
    SelfTestStepView,
    SelfTestView,
    StationKindView,
    StationView,
)
from firmware_adapters.adapter import DeviceKind, DeviceState
from firmware_adapters.interface import Device, DeviceEvent, SelfTest
from firmware_adapters.reasons import ABSENT

_HIDDEN = frozenset({"id_number", "number", "pass_number", "old_number", "old_number_link"})
"""Names in the bodies of events whose middle is hidden."""
_LEFT_OUT = frozenset({"fingerprint", "wlt", "card_id"})
"""Names in the bodies of events that no technician needs to see."""
KINDS = tuple(KindView(kind=kind, zh=zh, en=en) for kind, (zh, en) in KIND_WORDS.items())


def device_views(devices: Devices) -> tuple[DeviceView, ...]:
    """Return all devices: those that the daemon shows, then those that are bound and absent."""
    return tuple(view for one in known_ids(devices) if (view := device_view(devices, one)) is not None)


def known_ids(devices: Devices) -> list[str]:
    """Return the ids of all devices that are shown or bound."""
    return list(dict.fromkeys([*devices.live.devices, *(bound.device for bound in devices.bindings.all())]))


def device_view(devices: Devices, device: str) -> DeviceView | None:
    """Return one device, None when it is neither shown by the daemon nor bound."""
    bound = devices.bindings.of_device(device)
    shown = devices.live.devices.get(device)
    if shown is not None:
        return _shown(devices, shown, bound)
    return _absent(devices, bound[0], bound) if bound else None


def _shown(devices: Devices, device: Device, bound: list[Bound]) -> DeviceView:
    reason = device.reason
    return DeviceView(
        id=device.id,
        kind=device.kind,
        zh=device.zh,
        en=device.en,
        state=device.state,
        reason=None if reason is None else ReasonView(code=reason.code, zh=reason.zh, en=reason.en),
        maker=device.maker,
        model=device.model,
        serial=device.serial,
        firmware=device.firmware,
        port=device.port,
        node=device.node,
        usb_id=device.usb_id,
        entry=device.entry,
        facts=device.facts,
        since=device.since,
        simulated=device.simulated,
        roles=tuple(one.role for one in bound),
        actions=actions_of(device),
        can_test=is_there(device) and "self_test" in device.actions,
        test_with_person=may_be_helped(device),
        last_test=_last_test(devices, device.id),
    )


def _absent(devices: Devices, known: Bound, bound: list[Bound]) -> DeviceView:
    kind = DeviceKind(known.kind)
    zh, en = KIND_WORDS[kind]
    return DeviceView(
        id=known.device,
        kind=kind,
        zh=zh,
        en=en,
        state=DeviceState.ABSENT,
        reason=ReasonView(code=ABSENT.code, zh=ABSENT.zh, en=ABSENT.en),
        maker=known.maker,
        model=known.model,
        serial=known.serial,
        firmware="",
        port=known.port,
        node="",
        usb_id="",
        entry="",
        facts={},
        since=None,
        simulated=False,
        roles=tuple(one.role for one in bound),
        actions=(),
        can_test=False,
        test_with_person=False,
        last_test=_last_test(devices, known.device),
    )


def _last_test(devices: Devices, device: str) -> LastTest | None:
    result = devices.self_tests.newest(device)
    return None if result is None else LastTest(at=result.at, passed=result.passed)


def station_views(devices: Devices) -> tuple[StationView, ...]:
    """Return all stations with their roles."""
    present = devices.bindings.present()
    return tuple(_station(devices, station, present) for station in present)


def _station(devices: Devices, station: Station, present: list[Station]) -> StationView:
    many = sum(one.kind is station.kind for one in present)
    return StationView(
        station=station.id,
        kind=station.kind.name,
        zh=station.zh,
        en=station.en,
        label=devices.bindings.labels.get(station.id, ""),
        removable=many > station.kind.least,
        roles=tuple(_role(devices, role) for role in roles_of(station)),
    )


def _role(devices: Devices, role: Role) -> RoleView:
    return RoleView(
        role=role.id,
        zh=role.kind.zh,
        en=role.kind.en,
        kinds=role.kind.kinds,
        needed=role.kind.needed,
        several=role.kind.several,
        shared=role.kind.shared,
        bound=tuple(_bound(devices, bound) for bound in devices.bindings.of_role(role.id)),
    )


def _bound(devices: Devices, bound: Bound) -> BoundView:
    device = devices.live.devices.get(bound.device)
    maker, model = (bound.maker, bound.model) if device is None else (device.maker, device.model)
    kind = DeviceKind(bound.kind)
    return BoundView(
        device=bound.device,
        kind=kind,
        name=" ".join(filter(None, (maker, model))) or (KIND_WORDS[kind][0] if device is None else device.zh),
        serial=bound.serial,
        port=bound.port if device is None else device.port,
        at=datetime.fromisoformat(bound.at),
        actor=bound.actor,
        there=devices.live.there(bound.device),
        replacements=devices.assigning.replacements(bound),
    )


def station_kind_views(devices: Devices) -> tuple[StationKindView, ...]:
    """Return the kinds of station that a site may have more or fewer of."""
    present = devices.bindings.present()
    return tuple(
        StationKindView(
            kind=kind.name,
            zh=kind.zh,
            en=kind.en,
            many=sum(station.kind is kind for station in present),
            most=kind.most,
        )
        for kind in STATION_KINDS.values()
        if not kind.single
    )


def line_view(devices: Devices) -> LineView:
    """Return how the server stands with the daemon."""
    return LineView(state=devices.live.line, since=devices.live.since)


def running_sessions(hall: Hall) -> list[str]:
    """Return the sessions under way."""
    return [
        record.session
        for record in hall.projection.sessions.values()
        if record.state is SessionState.RUNNING and record.plan is not None
    ]


def power_view(devices: Devices, hall: Hall) -> PowerView:
    """Return how the server is powered, by the UPS that says the worst."""
    counting = devices.power.counting()
    if not counting:
        return PowerView(power="none", device="", since=None, charge_percent=None, runtime_s=None, running=())
    worst = counting[0]
    return PowerView(
        power=worst.power,
        device=worst.device,
        since=worst.since,
        charge_percent=worst.charge_percent,
        runtime_s=worst.runtime_s,
        running=tuple(running_sessions(hall)),
    )


def event_view(event: DeviceEvent) -> DeviceEventView:
    """Return an event for the technician's eyes."""
    return DeviceEventView(
        device=event.device,
        kind=event.kind,
        name=event.name,
        at=event.at,
        body=for_technician(event.body),
        blob=blob_id(event.blob),
        blob_type=event.blob_type,
    )


def self_test_view(result: SelfTest) -> SelfTestView:
    """Return a result of a self-test."""
    return SelfTestView(
        at=result.at,
        passed=result.passed,
        steps=tuple(
            SelfTestStepView(
                name=step.name, zh=step.zh, en=step.en, passed=step.passed, measured=step.measured
            )
            for step in result.steps
        ),
        blob=blob_id(result.blob),
        blob_type=result.blob_type,
    )


def self_test_views(results: Iterable[SelfTest]) -> tuple[SelfTestView, ...]:
    """Return results of self-tests."""
    return tuple(map(self_test_view, results))


def blob_id(path: str) -> str:
    """Return the SHA-256 in the daemon's path of a picture, empty for none."""
    return path.rpartition("/")[2]


def for_technician(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a device told with the middle of numbers hidden, without fingerprints and raw photos."""
    return {name: _told(name, value) for name, value in body.items() if name not in _LEFT_OUT}


def _told(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        # A finding names the item that it found amiss and tells what stood there.
        if value.get("field") in _HIDDEN and "detail" in value:
            return for_technician(value) | {"detail": masked_id(str(value["detail"]))}
        return for_technician(value)
    if isinstance(value, list | tuple):
        return [_told(name, one) for one in value]
    return masked_id(value) if name in _HIDDEN and isinstance(value, str) else value
