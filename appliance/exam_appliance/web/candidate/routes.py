"""The candidate's interface: the same operations in the real hall and in the practice hall."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from central_sync.protocol.http.problems import Problem, problem_response, unauthenticated
from central_sync.protocol.http.routes import File, Routes, Upload, invalid_input, not_json, read_limited
from central_sync.protocol.items import Item, Words
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.floor import Floor, SiteFacts
from exam_appliance.exam.hall import token_digest
from exam_appliance.exam.states import SeatState
from exam_appliance.identity.facts import NoPicture
from exam_appliance.identity.seat_checks import SeatChecks
from exam_appliance.web.candidate.events import CandidateEvents
from exam_appliance.web.candidate.models import (
    CandidateState,
    ContactAnswer,
    Hall,
    HeldResponses,
    LoginRequest,
    NoSeatPicture,
    PaperView,
    PracticeView,
    ReceiptShown,
    ReceiptVerdict,
    SaveAnswer,
    SaveRequest,
    SubmitRequest,
)
from exam_appliance.web.candidate.views import (
    candidate_state,
    exam_clock,
    hall_view,
    held_responses,
    paper_body,
    practice_view,
    state_version,
)

BOUND_SEAT = web.RequestKey("bound_seat", int)
"""Number of the seat that the machine of a request is bound to; set by the gate where binding is required."""
SAVE_LIMIT = 4096
"""Bytes of a response; the largest that can be right is under 300."""
PICTURE_LIMIT = 4 * 1024 * 1024
"""Bytes of a picture of a seat's camera; the page sends about 200 KiB."""
MEDIA_KEPT = 64 * 1024 * 1024
"""Bytes of pictures and clips kept decrypted in memory."""

_SAVE = TypeAdapter(SaveRequest)
_NO_STORE = {"Cache-Control": "no-store"}
_JSON_NOT_STORED = {"Content-Type": "application/json", **_NO_STORE}


class Nothing(Words):
    """An empty object."""


@dataclass(frozen=True)
class CandidateDesk:
    """What the routes of one hall need. The practice hall's floor may be missing or be replaced."""

    base: str
    """Such as /api/candidate; also the path of the cookie."""
    cookie: str
    floor: Callable[[], Floor]
    """Raises Problem while there is no such hall."""
    events: Callable[[], CandidateEvents]
    site: Callable[[], SiteFacts]
    practice_items: Sequence[Item]
    seat_checks: SeatChecks | None = None
    """None where nobody takes pictures: in the practice hall."""


