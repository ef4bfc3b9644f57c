"""Why a log-in, a second person or a change of an account is refused."""

from __future__ import annotations

import math

from central_sync.protocol.http.problems import Code, Problem


class LoginRefused(Problem):
    """A staff log-in is refused: `reason` is login.wrong, login.disabled or login.wait."""

    def __init__(
        self,
        slug: str,
        zh: str,
        en: str,
        *,
        code: Code = "denied",
        status: int | None = None,
        wait_s: int = 0,
    ) -> None:
        more: dict[str, object] | None = {"wait_s": wait_s} if wait_s else None
        super().__init__(code, slug, zh, en, status=status, more=more)
        self.slug = slug
        self.wait_s = wait_s


class SecondPersonRefused(Problem):
    """The second person of a two-person action does not stand; the first stays logged in."""

    def __init__(self, slug: str, zh: str, en: str) -> None:
        super().__init__("denied", slug, zh, en)
        self.slug = slug


def wrong() -> LoginRefused:
    """Return the refusal of a wrong name or password; it never tells which."""
    return LoginRefused("login.wrong", "用户名或密码不正确", "the user name or the password is wrong")


def disabled() -> LoginRefused:
    """Return the refusal of an account that is switched off; told only to who knows the password."""
    return LoginRefused(
        "login.disabled",
        "该账户已停用，请联系考点负责人或技术人员",
        "this account is disabled; ask the lead or the technician",
    )


def wait(seconds: float) -> LoginRefused:
    """Return the refusal of a log-in that comes too soon after failed ones."""
    whole = max(1, math.ceil(seconds))
    return LoginRefused(
        "login.wait",
        f"登录失败次数过多，请 {whole} 秒后再试",
        f"too many failed log-ins; try again in {whole} seconds",
        code="busy",
        status=429,
        wait_s=whole,
    )


def unknown_account(username: str) -> Problem:
    """Return the problem of an account that is not there."""
    return Problem("missing", "account.unknown", f"没有账户 {username}", f"there is no account {username}")


def from_centre(username: str) -> Problem:
    """Return the problem of changing what the centre keeps."""
    return Problem(
        "conflict",
        "account.from_centre",
        f"账户 {username} 由中心管理，请在中心修改",
        f"account {username} is kept by the centre; change it there",
    )


def weak_password(found: list[tuple[str, str]]) -> Problem:
    """Return the problem of a password that is too weak, each want named."""
    zh = "；".join(zh for zh, _ in found)
    en = "; ".join(en for _, en in found)
    return Problem(
        "invalid",
        "password.weak",
        f"密码不符合要求：{zh}",
        f"the password is too weak: {en}",
        fields=tuple(("password", zh, en) for zh, en in found),
    )
