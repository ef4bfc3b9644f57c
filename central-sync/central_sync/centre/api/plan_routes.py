"""Blueprints and exam plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from central_sync.centre.api.models import BASE
from central_sync.centre.api.plan_models import (
    BlueprintRequest,
    Blueprints,
    BlueprintVerdict,
    BlueprintView,
    PlanRequest,
    Plans,
    PlanView,
)
from central_sync.protocol.http.routes import Routes

if TYPE_CHECKING:
    from central_sync.centre.app import Centre

BLUEPRINT = "{blueprint:M[0-9]{4,9}}"
PLAN = "{plan:P[0-9]{4,9}}"


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the routes of blueprints and plans."""
    gate, blueprints, plans = centre.gate, centre.blueprints, centre.plans

    @routes.get(
        f"{BASE}/blueprints",
        "组卷蓝图",
        "blueprints",
        tag="plans",
        access="planner, viewer",
        answer=Blueprints,
    )
    async def all_blueprints(request: web.Request) -> Blueprints:
        await gate.person(request, "planner", "viewer")
        return Blueprints(blueprints=tuple(await centre.transact(blueprints.all)))

    @routes.post(
        f"{BASE}/blueprints",
        "新建蓝图",
        "make a blueprint",
        tag="plans",
        access="planner",
        body=BlueprintRequest,
        answer=BlueprintView,
    )
    async def create_blueprint(request: web.Request, body: BlueprintRequest) -> BlueprintView:
        await gate.person(request, "planner")
        return await centre.transact(lambda session: blueprints.create(session, body))

    @routes.post(
        f"{BASE}/blueprints/check",
        "检查蓝图，不保存",
        "check a blueprint without keeping it",
        tag="plans",
        access="planner",
        body=BlueprintRequest,
        answer=BlueprintVerdict,
    )
    async def check(request: web.Request, body: BlueprintRequest) -> BlueprintVerdict:
        await gate.person(request, "planner")
        return await centre.transact(lambda session: blueprints.check(session, body))

    @routes.get(
        f"{BASE}/blueprints/{BLUEPRINT}",
        "一个蓝图",
        "one blueprint",
        tag="plans",
        access="planner, viewer",
        answer=BlueprintView,
    )
    async def blueprint(request: web.Request) -> BlueprintView:
        await gate.person(request, "planner", "viewer")
        number = request.match_info["blueprint"]
        return await centre.transact(lambda session: blueprints.get(session, number))

    @routes.put(
        f"{BASE}/blueprints/{BLUEPRINT}",
        "修改蓝图",
        "change a blueprint",
        tag="plans",
        access="planner",
        body=BlueprintRequest,
        answer=BlueprintView,
    )
    async def change_blueprint(request: web.Request, body: BlueprintRequest) -> BlueprintView:
        await gate.person(request, "planner")
        number = request.match_info["blueprint"]
        return await centre.transact(lambda session: blueprints.change(session, number, body))

    @routes.get(f"{BASE}/plans", "考试计划", "exam plans", tag="plans", access="any", answer=Plans)
    async def all_plans(request: web.Request) -> Plans:
        await gate.person(request)
        return Plans(plans=tuple(await centre.transact(plans.all)))

    @routes.post(
        f"{BASE}/plans",
        "新建计划",
        "make an exam plan",
        tag="plans",
        access="planner",
        body=PlanRequest,
        answer=PlanView,
    )
    async def create_plan(request: web.Request, body: PlanRequest) -> PlanView:
        await gate.person(request, "planner")
        return await centre.transact(lambda session: plans.create(session, body))

    @routes.get(
        f"{BASE}/plans/{PLAN}", "一个计划", "one exam plan", tag="plans", access="any", answer=PlanView
    )
    async def plan(request: web.Request) -> PlanView:
        await gate.person(request)
        number = request.match_info["plan"]
        return await centre.transact(lambda session: plans.get(session, number))

    @routes.put(
        f"{BASE}/plans/{PLAN}",
        "修改计划",
        "change an exam plan",
        tag="plans",
        access="planner",
        body=PlanRequest,
        answer=PlanView,
    )
    async def change_plan(request: web.Request, body: PlanRequest) -> PlanView:
        await gate.person(request, "planner")
        number = request.match_info["plan"]
        return await centre.transact(lambda session: plans.change(session, number, body))
