"""Form 4 (附件 4, 使用单位申请表（考试点）): the unit's fields, and the server as the machine tells it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.items import Words
from exam_appliance.readiness.checks.server_disk import GB
from exam_appliance.readiness.machine.addresses import way_out
from exam_appliance.readiness.machine.cards import Card, cards
from exam_appliance.readiness.machine.commands import Ask
from exam_appliance.readiness.machine.cpu import cpu
from exam_appliance.readiness.machine.disks import disks
from exam_appliance.readiness.machine.memory import installed_gib
from exam_appliance.readiness.sources import SiteRoom
from exam_appliance.readiness.unit_form import Mobility, UnitForm

FIRST_SERVER = "1号服务器"


class ServerFacts(Words):
    """This server as the form asks; None and empty where the machine does not tell."""

    cards: tuple[tuple[str, str], ...]
    """Names of its network cards with their MACs."""
    card_in_use: str
    """The one towards the internet, else the first with a cable; empty for none."""
    cores: int | None
    memory_gb: int | None
    disk_gb: int | None

    def mac(self, card: str) -> str:
        """Return the MAC of a card, that of the one in use for an empty name; empty for none."""
        held = dict(self.cards)
        return held.get(card or self.card_in_use, "")


class ServerLine(Words):
    """理论考场服务器信息."""

    name: str
    mobility: Mobility
    mac: str
    cores: int | None
    memory_gb: int | None
    disk_gb: int | None


class RoomLine(Words):
    """理论考场信息."""

    name: str
    server: str
    capacity: int


class Form4(Words):
    """The form, ready to be printed."""

    unit: UnitForm
    servers: tuple[ServerLine, ...]
    rooms: tuple[RoomLine, ...]
    made_at: AwareDatetime
    open_zh: tuple[str, ...]
    """What is still empty."""
    open_en: tuple[str, ...]


async def server_facts(root: Path, architecture: str, ask: Ask) -> ServerFacts:
    """Return this server as the machine below `root` tells it."""
    held = cards(root)
    out = way_out((await ask(("ip", "-json", "route"))).out)
    memory = installed_gib(root)
    size = sum(disk.bytes for disk in disks(root)) // GB
    return ServerFacts(
        cards=tuple((card.name, card.mac) for card in held),
        card_in_use=_in_use(held, "" if out is None else out.card),
        cores=cpu(root, architecture).cores or None,
        memory_gb=memory,
        disk_gb=size or None,
    )


def _in_use(held: Sequence[Card], outside: str) -> str:
    named = [card.name for card in held]
    if outside in named:
        return outside
    return next((card.name for card in held if card.up), named[0] if named else "")


def filled_in(unit: UnitForm, server: ServerFacts, rooms: Sequence[SiteRoom], made_at: datetime) -> Form4:
    """Return the form. Raises Problem form.*: a room's server must be one of the servers, by its name."""
    own = unit.server_name or _named_by_rooms(unit, rooms) or FIRST_SERVER
    servers = (
        ServerLine(
            name=own,
            mobility=unit.mobility,
            mac=server.mac(unit.card),
            cores=server.cores,
            memory_gb=server.memory_gb,
            disk_gb=server.disk_gb,
        ),
        *(ServerLine(**other.model_dump()) for other in unit.other_servers),
    )
    if unit.theory_rooms is None:
        lines = tuple(RoomLine(name=r.name, server=r.server or own, capacity=r.capacity) for r in rooms)
    else:
        lines = tuple(
            RoomLine(name=r.name, server=r.server or own, capacity=r.capacity) for r in unit.theory_rooms
        )
    _refuse_unclear([line.name for line in servers], lines)
    empty = _empty(unit, servers, lines)
    return Form4(
        unit=unit,
        servers=servers,
        rooms=lines,
        made_at=made_at,
        open_zh=tuple(zh for zh, _ in empty),
        open_en=tuple(en for _, en in empty),
    )


def _named_by_rooms(unit: UnitForm, rooms: Sequence[SiteRoom]) -> str:
    """Return what the centre's rooms call this server; empty where they name none, or several."""
    if unit.theory_rooms is not None:
        return ""
    others = {server.name for server in unit.other_servers}
    named = {room.server for room in rooms if room.server} - others
    return named.pop() if len(named) == 1 else ""


def _refuse_unclear(servers: list[str], rooms: Sequence[RoomLine]) -> None:
    twice = next((name for name in servers if servers.count(name) > 1), None)
    if twice is not None:
        zh, en = f"服务器名称“{twice}”重复，请改名", f"two servers are called {twice}: rename one"
        raise Problem("invalid", "form.server_twice", zh, en, fields=(("other_servers", zh, en),))
    for room in rooms:
        if room.server not in servers:
            zh = f"考场“{room.name}”关联的服务器“{room.server}”不在服务器名称中，两者须一致"
            en = f"room {room.name} names the server {room.server}, which is not among the servers"
            raise Problem("invalid", "form.server_unknown", zh, en, fields=(("theory_rooms", zh, en),))


def _empty(unit: UnitForm, servers: Sequence[ServerLine], rooms: Sequence[RoomLine]) -> list[tuple[str, str]]:
    asked = (
        (unit.unit_name, "单位名称", "unit name"),
        (unit.province, "省", "province"),
        (unit.city, "市", "city"),
        (unit.county, "县（区）", "county"),
        (unit.credit_code, "统一社会信用代码", "unified social credit code"),
        (unit.founded, "成立日期", "day of founding"),
        (unit.person_in_charge, "负责人", "person in charge"),
        (unit.address, "通讯地址", "address"),
        (unit.phone, "咨询电话", "phone"),
        (unit.deputy.name, "分管负责人姓名", "deputy's name"),
        (unit.deputy.mobile, "分管负责人移动电话", "deputy's mobile"),
        (servers[0].mac, "本机 MAC 地址", "MAC of this server"),
        (servers[0].cores, "本机 CPU 核数", "cores of this server"),
        (servers[0].memory_gb, "本机内存", "memory of this server"),
        (servers[0].disk_gb, "本机硬盘", "disk of this server"),
        (rooms or unit.site_type == "practical", "理论考场", "theory rooms"),
        (unit.practical_rooms or unit.site_type == "theory", "实操考场", "practical rooms"),
    )
    return [(zh, en) for value, zh, en in asked if not value]
