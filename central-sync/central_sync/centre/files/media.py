"""Pictures and clips of items: what a file really is, judged by its bytes and not by its name."""

from __future__ import annotations

import hashlib
import re
import struct
import unicodedata
from io import BytesIO

from PIL import Image

from central_sync.centre.files.report import Refused, refused
from central_sync.centre.files.svg import check_svg
from central_sync.protocol.items import Media

MAX_PICTURE_BYTES = 10 * 1024 * 1024
MAX_CLIP_BYTES = 64 * 1024 * 1024
MAX_PIXELS = 20_000_000
"""Above this a picture costs a seat's browser more memory than old machines have to spare."""

ALLOWED_ZH = "图片 PNG、JPEG、WebP、GIF、SVG；音视频 WAV、MP3、OGG、WebM、MP4"
ALLOWED_EN = "pictures: PNG, JPEG, WebP, GIF, SVG; clips: WAV, MP3, OGG, WebM, MP4"

_RASTER = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
_SUFFIXES = {
    "image/png": {".png"},
    "image/jpeg": {".jpg", ".jpeg"},
    "image/svg+xml": {".svg"},
    "image/webp": {".webp"},
    "image/gif": {".gif"},
    "audio/wav": {".wav"},
    "audio/mpeg": {".mp3"},
    "audio/ogg": {".ogg", ".oga"},
    "video/webm": {".webm"},
    "video/mp4": {".mp4", ".m4v"},
}
_UNSAFE_IN_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*;；]')


def suffix_of(media_type: str) -> str:
    """Return the usual file name ending of a media type, such as `.png`."""
    return min(_SUFFIXES[media_type], key=lambda ending: (len(ending), ending))


def media_name(name: str) -> str:
    """Return a file name that every system and every column of names can hold, at most 120 characters."""
    plain = _UNSAFE_IN_NAME.sub("_", unicodedata.normalize("NFC", name.rpartition("/")[2])).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > 8:
        return plain[:120] or "media"
    return f"{stem[: 119 - len(ending)]}.{ending}" if stem else f"media.{ending}"


def media_of(name: str, data: bytes, alt: str = "", *, any_suffix: bool = False) -> Media:
    """Return the media that `data` is, named `name`; raises Refused when it is no allowed picture or clip.

    `any_suffix` takes names whose ending does not fit the content, as packages of other programs have.
    """
    return Media(
        name=name,
        type=media_type(name, data, any_suffix=any_suffix),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        alt=alt,
    )


def media_type(name: str, data: bytes, *, any_suffix: bool = False) -> str:
    """Return the media type of a file after a full check, or raise Refused naming the file."""
    if not data:
        raise refused("media.empty", f"文件 {name} 是空的。", f"The file {name} is empty.", place=name)
    found = _clip_type(data)
    if found is None:
        found = _picture_type(name, data)
    elif len(data) > MAX_CLIP_BYTES:
        raise _too_large(name, MAX_CLIP_BYTES)
    ending = "." + name.rpartition(".")[2].lower()
    if not any_suffix and ending not in _SUFFIXES[found]:
        wanted = "/".join(sorted(_SUFFIXES[found]))
        raise refused(
            "media.suffix",
            f"文件 {name} 的内容是 {found}，扩展名应为 {wanted}，请改名。",
            f"The content of {name} is {found}; its name should end in {wanted}, please rename it.",
            place=name,
        )
    return found


def _picture_type(name: str, data: bytes) -> str:
    if len(data) > MAX_PICTURE_BYTES:
        raise _too_large(name, MAX_PICTURE_BYTES)
    if _looks_like_svg(data):
        check_svg(name, data)
        return "image/svg+xml"
    form, _ = check_raster(name, data, tuple(_RASTER), MAX_PIXELS)
    return _RASTER[form]


