"""One QTI item turned into one of ours, or refused with the element that is in the way."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pydantic import ValidationError

from central_sync.centre.files.bank import first_complaint, true_false_choices, truth
from central_sync.centre.files.plain_text import forbidden_character
from central_sync.centre.files.qti_body import Flow, ItemRefused, flow_of
from central_sync.centre.files.qti_scoring import Response, check_processing, response_of
from central_sync.centre.files.qti_words import is_true, value_of, word
from central_sync.centre.files.safe_xml import local_name, namespace
from central_sync.protocol.items import Choice, Item, ItemType, Media

ITEM_NAMESPACES = {
    "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    "http://www.imsglobal.org/xsd/apip/apipv1p0/qtiitem/imsqti_v2p1",
    "http://www.imsglobal.org/xsd/apip/apipv1p0/qtiitem/imsqti_v2p2",
}
PICTURE_ONLY_STEM = "（见图）"
"""Stem of an item that asks by its picture alone."""

_ITEM_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
_LETTERS = "ABCDEFGH"
_HARMLESS = {
    "responseDeclaration",
    "outcomeDeclaration",
    "contextDeclaration",
    "itemBody",
    "responseProcessing",
    "modalFeedback",
    "stylesheet",
    "catalogInfo",
    "companionMaterialsInfo",
    "apipAccessibility",
}

MediaReader = Callable[[str, str, str], Media]
"""Takes element, source and alternative text; returns the media or raises ItemRefused."""


@dataclass(frozen=True)
class ReadItem:
    """An item that may go in, and (element, zh, en) of what was simplified."""

    item: Item
    notes: tuple[tuple[str, str, str], ...]


def item_label(root: Element) -> str:
    """Return how findings name the item."""
    identifier = (value_of(root, "identifier") or "").strip()
    return "".join(each if each.isprintable() else "?" for each in identifier[:80]) or "?"


def item_id(identifier: str) -> str:
    """Return our id for a QTI identifier: itself without `_` before a digit, else one derived from it."""
    plain = identifier[1:] if re.match(r"^_[0-9]", identifier) else identifier
    if _ITEM_ID.match(plain):
        return plain
    return "q-" + hashlib.sha256(identifier.encode("utf-8", "replace")).hexdigest()[:16]


def read_item(root: Element, topic: str, read_media: MediaReader) -> ReadItem:
    """Return the item of an assessment item element; raises ItemRefused naming the element and reason."""
    _check_root(root)
    body = next((each for each in root if word(each) == "itemBody"), None)
    if body is None:
        raise ItemRefused("itemBody", "qti.body", "没有题干（itemBody）。", "there is no body (itemBody).")
    stem = flow_of(body)
    interaction = _only_interaction(stem)
    response = response_of(root, value_of(interaction, "responseIdentifier") or "")
    check_processing(root, response)
    elements = [each for each in interaction if word(each) == "simpleChoice"]
    identifiers = [(value_of(each, "identifier") or "").strip() for each in elements]
    flows = [flow_of(each) for each in elements]
    _check_choices(interaction, elements, identifiers, flows, response)
    explanation, explained = _explanation(root)
    answer_media = [
        tuple(read_media(ref.element, ref.source, ref.alt) for ref in flow.media) for flow in flows
    ]
    stem_media = tuple(read_media(ref.element, ref.source, ref.alt) for ref in stem.media)
    item_type, choices, key = _answers(response, identifiers, flows, answer_media)
    text = stem.text or (PICTURE_ONLY_STEM if stem_media else "")
    for name, said in (
        ("itemBody", text),
        ("modalFeedback", explanation),
        *(("simpleChoice", c.text) for c in choices),
    ):
        _check_characters(name, said)
    try:
        item = Item(
            id=item_id((value_of(root, "identifier") or "").strip()),
            type=item_type,
            topic=topic,
            stem=text,
            choices=choices,
            key=key,
            media=stem_media,
            explanation=explanation,
        )
    except ValidationError as error:
        reason = first_complaint(error)
        raise ItemRefused(
            "assessmentItem", "qti.item", f"不符合试题要求：{reason}。", f"it is no valid item: {reason}."
        ) from None
    return ReadItem(item, _notes(root, interaction, elements, (stem, *flows, *explained)))


def _check_root(root: Element) -> None:
    if word(root) != "assessmentItem" or namespace(root.tag) not in ITEM_NAMESPACES:
        raise ItemRefused(
            local_name(root.tag)[:60],
            "qti.version",
            "不是 QTI 2.1、2.2 或 3.0 的试题（assessmentItem），请用这些版本导出。",
            "it is no assessment item of QTI 2.1, 2.2 or 3.0; export it in one of these versions.",
        )
    if is_true(root, "adaptive"):
        raise ItemRefused(
            "adaptive", "qti.adaptive", "自适应试题不支持。", "adaptive items are not supported."
        )
    for child in root:
        name = word(child)
        if name in {"templateDeclaration", "templateProcessing"}:
            raise ItemRefused(
                local_name(child.tag),
                "qti.template",
                "带变量的模板试题不支持，请导出为固定内容的试题。",
                "template items with variables are not supported; export items with fixed content.",
            )
        if name not in _HARMLESS:
            raise ItemRefused(
                local_name(child.tag)[:60],
                "qti.element",
                f"含有不支持的部分 <{local_name(child.tag)[:60]}>（如共用材料），请并入题干后重新导出。",
                f"it holds the part <{local_name(child.tag)[:60]}>, which is not supported (such as a shared "
                f"stimulus); put it into the body and export again.",
            )


def _only_interaction(stem: Flow) -> Element:
    if len(stem.interactions) == 1:
        return stem.interactions[0]
    count = len(stem.interactions)
    raise ItemRefused(
        "itemBody",
        "qti.interactions",
        f"应恰好有一个作答区（choiceInteraction），现有 {count} 个。",
        f"exactly one interaction (choiceInteraction) is expected, found {count}.",
    )


def _check_choices(
    interaction: Element,
    elements: list[Element],
    identifiers: list[str],
    flows: list[Flow],
    response: Response,
) -> None:
    if not 2 <= len(elements) <= len(_LETTERS):
        raise ItemRefused(
            "choiceInteraction",
            "qti.choices",
            f"有 {len(elements)} 个选项，应为 2 到 {len(_LETTERS)} 个。",
            f"it has {len(elements)} choices; 2 to {len(_LETTERS)} are allowed.",
        )
    if len(set(identifiers)) != len(identifiers) or "" in identifiers:
        raise ItemRefused(
            "simpleChoice",
            "qti.choices",
            "选项标识缺失或重复。",
            "identifiers of choices are missing or repeated.",
        )
    unknown = [each for each in response.key if each not in identifiers]
    if unknown:
        raise ItemRefused(
            "correctResponse",
            "qti.key",
            f"答案 {unknown[0][:60]} 不是任何选项的标识。",
            f"the key {unknown[0][:60]} is no choice's identifier.",
        )
    for flow in flows:
        if flow.interactions or not (flow.text or flow.media):
            raise ItemRefused(
                "simpleChoice",
                "qti.choices",
                "选项为空，或选项中嵌有作答区。",
                "a choice is empty or holds an interaction.",
            )
    least = 2 if response.multiple else 1
    if len(response.key) < least or (not response.multiple and len(response.key) != 1):
        raise ItemRefused(
            "correctResponse",
            "qti.key",
            f"有 {len(response.key)} 个正确答案：单选题须恰好 1 个，多选题至少 2 个。",
            f"it has {len(response.key)} right choices; a single-choice item has exactly one, a "
            f"multiple-choice item two or more.",
        )
    most = (value_of(interaction, "maxChoices") or "").strip()
    if most.isascii() and most.isdigit() and 0 < int(most[:6]) < len(response.key):
        raise ItemRefused(
            "choiceInteraction",
            "qti.max_choices",
            f"最多可选 {most[:6]} 项，少于正确答案的数目。",
            f"at most {most[:6]} choices may be chosen, fewer than are right.",
        )


def _answers(
    response: Response, identifiers: list[str], flows: list[Flow], media: list[tuple[Media, ...]]
) -> tuple[ItemType, tuple[Choice, ...], tuple[str, ...]]:
    if not response.multiple and len(flows) == 2 and not any(media):
        said = [truth(flow.text) for flow in flows]
        if None in said and {each.lower() for each in identifiers} == {"true", "false"}:
            said = [each.lower() == "true" for each in identifiers]
        if set(said) == {True, False}:
            right = said[identifiers.index(response.key[0])]
            return ItemType.TRUE_FALSE, true_false_choices(), ("A",) if right else ("B",)
    try:
        choices = tuple(
            Choice(id=letter, text=flow.text, media=pictures)
            for letter, flow, pictures in zip(_LETTERS, flows, media, strict=False)
        )
    except ValidationError as error:
        reason = first_complaint(error)
        raise ItemRefused(
            "simpleChoice", "qti.choices", f"选项不符合要求：{reason}。", f"a choice is not valid: {reason}."
        ) from None
    key = tuple(sorted(_LETTERS[identifiers.index(each)] for each in response.key))
    return (ItemType.MULTIPLE if response.multiple else ItemType.SINGLE), choices, key


def _explanation(root: Element) -> tuple[str, tuple[Flow, ...]]:
    """Return what feedback shown after the item says; its pictures cannot be kept."""
    flows = [flow_of(each) for each in root if word(each) == "modalFeedback"]
    texts = dict.fromkeys(flow.text for flow in flows if flow.text)
    return "\n".join(texts), tuple(flow for flow in flows if flow.media)


def _check_characters(element: str, text: str) -> None:
    found = forbidden_character(text)
    if found is not None:
        raise ItemRefused(
            element,
            "qti.control",
            f"文字中含有控制字符 {found}，请删除。",
            f"the text holds the control character {found}; delete it.",
        )


def _notes(
    root: Element, interaction: Element, choices: list[Element], flows: tuple[Flow, ...]
) -> tuple[tuple[str, str, str], ...]:
    notes = []
    lost = set().union(*(flow.simplified for flow in flows))
    if "table" in lost:
        notes.append(
            ("table", "表格已转为文字，请核对。", "the table was turned into text; please check it.")
        )
    if lost - {"table"}:
        notes.append(("feedbackInline", "选项内的反馈文字未导入。", "feedback inside the body was left out."))
    if any(word(each) == "modalFeedback" and flow_of(each).media for each in root):
        notes.append(("modalFeedback", "解析中的图片未导入。", "pictures of the explanation were left out."))
    if is_true(interaction, "shuffle") and any(is_true(choice, "fixed") for choice in choices):
        notes.append(
            (
                "simpleChoice",
                "固定位置的选项（如“以上都对”）在打乱选项时不会保持位置，请核对。",
                "choices with a fixed place (such as 'all of the above') will be shuffled; please check.",
            )
        )
    return tuple(notes)
