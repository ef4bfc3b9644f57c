"""Where faces are in what the desk's camera sees, so that people stand right before the picture is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from exam_appliance.faces import reasons


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A face, in fractions of the picture's width and height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Framing:
    """The faces that count, the largest first; `code` is empty where the picture could be compared."""

    boxes: tuple[FaceBox, ...] = ()
    code: str = ""
    zh: str = ""
    en: str = ""


@runtime_checkable
class FindsFaces(Protocol):
    """Finds faces besides comparing them; a third party's service need not."""

    async def framing(self, picture: bytes) -> Framing:
        """Return where faces are in a picture (JPEG or PNG); never raises."""
        ...


NOBODY_LOOKS = Framing(code=reasons.NONE.code, zh=reasons.NONE.zh, en=reasons.NONE.en)
