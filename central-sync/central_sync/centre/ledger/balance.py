"""The one state of every arranged candidate, and what does not balance. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from central_sync.centre.ledger.explanations import STATE_EN, STATE_ZH, explain
from central_sync.centre.ledger.fold import LineFold, SessionFold
from central_sync.protocol.kinds import LedgerState

FINAL = frozenset({LedgerState.SCORED, LedgerState.ABSENT, LedgerState.VOIDED})
"""States in which a candidate may be left when a session is signed off."""
SIGN_OFF_DUE = timedelta(hours=12)
"""A site that reported should have signed off this long after the planned end."""


@dataclass(frozen=True)
class Exam:
    """What the centre planned for a session."""

    session: str
    site: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    reason: str
    """Why it was cancelled."""
    points: int
    pass_points: int
    package: str | None
    """The package that counts."""
    keys: Mapping[str, str] | None = None
    """The right choices of each of its items, such as AC; None without a package."""


@dataclass(frozen=True)
class Seat:
    """A candidate as arranged."""

    ticket: str
    name: str
    id_number: str
    room: str
    seat: int


@dataclass(frozen=True)
class HeldLine:
    """A candidate in the journal of one server."""

    appliance: str
    site: str
    received: int
    fold: LineFold


@dataclass(frozen=True)
class HeldSession:
    """A session in the journal of one server."""

    appliance: str
    site: str
    received: int
    fold: SessionFold


@dataclass(frozen=True)
class Standing:
    """An arranged candidate in the ledger; `line` is None while no site reported anything."""

    seat: Seat
    state: LedgerState
    zh: str
    en: str
    line: LineFold | None
    appliance: str
    """Whose journal `line` is of; empty without one."""


@dataclass(frozen=True)
class Finding:
    """Something that does not balance."""

    code: str
    zh: str
    en: str
    ticket: str = ""
    name: str = ""


@dataclass(frozen=True)
class Balance:
    """The ledger of a session."""

    standings: tuple[Standing, ...]
    findings: tuple[Finding, ...]
    reported: HeldSession | None
    """The session in the journal that counts: of the server that signed off, else the latest."""

    @property
    def counts(self) -> dict[LedgerState, int]:
        """Candidates by state, zeros too."""
        found = Counter(standing.state for standing in self.standings)
        return {state: found[state] for state in LedgerState}


def balance(
    exam: Exam,
    seats: Sequence[Seat],
    lines: Iterable[HeldLine],
    sessions: Iterable[HeldSession],
    now: datetime,
) -> Balance:
    """Return the ledger of a session, given all lines and sessions that name it or its tickets."""
    reports = [held for held in sessions if held.site == exam.site and held.fold.session == exam.session]
    reported = _counted(reports)
    begun = any(held.fold.begun for held in reports)
    by_ticket: dict[str, list[HeldLine]] = {seat.ticket: [] for seat in seats}
    strangers: list[HeldLine] = []
    for line in lines:
        if line.fold.ticket in by_ticket:
            by_ticket[line.fold.ticket].append(line)
        elif line.site == exam.site and line.fold.session == exam.session:
            strangers.append(line)
    standings: list[Standing] = []
    findings: list[Finding] = []
    for seat in seats:
        own = [line for line in by_ticket[seat.ticket] if _is_of(exam, line)]
        chosen = _chosen(own, reported)
        state = _state(exam, chosen, begun, now)
        fold = None if chosen is None else chosen.fold
        zh, en = explain(state, fold, exam.reason if exam.cancelled else None)
        standings.append(Standing(seat, state, zh, en, fold, "" if chosen is None else chosen.appliance))
        findings += _misplaced(exam, seat, by_ticket[seat.ticket])
        if chosen is not None:
            findings += _line_findings(exam, seat, chosen, own)
    findings += [_stranger(line) for line in strangers]
    made = Balance(tuple(standings), (), reported)
    findings += _session_findings(exam, made, reports, begun, now)
    return Balance(made.standings, tuple(findings), reported)


def _counted(reports: Sequence[HeldSession]) -> HeldSession | None:
    return max(
        reports,
        key=lambda held: (bool(held.fold.signed_off_at), held.fold.begun, held.received),
        default=None,
    )


def _is_of(exam: Exam, line: HeldLine) -> bool:
    return line.site == exam.site and line.fold.session in ("", exam.session)


def _chosen(own: Sequence[HeldLine], reported: HeldSession | None) -> HeldLine | None:
    """Return the line that counts: of the server whose session counts, else the latest."""
    counting = "" if reported is None else reported.appliance
    return max(own, key=lambda line: (line.appliance == counting, line.received), default=None)


def _state(exam: Exam, chosen: HeldLine | None, begun: bool, now: datetime) -> LedgerState:
    if chosen is not None:
        return chosen.fold.state
    if begun or exam.cancelled or now < exam.starts_at:
        return LedgerState.ARRANGED
    return LedgerState.NOT_REPORTED


def _misplaced(exam: Exam, seat: Seat, lines: Iterable[HeldLine]) -> list[Finding]:
    """Name entries on a candidate that came from where the candidate is not arranged."""
    found = []
    for line in lines:
        if line.site != exam.site:
            found.append(
                Finding(
                    "ledger.other_site",
                    f"考点 {line.site} 上报了该考生，但安排在考点 {exam.site}；未计入，请核查",
                    f"site {line.site} reported this candidate, who is arranged at {exam.site}; not counted",
                    seat.ticket,
                    seat.name,
                )
            )
        elif not _is_of(exam, line):
            found.append(
                Finding(
                    "ledger.other_session",
                    f"考点按场次 {line.fold.session} 上报该考生，但安排在本场；未计入，请核查",
                    f"the site reported this candidate in session {line.fold.session}; not counted here",
                    seat.ticket,
                    seat.name,
                )
            )
    return found


def _line_findings(exam: Exam, seat: Seat, chosen: HeldLine, own: Sequence[HeldLine]) -> list[Finding]:
    line = chosen.fold
    told: list[tuple[str, str, str]] = []
    busy = [other for other in own if other.fold.state is not LedgerState.ARRANGED]
    if len(busy) > 1:
        told.append(
            (
                "ledger.two_servers",
                f"有 {len(busy)} 台服务器上报该考生，按 {chosen.appliance} 计，请核查其余记录",
                f"{len(busy)} servers reported this candidate; {chosen.appliance} is counted",
            )
        )
    if line.irregular:
        told.append(
            (
                "ledger.order",
                f"上报的顺序不合规则（{'、'.join(line.irregular[:5])}），请核查日志",
                f"the entries do not follow from each other ({', '.join(line.irregular[:5])})",
            )
        )
    if line.unreadable:
        told.append(
            (
                "ledger.unreadable",
                f"有 {line.unreadable} 条记录无法读取，请升级中心系统；重启后自动重新读取",
                f"{line.unreadable} entries cannot be read: upgrade the centre; a restart reads them again",
            )
        )
    if line.told_answered is not None and line.told_answered != line.held_answered:
        told.append(
            (
                "ledger.answers",
                f"交卷时考点计 {line.told_answered} 题作答，中心收到 {line.held_answered} 题",
                f"the site counted {line.told_answered} responses, {line.held_answered} came to the centre",
            )
        )
    told += _score_findings(exam, line)
    told += _mark_findings(exam, line)
    return [Finding(code, zh, en, seat.ticket, seat.name) for code, zh, en in told]


def _score_findings(exam: Exam, line: LineFold) -> list[tuple[str, str, str]]:
    if line.points is None:
        return []
    if line.of != exam.points or not 0 <= line.points <= exam.points:
        return [
            (
                "ledger.points",
                f"考点按满分 {line.of} 分评得 {line.points} 分，计划满分为 {exam.points} 分",
                f"the site gave {line.points} of {line.of} points, the plan has {exam.points}",
            )
        ]
    if line.passed != (line.points >= exam.pass_points):
        return [
            (
                "ledger.pass_mark",
                f"{line.points} 分按计划（{exam.pass_points} 分合格）与考点的结论不符",
                f"{line.points} points and the site's verdict do not fit the pass mark {exam.pass_points}",
            )
        ]
    return []


def _mark_findings(exam: Exam, line: LineFold) -> list[tuple[str, str, str]]:
    """Mark the responses anew by the bank's own keys."""
    if exam.keys is None:
        return []
    unknown = [item for item in line.responses if item not in exam.keys]
    if unknown:
        return [
            (
                "ledger.items",
                f"有 {len(unknown)} 题作答不属于考试包（{unknown[0]}），请核查",
                f"{len(unknown)} responses are to items that the package does not hold ({unknown[0]})",
            )
        ]
    right = sum(exam.keys[item] == chosen for item, chosen in line.responses.items())
    if line.right is None or line.right == right:
        return []
    return [
        (
            "ledger.marks",
            f"考点评为答对 {line.right} 题，中心按收到的作答核对为 {right} 题",
            f"the site marked {line.right} items right, by the responses held here it is {right}",
        )
    ]


