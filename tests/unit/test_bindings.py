"""Roles of a site, who has them, and that the journal alone tells it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.kinds import KINDS
from exam_appliance.devices.assigning import Assigning
from exam_appliance.devices.bindings import Bindings
from exam_appliance.devices.live import LiveDevices
from exam_appliance.devices.roles import (
    KIND_WORDS,
    STATION_KINDS,
    role_named,
    roles_of,
    station_named,
)
from exam_appliance.exam.rebuild import put_in_place, rebuild
from exam_appliance.journal.journal import Journal
from exam_appliance.journal.verify import verify_file
from firmware_adapters.adapter import DeviceKind, DeviceState
from firmware_adapters.interface import Device

NOW = datetime(2026, 11, 24, tzinfo=UTC)
APPLIANCE = "5a0e4c6e-0000-4000-8000-000000000009"
KEY = Ed25519PrivateKey.generate()


@dataclass
class Place:
    """A journal, its bindings and a view of devices that the test fills."""

    path: Path

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        self.journal = Journal(self.path, APPLIANCE, KEY)
        self.journal.start()
        self.bindings = Bindings()
        self.bindings.load(self.journal)
        self.live = LiveDevices(None)
        self.live.line = "live"
        self.assigning = Assigning(self.journal, self.bindings, self.live)

    def plug(
        self,
        device: str,
        kind: DeviceKind,
        state: DeviceState = DeviceState.READY,
        port: str = "1-1",
        was: str = "",
    ) -> None:
        zh, en = KIND_WORDS[kind]
        self.live.devices[device] = Device(
            id=device,
            kind=kind,
            entry="x1",
            zh=zh,
            en=en,
            state=state,
            since=NOW,
            maker="某厂",
            model="X1",
            serial=device,
            port=port,
            was=was,
        )

    def unplug(self, device: str) -> None:
        del self.live.devices[device]

    def who(self, role: str) -> list[str]:
        return [bound.device for bound in self.bindings.of_role(role)]

    async def refused(self, doing: Awaitable[object]) -> str:
        with pytest.raises(Problem) as refusal:
            await doing
        assert refusal.value.zh
        assert refusal.value.en
        return refusal.value.reason


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path / "journal.db")
    yield place
    place.journal.close()


def test_every_role_has_words_in_two_languages_and_kinds_that_exist() -> None:
    assert set(KIND_WORDS) == set(DeviceKind)
    for kind in STATION_KINDS.values():
        assert kind.least <= kind.at_first <= kind.most
        assert kind.zh
        assert kind.en
        assert len({role.name for role in kind.roles}) == len(kind.roles)
        for role in kind.roles:
            assert role.zh
            assert role.en
            assert role.kinds
    # Every kind of device has a role somewhere, or plugging it in would lead nowhere.
    fitting = {kind for station in STATION_KINDS.values() for role in station.roles for kind in role.kinds}
    assert fitting == set(DeviceKind)


def test_a_roles_id_leads_back_to_the_role() -> None:
    for kind in STATION_KINDS.values():
        for number in (1, kind.most):
            station = station_named(kind.name if kind.single else f"{kind.name}-{number}")
            assert station is not None
            for role in roles_of(station):
                assert role_named(role.id) == role


@given(st.text(max_size=40) | st.from_regex(r"[a-z]{1,8}(-[0-9]{1,3})?(\.[a-z]{0,8})?", fullmatch=True))
def test_a_name_is_a_role_only_as_the_role_itself_writes_it(text: str) -> None:
    role, station = role_named(text), station_named(text)
    assert role is None or role.id == text
    assert station is None or station.id == text


async def test_a_device_gets_a_role_that_fits_and_keeps_it_over_a_restart(place: Place) -> None:
    place.plug("reader-a", DeviceKind.ID_CARD)
    await place.assigning.bind("zhou", "gate-1.reader", "reader-a")
    place.journal.close()
    place.open()
    (bound,) = place.bindings.of_role("gate-1.reader")
    assert (bound.device, bound.serial, bound.actor, bound.maker) == ("reader-a", "reader-a", "zhou", "某厂")
    entry = next(place.journal.entries(subjects=("gate-1.reader",)))
    assert KINDS["device.bound"].body.model_validate(entry["body"])


async def test_what_does_not_fit_is_refused_in_words_and_changes_nothing(place: Place) -> None:
    place.plug("reader-a", DeviceKind.ID_CARD)
    place.plug("printer", DeviceKind.PRINTER)
    place.plug("gone", DeviceKind.ID_CARD, DeviceState.ABSENT)
    bind = place.assigning.bind
    assert await place.refused(bind("zhou", "gate-1.reader", "printer")) == "role.kind"
    assert await place.refused(bind("zhou", "gate-1.reader", "never-seen")) == "device.unknown"
    assert await place.refused(bind("zhou", "gate-1.reader", "gone")) == "device.unknown"
    assert await place.refused(bind("zhou", "gate-7.reader", "reader-a")) == "role.unknown"
    assert await place.refused(bind("zhou", "gate-1.chair", "reader-a")) == "role.unknown"
    assert (
        await place.refused(place.assigning.unbind("zhou", "gate-1.reader", "reader-a")) == "role.not_bound"
    )
    assert place.bindings.all() == []
    assert place.journal.head == 0


async def test_a_role_for_one_takes_no_second_and_a_role_for_several_does(place: Place) -> None:
    for device in ("reader-a", "reader-b"):
        place.plug(device, DeviceKind.ID_CARD)
    for device in ("ups-a", "ups-b"):
        place.plug(device, DeviceKind.POWER)
    await place.assigning.bind("zhou", "desk-1.reader", "reader-a")
    await place.assigning.bind("zhou", "desk-1.reader", "reader-a")
    assert await place.refused(place.assigning.bind("zhou", "desk-1.reader", "reader-b")) == "role.taken"
    await place.assigning.bind("zhou", "server.ups", "ups-a")
    await place.assigning.bind("zhou", "server.ups", "ups-b")
    assert place.who("server.ups") == ["ups-a", "ups-b"]
    assert place.who("desk-1.reader") == ["reader-a"]


async def test_two_who_want_a_role_at_once_do_not_both_get_it(place: Place) -> None:
    for device in ("reader-a", "reader-b"):
        place.plug(device, DeviceKind.ID_CARD)
    outcomes = await asyncio.gather(
        *(place.assigning.bind("zhou", "desk-1.reader", device) for device in ("reader-a", "reader-b")),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "Problem"]
    assert len(place.who("desk-1.reader")) == 1


async def test_a_reader_moves_only_when_that_is_meant_and_a_printer_may_serve_several(place: Place) -> None:
    place.plug("reader-a", DeviceKind.ID_CARD)
    place.plug("printer", DeviceKind.PRINTER)
    await place.assigning.bind("zhou", "gate-1.reader", "reader-a")
    moving = place.assigning.bind("zhou", "desk-1.reader", "reader-a")
    assert await place.refused(moving) == "device.bound"
    assert place.who("gate-1.reader") == ["reader-a"]
    await place.assigning.bind("zhou", "desk-1.reader", "reader-a", move=True)
    assert (place.who("gate-1.reader"), place.who("desk-1.reader")) == ([], ["reader-a"])
    for role in ("office.reports", "room-1.printer", "kiosk-1.slips"):
        await place.assigning.bind("zhou", role, "printer")
    assert [bound.role for bound in place.bindings.of_device("printer")] == [
        "kiosk-1.slips",
        "office.reports",
        "room-1.printer",
    ]


async def test_an_absent_reader_is_replaced_in_one_step_by_a_free_one_of_its_kind(place: Place) -> None:
    for device, kind in (
        ("old", DeviceKind.ID_CARD),
        ("new", DeviceKind.ID_CARD),
        ("used", DeviceKind.ID_CARD),
        ("camera", DeviceKind.CAMERA),
    ):
        place.plug(device, kind)
    await place.assigning.bind("zhou", "gate-1.reader", "old")
    await place.assigning.bind("zhou", "desk-1.reader", "used")
    (bound,) = place.bindings.of_role("gate-1.reader")
    assert place.assigning.replacements(bound) == ()
    place.unplug("old")
    assert place.assigning.replacements(bound) == ("new",)
    place.live.line = "away"
    assert place.assigning.replacements(bound) == ()
    place.live.line = "live"
    head = place.journal.head
    await place.assigning.replace("zhou", "gate-1.reader", "old", "new")
    entries = list(place.journal.entries(head))
    assert [(entry["kind"], entry["body"]["device"]) for entry in entries] == [
        ("device.unbound", "old"),
        ("device.bound", "new"),
    ]
    assert entries[1]["body"]["replaces"] == "old"
    assert place.who("gate-1.reader") == ["new"]
    again = place.assigning.replace("zhou", "gate-1.reader", "old", "new")
    assert await place.refused(again) == "role.not_bound"


async def test_a_device_that_gets_another_id_for_a_twins_sake_keeps_its_role(place: Place) -> None:
    place.plug("same-serial", DeviceKind.ID_CARD, port="1-2")
    await place.assigning.bind("zhou", "gate-1.reader", "same-serial")
    place.unplug("same-serial")
    for port in ("1-2", "1-3"):
        place.plug(f"same-serial-{port}", DeviceKind.ID_CARD, port=port, was="same-serial")
    for port in ("1-3", "1-2"):
        await place.assigning.follow_rename(place.live.devices[f"same-serial-{port}"])
    assert place.who("gate-1.reader") == ["same-serial-1-2"]
    head = place.journal.head
    await place.assigning.follow_rename(place.live.devices["same-serial-1-2"])
    assert place.journal.head == head


async def test_stations_are_added_named_and_taken_away_with_their_bindings(place: Place) -> None:
    place.plug("reader-a", DeviceKind.ID_CARD)
    station = await place.assigning.add_station("zhou", "gate", "东门")
    assert station.id == "gate-2"
    await place.assigning.bind("zhou", "gate-2.reader", "reader-a")
    await place.assigning.name_station("zhou", "gate-2", "西门")
    place.journal.close()
    place.open()
    assert [one.id for one in place.bindings.present() if one.kind.name == "gate"] == ["gate-1", "gate-2"]
    assert place.bindings.labels["gate-2"] == "西门"
    await place.assigning.remove_station("zhou", "gate-1")
    await place.assigning.remove_station("zhou", "gate-2")
    assert place.bindings.all() == []
    assert place.bindings.role("gate-1.reader") is None
    assert (await place.assigning.add_station("zhou", "gate", "")).id == "gate-1"
    assert await place.refused(place.assigning.remove_station("zhou", "gate-2")) == "station.unknown"
    assert await place.refused(place.assigning.remove_station("zhou", "server")) == "station.least"
    assert await place.refused(place.assigning.add_station("zhou", "server", "")) == "station.most"
    assert await place.refused(place.assigning.add_station("zhou", "cellar", "")) == "station.kind"


async def test_the_tables_made_again_from_the_journal_are_those_on_disk(place: Place) -> None:
    for number in range(4):
        place.plug(f"reader-{number}", DeviceKind.ID_CARD)
    assigning = place.assigning
    await assigning.bind("zhou", "gate-1.reader", "reader-0")
    await assigning.add_station("zhou", "desk", "二楼")
    await assigning.bind("zhou", "desk-2.reader", "reader-1")
    await assigning.replace("zhou", "gate-1.reader", "reader-0", "reader-2")
    await assigning.bind("zhou", "desk-1.reader", "reader-1", move=True)
    await assigning.unbind("zhou", "desk-1.reader", "reader-1")
    await assigning.remove_station("zhou", "desk-2")
    kept = place.bindings.all()
    place.journal.close()
    assert rebuild(place.path).differences == ()
    put_in_place(place.path, rebuild(place.path).rows)
    assert rebuild(place.path).differences == ()
    assert verify_file(place.path, APPLIANCE).ok
    place.open()
    assert place.bindings.all() == kept
    assert [bound.device for bound in kept] == ["reader-2"]
