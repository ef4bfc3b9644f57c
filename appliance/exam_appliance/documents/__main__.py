"""The process that makes documents: takes orders on standard input, answers on standard output."""

from __future__ import annotations

import io
import os
import resource
import sys
from dataclasses import asdict
from typing import Any

import orjson

from exam_appliance.documents.pipe_frames import HEAD, FrameWrong, frame, lengths
from exam_appliance.documents.rendering import Order, broken_json, folders, made
from exam_appliance.documents.template_folder import TemplateBroken

NICENESS = 10
"""Whoever sits an exam goes before whoever prints."""
MEMORY_LIMIT = 2 * 1024**3
"""Bytes of address space: a template that grows without end hurts itself alone."""


def main() -> None:
    """Make what is ordered until standard input ends."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers, orders = sys.stdout.buffer, sys.stdin.buffer
    # Libraries that print must not get between the frames.
    sys.stdout = io.TextIOWrapper(sys.stderr.buffer, write_through=True)
    by_folder = folders()

    def tell(value: Any, blob: bytes = b"") -> None:
        answers.write(frame(value, blob))
        answers.flush()

    while head := orders.read(HEAD.size):
        size, _ = lengths(head)
        told = orders.read(size)
        if len(told) < size:
            raise FrameWrong("cut off")
        order = Order(**orjson.loads(told))
        try:
            result = made(order, by_folder, lambda done, of: tell({"progress": [done, of]}))
        except TemplateBroken as error:
            tell({"broken": [broken_json(error.broken)], "failed": str(error)})
        except Exception as error:
            tell({"broken": [], "failed": f"{type(error).__name__}: {error}"})
        else:
            told_lines = [[type(line).__name__, asdict(line)] for line in result.lines]
            broken = [broken_json(one) for one in result.broken]
            tell({"pages": result.pages, "lines": told_lines, "broken": broken}, result.pdf)


if __name__ == "__main__":
    main()
