"""Reads pages back: their text by pdftotext, their codes from a picture by zxing-cpp."""

from __future__ import annotations

import io
import subprocess

import zxingcpp
from PIL import Image


def text_of(pdf: bytes) -> str:
    """Return the text of a PDF, its lines in reading order."""
    command = ("pdftotext", "-layout", "-", "-")
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()


def pictures_of(pdf: bytes, dpi: int = 150) -> list[Image.Image]:
    """Return the pages of a PDF as pictures."""
    command = ("pdftoppm", "-r", str(dpi), "-png", "-")
    data = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    mark = b"\x89PNG\r\n\x1a\n"
    return [Image.open(io.BytesIO(mark + part)) for part in data.split(mark)[1:]]


def codes_in(pdf: bytes) -> list[str]:
    """Return the texts of the codes on a PDF's pages, in order of pages."""
    return [code.text for page in pictures_of(pdf) for code in zxingcpp.read_barcodes(page)]
