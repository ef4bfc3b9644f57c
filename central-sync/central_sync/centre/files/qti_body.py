"""The XHTML of QTI items reduced to plain text, with its pictures and clips in reading order."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from central_sync.centre.files.qti_words import MATHML, squeezed, value_of, word
from central_sync.centre.files.safe_xml import local_name, namespace

_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big cite code dfn em font i ins kbd label mark rb ruby samp small span strong "
    "time tt u var"
)
_BLOCK_NAMES = (
    "address article aside blockquote caption center contentBody dd div dl dt figcaption figure footer h1 h2 "
    "h3 h4 h5 h6 header itemBody li main modalFeedback ol p prompt rubricBlock section simpleChoice table "
    "tbody tfoot thead tr ul"
)
_INLINE = frozenset(_INLINE_NAMES.split())
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SILENT = {"col", "colgroup", "rp", "track", "source"}
_FEEDBACK = {"feedbackInline", "feedbackBlock"}
_SUPERSCRIPT = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SUBSCRIPT = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


class ItemRefused(Exception):
    """An item that we cannot take: the element that is in the way, a code and two sentences."""

    def __init__(self, element: str, code: str, zh: str, en: str) -> None:
        super().__init__(f"{code}: {en}")
        self.element = element
        self.code = code
        self.zh = zh
        self.en = en


@dataclass(frozen=True)
class MediaReference:
    """A picture or clip that the text names."""

    element: str
    source: str
    alt: str


@dataclass
class Flow:
    """Plain text and media of a piece of XHTML, and what was simplified on the way."""

    lines: list[str] = field(default_factory=list)
    media: list[MediaReference] = field(default_factory=list)
    simplified: set[str] = field(default_factory=set)
    """Elements whose look is lost: `table`, `feedbackInline`."""
    interactions: list[Element] = field(default_factory=list)
    _line: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text, its lines joined by line feeds."""
        return "\n".join(self.lines)

    @property
    def cell_gap(self) -> str:
        """What stands before a table cell: a bar, but nothing before the first of its line."""
        return " | " if squeezed("".join(self._line)) else ""

    def say(self, text: str | None) -> None:
        """Go on with the line."""
        if text:
            self._line.append(text)

    def end_line(self) -> None:
        """End the line, if there is anything on it."""
        line = squeezed("".join(self._line))
        self._line.clear()
        if line:
            self.lines.append(line)


def flow_of(element: Element) -> Flow:
    """Return the text and media of an element; raises ItemRefused for what has no plain form."""
    flow = Flow()
    _walk(element, flow)
    flow.end_line()
    return flow


def _walk(element: Element, flow: Flow) -> None:
    name = word(element)
    if name.endswith("Interaction"):
        _interaction(element, name, flow)
    elif namespace(element.tag) == MATHML or name == "math":
        raise ItemRefused(
            "math",
            "qti.math",
            "含有 MathML 公式，不支持。请改为图片或普通文字。",
            "it holds a MathML formula, which is not supported. Use a picture or plain text.",
        )
    elif name == "pre":
        _preformatted(element, flow)
    elif name in _BLOCKS:
        if name == "table":
            flow.simplified.add(name)
        flow.end_line()
        _inside(element, flow)
        flow.end_line()
    elif name in _INLINE:
        _inside(element, flow)
    elif name in {"td", "th"}:
        flow.say(flow.cell_gap)
        _inside(element, flow)
    elif name in {"br", "hr"}:
        flow.end_line()
    elif name in {"sub", "sup"}:
        _raised(element, name, flow)
    elif name == "q":
        flow.say("“")
        _inside(element, flow)
        flow.say("”")
    elif name == "rt":
        flow.say("(")
        _inside(element, flow)
        flow.say(")")
    elif name == "picture":
        for child in element:
            if word(child) == "img":
                _walk(child, flow)
    elif name in {"img", "object", "audio", "video"}:
        _media(element, name, flow)
    elif name in _FEEDBACK:
        flow.simplified.add(name)
    elif name not in _SILENT:
        raise ItemRefused(
            local_name(element.tag),
            "qti.element",
            f"含有不支持的元素 <{local_name(element.tag)}>。允许段落、列表、表格、上下标、图片和音视频。",
            f"it holds the element <{local_name(element.tag)}>, which is not supported. Allowed are "
            f"paragraphs, lists, tables, sub- and superscripts, pictures and clips.",
        )


def _inside(element: Element, flow: Flow) -> None:
    flow.say(element.text)
    for number, child in enumerate(element, start=1):
        if word(element) == "ol" and word(child) == "li":
            flow.end_line()
            flow.say(f"{number}. ")
            _inside(child, flow)
            flow.end_line()
        else:
            _walk(child, flow)
        flow.say(child.tail)


def _preformatted(element: Element, flow: Flow) -> None:
    flow.end_line()
    for child in element.iter():
        if word(child) in {"img", "object", "audio", "video"} or word(child).endswith("Interaction"):
            raise ItemRefused(
                "pre",
                "qti.element",
                "预排文本 <pre> 中含有图片或作答区，不支持。",
                "preformatted text <pre> holds media or an interaction, which is not supported.",
            )
    text = "".join(element.itertext())
    if text:
        flow.lines.append(text)


def _raised(element: Element, name: str, flow: Flow) -> None:
    text = squeezed("".join(element.itertext()))
    table = _SUPERSCRIPT if name == "sup" else _SUBSCRIPT
    if all(ord(character) in table for character in text):
        flow.say(text.translate(table))
    else:
        flow.say(f"{'^' if name == 'sup' else '_'}({text})")


def _interaction(element: Element, name: str, flow: Flow) -> None:
    if name != "choiceInteraction":
        raise ItemRefused(
            local_name(element.tag),
            "qti.interaction",
            f"题型 <{local_name(element.tag)}> 不支持，只接受单选、多选和判断（choiceInteraction）。",
            f"the interaction <{local_name(element.tag)}> is not supported; only single, multiple and "
            f"true/false items (choiceInteraction) are taken.",
        )
    flow.end_line()
    for child in element:
        if word(child) == "prompt":
            _walk(child, flow)
    flow.interactions.append(element)


def _media(element: Element, name: str, flow: Flow) -> None:
    source = value_of(element, "data" if name == "object" else "src")
    if source is None:
        inner = next((child for child in element.iter() if word(child) == "source"), None)
        source = None if inner is None else value_of(inner, "src")
    if not source:
        raise ItemRefused(
            name, "qti.media", f"<{name}> 没有指明文件。", f"the element <{name}> names no file."
        )
    said = (value_of(element, key) for key in ("alt", "ariaLabel", "title"))
    # what stands inside <audio> or <video> is for browsers that cannot play it
    inner_text = squeezed("".join(element.itertext())) if name == "object" else ""
    flow.media.append(MediaReference(name, source.strip(), next((text for text in said if text), inner_text)))
