"""A site server as a process of its own: prints its address once it listens, serves until it is ended.

Usage: serving_process.py SITE_FILE
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from exam_appliance.app import serve
from exam_appliance.config import load_settings


def ready(url: str) -> None:
    """Tell the address."""
    print(url, flush=True)


asyncio.run(serve(load_settings(Path(sys.argv[1])).settings, ready))
