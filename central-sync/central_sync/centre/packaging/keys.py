"""The secrets of a package while the centre keeps them: sealed for the centre's own key."""

from __future__ import annotations

from central_sync.centre.exchange.release import CENTRE
from central_sync.centre.tables.packages import PackageRow
from central_sync.protocol.keys import CentreKeys, content_key_purpose, seal, unseal


def seal_content_key(keys: CentreKeys, package: str, content_key: bytes) -> str:
    """Return a package's content key as the database may keep it."""
    return seal(keys.sealing.public_key(), content_key, content_key_purpose(package, CENTRE))


def seal_release_code(keys: CentreKeys, package: str, code: str) -> str:
    """Return a package's release code as the database may keep it."""
    return seal(keys.sealing.public_key(), code.encode(), _code_purpose(package))


def content_key_of(keys: CentreKeys, row: PackageRow) -> bytes:
    """Return a package's content key; raises SealBroken."""
    return unseal(keys.sealing, row.sealed_key, content_key_purpose(row.id, CENTRE))


def release_code_of(keys: CentreKeys, row: PackageRow) -> str:
    """Return a package's release code; raises SealBroken."""
    return unseal(keys.sealing, row.sealed_code, _code_purpose(row.id)).decode()


def _code_purpose(package: str) -> str:
    return f"kaodian/release-code/1\n{package}"
