"""Every command that the technician's guide gives for the server runs on one."""

from __future__ import annotations

import re

import pytest

from site_images.base import PROJECT
from tests.images.site_server import Site

pytestmark = [pytest.mark.timeout(1800), pytest.mark.whole]
GUIDE = PROJECT / "images/technicians-guide.md"
CHECKED = 1
"""Exit code of a check that found something to be done."""


def commands() -> list[str]:
    """Return the lines of the guide's blocks that are marked `sh server`."""
    blocks = re.findall(r"^```sh server\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_guide_runs_on_the_server(site: Site, command: str) -> None:
    said = site.ssh(f"{{ {command}; }} 2>&1; echo exit=$?", seconds=900)
    code = int(said.rpartition("exit=")[2])
    print(f"$ {command}\n{said}")
    assert code in (0, CHECKED), said
    assert len(said.splitlines()) > 1
