"""How the daemon says no over HTTP: RFC 9457 problem documents with a code, a reason and two sentences."""

from __future__ import annotations

from typing import Literal

import orjson
from aiohttp import web

from firmware_adapters.adapter import Reason
from firmware_adapters.reasons import BAD_PARAMETERS, TOO_MANY_CALLS, UNKNOWN_ACTION

Code = Literal["busy", "not_ready", "denied", "conflict", "invalid", "missing"]

STATUS: dict[Code, int] = {
    "busy": 503,
    "not_ready": 409,
    "denied": 403,
    "conflict": 409,
    "invalid": 422,
    "missing": 404,
}
_CODES: dict[str, Code] = {
    BAD_PARAMETERS.code: "invalid",
    UNKNOWN_ACTION.code: "missing",
    TOO_MANY_CALLS.code: "busy",
}


class Refusal(Exception):
    """Something that cannot be done, for a person to act on."""

    def __init__(self, code: Code, reason: Reason, detail: str = "", *, status: int | None = None) -> None:
        super().__init__(f"{reason.code}: {detail}" if detail else reason.code)
        self.code = code
        self.reason = reason
        self.detail = detail
        """English, for the log and the technician's support."""
        self.status = STATUS[code] if status is None else status

    @classmethod
    def of(cls, reason: Reason, detail: str = "") -> Refusal:
        """Return the refusal that a device's reason is."""
        return cls(_CODES.get(reason.code, "not_ready"), reason, detail)

    def response(self) -> web.Response:
        """Return it as a problem document."""
        document = {
            "type": f"urn:kaodian:problem:{self.code}",
            "title": self.code,
            "status": self.status,
            "code": self.code,
            "reason": self.reason.code,
            "detail": self.reason.zh,
            "detail_en": self.reason.en,
            "zh": self.reason.zh,
            "en": self.reason.en,
            "cause": self.detail,
        }
        return web.Response(
            body=orjson.dumps(document),
            status=self.status,
            content_type="application/problem+json",
            headers={"Cache-Control": "no-store"},
        )
