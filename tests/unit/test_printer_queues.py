"""Which queues count as printers, and which printer on USB one prints to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware_adapters.printer.driverless import (
    Answering,
    ipp_usb_uri,
    pair,
    queue_name,
    read_answering,
    speaks_ipp,
    usb_printer_of,
    usb_printers,
)
from firmware_adapters.printer.options import CupsOptions
from firmware_adapters.printer.queues import (
    PrinterType,
    Queue,
    loopback_port,
    read_queues,
    service_name,
    usb_serial,
)
from firmware_adapters.sighting import Sighting


def told(name: str, uri: str, kind: int = 0) -> dict[str, Any]:
    return {"printer-name": [name], "device-uri": [uri], "printer-type": [kind]}


def on_usb(port: str, serial: str = "", model: str = "Laser 1003", interface: str = "070104") -> Sighting:
    return Sighting(
        f"/devices/usb1/{port}",
        "usb",
        interfaces=(interface,),
        serial=serial,
        maker="HP",
        model=model,
        port=port,
    )


def test_queues_without_a_device_behind_are_passed_over_and_two_of_one_device_are_one() -> None:
    listed = [
        told("office2", "ipp://10.0.0.9/ipp/print"),
        told("office", "ipp://10.0.0.9/ipp/print"),
        told("everybody", "ipp://10.0.0.8/ipp/print", PrinterType.CLASS),
        told("fax", "ipp://10.0.0.7/ipp/faxout", PrinterType.FAX),
        told("PDF", "cups-pdf:/"),
        told("file", "file:///dev/null"),
        told("hall", "usb://HP/Laser?serial=X1"),
        {"printer-name": ["nowhere"]},
        {},
    ]
    assert [(queue.name, queue.uri) for queue in read_queues(listed)] == [
        ("hall", "usb://HP/Laser?serial=X1"),
        ("office", "ipp://10.0.0.9/ipp/print"),
    ]


def test_what_a_device_uri_tells() -> None:
    assert usb_serial("usb://HP/LaserJet%20M1?serial=VNB3&interface=1") == "VNB3"
    assert usb_serial("ipp://host/?serial=no") == ""
    assert loopback_port("ipp://localhost:60000/ipp/print") == 60000
    assert loopback_port("ipp://[::1]:60001/ipp/print") == 60001
    assert loopback_port("ipp://10.0.0.1:60000/") is None
    assert loopback_port("ipp://localhost:99999999/") is None
    assert service_name("dnssd://HP%20Laser%20(USB)._ipp._tcp.local/?uuid=1") == "HP Laser (USB)"
    assert service_name("ipp://printer.local/ipp/print") == ""


def test_printers_on_usb_are_known_by_their_class_and_driverless_ones_by_their_protocol() -> None:
    old, new = on_usb("1-1", interface="070102"), on_usb("1-2")
    reader = on_usb("1-3", interface="ff0000")
    assert usb_printers([old, new, reader]) == [old, new]
    assert [speaks_ipp(one) for one in (old, new)] == [False, True]


def answering(port: int, serial: str = "", model: str = "HP Laser 1003") -> Answering:
    return Answering(ipp_usb_uri(port), model, serial, model)


def test_printers_are_paired_by_serial_number_then_by_model_then_the_only_one_left() -> None:
    first, second = on_usb("1-1", "A"), on_usb("1-2", "B")
    a, b = answering(60000, "B"), answering(60001, "A")
    assert pair([first, second], [a, b]) == {first.key: b, second.key: a}
    other = on_usb("1-3", model="MFP 178")
    mute = answering(60002, "", "HP MFP 178nw")
    assert pair([on_usb("1-1", "A"), other], [answering(60000, "A"), mute])[other.key] == mute
    assert pair([on_usb("1-1")], [answering(60000, "", "Generic")]) == {
        on_usb("1-1").key: answering(60000, "", "Generic")
    }
    # Two alike without a number: nobody can tell.
    assert pair([on_usb("1-1"), on_usb("1-2")], [answering(60000), answering(60001)]) == {}
    # Another serial number is another printer, even when it is the only one.
    assert pair([on_usb("1-1", "A", "X")], [answering(60000, "B", "Y")]) == {}


def test_a_queue_belongs_to_the_printer_on_usb_that_its_uri_names() -> None:
    printer, other = on_usb("1-1", "A"), on_usb("1-2", "B", "MFP 178")
    pairs = {printer.key: answering(60000, "A")}
    for uri in (
        "usb://HP/Laser%201003?serial=A",
        "usb://HP/Laser%201003",
        "ipp://localhost:60000/ipp/print",
        "ipp://HP%20Laser%201003%20(USB)._ipp._tcp.local/",
    ):
        assert usb_printer_of(Queue("q", uri), [printer, other], pairs) == printer, uri
    for uri in ("usb://HP/Laser%201003?serial=C", "ipp://localhost:60001/ipp/print", "ipp://10.0.0.9/"):
        assert usb_printer_of(Queue("q", uri), [printer, other], pairs) is None, uri


@given(parts=st.lists(st.text(max_size=150), max_size=3))
@settings(max_examples=100)
def test_a_queues_name_is_one_that_cups_takes(parts: list[str]) -> None:
    name = queue_name(*parts)
    assert 0 < len(name) <= 100
    assert name.isascii()
    assert all(sign.isalnum() or sign == "_" for sign in name)


@given(
    attributes=st.dictionaries(
        st.sampled_from(["printer-name", "device-uri", "printer-type", "printer-device-id"]),
        st.lists(st.one_of(st.text(max_size=60), st.integers(-5, 2**31 - 1), st.none()), max_size=2),
    )
)
@settings(max_examples=150)
def test_whatever_cups_tells_of_its_queues_is_read_or_passed_over(attributes: dict[str, Any]) -> None:
    for queue in read_queues([attributes, attributes]):
        usb_serial(queue.uri), loopback_port(queue.uri), service_name(queue.uri)
        assert queue.name
    assert read_answering("ipp://x/", attributes).uri == "ipp://x/"


@pytest.mark.parametrize(
    "wrong",
    [
        {"server": "http://localhost:631/"},
        {"server": "localhost:port"},
        {"printers": [{"uri": "http://10.0.0.9/"}]},
        {"printers": [{"uri": "ipp://10.0.0.9:0/"}]},
        {"printers": [{"uri": "ipp:///ipp/print"}]},
        {"printers": [{"uri": "ipp://10.0.0.9/", "queue": "with space"}]},
        {"ipp_usb_ports": [0]},
        {"poll_s": 0},
    ],
)
def test_settings_that_cannot_work_are_refused_with_what_is_allowed(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CupsOptions.model_validate(wrong)
    assert CupsOptions.model_validate({"server": "print.example:631"}).server == "print.example:631"
