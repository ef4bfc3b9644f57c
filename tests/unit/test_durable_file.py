"""Files that appear whole: what is there afterwards, and to whom it belongs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from central_sync.protocol.durable_file import write_once, write_whole

SERVICE = 64001
"""The user and group of a service that this machine does not have."""


def owner(path: Path) -> tuple[int, int]:
    told = path.stat()
    return told.st_uid, told.st_gid


def test_a_file_takes_the_place_of_the_old_one_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "made" / "on the way" / "file"
    write_whole(path, b"old")
    write_whole(path, b"new", mode=0o640)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in path.parent.iterdir()] == ["file"]


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert write_once(path, b"first")
    assert not write_once(path, b"second")
    assert path.read_bytes() == b"first"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes for others")
def test_what_root_writes_in_the_folder_of_a_service_belongs_to_the_service(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, SERVICE, SERVICE)
    path = state / "readiness" / "findings.json"
    write_whole(path, b"{}")
    assert (owner(path.parent), owner(path)) == ((SERVICE, SERVICE), (SERVICE, SERVICE))
    assert owner(tmp_path) == (0, 0)
