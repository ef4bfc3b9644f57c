"""SVG drawings of items: only drawings that cannot act or load anything are taken, byte for byte."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from central_sync.centre.files.report import Refused, refused
from central_sync.centre.files.safe_xml import XmlLimits, local_name, namespace, parse_xml

SVG = "http://www.w3.org/2000/svg"
_LIMITS = XmlLimits(size_bytes=2 * 1024 * 1024, depth=60, elements=50_000)
_ELEMENT_NAMES = (
    "svg g defs symbol use path rect circle ellipse line polyline polygon text tspan textPath title desc "
    "metadata linearGradient radialGradient stop pattern clipPath mask marker image style switch filter "
    "feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting "
    "feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur "
    "feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile "
    "feTurbulence view"
)
_ELEMENTS = frozenset(_ELEMENT_NAMES.split())
_MAX_DRAWN = 200_000
_MAX_COPY_DEPTH = 8
_INERT_NAMESPACES = {
    "http://www.inkscape.org/namespaces/inkscape",
    "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
    "http://purl.org/dc/elements/1.1/",
}
"""Notes that drawing programs leave; browsers do nothing with them."""
_INSIDE = re.compile(r"^\s*(#|data:image/(png|jpeg|gif|webp);base64,)")
_URL = re.compile(r"url\(\s*[\"']?\s*(?!#|data:image/(?:png|jpeg|gif|webp);base64,)", re.IGNORECASE)
_ACTIVE_TEXT = re.compile(
    r"javascript:|vbscript:|expression\(|@import|image-set\(|-moz-binding|behavior\s*:|\\", re.IGNORECASE
)


def check_svg(name: str, data: bytes) -> None:
    """Raise Refused when the drawing holds a script, an event, foreign content or a reference to outside."""
    root = parse_xml(data, name, _LIMITS, instructions_allowed=False)
    if root.tag != f"{{{SVG}}}svg":
        raise refused(
            "media.not_a_picture",
            f"文件 {name} 不是 SVG 图片（根元素应为 svg）。",
            f"{name} is no SVG picture (its root element should be svg).",
            place=name,
        )
    for element in root.iter():
        _check_element(name, element)
    _check_copies(name, root)


def _check_element(name: str, element: Element) -> None:
    space, local = namespace(element.tag), local_name(element.tag)
    if space not in _INERT_NAMESPACES and (space != SVG or local not in _ELEMENTS):
        raise _active(name, f"<{local}>")
    for key, value in element.attrib.items():
        attribute = local_name(key).lower()
        if attribute.startswith("on") or attribute in {"base", "requiredextensions"}:
            raise _active(name, attribute)
        if attribute in {"href", "src"} and space == SVG and not _INSIDE.match(value):
            raise _active(name, f"{attribute}={value[:60]}")
        noted = namespace(key) in _INERT_NAMESPACES
        if not noted and (_URL.search(value) or _ACTIVE_TEXT.search(value)):
            raise _active(name, f"{attribute}={value[:60]}")
    style = "".join(element.itertext()) if local == "style" else ""
    if _URL.search(style) or _ACTIVE_TEXT.search(style):
        raise _active(name, "<style>")


def _check_copies(name: str, root: Element) -> None:
    """Refuse `use` that copies itself, or copies of copies that grow beyond all bounds."""
    by_id = {element.attrib["id"]: element for element in root.iter() if "id" in element.attrib}
    sizes: dict[Element, int] = {}
    open_: set[Element] = set()

    def drawn(element: Element, copies: int) -> int:
        if element in sizes:
            return sizes[element]
        if element in open_ or copies > _MAX_COPY_DEPTH:
            raise _active(name, "<use>")
        open_.add(element)
        size = 1 + sum(drawn(child, copies) for child in element)
        if local_name(element.tag) == "use":
            href = next((value for key, value in element.attrib.items() if local_name(key) == "href"), "")
            target = by_id.get(href.strip().removeprefix("#"))
            size += drawn(target, copies + 1) if target is not None else 0
        if size > _MAX_DRAWN:
            raise _active(name, "<use>")
        open_.discard(element)
        sizes[element] = size
        return size

    drawn(root, 0)


def _active(name: str, what: str) -> Refused:
    shown = "".join(character if character.isprintable() else "?" for character in what)
    return refused(
        "media.active_svg",
        f"SVG 图片 {name} 含有不允许的内容 {shown}（脚本、事件、外部引用或嵌入网页）。请另存为“纯 SVG”或 "
        f"PNG。",
        f"The SVG picture {name} holds {shown}, which is not allowed (script, event, outside reference or "
        f"foreign content). Save it as plain SVG or PNG.",
        place=name,
        field=shown,
    )
