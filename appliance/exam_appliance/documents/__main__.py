"""The process that makes one PDF: takes `{"template", "facts"}` as JSON on standard input."""

from __future__ import annotations

import os
import sys

import orjson

from exam_appliance.documents.pdf import pdf_of

NICENESS = 10
"""Whoever sits an exam goes before whoever prints."""


def main() -> None:
    """Make the PDF and write it to standard output."""
    os.nice(NICENESS)
    order = orjson.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(pdf_of(order["template"], order["facts"]))


if __name__ == "__main__":
    main()
