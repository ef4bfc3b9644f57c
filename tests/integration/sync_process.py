"""One end of the sync as a process of its own, so that a test can kill it.

Usage: sync_process.py agent SITE_FOLDER | take-in-at-site SITE_FOLDER BUNDLE |
       take-in-at-centre CENTRE_FOLDER BUNDLE | write-at-site SITE_FOLDER BUNDLE
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.exchange_parts import Centre, site_server


async def agent(folder: Path) -> None:
    """Keep in step until killed."""
    async with site_server(folder) as site:
        await site.agent.start()
        await asyncio.Event().wait()


async def take_in_at_site(folder: Path, bundle: Path) -> None:
    """Take in a bundle of the centre."""
    async with site_server(folder) as site:
        await site.agent.import_bundle(bundle)


async def write_at_site(folder: Path, bundle: Path) -> None:
    """Write a bundle for the centre."""
    async with site_server(folder) as site:
        await asyncio.to_thread(site.agent.export_bundle, bundle)


def main(what: str, folder: Path, *bundle: Path) -> None:
    """Do what is asked for."""
    if what == "agent":
        asyncio.run(agent(folder))
    elif what == "take-in-at-site":
        asyncio.run(take_in_at_site(folder, bundle[0]))
    elif what == "write-at-site":
        asyncio.run(write_at_site(folder, bundle[0]))
    else:
        Centre(folder).exchange.import_bundle(bundle[0])


main(sys.argv[1], *map(Path, sys.argv[2:]))
