"""Signed documents of the desired state: how the centre signs them and the site accepts them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ValidationError

from central_sync.protocol.canonical import NotCanonical, canonical
from central_sync.protocol.session import (
    AccountsDocument,
    KeyDocument,
    RevocationsDocument,
    SessionDocument,
    SignedDocument,
    SiteDocument,
)

_CONTEXT = b"kaodian/document/1\n"
_KEY_SEPARATOR = "@"

BODIES: dict[str, type[BaseModel]] = {
    "site": SiteDocument,
    "session": SessionDocument,
    "key": KeyDocument,
    "accounts": AccountsDocument,
    "revocations": RevocationsDocument,
}
"""The body model of each kind; `policy` is free JSON that the configuration checks."""


class DocumentRefused(Exception):
    """A document is not taken: `reason` is `signature`, `site` or `body`."""

    def __init__(self, reason: str, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.reason = reason
        self.zh = zh
        self.en = en


def sign_document(
    key: Ed25519PrivateKey, *, kind: str, name: str, site: str, version: int, body: Mapping[str, object]
) -> SignedDocument:
    """Return a document signed by the centre.

    Raises DocumentRefused when the body is not of its kind or cannot be written as canonical JSON.
    """
    try:
        unsigned = SignedDocument.model_validate(
            {"kind": kind, "name": name, "site": site, "version": version, "body": dict(body), "sig": ""}
        )
        model = BODIES.get(kind)
        if model is not None:
            model.model_validate_json(canonical(unsigned.body))
        signature = key.sign(_message(unsigned))
    except (ValidationError, NotCanonical) as error:
        raise DocumentRefused(
            "body",
            f"文档 {kind}/{name} 的内容不合格式：{error}",
            f"the body of document {kind}/{name} is wrong: {error}",
        ) from error
    return unsigned.model_copy(update={"sig": base64.b64encode(signature).decode()})


def verify_document(key: Ed25519PublicKey, document: SignedDocument, site: str) -> None:
    """Check that the centre signed a document for this site and that its body is of its kind.

    Raises DocumentRefused.
    """
    named = f"{document.kind}/{document.name}"
    try:
        key.verify(base64.b64decode(document.sig, validate=True), _message(document))
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise DocumentRefused(
            "signature",
            f"文档 {named} 的签名无效，已拒收，请联系中心",
            f"the signature of document {named} is not the centre's; it was refused: call the centre",
        ) from error
    if document.site != site:
        raise DocumentRefused(
            "site",
            f"文档 {named} 属于考点 {document.site}，不是本考点 {site}",
            f"document {named} is for site {document.site}, not for {site}",
        )
    model = BODIES.get(document.kind)
    try:
        if model is not None:
            model.model_validate_json(canonical(document.body))
    except ValidationError as error:
        raise DocumentRefused(
            "body",
            f"文档 {named} 的内容无法读取，请先升级本系统",
            f"the body of document {named} cannot be read: upgrade this system first",
        ) from error


def supersedes(document: SignedDocument, held: SignedDocument | None) -> bool:
    """Tell whether a document is newer than the held one of the same kind and name.

    Versions only grow: a replay or an older version changes nothing.
    """
    return held is None or document.version > held.version


def key_document_name(package: str, appliance: str) -> str:
    """Return the name of the document that carries a package's key to one appliance."""
    return f"{package}{_KEY_SEPARATOR}{appliance}"


def is_for_appliance(document: SignedDocument, appliance: str) -> bool:
    """Tell whether a document of the site concerns this appliance: a key is sealed for one alone."""
    return document.kind != "key" or document.name.rpartition(_KEY_SEPARATOR)[2] == appliance


def _message(document: SignedDocument) -> bytes:
    return _CONTEXT + canonical(document.model_dump(mode="json", exclude={"sig"}))
