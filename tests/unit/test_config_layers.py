"""The three layers of the configuration, their origins, and what is said of faults."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from exam_appliance.config import ConfigError, Settings, load_settings, render, rendered_json


def site_file(folder: Path, text: str) -> Path:
    file = folder / "site.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def faults(
    path: Path | None, policy: dict[str, object] | None = None
) -> list[tuple[int | None, str, str, str]]:
    with pytest.raises(ConfigError) as caught:
        load_settings(path, policy)
    return [(found.line, found.key, found.zh, found.en) for found in caught.value.problems]


def test_shipped_defaults_alone_are_a_whole_configuration() -> None:
    loaded = load_settings(None)
    assert loaded.settings.listen.port == 8080
    assert loaded.settings.exam.contact_slow_seconds == 12
    assert loaded.origin["exam.contact_slow_seconds"].layer == "default"


def test_every_default_stands_in_the_shipped_file() -> None:
    assert all(field.is_required() for field in Settings.model_fields.values())
    loaded = load_settings(None)
    assert all(origin.line is not None for origin in loaded.origin.values())


def test_site_wins_over_policy_and_policy_over_default(tmp_path: Path) -> None:
    file = site_file(tmp_path, "exam:\n  heartbeat_seconds: 1\n")
    policy = {"exam": {"heartbeat_seconds": 3, "contact_lost_seconds": 45}}
    loaded = load_settings(file, policy)
    assert loaded.settings.exam.heartbeat_seconds == 1
    assert loaded.settings.exam.contact_lost_seconds == 45
    assert loaded.settings.exam.contact_slow_seconds == 12
    assert (loaded.origin["exam.heartbeat_seconds"].layer, loaded.origin["exam.heartbeat_seconds"].line) == (
        "site",
        2,
    )
    assert loaded.origin["exam.contact_lost_seconds"].layer == "policy"
    assert loaded.origin["exam.contact_slow_seconds"].layer == "default"


def test_a_section_with_all_keys_commented_out_says_nothing(tmp_path: Path) -> None:
    file = site_file(tmp_path, "exam:\n  # heartbeat_seconds: 1\n")
    assert load_settings(file).settings == load_settings(None).settings


def test_unknown_key_is_named_with_line_and_the_nearest_known_one(tmp_path: Path) -> None:
    file = site_file(tmp_path, "listen:\n  host: 0.0.0.0\n  prot: 80\n")
    [(line, key, zh, en)] = faults(file)
    assert (line, key) == (3, "listen.prot")
    assert "port" in zh
    assert "did you mean port" in en
    assert "host, port" in en


def test_every_fault_is_told_at_once_with_what_is_allowed(tmp_path: Path) -> None:
    file = site_file(
        tmp_path, "listen:\n  port: 99999\nsite:\n  time_zone: Mars/Base\nexam: 5\nvendor_dir: here\n"
    )
    told = {key: (line, zh, en) for line, key, zh, en in faults(file)}
    assert told["listen.port"][0] == 2
    assert "65535" in told["listen.port"][1]
    assert "99999" in told["listen.port"][2]
    assert told["site.time_zone"][0] == 4
    assert "Asia/Shanghai" in told["site.time_zone"][2]
    assert told["exam"][0] == 5
    assert "heartbeat_seconds" in told["exam"][2]
    assert told["vendor_dir"][0] == 6


@pytest.mark.parametrize("value", ["yes", "true", '"8080"', "80.5", "[80]", "10:30", "null", "1e3"])
def test_a_port_is_a_whole_number_and_nothing_like_one(tmp_path: Path, value: str) -> None:
    [(line, key, _, _)] = faults(site_file(tmp_path, f"listen: {{port: {value}}}\n"))
    assert (line, key) == (1, "listen.port")


def test_times_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    file = site_file(tmp_path, "exam:\n  contact_slow_seconds: 40\n")
    [(line, key, zh, en)] = faults(file)
    assert (line, key) == (2, "exam")
    assert "contact_slow_seconds < contact_lost_seconds" in zh
    assert en.endswith("must hold")


def test_policy_may_not_say_where_the_machine_listens_or_stores() -> None:
    told = faults(None, {"listen": {"host": "0.0.0.0"}, "state_dir": "/tmp/x", "exam": {}})
    assert {key for _, key, _, _ in told} == {"listen.host", "state_dir"}


def test_a_missing_file_that_was_named_is_a_fault(tmp_path: Path) -> None:
    [(line, key, zh, _)] = faults(tmp_path / "none.yaml")
    assert (line, key) == (None, "")
    assert "无法读取" in zh


def test_rendered_whole_is_yaml_with_the_same_values_and_tells_origins(tmp_path: Path) -> None:
    file = site_file(tmp_path, "site:\n  name: 并州考点\n  code: BZKD01\n")
    loaded = load_settings(file)
    text = render(loaded)
    assert yaml.safe_load(text) == loaded.settings.model_dump(mode="json")
    [name_line] = [line for line in text.splitlines() if "并州考点" in line]
    assert "考点" in name_line
    assert f"site {file}:2" in name_line
    document = rendered_json(loaded)
    assert document["origin"]["site.code"] == {"layer": "site", "source": str(file), "line": 3}  # type: ignore[index]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
sections = st.sampled_from([*Settings.model_fields, "unknown"])


@given(st.dictionaries(sections, json_values, max_size=4))
def test_any_policy_is_taken_or_refused_with_named_faults(policy: dict[str, object]) -> None:
    try:
        loaded = load_settings(None, policy)
    except ConfigError as error:
        assert error.problems
        assert all(found.zh and found.en for found in error.problems)
    else:
        assert isinstance(loaded.settings, Settings)


@given(st.data())
def test_any_value_for_any_known_key_is_taken_or_refused_with_that_key(data: st.DataObject) -> None:
    section = data.draw(st.sampled_from(["exam", "accounts", "rehearsal"]))
    model = Settings.model_fields[section].annotation
    assert model is not None
    key = data.draw(st.sampled_from(sorted(model.model_fields)))
    value = data.draw(json_values)
    try:
        loaded = load_settings(None, {section: {key: value}})
    except ConfigError as error:
        assert {found.key for found in error.problems} <= {
            section,
            f"{section}.{key}",
            *(f"{section}.{key}.{inner}" for inner in (value if isinstance(value, dict) else ())),
        }
    else:
        assert getattr(getattr(loaded.settings, section), key) == value
