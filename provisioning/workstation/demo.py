"""`make demo`: a centre and its two exam sites on this machine, filled with sample data.

All of it is the real program over real ports of loopback; only the people are invented. Passwords
are made at each start. Everything lies in one folder that the next start empties.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import click
import yaml
from rich.console import Console
from rich.table import Table

from central_sync.centre.api.models import BASE, ROLES, Role
from central_sync.centre.app import Centre
from central_sync.centre.app import running as running_centre
from central_sync.centre.sample_office import load_samples
from central_sync.centre.settings import ConsoleSettings, Settings, SiteLineSettings
from central_sync.protocol.session import local_text
from central_sync.samples.city import SampleSite, sample_city
from exam_appliance.accounts.store import Role as SiteRole
from exam_appliance.app import Appliance
from exam_appliance.app import running as running_site
from exam_appliance.config import load_settings

ROOT = Path(__file__).resolve().parents[2]
STARTS_IN = timedelta(minutes=10)
"""The sample sessions start so soon; their keys may be released from an hour before."""
READY_WITHIN_S = 120.0


@dataclass(frozen=True)
class Account:
    """Somebody who can log in, and where."""

    place: str
    url: str
    username: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Ticket:
    """A candidate who can sit the sample exam."""

    url: str
    name: str
    ticket: str
    id_number: str
    room: str
    seat: int


@dataclass(frozen=True)
class Hall:
    """The links of a site's ticket machine and display; each holds the machine's key."""

    url: str
    tickets: str
    display: str


@dataclass
class Demo:
    """What runs, and who can log in where."""

    centre: str
    """Address of the centre's console."""
    password: str
    """The same for all staff accounts."""
    sites: dict[str, str] = field(default_factory=dict)
    """Addresses of the sites by code; the candidates' page is /, the console /console/."""
    sessions: list[str] = field(default_factory=list)
    starts_at: str = ""
    accounts: list[Account] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    halls: list[Hall] = field(default_factory=list)
    dock: str = ""
    """Address of the page with the simulated devices of the first site."""


class Told:
    """Says on the terminal what is done now; silent for --json."""

    def __init__(self, out: Console, *, silent: bool) -> None:
        self._out, self._silent = out, silent
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    def from_thread(self, zh: str, en: str) -> None:
        """The same, said by another thread."""
        self._loop.call_soon_threadsafe(self, zh, en)

    def __call__(self, zh: str, en: str) -> None:
        """Print one step with the seconds since the start."""
        if not self._silent:
            passed = self._loop.time() - self._began
            self._out.print(f"[dim]{passed:5.1f} s[/dim]  {zh} / {en}", highlight=False)


@asynccontextmanager
async def demo(folder: Path, console_port: int, site_port: int, told: Told) -> AsyncIterator[Demo]:
    """Run the centre and the sites, filled and ready; ports 0 let the system choose."""
    city = sample_city()
    async with AsyncExitStack() as stack:
        told("启动考试中心", "starting the centre")
        centre = await stack.enter_async_context(running_centre(_centre_settings(folder, console_port)))
        ready = Demo(f"{centre.console_url}/console/", f"Demo-{secrets.token_hex(4)}-26")
        for person in city.centre_staff:
            roles: list[Role] = [role for role in ROLES if role in person.roles]
            make = partial(centre.staff.create, must_change_password=False)
            await asyncio.to_thread(make, person.username, person.name, roles, ready.password)
            ready.accounts.append(
                Account(city.centre_name, ready.centre, person.username, person.name, person.roles)
            )
        starts_at = (datetime.now(UTC) + STARTS_IN).replace(second=0, microsecond=0)
        ready.starts_at = local_text(starts_at, centre.settings.time_zone)
        ready.sessions = await asyncio.to_thread(
            load_samples,
            centre,
            starts_at,
            "planner",
            told.from_thread,
        )
        sites: dict[str, Appliance] = {}
        for number, site in enumerate(city.sites):
            told(f"启动考点并登记：{site.name}", f"starting and enrolling site {site.code}")
            port = site_port and site_port + number
            sites[site.code] = await _site(stack, folder, port, site, centre, ready)
        await _hand_out(centre, ready, sites, told)
        yield ready


