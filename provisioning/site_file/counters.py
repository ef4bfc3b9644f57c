"""What the firewall has counted (防火墙计数), in words: read from `nft -j list counters`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

TABLES = frozenset({"kaodian", "kaodian_arp", "kaodian_switch"})

Kind = Literal["attack", "refused", "noise"]


class CountersWrong(Exception):
    """The text is not what `nft -j list counters` prints; the sentence says what to do."""


@dataclass(frozen=True)
class Words:
    """A counter for people. `attack`: somebody tries something; `refused`: not allowed; `noise`: harmless."""

    kind: Kind
    zh: str
    en: str


COUNTERS: dict[str, Words] = {
    "syn_flood": Words("attack", "连接洪水（SYN）", "flood of connection requests (SYN)"),
    "new_connections": Words("attack", "新建连接过多", "too many new connections from one machine"),
    "open_connections": Words("attack", "同时连接过多", "too many connections at once from one machine"),
    "port_scans": Words("attack", "端口扫描", "port scan"),
    "odd_flags": Words("attack", "扫描用的畸形报文", "malformed packets as scanners send them"),
    "arp_spoof": Words("attack", "ARP 欺骗：冒用服务器或他机地址", "ARP spoofing: another's address claimed"),
    "arp_flood": Words("attack", "ARP 洪水", "flood of ARP"),
    "nd_spoof": Words("attack", "IPv6 邻居欺骗：冒用服务器地址", "IPv6 neighbour spoofing of the server"),
    "address_stolen": Words("attack", "冒用登记机器的地址", "a listed machine's address on another card"),
    "spoofed_source": Words("attack", "伪造来源地址", "forged source address"),
    "rogue_dhcp": Words("attack", "私设的 DHCP 服务器", "DHCP server that does not belong here"),
    "rogue_ra": Words("attack", "私设的 IPv6 路由器", "IPv6 router that does not belong here"),
    "dhcp_flood": Words("attack", "DHCP 请求洪水", "flood of DHCP requests"),
    "forwarded_seats": Words("refused", "考生机试图访问外部网络", "seats that tried to reach outside"),
    "forwarded_others": Words("refused", "其他机器试图经服务器转发", "others that tried to get through"),
    "between_machines": Words("refused", "机器之间试图直接通信", "machines that tried to reach each other"),
    "refused_seats": Words("refused", "考生机访问未开放的服务", "seats that asked for what is not offered"),
    "refused_waiting": Words("refused", "等候机器访问未开放的服务", "waiting machines, the same"),
    "refused_staff": Words("refused", "工作人员机器访问未开放的服务", "staff machines, the same"),
    "refused_terminals": Words("refused", "终端访问未开放的服务", "terminals, the same"),
    "refused_devices": Words("refused", "设备访问未开放的服务", "devices, the same"),
    "refused_unknown": Words("refused", "来历不明的内网机器", "machines of the LAN that belong to no zone"),
    "refused_wan": Words("refused", "来自外网的访问", "calls from outside"),
    "refused_out": Words("refused", "服务器访问未列出的地址", "calls of this server to addresses not listed"),
    "invalid_packets": Words("noise", "不属于任何连接的报文", "packets that belong to no connection"),
    "lan_noise": Words("noise", "广播与组播", "broadcast and multicast"),
}
"""Every counter of the template; the order is that of the console."""


@dataclass(frozen=True)
class Figure:
    """What one counter holds since the firewall was loaded."""

    name: str
    words: Words
    packets: int
    bytes: int


def figures(text: str) -> list[Figure]:
    """Return every figure in the order of COUNTERS; what was counted in several tables is added up.

    `text` is what `nft -j list counters` prints; counters of other tables are left out, ours that are
    not there (the firewall is not loaded) stand with 0. Raises CountersWrong.
    """
    packets = dict.fromkeys(COUNTERS, 0)
    size = dict.fromkeys(COUNTERS, 0)
    for counter in _counters(text):
        try:
            name, table = counter["name"], counter["table"]
            counted, counted_bytes = counter["packets"], counter["bytes"]
        except KeyError as error:
            raise _wrong() from error
        if table not in TABLES or name not in COUNTERS:
            continue
        if type(counted) is not int or type(counted_bytes) is not int:
            raise _wrong()
        packets[name] += counted
        size[name] += counted_bytes
    return [Figure(name, words, packets[name], size[name]) for name, words in COUNTERS.items()]


def loaded(text: str) -> bool:
    """Whether the site's firewall is loaded at all: its main table has counters. Raises CountersWrong."""
    return any(
        counter.get("table") == "kaodian" and counter.get("family") == "inet" for counter in _counters(text)
    )


def _counters(text: str) -> list[dict[str, Any]]:
    try:
        items = json.loads(text)["nftables"]
        found = [item["counter"] for item in items if "counter" in item]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _wrong() from error
    if not all(isinstance(counter, dict) for counter in found):
        raise _wrong()
    return found


def _wrong() -> CountersWrong:
    return CountersWrong(
        "无法理解防火墙计数，请检查 nftables 是否已安装（nft -j list counters） / "
        "the firewall's counters are not understood: check that nftables is installed (nft -j list counters)"
    )
