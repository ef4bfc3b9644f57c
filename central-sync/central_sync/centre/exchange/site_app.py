"""The interface /site/v1 that site servers call, over mutual TLS."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from ssl import SSLObject
from typing import TYPE_CHECKING

from aiohttp import web
from cryptography import x509
from cryptography.x509.oid import NameOID

from central_sync.centre.exchange.admission import Caller
from central_sync.centre.exchange.blobs import missing_blob
from central_sync.centre.exchange.intake import gunzipped
from central_sync.centre.exchange.line_routes import add_line_routes
from central_sync.centre.exchange.quarantine import Source
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.http.routes import File, Routes, Upload, read_limited
from central_sync.protocol.site_files import PIECE_BYTES, PIECE_TYPE, FileHeld, PieceQuery
from central_sync.protocol.transfer import (
    APPLIANCE_HEADER,
    JOURNAL_BODY_LIMIT,
    JOURNAL_GZIP_TYPE,
    JOURNAL_TYPE,
    MACHINE_HEADER,
    Acknowledgement,
    AuthorityAnswer,
    DocumentFeed,
    DocumentQuery,
    Enrolment,
    EnrolmentAnswer,
    EntriesQuery,
    JournalQuery,
    RenewalAnswer,
    RenewalRequest,
    StatusReport,
)

if TYPE_CHECKING:
    from central_sync.centre.exchange.service import Exchange

LOOK_AGAIN_SECONDS = 5.0
"""A long poll looks at the database this often for what another process published."""
ENROLMENT_LIMIT = 64 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OPEN = "anyone with a claim code"
_MUTUAL = "an enrolled server, by its certificate"


def site_routes(exchange: Exchange) -> Routes:
    """Return the operations of the interface."""
    routes = Routes("Kaodian site interface", "1")

    @routes.get(
        "/site/v1/authority",
        "中心的签发证书，用登记码核对",
        "the centre's authority certificate, to be checked against the claim code",
        access=_OPEN,
        answer=AuthorityAnswer,
    )
    async def authority(request: web.Request) -> AuthorityAnswer:
        return AuthorityAnswer(certificate=exchange.authority.pem)

    @routes.post(
        "/site/v1/enrolment",
        "登记考点服务端",
        "enrol a site server",
        access=_OPEN,
        body=Enrolment,
        answer=EnrolmentAnswer,
        body_limit=ENROLMENT_LIMIT,
    )
    async def enrol(request: web.Request, body: Enrolment) -> EnrolmentAnswer:
        return await asyncio.to_thread(exchange.enrol, body, request.remote or "")

    @routes.post(
        "/site/v1/renewal",
        "换发证书",
        "renew the certificate",
        access=_MUTUAL,
        body=RenewalRequest,
        answer=RenewalAnswer,
        body_limit=ENROLMENT_LIMIT,
    )
    async def renew(request: web.Request, body: RenewalRequest) -> RenewalAnswer:
        return await asyncio.to_thread(exchange.renew, caller_of(request), body)

    @routes.get(
        "/site/v1/documents",
        "某版本之后的文档，可等待",
        "documents after a version; may wait for some",
        access=_MUTUAL,
        query=DocumentQuery,
        answer=DocumentFeed,
    )
    async def documents(request: web.Request, query: DocumentQuery) -> DocumentFeed:
        caller = caller_of(request)
        site = await asyncio.to_thread(exchange.site_of, caller)
        loop = asyncio.get_running_loop()
        until = loop.time() + query.wait
        with exchange.changes.watching(site) as changed:
            while True:
                changed.clear()
                found = await asyncio.to_thread(exchange.feed, site, caller.appliance, query.after)
                left = until - loop.time()
                if found.upto != query.after or left <= 0:
                    return found
                try:
                    async with asyncio.timeout(min(left, LOOK_AGAIN_SECONDS)):
                        await changed.wait()
                except TimeoutError:
                    continue

    @routes.get(
        "/site/v1/blobs/{sha256}",
        "下载文件，支持分段续传",
        "fetch a file; ranges resume it",
        access=_MUTUAL,
        answer=File("application/octet-stream"),
    )
    async def blob(request: web.Request) -> web.StreamResponse:
        sha256 = request.match_info["sha256"]
        if _SHA256.fullmatch(sha256) is None:
            raise missing_blob(sha256)
        path = await asyncio.to_thread(exchange.blob, caller_of(request), sha256)
        return web.FileResponse(
            path, headers={"Content-Type": "application/octet-stream", "Cache-Control": "no-store"}
        )

    @routes.get(
        "/site/v1/journal",
        "中心已完整收存到第几条",
        "how far the centre holds the journal",
        access=_MUTUAL,
        answer=Acknowledgement,
    )
    async def held(request: web.Request) -> Acknowledgement:
        return await asyncio.to_thread(exchange.acknowledged, caller_of(request))

    @routes.post(
        "/site/v1/journal",
        "上传日志批次（每行一条规范 JSON，可压缩）",
        "send a batch of journal entries, one canonical JSON a line, plain or gzip",
        access=_MUTUAL,
        body=Upload((JOURNAL_TYPE, JOURNAL_GZIP_TYPE), JOURNAL_BODY_LIMIT),
        query=JournalQuery,
        answer=Acknowledgement,
    )
    async def journal(request: web.Request, query: JournalQuery) -> Acknowledgement:
        caller = caller_of(request)
        if request.content_type not in (JOURNAL_TYPE, JOURNAL_GZIP_TYPE):
            raise Problem(
                "invalid",
                "body.type",
                f"请求须为 {JOURNAL_TYPE} 或 {JOURNAL_GZIP_TYPE}",
                f"the body must be {JOURNAL_TYPE} or {JOURNAL_GZIP_TYPE}",
                status=415,
            )
        data = await read_limited(request, JOURNAL_BODY_LIMIT)
        if request.content_type == JOURNAL_GZIP_TYPE:
            data = await asyncio.to_thread(gunzipped, data)
        return await asyncio.to_thread(exchange.take_journal, caller, data, query.sig)

    @routes.get(
        "/site/v1/journal/entries",
        "中心收存的本机日志，供恢复后补齐",
        "what the centre holds of this server's journal, for one that was restored",
        access=_MUTUAL,
        query=EntriesQuery,
        answer=File(JOURNAL_TYPE),
    )
    async def entries(request: web.Request, query: EntriesQuery) -> web.Response:
        body = await asyncio.to_thread(exchange.held_lines, caller_of(request), query.after)
        return web.Response(body=body, content_type=JOURNAL_TYPE)

    @routes.get(
        "/site/v1/files/{sha256:[0-9a-f]{64}}",
        "中心已收到文件的多少",
        "how much of a file the centre holds",
        access=_MUTUAL,
        answer=FileHeld,
    )
    async def file_held(request: web.Request) -> FileHeld:
        return await asyncio.to_thread(exchange.file_held, caller_of(request), request.match_info["sha256"])

    @routes.post(
        "/site/v1/files/{sha256:[0-9a-f]{64}}",
        "上传文件的一段（须已在日志中登记）",
        "send a piece of a file that the journal announced",
        access=_MUTUAL,
        body=Upload((PIECE_TYPE,), PIECE_BYTES),
        query=PieceQuery,
        answer=FileHeld,
    )
    async def file_piece(request: web.Request, query: PieceQuery) -> FileHeld:
        caller = caller_of(request)
        piece = await read_limited(request, PIECE_BYTES)
        return await asyncio.to_thread(
            exchange.take_piece, caller, request.match_info["sha256"], query.offset, piece
        )

    @routes.post(
        "/site/v1/status",
        "报告服务器状态",
        "report how the server stands",
        access=_MUTUAL,
        body=StatusReport,
        answer=Acknowledgement,
    )
    async def status(request: web.Request, body: StatusReport) -> Acknowledgement:
        return await asyncio.to_thread(exchange.take_report, caller_of(request), body)

    async def admitted(request: web.Request) -> str:
        return await asyncio.to_thread(exchange.site_of, caller_of(request))

    add_line_routes(routes, admitted, lambda: datetime.now(UTC))
    return routes


def site_app(exchange: Exchange) -> web.Application:
    """Return the application of the interface."""
    app = web.Application()
    site_routes(exchange).add_to(app)
    return app


def caller_of(request: web.Request) -> Caller:
    """Return who calls, from its certificate and headers; raises Problem.

    The TLS layer has checked that our authority signed the certificate and that it has not expired
    at the handshake; a connection that stays open is checked again here.
    """
    transport = request.transport
    tls: SSLObject | None = None if transport is None else transport.get_extra_info("ssl_object")
    der = None if tls is None else tls.getpeercert(binary_form=True)
    if der is None:
        raise _unauthenticated("certificate.required", "请先登记本机", "enrol this server first")
    certificate = x509.load_der_x509_certificate(der)
    if certificate.not_valid_after_utc < datetime.now(UTC):
        raise _unauthenticated(
            "certificate.expired",
            "本机证书已过期，请向中心索取新的登记码",
            "the certificate of this server has expired: ask the centre for a new claim code",
        )
    machine = request.headers.get(MACHINE_HEADER, "")
    if _SHA256.fullmatch(machine) is None:
        raise Problem(
            "invalid",
            "machine.missing",
            f"请求缺少 {MACHINE_HEADER}，请升级本系统",
            f"the request has no {MACHINE_HEADER}: upgrade this system",
        )
    named = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    appliance = str(named[0].value) if named else ""
    if request.headers.get(APPLIANCE_HEADER, appliance) != appliance:
        raise Problem(
            "denied",
            "appliance.mixed_up",
            "本机编号与证书不符，请重新登记本机",
            "the appliance id is not that of the certificate: enrol this server anew",
        )
    return Caller(f"{certificate.serial_number:x}", appliance, Source(machine, request.remote or ""))


def _unauthenticated(reason: str, zh: str, en: str) -> Problem:
    return Problem("denied", reason, zh, en, status=401)
