"""What a catalogue can have wrong beyond its form: doubled ids, overlaps, unknown names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from pydantic import ValidationError

from firmware_adapters.adapters import ADAPTERS
from firmware_adapters.catalogue.entry import Match
from firmware_adapters.catalogue.loading import CatalogueProblem, Placed
from firmware_adapters.catalogue.options import AdapterUnknown, adapter_class


def lint(placed: Sequence[Placed], table: Mapping[str, str] = ADAPTERS) -> list[CatalogueProblem]:
    """Return every fault of a whole catalogue; `table` are the adapters by name."""
    problems = [*_doubled_ids(placed), *_overlaps(placed)]
    for one in placed:
        problems += _names(one, table)
    return problems


def _doubled_ids(placed: Sequence[Placed]) -> Iterator[CatalogueProblem]:
    seen: dict[str, Placed] = {}
    for one in placed:
        first = seen.setdefault(one.entry.id, one)
        if first is not one:
            place = f"{first.file}:{first.line}"
            yield _problem(one, "id", f"编号重复，{place} 已有", f"the id stands twice, first in {place}")


def _overlaps(placed: Sequence[Placed]) -> Iterator[CatalogueProblem]:
    for first, second in combinations(placed, 2):
        if first.entry.rank == second.entry.rank and overlap(first.entry.match, second.entry.match):
            yield _problem(
                second,
                "match",
                f"与 {first.entry.id} 可能匹配同一设备而 rank 相同，请调整其一",
                f"may match the same device as {first.entry.id} at the same rank: give one another rank",
            )


def _names(one: Placed, table: Mapping[str, str]) -> Iterator[CatalogueProblem]:
    try:
        adapter = adapter_class(one.entry.adapter, table)
    except AdapterUnknown as error:
        yield _problem(one, "adapter", f"没有适配器 {one.entry.adapter}", str(error))
        return
    if adapter.kind is not one.entry.kind:
        yield _problem(
            one,
            "kind",
            f"适配器 {one.entry.adapter} 属于 {adapter.kind.value}",
            f"the adapter {one.entry.adapter} is for {adapter.kind.value}",
        )
    for quirk in one.entry.quirks:
        if quirk not in adapter.quirks:
            known = ", ".join(sorted(adapter.quirks)) or "-"
            yield _problem(
                one, "quirks", f"未知特性 {quirk}，可用：{known}", f"unknown quirk {quirk}; known: {known}"
            )
    try:
        adapter.options_model.model_validate(one.entry.options)
    except ValidationError as error:
        for found in error.errors(include_url=False, include_input=False, include_context=False):
            key = ".".join(("options", *(str(part) for part in found["loc"])))
            yield _problem(one, key, f"选项有误：{found['msg']}", f"wrong option: {found['msg']}")


def _problem(one: Placed, key: str, zh: str, en: str) -> CatalogueProblem:
    return CatalogueProblem(one.file, one.line, one.entry.id, key, zh, en)


def overlap(first: Match, second: Match) -> bool:
    """Return whether some sighting could match both.

    Interfaces never tell two entries apart: a device may have both.
    """
    if not set(first.subsystem) & set(second.subsystem):
        return False
    if not _any_common(first.usb, second.usb):
        return False
    if not _any_common(first.node, second.node):
        return False
    if not _any_common(first.maker, second.maker, lowered=True):
        return False
    if not _any_common(first.model, second.model, lowered=True):
        return False
    return all(
        _any_common(globs, second.properties[name])
        for name, globs in first.properties.items()
        if name in second.properties
    )


def _any_common(first: Sequence[str] | None, second: Sequence[str] | None, *, lowered: bool = False) -> bool:
    """Return whether some text is like one glob of each; None is no demand at all."""
    if first is None or second is None:
        return True
    if lowered:
        first, second = [one.lower() for one in first], [one.lower() for one in second]
    return any(globs_meet(one, other) for one in first for other in second)


def globs_meet(first: str, second: str) -> bool:
    """Return whether some text is like both globs (`*` and `?`; a `[` is taken for any one sign)."""
    one, other = _signs(first), _signs(second)
    # Row by row: meet[j] tells whether one[i:] and other[j:] have a text in common.
    meet = [False] * (len(other) + 1)
    for i in range(len(one), -1, -1):
        row = [False] * (len(other) + 1)
        for j in range(len(other), -1, -1):
            if i == len(one) and j == len(other):
                row[j] = True
            elif i < len(one) and one[i] == "*":
                row[j] = meet[j] or (j < len(other) and row[j + 1])
            elif j < len(other) and other[j] == "*":
                row[j] = row[j + 1] or (i < len(one) and meet[j])
            elif i < len(one) and j < len(other):
                same = "?" in (one[i], other[j]) or one[i] == other[j]
                row[j] = same and meet[j + 1]
        meet = row
    return meet[0]


def _signs(glob: str) -> list[str]:
    signs: list[str] = []
    at = 0
    while at < len(glob):
        end = glob.find("]", at + 2) if glob[at] == "[" else -1
        signs.append("?" if end > 0 else glob[at])
        at = end + 1 if end > 0 else at + 1
    return signs
