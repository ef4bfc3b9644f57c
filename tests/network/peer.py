"""A machine of the test's network: it listens, probes, sends and catches frames.

Orders come as JSON lines on standard input, answers leave as JSON lines. Standard library only, so that it
starts fast.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from typing import Any

DNS_QUERY = (
    struct.pack("!6H", 0x1234, 0x0100, 1, 0, 0, 0) + b"\x04exam\x07kaodian\x08internal\x00\x00\x01\x00\x01"
)
TFTP_REQUEST = b"\x00\x01boot.txt\x00octet\x00"

seen: list[str] = []
"""Tokens that reached a listener of this machine, whatever became of the answer."""
caught: list[str] = []
held: list[Any] = []
calls: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
"""Connections that are kept open."""


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        seen.append(data.decode("latin-1"))
        self.transport.sendto(data, address)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        data = await reader.readline()
        seen.append(data.decode("latin-1").strip())
        writer.write(data)
        await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def listen(order: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    for port in order["tcp"]:
        server = await asyncio.start_server(serve, None, port, reuse_address=True, backlog=512)
        held.append(server)
    for port in order["udp"]:
        # Bound one by one, so that the answer leaves from the address that was asked.
        for host in order["addresses"]:
            endpoint = await loop.create_datagram_endpoint(Echo, (host, port))
            held.append(endpoint)


async def tcp(probe: dict[str, Any]) -> str:
    source = (probe["source"], 0) if probe.get("source") else None
    reader, writer = await asyncio.open_connection(probe["to"], probe["port"], local_addr=source)
    try:
        if probe["port"] == 53:
            writer.write(struct.pack("!H", len(DNS_QUERY)) + DNS_QUERY)
            return "open" if await reader.read(2) else "closed"
        writer.write(probe["token"].encode() + b"\n")
        return "open" if await reader.readline() else "closed"
    finally:
        writer.close()


async def udp(probe: dict[str, Any]) -> str:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in probe["to"] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as wire:
        wire.setblocking(False)
        if probe.get("source"):
            wire.bind((probe["source"], 0))
        payload = {53: DNS_QUERY, 69: TFTP_REQUEST}.get(probe["port"], b"") if probe.get("real") else b""
        # Not connected: TFTP answers from another port.
        await loop.sock_sendto(wire, payload or probe["token"].encode(), (probe["to"], probe["port"]))
        answer, _ = await loop.sock_recvfrom(wire, 2048)
        return "open" if answer else "closed"


async def icmp(probe: dict[str, Any]) -> str:
    loop = asyncio.get_running_loop()
    six = ":" in probe["to"]
    family, protocol = (
        (socket.AF_INET6, socket.IPPROTO_ICMPV6) if six else (socket.AF_INET, socket.IPPROTO_ICMP)
    )
    with socket.socket(family, socket.SOCK_RAW, protocol) as wire:
        wire.setblocking(False)
        mark = os.urandom(4)
        head = struct.pack("!BBH", 128 if six else 8, 0, 0) + mark
        if not six:
            head = head[:2] + struct.pack("!H", checksum(head)) + head[4:]
        await loop.sock_sendto(wire, head, (probe["to"], 0))
        while True:
            answer, _ = await loop.sock_recvfrom(wire, 2048)
            message = answer if six else answer[(answer[0] & 15) * 4 :]
            if message[0] == (129 if six else 0) and message[4:8] == mark:
                return "open"


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


KINDS: dict[str, Callable[[dict[str, Any]], Awaitable[str]]] = {"tcp": tcp, "udp": udp, "icmp": icmp}


async def probe_one(probe: dict[str, Any]) -> str:
    try:
        return await asyncio.wait_for(KINDS[probe["kind"]](probe), probe["wait"])
    except TimeoutError:
        return "silent"
    except OSError as error:
        return f"refused ({error.strerror or error})"


async def probe(order: dict[str, Any]) -> list[str]:
    return await asyncio.gather(*(probe_one(one) for one in order["probes"]))


async def burst(order: dict[str, Any]) -> int:
    """Begin one connection to each of the ports at once, wait for none, let all go."""
    wires = []
    for port in order["ports"]:
        wire = socket.socket(socket.AF_INET6 if ":" in order["to"] else socket.AF_INET)
        wire.setblocking(False)
        wire.connect_ex((order["to"], port))
        wires.append(wire)
    await asyncio.sleep(order.get("hold", 0.05))
    for wire in wires:
        wire.close()
    return len(wires)


async def flags(order: dict[str, Any]) -> None:
    """Send TCP segments with the given flags, without a connection."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as wire:
        for value in order["flags"]:
            wire.sendto(
                struct.pack("!HHIIBBHHH", 40000, 443, 1, 0, 0x50, value, 1024, 0, 0), (order["to"], 0)
            )


