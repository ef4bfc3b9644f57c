"""Calls a vendor's WLT library in a process of its own: it may crash there, or want files beside it.

Run as `python -m firmware_adapters.id_card.wlt_library LIBRARY FUNCTION buffers|files ARGUMENT SUCCESS
INPUT OUTPUT`; ARGUMENT may be empty. Exits with 1 and a line on standard error when it did not decode.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_ROOM = 256 * 1024
"""More than any decoder writes: some give a BMP of 38862 bytes, some several copies of the picture."""
_BMP_LENGTH = slice(2, 6)


class NotDecoded(Exception):
    """The library said no, or gave no picture."""


def call_buffers(
    library: ctypes.CDLL, function: str, argument: int | None, success: int, wlt: bytes
) -> bytes:
    """Call `int f(photo, picture[, argument])` and return the BMP it wrote. Raises NotDecoded."""
    # Vendors' code reads beyond what it is given; it finds zeros there.
    source = ctypes.create_string_buffer(wlt, _ROOM)
    picture = ctypes.create_string_buffer(_ROOM)
    further = () if argument is None else (ctypes.c_int(argument),)
    result = getattr(library, function)(source, picture, *further)
    if result != success:
        raise NotDecoded(f"{function} returned {result}")
    written = picture.raw
    if not written.startswith(b"BM"):
        raise NotDecoded(f"{function} wrote no BMP")
    return written[: int.from_bytes(written[_BMP_LENGTH], "little")]


def call_files(library: ctypes.CDLL, function: str, success: int, source: str, target: str) -> None:
    """Call `int f(path of photo, path of picture)`. Raises NotDecoded."""
    result = getattr(library, function)(source.encode(), target.encode())
    if result != success:
        raise NotDecoded(f"{function} returned {result}")


def main(arguments: list[str]) -> int:
    """Decode one photo; return the exit code."""
    path, function, call, argument, success, source, target = arguments
    path = str(Path(path).resolve())
    try:
        # A licence file is looked for in the working folder.
        os.chdir(Path(path).parent)
        library = ctypes.CDLL(path)
        if call == "files":
            call_files(library, function, int(success), source, target)
        else:
            extra = int(argument) if argument else None
            Path(target).write_bytes(
                call_buffers(library, function, extra, int(success), Path(source).read_bytes())
            )
    except (NotDecoded, OSError, AttributeError) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
