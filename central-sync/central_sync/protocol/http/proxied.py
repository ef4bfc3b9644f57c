"""Who asks, where a proxy on the same machine stands in front: nginx, which speaks TLS for the server."""

from __future__ import annotations

from ipaddress import ip_address

from aiohttp import web
from aiohttp.typedefs import Handler

ADDRESS, SCHEME = "X-Real-IP", "X-Forwarded-Proto"


@web.middleware
async def behind_proxy(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take the asker's address and scheme as the proxy tells them.

    Believed only from this machine, and only when they are an IP address and http or https: what else is
    sent counts as not sent.
    """
    if not _is_here(request.remote):
        return await handler(request)
    address = _address(request.headers.get(ADDRESS, "")) or request.remote or ""
    told = request.headers.get(SCHEME, "")
    scheme = told if told in ("http", "https") else request.scheme
    return await handler(request.clone(remote=address, scheme=scheme))


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _is_here(remote: str | None) -> bool:
    """Whether a peer is on this machine: over loopback, or a Unix socket, which has no address."""
    return not remote or ((known := _address(remote)) is not None and ip_address(known).is_loopback)
