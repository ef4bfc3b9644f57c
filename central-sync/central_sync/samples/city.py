"""An invented city: two exam sites with three rooms, servers and staff, and the staff of its centre."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from central_sync.protocol.items import Words
from central_sync.protocol.session import Room, SiteCode, SiteDocument, UserName

MacAddress = Annotated[str, StringConstraints(pattern=r"^([0-9A-F]{2}-){5}[0-9A-F]{2}$")]
"""As form 4 writes it: XX-XX-XX-XX-XX-XX."""


class SampleServer(Words):
    """A theory server (理论考场服务器) of form 4."""

    name: str
    kind: Literal["fixed", "mobile"] = "fixed"
    """固定服务器: its outside address never changes; 移动服务器: it may."""
    address_kind: Literal["static", "dynamic"] = "static"
    """固定 IP / 动态 IP"""
    mac: MacAddress
    cpu_cores: Annotated[int, Field(ge=1)]
    memory_gb: Annotated[int, Field(ge=1)]
    disk_gb: Annotated[int, Field(ge=1)]


class SampleStaff(Words):
    """A person of the staff, for a demo account. There are no passwords in the samples."""

    username: UserName
    name: str
    roles: tuple[str, ...]
    """At a site: technician, invigilator, lead. At the centre: planner, releaser, viewer, admin."""


class SampleSite(Words):
    """An exam site (考试点) with the fields of form 4."""

    code: SiteCode
    name: str
    province: str
    city: str
    county: str
    address: str
    credit_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-HJ-NP-RTUW-Y]{18}$")]
    """统一社会信用代码, check character by GB 32100."""
    founded: str
    """Date of founding, ISO 8601."""
    site_type: Literal["theory", "practical", "both"] = "theory"
    """理论 / 实操 / 理论和实操"""
    person_in_charge: str
    phone: str
    servers: tuple[SampleServer, ...]
    rooms: tuple[Room, ...]
    staff: tuple[SampleStaff, ...]

    def document(self) -> SiteDocument:
        """Return the site as the centre publishes it to its appliance."""
        return SiteDocument(code=self.code, name=self.name, city=self.city, rooms=self.rooms)


class SampleCity(Words):
    """The city with its exam agency's staff and its sites."""

    name: str
    province: str
    centre_name: str
    centre_staff: tuple[SampleStaff, ...]
    sites: tuple[SampleSite, ...]


def sample_city() -> SampleCity:
    """Return the city. Its province is named 示例省 so that nobody takes it for a real one."""
    return SampleCity(
        name="明川市",
        province="示例省",
        centre_name="明川市安全生产考试中心",
        centre_staff=(
            SampleStaff(username="planner", name="顾明远", roles=("planner",)),
            SampleStaff(username="releaser", name="乔若兰", roles=("releaser",)),
            SampleStaff(username="viewer", name="蒲晓舟", roles=("viewer",)),
            SampleStaff(username="admin", name="洪立川", roles=("admin",)),
        ),
        sites=(
            SampleSite(
                code="MC0101",
                name="明川市安全技能考试点",
                province="示例省",
                city="明川市",
                county="东岭区",
                address="明川市东岭区学府路 18 号实训楼 3 层",
                credit_code="12999901MC0000101N",
                founded="2016-03-01",
                person_in_charge="裴建舟",
                phone="0000-8100101",
                servers=(
                    SampleServer(
                        name="东岭一号服务器",
                        mac="02-4B-44-01-01-0A",
                        cpu_cores=8,
                        memory_gb=32,
                        disk_gb=2048,
                    ),
                ),
                rooms=(
                    Room(name="第一考场", capacity=30, server="东岭一号服务器"),
                    Room(name="第二考场", capacity=24, server="东岭一号服务器"),
                ),
                staff=(
                    SampleStaff(username="tech-dongling", name="纪海宁", roles=("technician",)),
                    SampleStaff(username="lead-dongling", name="岳文静", roles=("lead", "invigilator")),
                    SampleStaff(username="wei-dongling", name="卫青山", roles=("invigilator",)),
                    SampleStaff(username="shu-dongling", name="舒雅琴", roles=("invigilator",)),
                ),
            ),
            SampleSite(
                code="MC0201",
                name="柳湾职业技术学校考试点",
                province="示例省",
                city="明川市",
                county="西沟县",
                address="明川市西沟县柳湾镇育才街 6 号教学楼 2 层",
                credit_code="12999902MC0000201T",
                founded="2011-09-01",
                site_type="both",
                person_in_charge="尚春林",
                phone="0000-8200201",
                servers=(
                    SampleServer(
                        name="柳湾流动服务器",
                        kind="mobile",
                        address_kind="dynamic",
                        mac="02-4B-44-02-01-0A",
                        cpu_cores=6,
                        memory_gb=32,
                        disk_gb=2048,
                    ),
                ),
                rooms=(Room(name="机房一", capacity=20, server="柳湾流动服务器"),),
                staff=(
                    SampleStaff(username="tech-liuwan", name="单志飞", roles=("technician",)),
                    SampleStaff(username="lead-liuwan", name="柏淑慧", roles=("lead", "invigilator")),
                    SampleStaff(username="ning-liuwan", name="宁宏涛", roles=("invigilator",)),
                ),
            ),
        ),
    )
