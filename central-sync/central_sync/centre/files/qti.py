"""Question banks as QTI content packages: 2.1, 2.2 and 3.0 are read, 3.0 is written."""

from central_sync.centre.files.bank import BankDraft
from central_sync.centre.files.qti_read import read_qti
from central_sync.centre.files.qti_write import write_qti

__all__ = ["BankDraft", "read_qti", "write_qti"]
