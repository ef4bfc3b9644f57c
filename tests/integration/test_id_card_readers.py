"""ID-card readers on all their wires: the real adapter in a process of its own, a whole module behind it."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware_adapters.id_card import reasons
from firmware_adapters.simulators.id_card import SimulatedHidReader, SimulatedReader, SimulatedSerialReader
from firmware_adapters.simulators.id_card_cards import SAMPLES
from firmware_adapters.simulators.id_card_module import SdtModule
from firmware_adapters.simulators.id_card_usb import SimulatedFourEndpointReader, SimulatedUsbReader
from firmware_adapters.simulators.testbed import Testbed
from tests.device_process import DeviceProcess, code_of, device_process

WIRES: dict[str, tuple[str, type[SimulatedReader]]] = {
    "serial": ("id_card.serial", SimulatedSerialReader),
    "hid": ("id_card.hid", SimulatedHidReader),
    "usb": ("id_card.usb", SimulatedUsbReader),
    "usb-four": ("id_card.usb", SimulatedFourEndpointReader),
}
QUICK = {"command_timeout_s": 0.6, "probe_timeout_s": 0.5, "find_interval_s": 0.05}
SAM = "05.01-20230508-0001234567-0890123456"


@pytest.fixture
def testbed() -> Iterator[Testbed]:
    with Testbed() as made:
        yield made


@asynccontextmanager
async def at_work(
    testbed: Testbed,
    wire: str,
    module: SdtModule | None = None,
    options: Mapping[str, Any] | None = None,
) -> AsyncIterator[tuple[DeviceProcess, SimulatedReader]]:
    """Run the adapter of a wire on a simulated reader that is plugged in."""
    adapter, kind = WIRES[wire]
    reader = kind(testbed, module=module)
    await reader.plug()
    try:
        async with device_process(
            adapter, reader.sighting, options or {}, environment=testbed.environment()
        ) as process:
            yield process, reader
    finally:
        await reader.unplug()


@pytest.mark.parametrize(
    ("wire", "sample"),
    [
        ("serial", "resident-long-name"),
        ("hid", "permit-taiwan"),
        ("usb", "foreign-2017"),
        ("usb-four", "foreign-2023"),
    ],
)
async def test_a_card_of_each_kind_is_read_whole_on_its_wire(
    testbed: Testbed, wire: str, sample: str
) -> None:
    person = SAMPLES[sample]
    async with at_work(testbed, wire) as (process, reader):
        await process.until_state("ready")
        assert process.told[0]["serial"] == SAM
        reader.lay_card(person.card())
        told = (await process.until_event("card.read"))["body"]
        document = told["document"]
        for item in ("name", "number", "english_name"):
            if item in person.items:
                assert document[item] == person.items[item]
        assert document["findings"] == []
        assert told["photo"]["state"] == "not_decoded"
        if person.new_address:
            assert document["new_address"] == person.new_address
        reader.remove_card()
        await process.until_event("card.removed")
        assert process.names() == ["card.laid", "card.read", "card.removed"]


async def test_a_card_laid_is_told_whole_at_115200_without_a_wait(testbed: Testbed) -> None:
    async with at_work(testbed, "serial") as (process, reader):
        await process.until_state("ready")
        for sample in ("resident", "foreign-2023", "permit-hong-kong"):
            since = len(process.told)
            laid = time.monotonic()
            reader.lay_card(SAMPLES[sample].card())
            read = await process.until_event("card.read", since)
            # Loosely, as another's work may slow it; tests/contract holds the daemon to the 1.5 s.
            assert read["at"] - laid < 6
            reader.remove_card()
            await process.until_event("card.removed", since)


async def test_fingerprints_are_read_where_the_module_can_and_done_without_where_it_cannot(
    testbed: Testbed,
) -> None:
    card = SAMPLES["resident-long-name"].card()
    async with at_work(testbed, "usb", options={"fingerprint": True}) as (process, reader):
        reader.lay_card(card)
        body = (await process.until_event("card.read"))["body"]
        assert len(body["fingerprint"]) > 1000
    old = SdtModule(old=True)
    async with at_work(testbed, "usb", old, {"fingerprint": True}) as (process, reader):
        reader.lay_card(card)
        body = (await process.until_event("card.read"))["body"]
        assert (body["fingerprint"], body["document"]["name"]) == ("", "阿卜杜热伊木·艾则孜")
    assert (0x30, 0x10) in old.commands
    assert (0x30, 0x01) in old.commands


@pytest.mark.parametrize("wire", ["serial", "usb-four", "hid"])
async def test_a_card_lifted_while_it_is_read_is_told_and_the_next_one_is_read(
    testbed: Testbed, wire: str
) -> None:
    async with at_work(testbed, wire) as (process, reader):
        await process.until_state("ready")
        reader.module.lift_card_during(0x30, 0x01)
        reader.lay_card(SAMPLES["resident"].card())
        lifted = await process.until_event("card.unreadable")
        assert code_of(lifted["body"]) == "id_card.card_lifted"
        await process.until_event("card.removed")
        since = len(process.told)
        reader.lay_card(SAMPLES["resident"].card())
        await process.until_event("card.read", since)


@pytest.mark.parametrize("fault", ["wrong_checksum", "wrong_length", "lost_byte", "short_preamble", "noise"])
@pytest.mark.parametrize("wire", ["serial", "usb"])
async def test_a_few_spoilt_replies_are_asked_for_again_and_nothing_wrong_is_told(
    testbed: Testbed, wire: str, fault: Any
) -> None:
    async with at_work(testbed, wire, options=QUICK) as (process, reader):
        await process.until_state("ready")
        reader.misbehave(fault, 2)
        reader.lay_card(SAMPLES["resident"].card())
        body = (await process.until_event("card.read"))["body"]
        assert body["document"]["number"] == SAMPLES["resident"].items["number"]
        assert body["document"]["findings"] == []


@pytest.mark.parametrize("wire", ["hid", "usb-four"])
async def test_a_reader_that_falls_silent_ends_with_the_reason(testbed: Testbed, wire: str) -> None:
    async with at_work(testbed, wire, options=QUICK) as (process, reader):
        await process.until_state("ready")
        reader.misbehave("silent")
        ended = await process.until_end()
        assert (ended["t"], code_of(ended)) == ("fault", "id_card.no_answer")


@pytest.mark.parametrize("wire", ["serial"])
async def test_garbage_without_end_becomes_a_reason_and_never_a_card(testbed: Testbed, wire: str) -> None:
    async with at_work(testbed, wire, options=QUICK) as (process, reader):
        await process.until_state("ready")
        reader.misbehave("garbage")
        reader.lay_card(SAMPLES["resident"].card())
        ended = await process.until_end()
        assert ended["t"] == "fault"
        assert code_of(ended).startswith("id_card.")
        assert "card.read" not in process.names()


@pytest.mark.parametrize("wire", WIRES)
async def test_a_reader_pulled_out_while_it_reads_is_gone_without_a_fault(
    testbed: Testbed, wire: str
) -> None:
    async with at_work(testbed, wire) as (process, reader):
        await process.until_state("ready")
        reader.misbehave("slow")
        reader.lay_card(SAMPLES["resident"].card())
        await process.until_event("card.laid")
        await reader.unplug()
        assert (await process.until_end())["t"] == "gone"


@pytest.mark.parametrize(
    ("status", "code"), [(0x66, "id_card.sam_unauthorised"), (0x60, "id_card.sam_self_test_failed")]
)
async def test_a_module_that_is_out_of_order_says_so(testbed: Testbed, status: int, code: str) -> None:
    async with at_work(testbed, "usb", SdtModule(status=status)) as (process, _):
        ended = await process.until_end()
        assert (ended["t"], code_of(ended)) == ("fault", code)


async def test_a_module_set_to_another_speed_is_found(testbed: Testbed) -> None:
    async with at_work(testbed, "serial", SdtModule(baud=38400), QUICK) as (process, reader):
        ready = await process.until_state("ready")
        assert ready["facts"]["baud"] == 38400
        reader.lay_card(SAMPLES["resident"].card())
        await process.until_event("card.read")


async def test_a_reader_tests_itself_with_a_card_and_reads_one_on_demand(testbed: Testbed) -> None:
    async with at_work(testbed, "usb") as (process, reader):
        await process.until_state("ready")
        passed = (await process.act("self_test"))["body"]
        assert passed["passed"] is True
        assert [step["name"] for step in passed["steps"]][:2] == ["answers", "status"]
        assert any(SAM in step["measured"] for step in passed["steps"])
        without = await process.act("self_test", {"card": True, "wait_s": 0.2})
        assert without["body"]["passed"] is False
        step = without["body"]["steps"][-1]
        assert step["measured"] == "id_card.no_card_yet 0.2 s"
        # The code is for support; the technician reads what to do.
        assert step["zh"] == f"读取一张证件：{reasons.NO_CARD_YET.zh}"
        assert step["en"] == f"Reads a card: {reasons.NO_CARD_YET.en}"
        refused = await process.act("read_once", {"wait_s": 0.1})
        assert code_of(refused) == "id_card.no_card_yet"
        reader.lay_card(SAMPLES["foreign-2023"].card())
        read = await process.act("read_once", {"wait_s": 5})
        assert read["body"]["document"]["type"] == "foreign_2023"
        again = await process.act("read_once", {"wait_s": 5})
        assert again["body"]["document"] == read["body"]["document"]
        assert (await process.act("module_id"))["body"]["sam_id"] == SAM


async def test_a_photo_is_decoded_by_the_configured_program_and_its_failure_harms_nothing(
    testbed: Testbed, tmp_path: Path
) -> None:
    own = [sys.executable, "-m", "firmware_adapters.simulators.id_card_photo"]
    options: dict[str, Any] = {"photo_decoder": {"command": own, "timeout_s": 10}}
    async with at_work(testbed, "usb", options=options) as (process, reader):
        reader.lay_card(SAMPLES["resident"].card())
        read = await process.until_event("card.read")
        assert read["body"]["photo"]["state"] == "decoded"
        assert read["blob"].startswith(b"\x89PNG")
    broken = tmp_path / "broken-decoder"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    options = {"photo_decoder": {"command": [str(broken), "{input}", "{output}"], "timeout_s": 10}}
    async with at_work(testbed, "usb", options=options) as (process, reader):
        reader.lay_card(SAMPLES["resident"].card())
        body = (await process.until_event("card.read"))["body"]
        assert body["photo"]["state"] != "decoded"
        assert body["photo"]["reason"]["code"].startswith("id_card.photo")
        assert body["document"]["name"] == SAMPLES["resident"].items["name"]


async def test_a_number_whose_check_digit_fails_is_shown_with_the_finding(testbed: Testbed) -> None:
    sample = SAMPLES["resident-wrong-number"]
    async with at_work(testbed, "serial") as (process, reader):
        reader.lay_card(sample.card())
        document = (await process.until_event("card.read"))["body"]["document"]
        assert document["number"] == sample.items["number"]
        assert [found["code"] for found in document["findings"]] == ["id_card.number_check_digit"]
