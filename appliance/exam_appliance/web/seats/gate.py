"""The gate before the exam's pages: bound seats alone, Safe Exam Browser alone, as the site asks."""

from __future__ import annotations

from ipaddress import ip_address

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from central_sync.protocol.http.problems import Problem
from exam_appliance.seats.lock_down import LockDown
from exam_appliance.seats.safe_exam_browser import HEADER
from exam_appliance.seats.seats import Seats
from exam_appliance.web.candidate.routes import BOUND_SEAT, cookie_value

COOKIE = "kd_seat"
VERIFY, FINGERPRINT = "X-Seat-Certificate-Verify", "X-Seat-Certificate-Fingerprint"
SEAT_PAGE = "/seat/"
EXAM_PAGE = "/exam/"
GATED = (EXAM_PAGE, "/api/candidate/")


def seat_gate(seats: Seats, lock_down: LockDown, *, behind_proxy: bool) -> Middleware:
    """Return the middleware; it stands behind those that know the asker and write problems out."""
    binding = seats.settings.binding == "required"

    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        # By the route that answers, however its address was written.
        resource = request.match_info.route.resource
        path = resource.canonical if resource is not None else request.path
        if not path.startswith(GATED):
            return await handler(request)
        try:
            if lock_down.required:
                await _refuse_other_browsers(lock_down, request)
            if binding:
                certificate = told_certificate(request) if behind_proxy else None
                place = seats.admitted(token_of(request), certificate, request.remote or "")
                request[BOUND_SEAT] = place.number
        except Problem:
            if path == EXAM_PAGE and request.method == "GET":
                # People get the page that says what to do, not a document.
                raise web.HTTPFound(SEAT_PAGE) from None
            raise
        return await handler(request)

    return gate


def token_of(request: web.Request) -> str:
    """Return a seat's token: the agent's from its header, the browser's from its cookie; empty for none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Seat":
        return token.strip()
    return cookie_value(request.headers.get("Cookie", ""), COOKIE)


def told_certificate(request: web.Request) -> str | None:
    """Return the SHA-1 of the client certificate that the proxy checked; believed from this machine alone.

    Empty for one that it refused; None where none was shown, or somebody else than the proxy says so.
    """
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    if not _is_here(peer):
        return None
    told = request.headers.get(VERIFY, "")
    if told in ("", "NONE"):
        return None
    return request.headers.get(FINGERPRINT, "").lower() if told == "SUCCESS" else ""


def origin_of(request: web.Request) -> str:
    """Return scheme and host as the asker called them."""
    return f"{request.scheme}://{request.host}"


async def _refuse_other_browsers(lock_down: LockDown, request: web.Request) -> None:
    browser = await lock_down.browser(origin_of(request), request.raw_path, request.headers.get(HEADER, ""))
    if browser == "right":
        return
    wrong = browser == "wrong"
    raise Problem(
        "denied",
        f"seb.{browser}",
        "Safe Exam Browser 的配置不是本场考试的配置，请重新打开考场下发的 .seb 文件"
        if wrong
        else "本考场须使用 Safe Exam Browser，请打开考场下发的 .seb 文件",
        "this Safe Exam Browser runs another configuration: open the .seb file of this session"
        if wrong
        else "this room takes Safe Exam Browser alone: open the .seb file of this session",
        more={"seat_page": SEAT_PAGE},
    )


def _is_here(peer: object) -> bool:
    """Whether a peer is on this machine: loopback, or a Unix socket, whose peer has no address."""
    if not isinstance(peer, tuple):
        return True
    try:
        return ip_address(peer[0]).is_loopback
    except ValueError:
        return False
