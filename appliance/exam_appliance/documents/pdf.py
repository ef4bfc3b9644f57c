"""Shipped documents made into PDF by a process of its own, for whoever needs one now and then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exam_appliance.documents.renderer import Renderer
from exam_appliance.documents.rendering import Order


async def printed(template: str, facts: Mapping[str, Any]) -> bytes:
    """Return a filled template as PDF, made in a process of its own: an exam may be running in this one.

    `facts` are JSON. Raises Problem document.failed.
    """
    renderer = Renderer()
    try:
        return (await renderer.made(Order(template, [facts]))).pdf
    finally:
        await renderer.close()
