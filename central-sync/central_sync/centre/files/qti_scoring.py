"""The key of a QTI item, and whether its response processing marks as we do: all right or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from central_sync.centre.files.qti_body import ItemRefused
from central_sync.centre.files.qti_words import value_of, word

_BRANCHES = {"responseIf", "responseElseIf", "responseElse"}


@dataclass(frozen=True)
class Response:
    """What a response declaration says."""

    identifier: str
    multiple: bool
    key: tuple[str, ...]
    mapping: dict[str, float] | None
    mapping_default: float


def response_of(item: Element, identifier: str) -> Response:
    """Return the declaration of a response with its key, or raise ItemRefused."""
    declaration = next(
        (each for each in _named(item, "responseDeclaration") if value_of(each, "identifier") == identifier),
        None,
    )
    if declaration is None:
        raise ItemRefused(
            "responseDeclaration",
            "qti.no_key",
            f"没有声明作答变量 {identifier}，因此没有答案。",
            f"the response {identifier} is not declared, so there is no key.",
        )
    cardinality = value_of(declaration, "cardinality") or ""
    base_type = value_of(declaration, "baseType") or ""
    if cardinality not in {"single", "multiple"} or base_type != "identifier":
        raise ItemRefused(
            "responseDeclaration",
            "qti.cardinality",
            f"作答类型 {cardinality}/{base_type} 不支持，只接受 single 或 multiple 的 identifier。",
            f"the response is {cardinality}/{base_type}; only single or multiple identifiers are taken.",
        )
    values = [
        (value.text or "").strip()
        for each in _named(declaration, "correctResponse")
        for value in _named(each, "value")
    ]
    key = tuple(dict.fromkeys(value for value in values if value))
    if not key:
        raise ItemRefused(
            "correctResponse",
            "qti.no_key",
            "没有正确答案（correctResponse）。",
            "there is no key (correctResponse).",
        )
    mapping, default = _mapping(declaration)
    return Response(identifier, cardinality == "multiple", key, mapping, default)


def check_processing(item: Element, response: Response) -> None:
    """Raise ItemRefused unless the item is marked like match_correct."""
    processing = next(_named(item, "responseProcessing"), None)
    if processing is None:
        return
    template = value_of(processing, "template") or ""
    if template:
        name = template.rstrip("/").rpartition("/")[2].removesuffix(".xml")
        if name == "map_response":
            _check_mapping(response)
        elif name != "match_correct":
            raise _unlike(f"template {name[:60]}")
        return
    _check_rules(item, processing, response)


def _named(element: Element, name: str) -> Iterator[Element]:
    return (each for each in element if word(each) == name)


def _unlike(what: str) -> ItemRefused:
    return ItemRefused(
        "responseProcessing",
        "qti.response_processing",
        f"评分规则（{what}）与“全对得分”（match_correct）不同，不支持。请改用 match_correct 后重新导出。",
        f"the response processing ({what}) is unlike match_correct, all right or nothing. Use match_correct "
        f"and export again.",
    )


def _mapping(declaration: Element) -> tuple[dict[str, float] | None, float]:
    mapping = next(_named(declaration, "mapping"), None)
    if mapping is None:
        return None, 0.0
    entries = {
        value_of(entry, "mapKey") or "": _figure(value_of(entry, "mappedValue"))
        for entry in _named(mapping, "mapEntry")
    }
    return entries, _figure(value_of(mapping, "defaultValue") or "0")


def _figure(text: str | None) -> float:
    """Return a number of points; what is none counts as points, so that it is never taken for zero."""
    try:
        return float((text or "").strip())
    except ValueError:
        return 1.0


def _check_mapping(response: Response) -> None:
    """Points for each choice equal all-or-nothing only when one choice is right and may be chosen alone."""
    if response.multiple or response.mapping is None:
        raise _unlike("map_response")
    points = {choice: value for choice, value in response.mapping.items() if value > 0}
    if set(points) != set(response.key) or response.mapping_default > 0:
        raise _unlike("map_response")


def _check_rules(item: Element, processing: Element, response: Response) -> None:
    """Follow written-out rules: exactly one branch gives points, and only for the whole key."""
    scoring = _scoring_outcomes(item)
    giving = 0
    for rule in processing:
        if word(rule) == "responseCondition":
            giving += _giving_branches(rule, scoring, response)
        elif word(rule) != "setOutcomeValue" or value_of(rule, "identifier") in scoring:
            raise _unlike(word(rule)[:60])
    if giving > 1:
        raise _unlike("responseCondition")


def _scoring_outcomes(item: Element) -> set[str]:
    declared = {
        value_of(each, "identifier") or ""
        for each in _named(item, "outcomeDeclaration")
        if value_of(each, "baseType") in {"float", "integer"}
    }
    return {"SCORE"} if "SCORE" in declared or not declared else declared


def _giving_branches(condition: Element, scoring: set[str], response: Response) -> int:
    sets_points = any(
        word(each) == "setOutcomeValue" and value_of(each, "identifier") in scoring
        for each in condition.iter()
    )
    if not sets_points:
        return 0
    giving = 0
    for place, branch in enumerate(condition):
        if word(branch) not in _BRANCHES:
            raise _unlike(word(branch)[:60])
        expression, actions = _split(branch)
        given = [each for each in actions if value_of(each, "identifier") in scoring and not _is_zero(each)]
        if not given:
            continue
        giving += 1
        if not all(_asks_for_nothing(earlier, response) for earlier in list(condition)[:place]):
            raise _unlike("responseElseIf")
        if expression is None and all(_maps(each, response) for each in given):
            _check_mapping(response)
        elif expression is None or not _matches_key(expression, response):
            raise _unlike(word(branch))
    return giving


def _split(branch: Element) -> tuple[Element | None, list[Element]]:
    parts = list(branch)
    expression = None if word(branch) == "responseElse" or not parts else parts.pop(0)
    for action in parts:
        if word(action) != "setOutcomeValue":
            raise _unlike(word(action)[:60])
    return expression, parts


def _is_zero(action: Element) -> bool:
    return [word(each) for each in action] == ["baseValue"] and _figure(action[0].text) == 0


def _maps(action: Element, response: Response) -> bool:
    return [(word(each), value_of(each, "identifier")) for each in action] == [
        ("mapResponse", response.identifier)
    ]


def _asks_for_nothing(branch: Element, response: Response) -> bool:
    expression = next(iter(branch), None)
    return (
        expression is not None
        and word(expression) == "isNull"
        and _operands(expression) == {("variable", response.identifier)}
    )


def _matches_key(expression: Element, response: Response) -> bool:
    if word(expression) != "match":
        return False
    operands = _operands(expression)
    if operands == {("variable", response.identifier), ("correct", response.identifier)}:
        return True
    only = {("variable", response.identifier), ("baseValue", response.key[0])}
    return not response.multiple and len(response.key) == 1 and operands == only


def _operands(expression: Element) -> set[tuple[str, str]]:
    return {
        (
            word(each),
            (each.text or "").strip() if word(each) == "baseValue" else value_of(each, "identifier") or "",
        )
        for each in expression
    }
