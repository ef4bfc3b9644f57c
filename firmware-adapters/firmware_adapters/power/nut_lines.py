"""Lines of NUT's network protocol (RFC 9271): words, some of them quoted, with backslash escapes."""

from __future__ import annotations

MAX_LINE_BYTES = 8192
"""upsd's own lines end far below; longer ones are garbage."""
MAX_WORDS = 64


class NutGarbled(Exception):
    """This is no line of the protocol; says why, English, one line."""


def split_line(line: str) -> list[str]:
    """Return the words of a line without its end. Raises NutGarbled, whatever it is.

    `VAR ups battery.charge "100"` -> `["VAR", "ups", "battery.charge", "100"]`.
    """
    words: list[str] = []
    at = 0
    while at < len(line):
        if line[at] in " \t":
            at += 1
            continue
        if len(words) == MAX_WORDS:
            raise NutGarbled(f"more than {MAX_WORDS} words")
        word, at = _quoted(line, at + 1) if line[at] == '"' else _bare(line, at)
        words.append(word)
    return words


def _quoted(line: str, at: int) -> tuple[str, int]:
    signs: list[str] = []
    while at < len(line):
        if line[at] == '"':
            if at + 1 < len(line) and line[at + 1] not in " \t":
                raise NutGarbled("something stands right behind a closing quote")
            return "".join(signs), at + 1
        if line[at] == "\\":
            at += 1
            if at == len(line):
                break
        signs.append(line[at])
        at += 1
    raise NutGarbled("a quote is not closed")


def _bare(line: str, at: int) -> tuple[str, int]:
    signs: list[str] = []
    while at < len(line) and line[at] not in " \t":
        if line[at] == '"':
            raise NutGarbled("a quote stands inside a word")
        if line[at] == "\\":
            at += 1
            if at == len(line):
                raise NutGarbled("a backslash ends the line")
        signs.append(line[at])
        at += 1
    return "".join(signs), at


def join_words(*words: str) -> str:
    """Return a line of words, quoted where needed. Raises ValueError for what no line can hold."""
    return " ".join(_written(word) for word in words)


def _written(word: str) -> str:
    if any(sign < " " or sign == "\x7f" for sign in word):
        raise ValueError("control characters cannot be sent")
    if word and not any(sign in ' \t"\\=#' for sign in word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
