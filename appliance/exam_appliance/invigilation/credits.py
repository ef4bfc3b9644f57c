"""Credits for lost time (补时): proposed from evidence by the timekeeper, decided here by a person."""

from __future__ import annotations

from central_sync.protocol.http.problems import Problem
from exam_appliance.exam.hall import Hall
from exam_appliance.exam.projection import Proposal
from exam_appliance.exam.states import SeatState
from exam_appliance.invigilation.actions import Outcome, Refusal
from exam_appliance.journal.journal import Draft


def open_proposals(hall: Hall, session: str) -> list[Proposal]:
    """Return the proposals of a session that wait for a decision, oldest first."""
    found = [
        proposal
        for proposal in hall.projection.credits.values()
        if proposal.session == session and proposal.open_tickets()
    ]
    return sorted(found, key=lambda proposal: proposal.seq)


def proposal_text(proposal: Proposal) -> tuple[str, str]:
    """Return what a proposal says to the invigilator, in Chinese and English."""
    many = len(proposal.open_tickets())
    length_zh, length_en = length_text(proposal.ms)
    if proposal.cause == "server":
        return (
            f"服务器中断 {length_zh}，影响 {many} 名考生",
            f"the server was away for {length_en}; {many} candidates affected",
        )
    return (
        f"座位失去联系 {length_zh}，影响 {many} 名考生",
        f"the seat was out of contact for {length_en}; {many} candidates affected",
    )


def length_text(ms: int) -> tuple[str, str]:
    """Return a length of time as people say it: 1 分 30 秒 / 1 min 30 s."""
    minutes, seconds = divmod(round(ms / 1000), 60)
    if not minutes:
        return f"{seconds} 秒", f"{seconds} s"
    if not seconds:
        return f"{minutes} 分钟", f"{minutes} min"
    return f"{minutes} 分 {seconds} 秒", f"{minutes} min {seconds} s"


class CreditDesk:
    """Confirms or declines proposals of one hall."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    async def decide(
        self,
        session: str,
        proposal_id: str,
        *,
        accept: bool,
        reason: str,
        tickets: tuple[str, ...] | None,
        actor: str,
    ) -> Outcome:
        """Confirm or decline a proposal for its open tickets, or for some of them.

        An attempt that was handed in meanwhile gets nothing: that is named, and its ticket counts as
        decided. Raises Problem `missing` for an unknown proposal, `conflict` for a decided one.
        """
        proposal = self._hall.projection.credits.get(proposal_id)
        if proposal is None or proposal.session != session:
            raise Problem("missing", "credit.unknown", "没有这条补时建议", "there is no such proposal")
        still_open = proposal.open_tickets()
        if not still_open:
            raise Problem(
                "conflict", "credit.decided", "该补时建议已处理，请刷新", "this proposal is decided already"
            )
        refused = [
            Refusal(ticket, "credit.not_in_proposal", "不在该补时建议中或已处理", "not open in this proposal")
            for ticket in tickets or ()
            if ticket not in still_open
        ]
        chosen = [ticket for ticket in still_open if tickets is None or ticket in tickets]
        done, drafts = [], []
        t = self._hall.clock.t()
        for ticket in chosen:
            if accept and self._hall.attempt(ticket).sitting:
                drafts.append(self._credited(proposal, ticket, t, reason, actor))
                done.append(ticket)
                continue
            if accept:
                refused.append(
                    Refusal(
                        ticket,
                        "credit.handed_in",
                        "该考生已交卷，未补时；如需继续作答请“重新开放”",
                        "the paper is handed in: nothing credited; reopen it if needed",
                    )
                )
            else:
                done.append(ticket)
            said = reason or ("已交卷" if accept else "")
            body = {"t": t, "reason": said, "proposal": proposal.id}
            drafts.append(Draft("attempt.credit_declined", ticket, actor, body))
        if drafts:
            await self._hall.commit(drafts)
        return Outcome(tuple(done), tuple(refused))

    def _credited(self, proposal: Proposal, ticket: str, t: int, reason: str, actor: str) -> Draft:
        attempt = self._hall.attempt(ticket)
        # A pause that began inside the gap already stops the clock: only running time was lost.
        to_t = (
            min(proposal.to_t, attempt.paused_t) if self._paused_inside(ticket, proposal) else proposal.to_t
        )
        body = {
            "t": t,
            "ms": max(0, to_t - proposal.from_t),
            "reason": reason,
            "proposal": proposal.id,
            "cause": proposal.cause,
            "from_t": proposal.from_t,
            "to_t": to_t,
        }
        return Draft("attempt.credited", ticket, actor, body)

    def _paused_inside(self, ticket: str, proposal: Proposal) -> bool:
        attempt = self._hall.attempt(ticket)
        inside = proposal.from_t < attempt.paused_t < proposal.to_t
        return attempt.state is SeatState.PAUSED and inside
