"""XML, drawings, pictures and clips are judged by what they are; what could act stays out."""

from __future__ import annotations

import io
import struct
import wave

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from central_sync.centre.files.media import media_name, media_of, media_type
from central_sync.centre.files.report import Refused
from central_sync.centre.files.safe_xml import XmlLimits, parse_xml


def picture(form: str, size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, form)
    return out.getvalue()


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes(80))
    return out.getvalue()


def mp3() -> bytes:
    """Two silent frames of 128 kbit/s at 44.1 kHz, 417 bytes each."""
    return (b"\xff\xfb\x90\x00" + bytes(413)) * 2


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">{}</svg>'


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        media_type(name, data)
    finding = caught.value.finding
    assert name in finding.zh
    assert name in finding.en
    return finding.code


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.png", picture("PNG"), "image/png"),
        ("a.JPG", picture("JPEG"), "image/jpeg"),
        ("a.jpeg", picture("JPEG"), "image/jpeg"),
        ("a.gif", picture("GIF"), "image/gif"),
        ("a.webp", picture("WEBP"), "image/webp"),
        ("a.svg", SVG.format("<rect width='5' height='5'/>").encode(), "image/svg+xml"),
        ("a.wav", wav(), "audio/wav"),
        ("a.mp3", mp3(), "audio/mpeg"),
        ("a.mp3", b"ID3\x03\x00\x00\x00\x00\x00\x05" + bytes(5) + mp3(), "audio/mpeg"),
        ("a.ogg", b"OggS" + bytes(60), "audio/ogg"),
        ("a.webm", b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + bytes(20), "video/webm"),
        ("a.mp4", struct.pack(">L", 24) + b"ftypisom" + bytes(30), "video/mp4"),
    ],
)
def test_picture_or_clip_is_known_by_its_bytes(name: str, data: bytes, expected: str) -> None:
    assert media_type(name, data) == expected
    media = media_of(name, data, "说明")
    assert (media.name, media.size, media.alt) == (name, len(data), "说明")


def test_name_that_does_not_fit_the_content_is_refused() -> None:
    assert refusal("a.png", picture("JPEG")) == "media.suffix"
    assert media_type("a.png", picture("JPEG"), any_suffix=True) == "image/jpeg"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", b"MZ this is a program"),
        ("a.png", picture("PNG")[:60]),
        ("a.bmp", picture("BMP")),
        ("a.mp3", b"ID3" + bytes(100)),
        ("a.html", b"<html><script>alert(1)</script></html>"),
        ("a.zip", b"PK\x03\x04" + bytes(50)),
        ("a.webm", b"\x1a\x45\xdf\xa3matroska" + bytes(100)),
    ],
)
def test_files_that_are_no_allowed_picture_or_clip_are_refused(name: str, data: bytes) -> None:
    assert refusal(name, data) == "media.not_a_picture"


def test_empty_file_is_named_as_empty() -> None:
    assert refusal("a.png", b"") == "media.empty"


@pytest.mark.timeout(30)
def test_picture_with_too_many_pixels_is_refused_without_decoding_it() -> None:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    assert refusal("a.png", out.getvalue()) in {"media.pixels", "media.not_a_picture"}
    out = io.BytesIO()
    Image.new("1", (6_000, 6_000)).save(out, "PNG")
    assert refusal("a.png", out.getvalue()) == "media.pixels"


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<rect onclick='alert(1)'/>",
        "<rect ONLOAD='alert(1)'/>",
        "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>",
        "<h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script>",
        "<image href='http://example.invalid/a.png'/>",
        "<image xlink:href='//example.invalid/a.png' xmlns:xlink='http://www.w3.org/1999/xlink'/>",
        "<image href='data:image/svg+xml;base64,AAAA'/>",
        "<a href='javascript:alert(1)'><rect/></a>",
        "<use href='other.svg#x'/>",
        "<style>@import 'http://example.invalid/a.css';</style>",
        "<style>rect { fill: url(http://example.invalid/#x) }</style>",
        r"<style>rect { fill: u\72l(http://example.invalid/#x) }</style>",
        "<rect style='fill: url( \"//example.invalid/x\" )'/>",
        "<rect fill='url(http://example.invalid/x)'/>",
        "<animate attributeName='href' to='javascript:alert(1)'/>",
        "<set attributeName='onclick' to='alert(1)'/>",
        "<iframe src='http://example.invalid'/>",
        "<g xml:base='http://example.invalid/'/>",
        "<g id='a'><use href='#a'/></g>",
    ],
)
def test_drawing_that_could_act_or_load_is_refused(inside: str) -> None:
    assert refusal("a.svg", SVG.format(inside).encode()) == "media.active_svg"


