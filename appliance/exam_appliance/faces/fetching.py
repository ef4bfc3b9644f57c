"""Bringing model files: over HTTP, resumed where it broke off, or from a folder such as a USB drive."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import aiohttp

from exam_appliance.faces.model_files import CHUNK, sha256_of, wrong_with
from exam_appliance.faces.settings import ModelFile

Progress = Callable[[int], None]
"""Is told the bytes that are there, of the model's size."""

TRIES: Final = 4
PAUSE_S: Final = 1.0
"""Before the second try; each further one waits twice as long."""
SILENCE_S: Final = 20.0
"""A line without a byte for so long has broken off."""
PART: Final = ".part"


class FetchFailed(Exception):
    """A model file did not come; what did come is kept and the next run goes on there."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")


class _BrokeOff(Exception):
    """The line broke; another try may go on."""


async def fetch(address: str, model: ModelFile, folder: Path, progress: Progress) -> Path:
    """Fetch a model file into a folder; returns its path. Raises FetchFailed."""
    part = _prepared(folder, model)
    pause = PAUSE_S
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=SILENCE_S, sock_read=SILENCE_S)
    async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session:
        for left in reversed(range(TRIES)):
            try:
                await _go_on(session, address, model, part, progress)
                break
            except (aiohttp.ClientError, TimeoutError, ConnectionError, _BrokeOff) as error:
                if not left:
                    raise FetchFailed(
                        f"{model.file} 下载中断（{error}），已下载的部分会保留，请检查网络后重新运行",
                        f"{model.file}: the line broke ({error}); what came is kept: run it again",
                    ) from error
                await asyncio.sleep(pause)
                pause *= 2
    return await asyncio.to_thread(_taken_up, part, model, folder)


async def _go_on(
    session: aiohttp.ClientSession, address: str, model: ModelFile, part: Path, progress: Progress
) -> None:
    """Fetch what is missing of the part. Raises FetchFailed, _BrokeOff, aiohttp's errors."""
    have = await asyncio.to_thread(_size, part)
    progress(have)
    if have == model.size:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    async with session.get(address, headers=headers) as response:
        resumed = response.status == 206 and _starts_at(response, have)
        if response.status == 416 or (response.status == 206 and not resumed):
            await asyncio.to_thread(part.unlink)
            raise _BrokeOff("range")
        if response.status >= 500:
            raise _BrokeOff(f"HTTP {response.status}")
        if response.status not in (200, 206):
            raise FetchFailed(
                f"{model.file}：服务器答 HTTP {response.status}，请检查地址 {address}",
                f"{model.file}: the server answered HTTP {response.status}: check the address",
            )
        await _kept(response, part, model, have if resumed else 0, progress)


async def _kept(
    response: aiohttp.ClientResponse, part: Path, model: ModelFile, have: int, progress: Progress
) -> None:
    with await asyncio.to_thread(part.open, "r+b" if have else "wb") as file:
        file.seek(have)
        async for chunk in response.content.iter_chunked(CHUNK):
            have += len(chunk)
            if have > model.size:
                break
            await asyncio.to_thread(file.write, chunk)
            progress(have)
    if have > model.size:
        await asyncio.to_thread(part.unlink)
        raise _wrong(model)
    if have < model.size:
        raise _BrokeOff(f"{have}/{model.size}")


def bring(source: Path, model: ModelFile, folder: Path, progress: Progress) -> Path:
    """Copy a model file from a folder, or a folder in it. Raises FetchFailed."""
    try:
        found = next(
            (one for one in (source / model.file, *sorted(source.glob(f"*/{model.file}"))) if one.is_file()),
            None,
        )
        if found is None:
            raise FetchFailed(
                f"{source} 中没有 {model.file}，请检查优盘内容", f"there is no {model.file} in {source}"
            )
        if wrong_with(found, model) is not None:
            raise _wrong(model)
        part = _prepared(folder, model)
        have = 0
        with found.open("rb") as given, part.open("wb") as taken:
            while chunk := given.read(CHUNK):
                taken.write(chunk)
                have += len(chunk)
                progress(have)
    except OSError as error:
        raise FetchFailed(
            f"{model.file} 无法复制（{error.strerror}），请检查优盘与磁盘空间",
            f"{model.file} cannot be copied: {error.strerror}",
        ) from error
    return _taken_up(part, model, folder)


def _prepared(folder: Path, model: ModelFile) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / (model.file + PART)
        if part.is_file() and part.stat().st_size > model.size:
            part.unlink()
    except OSError as error:
        raise FetchFailed(
            f"无法写入 {folder}（{error.strerror}），请换有权限的用户",
            f"{folder} cannot be written ({error.strerror}): use an account with the right to it",
        ) from error
    return part


def _taken_up(part: Path, model: ModelFile, folder: Path) -> Path:
    """Check what came and put it in place, so that a power cut leaves the old file or the new one."""
    if part.stat().st_size != model.size or sha256_of(part) != model.sha256:
        part.unlink(missing_ok=True)
        raise _wrong(model)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    path = folder / model.file
    part.replace(path)
    with contextlib.suppress(OSError):
        path.chmod(0o644)
    return path


def _wrong(model: ModelFile) -> FetchFailed:
    return FetchFailed(
        f"{model.file} 的大小或 SHA-256 与配置不符，已拒绝；请换来源",
        f"{model.file} is not of the size or SHA-256 in the settings and was refused: try another source",
    )


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _starts_at(response: aiohttp.ClientResponse, have: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
