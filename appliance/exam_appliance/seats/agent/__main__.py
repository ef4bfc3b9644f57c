"""Runs the seat agent: `python3 -I seat-agent.pyz --server https://... --state /var/lib/kaodian-seat`."""

from __future__ import annotations

import argparse
import logging
import shlex
import signal
import sys
from pathlib import Path

from exam_appliance.seats.agent.agent import Agent, Options
from exam_appliance.seats.agent.machine_key import TPM, KeyFault, MachineKey
from exam_appliance.seats.agent.network import OUTSIDE
from exam_appliance.seats.agent.server import Server


def options(words: list[str]) -> argparse.Namespace:
    """Return what the command line says; exits with 2 and the usage where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="seat-agent", description="考生机座位代理 / agent of a candidate machine"
    )
    parser.add_argument("--server", required=True, help="考点服务器地址 / address of the site server")
    parser.add_argument(
        "--state", required=True, type=Path, help="密钥与证书所在目录 / folder of key and certificate"
    )
    parser.add_argument("--trust", type=Path, help="服务器 TLS 证书 / certificate of the server (PEM)")
    parser.add_argument("--tpm", action="store_true", help="密钥保存在 TPM / keep the key in the TPM")
    parser.add_argument(
        "--browser", default="", help="浏览器命令，其后附加网址 / program that shows the page"
    )
    parser.add_argument("--client", default="", help="考试客户端名称和版本 / name and version of the client")
    parser.add_argument("--shutdown", default="systemctl poweroff", help="关机命令 / command that powers off")
    parser.add_argument("--reboot", default="systemctl reboot", help="重启命令 / command that reboots")
    parser.add_argument(
        "--renew", default="", help="重新获取地址的命令 / command that asks for an address anew"
    )
    parser.add_argument(
        "--outside",
        action="append",
        metavar="ADDRESS:PORT",
        help="不应能访问的外网地址，可重复 / addresses outside that must not be reached; may be repeated",
    )
    parser.add_argument("--root", default=Path("/"), type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Run until SIGTERM or SIGINT; returns 1 where the machine's key cannot be used."""
    given = options(words)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        key = MachineKey(given.state / "machine.key", TPM if given.tpm else ())
    except KeyFault as fault:
        print(f"本机密钥无法使用 / the machine's key cannot be used: {fault}", file=sys.stderr)
        return 1
    agent = Agent(
        Server(given.server, given.trust),
        key,
        Options(
            state=given.state,
            root=given.root,
            client=given.client,
            browser=shlex.split(given.browser),
            outside=given.outside or OUTSIDE,
            shutdown=shlex.split(given.shutdown),
            reboot=shlex.split(given.reboot),
            renew=shlex.split(given.renew),
        ),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        # In the middle of a question that the server answers late, too.
        signal.signal(number, lambda *_: sys.exit(0))
    agent.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
