"""Addresses and the way out, as `ip -json` tells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Address:
    """An IPv4 address of a card."""

    card: str
    address: str
    prefix: int
    fixed: bool
    """Set by hand, not lent by DHCP for a time."""

    @property
    def shown(self) -> str:
        """As people write it."""
        return f"{self.card} {self.address}/{self.prefix}"


def addresses(told: str) -> tuple[Address, ...]:
    """Return the IPv4 addresses in what `ip -json address` printed, loopback aside."""
    found = []
    for card in _objects(told):
        for given in card.get("addr_info") or ():
            if not isinstance(given, dict) or given.get("family") != "inet":
                continue
            if given.get("scope") != "global":
                continue
            address, prefix = given.get("local"), given.get("prefixlen")
            if isinstance(address, str) and isinstance(prefix, int):
                fixed = not given.get("dynamic", False)
                found.append(Address(str(card.get("ifname", "")), address, prefix, fixed))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class WayOut:
    """The default route: over which card, to which gateway."""

    card: str
    gateway: str


def way_out(told: str) -> WayOut | None:
    """Return the best default route in what `ip -json route` printed, None without one."""
    routes = [route for route in _objects(told) if route.get("dst") == "default"]
    if not routes:
        return None
    best = min(routes, key=lambda route: route.get("metric") or 0)
    return WayOut(str(best.get("dev", "")), str(best.get("gateway", "")))


def _objects(told: str) -> list[dict[str, Any]]:
    try:
        read = orjson.loads(told)
    except orjson.JSONDecodeError:
        return []
    return [one for one in read if isinstance(one, dict)] if isinstance(read, list) else []
