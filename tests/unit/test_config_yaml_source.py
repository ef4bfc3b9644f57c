"""Hostile and broken YAML is refused with its place; good YAML gives values and lines."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from exam_appliance.config.problems import ConfigError, ConfigProblem
from exam_appliance.config.yaml_source import SIZE_LIMIT, read_yaml


def refused(data: bytes) -> ConfigProblem:
    with pytest.raises(ConfigError) as caught:
        read_yaml(data, "site.yaml")
    [problem] = caught.value.problems
    return problem


def test_values_come_with_the_line_of_their_key() -> None:
    source = read_yaml("# 说明\nsite:\n  name: 考点\nlist: [a, 1]\n".encode(), "site.yaml")
    assert source.values == {"site": {"name": "考点"}, "list": ["a", 1]}
    assert source.lines == {("site",): 2, ("site", "name"): 3, ("list",): 4}


@pytest.mark.parametrize("data", [b"", b"# only a comment\n", b"---\n", b"\xef\xbb\xbf", b"null\n"])
def test_an_empty_file_is_an_empty_mapping(data: bytes) -> None:
    assert read_yaml(data, "site.yaml").values == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("10:30", "10:30"),
        ("010", 10),
        ("2026-11-23", "2026-11-23"),
        ("true", True),
        ("~", None),
        ("-3", -3),
        ("1.5", 1.5),
        ('"1"', "1"),
        ("'true'", "true"),
        (".inf", ".inf"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_plain_scalars_hold_no_surprises(text: str, value: Any) -> None:
    found = read_yaml(f"key: {text}\n".encode(), "site.yaml").values["key"]
    assert found == value
    assert type(found) is type(value)


def test_a_doubled_key_is_named_with_both_lines() -> None:
    problem = refused(b"site:\n  name: a\nlisten: {}\nsite:\n  name: b\n")
    assert (problem.line, problem.key) == (4, "site")
    assert "line 1" in problem.en
    assert "第 1 行" in problem.zh


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor() -> None:
    bomb = b"a: &a [x, x]\n" + b"".join(
        b"%c: &%c [*%c, *%c]\n" % (n, n, n - 1, n - 1) for n in range(ord("b"), ord("z"))
    )
    assert refused(bomb).line == 1


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a: !!python/object/apply:os.system [ls]\n", 1),
        (b"ok: 1\nb: !secret x\n", 2),
        (b"- a\n- b\n", 1),
        (b"just text\n", 1),
        (b"a: 1\n---\nb: 2\n", 2),
        (b"a: [1, 2\nb: 3\n", 2),
        (b"a: b: c\n", 1),
        (b"ok: 1\n\tb: 2\n", 2),
        (b"? [x]\n: 1\n", 1),
        (b'ok: 1\na: "\\UFFFFFFFF"\n', None),
        (b"%YAML " + b"9" * 6000 + b".1\n---\na: 1\n", None),
        (b"a: \x00\n", None),
        (b"ok: 1\nname: \xb2\xa2\xd6\xdd\n", 2),
        ("a: 1\n".encode("utf-16"), 1),
    ],
)
def test_what_a_configuration_never_needs_is_refused_with_its_line(data: bytes, line: int | None) -> None:
    assert refused(data).line == line


def test_deep_nesting_ends_early() -> None:
    assert "嵌套" in refused(b"a: " + b"[" * 200_000).zh


def test_a_large_file_is_refused_unread() -> None:
    assert "KiB" in refused(b"a" * (SIZE_LIMIT + 1)).en


@given(st.binary(max_size=300))
def test_any_bytes_give_a_mapping_or_a_named_fault(data: bytes) -> None:
    try:
        assert isinstance(read_yaml(data, "site.yaml").values, dict)
    except ConfigError as error:
        assert error.problems[0].source == "site.yaml"


@given(st.text(alphabet="ab:-?#&*!|>'\"%@`{}[],\\ \n\t0.~", max_size=120))
def test_any_text_of_yaml_signs_gives_a_mapping_or_a_named_fault(text: str) -> None:
    try:
        assert isinstance(read_yaml(text.encode(), "site.yaml").values, dict)
    except ConfigError as error:
        assert error.problems[0].zh


names = st.text(alphabet="abcdefgh_", min_size=1, max_size=6)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
)


@given(
    st.dictionaries(
        names,
        scalars | st.lists(scalars, max_size=3) | st.dictionaries(names, scalars, max_size=3),
        max_size=5,
    )
)
def test_what_a_yaml_writer_writes_is_read_back(values: dict[str, Any]) -> None:
    text = yaml.safe_dump(values, allow_unicode=True, default_style='"' if not values else None)
    assert read_yaml(text.encode(), "site.yaml").values == values
