"""The exam package: noise without its key, refused with the place named when a byte was changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central_sync.protocol.documents import DocumentRefused, sign_document, verify_document
from central_sync.protocol.items import BankItems
from central_sync.protocol.keys import ApplianceKeys, SealBroken, content_key_purpose, seal, unseal
from central_sync.protocol.package import (
    ReleaseCodeRefused,
    content_key_from_code,
    open_package,
    read_manifest,
    write_package,
)
from central_sync.protocol.package_errors import PackageDamaged, PackageError, PackageForeign, WrongKey
from central_sync.protocol.release_code import (
    ReleaseCodeMistyped,
    new_release_code,
    read_release_code,
    spoken_words,
)
from central_sync.protocol.session import PaperPlan, Roster
from tests.site_parts import SESSION, bank, blueprint, contents

CENTRE = Ed25519PrivateKey.generate()
KEY = bytes(range(32))
CODE = new_release_code()
PHOTO = b"\xff\xd8" + bytes(300_000)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    what = contents(6)
    photo = hashlib.sha256(PHOTO).hexdigest()
    candidates = [candidate.model_copy(update={"photo": photo}) for candidate in what.roster.values()]
    path = tmp_path_factory.mktemp("package") / "session.kdpkg"
    write_package(
        path,
        what.plan,
        Roster(session=SESSION, candidates=tuple(candidates)),
        {photo: PHOTO},
        BankItems(name="题库", items=tuple(bank())),
        {},
        PaperPlan(blueprint=blueprint()),
        package_id="PK-2026-0001",
        created_at=datetime.now(UTC),
        signing_key=CENTRE,
        content_key=KEY,
        release_code=CODE,
    )
    yield path
    path.unlink()


def test_opened_with_its_key_it_gives_back_what_went_in(package: Path) -> None:
    with open_package(package, CENTRE.public_key(), KEY) as opened:
        assert opened.bank.items == tuple(bank())
        assert opened.paper_plan.blueprint == blueprint()
        assert len(opened.roster.candidates) == 6
        assert opened.photo(hashlib.sha256(PHOTO).hexdigest()) == PHOTO


def test_without_its_key_it_shows_no_name_number_or_item(package: Path) -> None:
    data = package.read_bytes()
    secrets = [item.stem for item in bank()]
    for candidate in contents(6).roster.values():
        secrets += [candidate.name, candidate.id_number, candidate.ticket]
    assert [secret for secret in secrets if secret.encode() in data] == []
    with pytest.raises(WrongKey):
        open_package(package, CENTRE.public_key(), bytes(32))


def test_the_release_code_gives_the_key_and_another_code_does_not(package: Path) -> None:
    manifest = read_manifest(package, CENTRE.public_key())
    assert content_key_from_code(manifest, CODE.upper()) == KEY
    with pytest.raises(ReleaseCodeRefused):
        content_key_from_code(manifest, new_release_code())


def test_a_package_of_another_centre_is_refused(package: Path) -> None:
    with pytest.raises(PackageForeign):
        read_manifest(package, Ed25519PrivateKey.generate().public_key())


@given(data=st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_byte_is_refused_with_its_place(package: Path, tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(package.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    changed = tmp_path / "changed.kdpkg"
    changed.write_bytes(whole)
    with pytest.raises(PackageError) as refused:
        read_manifest(changed, CENTRE.public_key())
    if isinstance(refused.value, PackageDamaged):
        assert refused.value.first_byte <= at <= refused.value.last_byte


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_cut_or_lengthened_package_is_refused(package: Path, tmp_path: Path, data: st.DataObject) -> None:
    whole = package.read_bytes()
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    other = tmp_path / "other.kdpkg"
    for content in (cut, whole + data.draw(st.binary(min_size=1, max_size=40))):
        other.write_bytes(content)
        with pytest.raises(PackageError):
            read_manifest(other, CENTRE.public_key())


@given(st.binary(max_size=400))
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_is_refused_with_words(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "garbage.kdpkg"
    path.write_bytes(garbage)
    with pytest.raises(PackageError):
        read_manifest(path, CENTRE.public_key())


def test_a_code_may_be_typed_as_characters_or_pinyin_in_any_case() -> None:
    spoken = spoken_words(CODE)
    secret = read_release_code(CODE)
    assert read_release_code("".join(character for _, character in spoken)) == secret
    assert read_release_code(" — ".join(word.title() for word, _ in spoken)) == secret


def test_a_mistyped_word_is_named_by_its_place() -> None:
    words = CODE.split()
    with pytest.raises(ReleaseCodeMistyped) as wrong:
        read_release_code(" ".join([*words[:3], "qqqqx", *words[4:]]))
    assert (wrong.value.reason, wrong.value.position) == ("word", 4)
    with pytest.raises(ReleaseCodeMistyped) as short:
        read_release_code(" ".join(words[:-1]))
    assert short.value.reason == "count"


@given(st.text(max_size=200))
def test_any_text_as_a_code_is_read_or_refused_with_words(text: str) -> None:
    try:
        assert len(read_release_code(text)) == 9
    except ReleaseCodeMistyped as wrong:
        assert wrong.zh
        assert wrong.en


def test_a_sealed_key_opens_only_for_its_machine_and_purpose() -> None:
    ours, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    purpose = content_key_purpose("PK-1", "appliance")
    sealed = seal(ours.public_key(), KEY, purpose)
    assert unseal(ours, sealed, purpose) == KEY
    for key, said in ((other, purpose), (ours, content_key_purpose("PK-2", "appliance"))):
        with pytest.raises(SealBroken):
            unseal(key, sealed, said)


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first, again = ApplianceKeys.at(folder), ApplianceKeys.at(folder)
    assert first.journal.private_bytes_raw() == again.journal.private_bytes_raw()
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_a_document_that_was_changed_or_is_for_another_site_is_refused() -> None:
    body = {"packages": [], "certificates": ["01"]}
    document = sign_document(CENTRE, kind="revocations", name="all", site="KD0001", version=3, body=body)
    verify_document(CENTRE.public_key(), document, "KD0001")
    with pytest.raises(DocumentRefused):
        verify_document(CENTRE.public_key(), document, "KD0002")
    with pytest.raises(DocumentRefused):
        verify_document(CENTRE.public_key(), document.model_copy(update={"version": 4}), "KD0001")