def _stranger(line: HeldLine) -> Finding:
    return Finding(
        "ledger.not_arranged",
        f"考点上报了未安排在本场的准考证号 {line.fold.ticket}（{STATE_ZH[line.fold.state]}）",
        f"the site reported ticket {line.fold.ticket} ({STATE_EN[line.fold.state]}), not arranged here",
        line.fold.ticket,
    )


def _session_findings(
    exam: Exam, made: Balance, reports: Sequence[HeldSession], begun: bool, now: datetime
) -> list[Finding]:
    found: list[Finding] = []
    reported = made.reported
    if exam.cancelled:
        if begun:
            found.append(
                Finding("ledger.cancelled", "场次已取消，但考点仍开考了", "cancelled, yet the site held it")
            )
        return found
    if reported is None or not begun:
        if now >= exam.ends_at and made.standings:
            found.append(
                Finding(
                    "ledger.not_reported",
                    "考试应已结束，考点尚未上报，请联系考点（线路不通可用 U 盘）",
                    "the exam should be over and the site reported nothing: call it, or use a stick",
                )
            )
        return found
    fold = reported.fold
    if fold.unreadable:
        found.append(
            Finding(
                "ledger.unreadable",
                f"场次有 {fold.unreadable} 条记录无法读取，请升级中心系统；重启后自动重新读取",
                f"{fold.unreadable} entries of the session cannot be read: upgrade the centre",
            )
        )
    if exam.package is not None and fold.package and fold.package != exam.package:
        found.append(
            Finding(
                "ledger.other_package",
                f"考点使用的考试包是 {fold.package}，应为 {exam.package}",
                f"the site used package {fold.package} instead of {exam.package}",
            )
        )
    if fold.signed_off_at:
        found += _sign_off_findings(made, reported)
        signers = [held.appliance for held in reports if held.fold.signed_off_at]
        if len(signers) > 1:
            found.append(
                Finding(
                    "ledger.two_sign_offs",
                    f"有 {len(signers)} 台服务器签结了本场，按 {reported.appliance} 计",
                    f"{len(signers)} servers signed the session off; {reported.appliance} is counted",
                )
            )
    elif now >= exam.ends_at + SIGN_OFF_DUE:
        found.append(
            Finding(
                "ledger.not_signed_off",
                "考试已结束多时，考点尚未签结，请联系考点",
                "the exam is long over and the site did not sign it off: call it",
            )
        )
    return found


