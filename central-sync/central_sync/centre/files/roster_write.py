"""Rosters and photos written as agencies send them in: what the reader takes back."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO

from openpyxl import Workbook

from central_sync.centre.files import sheet_style
from central_sync.centre.files.roster_columns import COLUMNS, ROSTER_FORM
from central_sync.centre.files.roster_read import RosterCandidate

_SEX_ZH = {"M": "男", "F": "女"}


def write_roster_xlsx(candidates: Sequence[RosterCandidate]) -> bytes:
    """Return candidates as an .xlsx that `read_roster` takes back. It holds ID numbers: keep it safe."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = ROSTER_FORM.sheet
    sheet_style.put_headings(sheet, 1, [each.zh for each in COLUMNS], [each.required for each in COLUMNS])
    sheet_style.set_widths(sheet, (12, 8, 24, 34, 16, 12, 12, 30))
    sheet_style.text_columns(sheet, len(COLUMNS))
    sheet.freeze_panes = "A2"
    for row, given in enumerate(candidates, start=2):
        line = (
            given.name,
            _SEX_ZH[given.sex],
            given.id_number,
            given.employer,
            given.mobile,
            str(given.extra_minutes or ""),
            str(given.resit or ""),
            given.remark,
        )
        for column, text in enumerate(line, start=1):
            sheet_style.put_text(sheet_style.cell_at(sheet, row, column), text)
    return sheet_style.saved(book)


def write_photo_zip(photos: Mapping[str, bytes]) -> bytes:
    """Return a zip of photos (JPEG) by ID number, as `read_roster` looks for them."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for id_number, data in sorted(photos.items()):
            archive.writestr(f"{id_number}.jpg", data)
    return out.getvalue()
