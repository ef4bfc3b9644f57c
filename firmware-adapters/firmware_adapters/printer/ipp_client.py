"""Asking an IPP printer or the CUPS scheduler over HTTP, by TCP or a Unix socket (RFC 8010, RFC 8011)."""

from __future__ import annotations

import asyncio
import getpass
import itertools
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from pyipp.enums import IppOperation, IppStatus, IppTag

from firmware_adapters.printer.ipp_message import (
    Attributes,
    IppGarbled,
    IppMessage,
    Tagged,
    Value,
    decode,
    encode,
)

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""Of attributes; the largest printers send some 200 kB."""
FIRST_ERROR = IppStatus.REDIRECTION_OTHER_SITE.value
"""Statuses below are successes, some with attributes ignored."""


class IppUnreachable(Exception):
    """Nobody answered: refused, no route, no answer in time, cut off in the middle."""


class IppSilent(IppUnreachable):
    """Connected or connecting, yet no answer in time."""


class IppNoSuchHost(IppUnreachable):
    """The host's name cannot be resolved here, which says nothing about the printer."""


class IppRefused(Exception):
    """The peer understood and said no."""

    def __init__(self, status: int, sentence: str, unsupported: Attributes | None = None) -> None:
        super().__init__(f"{status_name(status)}: {sentence}" if sentence else status_name(status))
        self.status = status
        self.sentence = sentence
        self.unsupported: Attributes = unsupported or {}
        """What it did not accept, by attribute."""


def status_name(status: int) -> str:
    """Return the status as the standard writes it: `error-not-possible`."""
    try:
        return IppStatus(status).name.lower().replace("_", "-")
    except ValueError:
        return f"status {status:#06x}"


@dataclass(frozen=True, slots=True)
class IppAddress:
    """Where to send, and what to call the printer in the request."""

    uri: str
    """`ipp://host:port/ipp/print`, or `ipp://localhost/printers/NAME` of the scheduler."""
    socket: str = ""
    """Path of a Unix socket; empty for TCP."""

    @property
    def http_url(self) -> str:
        """The same place for HTTP (RFC 3510: port 631 unless another is named)."""
        parts = urlsplit(self.uri)
        if self.socket:
            return f"http://localhost{parts.path or '/'}"
        scheme = "https" if parts.scheme in ("ipps", "https") else "http"
        host = parts.hostname or "localhost"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{parts.port or 631}{parts.path or '/'}"

    @property
    def is_named_service(self) -> bool:
        """Whether the URI names a DNS-SD service instead of a host: only CUPS can find that one."""
        host = urlsplit(self.uri).netloc
        return self.uri.startswith("dnssd:") or "._tcp" in host


def scheduler_address(server: str, path: str = "/") -> IppAddress:
    """Return the address of something at the CUPS scheduler, given as a Unix socket's path or `host:port`."""
    if server.startswith("/"):
        return IppAddress(f"ipp://localhost{path}", socket=server)
    return IppAddress(f"ipp://{server}{path}")


