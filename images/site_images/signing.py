"""The key that updates and seat systems are signed with; the images hold its certificate alone.

`KAODIAN_SIGNING` names a folder with `release.key` and `release.pem`. Without it a key for trials is made
in the build folder: what is signed with it is taken only by images of the same folder.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from site_images.steps import BuildStopped, run

FOLDER = "KAODIAN_SIGNING"
DAYS = 3650


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and its certificate, PEM."""

    key: Path
    certificate: Path

    def public_key(self) -> str:
        """Return the public key, PEM."""
        return run(["openssl", "x509", "-in", self.certificate, "-noout", "-pubkey"])

    def sign(self, file: Path) -> Path:
        """Write the signature of a file's SHA-256 beside it; returns where.

        The same file gives the same signature (RFC 6979): two builds must not differ in it.
        """
        signature = file.with_name(f"{file.name}.sig")
        with file.open("rb") as signed:
            digest = hashlib.file_digest(signed, "sha256").digest()
        key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise BuildStopped(f"{self.key} 须为椭圆曲线私钥 / must be a key on an elliptic curve")
        way = ec.ECDSA(utils.Prehashed(hashes.SHA256()), deterministic_signing=True)
        signature.write_bytes(key.sign(digest, way))
        return signature


def signing_key(work: Path) -> SigningKey:
    """Return the key to sign with. Raises BuildStopped when the named folder does not hold it."""
    named = os.environ.get(FOLDER)
    folder = Path(named) if named else work / "trial-key"
    found = SigningKey(folder / "release.key", folder / "release.pem")
    if named:
        for file in (found.key, found.certificate):
            if not file.is_file():
                raise BuildStopped(
                    f"{FOLDER} 指定的目录中缺少 {file.name} / "
                    f"{file.name} is not in the folder that {FOLDER} names"
                )
    elif not found.certificate.is_file():
        make_key(found, "Kaodian trial")
    return found


def make_key(to: SigningKey, name: str) -> None:
    """Make a P-256 key with a certificate for signing code, self-signed (RFC 5280, 4.2.1.12)."""
    to.key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", to.key])
    to.key.chmod(0o600)
    extensions = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,digitalSignature,keyCertSign")
    added = [word for one in (*extensions, "extendedKeyUsage=codeSigning") for word in ("-addext", one)]
    command: list[str | Path] = ["openssl", "req", "-x509", "-new", "-key", to.key]
    command += ["-sha256", "-days", str(DAYS)]
    run([*command, "-subj", f"/O=Kaodian/CN={name}", *added, "-out", to.certificate])
