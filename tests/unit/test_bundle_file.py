"""The bundle file: every changed byte is named, and what is hostile is refused with a sentence."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from central_sync.protocol.bundle import (
    BUNDLE,
    BundleElsewhere,
    Recipient,
    SignedBatch,
    ToCentre,
    ToSite,
    bundle_problem,
    new_content_key,
    open_at_centre,
    open_at_site,
    sealed_key,
    write_to_centre,
    write_to_site,
)
from central_sync.protocol.canonical import canonical
from central_sync.protocol.documents import sign_document
from central_sync.protocol.journal import genesis
from central_sync.protocol.keys import ApplianceKeys, CentreKeys
from central_sync.protocol.package_container import PartSource, write_container
from central_sync.protocol.package_errors import (
    PackageDamaged,
    PackageError,
    PackageForeign,
    PackageIncomplete,
    PackageUnsupported,
    WrongKey,
)
from central_sync.protocol.package_header import HEADER_LIMIT, LENGTH
from central_sync.protocol.session import BlobRef
from central_sync.protocol.transfer import Acknowledgement, StatusReport

SITE = "KD0001"
APPLIANCE = "5a0e4c6e-0000-4000-8000-000000000001"
OTHER = "5a0e4c6e-0000-4000-8000-000000000002"
MOMENT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
PACKAGE = bytes(range(256)) * 3
REPORT = b'{"ready":true,"rows":[]}'
HELD = Acknowledgement(acknowledged=7, hash="7" * 64)


class Ends:
    """The keys of a centre and a site server."""

    def __init__(self, folder: Path) -> None:
        self.centre = CentreKeys.at(folder / "centre")
        self.site = ApplianceKeys.at(folder / "site")

    def down(self, path: Path, **more: object) -> Path:
        """Write a bundle of the centre with one document and one package."""
        content_key = new_content_key()
        sealed = sealed_key(self.site.sealing.public_key(), content_key, "to-site", SITE, APPLIANCE)
        about = ToSite(
            site=SITE,
            made_at=MOMENT,
            recipients=(Recipient(appliance=APPLIANCE, sealed=sealed, held=HELD, files=()),),
        ).model_copy(update=more)
        document = sign_document(
            self.centre.signing, kind="policy", name="exam", site=SITE, version=3, body={"heartbeat_s": 5}
        )
        ref = BlobRef(sha256=hashlib.sha256(PACKAGE).hexdigest(), size=len(PACKAGE))
        write_to_site(
            path,
            about,
            [document],
            [(ref, lambda: (PACKAGE[:300], PACKAGE[300:]))],
            signing_key=self.centre.signing,
            content_key=content_key,
        )
        return path

    def up(self, path: Path, body: bytes = b'{"seq":8}\n', **more: object) -> Path:
        """Write a bundle of the site with one batch."""
        content_key = new_content_key()
        about = ToCentre(
            site=SITE,
            appliance=APPLIANCE,
            certificate="ab12",
            machine="0" * 64,
            made_at=MOMENT,
            sealed=sealed_key(self.centre.sealing.public_key(), content_key, "to-centre", SITE, APPLIANCE),
            batches=(SignedBatch(first=8, last=8, sig="A" * 86 + "=="),),
            files=(BlobRef(sha256=hashlib.sha256(REPORT).hexdigest(), size=len(REPORT)),),
        ).model_copy(update=more)
        report = StatusReport(software="0.1.0", head=8, head_hash=genesis(APPLIANCE))
        write_to_centre(
            path,
            about,
            report,
            [(len(body), lambda: (body,))],
            [lambda: (REPORT[:7], REPORT[7:])],
            signing_key=self.site.journal,
            content_key=content_key,
        )
        return path

    def at_site(self, path: Path, site: str = SITE, appliance: str = APPLIANCE) -> tuple[int, bytes]:
        """Open as the site server; return the version of the document and the package."""
        key = self.centre.signing.public_key()
        with open_at_site(path, key, site, appliance, self.site.sealing) as bundle:
            assert bundle.held == HELD
            (ref,) = bundle.blobs
            return bundle.documents[0].version, b"".join(bundle.blob(ref.sha256))

    def at_centre(self, path: Path) -> list[bytes]:
        """Open as the centre; return the batches."""
        key = self.site.journal.public_key()
        with open_at_centre(path, lambda about: key, self.centre.sealing) as bundle:
            for ref in bundle.about.files:
                assert b"".join(bundle.file(ref.sha256)) == REPORT
            return [body for _, body in bundle.batches()]


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    return Ends(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bundles")


@pytest.fixture(scope="module")
def down(ends: Ends, folder: Path) -> Path:
    return ends.down(folder / "down.kdbundle")


@pytest.fixture(scope="module")
def up(ends: Ends, folder: Path) -> Path:
    return ends.up(folder / "up.kdbundle")


def test_a_bundle_brings_what_was_put_in_both_ways(ends: Ends, down: Path, up: Path) -> None:
    assert ends.at_site(down) == (3, PACKAGE)
    assert ends.at_centre(up) == [b'{"seq":8}\n']


def test_nothing_of_what_it_carries_can_be_read_without_the_key(down: Path, up: Path) -> None:
    for path, words in ((down, [b"heartbeat_s", PACKAGE[:64]]), (up, [b'"seq":8', b"0.1.0"])):
        data = path.read_bytes()
        assert not [word for word in words if word in data]


@pytest.mark.parametrize("way", ["down", "up"])
def test_every_changed_byte_is_refused_with_its_place_named(
    ends: Ends, folder: Path, down: Path, up: Path, way: str
) -> None:
    whole = (down if way == "down" else up).read_bytes()
    changed = folder / f"changed-{way}"
    for place in range(len(whole)):
        data = bytearray(whole)
        data[place] ^= 0x41
        changed.write_bytes(data)
        with pytest.raises(PackageDamaged) as caught:
            ends.at_site(changed) if way == "down" else ends.at_centre(changed)
        assert caught.value.first_byte <= place <= caught.value.last_byte
        assert str(caught.value.first_byte) in caught.value.zh


def test_a_bundle_cut_short_or_with_something_behind_it_is_refused(
    ends: Ends, folder: Path, down: Path
) -> None:
    whole, path = down.read_bytes(), folder / "cut"
    for size in (*range(0, len(whole), 17), len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(PackageDamaged):
            ends.at_site(path)
    path.write_bytes(whole + b"x")
    with pytest.raises(PackageDamaged) as caught:
        ends.at_site(path)
    assert (caught.value.part, caught.value.first_byte) == ("end", len(whole))


@given(data=st.data())
@settings(max_examples=150)
def test_no_bytes_at_all_make_the_parser_fail_otherwise(
    ends: Ends, folder: Path, down: Path, up: Path, data: st.DataObject
) -> None:
    whole = data.draw(st.sampled_from([down, up])).read_bytes()
    first = data.draw(st.integers(0, len(whole)))
    last = data.draw(st.integers(first, min(len(whole), first + 80)))
    junk = data.draw(st.binary(max_size=80))
    mixed = whole[:first] + junk + whole[last:]
    path = folder / "mixed"
    path.write_bytes(mixed)
    for read in (ends.at_site, ends.at_centre):
        try:
            read(path)
        except PackageError as error:
            problem = bundle_problem(error)
            assert problem.zh
            assert problem.en
            assert problem.reason.startswith("bundle.")
        else:
            assert mixed == whole


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(header=_JSON, fields=st.dictionaries(st.sampled_from(["about", "parts", "chunk_size", "salt"]), _JSON))
@settings(max_examples=150)
def test_a_header_that_is_sound_json_but_not_ours_is_refused(
    ends: Ends, folder: Path, down: Path, header: object, fields: dict[str, object]
) -> None:
    raw = down.read_bytes()
    size = LENGTH.unpack(raw[8:12])[0]
    ours = orjson.loads(raw[12 : 12 + size])
    for value in (header, {**ours, **fields}):
        if value == ours:
            continue
        try:
            encoded = orjson.dumps(value)
        except TypeError:  # beyond 64 bits
            continue
        frame = BUNDLE.magic + LENGTH.pack(len(encoded)) + encoded
        path = folder / "header"
        path.write_bytes(frame + hashlib.sha256(frame).digest() + bytes(64))
        with pytest.raises(PackageError):
            ends.at_site(path)


def test_a_header_that_claims_to_be_huge_is_not_read(ends: Ends, folder: Path) -> None:
    path = folder / "huge"
    path.write_bytes(BUNDLE.magic + LENGTH.pack(HEADER_LIMIT + 1) + bytes(100))
    with pytest.raises(PackageDamaged):
        ends.at_site(path)


def test_a_bundle_for_another_site_or_server_says_for_whom_it_is(ends: Ends, down: Path) -> None:
    with pytest.raises(BundleElsewhere, match="发给考点 KD0001 的，本机属于考点 KD0002"):
        ends.at_site(down, site="KD0002")
    with pytest.raises(BundleElsewhere, match="不是发给本机的"):
        ends.at_site(down, appliance=OTHER)


def test_a_bundle_taken_in_at_the_end_that_made_it_says_where_it_belongs(
    ends: Ends, down: Path, up: Path
) -> None:
    with pytest.raises(BundleElsewhere, match="请在中心导入"):
        ends.at_site(up)
    with pytest.raises(BundleElsewhere, match="请在考点服务端导入"):
        ends.at_centre(down)


def test_a_bundle_of_another_centre_or_sealed_for_another_is_refused(
    tmp_path: Path, ends: Ends, down: Path, up: Path
) -> None:
    stranger = Ends(tmp_path)
    with pytest.raises(PackageForeign):
        ends.at_site(stranger.down(tmp_path / "down"))
    key = ends.centre.signing.public_key()
    with pytest.raises(WrongKey):
        open_at_site(down, key, SITE, APPLIANCE, stranger.site.sealing)
    journal_key = ends.site.journal.public_key()
    with pytest.raises(WrongKey):
        open_at_centre(up, lambda about: journal_key, stranger.centre.sealing)


@pytest.mark.parametrize(
    "names",
    [
        ["blobs/../../../etc/passwd"],
        ["documents", "blobs/" + "a" * 63 + "/"],
        ["documents", "blobs/" + "g" * 64],
        ["documents", "journal/1"],
        ["report"],
    ],
)
def test_a_part_with_a_name_of_its_own_is_refused_even_if_the_centre_signed_it(
    tmp_path: Path, ends: Ends, names: list[str]
) -> None:
    content_key = new_content_key()
    sealed = sealed_key(ends.site.sealing.public_key(), content_key, "to-site", SITE, APPLIANCE)
    recipient = Recipient(appliance=APPLIANCE, sealed=sealed, held=HELD, files=())
    about = ToSite(site=SITE, made_at=MOMENT, recipients=(recipient,)).model_dump(mode="json")
    path = tmp_path / "tricky"
    parts = [PartSource.of(name, b"x") for name in names]
    write_container(path, BUNDLE, about, parts, signing_key=ends.centre.signing, content_key=content_key)
    with pytest.raises(PackageUnsupported):
        ends.at_site(path)


@pytest.mark.parametrize("value", [8.0, 2**60, "8", -8])
def test_a_server_that_signs_numbers_in_another_form_is_refused(
    tmp_path: Path, ends: Ends, value: object
) -> None:
    """A signature of an enrolled server is no proof that the header is well formed."""
    content_key = new_content_key()
    sealed = sealed_key(ends.centre.sealing.public_key(), content_key, "to-centre", SITE, APPLIANCE)
    about = ToCentre(
        site=SITE,
        appliance=APPLIANCE,
        certificate="ab12",
        machine="0" * 64,
        made_at=MOMENT,
        sealed=sealed,
        batches=(SignedBatch(first=8, last=8, sig="A" * 86 + "=="),),
        files=(),
    ).model_dump(mode="json")
    # Written whole with a number of ours, then the header is signed again with the other.
    path = ends.up(tmp_path / "up")
    raw = path.read_bytes()
    size = LENGTH.unpack(raw[8:12])[0]
    header = orjson.loads(raw[12 : 12 + size])
    header["about"] = about | {"batches": [about["batches"][0] | {"last": value}]}
    encoded = orjson.dumps(header, option=orjson.OPT_SORT_KEYS)
    frame = BUNDLE.magic + LENGTH.pack(len(encoded)) + encoded
    path.write_bytes(frame + hashlib.sha256(frame).digest() + ends.site.journal.sign(frame))
    with pytest.raises(PackageUnsupported):
        ends.at_centre(path)


def test_a_batch_beyond_the_size_of_an_upload_is_refused(tmp_path: Path, ends: Ends) -> None:
    with pytest.raises(PackageIncomplete, match="超过"):
        ends.at_centre(ends.up(tmp_path / "big", body=bytes(2_000_000)))


def test_a_source_that_gives_another_size_leaves_no_file(tmp_path: Path, ends: Ends) -> None:
    path = tmp_path / "out" / "short"
    about = ToSite(
        site=SITE,
        made_at=MOMENT,
        recipients=(Recipient(appliance=APPLIANCE, sealed="x", held=HELD, files=()),),
    )
    for pieces in ((b"abc",), (b"abcdefgh",)):
        with pytest.raises(PackageIncomplete):
            write_to_site(
                path,
                about,
                [],
                [(BlobRef(sha256="a" * 64, size=5), lambda pieces=pieces: pieces)],
                signing_key=Ed25519PrivateKey.generate(),
                content_key=new_content_key(),
            )
        assert list(path.parent.iterdir()) == []


def test_the_header_is_canonical(down: Path) -> None:
    raw = down.read_bytes()
    size = LENGTH.unpack(raw[8:12])[0]
    assert canonical(orjson.loads(raw[12 : 12 + size])) == raw[12 : 12 + size]