async def _site(
    stack: AsyncExitStack, folder: Path, port: int, site: SampleSite, centre: Centre, ready: Demo
) -> Appliance:
    """Start a site server, enrol it with a claim code and make its staff accounts.

    The first one has a device daemon with a dock of simulated devices.
    """
    own = folder / site.code.lower()
    own.mkdir(parents=True)
    file = own / "site.yaml"
    with_dock = not ready.sites
    body = {
        "state_dir": str(own / "state"),
        "listen": {"host": "127.0.0.1", "port": port},
        # Candidates of the demo may go straight to their seats.
        "identity": {"before_login": "off"},
        # Paths of sockets must be short, so it does not lie as deep as the state.
        "devices": {
            "run": "child" if with_dock else "none",
            "dock": with_dock,
            "socket": str(own / "d.sock"),
        },
    }
    file.write_text(yaml.safe_dump(body, allow_unicode=True))
    appliance = await stack.enter_async_context(running_site(load_settings(file).settings))
    url = ready.sites[site.code] = appliance.address()
    if with_dock:
        ready.dock = f"{url}/console/#/devices/dock"
    screens = appliance.queue_house.screens
    _, machine = await screens.enrol("tickets", "取号机", "kiosk-1", "demo")
    _, display = await screens.enrol("display", "大厅显示屏", "", "demo")
    # The machine takes cards and codes at its station from now on.
    appliance.kiosks.look()
    ready.halls.append(Hall(url, f"{url}/queue/#key={machine}", f"{url}/display/#key={display}"))
    claim = await centre.transact(lambda session: centre.exchange.new_claim(session, site.code))
    await appliance.agent.enrol(centre.site_url, claim)
    for person in site.staff:
        roles: list[SiteRole] = [
            role for role in ("technician", "invigilator", "lead") if role in person.roles
        ]
        await appliance.accounts.create(
            "demo", person.username, person.name, roles, ready.password, must_change_password=False
        )
        ready.accounts.append(
            Account(site.name, f"{url}/console/", person.username, person.name, person.roles)
        )
    return appliance


async def _hand_out(centre: Centre, ready: Demo, sites: dict[str, Appliance], told: Told) -> None:
    """Build the packages, release the keys and wait until both have reached the sites."""
    async with _staff(centre, "planner", ready.password) as planner:
        for session in ready.sessions:
            told(f"生成试卷包：{session}", f"building the package of {session}")
            job = await _asked(planner, "POST", f"sessions/{session}/package")
            while job["state"] in ("waiting", "running"):
                await asyncio.sleep(0.05)
                job = await _asked(planner, "GET", f"jobs/{job['job']}")
            if job["state"] != "done":
                raise RuntimeError(f"{job['zh']} / {job['en']}")
            view = await _asked(planner, "GET", f"sessions/{session}/tickets")
            url = ready.sites[view["session"]["site"]]
            ready.tickets += [
                Ticket(url, each["name"], each["ticket"], each["id_number"], each["room"], each["seat"])
                for each in view["tickets"]
            ]
    told("发放密钥，等待考点收齐", "releasing the keys, waiting for the sites")
    async with _staff(centre, "releaser", ready.password) as releaser:
        for session in ready.sessions:
            await _asked(releaser, "POST", f"sessions/{session}/release")
    async with asyncio.timeout(READY_WITHIN_S):
        for session, appliance in zip(ready.sessions, sites.values(), strict=True):
            while not _has_all(appliance, session):  # noqa: ASYNC110 - the site announces to its pages only
                await asyncio.sleep(0.05)


def _has_all(appliance: Appliance, session: str) -> bool:
    held = appliance.hall.projection.sessions
    return session in held and held[session].package is not None and appliance.intake.has_key(session)


@asynccontextmanager
async def _staff(centre: Centre, username: str, password: str) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(centre.console_url, cookie_jar=jar) as http:
        await _asked(http, "POST", "login", {"username": username, "password": password})
        yield http


async def _asked(http: aiohttp.ClientSession, method: str, path: str, body: object = None) -> Any:
    given = None if method == "GET" else {} if body is None else body
    async with http.request(method, f"{BASE}/{path}", json=given) as answer:
        found = await answer.json(content_type=None)
        if answer.status >= 400:
            raise RuntimeError(f"{path}: {found['detail']} / {found['detail_en']}")
        return found


def _centre_settings(folder: Path, port: int) -> Settings:
    return Settings(
        state_dir=folder / "centre",
        name=sample_city().centre_name,
        console=ConsoleSettings(port=port),
        site_line=SiteLineSettings(port=0),
    )


