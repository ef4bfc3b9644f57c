"""The repository holds no address of a package registry in lock or configuration files, and no binaries."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest

import repository_check

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("web/package-lock.json", json.dumps({"packages": {"node_modules/a": {"resolved": "x"}}})),
        ("requirements.txt", "--index-url somewhere\nclick==8\n"),
        ("requirements.txt", "-i somewhere\n"),
        ("dev-requirements.in", "--extra-index-url somewhere\n"),
        ("requirements.txt", "# --find-links /wheels\n"),
        ("requirements.txt", "click @ https://files.example/click.whl\n"),
        (".npmrc", "registry = somewhere\n"),
        (".npmrc", "@scope:registry=somewhere\n"),
        ("pip.conf", "[global]\nextra-index-url = somewhere\n"),
        ("pyproject.toml", "[[tool.uv.index]]\n"),
    ],
)
def test_an_address_or_setting_of_a_registry_is_refused(name: str, text: str) -> None:
    assert repository_check.registry_address_findings(PurePosixPath(name), text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("web/package-lock.json", json.dumps({"packages": {"node_modules/a": {"integrity": "sha512-x"}}})),
        ("requirements.txt", "click==8 \\\n    --hash=sha256:00\n    # via -r requirements.in\n"),
        (".npmrc", "omit-lockfile-registry-resolved=true\n"),
        ("pyproject.toml", '[project]\nname = "index"\n'),
        ("README.md", "registry=anything is text here\n"),
    ],
)
def test_ordinary_lock_and_configuration_files_pass(name: str, text: str) -> None:
    assert repository_check.registry_address_findings(PurePosixPath(name), text) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("models/face.onnx", b"text"),
        ("images/site.qcow2", b"text"),
        ("a-1.0-py3-none-any.whl", b"text"),
        ("web/vue.global.min.js", b"text"),
        ("blob", b"\x7fELF\0\0"),
        ("letters.txt", "考点".encode("gb18030")),
        ("long.txt", b"a" * (repository_check.LARGEST_FILE_BYTES + 1)),
        ("long.png", b"\0" * (repository_check.LARGEST_FILE_BYTES + 1)),
    ],
)
def test_binaries_and_large_files_are_refused(name: str, content: bytes) -> None:
    assert len(repository_check.binary_findings(PurePosixPath(name), content)) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [("docs/board.png", b"\x89PNG\r\n\x1a\n\0"), ("notes.md", "考点\n".encode()), ("empty", b"")],
)
def test_text_and_drawn_pictures_pass(name: str, content: bytes) -> None:
    assert repository_check.binary_findings(PurePosixPath(name), content) == []


def test_the_locks_of_this_repository_are_clean_and_hashed() -> None:
    workstation = PurePosixPath("provisioning/workstation")
    names = [
        workstation / "requirements.txt",
        workstation / "build-requirements.txt",
        workstation / "requirements.in",
        workstation / "web-libraries/package-lock.json",
        workstation / "web-libraries/.npmrc",
    ]
    assert repository_check.check_repository(ROOT, names) == []
    for name in names[:2]:
        text = (ROOT / name).read_text()
        assert text.count("==") > 5
        assert all(line.endswith("\\") for line in text.splitlines() if "==" in line)


def test_git_lists_what_it_holds_and_what_it_would_take() -> None:
    names = repository_check.tracked_files(ROOT)
    assert PurePosixPath("provisioning/workstation/prepare.py") in names
    assert not any("node_modules" in name.parts or ".venv" in name.parts for name in names)
