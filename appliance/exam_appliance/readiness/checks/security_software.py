"""Security software: what this system does of it, and what is left to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from exam_appliance.readiness.finding import Finding, Point, State, Text, found
from exam_appliance.readiness.machine.listening import ports_open_to_others, running_programs
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row
from exam_appliance.security_audit.report import AuditReport, kept

ROWS = ("site.security_software",)

DATABASE_PORTS = {1433: "SQL Server", 1521: "Oracle", 3306: "MySQL", 5432: "PostgreSQL", 6379: "Redis"}
SCAN_DAYS = 30
_SCANNERS = ("gvmd", "openvas", "ospd-openvas", "nessusd", "wazuh-agentd", "freshclam", "clamd")


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    report = await asyncio.to_thread(kept, sources.state_dir)
    return judge(ports_open_to_others(sources.root), running_programs(sources.root), report)


def judge(open_ports: frozenset[int], programs: frozenset[str], report: AuditReport | None) -> Finding:
    """Compare open ports, running programs and the last security audit with the row."""
    reachable = sorted(DATABASE_PORTS[port] for port in open_ports & DATABASE_PORTS.keys())
    return found(
        (
            Point(
                Text("数据库安全审计", "database audit"),
                Text(
                    "考试数据的每次变更记入防篡改日志", "every change of exam data is in a tamper-evident log"
                ),
                State.PASS,
            ),
            Point(
                Text("数据库防火墙", "database firewall"),
                Text(
                    f"{'、'.join(reachable)} 可从网络访问",
                    f"{', '.join(reachable)} can be reached from outside",
                )
                if reachable
                else Text("没有可从网络访问的数据库", "no database can be reached from outside"),
                State.FAIL if reachable else State.PASS,
                Text(
                    "请让数据库只监听本机，或以防火墙封闭",
                    "let the database listen locally only, or close it",
                )
                if reachable
                else None,
            ),
            _logs(report),
            _scan(sorted(programs.intersection(_SCANNERS)), report),
        )
    )


def _logs(report: AuditReport | None) -> Point:
    name = Text("日志审计", "log audit")
    if report is None:
        return Point(
            name,
            Text("登录和操作记入日志，可随时校验", "log-ins and actions are logged and can be verified"),
            State.PASS,
        )
    points = [point for point in report.points if point.id not in ("packages", "ports")]
    faults = [point for point in points if point.state == "fault"]
    told = faults or points
    return Point(
        name,
        Text(
            "；".join(f"{p.zh} {p.found_zh}" for p in told), "; ".join(f"{p.en} {p.found_en}" for p in told)
        ),
        State.FAIL if faults else State.PASS,
        Text("请在服务器上运行 exam-appliance audit 查看", "see exam-appliance audit on the server")
        if faults
        else None,
    )


def _scan(scanners: Sequence[str], report: AuditReport | None) -> Point:
    """Judge the scan: by the audit with the centre's list, or by another scanner that runs."""
    name = Text("漏洞扫描", "vulnerability scan")
    if report is not None and report.advisories is not None and report.age_days() <= SCAN_DAYS:
        (point,) = (point for point in report.points if point.id == "packages")
        fails = point.state == "fault"
        todo = Text("请更新系统", "update the system") if fails else None
        return Point(name, Text(point.found_zh, point.found_en), State.FAIL if fails else State.PASS, todo)
    if scanners:
        return Point(name, Text(f"正在运行 {scanners[0]}", f"{scanners[0]} runs"), State.PASS)
    return Point(
        name,
        Text(f"{SCAN_DAYS} 日内没有扫描", f"no scan within {SCAN_DAYS} days"),
        State.UNKNOWN,
        Text(
            "请向中心索取漏洞清单，由每夜的安全审计扫描；或附扫描报告申报",
            "ask the centre for its list, the audit of each night scans by it; or declare with a report",
        ),
    )
