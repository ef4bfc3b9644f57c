"""Release of content keys (发放密钥): sealed for each server of the site, also for those enrolled later."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.exchange.tables import ApplianceRow, DocumentRow, ReleasedKeyRow
from central_sync.protocol.documents import key_document_name
from central_sync.protocol.keys import CentreKeys, content_key_purpose, seal, sealing_key_from, unseal
from central_sync.protocol.session import KeyDocument

CENTRE = "centre"
"""Stands for the appliance where the centre seals a key for itself."""

PublishKey = Callable[[str, str, Mapping[str, object]], object]
"""Publishes a key document: (name, site, body)."""


def release_key(
    session: Session, keys: CentreKeys, publish: PublishKey, site: str, package: str, content_key: bytes
) -> int:
    """Give a package's key to every active server of a site and return how many there are.

    A repetition changes nothing for servers that have it.
    """
    if session.get(ReleasedKeyRow, (site, package), with_for_update=True) is None:
        sealed = seal(keys.sealing.public_key(), content_key, content_key_purpose(package, CENTRE))
        session.add(ReleasedKeyRow(site=site, package=package, sealed=sealed))
        session.flush()
    active = session.scalars(
        select(ApplianceRow)
        .where(ApplianceRow.site == site, ApplianceRow.state == "active")
        .order_by(ApplianceRow.id)
    ).all()
    for row in active:
        _publish(session, publish, row, package, content_key, anew=False)
    return len(active)


def give_released_keys(
    session: Session, keys: CentreKeys, publish: PublishKey, row: ApplianceRow, *, anew: bool
) -> None:
    """Give a server every key released to its site so far; `anew` when its sealing key may have changed."""
    released = session.scalars(select(ReleasedKeyRow).where(ReleasedKeyRow.site == row.site)).all()
    for held in released:
        content_key = unseal(keys.sealing, held.sealed, content_key_purpose(held.package, CENTRE))
        _publish(session, publish, row, held.package, content_key, anew=anew)


def _publish(
    session: Session, publish: PublishKey, row: ApplianceRow, package: str, content_key: bytes, *, anew: bool
) -> None:
    name = key_document_name(package, row.id)
    if not anew and session.get(DocumentRow, (row.site, "key", name)) is not None:
        return
    sealed = seal(sealing_key_from(row.sealing_key), content_key, content_key_purpose(package, row.id))
    publish(name, row.site, KeyDocument(package=package, sealed=sealed).model_dump(mode="json"))
