"""What the readiness rows of face comparison are told of the service."""

from __future__ import annotations

from exam_appliance.faces.client import FaceService
from exam_appliance.faces.models import Health
from exam_appliance.readiness.finding import Text
from exam_appliance.readiness.gathering import Services
from exam_appliance.readiness.sources import QueueFacts, ServiceFacts, TerminalsFacts

OWN = Text("本机人像比对服务", "face comparison by this server")
THIRD_PARTY = Text("第三方人像比对服务", "face comparison by a third party")


def face_facts(health: Health) -> ServiceFacts | None:
    """Return how the service stands; None where the site has set up none."""
    if health.service == "none":
        return None
    reason = health.reason
    return ServiceFacts(
        OWN if health.service == "own" else THIRD_PARTY,
        works=health.ready,
        trouble=None if reason is None else Text(reason.zh, reason.en),
    )


async def site_services(
    faces: FaceService, queue: QueueFacts | None = None, terminals: TerminalsFacts | None = None
) -> Services:
    """Return the services of the site that may be there."""
    return Services(face=face_facts(await faces.health()), queue=queue, terminals=terminals)
