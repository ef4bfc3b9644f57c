"""What the agent keeps on disk. Every file is replaced in one step, so a kill leaves the old or the new."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ValidationError

from central_sync.protocol.documents import DocumentRefused, supersedes, verify_document
from central_sync.protocol.durable_file import write_whole
from central_sync.protocol.items import Words
from central_sync.protocol.keys import signing_key_from
from central_sync.protocol.session import SignedDocument
from central_sync.protocol.transfer import Acknowledgement

Model = TypeVar("Model", bound=BaseModel)


class AgentFileWrong(Exception):
    """A file of the agent cannot be read; the message names it and what to do."""


class Bond(Words):
    """What binds the site to its centre since the enrolment; certificates in PEM, keys in base64."""

    centre: str
    site: str
    certificate: str
    authority: str
    centre_key: str
    centre_sealing_key: str


class Progress(Words):
    """How far both directions are, as far as it must be known without the centre."""

    acknowledged: int = 0
    acknowledged_hash: str = ""
    told_at: AwareDatetime | None = None
    """When the centre told this: by its own clock when a stick brought it, by ours over the line."""


class AgentState:
    """The agent's folder: `bond.json`, `progress.json`, `documents/`, `blobs/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = folder / "blobs"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.blobs.mkdir(exist_ok=True)
        (folder / "documents").mkdir(exist_ok=True)
        self.bond = self._read("bond.json", Bond)
        self.progress = self._read("progress.json", Progress) or Progress()
        self._kept_progress = self.progress
        self.documents: dict[tuple[str, str], SignedDocument] = {}
        if self.bond is not None:
            self._load_documents(self.bond)

    def keep_bond(self, bond: Bond) -> None:
        """Keep an enrolment or a renewed certificate; raises OSError."""
        self._write("bond.json", bond)
        self.bond = bond

    def progress_seen(self, held: Acknowledgement, told_at: datetime) -> None:
        """Note what the centre acknowledged; `keep_seen` brings it to disk."""
        if (held.acknowledged, held.hash) != (self.progress.acknowledged, self.progress.acknowledged_hash):
            self.progress = Progress(
                acknowledged=held.acknowledged, acknowledged_hash=held.hash, told_at=told_at
            )

    def progress_brought(self, held: Acknowledgement, made_at: datetime) -> None:
        """Note what a stick says that the centre holds; `keep_seen` brings it to disk.

        Less than what is known counts only when it is newer: the centre was restored from a backup.
        """
        told_at = self.progress.told_at
        if held.acknowledged > self.progress.acknowledged or (told_at is not None and made_at > told_at):
            self.progress_seen(held, made_at)

    def keep_seen(self) -> None:
        """Bring the progress to disk if it changed; raises OSError."""
        progress = self.progress
        if progress != self._kept_progress:
            self._write("progress.json", progress)
            self._kept_progress = progress

    def keep_document(self, document: SignedDocument) -> bool:
        """Keep a verified document if it is newer than the held one; tell whether it is. Raises OSError."""
        named = (document.kind, document.name)
        if not supersedes(document, self.documents.get(named)):
            return False
        self._write(_document_file(document), document)
        self.documents[named] = document
        return True

    def blob(self, sha256: str) -> Path:
        """Return where a blob lies once it is whole."""
        return self.blobs / sha256

    def part(self, sha256: str) -> Path:
        """Return where a blob grows while it is fetched."""
        return self.blobs / f"{sha256}.part"

    def _load_documents(self, bond: Bond) -> None:
        key = signing_key_from(bond.centre_key)
        held = []
        for path in (self.folder / "documents").glob("*.json"):
            document = self._read(f"documents/{path.name}", SignedDocument)
            if document is None:
                continue
            try:
                verify_document(key, document, bond.site)
            except DocumentRefused as error:
                raise AgentFileWrong(
                    f"文件 {path} 的内容与签名不符，请删除它，系统会重新下载 / "
                    f"{path} is not what the centre signed: remove it and it will be fetched again"
                ) from error
            held.append(document)
        for document in sorted(held, key=lambda found: found.version):
            self.documents[(document.kind, document.name)] = document

    def _read(self, name: str, model: type[Model]) -> Model | None:
        path = self.folder / name
        try:
            return model.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise AgentFileWrong(
                f"同步文件 {path} 无法读取，请从备份恢复或重新登记本机 / "
                f"the sync file {path} cannot be read: restore it from the backup or enrol this machine anew"
            ) from error

    def _write(self, name: str, model: BaseModel) -> None:
        write_whole(self.folder / name, model.model_dump_json().encode())


def _document_file(document: SignedDocument) -> str:
    """Return the file of a document; its name comes from the centre and is no file name."""
    named = hashlib.sha256(f"{document.kind}/{document.name}".encode()).hexdigest()
    return f"documents/{named}.json"
