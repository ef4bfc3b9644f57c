"""An IPP front before a simulated printer: what the real one cannot be told to say, it says here.

Requests pass as they are. In answers about the printer, attributes of `says` take the place of the real
ones; everything else passes byte for byte.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

import aiohttp
from aiohttp import web
from pyipp.enums import IppOperation, IppStatus, IppTag

from firmware_adapters.printer.ipp_message import Resolution, Tagged, decode, encode
from firmware_adapters.simulators.child_programs import free_port

REQUEST_LIMIT = 64 * 1024 * 1024
_HEADER = 8
_HOP = ("content-length", "transfer-encoding", "connection", "content-encoding", "date", "server")


class IppFront:
    """An HTTP server on a port of its own that hands everything on to another one."""

    def __init__(self, target_port: int) -> None:
        self.port = free_port()
        self.says: dict[str, Tagged] = {}
        """Attributes of the printer that are told instead of its own, by name."""
        self.asked = 0
        """How often it was asked how it is."""
        self.stumbles = 0
        """So many documents are refused with an internal error, as by a printer short of memory."""
        self._target = f"http://127.0.0.1:{target_port}"
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    def say(self, name: str, tag: IppTag, *values: int | str | Resolution) -> None:
        """Tell this of the printer from now on."""
        self.says[name] = Tagged(name, tag, list(values))

    async def open(self) -> None:
        """Begin to listen."""
        if self._runner is not None:
            return
        self._session = aiohttp.ClientSession(auto_decompress=False)
        app = web.Application(client_max_size=REQUEST_LIMIT)
        app.router.add_route("*", "/{path:.*}", self._hand_on)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()

    async def close(self) -> None:
        """End; may be called twice."""
        runner, self._runner = self._runner, None
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        if runner is not None:
            await runner.cleanup()

    async def _hand_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        assert self._session is not None  # noqa: S101 - open while it serves
        operation = struct.unpack_from(">H", body, 2)[0] if len(body) >= _HEADER else 0
        if operation == IppOperation.SEND_DOCUMENT.value and self.stumbles > 0:
            self.stumbles -= 1
            refused = _internal_error(body)
            # Its job is over with that; ippeveprinter would wait for the document.
            body = _cancelling(body)
        else:
            refused = None
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        headers.pop("Expect", None)
        try:
            async with self._session.request(
                request.method, self._target + request.raw_path, data=body, headers=headers
            ) as answer:
                told, status = await answer.read(), answer.status
                kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
        except aiohttp.ClientError:
            # The printer lost its power in the middle.
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=502)
        if refused is not None:
            return refused
        if operation == IppOperation.GET_PRINTER_ATTRIBUTES.value:
            self.asked += 1
            told = instead(told, _wanted(body, self.says))
        return web.Response(body=told, status=status, headers=kept)


def _internal_error(request: bytes) -> web.Response:
    told = [
        Tagged("attributes-charset", IppTag.CHARSET, ["utf-8"]),
        Tagged("attributes-natural-language", IppTag.LANGUAGE, ["en"]),
    ]
    number = struct.unpack_from(">i", request, 4)[0]
    body = encode(IppStatus.ERROR_INTERNAL.value, number, [(IppTag.OPERATION, told)])
    return web.Response(body=body, content_type="application/ipp")


def _cancelling(request: bytes) -> bytes:
    """Return the request that cancels the job of another request."""
    attributes = request[: len(request) - len(decode(request).data)]
    return attributes[:2] + struct.pack(">H", IppOperation.CANCEL_JOB.value) + attributes[4:]


def _wanted(request: bytes, says: Mapping[str, Tagged]) -> list[Tagged]:
    """Return what of `says` was asked for: all, when the request does not name attributes."""
    if b"requested-attributes" not in request or b"\0\3all" in request:
        return list(says.values())
    return [one for name, one in says.items() if struct.pack(">H", len(name)) + name.encode() in request]


def instead(message: bytes, told: Sequence[Tagged]) -> bytes:
    """Return an answer with these attributes in its printer group in place of those of the same name.

    Walks over tags, names and lengths; a broken message comes back as it is.
    """
    names = {one.name.encode() for one in told}
    fresh = encode(0, 0, [(IppTag.PRINTER, told)])[_HEADER + 1 : -1]
    kept, at, group, dropping, placed = bytearray(message[:_HEADER]), _HEADER, 0, False, False
    try:
        while at < len(message):
            tag = message[at]
            if tag < 0x10:
                group, dropping = tag, False
                kept.append(tag)
                at += 1
                if tag == IppTag.PRINTER.value and not placed:
                    kept += fresh
                    placed = True
                if tag == IppTag.END.value:
                    return bytes(kept) + message[at:]
                continue
            start = at
            (name_length,) = struct.unpack_from(">H", message, at + 1)
            name = message[at + 3 : at + 3 + name_length]
            (value_length,) = struct.unpack_from(">H", message, at + 3 + name_length)
            at += 5 + name_length + value_length
            if name:
                dropping = group == IppTag.PRINTER.value and name in names
            if not dropping:
                kept += message[start:at]
    except struct.error:
        pass
    return message
