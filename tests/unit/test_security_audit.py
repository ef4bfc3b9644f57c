"""The security audit: what logs, ports, files and packages become of it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from central_sync.protocol.advisories import AdvisoriesDocument
from exam_appliance.readiness.checks import security_software
from exam_appliance.readiness.finding import State
from exam_appliance.readiness.machine.commands import Ask, Told, ask
from exam_appliance.security_audit.auditing import audit
from exam_appliance.security_audit.integrity import changed_files, is_changed
from exam_appliance.security_audit.logs import log_points
from exam_appliance.security_audit.packages import package_point
from exam_appliance.security_audit.ports import listening, port_point
from exam_appliance.security_audit.report import keep, kept

SSHD = ("-t", "sshd")


def system(told: Mapping[str, str]) -> Ask:
    """Return a system whose programs print what is given, by a word of their command."""

    async def asked(words: Sequence[str]) -> Told:
        if "--compare-versions" in words:
            return await ask(words)
        for word, text in told.items():
            if word in words:
                return Told(0, text)
        return Told(1, "")

    return asked


def lines(*messages: str) -> str:
    """Return messages as journalctl gives them, with one that is no text between."""
    return "\n".join(json.dumps({"MESSAGE": message}) for message in messages) + '\n{"MESSAGE": [1, 2]}\n'


async def test_who_came_in_and_who_was_refused_is_counted() -> None:
    ssh = lines(
        "Accepted publickey for root from 10.20.20.11 port 4711 ssh2: ED25519 SHA256:x",
        "Accepted publickey for root from 10.20.20.11 port 4712 ssh2: ED25519 SHA256:x",
        "Invalid user admin from 10.20.20.12 port 4713",
        "Server listening on 0.0.0.0 port 22.",
    )
    usb = lines(
        "已拒绝 / refused: USB class 08 at 1-1:1.0", "U 盘已放行 15 分钟 / sticks are let in for 15 minutes"
    )
    kernel = lines("kaodian scan: IN=ens4 OUT= MAC=aa SRC=10.20.10.9 DST=10.20.10.1 LEN=40")
    logins, devices, packets = await log_points(system({"sshd": ssh, "kaodian-usb": usb, "-k": kernel}), 24)
    assert logins.lines[0] == "root ← 10.20.20.11 (publickey) ×2"
    assert "拒绝 1 次" in logins.found_zh
    assert (devices.state, devices.found_zh) == ("look", "拒绝 1 次，放行 U 盘 1 次")
    assert packets.lines == ("scan: 10.20.10.9 ×1",)


async def test_a_journal_that_cannot_be_read_is_a_fault() -> None:
    async def no_right(words: Sequence[str]) -> Told:
        return Told(1, "", "No journal files were opened due to insufficient permissions.")

    (point,) = await log_points(no_right, 24)
    assert point.state == "fault"


SS = """\
tcp LISTEN 0 511 0.0.0.0:443 0.0.0.0:* users:(("nginx",pid=1,fd=6))
tcp LISTEN 0 128 127.0.0.1:6010 0.0.0.0:* users:(("oddity",pid=2,fd=3))
tcp LISTEN 0 128 [::]:22 [::]:* users:(("sshd",pid=3,fd=4))
"""


async def test_a_port_that_no_part_of_a_site_server_opens_is_named() -> None:
    assert [one.address for one in listening(SS)] == ["0.0.0.0:443", "127.0.0.1:6010", "[::]:22"]
    assert (await port_point(system({"ss": SS}))).state == "ok"
    more = SS + 'udp UNCONN 0 0 0.0.0.0:4444 0.0.0.0:* users:(("nc",pid=9,fd=3))\n'
    point = await port_point(system({"ss": more}))
    assert (point.state, "! udp 0.0.0.0:4444 nc" in point.lines) == ("fault", True)


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("??5?????? c /etc/ssh/sshd_config", False),
        ("??5??????   /usr/sbin/nginx", True),
        ("missing     /usr/share/doc/nginx/README", False),
        ("missing     /usr/sbin/nft", True),
        ("missing   c /etc/motd", False),
    ],
)
def test_changed_files_of_the_system_are_told_from_settings(line: str, changed: bool) -> None:
    assert is_changed(line) is changed


def wheel(programs: Path, content: bytes) -> Path:
    """Install a module with its RECORD; returns the module."""
    packages = programs / "lib/python3.13/site-packages"
    info = packages / "thing-1.dist-info"
    info.mkdir(parents=True)
    module = packages / "thing.py"
    module.write_bytes(content)
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    (info / "RECORD").write_text(f"thing.py,sha256={digest},{len(content)}\nthing-1.dist-info/RECORD,,\n")
    return module


def test_changed_and_missing_files_of_our_programs_are_found(tmp_path: Path) -> None:
    module = wheel(tmp_path, b"print(1)\n")
    assert list(changed_files(tmp_path)) == []
    module.write_bytes(b"print(2)\n")
    assert list(changed_files(tmp_path)) == [str(module)]
    module.unlink()
    assert list(changed_files(tmp_path)) == [str(module)]


KNOWN = AdvisoriesDocument.model_validate(
    {
        "issued": "2026-11-20",
        "source": "考试机构 / the agency",
        "packages": {
            "nginx": [
                {"id": "CVE-2026-0001", "fixed": "1.26.3-3+deb13u2", "severity": "high", "zh": "远程执行"}
            ],
            "openssl": [{"id": "CVE-2026-0002", "fixed": "3.5.0-1", "severity": "medium"}],
            "zlib": [{"id": "CVE-2026-0003", "fixed": None, "severity": "low"}],
        },
    }
)


@pytest.mark.parametrize(
    ("nginx", "state"), [("1.26.3-3+deb13u1", "fault"), ("1.26.3-3+deb13u2", "look"), ("1.28.0-1", "look")]
)
async def test_packages_are_compared_in_debians_order_of_versions(nginx: str, state: str) -> None:
    installed = f"nginx nginx-core {nginx}\nopenssl openssl 3.5.4-1\nzlib zlib1g 1:1.3-1\n"
    point = await package_point(system({"dpkg-query": installed}), KNOWN)
    assert point.state == state
    assert any("CVE-2026-0003 zlib1g" in line for line in point.lines)
    assert not any("CVE-2026-0002" in line for line in point.lines)


async def test_a_report_is_kept_and_stands_in_the_readiness_row(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    nothing = lines()
    told = {
        "sshd": nothing,
        "kaodian-usb": nothing,
        "-k": nothing,
        "ss": SS,
        "--verify": "",
        "dpkg-query": "",
    }
    report = await audit(tmp_path, system(told), 24, tmp_path / "programs")
    assert report.advisories is None
    keep(report, tmp_path)
    assert kept(tmp_path) == report
    assert security_software.judge(frozenset(), frozenset(), report).state is State.UNKNOWN
    point = await package_point(system({"dpkg-query": "a a 1\n"}), KNOWN)
    points = (*(one for one in report.points if one.id != "packages"), point)
    scanned = report.model_copy(update={"advisories": KNOWN.issued, "points": points})
    assert security_software.judge(frozenset(), frozenset(), scanned).state is State.PASS
    worse = scanned.model_copy(update={"points": (*points[:-1], point.model_copy(update={"state": "fault"}))})
    assert security_software.judge(frozenset(), frozenset(), worse).state is State.FAIL


def test_a_report_that_was_cut_short_is_none(tmp_path: Path) -> None:
    (tmp_path / "security").mkdir()
    (tmp_path / "security/report.json").write_text("{")
    assert kept(tmp_path) is None
