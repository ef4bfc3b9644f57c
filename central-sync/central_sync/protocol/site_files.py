"""Files that a site sends up (上传文件): announced in its journal, then carried piece by piece.

The journal entry `file.offered` comes first and says what the file is; the centre takes no file that
the verified journal of the same server did not announce. The file itself is known by its SHA-256.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from central_sync.protocol.items import Words

SITE_FILE_BYTES = 256 * 1024 * 1024
"""Bytes of one file at most."""
PIECE_BYTES = 1024 * 1024
"""Bytes of one piece at most."""
PIECE_TYPE = "application/octet-stream"


class PieceQuery(Words):
    """Where a piece has its place in the file: the bytes that the centre holds already."""

    offset: Annotated[int, Field(ge=0, le=SITE_FILE_BYTES)]


class FileHeld(Words):
    """How much of a file the centre holds, in bytes; `whole` once its SHA-256 proved right."""

    received: Annotated[int, Field(ge=0)]
    whole: bool
