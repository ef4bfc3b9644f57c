"""Words of the seats' interface that services and routes share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from central_sync.protocol.items import Words
from exam_appliance.seats.facts import MachineFacts

Kept = Literal["tpm", "disk", "browser"]
"""Where a machine keeps its private key."""
Sending = Annotated[str, StringConstraints(max_length=400, pattern=r"^[A-Za-z0-9+/=]*$")]


class EnterRequest(Words):
    """A machine proves its key; see `challenges.said_for` for what it signs."""

    challenge: Annotated[str, StringConstraints(max_length=200, pattern=r"^[0-9a-f.]+$")]
    public_key: Sending
    """SubjectPublicKeyInfo (DER) in Base64, P-256 or Ed25519."""
    signature: Sending
    kept: Kept
    facts: MachineFacts = MachineFacts()
    certificate: bool = False
    """An agent wants a client certificate; a browser cannot use one that comes this way."""