class IppClient:
    """Sends requests to one address; opens its connections when first used."""

    def __init__(self, address: IppAddress, *, timeout_s: float = 8.0) -> None:
        self.address = address
        self.timeout_s = timeout_s
        self._numbers = itertools.count(1)
        self._session: aiohttp.ClientSession | None = None
        self._user = getpass.getuser()

    async def ask(
        self,
        operation: IppOperation,
        operation_attributes: Sequence[Tagged] = (),
        *,
        job_id: int | None = None,
        job_attributes: Sequence[Tagged] = (),
        printer_attributes: Sequence[Tagged] = (),
        document: bytes = b"",
        uri: str | None = None,
        path: str | None = None,
        timeout_s: float | None = None,
    ) -> IppMessage:
        """Send one request and return its answer.

        `uri` names another target than the address (`""` none at all, for operations of the scheduler),
        `path` another HTTP resource, such as `/admin/`. Raises IppUnreachable, IppGarbled, IppRefused.
        """
        target = self.address.uri if uri is None else uri
        heading = [
            Tagged("attributes-charset", IppTag.CHARSET, ["utf-8"]),
            Tagged("attributes-natural-language", IppTag.LANGUAGE, ["en"]),
            *([Tagged("printer-uri", IppTag.URI, [target])] if target else []),
            *([Tagged("job-id", IppTag.INTEGER, [job_id])] if job_id is not None else []),
            Tagged("requesting-user-name", IppTag.NAME, [self._user]),
        ]
        groups: list[tuple[IppTag, Sequence[Tagged]]] = [
            (IppTag.OPERATION, [*heading, *operation_attributes])
        ]
        if job_attributes:
            groups.append((IppTag.JOB, job_attributes))
        if printer_attributes:
            groups.append((IppTag.PRINTER, printer_attributes))
        body = encode(operation.value, next(self._numbers), groups)
        limit_s = timeout_s or self.timeout_s
        try:
            async with asyncio.timeout(limit_s):
                answer = decode(await self._posted(body + document, path))
        except TimeoutError as error:
            raise IppSilent(f"no answer to {operation.name} within {limit_s:g} s") from error
        if answer.code >= FIRST_ERROR:
            sentences = answer.first_of(IppTag.OPERATION).get("status-message", ())
            sentence = next((text for text in sentences if isinstance(text, str)), "")
            raise IppRefused(answer.code, sentence, answer.first_of(IppTag.UNSUPPORTED_GROUP))
        return answer

    async def _posted(self, body: bytes, path: str | None) -> bytes:
        url = self.address.http_url
        if path is not None:
            url = url[: url.index("/", len("https://"))] + path
        headers = {"Content-Type": "application/ipp", "Accept-Encoding": "identity"}
        if self.address.socket:
            # CUPS takes who is at the other end of the socket from the kernel; the name has to agree with it.
            headers["Authorization"] = f"PeerCred {self._user}"
        try:
            async with self._opened().post(url, data=body, headers=headers) as response:
                content = await response.content.read(MAX_ANSWER_BYTES)
                while chunk := await response.content.read(MAX_ANSWER_BYTES - len(content) + 1):
                    content += chunk
                    if len(content) > MAX_ANSWER_BYTES:
                        raise IppGarbled(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
        except aiohttp.ClientConnectorDNSError as error:
            raise IppNoSuchHost(str(error)) from error
        except (aiohttp.ClientResponseError, aiohttp.InvalidURL, aiohttp.ClientPayloadError) as error:
            raise IppGarbled(f"no proper HTTP answer: {_one_line(error)}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise IppUnreachable(_one_line(error)) from error
        except ValueError as error:
            # aiohttp lets some garbage through to the standard library, which raises this.
            raise IppGarbled(f"no proper HTTP answer: {_one_line(error)}") from error
        if response.status in (401, 403):
            raise IppRefused(IppStatus.ERROR_NOT_AUTHORIZED.value, f"HTTP {response.status}")
        if response.status != 200:
            raise IppGarbled(f"HTTP status {response.status}")
        return content

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # Printers make their certificates themselves; there is nothing to check them against.
            unchecked = ssl.create_default_context()
            unchecked.check_hostname = False
            unchecked.verify_mode = ssl.CERT_NONE
            connector: aiohttp.BaseConnector = (
                aiohttp.UnixConnector(self.address.socket)
                if self.address.socket
                else aiohttp.TCPConnector(ssl=unchecked, family=socket.AF_UNSPEC, limit=2)
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    async def close(self) -> None:
        """Close its connections; may be called twice."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def requested(*names: str) -> Tagged:
    """Return the attribute that asks for these attributes only."""
    return Tagged("requested-attributes", IppTag.KEYWORD, list(names))


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def texts(attributes: Attributes, name: str) -> list[str]:
    """Return the values of an attribute that are text, whatever the printer put among them."""
    return [value for value in attributes.get(name, ()) if isinstance(value, str)]


def text(attributes: Attributes, name: str) -> str:
    """Return the first text of an attribute, or an empty one."""
    return next(iter(texts(attributes, name)), "")


def numbers(attributes: Attributes, name: str) -> list[int]:
    """Return the values of an attribute that are numbers."""
    found: Sequence[Value] = attributes.get(name, ())
    return [value for value in found if isinstance(value, int) and not isinstance(value, bool)]


def number(attributes: Attributes, name: str) -> int | None:
    """Return the first number of an attribute, or None."""
    return next(iter(numbers(attributes, name)), None)


def flag(attributes: Attributes, name: str) -> bool | None:
    """Return an attribute that is yes or no, or None."""
    first: Value = next(iter(attributes.get(name, ())), None)
    return first if isinstance(first, bool) else None
