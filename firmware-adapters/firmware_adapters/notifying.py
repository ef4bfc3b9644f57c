"""Telling systemd how this process is: sd_notify's datagrams, without its library."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket


def notify(message: str) -> None:
    """Send a message such as `READY=1` to the supervisor, if there is one."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect(address)
        line.sendall(message.encode())


async def feed_watchdog() -> None:
    """Tell the supervisor that the event loop turns, twice within its limit, until cancelled."""
    limit_us = os.environ.get("WATCHDOG_USEC", "")
    if not limit_us.isdigit() or not int(limit_us):
        return
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(int(limit_us) / 2_000_000)
