"""The one family of errors, and its form on the wire (RFC 9457 problem documents)."""

from __future__ import annotations

from typing import Literal

import orjson
from aiohttp import web

Code = Literal["busy", "not_ready", "denied", "conflict", "invalid", "missing"]

STATUS: dict[Code, int] = {
    "busy": 503,
    "not_ready": 409,
    "denied": 403,
    "conflict": 409,
    "invalid": 422,
    "missing": 404,
}


class Problem(Exception):
    """Something a user can act on: a stable code and reason, and what to do in two languages.

    `code` is one of the family; `reason` is a stable slug such as `attempt.deadline_passed`;
    `fields` name single values that are wrong: (field, zh, en); `more` is extra JSON for pages.
    """

    def __init__(
        self,
        code: Code,
        reason: str,
        zh: str,
        en: str,
        *,
        status: int | None = None,
        fields: tuple[tuple[str, str, str], ...] = (),
        more: dict[str, object] | None = None,
    ) -> None:
        super().__init__(f"{reason}: {en}")
        self.code: Code = code
        self.reason = reason
        self.zh = zh
        self.en = en
        self.status = STATUS[code] if status is None else status
        self.fields = fields
        self.more = more or {}

    def document(self) -> dict[str, object]:
        """Return the problem as a JSON object."""
        return {
            **self.more,
            "type": f"urn:kaodian:problem:{self.code}",
            "title": self.code,
            "status": self.status,
            "code": self.code,
            "reason": self.reason,
            "detail": self.zh,
            "detail_en": self.en,
            "fields": [{"field": field, "zh": zh, "en": en} for field, zh, en in self.fields],
        }


def unauthenticated() -> Problem:
    """Return the problem of a request without a valid login."""
    return Problem("denied", "login.required", "请先登录", "please log in first", status=401)


def problem_response(problem: Problem) -> web.Response:
    """Return a problem as an HTTP response."""
    headers = {"Cache-Control": "no-store"}
    if problem.code == "busy":
        headers["Retry-After"] = "2"
    return web.Response(
        body=orjson.dumps(problem.document()),
        status=problem.status,
        content_type="application/problem+json",
        headers=headers,
    )
