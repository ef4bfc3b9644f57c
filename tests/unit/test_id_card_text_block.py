"""The text of cards: four layouts, every field as the bytes say, a finding for whatever is amiss."""

from __future__ import annotations

from datetime import date

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from firmware_adapters.adapter import Reason
from firmware_adapters.id_card import numbers, reasons
from firmware_adapters.id_card.document import Document, DocumentType, Sex, Validity, validity_on
from firmware_adapters.id_card.frames import SdtError
from firmware_adapters.id_card.nations import NATIONS
from firmware_adapters.id_card.text_block import LAYOUTS, decode_new_address, decode_text_block
from firmware_adapters.simulators.id_card_cards import (
    SAMPLES,
    WIDTHS,
    encode_text,
    foreign_2017_check,
    gb_check,
    items_of,
)
from tests.id_card_oracle import wrong_fields

RESIDENT = SAMPLES["resident"].items


def resident(**changes: str) -> Document:
    return decode_text_block(encode_text(DocumentType.RESIDENT, {**RESIDENT, **changes}))


def found(document: Document) -> list[tuple[Reason, str]]:
    return [(finding.reason, finding.field) for finding in document.findings]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_card_is_read_item_by_item(name: str) -> None:
    person = SAMPLES[name]
    document = decode_text_block(person.card().text)
    assert document.type is person.kind
    assert {key: value for key, value in items_of(document).items() if value.strip()} == {
        key: value
        for key, value in {
            **person.items,
            "type_flag": {"resident": "", "permit": "J", "foreign_2017": "I", "foreign_2023": "Y"}[
                person.kind.value
            ],
        }.items()
        if value
    }
    wrong_number = [(reasons.NUMBER_CHECK_DIGIT, "number")]
    assert found(document) == (wrong_number if name == "resident-wrong-number" else [])


def test_layouts_stand_where_the_widths_of_their_items_put_them() -> None:
    for kind, layout in LAYOUTS.items():
        at = 0
        places: dict[str, list[tuple[int, int]]] = {}
        for name, width in WIDTHS[kind]:
            places.setdefault(name.removesuffix("_end"), []).append((at, 2 * width))
            at += 2 * width
        assert at == 256
        assert {name: list(spans) for name, spans in layout.items()} == {
            name: spans for name, spans in places.items() if name not in ("reserved", "type_flag")
        }


def test_a_long_english_name_is_joined_from_its_two_parts() -> None:
    name = "ABCDEFGHIJ KLMNOPQRST UVWXYZABC DEFGHIJ KLMNOP"
    items = {**SAMPLES["foreign-2023"].items, "english_name": name}
    assert decode_text_block(encode_text(DocumentType.FOREIGN_2023, items)).english_name == name


def test_there_are_56_nations_and_two_further_codes() -> None:
    assert len(NATIONS) == 58
    assert [code for code in NATIONS if code <= "56"] == [f"{code:02d}" for code in range(1, 57)]
    assert (NATIONS["01"], NATIONS["25"], NATIONS["46"], NATIONS["56"]) == ("汉", "水", "德昂", "基诺")
    assert (NATIONS["97"], NATIONS["98"]) == ("其他", "外国血统")
    assert len(set(NATIONS.values())) == 58


@pytest.mark.parametrize("number", ["911124198108030024", "931012199012010018"])
def test_foreign_numbers_that_were_published_hold(number: str) -> None:
    assert numbers.is_foreign_2023_number(number)
    assert numbers.check_digit_holds(number)
    assert gb_check(number[:17]) == number[17]


@given(st.from_regex(r"[1-9][0-9]{16}", fullmatch=True))
@settings(max_examples=100)
def test_one_check_character_of_eleven_holds_as_the_standards_weights_and_stdnum_say(first: str) -> None:
    holding = [last for last in "0123456789X" if numbers.check_digit_holds(first + last)]
    assert holding == [gb_check(first)] == [ric.calc_check_digit(first + "0")]


@given(st.from_regex(r"[A-Z]{3}[0-9]{11}", fullmatch=True))
@settings(max_examples=100)
def test_one_check_digit_of_ten_holds_for_a_foreign_number_of_2017(first: str) -> None:
    holding = [last for last in "0123456789" if numbers.check_digit_2017_holds(first + last)]
    assert holding == [foreign_2017_check(first)]


def test_long_term_validity_is_no_date_and_no_fault() -> None:
    document = resident(valid_to="长期")
    assert (document.long_term, document.valid_to, found(document)) == (True, None, [])


