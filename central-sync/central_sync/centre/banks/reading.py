"""Reading the files that bring items into a bank. Works on bytes only; belongs on a thread."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from central_sync.centre.files.bank import BankDraft
from central_sync.centre.files.bank_xlsx import read_bank_xlsx, read_media_zip
from central_sync.centre.files.qti import read_qti
from central_sync.centre.files.report import ImportReport

BankFormat = Literal["xlsx", "qti"]


def read_bank_file(
    file: Path, form: BankFormat, media: Path | None = None
) -> tuple[BankDraft | None, ImportReport]:
    """Return the items of an uploaded file, all or none, and the report. `media` only with .xlsx."""
    data = file.read_bytes()
    if form == "qti":
        return read_qti(data)
    files = None
    if media is not None:
        files, report = read_media_zip(media.read_bytes())
        if files is None:
            return None, report
    return read_bank_xlsx(data, files)