def show(out: Console, ready: Demo) -> None:
    """Print addresses, accounts, some tickets, and what to do next."""
    for place in dict.fromkeys(account.place for account in ready.accounts):
        people = [account for account in ready.accounts if account.place == place]
        out.print(f"\n[bold]{place}[/bold]  控制台 / console  {people[0].url}", highlight=False)
        table = Table("用户名 / user", "姓名 / name", "角色 / roles", box=None, padding=(0, 3, 0, 2))
        for account in people:
            table.add_row(account.username, account.name, "、".join(account.roles))
        out.print(table)
        page = people[0].url.removesuffix("console/")
        seated = [ticket for ticket in ready.tickets if f"{ticket.url}/" == page]
        if seated:
            out.print(f"  考生页 / candidates' page  {page}", highlight=False)
            for hall in (one for one in ready.halls if f"{one.url}/" == page):
                out.print(f"  取号机 / ticket machine   {hall.tickets}", highlight=False, soft_wrap=True)
                out.print(f"  显示屏 / display          {hall.display}", highlight=False, soft_wrap=True)
            table = Table(
                "准考证号 / ticket", "身份证号 / ID", "姓名", "座位 / seat", box=None, padding=(0, 2, 0, 2)
            )
            for each in seated[:3]:
                table.add_row(each.ticket, each.id_number, each.name, f"{each.room} {each.seat} 号")
            out.print(table)
            if len(seated) > 3:
                out.print(f"  …共 {len(seated)} 名考生 / {len(seated)} candidates in all", highlight=False)
    out.print(f"\n全部账户的密码 / password of all accounts  [bold]{ready.password}[/bold]", highlight=False)
    out.print(
        f"\n[bold]接下来[/bold]：主考登录考点控制台，解锁并开放场次（计划 {ready.starts_at} 开考），"
        "考生登录后开考；\n收卷、登记缺考、签字确认后，成绩出现在考试中心的总账和成绩中。\n"
        "[bold]Next[/bold]: the lead unlocks and opens the session at the site's console;\n"
        "candidates log in, the lead starts. After sign-off the results stand in the centre's ledger.\n"
        f"\n[bold]设备[/bold]：技术员在 {ready.dock} 插入模拟设备、放证件、扫码、断电，再绑定到岗位并自检。\n"
        "[bold]Devices[/bold]: there a technician plugs simulated devices in, lays cards, scans codes, cuts\n"
        "the power, and follows each device to its role and a self-test.\n"
        "\n[bold]叫号[/bold]：场次解锁后，在取号机页面输入准考证号取号，在控制台“叫号”页呼叫，显示屏随即显示并播报。\n"
        "[bold]Queue[/bold]: once a session is unlocked, take a number at the ticket machine with a ticket,\n"
        "call it on the console's queue page; the display shows and speaks it.\n"
        "\n按 Ctrl-C 结束 / Ctrl-C ends the demo",
        highlight=False,
        soft_wrap=True,
    )


async def run(folder: Path, console_port: int, site_port: int, *, as_json: bool, until_ready: bool) -> None:
    """Run the demo until it is cancelled, or until it is ready."""
    out = Console()
    task = asyncio.current_task()
    if task is not None:
        # By name: a shell that starts programs in the background has them ignore Ctrl-C else.
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    told = Told(out, silent=as_json)
    async with demo(folder, console_port, site_port, told) as ready:
        if as_json:
            print(json.dumps(asdict(ready), ensure_ascii=False), flush=True)
        else:
            show(out, ready)
        if not until_ready:
            await asyncio.Event().wait()


@contextlib.contextmanager
def fresh(folder: Path) -> Iterator[Path]:
    """Give an empty folder that only this demo uses."""
    mark = folder / ".kaodian-demo"
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise click.ClickException(
            f"{folder} 不是演示目录，不会清空；请另选目录 / {folder} is not a demo's folder; choose another"
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mark.touch()
    yield folder


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=ROOT / ".demo",
    help="演示数据目录，启动时清空 / folder of the demo, emptied at the start",
)
@click.option("--console-port", default=8090, show_default=True, help="中心控制台端口 / the centre's console")
@click.option("--site-port", default=8081, show_default=True, help="第一个考点端口 / the first site")
@click.option("--json", "as_json", is_flag=True, help="就绪后输出 JSON / print JSON once ready")
@click.option("--until-ready", is_flag=True, help="就绪后即结束 / end once all is ready")
def main(folder: Path, console_port: int, site_port: int, as_json: bool, until_ready: bool) -> None:
    """在本机演示考试中心和两个考点 / show a centre and two exam sites on this machine."""
    try:
        with fresh(folder.resolve()) as own:
            asyncio.run(run(own, console_port, site_port, as_json=as_json, until_ready=until_ready))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\n演示已结束 / the demo has ended", file=sys.stderr)
    except OSError as error:
        raise click.ClickException(
            f"{error.strerror}：端口被占用时请用 --console-port、--site-port 另选 / "
            "when a port is in use, choose others with --console-port and --site-port"
        ) from error


if __name__ == "__main__":
    main()