def check_raster(
    name: str,
    data: bytes,
    forms: tuple[str, ...],
    max_pixels: int,
    allowed: tuple[str, str] = (ALLOWED_ZH, ALLOWED_EN),
) -> tuple[str, tuple[int, int]]:
    """Return format and (width, height) in pixels of a picture that decodes whole, or raise Refused.

    The size is judged from the header, before anything is decoded. `allowed` says in Chinese and
    English what may be used instead.
    """
    try:
        with Image.open(BytesIO(data), formats=forms) as picture:
            form, size = str(picture.format), picture.size
            if size[0] * size[1] <= max_pixels:
                picture.load()
    except Exception:  # Pillow's decoders raise nearly every kind of error on damaged files
        raise refused(
            "media.not_a_picture",
            f"文件 {name} 已损坏，或不是允许的类型。允许：{allowed[0]}。请重新导出该文件。",
            f"{name} is damaged or of a kind that is not allowed. Allowed are {allowed[1]}. Export it again.",
            place=name,
        ) from None
    if size[0] * size[1] > max_pixels:
        raise refused(
            "media.pixels",
            f"图片 {name} 为 {size[0]}×{size[1]} 像素，超过 {max_pixels // 1_000_000} 百万像素的上限，"
            f"请缩小。",
            f"The picture {name} has {size[0]}x{size[1]} pixels, more than {max_pixels // 1_000_000} "
            f"million; make it smaller.",
            place=name,
        )
    return form, size


def _looks_like_svg(data: bytes) -> bool:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(
        (b"<svg", b"<?xml", b"<!DOCTYPE svg", b"<!--", b"<svg:", b"\xff\xfe<", b"\xfe\xff\x00<")
    )


def _clip_type(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav" if b"fmt " in data[12:4096] else None
    if data[:4] == b"OggS":
        return "audio/ogg"
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm" if b"webm" in data[:128] else None
    if data[4:8] == b"ftyp" and 8 <= struct.unpack(">L", data[:4])[0] <= 1024:
        return None if data[8:12] in {b"heic", b"heix", b"mif1", b"avif", b"qt  "} else "video/mp4"
    if data[:3] == b"ID3" or _mpeg_frame_bytes(data, 0) is not None:
        return "audio/mpeg" if _is_mpeg_audio(data) else None
    return None


_BITRATES_KBIT = {
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""ISO/IEC 11172-3 and 13818-3, layer III, by (version, layer)."""
_RATES_HZ = {0b11: (44100, 48000, 32000), 0b10: (22050, 24000, 16000), 0b00: (11025, 12000, 8000)}


def _mpeg_frame_bytes(data: bytes, at: int) -> int | None:
    """Return the length of the MPEG layer III frame that starts at `at`, None when there is none."""
    if len(data) < at + 4 or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer = (data[at + 1] >> 3) & 0b11, (data[at + 1] >> 1) & 0b11
    bitrate, rate, padding = data[at + 2] >> 4, (data[at + 2] >> 2) & 0b11, (data[at + 2] >> 1) & 1
    if version == 0b01 or layer != 0b01 or bitrate in {0, 15} or rate == 3:
        return None
    first = version == 0b11
    kbit = _BITRATES_KBIT[(1 if first else 2, 3)][bitrate]
    return (144 if first else 72) * kbit * 1000 // _RATES_HZ[version][rate] + padding


def _is_mpeg_audio(data: bytes) -> bool:
    at = 0
    if data[:3] == b"ID3" and len(data) >= 10:
        size = (data[6] & 0x7F) << 21 | (data[7] & 0x7F) << 14 | (data[8] & 0x7F) << 7 | data[9] & 0x7F
        at = 10 + size
    length = _mpeg_frame_bytes(data, at)
    if length is None:
        return False
    return len(data) <= at + length or _mpeg_frame_bytes(data, at + length) is not None


def _too_large(name: str, allowed_bytes: int) -> Refused:
    megabytes = allowed_bytes // (1024 * 1024)
    return refused(
        "media.size",
        f"文件 {name} 超过 {megabytes} MB，请压缩后重试。",
        f"The file {name} is larger than {megabytes} MB; make it smaller.",
        place=name,
    )
