"""Face comparison, by this server or by a third party."""

from __future__ import annotations

from exam_appliance.readiness.finding import Finding, State, Text, unknown
from exam_appliance.readiness.sources import ServiceFacts, Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.face_comparison",)


async def check(row: Row, sources: Sources) -> Finding:
    """Return how the service stands."""
    return judge(row, sources.face)


def judge(row: Row, service: ServiceFacts | None) -> Finding:
    """Compare a service, None for absent, with the row."""
    if service is None:
        return unknown(
            Text("本机未接入人像对比服务", "no face comparison service is connected here"),
            Text(
                "请启用本机服务（faces.run）或接入第三方服务（faces.third_party）；"
                "在此之前人像由人工核对；已另行采购的，请附合同和对接记录申报",
                "put this server's to use (faces.run) or connect a third party's (faces.third_party); "
                "until then faces are compared by eye; one bought separately is declared with its contract",
            ),
        )
    if service.works:
        return Finding(State.PASS, service.name)
    trouble = service.trouble or Text("请查看系统日志", "see the system's log")
    return Finding(
        State.FAIL,
        Text(f"{service.name.zh} 不工作", f"{service.name.en} does not work"),
        trouble,
    )
