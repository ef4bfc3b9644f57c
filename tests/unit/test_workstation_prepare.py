"""Set-up of a workstation: what is missing, what is skipped, what a killed run leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

import prepare
from prepare import DebianPackage, SetupStopped, Step

ROOT = Path(__file__).resolve().parents[2]


def no_command(name: str) -> bool:
    return False


def test_package_lines_give_name_and_standing_in_command() -> None:
    text = "# why\n\npython3-venv   # the environment\nnpm | command npm  # libraries\n"
    assert prepare.read_debian_packages(text) == [
        DebianPackage("python3-venv", None),
        DebianPackage("npm", "npm"),
    ]


def test_a_package_line_that_is_not_understood_is_named_by_its_number() -> None:
    with pytest.raises(SetupStopped, match="line 2 is not understood"):
        prepare.read_debian_packages("gcc\nnpm or yarn\n")


def test_the_list_in_the_repository_is_understood_and_gives_a_reason_for_each_package() -> None:
    text = (ROOT / "provisioning/workstation/debian-packages.txt").read_text()
    names = [package.name for package in prepare.read_debian_packages(text)]
    assert {"python3-venv", "nodejs", "chromium", "fonts-noto-cjk"} <= set(names)
    assert all("#" in line for line in text.splitlines() if line.strip())


def test_only_packages_that_are_neither_installed_nor_replaced_are_missing() -> None:
    packages = [DebianPackage("gcc", None), DebianPackage("wrk", None), DebianPackage("npm", "npm")]
    assert prepare.missing_debian_packages(packages, {"gcc"}, no_command) == ["wrk", "npm"]
    assert prepare.missing_debian_packages(packages, {"gcc"}, lambda name: name == "npm") == ["wrk"]


def test_dpkg_tells_which_packages_are_installed() -> None:
    assert prepare.installed_debian_packages(["dpkg", "no-such-package-of-debian"]) == {"dpkg"}


def test_apt_runs_as_root_or_with_sudo_or_not_at_all() -> None:
    assert prepare.apt_prefix(0, no_command) == []
    assert prepare.apt_prefix(1000, lambda name: name == "sudo") == ["sudo"]
    assert prepare.apt_prefix(1000, no_command) is None


def test_without_root_and_sudo_one_apt_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = tmp_path / prepare.WORKSTATION / "debian-packages.txt"
    listing.parent.mkdir(parents=True)
    listing.write_text("dpkg\nno-such-package-of-debian\nno-such-either\n")
    monkeypatch.setattr(prepare, "apt_prefix", lambda user_id, command_exists: None)
    with pytest.raises(SetupStopped) as stopped:
        prepare.install_debian_packages(tmp_path)
    told = str(stopped.value)
    assert "apt-get install --no-install-recommends no-such-package-of-debian no-such-either\n" in told
    assert "软件包" in told
    assert "neither root nor has sudo" in told


class Workshop:
    """A step that counts how often it is done, and that can be told to fail in the middle."""

    def __init__(self, folder: Path) -> None:
        self.made = folder / "made"
        self.times = 0
        self.is_broken = False

    def work(self) -> None:
        self.times += 1
        self.made.mkdir(exist_ok=True)
        if self.is_broken:
            raise SetupStopped("out of disk")

    def step(self, inputs: str) -> Step:
        return Step("造", "making", self.made / "stamp", inputs, self.work)


def test_a_step_is_done_once_and_again_when_its_inputs_change(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    assert workshop.step("a").run()
    assert not workshop.step("a").run()
    assert workshop.step("b").run()
    assert workshop.times == 2


def test_a_step_that_was_cut_short_is_done_again_even_with_its_old_inputs(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    workshop.step("a").run()
    workshop.is_broken = True
    with pytest.raises(SetupStopped):
        workshop.step("b").run()
    workshop.is_broken = False
    assert workshop.step("a").run()


def test_the_fingerprint_tells_changed_moved_and_renamed_inputs_apart(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").write_bytes(b"")
    first = prepare.fingerprint([tmp_path / "a", tmp_path / "b"], "3.11")
    assert first == prepare.fingerprint([tmp_path / "a", tmp_path / "b"], "3.11")
    assert first != prepare.fingerprint([tmp_path / "a", tmp_path / "b"], "3.12")
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "b").write_bytes(b"x")
    assert first != prepare.fingerprint([tmp_path / "a", tmp_path / "b"], "3.11")


def test_a_command_that_fails_stops_set_up_with_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(SetupStopped, match="exit code 7") as stopped:
        prepare.call(["sh", "-c", "exit 7"], folder=tmp_path)
    assert "再次运行 make setup" in str(stopped.value)


def test_each_step_comes_behind_those_it_needs() -> None:
    assert [step.en for step in prepare.steps(ROOT)] == [
        "making the virtual environment .venv",
        "installing Python packages, locked by hash",
        "installing the three distributions of this project",
        "fetching page libraries (npm ci)",
    ]


def test_an_environment_in_which_pip_was_killed_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(root: Path, *arguments: str) -> None:
        raise KeyboardInterrupt

    (tmp_path / ".venv" / "setup").mkdir(parents=True)
    monkeypatch.setattr(prepare, "pip_install", killed)
    with pytest.raises(KeyboardInterrupt):
        prepare.install_python_packages(tmp_path)
    prepare.discard_half_installed(tmp_path)
    assert not (tmp_path / ".venv").exists()


def test_an_environment_in_which_pip_failed_by_itself_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failed(root: Path, *arguments: str) -> None:
        raise SetupStopped("no route")

    (tmp_path / ".venv" / "setup").mkdir(parents=True)
    monkeypatch.setattr(prepare, "pip_install", failed)
    with pytest.raises(SetupStopped):
        prepare.install_python_packages(tmp_path)
    prepare.discard_half_installed(tmp_path)
    assert (tmp_path / ".venv" / "setup").is_dir()