@pytest.mark.parametrize(
    ("item", "value", "reason"),
    [
        ("birth", "20030230", reasons.BAD_BIRTH_DATE),
        ("birth", "2003年5月", reasons.BAD_BIRTH_DATE),
        ("birth", "00000000", reasons.BAD_BIRTH_DATE),
        ("birth", "", reasons.BAD_BIRTH_DATE),
        ("birth", "２００３０５１２", reasons.BAD_BIRTH_DATE),
        ("valid_from", "20221301", reasons.BAD_VALID_FROM),
        ("valid_to", "20330229", reasons.BAD_VALID_TO),
        ("valid_to", "长 期", reasons.BAD_VALID_TO),
        ("valid_to", "", reasons.BAD_VALID_TO),
    ],
)
def test_a_bad_date_is_found_and_shown_as_it_stood(item: str, value: str, reason: Reason) -> None:
    document = resident(**{item: value})
    assert (reason, item) in found(document)
    assert getattr(document, item) is None
    assert next(finding.detail for finding in document.findings if finding.reason is reason) == value


def test_a_validity_that_ends_before_it_begins_is_found() -> None:
    document = resident(valid_from="20320101", valid_to="20220101")
    assert found(document) == [(reasons.VALIDITY_REVERSED, "valid_to")]


def test_a_wrong_check_digit_is_shown_and_found_not_hidden() -> None:
    right = RESIDENT["number"]
    for last in "0123456789X":
        document = resident(number=right[:17] + last)
        assert document.number == right[:17] + last
        assert document.number_holds is (last == right[17])
        assert found(document) == ([] if last == right[17] else [(reasons.NUMBER_CHECK_DIGIT, "number")])


@pytest.mark.parametrize(
    "number",
    [
        "",
        "1101052003051200",
        "11010520030512002x",
        "X1010520030512002X",
        "１１０１０５２００３０５１２００２X",
    ],
)
def test_a_number_that_has_not_its_form_is_shown_and_found(number: str) -> None:
    document = resident(number=number)
    assert (document.number, document.number_holds) == (number, False)
    assert found(document) == [(reasons.NUMBER_FORM, "number")]


def test_birth_and_sex_that_differ_from_the_number_are_found() -> None:
    assert found(resident(birth="20030513")) == [(reasons.BIRTH_MISMATCH, "birth")]
    assert found(resident(sex="1")) == [(reasons.SEX_MISMATCH, "sex")]
    foreign = {**SAMPLES["foreign-2017"].items, "birth": "19900516"}
    document = decode_text_block(encode_text(DocumentType.FOREIGN_2017, foreign))
    assert found(document) == [(reasons.BIRTH_MISMATCH, "birth")]


def test_a_permits_area_and_pass_are_checked() -> None:
    items = SAMPLES["permit-hong-kong"].items
    number = "44010019980704003"
    document = decode_text_block(
        encode_text(
            DocumentType.PERMIT, {**items, "number": number + gb_check(number), "pass_number": "X1234567"}
        )
    )
    assert found(document) == [
        (reasons.NUMBER_AREA, "number"),
        (reasons.PASS_NUMBER_FORM, "pass_number"),
    ]
    assert document.number_holds


@pytest.mark.parametrize("number", ["H12345678", "M00000001", "12345678"])
def test_passes_of_hong_kong_macau_and_taiwan_have_their_form(number: str) -> None:
    assert numbers.is_pass_number(number)


def test_sexes_and_nations_outside_the_standards_are_found() -> None:
    assert [resident(sex=code).sex for code in "0129"] == [
        Sex.UNKNOWN,
        Sex.MALE,
        Sex.FEMALE,
        Sex.UNSTATED,
    ]
    assert found(resident(sex="3")) == [(reasons.UNKNOWN_SEX, "sex")]
    for code in ("00", "57", "99", "1 ", ""):
        document = resident(nation_code=code)
        assert document.nation == ""
        assert found(document) == [(reasons.UNKNOWN_NATION, "nation_code")]


def test_an_unknown_type_flag_is_read_as_a_resident_card_and_found() -> None:
    block = bytearray(SAMPLES["resident"].card().text)
    block[248:250] = "Z".encode("utf-16-le")
    document = decode_text_block(bytes(block))
    assert (document.type, document.type_flag) == (DocumentType.RESIDENT, "Z")
    assert found(document) == [(reasons.UNKNOWN_TYPE, "type_flag")]
    assert document.name == RESIDENT["name"]


@pytest.mark.parametrize(
    ("text", "shown", "reason"),
    [
        ("王\ud842明", "王\ufffd明", reasons.LONE_SURROGATE),
        ("王\udc00", "王\ufffd", reasons.LONE_SURROGATE),
        ("王\n明", "王\ufffd明", reasons.CONTROL_CHARACTERS),
        ("王\x1b[2J", "王\ufffd[2J", reasons.CONTROL_CHARACTERS),
        ("王\u202e明", "王\ufffd明", reasons.CONTROL_CHARACTERS),
        ("王\u200b明", "王\ufffd明", reasons.CONTROL_CHARACTERS),
        ("王\0明", "王\ufffd明", reasons.CONTROL_CHARACTERS),
        ("王\uffff", "王\ufffd", reasons.CONTROL_CHARACTERS),
        ("王\ue000", "王\ue000", reasons.PRIVATE_CHARACTER),
    ],
)
def test_characters_that_cannot_be_shown_are_marked_and_found(text: str, shown: str, reason: Reason) -> None:
    document = resident(name=text)
    assert document.name == shown
    assert found(document) == [(reason, "name")]
    orjson.dumps(document.as_json())


