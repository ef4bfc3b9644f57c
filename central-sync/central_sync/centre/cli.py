"""The command `exam-central`."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import click
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy.engine import make_url

from central_sync.centre.api.models import ROLES
from central_sync.centre.app import Centre, StateInUse, serve
from central_sync.centre.exchange.service import now_utc
from central_sync.centre.sample_office import SamplesRefused, load_samples, office_files
from central_sync.centre.settings import Settings, SettingsWrong, load_settings
from central_sync.protocol.advisories import AdvisoriesDocument
from central_sync.protocol.http.pages import LibrariesMissing
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.keys import KeyFileWrong
from central_sync.protocol.session import local_text
from central_sync.samples.categories import SampleCategory

out = Console()
JSON = click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="EXAM_CENTRAL_CONFIG",
    help="配置文件（YAML）；也可用环境变量 EXAM_CENTRAL_… / settings file; EXAM_CENTRAL_... override it",
)
@click.pass_context
def main(context: click.Context, file: Path | None) -> None:
    """考试中心：编排考试、发放密钥、接收成绩 / the centre that plans exams and receives results."""
    with _told():
        context.obj = load_settings(file, os.environ)


@main.command("serve")
@click.pass_obj
def serve_command(settings: Settings) -> None:
    """运行中心，Ctrl-C 结束 / run the centre until Ctrl-C."""

    def ready(centre: Centre) -> None:
        out.print(f"控制台 / console: {centre.console_url}")
        out.print(f"考点线路 / site line: {centre.site_url}")

    with _told():
        asyncio.run(serve(settings, ready))


@main.group("config")
def config_group() -> None:
    """配置 / settings."""


@config_group.command("check")
@JSON
@click.pass_obj
def config_check(settings: Settings, as_json: bool) -> None:
    """检查并显示生效的配置 / check the settings and show the effective whole."""
    shown = settings.model_dump(mode="json")
    if shown["database_url"]:
        shown["database_url"] = make_url(shown["database_url"]).render_as_string(hide_password=True)
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False))
    else:
        out.print_json(data=shown)


@main.group("accounts")
def accounts_group() -> None:
    """工作人员账户 / staff accounts."""


@accounts_group.command("create")
@click.argument("username")
@click.option("--name", required=True, help="姓名 / name")
@click.option("--role", "roles", required=True, multiple=True, type=click.Choice(ROLES))
@click.password_option(prompt="初始密码（首次登录须修改）/ first password, to be changed at the first log-in")
@click.pass_obj
def accounts_create(
    settings: Settings, username: str, name: str, roles: tuple[str, ...], password: str
) -> None:
    """新建账户 / make an account."""
    with _told(), _centre(settings) as centre:
        chosen = [role for role in ROLES if role in roles]
        member = centre.staff.create(username, name, chosen, password)
    out.print(f"已创建 / made: {member.username}（{member.name}）")


@accounts_group.command("list")
@JSON
@click.pass_obj
def accounts_list(settings: Settings, as_json: bool) -> None:
    """列出账户 / list the accounts."""
    with _told(), _centre(settings) as centre:
        members = centre.staff.all()
    if as_json:
        rows = [
            {"username": each.username, "name": each.name, "roles": each.roles, "active": each.active}
            for each in members
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("用户名 / user", "姓名 / name", "角色 / roles", "启用 / active")
    for each in members:
        table.add_row(each.username, each.name, ", ".join(each.roles), "是" if each.active else "否")
    out.print(table)


@main.command("claim")
@click.argument("site")
@click.option(
    "--for",
    "appliance",
    help="服务器编号：该服务器从备份恢复到新机器 / id of a server that is restored on another machine",
)
@JSON
@click.pass_obj
def claim(settings: Settings, site: str, appliance: str | None, as_json: bool) -> None:
    """为考点服务器发登记码 / give out a claim code for a server of a site."""
    with _told(), _centre(settings) as centre, centre.database.begin() as session:
        centre.sites.get(session, site)
        code = centre.exchange.new_claim(session, site, appliance=appliance)
    if as_json:
        click.echo(json.dumps({"site": site, "code": code}))
    else:
        out.print(f"登记码 / claim code: [bold]{code}[/bold]")


@main.command("advisories")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@JSON
@click.pass_obj
def advisories(settings: Settings, file: Path, as_json: bool) -> None:
    """把已知漏洞的软件包清单（JSON）发给所有考点 / send all sites the list of vulnerable packages (JSON)."""
    try:
        listed = AdvisoriesDocument.model_validate_json(file.read_bytes())
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:10])
        _fail(f"{file} 有误，未发送 / has faults and is not sent: {places}")
    with _told(), _centre(settings) as centre, centre.database.begin() as session:
        sites = centre.sites.send_advisories(session, listed)
    if as_json:
        click.echo(json.dumps({"issued": listed.issued, "packages": len(listed.packages), "sites": sites}))
    else:
        out.print(f"{listed.issued} 的清单已发给 {sites} 个考点 / sent to {sites} sites")


@main.group("ledger")
def ledger_group() -> None:
    """总账 / the ledger."""


@ledger_group.command("rebuild")
@click.pass_obj
def ledger_rebuild(settings: Settings) -> None:
    """由收到的日志重建总账 / build the ledger anew from the journals received."""
    with _told(), _centre(settings) as centre, out.status("正在重建总账 / rebuilding the ledger"):
        taken = centre.ledger.rebuild()
    out.print(f"已读取 {taken} 条日志 / {taken} entries read")


@main.group("samples")
def samples_group() -> None:
    """样例数据 / sample data."""


@samples_group.command("files")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def samples_files(folder: Path) -> None:
    """写出样例题库、名册和照片，供试导入 / write the sample files, to try an import with."""
    folder.mkdir(parents=True, exist_ok=True)
    for category in SampleCategory:
        for name, data in office_files(category).by_name(category).items():
            (folder / name).write_bytes(data)
            out.print(f"{folder / name}  {len(data) // 1024} KiB")


@samples_group.command("load")
@click.option(
    "--in-minutes", default=30, show_default=True, type=click.IntRange(1, 10_000), help="几分钟后开考 / start"
)
@click.pass_obj
def samples_load(settings: Settings, in_minutes: int) -> None:
    """载入样例城市并编排一场考试 / load the sample city and arrange an exam."""
    starts_at = (datetime.now(UTC) + timedelta(minutes=in_minutes)).replace(second=0, microsecond=0)
    with _told(), _centre(settings) as centre, out.status("") as status:
        exams = load_samples(centre, starts_at, "exam-central", lambda zh, en: status.update(f"{zh} / {en}"))
    for exam in exams:
        out.print(f"{exam}  {local_text(starts_at, settings.time_zone)}")


@contextmanager
def _centre(settings: Settings) -> Iterator[Centre]:
    centre = Centre(settings, clock=now_utc)
    try:
        yield centre
    finally:
        centre.close()


@contextmanager
def _told() -> Iterator[None]:
    """Turn what a technician can act on into two sentences and exit code 1."""
    try:
        yield
    except Problem as problem:
        _fail(f"{problem.zh} / {problem.en}")
    except (SettingsWrong, StateInUse, LibrariesMissing, KeyFileWrong, SamplesRefused) as error:
        _fail(str(error))
    except OSError as error:
        _fail(
            f"{error.filename or ''} {error.strerror}：请检查端口、权限和磁盘 / check port, rights and disk"
        )


def _fail(text: str) -> NoReturn:
    raise click.ClickException(text)
