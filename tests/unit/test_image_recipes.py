"""Recipes of images, partitions of a site server's disk, and what a manifest says."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from site_images.disk import fixed_uuid, partitions
from site_images.manifest import python_packages
from site_images.recipe import RecipeFault, read_recipe
from site_images.root_tree import date_back, lay_over, tidy
from site_images.steps import BuildStopped, run

PROJECT = Path(__file__).resolve().parents[2]
RECIPE = """
name: appliance
suite: trixie
compatible: kaodian-server-amd64
root_mib: 3072
packages: {systemd: starts everything}
"""


def test_the_recipe_of_the_site_server_is_read() -> None:
    recipe = read_recipe(PROJECT / "images/appliance")
    assert recipe.name == "appliance"
    assert all(recipe.packages.values()), "each package says why it is there"
    assert "rauc" in recipe.packages


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (RECIPE + "sise: 3", "sise"),
        (RECIPE.replace("3072", "1"), "root_mib"),
        (RECIPE.replace("systemd:", "'system d':"), "packages"),
        (RECIPE.replace("appliance", "toaster"), "name"),
        (RECIPE + "enabled: [rm -rf]", "enabled"),
        ("{", "recipe.yaml"),
        ("", "recipe.yaml"),
    ],
)
def test_a_wrong_recipe_is_refused_by_the_name_of_its_key(tmp_path: Path, wrong: str, named: str) -> None:
    (tmp_path / "recipe.yaml").write_text(wrong)
    with pytest.raises(RecipeFault, match=named):
        read_recipe(tmp_path)


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeFault, match=r"recipe\.yaml"):
        read_recipe(tmp_path)


def test_the_disk_has_two_slots_of_one_size_and_the_state_takes_what_is_left() -> None:
    layout = partitions(root_mib=3072)
    sizes = {one.name: one.mib for one in layout}
    assert sizes["slot-a"] == sizes["slot-b"] == 3072
    assert layout[-1].name == "state"
    assert layout[-1].mib == 0
    # grub.cfg starts the third and the fourth.
    assert [one.name for one in layout].index("slot-a") == 2
    assert [one.name for one in layout].index("slot-b") == 3


def test_identities_are_the_same_in_every_build_and_differ_by_name() -> None:
    assert fixed_uuid("disk", "boot") == fixed_uuid("disk", "boot")
    assert fixed_uuid("disk", "boot") != fixed_uuid("disk", "state")


def test_the_manifest_names_python_packages_with_the_hash_of_their_record(tmp_path: Path) -> None:
    record = tmp_path / "opt/kaodian/lib/python3.13/site-packages/some_part-1.2.dist-info/RECORD"
    record.parent.mkdir(parents=True)
    record.write_text("some_part/__init__.py,sha256=abc,3\n")
    digest = hashlib.sha256(record.read_bytes()).hexdigest()
    assert python_packages(tmp_path) == [{"name": "some_part", "version": "1.2", "files_sha256": digest}]


def test_keys_of_the_building_machine_do_not_stay_in_a_tree(tmp_path: Path) -> None:
    for name in ("etc/ssh/ssh_host_ed25519_key", "etc/machine-id", "var/log/dpkg.log", "unwanted/file"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    tidy(tmp_path, ["unwanted"])
    assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()) == [
        "etc/machine-id"
    ]
    assert (tmp_path / "etc/machine-id").read_text() == "uninitialized\n"


def test_files_newer_than_the_sources_are_dated_back_and_older_ones_stay(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("x")
    new.write_text("x")
    date_back(tmp_path, 2_000_000_000)
    before = old.stat().st_mtime
    date_back(tmp_path, 1_000)
    assert before > 1_000
    assert old.stat().st_mtime == new.stat().st_mtime == 1_000


def test_our_files_are_laid_over_a_tree_with_their_links_and_rights(tmp_path: Path) -> None:
    files, root = tmp_path / "files", tmp_path / "root"
    (files / "etc").mkdir(parents=True)
    (root / "etc").mkdir(parents=True)
    (files / "etc/program").write_text("#!/bin/sh\n")
    (files / "etc/program").chmod(0o700)
    (files / "etc/link").symlink_to("program")
    (root / "etc/link").write_text("replaced")
    lay_over(files, root)
    assert (root / "etc/program").stat().st_mode & 0o777 == 0o755
    assert (root / "etc/link").readlink() == Path("program")


def test_a_command_that_fails_says_what_it_printed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(BuildStopped, match="no such slot"):
        run(["sh", "-c", "echo no such slot; exit 3"], log=log)
    assert "no such slot" in log.read_text()
