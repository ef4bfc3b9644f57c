"""Documents of the desired state: publishing them, and the feed that a site follows."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from central_sync.centre.exchange.counters import advance, current, document_versions, hold
from central_sync.centre.exchange.tables import DocumentRow
from central_sync.protocol.documents import is_for_appliance, sign_document
from central_sync.protocol.session import SignedDocument
from central_sync.protocol.transfer import DocumentFeed

FEED_LIMIT = 100
"""Documents in one answer."""


def publish(
    session: Session, key: Ed25519PrivateKey, kind: str, name: str, site: str, body: Mapping[str, object]
) -> SignedDocument:
    """Sign a document as the next version of its site and return it.

    A body equal to the published one makes no new version. Raises DocumentRefused.
    """
    hold(session, document_versions(site))
    row = session.get(DocumentRow, (site, kind, name), with_for_update=True)
    if row is not None:
        held = SignedDocument.model_validate_json(row.signed)
        if held.body == dict(body):
            return held
    version = advance(session, document_versions(site))
    document = sign_document(key, kind=kind, name=name, site=site, version=version, body=body)
    if row is None:
        row = DocumentRow(site=site, kind=kind, name=name, version=version, signed="")
        session.add(row)
    row.version, row.signed = version, document.model_dump_json()
    session.flush()
    return document


def published(session: Session, site: str) -> list[SignedDocument]:
    """Return the newest version of every document of a site, oldest version first."""
    rows = session.scalars(
        select(DocumentRow.signed).where(DocumentRow.site == site).order_by(DocumentRow.version)
    )
    return [SignedDocument.model_validate_json(signed) for signed in rows]


def body_of_any(session: Session, kind: str, name: str) -> dict[str, object] | None:
    """Return the body of a document that every site has alike, None where no site has it yet."""
    asked = select(DocumentRow.signed).where(DocumentRow.kind == kind, DocumentRow.name == name).limit(1)
    signed = session.scalars(asked).first()
    return None if signed is None else dict(SignedDocument.model_validate_json(signed).body)


def feed(session: Session, site: str, appliance: str, after: int) -> DocumentFeed:
    """Return the documents for an appliance with versions after `after`, at most FEED_LIMIT at once."""
    rows = session.execute(
        select(DocumentRow.version, DocumentRow.signed)
        .where(DocumentRow.site == site, DocumentRow.version > after)
        .order_by(DocumentRow.version)
        .limit(FEED_LIMIT)
    ).all()
    documents = [SignedDocument.model_validate_json(signed) for _, signed in rows]
    upto = rows[-1][0] if len(rows) == FEED_LIMIT else current(session, document_versions(site))
    return DocumentFeed(
        documents=tuple(document for document in documents if is_for_appliance(document, appliance)),
        upto=upto,
    )