def candidate_routes(desk: CandidateDesk, routes: Routes) -> None:
    """Declare the candidate's operations below the desk's base."""
    base = desk.base
    access = "candidate"
    media_base = f"{base}/media"
    practice = practice_view(desk.practice_items)
    pictures = MediaCache(MEDIA_KEPT)

    def secret(request: web.Request) -> str:
        value = cookie_value(request.headers.get("Cookie", ""), desk.cookie)
        if not value:
            raise unauthenticated()
        return value

    def entered(request: web.Request) -> tuple[Floor, Attempt]:
        floor = desk.floor()
        address = request.remote or ""
        attempt = floor.hall.by_token(secret(request), address)
        if attempt is None:
            raise unauthenticated()
        return floor, attempt

    @routes.get(f"{base}/hall", "考场信息", "the hall", tag="candidate", answer=Hall)
    async def hall(request: web.Request) -> Hall:
        return hall_view(desk.floor().hall, desk.site())

    @routes.post(f"{base}/login", "登录", "log in", tag="candidate", body=LoginRequest, answer=CandidateState)
    async def login(request: web.Request, body: LoginRequest) -> web.StreamResponse:
        floor = desk.floor()
        here = request.get(BOUND_SEAT, body.seat)
        given, attempt, seat = floor.login.login(body.identity, here, request.remote or "")
        state = candidate_state(floor.hall, desk.site(), attempt, pending_seat=seat)
        answer = web.Response(
            body=state.model_dump_json().encode(), content_type="application/json", headers=_NO_STORE
        )
        answer.set_cookie(
            desk.cookie, given, path=base, httponly=True, samesite="Strict", secure=request.secure
        )
        return answer

    @routes.post(
        f"{base}/confirm",
        "确认身份信息",
        "confirm the identity data",
        tag="candidate",
        access=access,
        body=Nothing,
        answer=CandidateState,
    )
    async def confirm(request: web.Request, body: Nothing) -> CandidateState:
        floor = desk.floor()
        attempt = await floor.login.confirm(secret(request), request.remote or "")
        # Drawn and written out now, so that the start bell only has to hand it over.
        paper_body(floor.hall.prepared(attempt), media_base)
        return candidate_state(floor.hall, desk.site(), attempt, pending_seat=None)

    @routes.post(f"{base}/logout", "退出登录", "log out", tag="candidate", access=access)
    async def logout(request: web.Request) -> web.StreamResponse:
        desk.floor().login.logout(secret(request), request.remote or "")
        answer = web.Response(status=204, headers=_NO_STORE)
        answer.del_cookie(desk.cookie, path=base)
        return answer

    @routes.get(
        f"{base}/state",
        "当前状态",
        "where the candidate stands",
        tag="candidate",
        access=access,
        answer=CandidateState,
    )
    async def state(request: web.Request) -> CandidateState:
        floor = desk.floor()
        given, address = secret(request), request.remote or ""
        pending = floor.login.pending(given, address)
        if pending is not None:
            return candidate_state(floor.hall, desk.site(), pending[0], pending_seat=pending[1])
        attempt = floor.hall.by_token(given, address)
        if attempt is None:
            raise unauthenticated()
        floor.hall.touch(attempt.ticket, address)
        return candidate_state(floor.hall, desk.site(), attempt, pending_seat=None)

    @routes.post(
        f"{base}/contact",
        "在线信号",
        "a sign of life",
        tag="candidate",
        access=access,
        body=Nothing,
        answer=ContactAnswer,
    )
    async def contact(request: web.Request, body: Nothing) -> ContactAnswer:
        floor, attempt = entered(request)
        floor.hall.touch(attempt.ticket, request.remote or "")
        return ContactAnswer(
            clock=exam_clock(floor.hall, attempt), version=state_version(floor.hall, attempt)
        )

    @routes.get(
        f"{base}/events",
        "状态推送（SSE）",
        "state as server-sent events",
        tag="candidate",
        access=access,
        answer=File("text/event-stream", "event: state"),
    )
    async def events(request: web.Request) -> web.StreamResponse:
        floor, attempt = entered(request)
        floor.hall.touch(attempt.ticket, request.remote or "")
        token = token_digest(secret(request), request.remote or "")
        return await desk.events().serve(request, attempt, token, desk.site())

    @routes.get(
        f"{base}/practice",
        "练习题",
        "practice items",
        tag="candidate",
        access=access,
        answer=PracticeView,
    )
    async def practice_items(request: web.Request) -> PracticeView:
        entered(request)
        return practice

    @routes.get(f"{base}/paper", "试卷", "the paper", tag="candidate", access=access, answer=PaperView)
    async def paper(request: web.Request) -> web.StreamResponse:
        floor, attempt = entered(request)
        refuse_unless_sitting(attempt)
        body = paper_body(floor.hall.prepared(attempt), media_base)
        return web.Response(body=body, content_type="application/json", headers=_NO_STORE)

    @routes.get(
        f"{base}/media/{{sha256:[0-9a-f]{{64}}}}",
        "题目图片或音视频",
        "a picture or clip of the paper",
        tag="candidate",
        access=access,
        answer=File("application/octet-stream"),
    )
    async def media(request: web.Request) -> web.StreamResponse:
        floor, attempt = entered(request)
        refuse_unless_sitting(attempt)
        prepared = floor.hall.prepared(attempt)
        paper_body(prepared, media_base)
        sha256 = request.match_info["sha256"]
        if sha256 not in prepared.media:
            raise Problem("missing", "media.missing", "没有这个文件", "there is no such file on your paper")
        contents = floor.hall.unlocked(attempt.session)
        data = await pictures.get(sha256, contents.media)
        return web.Response(
            body=data,
            content_type=contents.media_types[sha256].type,
            headers={
                "Cache-Control": "private, max-age=86400, immutable",
                # A drawing is data: opened by itself it may load and run nothing.
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            },
        )

    @routes.get(
        f"{base}/photo",
        "本人报名照片",
        "one's own registration photo",
        tag="candidate",
        access=access,
        answer=File("image/jpeg", or_type="image/png"),
    )
    async def photo(request: web.Request) -> web.StreamResponse:
        floor = desk.floor()
        given, address = secret(request), request.remote or ""
        pending = floor.login.pending(given, address)
        attempt = pending[0] if pending is not None else floor.hall.by_token(given, address)
        if attempt is None:
            raise unauthenticated()
        return await registration_photo(floor, attempt)

    if desk.seat_checks is not None:
        checks = desk.seat_checks

        @routes.post(
            f"{base}/seat-picture",
            "座位拍照核对",
            "the picture of the seat's camera, compared with the desk's",
            tag="candidate",
            access=access,
            body=Upload(("image/jpeg", "image/png"), PICTURE_LIMIT),
            answer=CandidateState,
        )
        async def seat_picture(request: web.Request) -> CandidateState:
            floor, attempt = entered(request)
            await checks.take(attempt, await read_limited(request, PICTURE_LIMIT))
            return candidate_state(floor.hall, desk.site(), attempt, pending_seat=None)

        @routes.post(
            f"{base}/seat-picture/none",
            "座位无法拍照",
            "the seat has no picture to show: an invigilator is told",
            tag="candidate",
            access=access,
            body=NoSeatPicture,
            answer=CandidateState,
        )
        async def no_seat_picture(request: web.Request, body: NoSeatPicture) -> CandidateState:
            floor, attempt = entered(request)
            await checks.without(attempt, NoPicture(body.why))
            return candidate_state(floor.hall, desk.site(), attempt, pending_seat=None)

    async def save(request: web.Request) -> web.StreamResponse:
        try:
            floor, attempt = entered(request)
            if (
                request.headers.get("Content-Type") != "application/json"
                and request.content_type != "application/json"
            ):
                raise not_json()
            body = _SAVE.validate_json(await read_limited(request, SAVE_LIMIT), strict=True)
            floor.hall.touch(attempt.ticket, request.remote or "")
            receipt, remaining_ms = await floor.answering.save(
                attempt, body.item, body.choices, body.flagged, body.n
            )
        except Problem as problem:
            return problem_response(problem)
        except ValidationError as error:
            return problem_response(invalid_input(error))
        seq, digest, head, head_hash, sig = receipt
        shown = {"seq": seq, "hash": digest, "head": head, "head_hash": head_hash, "sig": sig}
        answer = {"receipt": shown, "remaining_ms": remaining_ms}
        return web.Response(body=orjson.dumps(answer), headers=_JSON_NOT_STORED)

    routes.post(
        f"{base}/responses",
        "保存作答",
        "save a response",
        tag="candidate",
        access=access,
        body=SaveRequest,
        answer=SaveAnswer,
        raw=True,
    )(save)

    @routes.get(
        f"{base}/responses",
        "已保存的作答",
        "the responses held",
        tag="candidate",
        access=access,
        answer=HeldResponses,
    )
    async def responses(request: web.Request) -> HeldResponses:
        floor, attempt = entered(request)
        return held_responses(floor.hall, attempt)

    @routes.post(
        f"{base}/receipts",
        "出示回执",
        "show a receipt",
        tag="candidate",
        access=access,
        body=ReceiptShown,
        answer=ReceiptVerdict,
    )
    async def receipts(request: web.Request, body: ReceiptShown) -> ReceiptVerdict:
        floor, attempt = entered(request)
        return ReceiptVerdict(verdict=await floor.answering.show_receipt(attempt, body.receipt))

    @routes.post(
        f"{base}/submit",
        "交卷",
        "hand the paper in",
        tag="candidate",
        access=access,
        body=SubmitRequest,
        answer=CandidateState,
    )
    async def submit(request: web.Request, body: SubmitRequest) -> CandidateState:
        floor, attempt = entered(request)
        await floor.submission.by_candidate(attempt, body.blanks)
        return candidate_state(floor.hall, desk.site(), attempt, pending_seat=None)