@pytest.mark.timeout(30)
def test_drawing_with_copies_of_copies_is_refused() -> None:
    levels = "".join(
        f"<g id='l{n}'>" + f"<use href='#l{n - 1}'/>" * 20 + "</g>" if n else "<g id='l0'><rect/></g>"
        for n in range(7)
    )
    assert refusal("a.svg", SVG.format(levels).encode()) == "media.active_svg"


def test_drawing_of_a_common_program_is_taken() -> None:
    drawing = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40"
 xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"
 xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" sodipodi:docname="C:\\temp\\a.svg">
<sodipodi:namedview inkscape:zoom="2"/><title>配电箱</title>
<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs>
<style>.a { stroke: black }</style>
<rect class="a" fill="url(#g)" width="9" height="9"/><use xlink:href="#g"/>
<text font-size="4">电</text></svg>"""
    assert media_type("a.svg", drawing.encode()) == "image/svg+xml"


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "xml.entity"),
        (b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>', "xml.entity"),
        (b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://example.invalid/p.dtd"> %p;]><a/>', "xml.entity"),
        ("<题>中文</题>".encode("gbk"), "xml.encoding"),
        ('<?xml version="1.0" encoding="UTF-8"?><a>中文</a>'.encode("gbk"), "xml.encoding"),
        ('<?xml version="1.0" encoding="GBK"?><a>安全用电考试</a>'.encode(), "xml.encoding"),
        (b'<?xml version="1.0" encoding="EBCDIC-CP-US"?><a/>', "xml.encoding"),
        (b"<a>" * 200 + b"</a>" * 200, "xml.depth"),
        (b"<a>" + b"<b/>" * 200_000 + b"</a>", "xml.elements"),
        (b"<a><b></a>", "xml.syntax"),
        (b"<a>\x00</a>", "xml.syntax"),
        (b"", "xml.syntax"),
        (b"<a>&undefined;</a>", "xml.syntax"),
    ],
)
def test_hostile_or_broken_xml_is_refused_by_name(document: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_xml(document, "item.xml")
    assert caught.value.finding.code == code
    assert "item.xml" in caught.value.finding.zh
    assert "item.xml" in caught.value.finding.en


def test_gbk_declared_as_utf8_is_told_to_be_gbk() -> None:
    with pytest.raises(Refused) as caught:
        parse_xml('<?xml version="1.0" encoding="UTF-8"?><a>安全用电</a>'.encode("gbk"), "item.xml")
    assert "GBK" in caught.value.finding.zh
    assert "GBK" in caught.value.finding.en


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB2312", "gb18030", "UTF-16"])
def test_xml_in_an_honestly_declared_encoding_is_read(encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?><a>安全用电</a>'.encode(encoding)
    assert parse_xml(document, "item.xml").text == "安全用电"


def test_xml_above_its_size_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        parse_xml(b"<a>" + b" " * 2000 + b"</a>", "item.xml", XmlLimits(size_bytes=1024))
    assert caught.value.finding.code == "xml.size"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_media_name_is_always_usable(name: str) -> None:
    plain = media_name(name)
    assert 1 <= len(plain) <= 120
    assert not set(plain) & set('<>:"/\\|?*;；\n')
    assert plain not in {".", ".."}


CORPUS = [
    picture("PNG"),
    picture("JPEG"),
    picture("GIF"),
    picture("WEBP"),
    wav(),
    mp3(),
    SVG.format("<rect/>").encode(),
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CORPUS), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8))
def test_mutated_media_is_known_or_refused_and_nothing_else(
    base: bytes, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(base)
    for at, value in changes:
        data[at % len(data)] = value
    try:
        found = media_type("a", bytes(data), any_suffix=True)
    except Refused as refused:
        assert refused.finding.zh
        assert refused.finding.en
    else:
        assert "/" in found
