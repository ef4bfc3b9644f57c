"""Schemathesis against a published OpenAPI document: generated requests, right and wrong."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)


async def what_fails(
    document: str,
    folder: Path,
    *,
    headers: Sequence[str] = (),
    without: str = "",
    examples: int = 7,
    seed: int = 20261124,
    more: Sequence[str] = (),
) -> str:
    """Return what Schemathesis says when a check fails, else nothing.

    `document` is the address of the OpenAPI document, `folder` takes what the tool writes, `headers`
    are such as "Cookie: a=b", `without` is a regular expression of paths that are left out,
    `examples` bounds the cases of each operation.
    """
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "run",
        document,
        f"--checks={','.join(CHECKS)}",
        "--phases=examples,fuzzing",
        f"--max-examples={examples}",
        f"--seed={seed}",
        "--no-shrink",
        "--continue-on-failure",
        "--request-timeout=20",
        "--warnings=off",
        "--suppress-health-check=all",
        "--no-color",
        *more,
    ]
    for header in headers:
        command += ["--header", header]
    if without:
        command += ["--exclude-path-regex", without]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await process.communicate()
    return "" if process.returncode == 0 else told.decode()