class MediaCache:
    """Decrypted pictures and clips, the least used ones dropped beyond a size in bytes.

    Thirty seats ask for the same picture in the same second; each is read and decrypted once.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._reading: dict[str, asyncio.Future[bytes]] = {}

    async def get(self, sha256: str, read: Callable[[str], bytes]) -> bytes:
        """Return a file, read on a thread when it is not held."""
        held = self._held.get(sha256)
        if held is not None:
            self._held.move_to_end(sha256)
            return held
        reading = self._reading.get(sha256)
        if reading is None:
            reading = asyncio.ensure_future(asyncio.to_thread(read, sha256))
            self._reading[sha256] = reading
            reading.add_done_callback(lambda done: self._keep(sha256, done))
        return await asyncio.shield(reading)

    def _keep(self, sha256: str, done: asyncio.Future[bytes]) -> None:
        del self._reading[sha256]
        if done.cancelled() or done.exception() is not None:
            return
        data = done.result()
        if len(data) > self._limit // 4:
            return
        self._held[sha256] = data
        self._size += len(data)
        while self._size > self._limit:
            self._size -= len(self._held.popitem(last=False)[1])


async def registration_photo(floor: Floor, attempt: Attempt) -> web.Response:
    """Return a candidate's registration photo; raises Problem `missing` when there is none."""
    contents = floor.hall.unlocked(attempt.session)
    sha256 = contents.roster[attempt.ticket].photo
    if sha256 is None:
        raise Problem("missing", "photo.none", "没有报名照片", "there is no registration photo")
    data = await asyncio.to_thread(contents.photo, sha256)
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    return web.Response(body=data, content_type=kind, headers={"Cache-Control": "private, max-age=600"})


def refuse_unless_sitting(attempt: Attempt) -> None:
    """Raise Problem unless the attempt goes on: no item leaves before the start or after the end."""
    if not attempt.sitting:
        ended = attempt.state in (SeatState.SUBMITTED, SeatState.SCORED, SeatState.VOIDED)
        raise Problem(
            "not_ready",
            "paper.closed" if ended else "paper.not_started",
            "试卷已交" if ended else "考试尚未开始，请等候开考",
            "the paper is handed in" if ended else "the exam has not started; please wait",
        )


def cookie_value(header: str, name: str) -> str:
    """Return a cookie's value from a Cookie header (RFC 6265), empty when it is not there.

    Pages send it with every saved response; the general parser takes longer than the saving.
    """
    start = 0
    while True:
        at = header.find(name, start)
        if at < 0:
            return ""
        value = at + len(name)
        if (at == 0 or header[at - 1] in "; ") and header[value : value + 1] == "=":
            end = header.find(";", value)
            return header[value + 1 : end if end >= 0 else len(header)].strip()
        start = value
