"""Registration photos (报名照片): checked, turned upright, made small, stripped of all but the picture."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

from central_sync.centre.files.media import check_raster
from central_sync.centre.files.report import refused

LEAST_WIDTH = 100
LEAST_HEIGHT = 120
MOST_WIDTH = 480
MOST_HEIGHT = 640
_MAX_BYTES = 20 * 1024 * 1024
_MAX_PIXELS = 20_000_000
_QUALITY = 88


def normalised_photo(name: str, data: bytes) -> bytes:
    """Return a photo as JPEG of at most 480 x 640 pixels without EXIF, or raise Refused naming the file."""
    if len(data) > _MAX_BYTES:
        raise refused(
            "photo.size",
            f"照片 {name} 超过 {_MAX_BYTES // 1024 // 1024} MB，请缩小。",
            f"The photo {name} is larger than {_MAX_BYTES // 1024 // 1024} MB; make it smaller.",
            place=name,
        )
    _, (width, height) = check_raster(
        name, data, ("JPEG", "PNG"), _MAX_PIXELS, ("JPG、PNG 照片", "JPG and PNG photos")
    )
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        raise refused(
            "photo.small",
            f"照片 {name} 只有 {width}×{height} 像素，至少需要 {LEAST_WIDTH}×{LEAST_HEIGHT} 像素。",
            f"The photo {name} has only {width}x{height} pixels; at least {LEAST_WIDTH}x{LEAST_HEIGHT} are "
            f"needed.",
            place=name,
        )
    try:
        return _redrawn(data)
    except Exception:  # broken EXIF or colour profiles raise nearly every kind of error
        raise refused(
            "photo.broken",
            f"照片 {name} 无法转换，请重新导出为 JPG 后再试。",
            f"The photo {name} cannot be converted; export it again as JPG.",
            place=name,
        ) from None


def _redrawn(data: bytes) -> bytes:
    with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as picture:
        picture.draft("RGB", (MOST_WIDTH * 2, MOST_HEIGHT * 2))
        upright = ImageOps.exif_transpose(picture)
        if "A" in upright.getbands() or "transparency" in upright.info:
            layered = upright.convert("RGBA")
            flat = Image.new("RGB", layered.size, "white")
            flat.paste(layered, mask=layered.getchannel("A"))
        else:
            flat = upright.convert("RGB")
    flat.thumbnail((MOST_WIDTH, MOST_HEIGHT), Image.Resampling.LANCZOS)
    out = BytesIO()
    # a new picture has no info dictionary, so neither EXIF nor comments are written
    clean = Image.new("RGB", flat.size)
    clean.paste(flat)
    clean.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()
