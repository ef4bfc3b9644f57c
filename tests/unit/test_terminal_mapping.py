"""Makers' formats made ours: bodies as trees, fields out of them, answers back, faults by file and line."""

from __future__ import annotations

import base64
import re
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_appliance.config.problems import ConfigError
from exam_appliance.terminals.mapping.bodies import (
    DEPTH,
    PARTS,
    BodyWrong,
    at_pointer,
    read_body,
    write_body,
)
from exam_appliance.terminals.mapping.fields import FieldWrong, rendered, taken_fields
from exam_appliance.terminals.mapping.model import Calls, Format, Mapping
from exam_appliance.terminals.mapping.operations import tried
from exam_appliance.terminals.mapping.reading import read_mapping, shipped_mappings

ZONE = ZoneInfo("Asia/Shanghai")
SHIPPED = shipped_mappings()
JSON, FORM = SHIPPED["json-in-headers"], SHIPPED["form-and-xml"]
PICTURE = b"\xff\xd8 not really a picture"
RECORD: dict[str, Any] = {
    "recordId": "R-0001",
    "time": "2026-11-26 09:01:02",
    "examNo": "142026110001",
    "cert": {"type": "2", "no": "810000199001010012", "name": "陈大文", "begin": "20240101", "end": "长期"},
    "pics": {"scene": base64.b64encode(PICTURE).decode()},
    "score": "87.5",
    "limit": 60,
    "same": 1,
}


def source(name: str) -> str:
    return files("exam_appliance.terminals").joinpath("mappings", name).read_text()


def test_a_record_in_json_becomes_our_fields() -> None:
    assert taken_fields(JSON.calls["result"], RECORD, ZONE) == {
        "id": "R-0001",
        "taken_at": "2026-11-26T01:01:02+00:00",
        "ticket": "142026110001",
        "document_kind": "permit",
        "document_number": "810000199001010012",
        "name": "陈大文",
        "valid_from": "2024-01-01",
        "valid_until": "long_term",
        "live_picture": PICTURE,
        "score": 0.875,
        "threshold": 0.6,
        "verdict": "match",
    }


def test_form_fields_become_the_same_fields() -> None:
    body = write_body({"serial": "7", "kind": "I", "cert": "CAN110190010112", "match": "?"}, "form", "")
    fields = taken_fields(FORM.calls["result"], read_body(body, "form"), ZONE)
    assert fields == {
        "id": "7",
        "document_kind": "foreign_2017",
        "document_number": "CAN110190010112",
        "verdict": "not_compared",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"time": "yesterday"}, "taken_at"),
        ({"score": "high"}, "score"),
        ({"score": "1e400"}, "score"),
        ({"cert": {"type": "9"}}, "document_kind"),
        ({"cert": {"end": "20261301"}}, "valid_until"),
        ({"pics": {"scene": "%%%"}}, "live_picture"),
        ({"examNo": ["1", "2"]}, "ticket"),
        ({"recordId": "7" * 500}, "id"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldWrong) as wrong:
        taken_fields(JSON.calls["result"], RECORD | change, ZONE)
    assert wrong.value.field == field
    assert wrong.value.at in str(wrong.value)
    assert re.search("[一-鿿]", wrong.value.zh)


def test_answers_carry_our_words_in_their_form() -> None:
    ours = {"decision": "refuse", "reason_zh": "证件已过期", "say_zh": "请到服务台", "room": "", "seat": None}
    answer = JSON.calls["result"].answer
    assert answer is not None
    assert rendered(answer, ours) == {
        "code": 2,
        "msg": "证件已过期",
        "voice": "请到服务台",
        "kc": "",
        "zw": None,
    }


def test_lists_repeat_and_xml_holds_them() -> None:
    answer = FORM.calls["roster"].answer
    assert answer is not None
    person = {
        "ticket": "142026110001",
        "document_number": "1",
        "name": "<王&明>",
        "room": "一考场",
        "seat": 7,
    }
    tree = rendered(answer, {"version": "v1", "candidates": [person, person | {"seat": 8}]})
    body = write_body(tree, answer.format, answer.root)
    again = read_body(body, "xml")
    assert again["@result"] == "ok"
    assert [one["seat"] for one in again["person"]] == ["7", "8"]
    assert at_pointer(again, "/person/1/name") == "<王&明>"


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"{", "json"),
        (b"[1]", "json"),
        (b'{"a":' * (DEPTH + 2) + b"1" + b"}" * (DEPTH + 2), "json"),
        (b'{"a":[' + b"1," * PARTS + b"1]}", "json"),
        (b"<a><b></a>", "xml"),
        (b"<a>" * (DEPTH + 2) + b"</a>" * (DEPTH + 2), "xml"),
        (b'<!DOCTYPE a [<!ENTITY x "xxxx">]><a>&x;</a>', "xml"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "xml"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "xml"),
        (b"a=1&a=2", "form"),
        (b"a", "form"),
        (b"a=%ff", "form"),
        ("名".encode("gb18030"), "form"),
    ],
)
def test_a_body_that_is_none_is_refused(data: bytes, form: Format) -> None:
    with pytest.raises(BodyWrong):
        read_body(data, form)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["json", "xml", "form"]))
def test_any_bytes_are_a_tree_or_refused(data: bytes, form: Format) -> None:
    try:
        tree = read_body(data, form)
    except BodyWrong:
        return
    for mapping in SHIPPED.values():
        try:
            taken_fields(mapping.calls["result"], tree, ZONE)
        except FieldWrong as wrong:
            assert wrong.zh


WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), WORDS.map(str.strip), max_size=5))
def test_what_is_written_is_read_again(tree: dict[str, str]) -> None:
    assert read_body(write_body(tree, "json", ""), "json") == tree
    assert read_body(write_body(tree, "form", ""), "form") == tree
    assert read_body(write_body(tree, "xml", "r"), "xml") == tree


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mapping: 1", "mapping: 2", "1"),
        ("  result:", "  outcome:", "outcome"),
        ("document_number: {at: /cert/no}", "document_no: {at: /cert/no}", "document_no"),
        ("document_number: {at: /cert/no}", "document_number: {at: cert.no}", "JSON"),
        ("zw: {from: seat}", "zw: {from: chair}", "chair"),
        ('"1": resident', '"1": citizen', "resident"),
        (
            "signs: [terminal, time, nonce, method, path, query, body_sha256]",
            "signs: [terminal, nonce]",
            "time",
        ),
        ("method, path, query, body_sha256]", "method, path, body_sha256]", "query"),
        ("path: /device/alive", "path: /device/record", "/device/record"),
        ("id: {at: /recordId}", "software: {at: /recordId}", "software"),
    ],
)
def test_a_wrong_mapping_is_refused_with_file_and_place(old: str, new: str, said: str) -> None:
    text = source("json-in-headers.yaml")
    assert old in text
    with pytest.raises(ConfigError) as wrong:
        read_mapping(text.replace(old, new).encode(), "maker.yaml")
    message = str(wrong.value)
    assert message.startswith("maker.yaml")
    assert said in message
    assert " / " in message


def test_a_misspelt_key_is_told_with_its_line() -> None:
    text = source("json-in-headers.yaml").replace("form: ms}", "fromm: ms}")
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "fromm" in one)
    with pytest.raises(ConfigError) as wrong:
        read_mapping(text.encode(), "maker.yaml")
    assert wrong.value.problems[0].line == line


def test_every_fault_of_a_file_is_told_at_once_with_its_line_and_what_is_allowed() -> None:
    text = source("json-in-headers.yaml")
    changes = {
        "at: header, name: X-Device": "at: heder, nam: X-Device",
        "method, path, query, body_sha256]": "method, path, query, bod]",
        "read: number, scale: 0.01}\n      threshold": "read: int, scale: 0.01}\n      threshold",
        "  announcement:": "  announcements:",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(ConfigError) as wrong:
        read_mapping(text.encode(), "maker.yaml")
    told = {one.key: one for one in wrong.value.problems}
    assert set(told) == {
        "signature.terminal.at",
        "signature.terminal.name",
        "signature.terminal.nam",
        "signature.signs.6",
        "calls.announcements",
        "calls.result.fields.score.read",
    }
    lines = text.splitlines()
    for key, one in told.items():
        assert one.line is not None
        assert key.split(".")[1] in "\n".join(lines[: one.line])
        assert re.search("[一-鿿]", one.zh)
    assert "field" in told["signature.terminal.at"].zh
    assert "是否为 name？" in told["signature.terminal.nam"].zh
    assert "body_sha256" in told["signature.signs.6"].en
    assert "announcement" in told["calls.announcements"].zh
    assert "base64" in told["calls.result.fields.score.read"].zh


def test_parts_that_do_not_go_together_are_all_told_at_once() -> None:
    text = source("json-in-headers.yaml")
    for old, new in {
        "document_number: {at: /cert/no}": "document_no: {at: /cert/no}",
        '"1": resident': '"1": citizen',
        "path: /device/alive": "path: /device/record",
        "method, path, query, body_sha256]": "method, path, body_sha256]",
    }.items():
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(ConfigError) as wrong:
        read_mapping(text.encode(), "maker.yaml")
    told = [one.key for one in wrong.value.problems]
    assert set(told) == {
        "calls.result.fields.document_no",
        "calls.result.fields",
        "calls.result.fields.document_kind",
        "calls.result.path",
        "signature.signs",
    }
    assert all(one.line is not None for one in wrong.value.problems)


def test_a_tried_body_tells_what_it_becomes_and_every_field_that_is_wrong() -> None:
    call = JSON.calls["result"]
    body = write_body(RECORD, "json", "")
    good = tried("result", call, body, ZONE)
    assert not good.wrong
    assert (good.fields["verdict"], good.fields["live_picture"]) == ("match", PICTURE)
    bad = write_body(
        {**RECORD, "score": "high", "examNo": "12", "cert": {"type": "9", "no": "1"}}, "json", ""
    )
    found = {one.field: one for one in tried("result", call, bad, ZONE).wrong}
    assert set(found) == {"score", "ticket", "document_kind", "document_number"}
    assert found["document_number"].at == "/cert/no"
    assert "8 至 18" in found["document_number"].zh
    missing = write_body({key: RECORD[key] for key in ("cert", "pics")}, "json", "")
    assert [one.field for one in tried("result", call, missing, ZONE).wrong] == ["id"]
    photo = tried("photo", JSON.calls["photo"], b"examNo=142026110001", ZONE)
    assert photo.fields == {"ticket": "142026110001"}


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["heartbeat", "photo", "result", "roster"]))
def test_any_tried_bytes_become_fields_or_faults(data: bytes, kind: Calls) -> None:
    for mapping in SHIPPED.values():
        try:
            found = tried(kind, mapping.calls[kind], data, ZONE)
        except BodyWrong:
            continue
        assert kind in ("heartbeat", "roster") or found.wrong or found.fields


def test_the_signature_of_a_body_cannot_leave_out_what_it_says() -> None:
    text = source("form-and-xml.yaml").replace("signs: [path, fields]", "signs: [path, time, nonce]")
    with pytest.raises(ConfigError, match="body"):
        read_mapping(text.encode(), "maker.yaml")


def test_shipped_examples_are_mappings() -> None:
    assert set(SHIPPED) == {"json-in-headers", "form-and-xml"}
    assert all(isinstance(one, Mapping) for one in SHIPPED.values())
