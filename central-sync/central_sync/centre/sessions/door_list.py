"""The seating list of a session (考场座次表) as .xlsx, a sheet for each room, to hang at its door."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.properties import PageSetupProperties

from central_sync.centre.api.plan_models import Tickets
from central_sync.centre.files import sheet_style
from central_sync.protocol.roster import masked_id

HEADINGS = ("座位号", "准考证号", "姓名", "性别", "身份证号", "工作单位", "备注")
_WIDTHS = (9, 17, 12, 7, 22, 34, 16)
_SEX_ZH = {"M": "男", "F": "女"}


def door_list(tickets: Tickets) -> bytes:
    """Return the workbook. ID numbers are masked, for the list is seen by everybody."""
    book = Workbook()
    book.remove(book.worksheets[0])
    session = tickets.session
    local = session.starts_at.astimezone(ZoneInfo(session.time_zone))
    for number, room in enumerate(session.rooms, start=1):
        sheet = book.create_sheet(f"{number} {room.room}".translate(str.maketrans("", "", r"[]:*?/\\"))[:31])
        title = sheet_style.cell_at(sheet, 1, 1)
        sheet_style.put_text(title, f"{session.title}　{room.room}")
        title.font = Font(name=sheet_style.FONT, bold=True, size=15)
        told = sheet_style.cell_at(sheet, 2, 1)
        sheet_style.put_text(
            told,
            f"{session.site_name}　{local.year}年{local.month}月{local.day}日 {local:%H:%M} 开考　"
            f"{session.duration_minutes} 分钟　本考场 {room.arranged} 人",
        )
        sheet_style.put_headings(sheet, 3, HEADINGS)
        seated = [ticket for ticket in tickets.tickets if ticket.room == room.room]
        for row, ticket in enumerate(seated, start=4):
            remark = "、".join(
                text
                for text in (
                    f"加时 {ticket.extra_minutes} 分钟" if ticket.extra_minutes else "",
                    f"第 {ticket.resit} 次补考" if ticket.resit else "",
                )
                if text
            )
            line = (
                str(ticket.seat),
                ticket.ticket,
                ticket.name,
                _SEX_ZH[ticket.sex],
                masked_id(ticket.id_number),
                ticket.employer,
                remark,
            )
            for column, text in enumerate(line, start=1):
                cell = sheet_style.cell_at(sheet, row, column)
                sheet_style.put_text(cell, text)
                cell.font = Font(name=sheet_style.FONT, size=11)
                cell.border = sheet_style.BORDER
                cell.alignment = Alignment(
                    horizontal="center" if column in (1, 2, 4) else "left", vertical="center"
                )
        sheet_style.set_widths(sheet, _WIDTHS)
        sheet.freeze_panes = "A4"
        sheet.print_title_rows = "1:3"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = 9  # A4
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return sheet_style.saved(book)
