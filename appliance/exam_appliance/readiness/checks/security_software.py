"""Security software: what this system does of it, and what is left to a person."""

from __future__ import annotations

from exam_appliance.readiness.finding import Finding, Point, State, Text, found
from exam_appliance.readiness.machine.listening import ports_open_to_others, running_programs
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.security_software",)

DATABASE_PORTS = {1433: "SQL Server", 1521: "Oracle", 3306: "MySQL", 5432: "PostgreSQL", 6379: "Redis"}
_SCANNERS = ("gvmd", "openvas", "ospd-openvas", "nessusd", "wazuh-agentd", "freshclam", "clamd")


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    return judge(ports_open_to_others(sources.root), running_programs(sources.root))


def judge(open_ports: frozenset[int], programs: frozenset[str]) -> Finding:
    """Compare open ports and running programs with the row."""
    reachable = sorted(DATABASE_PORTS[port] for port in open_ports & DATABASE_PORTS.keys())
    scanners = sorted(programs.intersection(_SCANNERS))
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
            Point(
                Text("日志审计", "log audit"),
                Text(
                    "登录和操作记入日志，可随时校验",
                    "logins and actions are logged and can be verified at any time",
                ),
                State.PASS,
            ),
            Point(
                Text("漏洞扫描", "vulnerability scan"),
                Text(f"正在运行 {scanners[0]}", f"{scanners[0]} runs")
                if scanners
                else Text("未发现漏洞扫描软件", "no scanner found"),
                State.PASS if scanners else State.UNKNOWN,
                None
                if scanners
                else Text("请附最近一次漏洞扫描报告申报", "declare with the report of the last scan"),
            ),
        )
    )
