"""The bandwidth to the internet, as measured to the centre."""

from __future__ import annotations

from typing import Literal

from exam_appliance.readiness.finding import Finding, State, Text, unknown
from exam_appliance.readiness.sources import LineSpeed, Missing, Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.wan.bandwidth",)
SHARE = 0.9
"""Headers and acknowledgements take the rest of a line that is fully used."""


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    speed = await sources.centre.speed()
    if isinstance(speed, Missing):
        return unknown(speed.why, speed.todo)
    return judge(row, speed, sources.line_kind)


def judge(row: Row, speed: LineSpeed, kind: Literal["shared", "dedicated", ""]) -> Finding:
    """Compare a measured speed with the row.

    It is a lower bound: the centre's own line may be the narrow part. So it proves a line that is
    fast enough, and one that is slower than any the standard allows is called bad.
    """
    shared, dedicated = row.limits.shared_mbit or 0, row.limits.dedicated_mbit or 0
    best = max(speed.down_kbit, speed.up_kbit)
    zh_kind = {"shared": "共享", "dedicated": "专线", "": "线路类型未填"}[kind]
    en_kind = {"shared": "shared", "dedicated": "dedicated", "": "kind of line not given"}[kind]
    down, up = speed.down_kbit / 1000, speed.up_kbit / 1000
    shown = Text(
        f"下行 {down:.1f} Mbit/s，上行 {up:.1f} Mbit/s（{zh_kind}）",
        f"{down:.1f} Mbit/s down, {up:.1f} Mbit/s up ({en_kind})",
    )
    if best >= shared * 1000 * SHARE or (kind == "dedicated" and best >= dedicated * 1000 * SHARE):
        return Finding(State.PASS, shown)
    if best < dedicated * 1000 * SHARE:
        return Finding(
            State.FAIL,
            shown,
            Text(
                "请在无人上网时重测；仍低于 10 Mbit/s 请联系运营商",
                "measure again while nobody uses the line; if it stays below 10 Mbit/s call the provider",
            ),
        )
    if kind == "":
        todo = Text(
            "请在“申请表”中填写线路类型（共享或专线）后重新检查",
            "say on the form page whether the line is shared or dedicated, and check again",
        )
    else:
        todo = Text(
            "实测只能说明下限（中心一侧也可能受限）：请附运营商合同申报签约带宽",
            "what was measured is a lower bound: declare what is contracted, with the contract",
        )
    return Finding(State.UNKNOWN, shown, todo)
