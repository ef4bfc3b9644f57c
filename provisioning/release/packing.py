"""Packing a release: wheels held to the hashes of the locks, our distributions, the libraries of pages.

The archive is named after what it is made from, so that the same sources are installed only once. What has
no wheel for the server's Python comes as source; the server then compiles it itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from zipfile import ZipFile

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

from central_sync.protocol.http.pages import LIBRARIES

DISTRIBUTIONS = ("firmware-adapters", "central-sync", "appliance")
PROGRAM = "exam-appliance"
BUILDERS = frozenset({"setuptools", "wheel", "packaging"})
"""What sources are built with on the server."""
LOCKS = ("build-requirements.txt", "requirements.txt")


class ReleaseStopped(Exception):
    """The archive cannot be made; the text says what to do."""


def packed(project: Path, folder: Path, python: str, machine: str) -> Path:
    """Return the archive for a Python (3.11) and an architecture (x86_64), made if it is not there.

    Raises ReleaseStopped.
    """
    workstation = project / "provisioning/workstation"
    libraries = web_libraries(project)
    label = f"cp{python.replace('.', '')}-{machine}"
    kept = folder / label
    locked = _locked(project, kept, python, machine)
    key = _key(project, workstation, label)
    archive = folder / f"kaodian-{label}-{key}.tar"
    if archive.is_file():
        return archive
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        wheels = Path(scratch) / "wheels"
        shutil.copytree(locked, wheels)
        build_ours(project, wheels)
        _only_needed(wheels, python)
        made = Path(scratch) / "archive.tar"
        with tarfile.open(made, "w") as tar:
            for file in sorted(wheels.iterdir()):
                tar.add(file, f"wheels/{file.name}", filter=_plain)
            for name, file in libraries.items():
                tar.add(file, f"web-libraries/{name}", filter=_plain)
        for old in folder.glob(f"kaodian-{label}-*.tar"):
            old.unlink()
        made.rename(archive)
    return archive


def web_libraries(project: Path) -> dict[str, Path]:
    """Return the libraries of pages by name, in order. Raises ReleaseStopped when one is missing."""
    folder = project / "provisioning/workstation/web-libraries/node_modules"
    found = {name: folder / name for name in sorted(LIBRARIES.values())}
    if missing := [name for name, file in found.items() if not file.is_file()]:
        raise ReleaseStopped(
            f"缺少页面库 {missing[0]}，请先执行 make setup / {missing[0]} is missing: run make setup first"
        )
    return found


def build_ours(project: Path, wheels: Path, epoch: int | None = None) -> None:
    """Build our distributions as wheels, dated `epoch` (seconds since 1970). Raises ReleaseStopped."""
    parts = (str(project / name) for name in DISTRIBUTIONS)
    _pip(
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        f"--wheel-dir={wheels}",
        *parts,
        epoch=epoch,
    )


def fetch_foreign(project: Path, wheels: Path, python: str, machine: str) -> None:
    """Fetch what the locks name for another Python (3.13) or architecture (x86_64). Raises ReleaseStopped."""
    for lock in LOCKS:
        locked = ["--require-hashes", "--requirement", str(project / "provisioning/workstation" / lock)]
        _pip("download", f"--dest={wheels}", "--no-deps", *locked, *_foreign(python, machine))


def _locked(project: Path, kept: Path, python: str, machine: str) -> Path:
    """Fetch what the locks name, once for the same locks; pip asks where this machine's pip asks."""
    names = [project / "provisioning/workstation" / name for name in LOCKS]
    stamp, wanted = kept / "locks", hashlib.sha256(b"".join(lock.read_bytes() for lock in names)).hexdigest()
    wheels = kept / "wheels"
    if stamp.is_file() and stamp.read_text() == wanted:
        return wheels
    shutil.rmtree(kept, ignore_errors=True)
    wheels.mkdir(parents=True)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if python == here and machine == _machine():
        for lock in names:
            locks = ["--no-deps", "--require-hashes", "--requirement", str(lock)]
            _pip("wheel", "--no-build-isolation", f"--wheel-dir={wheels}", *locks)
    else:
        fetch_foreign(project, wheels, python, machine)
    stamp.write_text(wanted)
    return wheels


