"""What is said when a number is called, and its sound made by espeak-ng: WAV, made once, kept on disk."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
from pathlib import Path

from central_sync.protocol.http.problems import Problem
from exam_appliance.config.settings import AnnouncementSettings, CounterSettings

DIGITS_ZH = "零一二三四五六七八九"
VOICES = {"zh": "cmn-latn-pinyin", "en": "en"}
"""Of espeak-ng 1.51 the plain `cmn` reads its own pinyin as English; this one speaks Chinese."""
SPEED_WORDS_PER_MINUTE = 140
MAKE_S = 10.0
"""A sound not made within this is given up, seconds."""
KEPT_FILES = 2000
"""The oldest sounds go beyond this."""


def number_said(number: str, language: str) -> str:
    """Return a number as halls say it, sign by sign: A023 -> `A 零 二 三`, in English `A 0 2 3`."""
    if language == "zh":
        return " ".join(DIGITS_ZH[int(sign)] if sign in "0123456789" else sign for sign in number)
    return " ".join(number)


def counted_zh(text: str) -> str:
    """Return a text with its numbers up to 99 in Chinese: `12 号窗口` -> `十二 号窗口`; longer by sign."""

    def said(found: re.Match[str]) -> str:
        digits = found[0]
        if len(digits) > 2 or (len(digits) == 2 and digits[0] == "0"):
            return " ".join(DIGITS_ZH[int(digit)] for digit in digits)
        tens, ones = divmod(int(digits), 10)
        if not tens:
            return DIGITS_ZH[ones]
        return (DIGITS_ZH[tens] if tens > 1 else "") + "十" + (DIGITS_ZH[ones] if ones else "")

    return re.sub(r"[0-9]+", said, text)


def said_text(
    announcement: AnnouncementSettings, number: str, counter: CounterSettings, language: str
) -> str:
    """Return the whole sentence in a language, ready for a voice."""
    if language == "zh":
        template, place = announcement.zh, counted_zh(counter.zh)
    else:
        template, place = announcement.en, counter.en
    return template.replace("{number}", number_said(number, language)).replace("{counter}", place)


class Speech:
    """Makes sounds of sentences. Methods belong to the event loop's thread."""

    def __init__(self, folder: Path, program: str = "espeak-ng") -> None:
        self._folder = folder
        self._program = program
        self._turn = asyncio.Semaphore(1)

    @property
    def available(self) -> bool:
        """Whether the program is there."""
        return shutil.which(self._program) is not None

    async def sound(self, text: str, language: str) -> Path:
        """Return the WAV file of a sentence. Raises Problem `queue.no_voice`."""
        key = hashlib.sha256(f"{VOICES[language]}\n{SPEED_WORDS_PER_MINUTE}\n{text}".encode()).hexdigest()
        file = self._folder / f"{key}.wav"
        async with self._turn:
            if not await asyncio.to_thread(file.is_file):
                await self._make(text, language, file)
        return file

    async def _make(self, text: str, language: str, file: Path) -> None:
        await asyncio.to_thread(self._make_room)
        draft = file.with_suffix(".part")
        order = (
            "-b",
            "1",
            "-v",
            VOICES[language],
            "-s",
            str(SPEED_WORDS_PER_MINUTE),
            "-w",
            str(draft),
            "--stdin",
        )
        try:
            process = await asyncio.create_subprocess_exec(
                self._program,
                *order,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise _no_voice() from error
        try:
            async with asyncio.timeout(MAKE_S):
                await process.communicate(text.encode())
        except TimeoutError as error:
            raise _no_voice() from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        try:
            if process.returncode != 0:
                raise _no_voice()
            await asyncio.to_thread(os.replace, draft, file)
        except OSError as error:
            raise _no_voice() from error

    def _make_room(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        files = sorted(self._folder.glob("*.wav"), key=lambda one: one.stat().st_mtime)
        for file in files[: max(0, len(files) - KEPT_FILES + 1)]:
            file.unlink(missing_ok=True)


def _no_voice() -> Problem:
    return Problem(
        "not_ready",
        "queue.no_voice",
        "服务器无法合成语音，请检查 espeak-ng 是否安装、磁盘是否有空间",
        "the server could not make the sound: check that espeak-ng is installed and the disk has space",
    )
