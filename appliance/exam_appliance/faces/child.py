"""The face service as a child of the site server, where no system starts it: a laptop, the demo."""

from __future__ import annotations

from exam_appliance.child_service import ChildService
from exam_appliance.faces.settings import ServiceSettings


class FacesChild(ChildService):
    """Keeps a face service running."""

    def __init__(self, settings: ServiceSettings) -> None:
        super().__init__(
            ["exam_appliance.faces.service"], settings.model_dump_json(), "人像比对服务", "the face service"
        )