def test_rare_characters_beyond_the_first_plane_are_one_character_each() -> None:
    document = resident(name="刘\U0002b02c\U00031351")
    assert document.name == "刘\U0002b02c\U00031351"
    assert found(document) == []


def test_padding_may_be_spaces_zeros_or_wide_spaces() -> None:
    padded = "王明 \0\u3000".ljust(15, "\0")
    assert resident(name=padded).name == "王明"


def test_a_document_without_a_name_is_found() -> None:
    assert found(resident(name="")) == [(reasons.NO_NAME, "name")]
    items = {**SAMPLES["foreign-2017"].items, "name": ""}
    document = decode_text_block(encode_text(DocumentType.FOREIGN_2017, items))
    assert found(document) == []


@pytest.mark.parametrize("length", [0, 1, 255, 257, 1024])
def test_a_block_of_another_length_is_refused_by_our_own_error(length: int) -> None:
    with pytest.raises(SdtError) as refused:
        decode_text_block(bytes(length))
    assert refused.value.reason is reasons.CARD_DATA_LENGTH


samples = st.sampled_from([person.card().text for person in SAMPLES.values()])


@given(st.binary(min_size=256, max_size=256))
@settings(max_examples=200)
def test_any_256_bytes_are_shown_as_they_stand_and_never_an_error(block: bytes) -> None:
    document = decode_text_block(block)
    assert wrong_fields(document, block) == []
    orjson.dumps(document.as_json())


@given(samples, st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=8))
@settings(max_examples=300)
def test_mutated_cards_give_exactly_what_their_bytes_say(
    block: bytes, changes: list[tuple[int, int]]
) -> None:
    mutated = bytearray(block)
    for place, value in changes:
        mutated[place] = value
    document = decode_text_block(bytes(mutated))
    assert wrong_fields(document, bytes(mutated)) == []
    orjson.dumps(document.as_json())


@given(samples, st.integers(0, 127), st.sampled_from("JIY \0Z\ud800"))
@settings(max_examples=100)
def test_the_flag_alone_says_which_layout_it_is(block: bytes, place: int, flag: str) -> None:
    mutated = bytearray(block)
    mutated[248:250] = flag.encode("utf-16-le", "surrogatepass")
    document = decode_text_block(bytes(mutated))
    assert wrong_fields(document, bytes(mutated)) == []


@given(st.text(max_size=35))
@settings(max_examples=100)
def test_a_new_address_is_text_like_any_other(text: str) -> None:
    address, findings = decode_new_address(text.ljust(35).encode("utf-16-le", "surrogatepass"))
    assert len(address) <= 35
    assert bool(findings) >= ("\ufffd" in address and "\ufffd" not in text)


def test_validity_counts_both_its_days_and_says_when_it_does_not_know() -> None:
    document = resident(valid_from="20220601", valid_to="20320601")
    days = {
        date(2022, 5, 31): Validity.NOT_YET,
        date(2022, 6, 1): Validity.VALID,
        date(2032, 6, 1): Validity.VALID,
        date(2032, 6, 2): Validity.EXPIRED,
    }
    assert {day: validity_on(document, day) for day in days} == days
    today = date(2026, 3, 1)
    assert validity_on(resident(valid_to="长期"), today) is Validity.VALID
    assert validity_on(resident(valid_to="20330229"), today) is Validity.UNKNOWN
    assert validity_on(resident(valid_from="x"), today) is Validity.UNKNOWN
    assert validity_on(resident(valid_from="x", valid_to="20200101"), today) is Validity.EXPIRED
    assert validity_on(resident(valid_from="20300101", valid_to="x"), today) is Validity.NOT_YET


def test_json_carries_dates_names_and_findings_for_a_page() -> None:
    value = orjson.loads(orjson.dumps(resident(number="110105200305120020").as_json()))
    assert (value["type"], value["type_zh"]) == ("resident", "居民身份证")
    assert (value["birth"], value["valid_to"], value["sex"]) == ("2003-05-12", "2032-06-01", "female")
    assert (value["nation_code"], value["nation"]) == ("01", "汉")
    (finding,) = value["findings"]
    assert finding["code"] == "id_card.number_check_digit"
    assert finding["field"] == "number"
    assert finding["detail"] == "110105200305120020"
    assert "校验位" in finding["zh"]
