"""Question banks as .xlsx: the template, reading and writing."""

from central_sync.centre.files.bank import BankDraft
from central_sync.centre.files.bank_read import read_bank_xlsx, read_media_zip
from central_sync.centre.files.bank_write import bank_template, write_bank_xlsx, write_media_zip

__all__ = [
    "BankDraft",
    "bank_template",
    "read_bank_xlsx",
    "read_media_zip",
    "write_bank_xlsx",
    "write_media_zip",
]
