"""The people: a lead, an invigilator, a second person for what takes two, all able to log in."""

from __future__ import annotations

from collections.abc import Sequence

from exam_appliance.accounts.store import StaffAccount
from exam_appliance.preflight.looking import Looked
from exam_appliance.readiness.finding import Finding, Point, State, Text, found

ID = "staff"
NAME = Text("工作人员", "staff")
_MAKE = Text("请在“账户”页面新建或启用", "make or enable one on the accounts page")


async def check(looked: Looked) -> Finding:
    """Compare the accounts."""
    return judge(looked.staff)


def judge(staff: Sequence[StaffAccount]) -> Finding:
    """Compare the accounts that are active."""
    active = [one for one in staff if one.active]
    leads = [one for one in active if "lead" in one.roles]
    invigilators = [one for one in active if "invigilator" in one.roles]
    pair = {one.username for one in (*leads, *invigilators)}
    idle = [one for one in active if one.must_change_password]
    points = [
        _named(Text("主考", "lead"), leads),
        _named(Text("监考员", "invigilator"), invigilators),
    ]
    if len(pair) < 2:
        points.append(
            Point(
                Text("双人操作", "two persons"),
                Text("不足两人，无法签结和终止考试", "fewer than two: no sign-off, no termination"),
                State.FAIL,
                _MAKE,
            )
        )
    if idle:
        zh = "、".join(one.name for one in idle)
        points.append(
            Point(
                Text("初始密码", "initial passwords"),
                Text(f"{zh} 尚未修改初始密码", f"{len(idle)} have not changed their initial password"),
                State.UNKNOWN,
                Text("请本人登录一次并修改密码", "each logs in once and changes it"),
            )
        )
    return found(points)


def _named(role: Text, people: Sequence[StaffAccount]) -> Point:
    if not people:
        return Point(role, Text(f"没有{role.zh}账户", f"no {role.en} account"), State.FAIL, _MAKE)
    names = "、".join(one.name for one in people[:4])
    return Point(role, Text(f"{role.zh} {names}", f"{role.en}: {len(people)}"), State.PASS)
