"""A bare Debian 12, then a bare Debian 13, each provisioned once for all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.provisioning.server import BareServer, Played


@pytest.fixture(scope="session", params=["bookworm", "trixie"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareServer]:
    """A bare Debian that staff reach by SSH."""
    if os.geteuid() or not shutil.which("systemd-nspawn") or not shutil.which("mmdebstrap"):
        pytest.skip("needs root, systemd-container and mmdebstrap, as `make test-provision` has them")
    booted = BareServer(request.param, tmp_path_factory.mktemp(request.param))
    try:
        yield booted
    finally:
        booted.end()


@pytest.fixture(scope="session")
def first(server: BareServer) -> Played:
    """The first run."""
    return server.provision()
