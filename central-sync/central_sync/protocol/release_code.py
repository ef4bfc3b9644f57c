"""Release codes (解密口令): the words that a site's lead types in when the line is down.

A code is eleven words of eight bits: nine of them (72 bits) are random, two are a check over the
field GF(2^8). The check finds one wrong word by its position and right value, and notices words
that changed places, so that a slip of the ear is never taken for a wrong code.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

from central_sync.protocol.release_code_words import BYTE_OF_CHARACTER, BYTE_OF_PINYIN, CHARACTERS, PINYIN

SECRET_WORDS = 9
CODE_WORDS = SECRET_WORDS + 2
LONGEST_INPUT = 2000
"""Characters; what is longer is no code."""

_POLYNOMIAL = 0x11D
_TOKEN = re.compile(r"[a-z]+|[^\W\d_a-z]")


class ReleaseCodeMistyped(ValueError):
    """The words are no release code: `zh` and `en` say which word to look at.

    `position` counts from 1, None when no single word can be named; `suggestions` are words that
    may be meant, likeliest first.
    """

    def __init__(
        self, reason: str, zh: str, en: str, position: int | None = None, suggestions: tuple[str, ...] = ()
    ) -> None:
        super().__init__(f"{zh} / {en}")
        self.reason = reason
        """`count`, `word` or `check`."""
        self.zh = zh
        self.en = en
        self.position = position
        self.suggestions = suggestions


def new_release_code() -> str:
    """Return a new random code: eleven words with a space between."""
    return code_text(secrets.token_bytes(SECRET_WORDS))


def code_text(secret: bytes) -> str:
    """Return the words of a secret of nine bytes, check words at the end."""
    if len(secret) != SECRET_WORDS:
        raise ValueError(f"a release code carries {SECRET_WORDS} bytes, not {len(secret)}")
    return " ".join(PINYIN[value] for value in _with_check(secret))


def spoken_words(code: str) -> tuple[tuple[str, str], ...]:
    """Return the words of a code as (pinyin, character) to print and to read out, such as (an, 安)."""
    return tuple((PINYIN[value], CHARACTERS[value]) for value in _with_check(read_release_code(code)))


def read_release_code(text: str) -> bytes:
    """Return the nine secret bytes of a code as typed.

    Words may be pinyin, with or without tone marks, or the characters, or both side by side, in
    any case and width, with anything that is no letter between them. Raises ReleaseCodeMistyped.
    """
    values = _values(_tokens(text))
    if len(values) != CODE_WORDS:
        raise ReleaseCodeMistyped(
            "count",
            f"解密口令应为 {CODE_WORDS} 个词，现有 {len(values)} 个，请核对是否漏输或多输",
            f"a release code has {CODE_WORDS} words, found {len(values)}: look for a missing or extra word",
        )
    _require_check(values)
    return bytes(values[:SECRET_WORDS])


def _tokens(text: str) -> list[str]:
    if len(text) > LONGEST_INPUT:
        raise ReleaseCodeMistyped(
            "count", "输入过长，不是解密口令", "the text is too long to be a release code"
        )
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _TOKEN.findall("".join(mark for mark in plain if not unicodedata.combining(mark)))


def _values(tokens: list[str]) -> list[int]:
    """Return the byte of each word; a word given as pinyin and character together counts once."""
    values: list[int] = []
    written: list[bool] = []
    for position, token in enumerate(tokens, start=1):
        value = BYTE_OF_PINYIN.get(token, BYTE_OF_CHARACTER.get(token))
        if value is None:
            raise _unknown_word(token, position, pairs=len(tokens) > CODE_WORDS + 2)
        values.append(value)
        written.append(token in BYTE_OF_CHARACTER)
    if len(values) == 2 * CODE_WORDS and written == [False, True] * CODE_WORDS:
        for place in range(CODE_WORDS):
            pinyin, character = values[2 * place : 2 * place + 2]
            if pinyin != character:
                raise ReleaseCodeMistyped(
                    "word",
                    f"第 {place + 1} 个词的拼音 {PINYIN[pinyin]} 与汉字 {CHARACTERS[character]} 不一致",
                    f"word {place + 1}: the pinyin {PINYIN[pinyin]} and the character "
                    f"{CHARACTERS[character]} are not the same word",
                    place + 1,
                    (PINYIN[pinyin], PINYIN[character]),
                )
        return values[::2]
    return values


def _unknown_word(token: str, position: int, *, pairs: bool) -> ReleaseCodeMistyped:
    place = (position + 1) // 2 if pairs else position
    shown = token[:20]
    near = _nearest(token)
    zh_hint = f"，是否为 {' 或 '.join(_shown(word) for word in near)}？" if near else "，请改输拼音"
    en_hint = f"; perhaps {' or '.join(near)}?" if near else "; type the pinyin instead"
    return ReleaseCodeMistyped(
        "word",
        f"第 {place} 个词“{shown}”不是口令用词{zh_hint}",
        f"word {place} ({shown!r}) is not a word of release codes{en_hint}",
        place,
        near,
    )


def _require_check(values: list[int]) -> None:
    plain, weighted = _syndromes(values)
    if plain == 0 and weighted == 0:
        return
    position: int | None = None
    suggestions: tuple[str, ...] = ()
    if plain and weighted:
        place = (_LOG[weighted] - _LOG[plain]) % 255
        if place < CODE_WORDS:
            position, suggestions = place + 1, (PINYIN[values[place] ^ plain],)
    if position is None:
        raise ReleaseCodeMistyped(
            "check",
            "解密口令校验不符：有两个以上的词听错或顺序颠倒，请与中心逐词核对",
            "the check words do not fit: two or more words are wrong or out of order; "
            "read them back to the centre",
        )
    typed = PINYIN[values[position - 1]]
    raise ReleaseCodeMistyped(
        "check",
        f"解密口令校验不符：请核对第 {position} 个词“{_shown(typed)}”，可能应为“{_shown(suggestions[0])}”",
        f"the check words do not fit: look at word {position} ({typed}); it may be {suggestions[0]}",
        position,
        suggestions,
    )


def _shown(word: str) -> str:
    return f"{word} {CHARACTERS[BYTE_OF_PINYIN[word]]}"


def _nearest(token: str) -> tuple[str, ...]:
    """Return up to three words within two slips of a typed word, nearest first."""
    if not token.isascii() or len(token) > 8:
        return ()
    ranked = sorted((_slips(token, word), word) for word in PINYIN)
    best = ranked[0][0]
    return tuple(word for slips, word in ranked[:3] if slips == best) if best <= 2 else ()


def _slips(typed: str, word: str) -> int:
    """Return the number of letters to add, drop, change or swap with a neighbour between two words."""
    rows = [list(range(len(word) + 1))]
    for i, letter in enumerate(typed, start=1):
        row = [i]
        for j, wanted in enumerate(word, start=1):
            cost = min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == word[j - 2] and typed[i - 2] == wanted:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def _field() -> tuple[list[int], list[int]]:
    powers, logs, value = [0] * 255, [0] * 256, 1
    for exponent in range(255):
        powers[exponent], logs[value] = value, exponent
        value <<= 1
        if value & 0x100:
            value ^= _POLYNOMIAL
    return powers, logs


_POWER, _LOG = _field()


def _times(a: int, b: int) -> int:
    return 0 if a == 0 or b == 0 else _POWER[(_LOG[a] + _LOG[b]) % 255]


def _syndromes(values: list[int]) -> tuple[int, int]:
    plain = weighted = 0
    for place, value in enumerate(values):
        plain ^= value
        weighted ^= _times(value, _POWER[place])
    return plain, weighted


def _with_check(secret: bytes) -> list[int]:
    """Return the secret with the two bytes that make both syndromes zero."""
    plain, weighted = _syndromes(list(secret))
    first, second = _POWER[SECRET_WORDS], _POWER[SECRET_WORDS + 1]
    # x + y = plain and x*first + y*second = weighted, where plus is exclusive or.
    numerator = weighted ^ _times(plain, second)
    x = 0 if numerator == 0 else _POWER[(_LOG[numerator] - _LOG[first ^ second]) % 255]
    return [*secret, x, plain ^ x]
