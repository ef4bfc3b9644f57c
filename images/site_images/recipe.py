"""What an image is made of: suite, packages and sizes, read from `recipe.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

PackageName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]
UnitName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9@_.-]+\.(service|socket|timer|target|path|mount|automount)$")
]


class RecipeFault(Exception):
    """A recipe that cannot be used; the text names file, key and what is allowed."""


class Recipe(BaseModel):
    """One image."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Literal["appliance", "kiosk"]
    suite: Annotated[str, Field(pattern=r"^[a-z]+$")]
    """Debian's code name."""
    compatible: str
    """The hardware that it is for; an update says the same word or is refused (RAUC's `compatible`)."""
    root_mib: Annotated[int, Field(ge=256, le=16384)] = 3072
    """Size of a slot of the system on disk, MiB."""
    packages: dict[PackageName, str]
    """Debian package to the reason why it is there."""
    build_packages: dict[PackageName, str] = {}
    """There only while the image is built."""
    enabled: tuple[UnitName, ...] = ()
    """Units that start besides those that their packages start."""
    masked: tuple[UnitName, ...] = ()
    """Units that never start."""
    removed: tuple[str, ...] = ()
    """Paths that are taken out again, as globs from the root."""


def read_recipe(folder: Path) -> Recipe:
    """Read `recipe.yaml` of an image's folder. Raises RecipeFault."""
    path = folder / "recipe.yaml"
    try:
        return Recipe.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError) as error:
        raise RecipeFault(f"{path}：无法读取 / cannot be read: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc'])) or '-'}: {one['msg']}" for one in error.errors())
        raise RecipeFault(f"{path}：{faults}") from error
