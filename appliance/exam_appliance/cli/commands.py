"""All commands in one tree."""

from __future__ import annotations

import click

from exam_appliance.app import software_version
from exam_appliance.cli.accounts import accounts
from exam_appliance.cli.audit import audit_command
from exam_appliance.cli.backup import backup
from exam_appliance.cli.centre import courier, enrol
from exam_appliance.cli.configuration import config
from exam_appliance.cli.devices import devices
from exam_appliance.cli.documents import documents
from exam_appliance.cli.faces import faces
from exam_appliance.cli.journal import journal
from exam_appliance.cli.preflight import preflight
from exam_appliance.cli.readiness import form_4, readiness
from exam_appliance.cli.rehearse import rehearse
from exam_appliance.cli.restore import restore_command
from exam_appliance.cli.serving import serve
from exam_appliance.cli.status import status
from exam_appliance.cli.terminals import terminals


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(software_version(), prog_name="exam-appliance")
def main() -> None:
    """考点服务器 / the exam-site server (Kaodian).

    退出码：0 成功，1 检查未通过，2 用法或配置有误，3 无法执行（按提示处理后重试）。
    Exit codes: 0 well, 1 a check failed, 2 wrong use or configuration, 3 cannot be done now.
    """


for command in (
    serve,
    status,
    config,
    accounts,
    audit_command,
    enrol,
    courier,
    journal,
    backup,
    restore_command,
    rehearse,
    devices,
    documents,
    faces,
    terminals,
    readiness,
    form_4,
    preflight,
):
    main.add_command(command)
