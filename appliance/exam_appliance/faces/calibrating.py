"""Scores pairs of pictures on all cores, by the same workers that the service has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from central_sync.protocol.http.problems import Problem
from exam_appliance.faces import reasons
from exam_appliance.faces.calibration import Pair, Scored
from exam_appliance.faces.models import Comparison
from exam_appliance.faces.settings import ServiceSettings
from exam_appliance.faces.workers import Workers


async def score(
    settings: ServiceSettings, pairs: Sequence[Pair], progress: Callable[[int], None]
) -> list[Scored]:
    """Return each pair with its score, in order; `progress` is told how many are done."""
    workers = Workers(settings)
    workers.start()
    turn = asyncio.Semaphore(2 * workers.count)
    done = 0

    async def one(pair: Pair) -> Scored:
        nonlocal done
        async with turn:
            found = await _scored(workers, pair)
        done += 1
        progress(done)
        return found

    try:
        return await asyncio.gather(*(one(pair) for pair in pairs))
    finally:
        await workers.stop()


async def _scored(workers: Workers, pair: Pair) -> Scored:
    try:
        pictures = [await asyncio.to_thread(path.read_bytes) for path in (pair.picture_a, pair.picture_b)]
        told = await workers.ask("compare", [len(one) for one in pictures], b"".join(pictures))
    except OSError:
        return Scored(pair, None, reasons.BROKEN.code)
    except Problem as problem:
        return Scored(pair, None, problem.reason)
    found = Comparison.model_validate_json(told)
    return Scored(pair, found.score, "" if found.reason is None else found.reason.code)
