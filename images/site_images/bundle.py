"""Update bundles: a slot's system, signed, which RAUC writes to the slot that does not run."""

from __future__ import annotations

import shutil
from pathlib import Path

from site_images.signing import SigningKey
from site_images.steps import run

CONTENT = "system.ext4"


def make_bundle(
    slot: Path, compatible: str, version: str, key: SigningKey, bundle: Path, level: int = 15
) -> Path:
    """Write the bundle of a slot (an ext4 file) for servers that call themselves `compatible`.

    `level`: how hard zstd tries, 1 to 22. Raises BuildStopped.
    """
    work = bundle.with_suffix(".content")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    (work / CONTENT).hardlink_to(slot)
    # RAUC's manifest: its reference, "Manifest".
    (work / "manifest.raucm").write_text(
        f"[update]\ncompatible={compatible}\nversion={version}\n\n"
        f"[bundle]\nformat=verity\n\n[image.rootfs]\nfilename={CONTENT}\n"
    )
    bundle.unlink(missing_ok=True)
    packed = f"--mksquashfs-args=-comp zstd -Xcompression-level {level} -b 1M -quiet -no-progress"
    command = ["rauc", "bundle", f"--cert={key.certificate}", f"--key={key.key}", packed]
    try:
        run([*command, work, bundle])
    finally:
        shutil.rmtree(work)
    return bundle
