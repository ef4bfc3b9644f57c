"""Grading (评分): a pure function of paper and responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from central_sync.protocol.kinds import SectionScore
from exam_appliance.exam.paper import Paper


@dataclass(frozen=True, slots=True)
class Score:
    """Points of an attempt; whole numbers, as the blueprint's points are."""

    points: int
    of: int
    right: int
    items: int
    sections: tuple[SectionScore, ...]


def grade(paper: Paper, responses: Mapping[str, Sequence[str]]) -> Score:
    """Mark the responses (item id -> chosen choice ids) against the paper's keys.

    An item gives its points when exactly the right choices are chosen, for multiple choice too:
    a missing or a wrong choice gives nothing. Responses to items not on the paper count nothing.
    """
    right = [0] * len(paper.sections)
    points = [0] * len(paper.sections)
    for line in paper.lines:
        chosen = responses.get(line.item.id, ())
        if chosen and tuple(sorted(chosen)) == line.item.key:
            right[line.section] += 1
            points[line.section] += line.points
    sections = tuple(
        SectionScore(
            type=section.type.value,
            topic=section.topic,
            items=section.count,
            right=right[at],
            points=points[at],
            of=section.count * section.points,
        )
        for at, section in enumerate(paper.sections)
    )
    return Score(sum(points), sum(part.of for part in sections), sum(right), len(paper.lines), sections)
