"""Frames as an attacker sends them: DHCP offers, ARP, router advertisements; hexadecimal, for `frames`."""

from __future__ import annotations

import socket
import struct

EVERYBODY = "ff:ff:ff:ff:ff:ff"


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _sum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def arp_claim(sender: str, address: str, asked: str | None = None) -> str:
    """Return a gratuitous ARP reply by which `sender` claims an address (RFC 826).

    With `asked`, a request for that address instead.
    """
    operation = 2 if asked is None else 1
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + _mac(sender) + socket.inet_aton(address)
    body += bytes(6) + socket.inet_aton(asked or address)
    return (_mac(EVERYBODY) + _mac(sender) + b"\x08\x06" + body).hex()


def _udp4(sender: str, source: str, to: str, ports: tuple[int, int], body: bytes) -> str:
    udp = struct.pack("!HHHH", *ports, 8 + len(body), 0) + body
    head = struct.pack(
        "!BBHHHBBH4s4s",
        *(0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0),
        *(socket.inet_aton(source), socket.inet_aton(to)),
    )
    head = head[:10] + struct.pack("!H", _sum(head)) + head[12:]
    return (_mac(EVERYBODY) + _mac(sender) + b"\x08\x00" + head + udp).hex()


def dhcp_offer(sender: str, server: str, offered: str, mark: bytes) -> str:
    """Return a broadcast DHCPOFFER (RFC 2131) of a server that does not belong here; `mark` is its id."""
    body = struct.pack("!BBBB4sHH", 2, 1, 6, 0, mark, 0, 0x8000) + bytes(4) + socket.inet_aton(offered)
    body += socket.inet_aton(server) + bytes(4) + _mac("52:54:00:10:00:01") + bytes(10 + 192)
    body += b"\x63\x82\x53\x63\x35\x01\x02\x36\x04" + socket.inet_aton(server)
    body += b"\x03\x04" + socket.inet_aton(server) + b"\xff"
    return _udp4(sender, server, "255.255.255.255", (67, 68), body)


def dhcp_discover(card: str) -> str:
    """Return a DHCPDISCOVER of a card."""
    body = struct.pack("!BBBB4sHH", 1, 1, 6, 0, _mac(card)[2:], 0, 0x8000) + bytes(16) + _mac(card)
    body += bytes(10 + 192) + b"\x63\x82\x53\x63\x35\x01\x01\xff"
    return _udp4(card, "0.0.0.0", "255.255.255.255", (68, 67), body)


def _icmp6(sender: str, source: str, to: str, message: bytes) -> str:
    place, target = socket.inet_pton(socket.AF_INET6, source), socket.inet_pton(socket.AF_INET6, to)
    pseudo = place + target + struct.pack("!II", len(message), 58)
    message = message[:2] + struct.pack("!H", _sum(pseudo + message)) + message[4:]
    head = struct.pack("!IHBB", 0x60000000, len(message), 58, 255) + place + target
    return (bytes.fromhex("3333") + target[12:] + _mac(sender) + b"\x86\xdd" + head + message).hex()


def router_advertisement(sender: str, mark: bytes) -> str:
    """Return a router advertisement (RFC 4861) that makes its sender everybody's gateway.

    `mark` is 8 bytes of the prefix that it gives out.
    """
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86400, 86400, 0) + mark + bytes(8)
    message = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + prefix
    return _icmp6(sender, "fe80::66", "ff02::1", message)


def neighbour_advertisement(sender: str, address: str) -> str:
    """Return an unasked neighbour advertisement by which `sender` claims an IPv6 address."""
    target = socket.inet_pton(socket.AF_INET6, address)
    message = struct.pack("!BBHI", 136, 0, 0, 0x20000000) + target + b"\x02\x01" + _mac(sender)
    return _icmp6(sender, "fe80::66", "ff02::1", message)
