"""Writing a question bank as a QTI 3.0 content package.

Sources: 1EdTech QTI 3.0 ASI (namespace imsqtiasi_v3p0) and its Content Packaging profile.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import cast
from urllib.parse import quote

from lxml import etree

from central_sync.centre.files.media import media_name
from central_sync.centre.files.plain_text import printable
from central_sync.centre.files.qti_words import (
    CP3,
    EXPLANATION_ID,
    LOM,
    MATCH_CORRECT,
    QTI3,
    XSI,
    squeezed,
)
from central_sync.protocol.items import Item, Media

_LANGUAGE = "zh-CN"
_WRITTEN_AT = (2026, 1, 1, 0, 0, 0)
"""A fixed time in the archive: the same bank gives the same bytes."""
_PACKED_ALREADY = re.compile(r"^(image/(png|jpeg|webp|gif)|audio/|video/)")


def write_qti(items: Sequence[Item], media: Mapping[str, bytes], *, title: str) -> bytes:
    """Return items with their media as a QTI 3.0 package that `read_qti` reads back as the same items.

    `media` holds contents by SHA-256; raises KeyError when one is not there. The package holds the
    key: it is a secret file.
    """
    paths = _media_paths(items)
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        _put(archive, "imsmanifest.xml", _bytes(_manifest(items, paths, title)))
        for number, item in enumerate(items, start=1):
            _put(archive, _item_path(number), _bytes(_item(item, paths)))
        written: set[str] = set()
        for (_, sha256, media_type), path in paths.items():
            if path not in written:
                written.add(path)
                _put(archive, path, media[sha256], packed=bool(_PACKED_ALREADY.match(media_type)))
    return out.getvalue()


def _put(archive: zipfile.ZipFile, name: str, data: bytes, *, packed: bool = False) -> None:
    info = zipfile.ZipInfo(name, _WRITTEN_AT)
    info.external_attr = 0o100644 << 16
    archive.writestr(info, data, zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED)


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _item_path(number: int) -> str:
    return f"items/item-{number:05d}.xml"


def _key(media: Media) -> tuple[str, str, str]:
    return media.name, media.sha256, media.type


def _media_paths(items: Sequence[Item]) -> dict[tuple[str, str, str], str]:
    """Return a path in the package for every (name, SHA-256, type); the last part is the media's name."""
    paths: dict[tuple[str, str, str], str] = {}
    folders: dict[str, int] = {}
    for item in items:
        for media in item.all_media():
            if _key(media) not in paths:
                folders[media.sha256] = folders.get(media.sha256, 0) + 1
                folder = f"{media.sha256[:24]}-{folders[media.sha256]}"
                paths[_key(media)] = f"media/{folder}/{media_name(media.name)}"
    return paths


def _tag(name: str, space: str = QTI3) -> str:
    return f"{{{space}}}{name}"


def _spaces(default: str, **more: str) -> Mapping[str, str]:
    # the type stubs of lxml forget that None names the default namespace
    return cast("Mapping[str, str]", {None: default, **more, "xsi": XSI})


def _manifest(items: Sequence[Item], paths: Mapping[tuple[str, str, str], str], title: str) -> etree._Element:
    root = etree.Element(
        _tag("manifest", CP3), attrib={"identifier": "kaodian-bank"}, nsmap=_spaces(CP3, lom=LOM)
    )
    root.set(
        _tag("schemaLocation", XSI),
        f"{CP3} https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqtiv3p0_imscpv1p2_v1p0.xsd {LOM} "
        f"https://purl.imsglobal.org/spec/md/v1p3/schema/xsd/imsmd_loose_v1p3p2.xsd",
    )
    metadata = etree.SubElement(root, _tag("metadata", CP3))
    etree.SubElement(metadata, _tag("schema", CP3)).text = "QTI Package"
    etree.SubElement(metadata, _tag("schemaversion", CP3)).text = "3.0.0"
    lom = etree.SubElement(metadata, _tag("lom", LOM))
    _lom_string(etree.SubElement(lom, _tag("general", LOM)), "title", title)
    etree.SubElement(root, _tag("organizations", CP3))
    resources = etree.SubElement(root, _tag("resources", CP3))
    ids = {key: f"media-{number:05d}" for number, key in enumerate(paths, start=1)}
    for number, item in enumerate(items, start=1):
        _item_resource(resources, number, item, ids)
    for key, path in paths.items():
        _media_resource(resources, ids[key], key[0], path)
    return root


def _lom_string(parent: etree._Element, name: str, text: str) -> None:
    element = etree.SubElement(parent, _tag(name, LOM))
    string = etree.SubElement(element, _tag("string", LOM), attrib={"language": _LANGUAGE})
    string.text = printable(text)


