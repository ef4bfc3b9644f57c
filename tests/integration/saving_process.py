"""A process that saves responses into a journal as fast as it can and prints each receipt it was given.

Usage: saving_process.py FOLDER. It runs until it is killed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from exam_appliance.journal.journal import Draft, Journal

CANDIDATES = 16


async def main(folder: Path) -> None:
    """Let CANDIDATES save at the same time, each waiting for its receipt before the next."""
    key = load_pem_private_key((folder / "journal.key").read_bytes(), None)
    journal = Journal(folder / "journal.db", "appliance-under-fire", key)  # type: ignore[arg-type]
    journal.start()

    async def sit(number: int) -> None:
        ticket = f"260001{number:06d}"
        n = 0
        while True:
            n += 1
            body = {"item": f"t-{n % 40:03d}", "choices": ["A"], "flagged": False, "n": n, "t": n}
            receipt = (await journal.append([Draft("response.saved", ticket, ticket, body)])).receipt()
            sys.stdout.write(receipt.model_dump_json() + "\n")
            sys.stdout.flush()

    await asyncio.gather(*(sit(number) for number in range(1, CANDIDATES + 1)))


asyncio.run(main(Path(sys.argv[1])))
