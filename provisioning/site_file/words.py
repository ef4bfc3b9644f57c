"""The words that may stand in a site file: addresses, ports, names; each says what it takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    NetmaskValueError,
    ip_address,
)
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema


class Refused(ValueError):
    """A value that is not taken; `zh` and `en` say what is."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


class AddressRange(BaseModel):
    """Addresses from `first` to `last`, both included, written `10.20.10.101-10.20.10.160`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: IPv4Address
    last: IPv4Address

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def __len__(self) -> int:
        return int(self.last) - int(self.first) + 1

    def __contains__(self, address: object) -> bool:
        return isinstance(address, IPv4Address) and self.first <= address <= self.last

    def overlaps(self, other: AddressRange) -> bool:
        """Whether an address stands in both."""
        return self.first <= other.last and other.first <= self.last


_HOST_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_PORT = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,14}\Z")
_VLAN_PORT = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,9}\.(?P<vlan>[0-9]{1,4})\Z")
_MAC = re.compile(r"[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}\Z")
_ULA = IPv6Network("fc00::/7")
_PRIVATE = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def _text(value: object, zh: str, en: str) -> str:
    if not isinstance(value, str):
        raise Refused(f"应为{zh}", f"it must be {en}")
    return value.strip()


def _taken(read: Callable[[str], Any], zh: str, en: str) -> Callable[[object], Any]:
    """A validator that reads text and says what is allowed where `read` refuses it."""

    def validate(value: object) -> Any:
        text = _text(value, zh, en)
        try:
            return read(text)
        except Refused:
            raise
        except (ValueError, AddressValueError, NetmaskValueError) as error:
            raise Refused(f"“{text[:60]}”不符合要求，应为{zh}", f"it must be {en}") from error

    return validate


def _read_ipv4_network(text: str) -> IPv4Network:
    if "/" not in text:
        raise ValueError(text)
    network = IPv4Network(text)
    if not 16 <= network.prefixlen <= 29:
        raise Refused("网段前缀须在 /16 与 /29 之间", "the prefix must be between /16 and /29")
    if not any(network.subnet_of(private) for private in _PRIVATE):
        raise Refused(
            f"{network} 不是内部地址，请用 10.、172.16-31. 或 192.168. 开头的网段",
            "a LAN needs private addresses: 10., 172.16-31. or 192.168. (RFC 1918)",
        )
    return network


def _read_ipv6_network(text: str) -> IPv6Network:
    network = IPv6Network(text)
    if network.prefixlen != 64 or not network.subnet_of(_ULA):
        raise Refused(
            f"{network} 不是 fc00::/7 内的 /64 网段",
            "it must be a /64 of unique local addresses (RFC 4193), such as fd20:ab:cd:10::/64",
        )
    return network


def _read_wan4(text: str) -> IPv4Interface | Literal["dhcp"]:
    if text == "dhcp":
        return "dhcp"
    if "/" not in text:
        raise ValueError(text)
    return IPv4Interface(text)


def _read_wan6(text: str) -> IPv6Interface | Literal["auto"]:
    if text == "auto":
        return "auto"
    if "/" not in text:
        raise ValueError(text)
    return IPv6Interface(text)


def _read_range(text: str) -> AddressRange:
    first, dash, last = text.partition("-")
    if not dash:
        raise ValueError(text)
    found = AddressRange(first=IPv4Address(first.strip()), last=IPv4Address(last.strip()))
    if found.first > found.last:
        raise Refused(f"{found} 的起始地址大于结束地址", "the first address is higher than the last")
    return found


def _read_mac(text: str) -> str:
    if not _MAC.match(text):
        raise ValueError(text)
    mac = text.replace("-", ":").lower()
    if int(mac[:2], 16) & 1 or mac == "00:00:00:00:00:00":
        raise Refused(
            f"{mac} 是组播或空地址，不是网卡的地址", "this is a group or empty address, no network card's"
        )
    return mac


def _read_port(text: str) -> str:
    if text == "lo" or not _PORT.match(text):
        raise ValueError(text)
    return text


def _read_zone_port(text: str) -> str:
    vlan = _VLAN_PORT.match(text)
    if vlan and 1 <= int(vlan["vlan"]) <= 4094:
        return text
    return _read_port(text)


def _read_label(text: str) -> str:
    if not _HOST_LABEL.match(text) or text.isdigit():
        raise ValueError(text)
    return text


def _read_domain(text: str) -> str:
    name = text.lower()
    labels = name.split(".")
    if len(name) > 200 or not all(_HOST_LABEL.match(label) for label in labels) or labels[-1].isdigit():
        raise ValueError(text)
    return name


def _read_address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    outside = address.is_multicast or address.is_unspecified or address.is_loopback or address.is_link_local
    if outside or getattr(address, "scope_id", None):
        raise Refused(f"{address} 不是一台服务器的地址", "this is no address of a server elsewhere")
    return address


def _read_time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(text) from error
    return text


def _word(read: Callable[[str], Any], zh: str, en: str) -> tuple[Any, Any, Any]:
    """The parts of an Annotated type: how it is read, written, and described."""
    return (
        BeforeValidator(_taken(read, zh, en)),
        PlainSerializer(str, return_type=str),
        WithJsonSchema({"type": "string", "allowed_zh": zh, "allowed_en": en}),
    )


Ipv4 = Annotated[IPv4Address, *_word(IPv4Address, "IPv4 地址，如 10.20.10.1", "an IPv4 address")]
Ipv6 = Annotated[IPv6Address, *_word(IPv6Address, "IPv6 地址", "an IPv6 address")]
Address = Annotated[
    IPv4Address | IPv6Address, *_word(_read_address, "IPv4 或 IPv6 地址", "an IPv4 or IPv6 address")
]
LanNetwork4 = Annotated[
    IPv4Network,
    *_word(_read_ipv4_network, "IPv4 网段，如 10.20.10.0/24", "an IPv4 network such as 10.20.10.0/24"),
]
LanNetwork6 = Annotated[
    IPv6Network,
    *_word(_read_ipv6_network, "IPv6 网段，如 fd20:ab:cd:10::/64", "an IPv6 network: fd20:ab:cd:10::/64"),
]
WanAddress4 = Annotated[
    IPv4Interface | Literal["dhcp"],
    *_word(
        _read_wan4,
        "dhcp，或带前缀的 IPv4 地址，如 198.51.100.10/24",
        "dhcp, or an IPv4 address with its prefix such as 198.51.100.10/24",
    ),
]
WanAddress6 = Annotated[
    IPv6Interface | Literal["auto"],
    *_word(
        _read_wan6,
        "auto，或带前缀的 IPv6 地址，如 2001:db8::10/64",
        "auto, or an IPv6 address with its prefix such as 2001:db8::10/64",
    ),
]
Range = Annotated[
    AddressRange,
    *_word(
        _read_range,
        "起止地址，如 10.20.10.101-10.20.10.160",
        "the first and the last address: 10.20.10.101-10.20.10.160",
    ),
]
Mac = Annotated[
    str,
    *_word(_read_mac, "网卡 MAC 地址，如 52-54-00-12-34-56", "a MAC address such as 52-54-00-12-34-56"),
]
PortName = Annotated[
    str, *_word(_read_port, "网口名，如 enp1s0", "the name of a network port, such as enp1s0")
]
ZonePort = Annotated[
    str,
    *_word(
        _read_zone_port, "网口名，可带 VLAN 号，如 enp3s0.20", "a port, with a VLAN if need be: enp3s0.20"
    ),
]
Label = Annotated[
    str,
    *_word(
        _read_label, "小写字母、数字和连字符组成的名称", "a name of lower-case letters, digits and hyphens"
    ),
]
Domain = Annotated[
    str, *_word(_read_domain, "域名，如 centre.example.org", "a host name such as centre.example.org")
]
TimeZone = Annotated[
    str, *_word(_read_time_zone, "时区名，如 Asia/Shanghai", "a time zone such as Asia/Shanghai")
]
TcpPort = Annotated[int, Field(strict=True, ge=1, le=65535)]
