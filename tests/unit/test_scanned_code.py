"""What scanned codes are: tickets, certificates, ID numbers, as numbers and as phones show them."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from exam_appliance.identity.scanned_code import CodeKind, classify

TICKET = "140108250017"
ID = "11010119900307003X"
OTHER_ID = "911124198108030024"


def with_check(first: str) -> str:
    return first + str(ric.calc_check_digit(first + "0"))


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        (TICKET, "admission_ticket", TICKET),
        (f"  {TICKET}\n", "admission_ticket", TICKET),
        ("１４０１０８２５００１７", "admission_ticket", TICKET),
        ("1401 0825 0017", "admission_ticket", TICKET),
        (with_check("11010119900307003"), "id_number", with_check("11010119900307003")),
        (OTHER_ID, "id_number", OTHER_ID),
        (f"T{OTHER_ID}", "certificate", f"T{OTHER_ID}"),
        (f"t{OTHER_ID}", "certificate", f"T{OTHER_ID}"),
        (f"https://ks.example.cn/t?zkzh={TICKET}", "admission_ticket", TICKET),
        (f"https://ks.example.cn/t?v=202511250800&ticket_no={TICKET}", "admission_ticket", TICKET),
        (f"HTTPS://KS.EXAMPLE.CN/TICKET/{TICKET}", "admission_ticket", TICKET),
        (f"https://ks.example.cn/app/#/ticket?zkzh={TICKET}&sfzh={OTHER_ID}", "admission_ticket", TICKET),
        (f"https://ks.example.cn/#zkzh={TICKET}", "admission_ticket", TICKET),
        (f"https://ks.example.cn/{TICKET}", "admission_ticket", TICKET),
        (f"https://cx.example.cn/q?certNo=T{OTHER_ID}", "certificate", f"T{OTHER_ID}"),
        (f"https://cx.example.cn/q?no=T{OTHER_ID}&id={OTHER_ID}", "certificate", f"T{OTHER_ID}"),
        (
            f"https://ks.example.cn/go?to={quote(f'https://a.cn/?zkzh={TICKET}', safe='')}",
            "admission_ticket",
            TICKET,
        ),
        (f"alipays://platformapi/startapp?zkzh={TICKET}", "admission_ticket", TICKET),
        (json.dumps({"name": "张三", "zkzh": TICKET, "sfzh": OTHER_ID}), "admission_ticket", TICKET),
        (json.dumps({"data": [{"ticket": int(TICKET)}]}), "admission_ticket", TICKET),
        (f"姓名：张三\n准考证号：{TICKET}\n身份证号：{OTHER_ID}", "admission_ticket", TICKET),
        (f"证书编号：T{OTHER_ID}", "certificate", f"T{OTHER_ID}"),
        (f"身份证号:{OTHER_ID}", "id_number", OTHER_ID),
        ("can110190010112", "id_number", "CAN110190010112"),
        (f"张三,{TICKET}", "admission_ticket", TICKET),
    ],
)
def test_a_number_is_found_in_the_form_a_phone_or_paper_shows_it(text: str, kind: str, number: str) -> None:
    code = classify(text)
    assert (code.kind.value, code.number, code.text, code.fault_zh) == (kind, number, text, "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "6901234567892",
        "14010825001",
        "https://example.cn/",
        "https://example.cn/?t=1764057600000",
        "https://[bad",
        "{not json",
        '{"zkzh": null}',
        '{"zkzh": 1e400}',
        "[" * 5000,
        "WIFI:S:exam;T:WPA;P:secret12;;",
        "张三",
        "T123",
        "\x00\ud800",
    ],
)
def test_everything_else_is_other_and_keeps_its_text(text: str) -> None:
    code = classify(text)
    assert (code.kind, code.number, code.text) == (CodeKind.OTHER, "", text)


@pytest.mark.parametrize(
    "text",
    [
        f"https://example.cn/?zkzh={TICKET}&ticket=140108250018",
        f"{TICKET},140108250018",
    ],
)
def test_two_different_numbers_of_a_kind_are_no_answer_and_say_so(text: str) -> None:
    code = classify(text)
    assert (code.kind, code.number) == (CodeKind.OTHER, "")
    assert code.fault_zh
    assert code.fault_en == "the code holds several different numbers"


@pytest.mark.parametrize("prefix", ["", "T"])
def test_a_number_whose_check_digit_fails_is_shown_with_its_fault_and_names_nobody(prefix: str) -> None:
    wrong = ID[:-1] + ("1" if with_check(ID[:-1])[-1] != "1" else "2")
    code = classify(prefix + wrong)
    assert code.number == prefix + wrong
    assert code.kind is (CodeKind.CERTIFICATE if prefix else CodeKind.ID_NUMBER)
    assert "校验位" in code.fault_zh
    assert "check digit" in code.fault_en
    assert code.id_number == ""


def test_a_birth_date_that_is_none_is_a_fault() -> None:
    code = classify(with_check("11010119901332003"))
    assert code.kind is CodeKind.ID_NUMBER
    assert "birth date" in code.fault_en


def test_a_certificate_gives_the_id_number_in_it() -> None:
    assert classify(f"T{OTHER_ID}").id_number == OTHER_ID
    assert classify(OTHER_ID).id_number == OTHER_ID
    assert classify(TICKET).id_number == ""


@given(st.from_regex(r"[0-9]{12}", fullmatch=True).filter(str.isascii))
def test_every_twelve_digits_are_a_ticket_alone_and_under_its_name(ticket: str) -> None:
    for text in (ticket, f"https://a.cn/x?zkzh={ticket}", f"准考证号：{ticket}"):
        code = classify(text)
        assert (code.kind, code.number) == (CodeKind.ADMISSION_TICKET, ticket)


@settings(max_examples=300)
@given(
    st.text(max_size=80)
    | st.text(alphabet='0123456789Tx:/?&=#%{}[]",zkhticke ', max_size=80)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
        max_leaves=20,
    ).map(json.dumps)
)
def test_any_text_is_classified_and_kept(text: str) -> None:
    code = classify(text)
    assert code.text == text
    assert (code.number == "") == (code.kind is CodeKind.OTHER)


def test_a_text_of_a_megabyte_takes_no_longer_than_what_a_code_can_hold() -> None:
    assert classify("zkzh=" * 200_000).kind is CodeKind.OTHER
    assert classify('{"a":' * 200_000).kind is CodeKind.OTHER
