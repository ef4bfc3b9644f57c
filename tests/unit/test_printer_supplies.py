"""Paper and toner as printers describe them, by the standard and beside it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.printer.driverless import read_device_id
from firmware_adapters.printer.ipp_message import Attributes
from firmware_adapters.printer.supplies import (
    Supply,
    Tray,
    out_of_paper,
    read_fields,
    read_supplies,
    read_trays,
)

MAIN = b"type=sheetFeedAutoRemovableTray;mediafeed=29700;mediaxfeed=21000;maxcapacity=250;level=%d;name=main;"
MANUAL = b"type=sheetFeedManual;maxcapacity=1;level=0;status=0;name=manual"
AUTO = b"type=sheetFeedAutoRemovableTray;maxcapacity=-2;level=-2;status=0;name=auto"


def test_trays_are_read_and_the_choice_by_the_printer_is_none() -> None:
    trays = read_trays({"printer-input-tray": [AUTO, MAIN % 120, MANUAL]})
    assert trays == [Tray("main", 120, 250, False), Tray("manual", 0, 1, True)]


def test_it_is_out_of_paper_when_every_tray_is_whatever_stands_in_the_manual_feed() -> None:
    empty, full = Tray("a", 0, 250, False), Tray("b", 5, 250, False)
    unknown, manual = Tray("c", None, 250, False), Tray("m", 1, 1, True)
    assert out_of_paper([empty, manual])
    assert not out_of_paper([empty, full])
    assert not out_of_paper([empty, unknown])
    assert not out_of_paper([manual])
    assert not out_of_paper([])


def test_toner_is_read_from_cups_markers_with_the_printers_own_limit() -> None:
    told: Attributes = {
        "marker-levels": [8, 90, -1],
        "marker-names": ["Black", "Waste", "Drum"],
        "marker-types": ["toner", "waste-toner", "opc"],
        "marker-low-levels": [5, 0, 0],
    }
    black, waste, drum = read_supplies(told)
    assert (black.percent, black.low_percent, black.is_low) == (8, 5, False)
    assert waste.is_waste
    assert not waste.is_low
    assert drum.percent is None
    assert not drum.is_low


def test_toner_is_read_from_the_standards_descriptions_when_there_are_no_markers() -> None:
    told: Attributes = {
        "printer-supply": [
            b"index=1;class=receptacleThatIsFilled;type=wasteToner;maxcapacity=100;level=2;",
            b"index=2;class=supplyThatIsConsumed;type=toner;maxcapacity=4000;level=200;colorantname=black;",
        ],
        "printer-supply-description": ["Waste", "Black Toner"],
    }
    waste, black = read_supplies(told)
    assert not waste.is_low
    assert (black.name, black.percent, black.is_low, black.color) == ("Black Toner", 5, True, "black")


def test_levels_that_cannot_be_are_not_told() -> None:
    told: Attributes = {
        "printer-supply": ["type=toner;maxcapacity=0;level=3", "type=toner;maxcapacity=10;level=30"]
    }
    assert [one.percent for one in read_supplies(told)] == [None, None]
    assert read_trays({"printer-input-tray": ["level=9999999999999999;maxcapacity=x;name=t"]}) == [
        Tray("t", None, None, False)
    ]


def test_a_device_id_is_read_with_long_and_short_names() -> None:
    assert read_device_id("MANUFACTURER:HP;MODEL:Laser 1003;SN:X1;CMD:PDF") == {
        "MFG": "HP",
        "MDL": "Laser 1003",
        "SN": "X1",
        "CMD": "PDF",
    }


@given(text=st.text(max_size=200), level=st.integers(-(2**31), 2**31))
@settings(max_examples=150)
def test_no_description_however_broken_raises(text: str, level: int) -> None:
    described = f"{text};level={level};name={text}"
    told: Attributes = {
        "printer-input-tray": [described, described.encode(), None, level],
        "printer-supply": [described, described.encode()],
        "printer-supply-description": [text, None],
    }
    for supply in read_supplies(told):
        assert isinstance(supply, Supply)
        assert supply.percent is None or 0 <= supply.percent <= 100
    for tray in read_trays(told):
        assert tray.sheets is None or tray.sheets >= 0
    assert isinstance(read_fields(text), dict)
    assert all(name == name.upper() for name in read_device_id(text) if name.isascii())
    for supply in read_supplies({"marker-levels": [level, level], "marker-names": [text]}):
        assert supply.percent is None or 0 <= supply.percent <= 100
