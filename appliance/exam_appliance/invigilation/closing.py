"""Closing a session (场次签结): the checklist, and the sign-off by two people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.kinds import LedgerState
from exam_appliance.exam.attempt import Attempt
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.seat_pictures import UNSETTLED
from exam_appliance.exam.states import SeatState, SessionState
from exam_appliance.exam.steps import refuse_unless_possible, still_open
from exam_appliance.invigilation.credits import open_proposals
from exam_appliance.journal.journal import Draft

NAMED_AT_MOST = 8
"""Candidates named in one line of the checklist."""


@dataclass(frozen=True)
class CheckPoint:
    """A line of the checklist; a required one that is not ok stops the sign-off."""

    id: str
    zh: str
    en: str
    ok: bool
    required: bool
    detail_zh: str = ""
    detail_en: str = ""


@dataclass(frozen=True)
class Upload:
    """How far the journal is at the centre."""

    head: int
    acknowledged: int


class Closing:
    """The checklist and the sign-off of one hall's sessions."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    def checklist(self, session: str, upload: Upload | None) -> list[CheckPoint]:
        """Return the checklist; `upload` is None where nothing goes to a centre (practice)."""
        record = self._hall.session(session)
        attempts = self._hall.attempts_of(session)
        unexplained = still_open(attempts)
        proposals = open_proposals(self._hall, session)
        unseen = [one for one in attempts if self._hall.seat_pictures.state(one) in UNSETTLED]
        incidents = self._hall.journal.incidents([attempt.ticket for attempt in attempts])
        points = [
            CheckPoint(
                "ended",
                "考试已结束",
                "the session has ended",
                record.state in (SessionState.ENDED, SessionState.SIGNED_OFF),
                True,
                "请先点“结束考试”" if record.active else "",
                "end the session first" if record.active else "",
            ),
            CheckPoint(
                "explained",
                "每名考生都有结论（已评分、缺考或作废）",
                "every candidate is scored, absent or voided",
                not unexplained,
                True,
                f"请登记缺考或处理：{self._names(unexplained)}" if unexplained else "",
                f"mark absent or settle {len(unexplained)} candidates" if unexplained else "",
            ),
            CheckPoint(
                "credits",
                "补时建议已全部处理",
                "all proposed credits are decided",
                not proposals,
                True,
                f"还有 {len(proposals)} 条待处理" if proposals else "",
                f"{len(proposals)} wait for a decision" if proposals else "",
            ),
            CheckPoint(
                "receipts",
                "没有回执与日志不符的情况",
                "no page showed a receipt that the journal does not hold",
                not incidents,
                False,
                f"{incidents} 次，请在备注中说明并通知技术人员" if incidents else "",
                f"{incidents} incidents: explain them in the remarks" if incidents else "",
            ),
        ]
        if self._hall.seat_pictures.mode != "off":
            points.append(
                CheckPoint(
                    "seat_pictures",
                    "座位照片有疑问的考生都已人工核对",
                    "every question of a picture at a seat was settled by a person",
                    not unseen,
                    self._hall.seat_pictures.mode == "required",
                    f"请在看板核对：{self._names(unseen)}" if unseen else "",
                    f"settle {len(unseen)} on the board" if unseen else "",
                )
            )
        if upload is not None:
            missing = upload.head - upload.acknowledged
            points.append(
                CheckPoint(
                    "sent",
                    "日志已全部上报中心",
                    "the journal is whole at the centre",
                    missing <= 0,
                    False,
                    f"还有 {missing} 条未上报；线路恢复后自动上报，或用 U 盘传递" if missing > 0 else "",
                    f"{missing} entries wait for the line, or for a stick" if missing > 0 else "",
                )
            )
        return points

    async def sign_off(self, session: str, actor: str, second: str, remarks: str) -> None:
        """Sign the session off with its counts by ledger state. Raises Problem while points are open."""
        record = self._hall.session(session)
        refuse_unless_possible(record, "sign_off")
        left = [point for point in self.checklist(session, None) if point.required and not point.ok]
        if left:
            raise Problem(
                "conflict",
                "closing.open",
                "；".join(f"{point.zh}：{point.detail_zh}" for point in left),
                "; ".join(f"{point.en}: {point.detail_en}" for point in left),
            )
        body = {"second": second, "counts": self.counts(session), "remarks": remarks}
        await self._hall.commit([Draft("session.signed_off", session, actor, body)])

    def counts(self, session: str) -> dict[str, int]:
        """Return how many candidates are in each ledger state; all but empty states are named."""
        found = Counter(attempt.ledger_state() for attempt in self._hall.attempts_of(session))
        return {state.value: found[state] for state in LedgerState if found[state]}

    def _names(self, attempts: list[Attempt]) -> str:
        named = "、".join(
            f"{attempt.seat} 号座 {self._hall.candidate(attempt).name}"
            for attempt in attempts[:NAMED_AT_MOST]
        )
        more = len(attempts) - NAMED_AT_MOST
        return f"{named}等 {len(attempts)} 人" if more > 0 else named


def seat_counts(attempts: list[Attempt]) -> dict[SeatState, int]:
    """Return how many attempts are in each seat state."""
    found = Counter(attempt.state for attempt in attempts)
    return {state: found[state] for state in SeatState}
