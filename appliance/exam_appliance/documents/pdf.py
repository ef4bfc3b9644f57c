"""Fills a template and makes a PDF of it (WeasyPrint)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from central_sync.protocol.http.problems import Problem
from exam_appliance.documents.dates import zh_date, zh_moment

TEMPLATES = Path(__file__).with_name("templates")
PATIENCE_S = 60.0


def html_of(template: str, facts: Mapping[str, Any]) -> str:
    """Return a template such as `readiness.html` filled in; every fact is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["zh_day"] = lambda text: zh_date(date.fromisoformat(text))
    environment.filters["zh_moment"] = lambda text, zone: zh_moment(datetime.fromisoformat(text), zone)
    return environment.get_template(template).render(facts)


def pdf_of(template: str, facts: Mapping[str, Any]) -> bytes:
    """Return a filled template as PDF. It takes seconds of a core: see `printed`."""
    from weasyprint import HTML  # noqa: PLC0415 - loads Pango, which only whoever prints needs
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    # Nothing outside the template is ever fetched, whatever a fact holds.
    nothing = URLFetcher(allowed_protocols=())
    made: bytes = HTML(string=html_of(template, facts), url_fetcher=nothing).write_pdf()
    return made


async def printed(template: str, facts: Mapping[str, Any]) -> bytes:
    """Return a filled template as PDF, made in a process of its own: an exam may be running in this one.

    `facts` are JSON. Raises Problem document.failed.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "exam_appliance.documents"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    order = orjson.dumps({"template": template, "facts": facts})
    try:
        async with asyncio.timeout(PATIENCE_S):
            made, said = await process.communicate(order)
    except TimeoutError:
        made, said = b"", b"too slow"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if not made.startswith(b"%PDF-"):
        last = said.decode(errors="replace").strip().splitlines()[-1:] or [f"code {process.returncode}"]
        raise Problem(
            "not_ready",
            "document.failed",
            f"无法生成 PDF，请确认已安装中文字体和打印组件（{last[0][:200]}）",
            f"the PDF could not be made: are fonts and Pango installed? ({last[0][:200]})",
        )
    return made
