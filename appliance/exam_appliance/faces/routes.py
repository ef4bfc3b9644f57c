"""The service's HTTP interface: pictures come one after the other in the body, their sizes in the query."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from central_sync.protocol.http.openapi import openapi
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import Routes, Upload, read_limited
from exam_appliance.faces import reasons
from exam_appliance.faces.models import Comparison, Detection, Health, ManyComparison, Reason
from exam_appliance.faces.settings import FacesSettings
from exam_appliance.faces.workers import Op, Workers, refused

MOST_PICTURES = 65
_TYPES = ("application/octet-stream", "image/jpeg", "image/png")


class Sizes(BaseModel):
    """Bytes of each picture in the body, the live one first."""

    model_config = ConfigDict(extra="forbid")

    sizes: Annotated[str, StringConstraints(pattern=r"^\d{1,9}(,\d{1,9}){1,64}$")] = Field(
        description="各照片的字节数，如 81234,20111 / bytes of each picture, such as 81234,20111"
    )

    def numbers(self) -> list[int]:
        """Return the sizes."""
        return [int(one) for one in self.sizes.split(",")]


class FaceDesk:
    """What the routes need: workers once there are models, else the reason."""

    def __init__(self, settings: FacesSettings, health: Callable[[], Health]) -> None:
        self.settings = settings
        self.health = health
        self.workers: Workers | Reason = reasons.MODELS_MISSING

    async def answer(self, request: web.Request, op: Op, sizes: list[int] | None) -> web.Response:
        """Take the pictures in and have them looked at; raises Problem."""
        try:
            async with asyncio.timeout(self.settings.deadline_seconds):
                return await self._answer(request, op, sizes)
        except TimeoutError:
            raise refused(reasons.LATE) from None

    async def _answer(self, request: web.Request, op: Op, sizes: list[int] | None) -> web.Response:
        workers = self.workers
        if isinstance(workers, Reason):
            await _passed_over(request)
            raise refused(workers)
        try:
            place = workers.place()
            with place:
                body = await read_limited(request, self._limit(sizes))
                given = [len(body)] if sizes is None else sizes
                if sum(given) != len(body) or not all(given):
                    raise _sizes_wrong(sum(given), len(body))
                told = await workers.ask(op, given, body)
        except Problem as problem:
            if problem.reason == reasons.BUSY.code:
                # Else the asker would see a broken connection while it still sends.
                await _passed_over(request)
            raise
        return web.Response(body=told, content_type="application/json", headers={"Cache-Control": "no-store"})

    def _limit(self, sizes: list[int] | None) -> int:
        # One picture that is over its limit is the worker's to refuse, with its reason.
        return self.settings.bytes_limit * (2 if sizes is None else len(sizes) + 1)


def face_routes(desk: FaceDesk, version: str) -> Routes:
    """Return the routes of the service."""
    routes = Routes("Kaodian faces 人像比对", version)
    upload = Upload(_TYPES, desk.settings.bytes_limit * MOST_PICTURES)

    @routes.get("/v1/health", "服务状态", "How the service stands", tag="faces", answer=Health)
    async def health(request: web.Request) -> Health:
        return desk.health()

    @routes.post(
        "/v1/detect", "检测人脸与质量", "Faces and quality", tag="faces", body=upload, answer=Detection
    )
    async def detect(request: web.Request) -> web.Response:
        return await desk.answer(request, "detect", None)

    @routes.post(
        "/v1/compare",
        "比对两张照片",
        "Compare two pictures",
        tag="faces",
        body=upload,
        query=Sizes,
        answer=Comparison,
    )
    async def compare(request: web.Request, query: Sizes) -> web.Response:
        sizes = query.numbers()
        if len(sizes) != 2:
            raise Problem("invalid", "faces.two", "须为两张照片", "two pictures are needed")
        return await desk.answer(request, "compare", sizes)

    @routes.post(
        "/v1/compare-many",
        "一张照片与多张比对",
        "Compare one picture with many",
        tag="faces",
        body=upload,
        query=Sizes,
        answer=ManyComparison,
    )
    async def compare_many(request: web.Request, query: Sizes) -> web.Response:
        return await desk.answer(request, "compare_many", query.numbers())

    return routes


def face_app(desk: FaceDesk, version: str) -> web.Application:
    """Return the service as an application, with its description at /v1/openapi.json."""
    app = web.Application(client_max_size=0)
    routes = face_routes(desk, version)
    routes.add_to(app)
    description = openapi(routes)

    async def described(request: web.Request) -> web.Response:
        return web.json_response(description)

    app.router.add_get("/v1/openapi.json", described)
    return app


def _sizes_wrong(told: int, got: int) -> Problem:
    return Problem(
        "invalid",
        "faces.sizes",
        f"sizes 合计 {told} 字节，收到 {got} 字节；每张照片须不为空",
        f"sizes add up to {told} bytes, {got} came; no picture may be empty",
    )


async def _passed_over(request: web.Request) -> None:
    async for _ in request.content.iter_any():
        pass
