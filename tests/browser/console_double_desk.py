"""The console double's staff, sync, courier, rehearsal and journal interface."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress

from aiohttp import web

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import Routes, Upload
from exam_appliance.web.console.devices.models import DevicesChange, DevicesView, LineView, PowerView
from exam_appliance.web.console.models import (
    AccountChange,
    AccountRequest,
    Accounts,
    CourierImported,
    EnrolRequest,
    JournalVerdict,
    Me,
    PasswordChange,
    RehearsalReport,
    RehearsalRequest,
    RehearsalView,
    SaveMs,
    StaffLoginRequest,
    StaffView,
    SyncView,
)
from tests.browser.console_double_hall import (
    moment,
    staff,
)
from tests.browser.console_double_state import ConsoleDouble


def staff_routes(double: ConsoleDouble, routes: Routes) -> None:
    """Declare log-in, password and accounts."""
    site = double.site

    @routes.post("/api/console/login", "登录", "login", body=StaffLoginRequest, answer=Me)
    async def login(request: web.Request, body: StaffLoginRequest) -> web.Response:
        person = double.check(body.username, body.password)
        cookie = secrets.token_hex(16)
        double.logins[cookie] = person.username
        response = web.json_response(text=double.me(person).model_dump_json())
        response.set_cookie("kd-staff", cookie, httponly=True, samesite="Strict", path="/api")
        return response

    @routes.post("/api/console/logout", "退出", "logout")
    async def logout(request: web.Request) -> None:
        double.logins.pop(request.cookies.get("kd-staff", ""), None)

    @routes.get("/api/console/me", "我", "me", answer=Me)
    async def me(request: web.Request) -> Me:
        return double.me(double.staff_of(request))

    @routes.post("/api/console/password", "改密", "password", body=PasswordChange, answer=Me)
    async def password(request: web.Request, body: PasswordChange) -> Me:
        person = double.staff_of(request)
        if site.passwords[person.username] != body.old:
            raise Problem("invalid", "password.old", "当前密码不正确", "the present password is wrong")
        if not any(not letter.isalnum() for letter in body.new):
            raise Problem(
                "invalid", "password.weak", "新密码缺少特殊字符", "the new password has no special character"
            )
        site.passwords[person.username] = body.new
        site.staff[person.username] = person.model_copy(update={"must_change_password": False})
        return double.me(site.staff[person.username])

    @routes.get("/api/console/accounts", "账户", "accounts", answer=Accounts)
    async def accounts(request: web.Request) -> Accounts:
        double.staff_of(request)
        return Accounts(accounts=tuple(site.staff.values()))

    @routes.post("/api/console/accounts", "加账户", "add", body=AccountRequest, answer=StaffView)
    async def add(request: web.Request, body: AccountRequest) -> StaffView:
        double.staff_of(request)
        if body.username in site.staff:
            raise Problem("conflict", "account.exists", "该用户名已存在", "this user name exists already")
        site.staff[body.username] = staff(body.username, body.name, *body.roles, forced=True)
        site.passwords[body.username] = body.password
        return site.staff[body.username]

    @routes.patch(
        "/api/console/accounts/{username}", "改账户", "change", body=AccountChange, answer=StaffView
    )
    async def change(request: web.Request, body: AccountChange) -> StaffView:
        double.staff_of(request)
        name = request.match_info["username"]
        double.requests.append((request.path, body))
        fields = body.model_dump(exclude_none=True, exclude={"password"})
        if body.password is not None:
            site.passwords[name] = body.password
            fields["must_change_password"] = True
        site.staff[name] = site.staff[name].model_copy(update=fields)
        return site.staff[name]


def technician_routes(double: ConsoleDouble, routes: Routes) -> None:
    """Declare sync, courier, rehearsal and journal."""
    site = double.site

    @routes.get("/api/console/sync", "同步", "sync", answer=SyncView)
    async def sync(request: web.Request) -> SyncView:
        double.staff_of(request)
        return site.sync

    @routes.post("/api/console/sync/now", "立即", "now", answer=SyncView)
    async def now(request: web.Request) -> SyncView:
        site.sync = site.sync.model_copy(
            update={"acknowledged_seq": site.sync.head_seq, "last_contact": moment()}
        )
        return site.sync

    @routes.post("/api/console/sync/enrol", "登记", "enrol", body=EnrolRequest, answer=SyncView)
    async def enrol(request: web.Request, body: EnrolRequest) -> SyncView:
        if body.claim_code != "CLAIM-1":
            raise Problem(
                "denied", "claim.unknown", "登记码无效或已使用", "the claim code is unknown or used"
            )
        site.sync = site.sync.model_copy(update={"enrolled": True, "centre": body.centre})
        return site.sync

    @routes.get("/api/console/courier/export", "导出", "export")
    async def export(request: web.Request) -> web.Response:
        return web.Response(body=b"bundle" * 1000, content_type="application/octet-stream")

    _device_routes(double, routes)
    upload = Upload(("application/octet-stream",), 1 << 30)

    @routes.post("/api/console/courier/import", "导入", "import", body=upload, answer=CourierImported)
    async def bring(request: web.Request) -> CourierImported:
        data = await request.read()
        if not data.startswith(b"bundle"):
            raise Problem("invalid", "bundle.damaged", "不是传递文件或已损坏", "not a bundle, or damaged")
        return CourierImported(documents=3, blobs=1, acknowledged_seq=4120, zh="已读入", en="imported")

    @routes.post("/api/console/journal/verify", "校验", "verify", answer=JournalVerdict)
    async def verify(request: web.Request) -> JournalVerdict:
        return JournalVerdict(
            ok=True, entries=4120, head="9f" * 32, zh="4120 条日志完整", en="4120 entries are whole"
        )

    @routes.get("/api/console/rehearsal", "演练", "rehearsal", answer=RehearsalView)
    async def rehearsal(request: web.Request) -> RehearsalView:
        if site.rehearsal.state == "running":
            site.rehearsal = _further(site.rehearsal)
        return site.rehearsal

    @routes.post("/api/console/rehearsal", "开始", "start", body=RehearsalRequest, answer=RehearsalView)
    async def start(request: web.Request, body: RehearsalRequest) -> RehearsalView:
        double.requests.append((request.path, body))
        site.rehearsal = RehearsalView(
            state="running", progress=10, zh="考生正在登录", en="logging in", report=None
        )
        return site.rehearsal

    @routes.post("/api/console/rehearsal/stop", "停止", "stop", answer=RehearsalView)
    async def stop(request: web.Request) -> RehearsalView:
        site.rehearsal = RehearsalView(state="failed", progress=60, zh="已停止", en="stopped", report=None)
        return site.rehearsal


def _device_routes(double: ConsoleDouble, routes: Routes) -> None:
    """Declare a site without devices: they have tests of their own, over the real server."""
    power = PowerView(power="none", device="", since=None, charge_percent=None, runtime_s=None, running=())
    line = LineView(state="off", since=moment())
    whole = DevicesView(
        run="double",
        seq=0,
        line=line,
        dock=False,
        kinds=(),
        devices=(),
        stations=(),
        station_kinds=(),
        power=power,
        unknown=(),
    )
    change = DevicesChange(
        run="double",
        seq=0,
        whole=whole,
        line=line,
        power=power,
        unknown=(),
        devices=(),
        gone=(),
        stations=None,
        station_kinds=None,
        events=(),
    )

    @routes.get("/api/console/devices", "设备", "devices", answer=DevicesView)
    async def devices(request: web.Request) -> DevicesView:
        double.staff_of(request)
        return whole

    @routes.get("/api/console/devices/events", "事件", "events")
    async def events(request: web.Request) -> web.StreamResponse:
        double.staff_of(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        double.streams.add(response)
        with suppress(ConnectionError, RuntimeError):
            while response in double.streams:
                await response.write(f"event: devices\ndata: {change.model_dump_json()}\n\n".encode())
                await asyncio.sleep(0.5)
        double.streams.discard(response)
        return response


def _further(view: RehearsalView) -> RehearsalView:
    if view.progress < 90:
        return view.model_copy(update={"progress": view.progress + 40, "zh": "正在作答", "en": "answering"})
    save_ms = SaveMs(p50=4, p99=31)
    report = RehearsalReport(candidates=30, saves=2950, lost=0, save_ms=save_ms, start_bell_s=0.42, errors=0)
    return RehearsalView(state="done", progress=100, zh="演练完成", en="rehearsal done", report=report)
