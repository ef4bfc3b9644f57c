"""Files that the centre hands out."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"


def attachment(name: str, data: bytes, media_type: str) -> web.Response:
    """Return a file that browsers save under `name`."""
    return web.Response(body=data, headers={**attachment_headers(name), "Content-Type": media_type})


def attachment_headers(name: str) -> dict[str, str]:
    """Return the headers of a file that browsers save under `name` (RFC 6266)."""
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "no-store",
    }
