"""Pages, their parts and libraries as both servers hand them out, with the headers that keep them safe."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from central_sync.protocol.http.problems import Problem, problem_response

log = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, no inline script. `unsafe-eval` is Vue's: it compiles templates in the page."""

LIBRARIES: Mapping[str, str] = {
    "vue.global.prod.js": "vue/dist/vue.global.prod.js",
    "element-plus/index.full.min.js": "element-plus/dist/index.full.min.js",
    "element-plus/index.css": "element-plus/dist/index.css",
    "element-plus/zh-cn.min.js": "element-plus/dist/locale/zh-cn.min.js",
    "element-plus-icons.iife.min.js": "@element-plus/icons-vue/dist/index.iife.min.js",
}
"""What is served below /vendor/, and where it lies in the folder that `npm ci` fills."""

_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}


class LibrariesMissing(Exception):
    """The folder of page libraries is not there or not whole; the message says what to do."""


def require_libraries(folder: Path) -> None:
    """Raise LibrariesMissing unless every library that pages use lies in the folder."""
    missing = [name for name in LIBRARIES.values() if not (folder / name).is_file()]
    if missing:
        raise LibrariesMissing(
            f"{folder} 中缺少页面库 {missing[0]}，请执行 make setup / "
            f"the page library {missing[0]} is not in {folder}: run make setup"
        )


def add_pages(
    app: web.Application, *, pages: Mapping[str, Path], static: Mapping[str, Path], libraries: Path
) -> None:
    """Serve pages (URL path -> HTML file), static folders (URL prefix -> folder) and libraries.

    Of static folders only the file types of pages are served, subfolders included.
    """
    for url, file in pages.items():
        app.router.add_get(url, _page(file))
    for prefix, folder in static.items():
        app.router.add_get(f"{prefix}{{name:.+}}", _part(folder.resolve()))

    async def library(request: web.Request) -> web.StreamResponse:
        name = LIBRARIES.get(request.match_info["name"])
        if name is None:
            raise _no_such_page()
        return _file(libraries / name, "max-age=86400")

    app.router.add_get("/vendor/{name:.+}", library)


@web.middleware
async def problems_as_documents(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error as a problem document; one that nobody foresaw is logged and told as such."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem_response(problem)
    except web.HTTPNotFound:
        return problem_response(_no_such_page())
    except web.HTTPMethodNotAllowed as error:
        answer = problem_response(
            Problem("invalid", "method.wrong", "不支持该操作方式", "the method is not allowed", status=405)
        )
        answer.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return answer
    except web.HTTPRequestEntityTooLarge:
        return problem_response(
            Problem("invalid", "body.too_large", "内容过大", "the body is too large", status=413)
        )
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return problem_response(
            Problem("invalid", "request.wrong", "请求有误", error.reason, status=error.status)
        )
    except ConnectionError:
        raise
    except Exception:
        log.exception("%s %s", request.method, request.path)
        return problem_response(
            Problem(
                "not_ready",
                "server.fault",
                "服务器内部错误，已记入日志；请重试，仍不成功请通知技术人员",
                "an internal error, now in the log; try again, then call the technician",
                status=500,
            )
        )


async def harden(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers that every answer carries; register with `on_response_prepare`."""
    response.headers["X-Content-Type-Options"] = "nosniff"


def _page(file: Path) -> Handler:
    async def page(request: web.Request) -> web.StreamResponse:
        answer = _file(file, "no-cache")
        answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["X-Frame-Options"] = "DENY"
        return answer

    return page


def _part(folder: Path) -> Handler:
    async def part(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        file = (folder / name).resolve() if "\x00" not in name else folder
        if not file.is_relative_to(folder) or file.suffix not in _TYPES or not file.is_file():
            raise _no_such_page()
        return _file(file, "no-cache")

    return part


def _file(file: Path, caching: str) -> web.FileResponse:
    answer = web.FileResponse(file, headers={"Cache-Control": caching})
    kind = _TYPES.get(file.suffix, "application/octet-stream")
    answer.content_type = kind
    if kind.startswith("text/"):
        answer.charset = "utf-8"
    return answer


def _no_such_page() -> Problem:
    return Problem("missing", "page.missing", "没有这个页面或地址", "there is no such page or address")
