"""Uploads: the files of a form, written to disk as they come."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from central_sync.centre.files.plain_text import printable
from central_sync.protocol.http.problems import Problem

FORM = "multipart/form-data"
_CHUNK = 1 << 18


@dataclass(frozen=True)
class UploadedFile:
    """A file as uploaded: the name that its sender gave it, and where it lies."""

    name: str
    path: Path


class Uploaded(dict[str, UploadedFile]):
    """The files of one form by part name; `discard` removes them."""

    def discard(self) -> None:
        """Remove the files; may be called twice."""
        for file in self.values():
            file.path.unlink(missing_ok=True)


async def receive_form(
    request: web.Request, folder: Path, limits: Mapping[str, int], *, required: str
) -> Uploaded:
    """Write the files of a form to `folder` and return them by part name.

    `limits` names the parts that are taken and their most bytes. Raises Problem upload.*; then
    nothing is left on disk.
    """
    if request.content_type != FORM:
        raise Problem(
            "invalid",
            "upload.not_a_form",
            f"请以 {FORM} 方式上传文件",
            f"send the file as {FORM}",
            status=415,
        )
    if request.content_length is not None and request.content_length > sum(limits.values()) + 65536:
        raise _too_large(next(iter(limits)), limits[required])
    uploaded = Uploaded()
    try:
        await _take_parts(request, folder, limits, uploaded)
        if required not in uploaded:
            raise Problem(
                "invalid",
                "upload.missing",
                f"没有收到文件（{required}），请选择文件后重试",
                f"no file came in the part '{required}'; choose one and try again",
                fields=((required, "必须选择文件", "a file is needed"),),
            )
    except BaseException:
        uploaded.discard()
        raise
    return uploaded


async def _take_parts(
    request: web.Request, folder: Path, limits: Mapping[str, int], uploaded: Uploaded
) -> None:
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            name = part.name or "" if isinstance(part, BodyPartReader) else ""
            if not isinstance(part, BodyPartReader) or name not in limits or name in uploaded:
                raise Problem(
                    "invalid",
                    "upload.unknown_part",
                    f"表单只接受以下文件各一个：{'、'.join(limits)}",
                    f"the form takes one file each of: {', '.join(limits)}",
                )
            path = folder / uuid.uuid4().hex
            uploaded[name] = UploadedFile(printable(part.filename or "")[:120], path)
            await _write(part, path, limits[name])
            if path.stat().st_size == 0 and not part.filename:
                # A browser sends a field without a chosen file like this.
                uploaded.pop(name)
                path.unlink()
    except (HttpProcessingError, ValueError, AssertionError, RuntimeError, OSError, KeyError) as error:
        if isinstance(error, OSError) and not isinstance(error, ConnectionError):
            raise
        raise Problem(
            "invalid",
            "upload.broken",
            "上传内容不完整或格式有误，请重新上传",
            "the upload is cut or not a form; send it again",
        ) from error


async def _write(part: BodyPartReader, path: Path, limit: int) -> None:
    size = 0
    with contextlib.closing(path.open("wb")) as file:
        while chunk := await part.read_chunk(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise _too_large(part.name or "", limit)
            await asyncio.to_thread(file.write, chunk)


def _too_large(part: str, limit: int) -> Problem:
    megabytes = limit // 1024 // 1024
    return Problem(
        "invalid",
        "upload.too_large",
        f"文件（{part}）超过 {megabytes} MB，请分批导入",
        f"the file ({part}) is over {megabytes} MB; import it in parts",
        status=413,
    )
