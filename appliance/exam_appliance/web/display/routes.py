"""The interface of a display: its key, what it shows, the sound of calls."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import File, Routes
from exam_appliance.queue.speech import said_text
from exam_appliance.web.queue.models import AfterQuery, DisplayState, EnterRequest, SoundQuery
from exam_appliance.web.queue.routes import QueueHouse, screen_of, with_key
from exam_appliance.web.queue.views import display_state

BASE = "/api/display"


def display_routes(house: QueueHouse, routes: Routes) -> None:
    """Declare them."""

    def state_after(after: int | None) -> DisplayState:
        return display_state(house.queue, house.site(), after)

    @routes.post(
        f"{BASE}/enter",
        "显示屏凭链接中的密钥进入",
        "a display enters with the key of its link",
        tag="display",
        body=EnterRequest,
        answer=DisplayState,
    )
    async def enter(request: web.Request, body: EnterRequest) -> web.Response:
        house.screens.admit(body.key, "display", request.remote or "")
        return with_key(state_after(None), request, body.key, "display", BASE)

    @routes.get(
        f"{BASE}/state",
        "显示屏内容",
        "what a display shows",
        tag="display",
        access="display",
        query=AfterQuery,
        answer=DisplayState,
    )
    async def state(request: web.Request, query: AfterQuery) -> DisplayState:
        screen_of(house, request, "display")
        return state_after(query.after)

    @routes.get(
        f"{BASE}/events",
        "显示屏事件流，断线后按 Last-Event-ID 续传",
        "what a display shows, live; resumes by Last-Event-ID",
        tag="display",
        access="display",
        answer=File("text/event-stream"),
    )
    async def events(request: web.Request) -> web.StreamResponse:
        screen = screen_of(house, request, "display")

        def tells(known: int | None) -> tuple[int, BaseModel]:
            told = state_after(known)
            return told.seq, told

        with house.screens.following(screen.id):
            return await house.streams.serve(request, "display", tells, lambda: house.screens.holds(screen))

    @routes.get(
        f"{BASE}/calls/{{call:[0-9]{{1,15}}}}/sound",
        "叫号语音（WAV）",
        "the sound of a call (WAV)",
        tag="display",
        access="display",
        query=SoundQuery,
        answer=File("audio/wav"),
    )
    async def sound(request: web.Request, query: SoundQuery) -> web.StreamResponse:
        screen_of(house, request, "display")
        call = house.queue.calls.one(int(request.match_info["call"]))
        where = house.queue.counters.get(call.counter) if call is not None else None
        if call is None or where is None:
            raise Problem("missing", "queue.no_call", "没有这次叫号", "there is no such call")
        text = said_text(house.queue.settings.announcement, call.number, where, query.language)
        file = await house.speech.sound(text, query.language)
        return web.FileResponse(file, headers={"Content-Type": "audio/wav", "Cache-Control": "max-age=3600"})
