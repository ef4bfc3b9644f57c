"""Which configuration the server starts with."""

from __future__ import annotations

import stat
from pathlib import Path

import orjson
import pytest

from exam_appliance.config import ConfigError, load_site, take_up


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


@pytest.fixture
def site_yaml(tmp_path: Path, state_dir: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(f"state_dir: {state_dir}\nlisten:\n  port: 9001\n")
    return file


def store_policy(state_dir: Path, body: dict[str, object], kind: str = "policy") -> None:
    document = {"kind": kind, "name": "policy", "site": "BZKD01", "version": 3, "body": body, "sig": "x"}
    (state_dir / "policy.json").write_bytes(orjson.dumps(document))


def test_a_good_configuration_becomes_the_last_good_one(site_yaml: Path, state_dir: Path) -> None:
    started = take_up(site_yaml)
    assert started.broken is None
    kept = state_dir / "config.last-good.yaml"
    assert "port: 9001" in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["listen: [", "prot: 1", "exam:\n  heartbeat_seconds: -1"])
def test_a_broken_configuration_starts_with_the_last_good_one_and_says_so(
    site_yaml: Path, damage: str
) -> None:
    good = take_up(site_yaml).loaded.settings
    with site_yaml.open("a") as file:
        file.write(damage + "\n")
    started = take_up(site_yaml)
    assert started.broken is not None
    assert started.broken.problems[0].source == str(site_yaml)
    assert started.loaded.settings == good
    assert started.loaded.origin["listen.port"].layer == "last_good"


def test_a_broken_configuration_without_a_last_good_one_is_an_error(site_yaml: Path) -> None:
    site_yaml.write_text("listen: [\n")
    with pytest.raises(ConfigError):
        take_up(site_yaml)


def test_the_stored_policy_takes_part(site_yaml: Path, state_dir: Path) -> None:
    store_policy(state_dir, {"accounts": {"password_min_length": 12}})
    loaded = load_site(site_yaml)
    assert loaded.settings.accounts.password_min_length == 12
    assert loaded.origin["accounts.password_min_length"].layer == "policy"


def test_a_policy_with_an_unknown_key_falls_back_to_the_last_good_one(
    site_yaml: Path, state_dir: Path
) -> None:
    take_up(site_yaml)
    store_policy(state_dir, {"accounts": {"password_colour": "red"}})
    started = take_up(site_yaml)
    assert started.broken is not None
    assert started.broken.problems[0].key == "accounts.password_colour"
    assert started.loaded.settings.accounts.password_min_length == 10


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"kind":"policy"}', b"\xff\xfe"])
def test_a_damaged_policy_file_is_named(site_yaml: Path, state_dir: Path, content: bytes) -> None:
    (state_dir / "policy.json").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_site(site_yaml)
    assert caught.value.problems[0].source.endswith("policy.json")


def test_a_document_of_another_kind_is_no_policy(site_yaml: Path, state_dir: Path) -> None:
    store_policy(state_dir, {}, kind="accounts")
    with pytest.raises(ConfigError, match="kind is accounts"):
        load_site(site_yaml)
