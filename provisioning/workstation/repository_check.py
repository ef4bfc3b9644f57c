"""What must not be in the repository: addresses of package registries, and binaries."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import cast

# Drawn pictures and short clips of ours; everything else in the repository is text.
ALLOWED_BINARY_KINDS = frozenset({".png", ".jpg", ".webp", ".gif", ".ico", ".mp3", ".wav", ".mp4", ".webm"})
LARGEST_FILE_BYTES = 2 * 1024 * 1024
FORBIDDEN_NAMES = re.compile(
    r"\.(whl|egg|exe|dll|so|a|o|jar|pyc|onnx|pt|pth|safetensors|tflite|gguf|bin|img|iso|qcow2|vmdk|squashfs"
    r"|deb|rpm|apk|tar|gz|xz|zst|bz2|zip|7z|sqlite3?|db|kdpkg|p12|pfx)$|\.min\.(js|css)$|\.map$"
)
PIP_SOURCE_OPTION = re.compile(
    r"^\s*#?\s*(-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host|--no-index)\b"
)
INDEX_SETTING = re.compile(
    r"^\s*(registry|@[\w-]+:registry|index-url|extra-index-url|find-links|index|proxy|cafile)\s*=",
    re.IGNORECASE,
)
INDEX_TABLE = re.compile(r"^\s*\[\[?(tool\.(uv|poetry|pdm|pixi)\.(index|source)|.*\.sources?)\b")
ADDRESS = re.compile(r"\b(https?|git\+\w+)://", re.IGNORECASE)


def lock_addresses(lock: object, where: str = "") -> Iterator[str]:
    """Every `resolved` in a package-lock.json, by its place in the file."""
    if isinstance(lock, dict):
        for key, value in cast("dict[str, object]", lock).items():
            if key == "resolved":
                yield f"{where}: resolved"
            else:
                yield from lock_addresses(value, f"{where}/{key}" if where else key)
    elif isinstance(lock, list):
        for value in cast("list[object]", lock):
            yield from lock_addresses(value, where)


def registry_address_findings(path: PurePosixPath, text: str) -> list[str]:
    """Addresses of package registries, or settings of them, in one lock or configuration file.

    Returns `path: what` in words; empty for files that are neither.
    """
    name = path.name
    zh_en = "不得含软件源地址 / no address of a package registry"
    if name in {"package-lock.json", "npm-shrinkwrap.json"}:
        return [f"{path}: {zh_en}: {place}" for place in lock_addresses(json.loads(text))]
    if "requirements" in name and path.suffix in {".txt", ".in"}:
        refused = (PIP_SOURCE_OPTION, ADDRESS)
    elif name in {".npmrc", "pip.conf", "uv.toml", ".yarnrc", ".yarnrc.yml", "sources.list"}:
        refused = (INDEX_SETTING, ADDRESS)
    elif name in {"pyproject.toml", "setup.cfg"}:
        refused = (INDEX_SETTING, INDEX_TABLE)
    else:
        return []
    return [
        f"{path}:{number}: {zh_en}: {line.strip()[:80]}"
        for number, line in enumerate(text.splitlines(), start=1)
        if any(pattern.search(line) for pattern in refused)
    ]


def binary_findings(path: PurePosixPath, content: bytes) -> list[str]:
    """Whether a file is something that does not belong in the repository, by name, size or content."""
    if FORBIDDEN_NAMES.search(path.name.lower()):
        return [f"{path}: 不得入库的文件类型 / this kind of file does not belong in the repository"]
    if len(content) > LARGEST_FILE_BYTES:
        return [f"{path}: 文件大于 2 MiB / larger than 2 MiB ({len(content)} bytes)"]
    if path.suffix.lower() in ALLOWED_BINARY_KINDS:
        return []
    try:
        is_text = "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        is_text = False
    return [] if is_text else [f"{path}: 不是 UTF-8 文本 / not UTF-8 text"]


def tracked_files(root: Path) -> list[PurePosixPath]:
    """Files that git holds or would take, relative to `root`; those that are deleted on disk are left out."""
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    names = [PurePosixPath(name) for name in answer.stdout.split("\0") if name]
    return [name for name in names if (root / name).is_file()]


def check_repository(root: Path, names: Iterable[PurePosixPath] | None = None) -> list[str]:
    """Check all tracked files, or those named; returns findings in words."""
    findings = []
    for name in names if names is not None else tracked_files(root):
        content = (root / name).read_bytes()
        binary = binary_findings(name, content)
        findings += binary or registry_address_findings(name, content.decode("utf-8", "replace"))
    return findings
