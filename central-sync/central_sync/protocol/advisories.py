"""Kind `advisories`: which versions of packages are known to be vulnerable, as the centre tells its sites."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from central_sync.protocol.items import Words

Severity = Literal["low", "medium", "high"]
PackageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]{1,80}$")]
DebianVersion = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.+:~-]{1,80}$")]


class Advisory(Words):
    """One known fault of a package."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{3,40}$")]
    """Such as a CVE number."""
    fixed: DebianVersion | None = None
    """First version without it; None: there is none yet."""
    severity: Severity = "medium"
    zh: Annotated[str, Field(max_length=300)] = ""
    en: Annotated[str, Field(max_length=300)] = ""


class AdvisoriesDocument(Words):
    """The list of a day. `issued` is the date it was drawn up, ISO 8601."""

    issued: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    packages: Annotated[dict[PackageName, tuple[Advisory, ...]], Field(max_length=20_000)]
