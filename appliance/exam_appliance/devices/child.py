"""The device daemon as a child of the site server, where no system starts it: a laptop, the demo."""

from __future__ import annotations

from exam_appliance.child_service import ChildService
from firmware_adapters.settings import DaemonSettings


class DaemonChild(ChildService):
    """Keeps a daemon running."""

    def __init__(self, settings: DaemonSettings) -> None:
        super().__init__(
            ["firmware_adapters.daemon", *(["--dock"] if settings.dock else [])],
            settings.model_dump_json(),
            "设备服务",
            "the device daemon",
        )
