"""The sample banks: enough items of every type, right in form, with pictures, fit for their blueprints."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest

from central_sync.centre.files.bank_read import read_bank_xlsx, read_media_zip
from central_sync.centre.files.bank_write import write_bank_xlsx, write_media_zip
from central_sync.centre.files.qti_read import read_qti
from central_sync.centre.files.qti_write import write_qti
from central_sync.protocol.items import ItemType
from central_sync.samples.banks import sample_bank
from central_sync.samples.blueprints import sample_blueprint
from central_sync.samples.categories import SampleCategory
from central_sync.samples.drawing import DRAWINGS
from exam_appliance.exam.paper import ItemPool


def test_there_are_at_least_150_items_of_all_three_types_and_twelve_with_pictures() -> None:
    items = [item for category in SampleCategory for item in sample_bank(category)[0].items]
    assert len(items) >= 150
    assert len({item.id for item in items}) == len(items)
    assert len({(item.stem, item.media) for item in items}) == len(items)
    types = Counter(item.type for item in items)
    assert all(types[kind] >= 20 for kind in ItemType)
    assert sum(bool(list(item.all_media())) for item in items) >= 12


@pytest.mark.parametrize("category", SampleCategory)
def test_every_item_explains_its_key_and_every_picture_is_there(category: SampleCategory) -> None:
    bank, pictures = sample_bank(category)
    assert [item.id for item in bank.items if not item.explanation] == []
    named = {media.sha256 for item in bank.items for media in item.all_media()}
    assert named == set(pictures)
    for sha256, data in pictures.items():
        assert hashlib.sha256(data).hexdigest() == sha256
        assert data.startswith((b"<svg", b"RIFF"))
        assert b"<script" not in data
        assert b"href" not in data
    for item in bank.items:
        for media in item.all_media():
            assert media.alt, f"{item.id}: the picture says nothing to who cannot see it"


@pytest.mark.parametrize("category", SampleCategory)
def test_papers_of_100_points_can_be_drawn(category: SampleCategory) -> None:
    bank, _ = sample_bank(category)
    blueprint = sample_blueprint(category)
    paper = ItemPool(bank.items, blueprint).draw("ab" * 32)
    assert sum(line.points for line in paper.lines) == blueprint.points == 100


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_a_drawing_is_the_same_every_time(name: str) -> None:
    assert DRAWINGS[name]() == DRAWINGS[name]()


def test_another_category_is_refused() -> None:
    with pytest.raises(ValueError, match="高处作业"):
        sample_bank("高处作业")


@pytest.mark.parametrize("category", SampleCategory)
def test_the_centre_takes_the_bank_back_from_a_table_and_from_qti(category: SampleCategory) -> None:
    bank, pictures = sample_bank(category)
    media, report = read_media_zip(write_media_zip(bank.items, pictures))
    assert report.ok
    from_table, report = read_bank_xlsx(write_bank_xlsx(bank.items), media)
    assert (report.ok, from_table and from_table.items) == (True, bank.items)
    from_qti, report = read_qti(write_qti(bank.items, pictures, title=bank.name))
    assert report.ok
    assert from_qti is not None
    assert from_qti.items == bank.items