def _foreign(python: str, machine: str) -> Iterator[str]:
    yield f"--python-version={python}"
    yield "--implementation=cp"
    for abi in (f"cp{python.replace('.', '')}", "abi3", "none"):
        yield f"--abi={abi}"
    for glibc in ("manylinux_2_28", "manylinux_2_17", "manylinux2014"):
        yield f"--platform={glibc}_{machine}"
    yield "--platform=any"


def _machine() -> str:
    return subprocess.run(["uname", "-m"], capture_output=True, text=True, check=True).stdout.strip()


def _pip(*arguments: str, epoch: int | None = None) -> None:
    command = [sys.executable, "-m", "pip", arguments[0], "--quiet", "--disable-pip-version-check"]
    dated = {} if epoch is None else {"SOURCE_DATE_EPOCH": str(epoch)}
    done = subprocess.run(
        [*command, *arguments[1:]], capture_output=True, text=True, check=False, env={**os.environ, **dated}
    )
    if done.returncode != 0:
        raise ReleaseStopped(
            f"打包失败，请检查网络和 pip 设置后重试 / packing failed, check network and pip's settings, then "
            f"try again:\n{done.stderr.strip()[-2000:]}"
        )


def _only_needed(wheels: Path, python: str) -> None:
    """Remove what the program does not need: the locks name the tools of development as well."""
    files = {_name(file): file for file in wheels.iterdir()}
    sources = [name for name, file in files.items() if file.suffix == ".gz"]
    needed: set[str] = set()
    waiting: list[tuple[str, frozenset[str]]] = [(PROGRAM, frozenset())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen or name not in files:
            continue
        seen.add((name, extras))
        needed.add(name)
        waiting += _requirements(files[name], extras, python)
    # Of a source nothing tells what it needs but the lock's other files: those that build it stay.
    kept = needed | (BUILDERS if needed & set(sources) else set())
    for name, file in files.items():
        if name not in kept:
            file.unlink()


def _name(file: Path) -> str:
    if file.suffix == ".whl":
        return parse_wheel_filename(file.name)[0]
    return parse_sdist_filename(file.name)[0]


def _requirements(file: Path, extras: frozenset[str], python: str) -> Iterator[tuple[str, frozenset[str]]]:
    environment: dict[str, str] = {name: str(value) for name, value in default_environment().items()}
    environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    for line in _metadata(file).get_all("Requires-Dist", []):
        wanted = Requirement(line)
        if wanted.marker is None or any(
            wanted.marker.evaluate({**environment, "extra": extra}) for extra in (extras or {""})
        ):
            yield canonicalize_name(wanted.name), frozenset(wanted.extras)


def _metadata(file: Path) -> Message:
    if file.suffix == ".whl":
        with ZipFile(file) as wheel:
            (name,) = [
                one for one in wheel.namelist() if one.endswith(".dist-info/METADATA") and one.count("/") == 1
            ]
            return HeaderParser().parsestr(wheel.read(name).decode())
    with tarfile.open(file) as source:
        member = min((one for one in source.getnames() if one.endswith("PKG-INFO")), key=len)
        held = source.extractfile(member)
        return HeaderParser().parsestr(held.read().decode() if held is not None else "")


def _key(project: Path, workstation: Path, label: str) -> str:
    """Name what the archive is made from: our files as they lie here, the locks, the libraries' lock."""
    digest = hashlib.sha256(label.encode())
    for name in DISTRIBUTIONS:
        for file in sorted((project / name).rglob("*")):
            if file.is_file() and not {"__pycache__", "pictures"} & set(file.parts):
                digest.update(f"{file.relative_to(project)}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    for file in (*(workstation / name for name in LOCKS), workstation / "web-libraries/package-lock.json"):
        digest.update(file.read_bytes())
    digest.update(json.dumps(LIBRARIES, sort_keys=True).encode())
    return digest.hexdigest()[:12]


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = "root"
    entry.mode = 0o644
    return entry
