"""Breaking text into lines of a printer's columns. Pure.

A Chinese character takes two columns, a Latin one takes one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator


def printable(text: str) -> str:
    """Return a text without control characters, which a printer would take for commands."""
    return "".join(
        " " if letter in _BREAKS else letter
        for letter in text
        if unicodedata.category(letter) not in _UNSEEN or letter in _BREAKS
    )


_BREAKS = "\t\r\n\u2028\u2029"
"""Ends of lines and paragraphs too: what draws the letters of one line (raqm) refuses them."""
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


def width(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(_width(letter) for letter in text)


def _width(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WFA" else 1


def broken(text: str, columns: int) -> list[str]:
    """Return the lines of a text; Latin words are kept whole where they fit in a line."""
    lines, line = [], ""
    for word in _words(printable(text)):
        if width(line + word) <= columns:
            line += word
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = ""
        for letter in word.lstrip():
            if width(line + letter) > columns:
                lines.append(line)
                line = ""
            line += letter
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def pair(left: str, right: str, columns: int) -> list[str]:
    """Return what it is and its value on one line, the value at the right; on two where they do not fit."""
    left, right = printable(left).strip(), printable(right).strip()
    gap = columns - width(left) - width(right)
    if gap >= 1:
        return [left + " " * gap + right]
    return broken(left, columns) + [
        " " * max(0, columns - width(line)) + line for line in broken(right, columns)
    ]


def _words(text: str) -> Iterator[str]:
    """Give pieces between which a line may end: Latin words with the space before, other letters singly."""
    word = ""
    for letter in text:
        if _width(letter) == 2:
            if word:
                yield word
                word = ""
            yield letter
        elif letter == " ":
            if word:
                yield word
            word = letter
        else:
            word += letter
    if word:
        yield word