def _sign_off_findings(made: Balance, signed: HeldSession) -> list[Finding]:
    found: list[Finding] = []
    fold = signed.fold
    for standing in made.standings:
        line = standing.line
        if standing.state not in FINAL:
            zh, en = STATE_ZH[standing.state], STATE_EN[standing.state]
            found.append(
                Finding(
                    "ledger.unexplained",
                    f"考点已签结，该考生仍为“{zh}”，没有结论",
                    f"the site signed off and this candidate is still '{en}'",
                    standing.seat.ticket,
                    standing.seat.name,
                )
            )
        elif line is not None and standing.appliance == signed.appliance and line.seq > fold.signed_off_seq:
            found.append(
                Finding(
                    "ledger.after_sign_off",
                    f"签结之后又变更为“{STATE_ZH[standing.state]}”",
                    f"changed to '{STATE_EN[standing.state]}' after the sign-off",
                    standing.seat.ticket,
                    standing.seat.name,
                )
            )
    ours = {state.value: count for state, count in made.counts.items() if count}
    theirs = {state: count for state, count in fold.counts.items() if count}
    if ours != theirs:
        found.append(
            Finding(
                "ledger.counts",
                f"考点签结：{_counts_zh(theirs)}；台账：{_counts_zh(ours)}",
                f"the site counted {_counts_en(theirs)}; the ledger has {_counts_en(ours)}",
            )
        )
    return found


def _counts_zh(counts: dict[str, int]) -> str:
    names = {state.value: name for state, name in STATE_ZH.items()}
    return "、".join(f"{names.get(state, state[:20])} {count}" for state, count in counts.items()) or "0 人"


def _counts_en(counts: dict[str, int]) -> str:
    names = {state.value: name for state, name in STATE_EN.items()}
    return ", ".join(f"{count} {names.get(state, state[:20])}" for state, count in counts.items()) or "nobody"
