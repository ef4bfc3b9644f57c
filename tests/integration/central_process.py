"""A centre as a process of its own: prints its console's address once it listens, serves until it is ended.

Usage: central_process.py FOLDER
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from central_sync.centre.app import Centre, serve
from tests.centre_parts import centre_settings


def ready(centre: Centre) -> None:
    """Tell the address."""
    print(centre.console_url, flush=True)


asyncio.run(serve(centre_settings(Path(sys.argv[1])), ready))
