"""What the console double remembers: logins, requests, streams; tests reach into it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web
from pydantic import BaseModel

from central_sync.protocol.http.problems import Problem, unauthenticated
from exam_appliance.web.console.models import (
    Me,
    SecondPerson,
    StaffView,
)
from tests.browser.console_double_hall import (
    DoubleSite,
)


@dataclass
class ConsoleDouble:
    """The server's state that tests reach into."""

    site: DoubleSite
    url: str = ""
    logins: dict[str, str] = field(default_factory=dict)
    """Cookie value to user name."""
    requests: list[tuple[str, BaseModel]] = field(default_factory=list)
    """Every action, step and decision that came, with its path."""
    away: bool = False
    """While True, the interface's connections are cut: as if the server were gone."""
    streams_refused: bool = False
    """While True, only the event streams are refused."""
    streams: set[web.StreamResponse] = field(default_factory=set)
    stream_opens: int = 0

    def forget_logins(self) -> None:
        """End everyone's login, as a restart without memory or the idle limit would."""
        self.logins.clear()

    async def cut_streams(self) -> None:
        """Cut all event streams."""
        for stream in tuple(self.streams):
            with suppress(ConnectionError, RuntimeError):
                await stream.write_eof()
            self.streams.discard(stream)

    def staff_of(self, request: web.Request) -> StaffView:
        """Return who is logged in, or raise the 401 problem."""
        username = self.logins.get(request.cookies.get("kd-staff", ""))
        if username is None:
            raise unauthenticated()
        return self.site.staff[username]

    def check(self, username: str, password: str) -> StaffView:
        """Return the account that name and password fit, or raise Problem `login.wrong`."""
        person = self.site.staff.get(username)
        if person is None or not person.active or self.site.passwords[username] != password:
            raise Problem("denied", "login.wrong", "用户名或密码不正确", "wrong user name or password")
        return person

    def check_second(self, first: StaffView, second: SecondPerson | None) -> None:
        """Raise a Problem unless another person with the right password stands by."""
        if second is None or second.username == first.username:
            raise Problem("denied", "second.required", "须由另一名工作人员确认", "a second person is needed")
        self.check(second.username, second.password)

    def me(self, person: StaffView) -> Me:
        """Return the answer to `me`."""
        return Me(
            staff=person,
            site="城东安全生产考试点",
            site_code="SX0101",
            time_zone="Asia/Shanghai",
            practice_available=True,
            version="0.1.0",
        )
