"""face-compare: comparisons a second through the face service on all cores, beside a plain OpenCV loop.

The loop decodes, detects, aligns, embeds and matches the same pictures at the same size, a process a core,
and knows nothing of reasons, limits, turned pictures or HTTP. Then a hundred seats ask at once, and ten
thousand pictures go through while the memory of service and workers is watched.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from exam_appliance.faces import reasons
from exam_appliance.faces.client import FaceService
from exam_appliance.faces.picture import SMALL_SIDE, WORK_SIDE
from exam_appliance.faces.service import running
from exam_appliance.faces.settings import ServiceSettings
from exam_appliance.faces.workers import Workers
from tests.bench.figure import Figure
from tests.face_parts import DETECTOR, RECOGNISER, card_photo, face_settings, shared, until

NEEDED = 0.8
ROUNDS = 3
ROUND_S = 6.0
SEATS = 100
WARM = 1_000
"""Pictures before memory counts: allocators keep what the largest pictures once took."""
GROWTH_BYTES = 24 * 1024 * 1024
PEOPLE = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")

Pair = tuple[bytes, bytes]


def pairs() -> list[Pair]:
    """Return what a desk compares: a camera's frame with a card's photo and with a registration photo.

    Raises RuntimeError where the shared models or faces are not at hand.
    """
    models, faces = shared("models"), shared("faces")
    if models is None or faces is None or not (models / RECOGNISER["file"]).is_file():
        raise RuntimeError("face-compare needs shared/models and shared/faces, or KAODIAN_SHARED")
    photographs = [(faces / name).read_bytes() for name in PEOPLE]
    frames = [_fitted(data, 1280, 720) for data in photographs]
    references = [card_photo(data) for data in photographs] + [
        _fitted(data, 480, 640) for data in photographs
    ]
    return list(itertools.product(frames, references))


def _fitted(data: bytes, width: int, height: int) -> bytes:
    """Return the photograph in the middle of a picture of a size, as a JPEG."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    by = min(width / pixels.shape[1], height / pixels.shape[0])
    small = cv2.resize(pixels, None, fx=by, fy=by, interpolation=cv2.INTER_AREA)
    frame = np.full((height, width, 3), (168, 172, 170), np.uint8)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    frame[top : top + small.shape[0], left : left + small.shape[1]] = small
    done, jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 90])
    assert done
    return jpeg.tobytes()


def plain_loop(models: Path, work: Sequence[Pair], seconds: float, told: Any, go: Any) -> None:
    """Compare pairs for so long and tell how many; a process of its own, one thread."""
    cv2.setNumThreads(1)
    detector = cv2.FaceDetectorYN.create(str(models / DETECTOR), "", (320, 320), 0.6, 0.3, 200)
    recogniser = cv2.FaceRecognizerSF.create(str(models / RECOGNISER["file"]), "")

    def embedding(data: bytes) -> Any:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert pixels is not None
        longest = max(pixels.shape[:2])
        by = WORK_SIDE / longest if longest > WORK_SIDE else max(1.0, SMALL_SIDE / longest)
        if by != 1:
            how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
            pixels = cv2.resize(pixels, None, fx=by, fy=by, interpolation=how)
        detector.setInputSize((pixels.shape[1], pixels.shape[0]))
        _, rows = detector.detect(pixels)
        largest = max(rows, key=lambda row: float(row[2] * row[3]))
        return np.array(recogniser.feature(recogniser.alignCrop(pixels, largest)))

    embedding(work[0][0])
    told.put(0)
    go.wait()
    ends = time.perf_counter() + seconds
    done = 0
    for first, second in itertools.cycle(work):
        recogniser.match(embedding(first), embedding(second), cv2.FaceRecognizerSF_FR_COSINE)
        done += 1
        if time.perf_counter() >= ends:
            break
    told.put(done)


def bound_rate(models: Path, work: Sequence[Pair], cores: int) -> float:
    """Return comparisons a second of plain loops, one a core."""
    context = multiprocessing.get_context("spawn")
    told, go = context.Queue(), context.Event()
    loops = [
        context.Process(target=plain_loop, args=(models, work[at:] + work[:at], ROUND_S, told, go))
        for at in range(cores)
    ]
    for loop in loops:
        loop.start()
    for _ in loops:
        told.get(timeout=60)
    go.set()
    done = sum(told.get(timeout=ROUND_S + 60) for _ in loops)
    for loop in loops:
        loop.join(30)
    return float(done / ROUND_S)


