"""The line to the centre: mutual TLS, and every failure as one of two exceptions."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import BaseModel, ValidationError

from central_sync.protocol.keys import private_pem
from central_sync.protocol.transfer import APPLIANCE_HEADER, MACHINE_HEADER

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 20.0
"""A centre that says nothing for so long, beyond what it was asked to wait, is taken for gone."""

Answer = TypeVar("Answer", bound=BaseModel)


class LineDown(Exception):
    """The centre cannot be reached or understood now; trying again later may help."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


class Refused(Exception):
    """The centre understood and said no: HTTP status, reason slug, and what to do."""

    def __init__(self, status: int, reason: str, zh: str, en: str, more: dict[str, Any]) -> None:
        super().__init__(f"{reason}: {en}")
        self.status = status
        self.reason = reason
        self.zh = zh
        self.en = en
        self.more = more


def client_context(
    authority: str, certificate: str | None, key: ec.EllipticCurvePrivateKey
) -> ssl.SSLContext:
    """Return a TLS context that trusts only the centre's authority (PEM) and shows our certificate.

    The host's name is not compared: the authority names nobody but the centre as a server, and a
    centre whose address changed must still be found on exam day.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.load_verify_locations(cadata=authority)
    if certificate is not None:
        # The ssl module takes keys from files only; this one is in memory and gone afterwards.
        handle = os.memfd_create("kaodian-tls")
        try:
            os.write(handle, private_pem(key) + certificate.encode())
            context.load_cert_chain(f"/proc/self/fd/{handle}")
        finally:
            os.close(handle)
    return context


def unverified_context() -> ssl.SSLContext:
    """Return a TLS context for the one question whose answer the claim code verifies."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Line:
    """Requests to one centre; close it when done."""

    def __init__(self, centre: str, context: ssl.SSLContext, appliance: str, machine: str) -> None:
        self._session = aiohttp.ClientSession(
            base_url=centre,
            connector=aiohttp.TCPConnector(ssl=context, limit=6),
            headers={APPLIANCE_HEADER: appliance, MACHINE_HEADER: machine},
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS
            ),
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def ask(
        self, method: str, path: str, answer: type[Answer], *, wait: float = 0.0, **more: Any
    ) -> Answer:
        """Send a request and return its answer. Raises LineDown and Refused."""
        async with self.open(method, path, wait=wait, **more) as response:
            body = await response.read()
        try:
            return answer.model_validate_json(body)
        except ValidationError as error:
            raise LineDown(
                "中心的答复无法识别，请核对中心地址，或升级本系统",
                "the centre's answer is not understood: check its address, or upgrade this system",
            ) from error

    @asynccontextmanager
    async def open(
        self, method: str, path: str, *, wait: float = 0.0, **more: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request and give its response to read; failures while reading are LineDown too."""
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS + wait
        )
        try:
            async with self._session.request(method, path, timeout=timeout, **more) as response:
                if response.status >= 400:
                    raise await _refused(response)
                yield response
        except (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise _down(error) from error


async def _refused(response: aiohttp.ClientResponse) -> Exception:
    if response.content_type != "application/problem+json":
        return LineDown(
            f"中心答复异常（HTTP {response.status}），请核对中心地址",
            f"the centre answered HTTP {response.status}: check its address",
        )
    told = await response.json(content_type=None)
    if not isinstance(told, dict):
        told = {}
    reason, zh, en = (str(told.get(name, "")) for name in ("reason", "detail", "detail_en"))
    if response.status >= 500:
        return LineDown(zh, en)
    return Refused(response.status, reason, zh, en, told)


def _down(error: BaseException) -> LineDown:
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        return LineDown(
            "对方不是本机登记的中心（证书不符），请核对中心地址和网络",
            "whoever answers is not the centre this server is enrolled with: check address and network",
        )
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return LineDown(
            f"与中心的加密连接失败，请核对本机日期和证书有效期（{error}）",
            f"the encrypted connection failed: check this machine's date and its certificate ({error})",
        )
    if isinstance(error, TimeoutError):
        return LineDown(
            "中心没有响应，请检查网络，系统会自动重试",
            "the centre does not answer: check the network; it is tried again by itself",
        )
    return LineDown(
        f"无法连接中心，请检查网络，系统会自动重试（{error}）",
        f"the centre cannot be reached: check the network; it is tried again by itself ({error})",
    )
