"""Images as `make image` built them; they are built here when they are missing or older than the sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from site_images.build import PROJECT, build_appliance, workplace


@pytest.fixture(scope="session")
def appliance_image() -> Path:
    """The folder with the image of the site server, built from this checkout."""
    return build_appliance(workplace(PROJECT / "build/images"))
