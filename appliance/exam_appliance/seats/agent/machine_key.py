"""The machine's key, kept on its disk or in its TPM: made once, used through the openssl program."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from central_sync.protocol.durable_file import write_whole

TPM = ("-provider", "tpm2", "-provider", "default")
"""Options of openssl for a key in the TPM (tpm2-openssl); the file then holds what only that TPM opens."""
PATIENCE_S = 30


class KeyFault(Exception):
    """The key cannot be made or used; the message says what openssl told."""


class MachineKey:
    """A P-256 key in a file of mode 0600; with `provider` it is the TPM's."""

    def __init__(self, path: Path, provider: Sequence[str] = ()) -> None:
        self.path = path
        self._provider = tuple(provider)
        if not path.exists():
            self._make()
        self.der = self._openssl("pkey", "-in", str(path), "-pubout", "-outform", "DER")

    @property
    def in_tpm(self) -> bool:
        """Whether the TPM keeps it."""
        return bool(self._provider)

    @property
    def text(self) -> str:
        """Return the public key as the server takes it: SubjectPublicKeyInfo in Base64."""
        return base64.b64encode(self.der).decode()

    @property
    def machine(self) -> str:
        """Return the machine's name: SHA-256 of the public key, hex."""
        return hashlib.sha256(self.der).hexdigest()

    def sign(self, said: bytes) -> str:
        """Return the ECDSA signature with SHA-256 (DER) in Base64."""
        signature = self._openssl("dgst", "-sha256", "-sign", str(self.path), given=said)
        return base64.b64encode(signature).decode()

    def _make(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = self._openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        # Before the machine enters with it: with another key after a power cut it would be another machine.
        write_whole(self.path, made)

    def _openssl(self, command: str, *words: str, given: bytes = b"") -> bytes:
        return _openssl((command, *self._provider, *words), given)


def is_signed(authority: str, said: bytes, signature: str) -> bool:
    """Tell whether the authority of a certificate (PEM) signed something."""
    try:
        public = _openssl(("x509", "-noout", "-pubkey"), authority.encode())
        given = base64.b64decode(signature, validate=True)
    except (KeyFault, ValueError):
        return False
    with tempfile.TemporaryDirectory() as folder:
        key, signed = Path(folder) / "key", Path(folder) / "signature"
        key.write_bytes(public)
        signed.write_bytes(given)
        try:
            _openssl(("dgst", "-sha256", "-verify", str(key), "-signature", str(signed)), said)
        except KeyFault:
            return False
    return True


def _openssl(words: Sequence[str], given: bytes) -> bytes:
    try:
        done = subprocess.run(
            ["openssl", *words], input=given, capture_output=True, check=False, timeout=PATIENCE_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KeyFault(f"openssl {words[0]}: {error}") from error
    if done.returncode != 0:
        raise KeyFault(f"openssl {words[0]}: {done.stderr.decode(errors='replace').strip()[:300]}")
    return done.stdout
