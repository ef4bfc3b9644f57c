"""Set-up of a flashed server: answers become a site file, a stick's faults are named, a layer is whole."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from exam_appliance.config.problems import ConfigError
from site_file.reading import parse_site
from site_setup.answers import Answers, read_answers
from site_setup.layer import make_layer
from site_setup.taking import Told, from_answers, from_folder

ANSWERS: dict[str, Any] = {
    "code": "KD3301",
    "name": "示例考点",
    "centre": {"centre": "https://centre.example.org", "addresses": ["203.0.113.20"], "code": "ABCD-EFGH"},
    "wan": {"port": "ens3", "ipv4": "203.0.113.10/24", "gateway4": "203.0.113.1"},
    "lan": ["ens4", "ens5"],
    "time": {"servers": {"time.example.org": ["203.0.113.30"]}},
    "seats": 24,
    "staff": [{"mac": "52-54-00-20-00-01"}],
    "technician_keys": ["ssh-ed25519 AAAAC3Nz technician"],
}


def told(**changes: Any) -> Told:
    document = {**copy.deepcopy(ANSWERS), **changes}
    return from_answers(read_answers(yaml.safe_dump(document).encode(), "answers", Answers))


def test_five_answers_are_a_whole_site_file() -> None:
    site = parse_site(told().site_file, "made", ["ens3", "ens4", "ens5"])
    assert (site.site.code, site.site.host, len(site.seats)) == ("KD3301", "exam", 24)
    assert site.ports.lan == ("ens4", "ens5")
    assert str(site.ports.wan[0].ipv4) == "203.0.113.10/24"
    assert (site.centre.name, site.centre.port) == ("centre.example.org", 443)
    assert str(site.staff[0].ipv4) == "10.20.20.11"
    assert site.time[0].name == "time.example.org"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"wan": {"port": "ens 3"}}, "wan.port"),
        ({"seats": 61}, "seats"),
        ({"lan": []}, "lan"),
        ({"colour": "blue"}, "colour"),
        ({"centre": {"centre": "centre.example.org", "addresses": ["203.0.113.20"]}}, "centre.centre"),
        ({"technician_keys": ["-----BEGIN"]}, "technician_keys"),
        ({"time": {"zone": "Asia/Nowhere"}}, "time.zone"),
    ],
)
def test_a_wrong_answer_is_named_with_what_is_allowed(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        told(**changes)
    assert named in [problem.key for problem in caught.value.problems]
    assert all(problem.zh and problem.en for problem in caught.value.problems)


def test_a_port_that_the_server_lacks_is_named_with_those_it_has() -> None:
    with pytest.raises(ConfigError, match=r"eno1, eno2"):
        parse_site(told().site_file, "made", ["eno1", "eno2"])


def test_a_stick_says_a_site_by_answers_or_by_a_site_file_and_else_nothing(tmp_path: Path) -> None:
    assert from_folder(tmp_path) is None
    site_file = Path(__file__).parents[2] / "provisioning/examples/site.yaml"
    (tmp_path / "kaodian-site.yaml").write_bytes(site_file.read_bytes())
    with pytest.raises(ConfigError, match=r"kaodian-set-up\.yaml"):
        from_folder(tmp_path)
    (tmp_path / "kaodian-set-up.yaml").write_text(yaml.safe_dump({"centre": ANSWERS["centre"]}))
    brought = from_folder(tmp_path)
    assert brought is not None
    assert brought.site_file == site_file.read_bytes()
    assert brought.joining.centre.code == "ABCD-EFGH"
    (tmp_path / "kaodian-site.yaml").unlink()
    with pytest.raises(ConfigError) as caught:
        from_folder(tmp_path)
    assert {"code", "wan", "lan", "staff"} <= {problem.key for problem in caught.value.problems}


def test_garbage_on_a_stick_is_a_clear_error(tmp_path: Path) -> None:
    for data in (b"\xff\xfe\x00", b"[1, 2", b"- a\n- b\n", b"", b"code: &a [*a]\n"):
        (tmp_path / "kaodian-set-up.yaml").write_bytes(data)
        with pytest.raises(ConfigError) as caught:
            from_folder(tmp_path)
        assert str(caught.value)


def shipped(tmp_path: Path) -> Path:
    """Return a system as shipped that holds the units which a site enables."""
    units = tmp_path / "shipped/etc/systemd/system"
    units.mkdir(parents=True)
    (units / "kaodian-wan-watch.service").write_text("[Install]\nWantedBy=multi-user.target\n")
    return tmp_path / "shipped"


def test_a_layer_holds_the_files_and_links_of_its_site_and_takes_the_place_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.chown", lambda *_: None)
    system = shipped(tmp_path)
    example = Path(__file__).parents[2] / "provisioning/examples/site.yaml"
    site = parse_site(example.read_bytes(), "site.yaml")
    layer = make_layer(site, "1", None, tmp_path / "layers", system)
    assert (layer / "etc/kaodian/in-force").read_text() == "KD3301\n"
    assert (layer / "etc/localtime").readlink() == Path("/usr/share/zoneinfo/Asia/Shanghai")
    assert (layer / "etc/systemd/network/80-before-set-up.network").readlink() == Path("/dev/null")
    wanted = layer / "etc/systemd/system/multi-user.target.wants/kaodian-wan-watch.service"
    assert wanted.readlink() == Path("/etc/systemd/system/kaodian-wan-watch.service")
    plain = parse_site(told().site_file, "made")
    again = make_layer(plain, "1", {"queue": {"enabled": False}}, tmp_path / "layers", system)
    assert not (again / "etc/systemd/system/multi-user.target.wants").exists()
    assert yaml.safe_load((again / "etc/kaodian/site.yaml").read_text())["queue"] == {"enabled": False}
    with pytest.raises(ConfigError, match="colour"):
        make_layer(plain, "1", {"colour": "blue"}, tmp_path / "layers", system)
    assert (tmp_path / "layers/1/etc/kaodian/in-force").is_file()
