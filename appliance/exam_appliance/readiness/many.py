"""Rows that ask for a number of machines: how many pass, which fail and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exam_appliance.readiness.finding import Finding, Point, State, Text, found, joined
from exam_appliance.readiness.heard.machines import HeardMachine
from exam_appliance.readiness.standard import Row

NAMED = 8
"""So many machines are named in a sentence; the rest is counted."""

PointsOf = Callable[[HeardMachine], Sequence[Point]]


def over_machines(
    row: Row, machines: Sequence[HeardMachine], points_of: PointsOf, nobody: Finding
) -> Finding:
    """Return what the points of all machines make of a row; `nobody` when none reported.

    Enough good machines pass the row whatever the others are; it fails when enough reported and
    too many of them are known to be bad.
    """
    if not machines:
        return nobody
    need = row.quantity or 1
    held = [(machine, tuple(points_of(machine))) for machine in machines]
    states = [found(points).state for _, points in held]
    good, bad = states.count(State.PASS), states.count(State.FAIL)
    if good >= need:
        state = State.PASS
    elif len(held) >= need and len(held) - bad < need:
        state = State.FAIL
    else:
        state = State.UNKNOWN
    points = _by_name(held)
    total = len(held)
    measured = Text(
        f"上报 {total} 台：合格 {good}，不合格 {bad}，未知 {total - good - bad}（需 {need}）",
        f"{total} reported: {good} pass, {bad} fail, {total - good - bad} not known ({need} needed)",
    )
    todo = None if state is State.PASS else _todo(points, total, need)
    return Finding(state, measured, todo, points)


def names_of(machines: Sequence[HeardMachine]) -> Text:
    """Return the names of machines as a list for a sentence."""
    shown = [machine.named for machine in machines[:NAMED]]
    rest = len(machines) - len(shown)
    more = Text(f"等 {len(machines)} 台" if rest else "", f" and {rest} more" if rest else "")
    return Text("、".join(shown) + more.zh, ", ".join(shown) + more.en)


def _by_name(held: Sequence[tuple[HeardMachine, tuple[Point, ...]]]) -> tuple[Point, ...]:
    order: dict[Text, list[tuple[HeardMachine, Point]]] = {}
    for machine, points in held:
        for point in points:
            order.setdefault(point.name, []).append((machine, point))
    return tuple(_together(name, told) for name, told in order.items())


def _together(name: Text, told: Sequence[tuple[HeardMachine, Point]]) -> Point:
    failed = [machine for machine, point in told if point.state is State.FAIL]
    open_ = [machine for machine, point in told if point.state is State.UNKNOWN]
    good = len(told) - len(failed) - len(open_)
    parts = [Text(f"{name.zh}：{good} 台合格", f"{name.en}: {good} pass")]
    if failed:
        named = names_of(failed)
        parts.append(
            Text(f"{len(failed)} 台不合格（{named.zh}）", f"{len(failed)} fail ({named.en})"),
        )
    if open_:
        parts.append(Text(f"{len(open_)} 台未知", f"{len(open_)} not known"))
    measured = Text("，".join(part.zh for part in parts), ", ".join(part.en for part in parts))
    state = State.FAIL if failed else State.UNKNOWN if open_ else State.PASS
    todo = next((point.todo for _, point in told if point.state is state and point.todo is not None), None)
    if todo is not None and failed:
        named = names_of(failed)
        todo = Text(f"{named.zh}：{todo.zh}", f"{named.en}: {todo.en}")
    return Point(name, measured, state, None if state is State.PASS else todo)


def _todo(points: Sequence[Point], total: int, need: int) -> Text:
    todos = [
        point.todo for wanted in (State.FAIL, State.UNKNOWN) for point in points if point.state is wanted
    ]
    told = list(dict.fromkeys(todo for todo in todos if todo is not None))
    if total < need:
        told.insert(
            0,
            Text(
                f"还差 {need - total} 台未上报，请开机并打开考试页面",
                f"{need - total} more must report: switch them on and open the exam page",
            ),
        )
    return joined(told)
