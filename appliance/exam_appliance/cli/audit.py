"""`audit`: the security audit of this machine, on demand and each night."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path

import click

from exam_appliance.cli.site import (
    CHECK_FAILED,
    NOT_NOW,
    config_option,
    existing_folder,
    fail,
    json_option,
    say,
    say_json,
    site_settings,
    told,
)
from exam_appliance.readiness.machine.commands import ask
from exam_appliance.security_audit.auditing import audit
from exam_appliance.security_audit.report import AuditReport, keep

PATIENCE_S = 1800.0
"""All files of a system are read."""
STATES = {"ok": "正常 ok", "look": "请看 look", "fault": "处理 fault"}


@click.command("audit", short_help="安全审计 / the security audit")
@click.option(
    "--hours",
    type=click.IntRange(1, 24 * 366),
    default=24,
    show_default=True,
    help="查看最近多少小时的日志 / how many hours of the logs are read",
)
@config_option
@json_option
def audit_command(hours: int, file: Path | None, *, as_json: bool) -> None:
    """登录与拦截日志、监听端口、文件完整性、已知漏洞软件包；需要处理时退出码 1。

    Logs, listening ports, integrity of files, packages known to be vulnerable; exit code 1 when something
    is to be done. Run it as root. The report stands in the readiness report, too.
    """
    folder = existing_folder(site_settings(file)).path
    with told.status("正在审计 / auditing"):
        report = asyncio.run(audit(folder, partial(ask, patience_s=PATIENCE_S), hours))
    try:
        path = keep(report, folder)
    except OSError as error:
        fail(NOT_NOW, f"报告无法保存（{error}）/ the report cannot be kept")
    if as_json:
        say_json(report.model_dump(mode="json"))
    else:
        _tell(report, path)
    sys.exit(CHECK_FAILED if report.state == "fault" else 0)


def _tell(report: AuditReport, path: Path) -> None:
    for point in report.points:
        say(f"{STATES[point.state]}\t{point.zh} / {point.en}：{point.found_zh} / {point.found_en}")
        if point.state != "ok":
            for line in point.lines:
                say(f"\t\t{line}")
    say(f"报告 / report: {path}")