def _item_resource(
    resources: etree._Element, number: int, item: Item, ids: Mapping[tuple[str, str, str], str]
) -> None:
    path = _item_path(number)
    resource = etree.SubElement(
        resources,
        _tag("resource", CP3),
        attrib={"identifier": f"item-{number:05d}", "type": "imsqti_item_xmlv3p0", "href": path},
    )
    lom = etree.SubElement(etree.SubElement(resource, _tag("metadata", CP3)), _tag("lom", LOM))
    classification = etree.SubElement(lom, _tag("classification", LOM))
    purpose = etree.SubElement(classification, _tag("purpose", LOM))
    etree.SubElement(purpose, _tag("source", LOM)).text = "LOMv1.0"
    etree.SubElement(purpose, _tag("value", LOM)).text = "discipline"
    taxon = etree.SubElement(etree.SubElement(classification, _tag("taxonPath", LOM)), _tag("taxon", LOM))
    _lom_string(taxon, "entry", item.topic)
    etree.SubElement(resource, _tag("file", CP3), attrib={"href": path})
    for identifier in dict.fromkeys(ids[_key(media)] for media in item.all_media()):
        etree.SubElement(resource, _tag("dependency", CP3), attrib={"identifierref": identifier})


def _media_resource(resources: etree._Element, identifier: str, name: str, path: str) -> None:
    href = quote(path)
    resource = etree.SubElement(
        resources,
        _tag("resource", CP3),
        attrib={"identifier": identifier, "type": "webcontent", "href": href},
    )
    if path.rpartition("/")[2] != name:
        # a name that not every file system can hold travels as the title of its resource
        lom = etree.SubElement(etree.SubElement(resource, _tag("metadata", CP3)), _tag("lom", LOM))
        _lom_string(etree.SubElement(lom, _tag("general", LOM)), "title", name)
    etree.SubElement(resource, _tag("file", CP3), attrib={"href": href})


def _item(item: Item, paths: Mapping[tuple[str, str, str], str]) -> etree._Element:
    root = etree.Element(_tag("qti-assessment-item"), nsmap=_spaces(QTI3))
    root.set(
        _tag("schemaLocation", XSI),
        f"{QTI3} https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
    )
    root.set("identifier", item.id if item.id[0].isalpha() else f"_{item.id}")
    root.set("title", item.id)
    root.set("adaptive", "false")
    root.set("time-dependent", "false")
    root.set("{http://www.w3.org/XML/1998/namespace}lang", _LANGUAGE)
    cardinality = "single" if len(item.key) == 1 else "multiple"
    declaration = etree.SubElement(
        root,
        _tag("qti-response-declaration"),
        attrib={"identifier": "RESPONSE", "cardinality": cardinality, "base-type": "identifier"},
    )
    correct = etree.SubElement(declaration, _tag("qti-correct-response"))
    for letter in item.key:
        etree.SubElement(correct, _tag("qti-value")).text = letter
    _outcome(root, "SCORE", "float", "0")
    if item.explanation:
        _outcome(root, "FEEDBACK", "identifier", EXPLANATION_ID)
    body = etree.SubElement(root, _tag("qti-item-body"))
    _put_text(etree.SubElement(body, _tag("div")), item.stem)
    for media in item.media:
        _put_media(etree.SubElement(body, _tag("div")), media, paths[_key(media)])
    _put_interaction(body, item, cardinality, paths)
    etree.SubElement(root, _tag("qti-response-processing"), attrib={"template": MATCH_CORRECT})
    if item.explanation:
        feedback = etree.SubElement(
            root,
            _tag("qti-modal-feedback"),
            attrib={"outcome-identifier": "FEEDBACK", "identifier": EXPLANATION_ID, "show-hide": "show"},
        )
        _put_text(etree.SubElement(feedback, _tag("qti-content-body")), item.explanation)
    return root


def _outcome(root: etree._Element, identifier: str, base_type: str, value: str) -> None:
    outcome = etree.SubElement(
        root,
        _tag("qti-outcome-declaration"),
        attrib={"identifier": identifier, "cardinality": "single", "base-type": base_type},
    )
    default = etree.SubElement(outcome, _tag("qti-default-value"))
    etree.SubElement(default, _tag("qti-value")).text = value


def _put_interaction(
    body: etree._Element, item: Item, cardinality: str, paths: Mapping[tuple[str, str, str], str]
) -> None:
    interaction = etree.SubElement(
        body,
        _tag("qti-choice-interaction"),
        attrib={
            "response-identifier": "RESPONSE",
            "shuffle": "false",
            "max-choices": "1" if cardinality == "single" else str(len(item.choices)),
        },
    )
    for choice in item.choices:
        element = etree.SubElement(interaction, _tag("qti-simple-choice"), attrib={"identifier": choice.id})
        if choice.text:
            _put_text(element, choice.text)
        for media in choice.media:
            _put_media(etree.SubElement(element, _tag("div")), media, paths[_key(media)])


def _put_text(parent: etree._Element, text: str) -> None:
    """Write text as paragraphs, or as preformatted text where paragraphs would lose spaces or lines."""
    plain = printable(text)
    lines = plain.split("\n")
    if all(line and squeezed(line) == line for line in lines):
        for line in lines:
            etree.SubElement(parent, _tag("p")).text = line
    else:
        etree.SubElement(parent, _tag("pre")).text = plain


def _put_media(parent: etree._Element, media: Media, path: str) -> None:
    href = "../" + quote(path)
    alt = printable(media.alt)
    if media.type.startswith("image/"):
        etree.SubElement(parent, _tag("img"), attrib={"src": href, "alt": alt})
        return
    element = etree.SubElement(parent, _tag(media.type.partition("/")[0]), attrib={"controls": "controls"})
    if alt:
        element.set("aria-label", alt)
    etree.SubElement(element, _tag("source"), attrib={"src": href, "type": media.type})