async def frames(order: dict[str, Any]) -> None:
    """Send whole Ethernet frames as they are."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind((order.get("port", "eth0"), 0))
        for frame in order["frames"]:
            wire.send(bytes.fromhex(frame))


async def ask(order: dict[str, Any]) -> str:
    """Send one datagram and return the answer, wherever it comes from."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6 if ":" in order["to"] else socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.setblocking(False)
        await loop.sock_sendto(wire, bytes.fromhex(order["query"]), (order["to"], order["port"]))
        answer, _ = await asyncio.wait_for(loop.sock_recvfrom(wire, 4096), order["wait"])
        return answer.hex()


async def wait_for_calls(order: dict[str, Any]) -> None:
    """Take connections on a port and keep them open without a word."""

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append((reader, writer))

    held.append(await asyncio.start_server(keep, None, order["port"], reuse_address=True))


async def call(order: dict[str, Any]) -> None:
    """Open a connection and keep it."""
    calls.append(await asyncio.open_connection(order["to"], order["port"]))


async def speak(order: dict[str, Any]) -> int:
    """Say a word on every kept connection; return how many there are."""
    for _, writer in calls:
        writer.write(order["word"].encode() + b"\n")
    return len(calls)


async def hear(order: dict[str, Any]) -> list[str]:
    """Return the next word on every kept connection."""
    words = await asyncio.gather(*(asyncio.wait_for(reader.readline(), order["wait"]) for reader, _ in calls))
    return [word.decode().strip() for word in words]


async def solicit(order: dict[str, Any]) -> dict[str, str]:
    """Ask for an address by DHCPv6 (RFC 8415) and for routers (RFC 4861); return both answers."""
    loop = asyncio.get_running_loop()
    duid = struct.pack("!HH", 3, 1) + bytes.fromhex(order["card"])
    options = struct.pack("!HH", 1, len(duid)) + duid + struct.pack("!HHIII", 3, 12, 1, 0, 0)
    options += struct.pack("!HHH", 8, 2, 0)
    index = socket.if_nametoindex("eth0")
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as wire,
        socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw,
    ):
        wire.setblocking(False)
        raw.setblocking(False)
        wire.bind(("::", 546))
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)

        async def advertised() -> bytes:
            while True:
                answer, _ = await loop.sock_recvfrom(wire, 4096)
                if answer[0] == 2:
                    return answer

        async def routed() -> bytes:
            while True:
                answer, _ = await loop.sock_recvfrom(raw, 4096)
                if answer[0] == 134:
                    return answer

        async def repeat() -> None:
            while True:
                try:
                    wire.sendto(b"\x01abc" + options, ("ff02::1:2", 547, 0, index))
                    raw.sendto(struct.pack("!BBHI", 133, 0, 0, 0), ("ff02::2", 0, 0, index))
                except OSError:
                    pass  # the link-local address is not there yet
                await asyncio.sleep(0.3)

        asking = asyncio.create_task(repeat())
        try:
            both = asyncio.gather(advertised(), routed())
            advertise, router = await asyncio.wait_for(both, order["wait"])
        finally:
            asking.cancel()
        return {"advertise": advertise.hex(), "router": router.hex()}


async def catch(order: dict[str, Any]) -> None:
    """Catch frames that hold some bytes, from now on."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.bind((order.get("port", "eth0"), 3))
    wire.setblocking(False)
    held.append(wire)
    mark = bytes.fromhex(order["mark"])

    def readable() -> None:
        frame = wire.recv(4096)
        if mark in frame:
            caught.append(frame.hex())

    asyncio.get_running_loop().add_reader(wire, readable)


async def told(order: dict[str, Any]) -> dict[str, list[str]]:
    return {"seen": seen, "caught": caught}


ORDERS: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
    "listen": listen,
    "probe": probe,
    "burst": burst,
    "flags": flags,
    "frames": frames,
    "ask": ask,
    "solicit": solicit,
    "wait_for_calls": wait_for_calls,
    "call": call,
    "speak": speak,
    "hear": hear,
    "catch": catch,
    "told": told,
}


async def main() -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=2**22)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        order = json.loads(line)
        answer = await ORDERS[order["do"]](order)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
