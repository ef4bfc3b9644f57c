"""The console's operations of the identity desk; who looks at personal data is journalled."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web
from aiohttp_sse import sse_response

from central_sync.protocol.http.routes import File, Routes, Upload, read_limited
from exam_appliance.exam.hall import Hall
from exam_appliance.identity.desks import Desks
from exam_appliance.identity.facts import DocumentFacts, DocumentKind
from exam_appliance.identity.pictures import BYTES_LIMIT
from exam_appliance.identity.verifying import EvidenceKind
from exam_appliance.web.candidate.routes import Nothing
from exam_appliance.web.console.identity.models import (
    ByHand,
    DeskList,
    DeskView,
    FramingView,
    SettleRequest,
    VerificationList,
    VerificationQuery,
    VerificationView,
)
from exam_appliance.web.console.identity.views import (
    desk_summary,
    desk_view,
    framing_view,
    verification_view,
)
from exam_appliance.web.console.models import Role
from exam_appliance.web.console.staff import StaffGate

BASE = "/api/console/identity"
EXAM_STAFF: tuple[Role, ...] = ("invigilator", "lead")
PING_S = 10
SLOWEST_S = 5
"""Something is sent at least this often, seconds: a page that hears nothing would have to ask."""
_DESK = f"{BASE}/desks/{{desk:desk-[1-9][0-9]?}}"
_ONE = f"{BASE}/verifications/{{verification:[0-9a-f]{{32}}}}"
_ACCESS = ", ".join(EXAM_STAFF)
_PICTURES = Upload(("image/jpeg", "image/png"), BYTES_LIMIT)
FRAME_BYTES = 512 * 1024
"""A small picture is enough to find faces in."""
_FRAMES = Upload(("image/jpeg", "image/png"), FRAME_BYTES)
_FILES: dict[str, EvidenceKind] = {
    "card": "card",
    "live": "live",
    "registration": "registration",
    "desk": "desk",
}


def identity_routes(desks: Desks, hall: Hall, gate: StaffGate, routes: Routes) -> None:
    """Declare them."""

    def view(request: web.Request) -> DeskView:
        return desk_view(desks, hall, request.match_info["desk"])

    @routes.get(f"{BASE}/desks", "核验台", "identity desks", tag="identity", access=_ACCESS, answer=DeskList)
    async def all_desks(request: web.Request) -> DeskList:
        await gate.person(request, EXAM_STAFF)
        return DeskList(desks=tuple(desk_summary(desk) for desk in desks.stations()))

    @routes.get(_DESK, "核验台现状", "a desk as it stands", tag="identity", access=_ACCESS, answer=DeskView)
    async def one_desk(request: web.Request) -> DeskView:
        await gate.person(request, EXAM_STAFF)
        return view(request)

    @routes.get(
        f"{_DESK}/events",
        "核验台推送（SSE）",
        "a desk as server-sent events",
        tag="identity",
        access=_ACCESS,
        answer=File("text/event-stream", "event: desk"),
    )
    async def events(request: web.Request) -> web.StreamResponse:
        await gate.person(request, EXAM_STAFF)
        return await _stream(desks, hall, request)

    @routes.post(
        f"{_DESK}/look",
        "提交现场照片",
        "a live picture of the desk's own camera",
        tag="identity",
        access=_ACCESS,
        body=_PICTURES,
        answer=DeskView,
    )
    async def look(request: web.Request) -> DeskView:
        person = await gate.person(request, EXAM_STAFF)
        picture = await read_limited(request, BYTES_LIMIT)
        await desks.look(request.match_info["desk"], picture, person.username)
        return view(request)

    @routes.post(
        f"{_DESK}/shoot",
        "用服务器摄像头拍照",
        "take a picture with the desk's camera at the server",
        tag="identity",
        access=_ACCESS,
        body=Nothing,
        answer=DeskView,
    )
    async def shoot(request: web.Request, body: Nothing) -> DeskView:
        person = await gate.person(request, EXAM_STAFF)
        await desks.shoot(request.match_info["desk"], person.username)
        return view(request)

    @routes.get(
        f"{_DESK}/live",
        "核验台实时画面",
        "one frame of the desk's camera at the server",
        tag="identity",
        access=_ACCESS,
        answer=File("image/jpeg", or_type="image/png"),
    )
    async def live(request: web.Request) -> web.StreamResponse:
        await gate.person(request, EXAM_STAFF)
        desks.desk(request.match_info["desk"])
        return _picture(await desks.frame(request.match_info["desk"], "live"))

    @routes.post(
        f"{_DESK}/framing",
        "画面中的人脸位置",
        "where faces are in what a camera sees now; nothing is kept",
        tag="identity",
        access=_ACCESS,
        body=_FRAMES,
        answer=FramingView,
    )
    async def framing(request: web.Request) -> FramingView:
        await gate.person(request, EXAM_STAFF)
        desks.desk(request.match_info["desk"])
        return framing_view(await desks.verifying.framing(await read_limited(request, FRAME_BYTES)))

    @routes.post(
        f"{_DESK}/document",
        "手工录入证件",
        "a document typed in from the original",
        tag="identity",
        access=_ACCESS,
        body=ByHand,
        answer=DeskView,
    )
    async def by_hand(request: web.Request, body: ByHand) -> DeskView:
        person = await gate.person(request, EXAM_STAFF)
        document = DocumentFacts(
            kind=DocumentKind(body.kind) if body.kind is not None else None,
            number=body.number,
            name=body.name,
            valid_from=body.valid_from,
            valid_to=body.valid_to,
            long_term=body.long_term,
            typed=True,
        )
        await desks.by_hand(request.match_info["desk"], document, body.ticket, person.username)
        return view(request)

    @routes.post(
        f"{_DESK}/settle",
        "人工决定",
        "what a person decides; a refusal is overturned with a second person",
        tag="identity",
        access=_ACCESS,
        body=SettleRequest,
        answer=DeskView,
    )
    async def settle(request: web.Request, body: SettleRequest) -> DeskView:
        person = await gate.person(request, EXAM_STAFF)
        second = ""
        if body.second is not None:
            second = (await gate.second(request, person, body.second, EXAM_STAFF)).username
        await desks.settle(
            request.match_info["desk"],
            body.verification,
            body.verdict,
            body.reason,
            person.username,
            second,
        )
        return view(request)

    @routes.post(
        f"{_DESK}/clear",
        "下一位",
        "make the desk free for the next person",
        tag="identity",
        access=_ACCESS,
        body=Nothing,
        answer=DeskView,
    )
    async def clear(request: web.Request, body: Nothing) -> DeskView:
        await gate.person(request, EXAM_STAFF)
        desks.clear(request.match_info["desk"])
        return view(request)

    @routes.get(
        f"{BASE}/verifications",
        "核验记录",
        "verifications, newest first",
        tag="identity",
        access=_ACCESS,
        query=VerificationQuery,
        answer=VerificationList,
    )
    async def history(request: web.Request, query: VerificationQuery) -> VerificationList:
        await gate.person(request, EXAM_STAFF)
        found = await asyncio.to_thread(
            desks.verifying.book.newest, query.limit + 1, query.desk, query.before
        )
        shown = found[: query.limit]
        return VerificationList(
            verifications=tuple(verification_view(desks.verifying, hall, one) for one in shown),
            more=len(found) > query.limit,
            last=shown[-1].seq if shown else 0,
        )

    @routes.get(_ONE, "一次核验", "one verification", tag="identity", access=_ACCESS, answer=VerificationView)
    async def one(request: web.Request) -> VerificationView:
        await gate.person(request, EXAM_STAFF)
        found = desks.verifying.one(request.match_info["verification"])
        return verification_view(desks.verifying, hall, found)

    @routes.get(
        f"{_ONE}/pictures/{{what:card|live|registration|desk}}",
        "核验照片",
        "a picture of a verification; who looks is journalled",
        tag="identity",
        access=_ACCESS,
        answer=File("image/jpeg"),
    )
    async def picture(request: web.Request) -> web.StreamResponse:
        person = await gate.person(request, EXAM_STAFF)
        what = _FILES[request.match_info["what"]]
        return _picture(
            await desks.verifying.picture(request.match_info["verification"], what, person.username)
        )


def _picture(data: bytes) -> web.Response:
    type_ = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    return web.Response(body=data, content_type=type_, headers={"Cache-Control": "no-store"})


async def _stream(desks: Desks, hall: Hall, request: web.Request) -> web.StreamResponse:
    """Send the desk and then each change, until the page goes away."""
    name = request.match_info["desk"]
    desk = desks.desk(name)
    woken = asyncio.Event()
    async with sse_response(request, sep="\n", ping_interval=PING_S) as response:
        gone = asyncio.ensure_future(response.wait())
        gone.add_done_callback(lambda _: woken.set())
        desk.pages.add(woken)
        try:
            while response.is_connected() and not desks.closed and not gone.done():
                woken.clear()
                told = desk_view(desks, hall, name)
                await response.send(told.model_dump_json(), id=str(told.seq), event="desk")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SLOWEST_S):
                        await woken.wait()
        except ConnectionError:
            pass
        finally:
            gone.cancel()
            desk.pages.discard(woken)
    return response
