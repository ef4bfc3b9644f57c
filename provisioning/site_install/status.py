"""What the installer tells its screen, and the choice that comes back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

FOLDER = Path("/run/kaodian-install")


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be done: a disk by name, "" to look again, and whether its data is encrypted."""

    disk: str
    encrypt: bool = False


State = Literal["looking", "choosing", "installing", "failed", "done"]


@dataclass
class Status:
    """How the installation stands. `share` is 0 to 1."""

    state: State = "looking"
    version: str = ""
    disks: list[dict[str, Any]] = field(default_factory=list)
    disk: str = ""
    zh: str = ""
    en: str = ""
    share: float = 0.0
    problems: list[str] = field(default_factory=list)
    recovery: str = ""
    """The recovery key of encrypted data, once it is in use."""

    def tell(self, folder: Path = FOLDER) -> None:
        """Write it where the screen reads it."""
        folder.mkdir(exist_ok=True)
        new = folder / "status.new"
        new.touch(0o600)
        new.write_text(json.dumps(vars(self), ensure_ascii=False))
        new.rename(folder / "status.json")


def told(folder: Path = FOLDER) -> Status:
    """Return what was told last."""
    try:
        return Status(**json.loads((folder / "status.json").read_text()))
    except FileNotFoundError:
        return Status()


def choose(made: Choice, folder: Path = FOLDER) -> None:
    """Say what is to be done."""
    new = folder / "choice.new"
    new.write_text(json.dumps(asdict(made)))
    new.rename(folder / "choice")


def choice(folder: Path = FOLDER) -> Choice | None:
    """Take the choice, if one was made."""
    try:
        made = Choice(**json.loads((folder / "choice").read_text()))
    except FileNotFoundError:
        return None
    (folder / "choice").unlink()
    return made
