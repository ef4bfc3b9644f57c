"""Candidate machines for tests: each with a key of its own, proven as a real one proves it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exam_appliance.config.settings import SeatsSettings
from exam_appliance.journal.journal import Journal
from exam_appliance.seats.challenges import said_for
from exam_appliance.seats.entering import EnterRequest
from exam_appliance.seats.keys import machine_of
from exam_appliance.seats.places import Place
from exam_appliance.seats.seats import Entered, Seats
from tests.site_parts import APPLIANCE, HandClock

KEY = Ed25519PrivateKey.generate()
SETTINGS = SeatsSettings.model_validate(
    {
        "binding": "required",
        "rooms": [
            {"room": "第一考场", "first": 1, "last": 3},
            {"room": "第二考场", "first": 1, "last": 2},
        ],
        "admission_hours": 12,
        "safe_exam_browser": "off",
        "address": None,
        "wake_broadcast": ["127.255.255.255"],
        "fixed_addresses": None,
    }
)
FIRST, SECOND, THIRD = (Place("第一考场", number) for number in (1, 2, 3))
HERE, THERE = "10.20.10.101", "10.20.10.102"


@dataclass
class SeatMachine:
    """A machine with a P-256 key, or any other that the test gives."""

    macs: tuple[str, ...] = ()
    uuid: str = ""
    kept: str = "disk"
    key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    raw: bool = False
    """Signs as browsers do: r and s, not DER."""

    @property
    def name(self) -> str:
        """What the server calls it."""
        return machine_of(self.key.public_key())

    @property
    def public_key(self) -> str:
        """Its public key as it is sent."""
        der = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def sign(self, said: bytes) -> str:
        """Return its signature as it is sent."""
        if isinstance(self.key, Ed25519PrivateKey):
            return base64.b64encode(self.key.sign(said)).decode()
        signature = self.key.sign(said, ec.ECDSA(SHA256()))
        if self.raw:
            r, s = decode_dss_signature(signature)
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return base64.b64encode(signature).decode()

    def body(self, challenge: str, *, certificate: bool = False) -> dict[str, Any]:
        """Return what it sends to enter."""
        return {
            "challenge": challenge,
            "public_key": self.public_key,
            "signature": self.sign(said_for(challenge, self.name)),
            "kept": self.kept,
            "facts": {"macs": list(self.macs), "uuid": self.uuid},
            "certificate": certificate,
        }

    def request(self, challenge: str, *, certificate: bool = False) -> EnterRequest:
        """Return the same as the service takes it."""
        return EnterRequest.model_validate(self.body(challenge, certificate=certificate))


class SeatRoom:
    """Seats over a journal file that can be closed and opened again as a restart does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.woken: list[str] = []
        self.time = HandClock()
        self.open()

    def open(self) -> None:
        """Open the journal and read the seats from it."""
        self.journal = Journal(self.folder / "journal.db", APPLIANCE, KEY)
        self.journal.start()
        self.seats = Seats(self.folder, APPLIANCE, self.journal, self.time, SETTINGS)
        self.seats.neighbours = self.folder / "arp"

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()

    async def restart(self) -> None:
        """Begin again over the same files."""
        self.journal.close()
        self.open()
        await self.seats.start()

    async def enter(self, machine: SeatMachine, address: str = HERE, *, certificate: bool = False) -> Entered:
        """Let a machine enter."""
        said = machine.request(self.seats.challenge(), certificate=certificate)
        return await self.seats.enter(said, address)

    async def seated(self, machine: SeatMachine, place: Place, address: str = HERE) -> Entered:
        """Let a machine enter and give it a seat."""
        entered = await self.enter(machine, address)
        await self.seats.bind(entered.code, place, replace=False, actor="zhou")
        return entered
