"""The table of who reaches whom (访问控制表): each row holds in both directions, by IPv4 and by IPv6."""

from __future__ import annotations

from dataclasses import dataclass

ALLOW, DENY = True, False


@dataclass(frozen=True)
class Row:
    """`there`: one calls the other's service; `back`: the other calls the same service of the one.

    `other` is a machine, `server` (its address in the caller's zone), `server:ZONE` (its address in
    another zone), `server:wan`, or an address outside. `service` is `tcp/PORT`, `udp/PORT` or `icmp`.
    """

    one: str
    other: str
    service: str
    there: bool
    back: bool

    def __str__(self) -> str:
        return f"{self.one}-{self.other}-{self.service}"


# What the server offers, by zone; every other service of this list is refused there.
SERVICES = (
    "udp/53", "tcp/53", "udp/69", "udp/123", "tcp/80", "tcp/443", "tcp/8443", "tcp/9443", "tcp/22",
    "tcp/631", "tcp/3306", "udp/514", "icmp",
)  # fmt: skip
_SEATS = {"udp/53", "tcp/53", "udp/69", "udp/123", "tcp/80", "tcp/443"}
OFFERED = {
    "seat": _SEATS,
    "waiting": _SEATS,
    "stranger": set(),
    "staff": {"udp/53", "tcp/53", "udp/123", "tcp/80", "tcp/443", "tcp/8443", "tcp/22"},
    "terminal": {"udp/53", "tcp/53", "udp/123", "tcp/9443"},
    "printer": {"udp/123"},
    "recorder": {"udp/123"},
}
# What the server itself opens at machines of the LAN: pings everywhere, and the services of devices.
OPENED = {
    "printer": {"icmp", "tcp/80", "tcp/443", "tcp/631", "tcp/9100"},
    "recorder": {"icmp", "tcp/80", "tcp/443", "tcp/554"},
}
ROWS = [
    *(
        Row(one, "server", service, service in offered, service in OPENED.get(one, {"icmp"}))
        for one, offered in OFFERED.items()
        for service in SERVICES
    ),
    Row("printer", "server", "tcp/9100", DENY, ALLOW),
    Row("printer", "server", "tcp/554", DENY, DENY),
    Row("recorder", "server", "tcp/554", DENY, ALLOW),
    Row("recorder", "server", "tcp/9100", DENY, DENY),
    # Nobody is answered at the server's address in another zone.
    Row("seat", "server:staff", "tcp/443", DENY, DENY),
    Row("seat", "server:staff", "tcp/8443", DENY, DENY),
    Row("seat", "server:staff", "tcp/22", DENY, DENY),
    Row("seat", "server:terminals", "tcp/9443", DENY, DENY),
    Row("staff", "server:terminals", "tcp/9443", DENY, DENY),
    Row("terminal", "server:seats", "tcp/443", DENY, DENY),
    Row("seat", "server:wan", "tcp/443", DENY, DENY),
    # Nothing is forwarded from the LAN to the outside, nor from outside to the LAN.
    *(
        Row(one, outside, service, DENY, DENY)
        for one in OFFERED
        for outside in ("centre", "elsewhere")
        for service in ("tcp/443", "udp/53", "udp/123", "icmp")
    ),
    # Zones do not reach each other through the server.
    *(
        Row(one, other, service, DENY, DENY)
        for one, other in (
            ("seat", "staff"),
            ("seat", "terminal"),
            ("seat", "printer"),
            ("waiting", "staff"),
            ("stranger", "staff"),
            ("staff", "terminal"),
            ("staff", "recorder"),
        )
        for service in ("tcp/22", "tcp/443", "udp/53", "icmp")
    ),
    # Outside: the server calls the centre, the time servers and the update servers, each for its own service.
    Row("centre", "server:wan", "tcp/443", DENY, ALLOW),
    Row("centre", "server:wan", "icmp", DENY, ALLOW),
    Row("centre", "server:wan", "tcp/80", DENY, DENY),
    Row("centre", "server:wan", "tcp/22", DENY, DENY),
    Row("centre", "server:wan", "udp/123", DENY, DENY),
    Row("time", "server:wan", "udp/123", DENY, ALLOW),
    Row("time", "server:wan", "tcp/443", DENY, DENY),
    Row("time", "server:wan", "icmp", DENY, DENY),
    Row("updates", "server:wan", "tcp/443", DENY, ALLOW),
    Row("updates", "server:wan", "tcp/80", DENY, DENY),
    Row("gateway", "server:wan", "icmp", DENY, ALLOW),
    *(
        Row("elsewhere", "server:wan", service, DENY, DENY)
        for service in (*SERVICES, "udp/67", "udp/68")
        if service != "udp/67"
    ),
]
"""Rows whose machines are at one switch as well as those whose machines are at the server's ports."""

BESIDE = [
    # With a cable of their own to the server, machines do not reach each other past it either.
    Row("seat", "waiting", "tcp/443", DENY, DENY),
    Row("seat", "waiting", "icmp", DENY, DENY),
    Row("seat", "stranger", "tcp/22", DENY, DENY),
    Row("printer", "recorder", "tcp/443", ALLOW, ALLOW),
]
"""Rows of machines in one zone, at ports of the server, which is their switch (IPv4)."""
