"""Packages, and giving their keys out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from central_sync.centre.api.job_routes import job_view
from central_sync.centre.api.models import BASE, JobView, Nothing
from central_sync.centre.api.result_models import (
    PackageView,
    ReleaseCodeRequest,
    ReleaseCodeView,
    ReleaseView,
)
from central_sync.centre.packaging.packages import JOB, Packages
from central_sync.centre.packaging.releases import Releases
from central_sync.protocol.http.routes import Routes

if TYPE_CHECKING:
    from central_sync.centre.app import Centre

SESSION = f"{BASE}/sessions/{{session:[A-Z0-9][A-Z0-9-]{{2,31}}}}"


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the routes of packages and keys."""
    gate = centre.gate
    packages = Packages(centre.database, centre.exchange, centre.keys, centre.files, centre.clock)
    releases = Releases(centre.exchange, centre.keys, centre.clock)

    @routes.get(
        f"{SESSION}/package",
        "场次的考试包",
        "the package of a session",
        tag="packages",
        access="any",
        answer=PackageView,
    )
    async def package(request: web.Request) -> PackageView:
        await gate.person(request)
        exam = request.match_info["session"]
        return await centre.transact(lambda session: packages.view(session, exam))

    @routes.post(
        f"{SESSION}/package",
        "制作并发布考试包",
        "build and publish the package",
        tag="packages",
        access="planner",
        body=Nothing,
        answer=JobView,
        status=202,
    )
    async def build(request: web.Request, body: Nothing) -> JobView:
        person = await gate.person(request, "planner")
        exam = request.match_info["session"]
        await centre.transact(lambda session: packages.require_buildable(session, exam))
        job = await centre.jobs.begin(
            JOB,
            exam,
            person.username,
            lambda progress: packages.build(exam, person.username, centre.uploads, progress),
        )
        return job_view(job)

    @routes.get(
        f"{SESSION}/release",
        "密钥能否发放、发给了谁",
        "whether the key may be given, and to whom it was",
        tag="packages",
        access="any",
        answer=ReleaseView,
    )
    async def release(request: web.Request) -> ReleaseView:
        await gate.person(request)
        exam = request.match_info["session"]
        return await centre.transact(lambda session: releases.view(session, exam))

    @routes.post(
        f"{SESSION}/release",
        "向考点服务器在线发放密钥",
        "give the key to the site's servers over the line",
        tag="packages",
        access="releaser",
        body=Nothing,
        answer=ReleaseView,
    )
    async def release_online(request: web.Request, body: Nothing) -> ReleaseView:
        person = await gate.person(request, "releaser")
        exam = request.match_info["session"]
        return await centre.transact(lambda session: releases.online(session, exam, person.username))

    @routes.post(
        f"{SESSION}/release-code",
        "取解密口令（读给考点）",
        "the release code, to read out to the site",
        tag="packages",
        access="releaser",
        body=ReleaseCodeRequest,
        answer=ReleaseCodeView,
    )
    async def release_code(request: web.Request, body: ReleaseCodeRequest) -> ReleaseCodeView:
        person = await gate.person(request, "releaser")
        exam = request.match_info["session"]
        return await centre.transact(
            lambda session: releases.code(session, exam, person.username, body.reason)
        )
