"""The firewall: the rules that this server's kernel holds (nftables)."""

from __future__ import annotations

from typing import Any

import orjson

from exam_appliance.readiness.finding import Finding, Point, State, Text, found, unknown
from exam_appliance.readiness.machine.commands import Told
from exam_appliance.readiness.sources import Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.firewall",)

_SET_UP = Text(
    "请用随附的安装脚本启用服务器防火墙；另有硬件防火墙的请附型号参数申报",
    "set the server's firewall up with the provisioning that comes with it; declare a separate one",
)


async def check(row: Row, sources: Sources) -> Finding:
    """Measure and compare."""
    rules = await sources.ask(("nft", "--json", "list", "ruleset"))
    enabled = await sources.ask(("systemctl", "is-enabled", "nftables"))
    return judge(rules, enabled.out.strip() == "enabled")


def judge(told: Told, at_boot: bool) -> Finding:
    """Compare a rule set with what the row asks of a firewall."""
    if told.code is None:
        return unknown(Text("本机未安装 nftables", "nftables is not installed here"), _SET_UP)
    if told.code != 0:
        return unknown(
            Text("无权读取防火墙规则", "the firewall's rules may not be read"),
            Text(
                "请以 root 运行 exam-appliance readiness，或附规则申报",
                "run exam-appliance readiness as root, or declare with the rules",
            ),
        )
    parts = _parts(told.out)
    chains = [part["chain"] for part in parts if isinstance(part.get("chain"), dict)]
    rules = [part["rule"] for part in parts if isinstance(part.get("rule"), dict)]
    closed = {str(c.get("hook")) for c in chains if c.get("policy") == "drop"}
    used = {word for rule in rules for word in _words(rule.get("expr"))}
    return found(
        (
            _point(
                Text("组网", "networking"),
                "forward" in closed,
                Text("转发默认拒绝", "forwarding is closed by default"),
                Text("转发未受控制", "forwarding is not controlled"),
            ),
            _point(
                Text("访问控制", "access control"),
                "input" in closed,
                Text("访问默认拒绝", "access is closed by default"),
                Text("访问未受控制", "access is not controlled"),
            ),
            _point(
                Text("攻击防护", "protection"),
                "ct" in used and "limit" in used,
                Text("有连接状态和限速规则", "rules on connection state and rate"),
                Text("没有限速或连接状态规则", "no rules on rate or connection state"),
            ),
            _point(
                Text("安全管理", "management"),
                at_boot,
                Text("规则随系统启动", "rules are loaded at boot"),
                Text("规则不随系统启动", "rules are not loaded at boot"),
            ),
        )
    )


def _point(name: Text, holds: bool, yes: Text, no: Text) -> Point:
    # Not a failure: the standard's firewall may be a box of its own, which is declared.
    return Point(
        name, yes if holds else no, State.PASS if holds else State.UNKNOWN, None if holds else _SET_UP
    )


def _parts(told: str) -> list[dict[str, Any]]:
    try:
        read = orjson.loads(told)
    except orjson.JSONDecodeError:
        return []
    held = read.get("nftables") if isinstance(read, dict) else None
    return [part for part in held if isinstance(part, dict)] if isinstance(held, list) else []


def _words(value: object) -> set[str]:
    """Return all keys in a rule's expression."""
    if isinstance(value, dict):
        return {str(key) for key in value}.union(*(_words(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(_words(inner) for inner in value))
    return set()
