"""sdt-decoder: a million mutated frames of an ID-card reader, none read wrong; how many go a second.

Mutations fall on the frame as it is (then the check byte refuses nearly all) and on its contents with the
check byte made right again (then every field is compared with an oracle that shares nothing with the
decoder). The bound is a bare loop that finds the preamble, checks the check byte and slices the items out.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from operator import xor
from typing import NamedTuple

import numpy as np

from firmware_adapters.id_card.commands import split_card_data
from firmware_adapters.id_card.frames import SYNC, Reply, ReplyParser, SdtError
from firmware_adapters.id_card.text_block import LAYOUTS, decode_text_block
from firmware_adapters.simulators.id_card_cards import SAMPLES
from firmware_adapters.simulators.id_card_module import frame
from tests.bench.figure import Figure
from tests.id_card_oracle import is_in, wrong_fields

CHUNK = 10_000
TIMED = 4_000
ROUNDS = 3
NEEDED = 0.2
"""The bound knows no layouts, dates, numbers or findings; a fifth of it is thousands of cards a second more
than any hall can lay."""


class Tally(NamedTuple):
    """What became of some frames."""

    frames: int
    replies: int
    documents: int
    faults: tuple[str, ...]


def mutated_frames(seed: int, count: int) -> list[bytes]:
    """Return frames of sample cards with bytes changed, lost, doubled or added; the same for a seed."""
    chance = random.Random(seed)
    cards = [sample.card() for sample in SAMPLES.values()]
    frames = []
    for _ in range(count):
        card = chance.choice(cards)
        text = bytearray(card.text)
        whole = chance.random() < 0.5
        if whole:
            for _ in range(chance.randint(1, 8)):
                text[chance.randrange(len(text))] = chance.choice(
                    (0, 0xFF, 0xD8, 0x20, chance.randrange(256))
                )
        photo = card.photo[: chance.choice((0, 1024, 1024, 1024))]
        lengths = len(text).to_bytes(2, "big") + len(photo).to_bytes(2, "big")
        wire = bytearray(frame(0x90, lengths + bytes(text) + photo))
        if not whole:
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(wire))
                match chance.randrange(4):
                    case 0:
                        wire[at] ^= 1 << chance.randrange(8)
                    case 1:
                        del wire[at]
                    case 2:
                        wire.insert(at, chance.randrange(256))
                    case _:
                        wire[at : at + 2] = wire[at : at + 1] * 2
        frames.append(bytes(wire))
    return frames


def tally(seed: int) -> Tally:
    """Decode a chunk of frames and compare everything that came out with the oracle."""
    replies = documents = 0
    faults: list[str] = []
    for wire in mutated_frames(seed, CHUNK):
        try:
            parser = ReplyParser()
            found = [one for one in (*parser.feed(wire), *parser.cut()) if isinstance(one, Reply)]
            for reply in found:
                replies += 1
                if not is_in(reply, wire):
                    faults.append(f"seed {seed}: a reply that is not in its bytes: {wire.hex()}")
                documents += _documents(reply, faults, seed)
        except Exception as error:
            faults.append(f"seed {seed}: {error!r} for {wire.hex()}")
        if len(faults) > 3:
            break
    return Tally(CHUNK, replies, documents, tuple(faults))


def _documents(reply: Reply, faults: list[str], seed: int) -> int:
    try:
        data = split_card_data(reply.data, fingerprint=False)
        document = decode_text_block(data.text)
    except SdtError:
        return 0
    wrong = wrong_fields(document, data.text)
    if wrong:
        faults.append(f"seed {seed}: wrong {wrong} in {data.text.hex()}")
    return 1


def _decode(frames: list[bytes]) -> None:
    for wire in frames:
        parser = ReplyParser()
        for one in (*parser.feed(wire), *parser.cut()):
            if isinstance(one, Reply):
                try:
                    decode_text_block(split_card_data(one.data, fingerprint=False).text)
                except SdtError:
                    continue


def _bare(frames: list[bytes]) -> None:
    spans = [span for parts in LAYOUTS.values() for spans in parts.values() for span in spans][:15]
    for wire in frames:
        start = wire.find(SYNC)
        length = wire[start + 4] << 8 | wire[start + 5] if 0 <= start < len(wire) - 6 else 0
        body = wire[start + 4 : start + 6 + length]
        if len(body) == length + 2 and not np.bitwise_xor.reduce(np.frombuffer(body, np.uint8)):
            text = body[9:265]
            _ = [text[at : at + size].decode("utf-16-le", "replace") for at, size in spans]


def _rate(work: Callable[[list[bytes]], None], frames: list[bytes]) -> float:
    best = 0.0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work(frames)
        best = max(best, len(frames) / (time.perf_counter() - began))
    return best


async def sdt_decoder(*, frames: int, tell: Callable[[int, int], None]) -> Figure:
    """Decode so many mutated frames on all cores, then measure how many go a second on one."""
    if reduce(xor, frame(0x90)[5:]):
        raise RuntimeError("the simulator's own frames are wrong")
    chunks = -(-frames // CHUNK)
    replies = documents = done = 0
    faults: list[str] = []
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        for ended in asyncio.as_completed(
            [loop.run_in_executor(pool, tally, seed) for seed in range(chunks)]
        ):
            part = await ended
            done, replies, documents = done + part.frames, replies + part.replies, documents + part.documents
            faults += part.faults
            tell(done, chunks * CHUNK)
    timed = mutated_frames(0, TIMED)
    value, bound = _rate(_decode, timed), _rate(_bare, timed)
    return Figure(
        "sdt-decoder",
        value,
        "frames/s",
        "a bare loop that finds, checks and slices the same frames, frames/s",
        bound,
        value / bound,
        NEEDED,
        {"mutated": done, "replies": replies, "documents": documents},
        tuple(faults[:5]),
    )