async def served_rate(client: FaceService, work: Sequence[Pair], askers: int, faults: list[str]) -> float:
    """Return comparisons a second that the service gives to so many askers."""
    ends = time.perf_counter() + ROUND_S
    done = 0

    async def ask(start: int) -> None:
        nonlocal done
        for at in itertools.count(start):
            told = await client.compare(*work[at % len(work)])
            done += 1
            if told.reason is not None:
                faults.append(f"not compared: {told.reason.code}")
            if time.perf_counter() >= ends or len(faults) > 5:
                return

    await asyncio.gather(*(ask(start) for start in range(askers)))
    return done / ROUND_S


async def all_at_once(
    client: FaceService, work: Sequence[Pair], limit_s: float, faults: list[str]
) -> dict[str, float]:
    """Let a hundred seats ask at the same moment; every answer or refusal must come within its limit."""
    outcomes: Counter[str] = Counter()
    longest = 0.0

    async def seat(number: int) -> None:
        nonlocal longest
        began = time.perf_counter()
        told = await client.compare(*work[number % len(work)])
        took = time.perf_counter() - began
        longest = max(longest, took)
        outcomes[told.reason.code if told.reason is not None else "compared"] += 1
        # A second for the way there and back on cores that are all at work.
        if took > limit_s + 1:
            faults.append(f"seat {number} waited {took:.1f} s")

    await asyncio.gather(*(seat(number) for number in range(SEATS)))
    other = set(outcomes) - {"compared", reasons.BUSY.code, reasons.LATE.code}
    if other:
        faults.append(f"answers other than a comparison or busy: {sorted(other)}")
    if outcomes["compared"] < SEATS / 10:
        faults.append(f"only {outcomes['compared']} of {SEATS} were compared")
    busy = outcomes[reasons.BUSY.code] + outcomes[reasons.LATE.code]
    return {
        "at_once": SEATS,
        "at_once_compared": outcomes["compared"],
        "at_once_busy": busy,
        "at_once_longest_s": round(longest, 2),
    }


async def memory_over(
    client: FaceService,
    work: Sequence[Pair],
    pictures: int,
    pids: Sequence[int],
    tell: Callable[[int, int], None],
    faults: list[str],
) -> dict[str, float]:
    """Send so many pictures through and compare the memory after the first thousand with that at the end."""

    def held() -> int:
        return sum(psutil.Process(pid).memory_info().rss for pid in pids)

    first = most = 0
    sent = 0
    while sent < pictures:
        # Few at once, so that none is refused.
        batch = [work[(sent // 2 + at) % len(work)] for at in range(4)]
        told = await asyncio.gather(*(client.compare(*pair) for pair in batch))
        faults += [f"not compared: {one.reason.code}" for one in told if one.reason is not None]
        sent += 2 * len(batch)
        if len(faults) > 5:
            break
        if sent % WARM == 0:
            tell(sent, pictures)
            most = max(most, held())
            first = first or most
    if most - first > GROWTH_BYTES:
        faults.append(f"memory grew by {(most - first) / 1e6:.0f} MB over {sent} pictures")
    return {
        "pictures": sent,
        "memory_mb": round(first / 1e6, 1),
        "memory_grew_mb": round((most - first) / 1e6, 1),
    }


async def face_compare(folder: Path, *, pictures: int, tell: Callable[[int, int], None]) -> Figure:
    """Measure the face service; see the module."""
    models = shared("models")
    work = pairs()
    assert models is not None
    settings: ServiceSettings = face_settings(folder, models)
    cores = len(os.sched_getaffinity(0))
    faults: list[str] = []
    value = bound = 0.0
    async with running(settings) as server:
        workers = server.desk.workers
        assert isinstance(workers, Workers)
        await until(lambda: len(workers.pids) == workers.count, within_s=60)
        client = FaceService(settings)
        try:
            for _ in range(ROUNDS):
                bound = max(bound, await asyncio.to_thread(bound_rate, models, work, cores))
                value = max(value, await served_rate(client, work, 2 * cores, faults))
            more = await all_at_once(client, work, settings.faces.deadline_seconds, faults)
            pids = [os.getpid(), *workers.pids.values()]
            more |= await memory_over(client, work, pictures, pids, tell, faults)
            if workers.restarts:
                faults.append(f"{workers.restarts} workers were replaced")
        finally:
            await client.close()
    return Figure(
        "face-compare",
        value,
        "comparisons/s",
        f"plain OpenCV loops over the same pictures, one a core ({cores}), comparisons/s",
        bound,
        value / bound,
        NEEDED,
        more,
        tuple(faults[:5]),
    )
