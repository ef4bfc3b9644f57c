"""Two builds from the same inputs differ in nothing."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from site_images.base import PROJECT, Workplace, workplace
from site_images.build import build_appliance
from site_images.kiosk import build_kiosk
from site_images.signing import SigningKey

pytestmark = [pytest.mark.timeout(2400), pytest.mark.whole]
HANDED_ON = (".zst", ".raucb", "SHA256SUMS")
"""Packed from the others when they are asked for."""


def sums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file below a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                found[str(path.relative_to(folder))] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def inputs(place: Workplace, folder: Path) -> Workplace:
    """Return another place to build in, with the packages and wheels that were fetched for the first."""
    for kept in [*place.work.glob("*/base-*.tar"), *(place.work / "wheels").glob("*")]:
        into = folder / kept.relative_to(place.work)
        into.parent.mkdir(parents=True, exist_ok=True)
        into.hardlink_to(kept)
    return workplace(folder)


def test_two_builds_from_the_same_inputs_are_the_same(
    place: Workplace, release_key: SigningKey, kiosk_image: Path, appliance_image: Path
) -> None:
    folder = PROJECT / "build/images-again"
    shutil.rmtree(folder, ignore_errors=True)
    other = inputs(place, folder)
    kiosk = build_kiosk(other, release_key)
    assert sums(kiosk) == sums(kiosk_image)
    first = {name: one for name, one in sums(appliance_image).items() if not name.endswith(HANDED_ON)}
    assert sums(build_appliance(other, release_key, kiosk)) == first
    shutil.rmtree(folder)
