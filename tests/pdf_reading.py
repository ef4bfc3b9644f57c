"""Reads pages back: their text by pdftotext, their codes from a picture by zxing-cpp."""

from __future__ import annotations

import io
import subprocess
import tempfile

import zxingcpp
from PIL import Image


def text_of(pdf: bytes, *, layout: bool = True) -> str:
    """Return the text of a PDF: as it stands on its pages, or in the order in which it was written."""
    command = ("pdftotext", "-layout" if layout else "-raw", "-", "-")
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()


def fonts_of(pdf: bytes) -> list[str]:
    """Return the names of the fonts in a PDF."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        told = subprocess.run(("pdffonts", file.name), capture_output=True, check=True).stdout.decode()
    return [line.split()[0] for line in told.splitlines()[2:]]


def pictures_of(pdf: bytes, dpi: int = 150) -> list[Image.Image]:
    """Return the pages of a PDF as pictures."""
    command = ("pdftoppm", "-r", str(dpi), "-png", "-")
    data = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    mark = b"\x89PNG\r\n\x1a\n"
    return [Image.open(io.BytesIO(mark + part)) for part in data.split(mark)[1:]]


def codes_in(pdf: bytes) -> list[str]:
    """Return the texts of the codes on a PDF's pages, in order of pages."""
    return [code.text for page in pictures_of(pdf) for code in zxingcpp.read_barcodes(page)]
