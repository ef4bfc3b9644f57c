"""QTI 3.0 packages as we write them: sound in structure, and read back as the same items."""

from __future__ import annotations

import hashlib
import io
import zipfile
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from central_sync.centre.files.qti import read_qti, write_qti
from central_sync.protocol.items import Choice, Item, ItemType, Media

SPACES = {
    "c": "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    "q": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), colour).save(out, "PNG")
    return out.getvalue()


CONTENTS = {
    hashlib.sha256(data).hexdigest(): (kind, data)
    for kind, data in (
        ("image/png", picture("red")),
        ("image/png", picture("blue")),
        ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'><rect width='4' height='4'/></svg>"),
        ("audio/ogg", b"OggS" + bytes(60)),
        ("video/webm", b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + bytes(20)),
    )
}
MEDIA = {sha256: data for sha256, (_, data) in CONTENTS.items()}

TEXTS = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
    | st.sampled_from("\n\t <&>'\"]"),
    min_size=1,
    max_size=40,
).filter(lambda text: bool(text.strip()))
NAMES = st.from_regex(r"\A[^/\\\x00-\x1f]{1,40}\Z").filter(
    lambda name: (
        not any(0xD800 <= ord(each) <= 0xDFFF or ord(each) in {0x7F, 0xFFFE, 0xFFFF} for each in name)
    )
)


@st.composite
def media(draw: st.DrawFn) -> Media:
    sha256 = draw(st.sampled_from(sorted(CONTENTS)))
    kind, data = CONTENTS[sha256]
    alt = draw(st.just("") | st.sampled_from(["配电箱", 'a <b> & "c"', "两\n行"]))
    return Media(name=draw(st.just("图 1.png") | NAMES), type=kind, sha256=sha256, size=len(data), alt=alt)


@st.composite
def items(draw: st.DrawFn) -> Item:
    item_type = draw(st.sampled_from(ItemType))
    if item_type is ItemType.TRUE_FALSE:
        choices: list[tuple[str, tuple[Media, ...]]] = [("正确", ()), ("错误", ())]
    else:
        texts = draw(st.lists(TEXTS.map(lambda text: f"项 {text}"), min_size=2, max_size=8))
        choices = [(text, tuple(draw(st.lists(media(), max_size=1)))) for text in texts]
    letters = "ABCDEFGH"[: len(choices)]
    least = 2 if item_type is ItemType.MULTIPLE else 1
    key = draw(st.sets(st.sampled_from(letters), min_size=least, max_size=len(letters) if least == 2 else 1))
    return Item(
        id=draw(st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")),
        type=item_type,
        topic=" ".join(draw(TEXTS).split()),
        stem=draw(TEXTS),
        choices=tuple(
            Choice(id=letter, text=text, media=pictures)
            for letter, (text, pictures) in zip(letters, choices, strict=True)
        ),
        key=tuple(sorted(key)),
        media=tuple(draw(st.lists(media(), max_size=2))),
        explanation=draw(st.just("") | TEXTS),
    )


@settings(max_examples=60)
@given(st.lists(items(), min_size=1, max_size=5, unique_by=lambda item: item.id))
def test_exported_package_reads_back_as_the_same_items(written: list[Item]) -> None:
    draft, report = read_qti(write_qti(written, MEDIA, title="题库 & 试题"))
    assert report.ok, report
    assert not report.findings
    assert draft is not None
    assert list(draft.items) == written
    assert set(draft.media) == {each.sha256 for item in written for each in item.all_media()}
    assert all(MEDIA[sha256] == data for sha256, data in draft.media.items())


RED = next(iter(CONTENTS))
SAMPLE = [
    Item(
        id="0001",
        type=ItemType.MULTIPLE,
        topic="触电急救",
        stem="发现有人触电，\n应怎样做？",
        choices=(Choice(id="A", text="断电"), Choice(id="B", text="呼救"), Choice(id="C", text="拉人")),
        key=("A", "B"),
        media=(Media(name="急救.png", type="image/png", sha256=RED, size=len(MEDIA[RED]), alt="现场"),),
        explanation="先断电。",
    ),
    Item(
        id="pd-1",
        type=ItemType.TRUE_FALSE,
        topic="触电急救",
        stem="应先断电。",
        choices=(Choice(id="A", text="正确"), Choice(id="B", text="错误")),
        key=("A",),
    ),
]


def texts(root: etree._Element, path: str) -> list[str]:
    """Return what an XPath finds, as plain texts."""
    found = root.xpath(path, namespaces=SPACES)
    assert isinstance(found, list)
    return [str(each) for each in found]


def test_manifest_names_every_file_once_and_every_file_is_there() -> None:
    with zipfile.ZipFile(io.BytesIO(write_qti(SAMPLE, MEDIA, title="题库"))) as archive:
        assert archive.namelist()[0] == "imsmanifest.xml"
        manifest = etree.fromstring(archive.read("imsmanifest.xml"))
        hrefs = [unquote(each) for each in texts(manifest, "//c:file/@href")]
        assert sorted(hrefs) == sorted(archive.namelist()[1:])
        assert texts(manifest, "//c:schema/text()") == ["QTI Package"]
        assert texts(manifest, "//c:schemaversion/text()") == ["3.0.0"]
        types = texts(manifest, "//c:resource/@type")
        assert types == ["imsqti_item_xmlv3p0", "imsqti_item_xmlv3p0", "webcontent"]
        identifiers = texts(manifest, "//c:resource/@identifier")
        assert set(texts(manifest, "//c:dependency/@identifierref")) <= set(identifiers)
        assert [etree.QName(child).localname for child in manifest] == [
            "metadata",
            "organizations",
            "resources",
        ]


def test_item_has_the_parts_of_version_3_in_their_order() -> None:
    with zipfile.ZipFile(io.BytesIO(write_qti(SAMPLE, MEDIA, title="题库"))) as archive:
        root = etree.fromstring(archive.read("items/item-00001.xml"))
        picture_at = unquote(texts(root, "//q:img/@src")[0]).removeprefix("../")
        assert archive.read(picture_at) == MEDIA[RED]
    assert root.tag == f"{{{SPACES['q']}}}qti-assessment-item"
    assert root.get("identifier") == "_0001"
    assert (root.get("adaptive"), root.get("time-dependent")) == ("false", "false")
    assert [etree.QName(child).localname for child in root] == [
        "qti-response-declaration",
        "qti-outcome-declaration",
        "qti-outcome-declaration",
        "qti-item-body",
        "qti-response-processing",
        "qti-modal-feedback",
    ]
    assert texts(root, "//q:qti-response-declaration/@cardinality") == ["multiple"]
    assert texts(root, "//q:qti-correct-response/q:qti-value/text()") == ["A", "B"]
    assert texts(root, "//q:qti-choice-interaction/@max-choices") == ["3"]
    assert texts(root, "//q:qti-response-processing/@template")[0].endswith("match_correct.xml")


def test_same_bank_gives_the_same_bytes() -> None:
    assert write_qti(SAMPLE, MEDIA, title="题库") == write_qti(SAMPLE, MEDIA, title="题库")
