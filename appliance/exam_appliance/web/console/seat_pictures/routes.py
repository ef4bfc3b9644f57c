"""The console's operations on pictures at the seats of a session."""

from __future__ import annotations

from aiohttp import web

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import Routes
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.states import SeatState
from exam_appliance.identity.seat_checks import SeatChecks
from exam_appliance.web.console.identity.routes import EXAM_STAFF
from exam_appliance.web.console.identity.views import verification_view
from exam_appliance.web.console.seat_pictures.models import (
    SeatPictureView,
    SeatRenewRequest,
    SeatSettleRequest,
)
from exam_appliance.web.console.staff import StaffGate

_ONE = "/api/console/sessions/{session:[A-Z0-9][A-Z0-9-]{2,31}}/seat-pictures/{ticket:[0-9]{12}}"
_ACCESS = ", ".join(EXAM_STAFF)


def seat_picture_routes(checks: SeatChecks, hall: Hall, gate: StaffGate, routes: Routes) -> None:
    """Declare them."""

    def attempt_of(request: web.Request) -> Attempt:
        attempt = hall.attempt(request.match_info["ticket"])
        if attempt.session != request.match_info["session"]:
            raise Problem("missing", "attempt.unknown", "本场没有该准考证号", "no such ticket here")
        return attempt

    def view(attempt: Attempt) -> SeatPictureView:
        rule = hall.seat_pictures
        state, latest = rule.state(attempt), checks.latest(attempt)
        return SeatPictureView(
            ticket=attempt.ticket,
            state=state,
            required=rule.mode == "required",
            tries_left=rule.tries_left(attempt),
            may_renew=state is not None and attempt.state is SeatState.CHECKED_IN,
            check=verification_view(checks.verifying, hall, latest) if latest is not None else None,
        )

    @routes.get(
        _ONE,
        "座位照片核对情况",
        "how a candidate stands with the picture at the seat",
        tag="seat pictures",
        access=_ACCESS,
        answer=SeatPictureView,
    )
    async def one(request: web.Request) -> SeatPictureView:
        await gate.person(request, EXAM_STAFF)
        return view(attempt_of(request))

    @routes.post(
        f"{_ONE}/settle",
        "人工核对座位考生",
        "what an invigilator decided who looked; a refusal is overturned with a second person",
        tag="seat pictures",
        access=_ACCESS,
        body=SeatSettleRequest,
        answer=SeatPictureView,
    )
    async def settle(request: web.Request, body: SeatSettleRequest) -> SeatPictureView:
        person = await gate.person(request, EXAM_STAFF)
        attempt = attempt_of(request)
        second = ""
        if body.second is not None:
            second = (await gate.second(request, person, body.second, EXAM_STAFF)).username
        await checks.settle(attempt, body.verification, body.verdict, body.reason, person.username, second)
        return view(attempt)

    @routes.post(
        f"{_ONE}/renew",
        "要求重新拍照",
        "have the candidate take another picture",
        tag="seat pictures",
        access=_ACCESS,
        body=SeatRenewRequest,
        answer=SeatPictureView,
    )
    async def renew(request: web.Request, body: SeatRenewRequest) -> SeatPictureView:
        person = await gate.person(request, EXAM_STAFF)
        attempt = attempt_of(request)
        await checks.renew(attempt, body.reason, person.username)
        return view(attempt)
