"""How far long work is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from central_sync.centre.accounts.staff import StaffMember
from central_sync.centre.api.models import BASE, Jobs, JobView
from central_sync.centre.jobs.jobs import Job
from central_sync.protocol.http.routes import Routes

if TYPE_CHECKING:
    from central_sync.centre.app import Centre


def add_routes(routes: Routes, centre: Centre) -> None:
    """Declare the routes of jobs."""

    @routes.get(f"{BASE}/jobs", "任务", "jobs", tag="jobs", access="any", answer=Jobs)
    async def jobs(request: web.Request) -> Jobs:
        whole = _sees_reports(await centre.gate.person(request))
        return Jobs(jobs=tuple(job_view(job, whole=whole) for job in await centre.jobs.newest()))

    @routes.get(
        f"{BASE}/jobs/{{job:[0-9a-f]{{32}}}}",
        "任务进度",
        "how far a job is",
        tag="jobs",
        access="any",
        answer=JobView,
    )
    async def job(request: web.Request) -> JobView:
        whole = _sees_reports(await centre.gate.person(request))
        return job_view(await centre.jobs.find(request.match_info["job"]), whole=whole)


def _sees_reports(person: StaffMember) -> bool:
    # Reports quote ID numbers and items, which only planners see whole.
    return "planner" in person.roles


def job_view(job: Job, *, whole: bool = True) -> JobView:
    """Return a job as the console shows it, without its report unless `whole`."""
    return JobView.model_validate(
        {
            "job": job.id,
            "kind": job.kind,
            "subject": job.subject,
            "state": job.state,
            "percent": job.percent,
            "zh": job.zh,
            "en": job.en,
            "report": job.report if whole else None,
            "created_at": job.created_at,
            "finished_at": job.finished_at,
            "by": job.by,
        }
    )
