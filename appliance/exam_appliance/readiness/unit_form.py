"""What a person fills in of form 4 (考试点申请表): the unit, its servers and rooms."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError, field_validator
from stdnum.cn import uscc

from central_sync.protocol.durable_file import write_whole
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.items import Words

Line = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$", strip_whitespace=True)]
LongLine = Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]
Telephone = Annotated[str, StringConstraints(max_length=30, pattern=r"^[0-9+() ,、-]*$")]
Mobile = Annotated[str, StringConstraints(pattern=r"^(1[3-9][0-9]{9})?$")]
Mac = Annotated[str, StringConstraints(pattern=r"^[0-9A-F]{2}(-[0-9A-F]{2}){5}$")]
"""XX-XX-XX-XX-XX-XX, as the form has it."""
Mobility = Literal["fixed", "mobile"]
"""固定服务器 (its outside address never changes) or 移动服务器 (it may)."""
SiteType = Literal["theory", "practical", "both"]
Equipment = Literal["real", "physical", "virtual"]
"""实物设备, 实物仿真, 虚拟仿真."""
Capacity = Annotated[int, Field(ge=1, le=2000)]


class Deputy(Words):
    """分管负责人."""

    name: Line = ""
    mobile: Mobile = ""
    office_phone: Telephone = ""
    fax: Telephone = ""


class OtherServer(Words):
    """A theory server of the site besides this one, as read off its nameplate."""

    name: Annotated[Line, Field(min_length=1)]
    mobility: Mobility
    mac: Mac
    cores: Annotated[int, Field(ge=1, le=1024)]
    memory_gb: Annotated[int, Field(ge=1, le=100_000)]
    disk_gb: Annotated[int, Field(ge=1, le=10_000_000)]


class TheoryRoom(Words):
    """理论考场: its server by name."""

    name: Annotated[Line, Field(min_length=1)]
    server: Line = ""
    """Empty: this server."""
    capacity: Capacity


class PracticalRoom(Words):
    """实操考场."""

    category: Annotated[Line, Field(min_length=1)]
    """作业类别"""
    item: Line = ""
    """操作项目"""
    equipment: Annotated[tuple[Equipment, ...], Field(max_length=3)] = ()
    capacity: Capacity


class UnitForm(Words):
    """The fields of form 4 that no machine knows; whatever is not yet filled in is empty."""

    unit_name: Line = ""
    site_type: SiteType = "theory"
    province: Line = ""
    city: Line = ""
    county: Line = ""
    credit_code: Annotated[str, StringConstraints(max_length=18, to_upper=True)] = ""
    """统一社会信用代码 (GB 32100), its check character right."""
    founded: Annotated[str, StringConstraints(max_length=10)] = ""
    """ISO date."""
    person_in_charge: Line = ""
    address: LongLine = ""
    phone: Telephone = ""
    deputy: Deputy = Deputy()
    server_name: Line = ""
    """What this server is called; empty: as the centre's rooms call it, else 1号服务器."""
    mobility: Mobility = "fixed"
    card: Annotated[str, StringConstraints(max_length=20)] = ""
    """Name of the network card whose MAC goes on the form; empty: the one in use."""
    line_kind: Literal["", "shared", "dedicated"] = ""
    """共享 or 专线; for the row site.wan.bandwidth."""
    other_servers: Annotated[tuple[OtherServer, ...], Field(max_length=20)] = ()
    theory_rooms: Annotated[tuple[TheoryRoom, ...], Field(max_length=100)] | None = None
    """None: as the centre's site document has them."""
    practical_rooms: Annotated[tuple[PracticalRoom, ...], Field(max_length=100)] = ()

    @field_validator("credit_code")
    @classmethod
    def _right_code(cls, value: str) -> str:
        if value and not uscc.is_valid(value):
            raise ValueError(
                "统一社会信用代码的校验位不对，请核对 / the credit code's check character is wrong"
            )
        return value

    @field_validator("founded")
    @classmethod
    def _a_day(cls, value: str) -> str:
        if value:
            try:
                date.fromisoformat(value)
            except ValueError as error:
                raise ValueError("日期须如 2015-03-01 / a day such as 2015-03-01") from error
        return value


class UnitFormFile:
    """The file of the unit's fields. Methods wait for the disk: call them on a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> UnitForm:
        """Return what was filled in, empty at first. Raises Problem form.damaged."""
        try:
            return UnitForm.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return UnitForm()
        except (OSError, ValidationError) as error:
            raise Problem(
                "not_ready",
                "form.damaged",
                f"申请表文件 {self._path} 无法读取，请删除后重新填写",
                f"{self._path} cannot be read: remove it and fill the form in again",
            ) from error

    def keep(self, form: UnitForm) -> None:
        """Keep what was filled in; raises OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self._path, form.model_dump_json(indent=1).encode())
