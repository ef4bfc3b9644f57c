"""Requests to the site server: JSON over HTTP or HTTPS, with the seat's token."""

from __future__ import annotations

import json
import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PATIENCE_S = 15.0
LONGEST = 256 * 1024


class Refused(Exception):
    """The server said no; the message is what it says to people."""

    def __init__(self, status: int, reason: str, said: str) -> None:
        super().__init__(said)
        self.status = status
        self.reason = reason


class Away(Exception):
    """The server gave no answer."""


class Server:
    """The site server as one machine sees it."""

    def __init__(self, url: str, trust: Path | None = None) -> None:
        self.url = url.rstrip("/")
        self.token = ""
        context = ssl.create_default_context(cafile=str(trust) if trust is not None else None)
        # No proxy of the environment: seats reach this server and nothing else.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )

    def own_address(self) -> str:
        """Return the address of this machine from which it would reach the server now, "" for none."""
        parts = urlsplit(self.url)
        try:
            # Connecting a datagram socket sends nothing; it asks the kernel for the way.
            found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_DGRAM)[0]
            with socket.socket(found[0], socket.SOCK_DGRAM) as line:
                line.connect(found[4])
                return str(line.getsockname()[0])
        except OSError:
            return ""

    def get(self, path: str, patience_s: float = PATIENCE_S) -> Any:
        """Return the answer of a GET. Raises Refused, Away."""
        return self._call(urllib.request.Request(f"{self.url}{path}"), patience_s)  # noqa: S310

    def post(self, path: str, body: object) -> Any:
        """Return the answer of a POST, None for an empty one. Raises Refused, Away."""
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data, headers)  # noqa: S310
        return self._call(request, PATIENCE_S)

    def _call(self, request: urllib.request.Request, patience_s: float) -> Any:
        if self.token:
            request.add_header("Authorization", f"Seat {self.token}")
        request.add_header("Accept", "application/json")
        try:
            with self._opener.open(request, timeout=patience_s) as answer:
                data = answer.read(LONGEST)
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(error.code, error.read(LONGEST)) from None
        except (OSError, ValueError) as error:
            raise Away(str(error)) from error
        try:
            return json.loads(data) if data else None
        except ValueError as error:
            raise Away(f"no answer of a site server: {error}") from error


def _refused(status: int, data: bytes) -> Refused:
    try:
        told = json.loads(data)
        return Refused(status, str(told["reason"]), f"{told['detail']} / {told['detail_en']}")
    except (ValueError, KeyError, TypeError):
        return Refused(status, "", f"HTTP {status}")
