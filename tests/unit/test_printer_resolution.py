"""A printer's resolution: believed only as far as everything it says agrees."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.printer import reasons
from firmware_adapters.printer.ipp_message import Attributes, Resolution
from firmware_adapters.printer.resolution import LEAST_DPI, MOST_DPI, read_resolutions

CLAIM, DEFAULT = "printer-resolution-supported", "printer-resolution-default"
RASTER = "pwg-raster-document-resolution-supported"


def dpi(*values: int | tuple[int, int]) -> list[Resolution]:
    return [Resolution(one, one) if isinstance(one, int) else Resolution(*one) for one in values]


@pytest.mark.parametrize(
    ("told", "believed", "reason"),
    [
        ({CLAIM: dpi(600), RASTER: dpi(300, 600), DEFAULT: dpi(600)}, dpi(600), None),
        ({CLAIM: dpi(300, 600)}, dpi(300, 600), None),
        # Many print PDF finer than rasters: no lie, yet only what both say counts.
        ({CLAIM: dpi(600, 1200), RASTER: dpi(600)}, dpi(600), None),
        ({CLAIM: dpi(600), "urf-supported": ["CP1", "RS300-600", "W8"]}, dpi(600), None),
        ({CLAIM: dpi((1200, 600)), RASTER: dpi((1200, 600))}, dpi((1200, 600)), None),
        ({CLAIM: dpi(2400), RASTER: dpi(300)}, [], reasons.RESOLUTION_CONTRADICTS),
        ({CLAIM: dpi(600), "urf-supported": ["RS300"]}, [], reasons.RESOLUTION_CONTRADICTS),
        ({CLAIM: dpi(600), DEFAULT: dpi(1200)}, dpi(600), reasons.RESOLUTION_CONTRADICTS),
        ({CLAIM: dpi(600, 1_000_000)}, dpi(600), reasons.RESOLUTION_CONTRADICTS),
        ({CLAIM: dpi(0)}, [], reasons.RESOLUTION_CONTRADICTS),
        ({CLAIM: dpi((-600, 600))}, [], reasons.RESOLUTION_CONTRADICTS),
        ({RASTER: dpi(300)}, dpi(300), None),
        ({}, [], reasons.RESOLUTION_UNTOLD),
        ({CLAIM: ["600dpi", None, 600]}, [], reasons.RESOLUTION_UNTOLD),
    ],
)
def test_what_is_believed_and_what_is_doubted(
    told: Attributes, believed: list[Resolution], reason: object
) -> None:
    found = read_resolutions(told)
    assert list(found.believed) == believed
    assert found.reason is reason
    assert bool(found.detail) == (reason is not None)


_NUMBERS = st.integers(-(2**31), 2**31 - 1)
_VALUES = st.lists(
    st.one_of(
        st.builds(Resolution, _NUMBERS, _NUMBERS),
        st.sampled_from(dpi(300, 600, 1200)),
        st.none(),
        st.booleans(),
        _NUMBERS,
        st.text(max_size=20),
        st.sampled_from(["RS300", "RS300-600", "RS", "RS99999", "RS-"]),
    ),
    max_size=6,
)


@given(
    told=st.dictionaries(
        st.sampled_from([CLAIM, DEFAULT, RASTER, "urf-supported", "pclm-source-resolution-supported"]),
        _VALUES,
    )
)
@settings(max_examples=200)
def test_whatever_is_told_only_possible_and_claimed_resolutions_are_believed(told: Attributes) -> None:
    found = read_resolutions(told)
    assert all(LEAST_DPI <= dots <= MOST_DPI for one in found.believed for dots in one)
    claimed = [one for one in told.get(CLAIM, ()) if isinstance(one, Resolution)]
    if claimed:
        assert set(found.believed) <= set(claimed)
    if claimed and not found.believed:
        assert found.reason is not None
