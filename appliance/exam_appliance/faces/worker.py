"""One worker process: takes pictures from its standard input and answers on what was its standard output.

A request is 4 bytes of length and JSON {op, sizes}, then the pictures; an answer 4 bytes of length and JSON.
It ends when its input closes, so that it cannot outlive the service.
"""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

import orjson

from exam_appliance.faces.client import best_of
from exam_appliance.faces.engine import FaceEngine
from exam_appliance.faces.models import ManyComparison
from exam_appliance.faces.settings import ServiceSettings

READY = b"{}"


def main() -> None:
    """Load the models and work until the input closes."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    asked = sys.stdin.buffer
    # A library that prints must not print into the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    engine = FaceEngine(ServiceSettings.model_validate_json(_taken(asked)))
    _give(answers, READY)
    while True:
        try:
            request = orjson.loads(_taken(asked))
        except EOFError:
            return
        pictures = [_exactly(asked, size) for size in request["sizes"]]
        _give(answers, _answer(engine, request["op"], pictures))


def _answer(engine: FaceEngine, op: str, pictures: list[bytes]) -> bytes:
    if op == "detect":
        return engine.detect(pictures[0]).model_dump_json().encode()
    told = engine.compare(pictures[0], pictures[1:])
    if op == "compare":
        return told[0].model_dump_json().encode()
    return ManyComparison(comparisons=tuple(told), best=best_of(told)).model_dump_json().encode()


def _taken(source: BinaryIO) -> bytes:
    return _exactly(source, int.from_bytes(_exactly(source, 4)))


def _exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _give(answers: BinaryIO, told: bytes) -> None:
    answers.write(len(told).to_bytes(4) + told)
    answers.flush()


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError, EOFError):
        sys.exit(0)
