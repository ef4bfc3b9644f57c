"""Exam packages on this server: kept by digest, opened with a key that is kept sealed for this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from central_sync.protocol.durable_file import sync_folder, write_whole
from central_sync.protocol.keys import ApplianceKeys, content_key_purpose, seal, unseal
from central_sync.protocol.package import PackageContents, PackageManifest, open_package, read_manifest
from exam_appliance.exam.hall import SessionContents
from exam_appliance.exam.paper import ItemPool


class Packages:
    """The package files of this server. All methods read files: call them on a thread."""

    def __init__(self, folder: Path, keys: ApplianceKeys, appliance: str) -> None:
        self._folder = folder
        self._keys = keys
        self._appliance = appliance

    def path(self, sha256: str) -> Path:
        """Return where a package lies or would lie."""
        return self._folder / f"{sha256}.kdpkg"

    def take(self, file: Path, sha256: str) -> Path:
        """Keep a downloaded package: linked where the disk allows it, else copied. Raises OSError."""
        target = self.path(sha256)
        if target.exists():
            return target
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            target.hardlink_to(file)
        except OSError:
            partial = target.with_suffix(".part")
            shutil.copyfile(file, partial)
            partial.replace(target)
        sync_folder(self._folder)
        return target

    def manifest(self, sha256: str, centre_key: Ed25519PublicKey) -> PackageManifest:
        """Return what a package says without its key, its signature and digests checked."""
        return read_manifest(self.path(sha256), centre_key)

    def unlock(self, sha256: str, package: str, centre_key: Ed25519PublicKey, key: bytes) -> SessionContents:
        """Open a package and keep its key for the next start. Raises PackageError, BankTooSmall."""
        contents = session_contents(open_package(self.path(sha256), centre_key, key))
        purpose = content_key_purpose(package, self._appliance)
        sealed = seal(self._keys.sealing.public_key(), key, purpose)
        write_whole(self._key_path(sha256), sealed.encode())
        return contents

    def reopen(self, sha256: str, package: str, centre_key: Ed25519PublicKey) -> SessionContents:
        """Open a package that was unlocked before. Raises PackageError, SealBroken, OSError."""
        purpose = content_key_purpose(package, self._appliance)
        key = unseal(self._keys.sealing, self._key_path(sha256).read_text(), purpose)
        return session_contents(open_package(self.path(sha256), centre_key, key))

    def _key_path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.key"


def session_contents(package: PackageContents) -> SessionContents:
    """Return an open package as the hall uses it. Raises BankTooSmall."""
    items = {item.id: item for item in package.bank.items}
    return SessionContents(
        plan=package.plan,
        roster={candidate.ticket: candidate for candidate in package.roster.candidates},
        pool=ItemPool(package.bank.items, package.paper_plan.blueprint),
        items=items,
        photo=package.photo,
        media=package.media,
        media_types={media.sha256: media for item in items.values() for media in item.all_media()},
    )
