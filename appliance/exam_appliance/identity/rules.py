"""The rules (核验规则) that a decision names: each with a stable code, its verdict, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a decision is (判定)."""

    PASS = "pass"  # noqa: S105
    ASK = "ask"
    """A person decides (转人工)."""
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `{}` names in the sentences are filled from the facts."""

    code: str
    verdict: Verdict
    zh: str
    en: str
    overridable: bool = True
    """Two people may let the candidate in all the same; where not, there is no seat to be given."""


_REFUSE, _ASK = Verdict.REFUSE, Verdict.ASK

_RULES = (
    Rule(
        "identity.verified",
        Verdict.PASS,
        "证件有效、与考试安排一致，人证比对通过",
        "the document is valid and on the roster, and the faces match",
    ),
    Rule(
        "document.none",
        _REFUSE,
        "须凭本人有效身份证件入场：请出示证件；无法出示时由两名工作人员决定",
        "a valid identity document is required: lay it on the reader, else two members of staff decide",
    ),
    Rule(
        "document.number_wrong",
        _REFUSE,
        "证件号码须符合编码规则：号码格式或校验位不符，请重新读取并检查证件",
        "the number breaks the rules of its layout or check digit: read again and look at the document",
    ),
    Rule(
        "document.kind_differs",
        _REFUSE,
        "证件类型须与号码一致：该号码不属于这种证件，请检查证件真伪",
        "the kind of document does not carry such a number: check that the document is genuine",
    ),
    Rule(
        "document.expired",
        _REFUSE,
        "证件须在有效期内：已于 {date} 到期，请出示有效证件（如临时身份证）",
        "the document must be valid: it expired on {date}; ask for a valid one",
    ),
    Rule(
        "document.not_yet_valid",
        _REFUSE,
        "证件须在有效期内：{date} 起才生效，请出示现行有效证件",
        "the document must be valid: it is not before {date}; ask for a valid one",
    ),
    Rule(
        "document.validity_unknown",
        _ASK,
        "有效期无法读出，请人工查看证件上的有效期",
        "the validity could not be read: look at the document",
    ),
    Rule(
        "document.typed",
        _ASK,
        "证件信息为手工录入，请人工核对证件原件",
        "the document was typed in: compare it with the original",
    ),
    Rule(
        "roster.unknown",
        _REFUSE,
        "须在本考点考试名单内：没有该证件的考试安排，请核对考点和日期",
        "the number is on no roster of this site: check site and date",
        overridable=False,
    ),
    Rule(
        "number.differs",
        _REFUSE,
        "证件号码须与报名一致：与准考证号 {ticket} 的报名号码不同",
        "the number must be the registered one: it is not that of ticket {ticket}",
    ),
    Rule(
        "number.newer_card",
        _ASK,
        "报名使用 2017 版永久居留证号码，现出示 2023 版证件：姓名和生日一致，请人工核对新旧证件",
        "registered with a card of 2017 and here with one of 2023: name and birth agree, compare both cards",
    ),
    Rule(
        "ticket.other",
        _REFUSE,
        "准考证须为本人：所扫准考证 {ticket} 属于另一名考生",
        "the ticket must be one's own: ticket {ticket} is another candidate's",
    ),
    Rule(
        "name.differs",
        _ASK,
        "证件姓名与报名姓名不一致（{name}），请人工核对是否为异体字或更名",
        "the name is not the registered one ({name}): check for a variant character or a change of name",
    ),
    Rule(
        "session.over",
        _REFUSE,
        "本场考试已结束，不再核验入场",
        "this session is over: nobody is let in",
        overridable=False,
    ),
    Rule(
        "session.too_early",
        _REFUSE,
        "须在规定时间核验：本场 {time} 起开始核验，请届时再来",
        "verification begins at {time}: come back then",
    ),
    Rule(
        "session.late",
        _REFUSE,
        "迟到超过规定时间不得入场：截止时间为 {time}",
        "nobody is let in after {time}",
    ),
    Rule(
        "session.unknown",
        _ASK,
        "无法确定场次时间，请人工确认",
        "when the session is could not be told: a person decides",
    ),
    Rule("live.none", _ASK, "没有现场照片，请拍照或人工核对", "no live picture: take one or look in person"),
    Rule(
        "card.no_photo",
        _ASK,
        "证件照片未能读出，请人工核对证件照片",
        "no photo of the card: look at the card",
    ),
    Rule(
        "roster.no_photo",
        _ASK,
        "名单中没有报名照片，请人工核对证件与本人",
        "no registration photo: compare the person with the document",
    ),
    Rule(
        "face.card_no_match",
        _REFUSE,
        "人证须一致：现场照片与证件照片不是同一人",
        "the face must be the document's: live picture and card photo do not match",
    ),
    Rule(
        "face.registration_no_match",
        _REFUSE,
        "须为报名者本人：现场照片与报名照片不是同一人",
        "the face must be the registered one: live picture and registration photo do not match",
    ),
    Rule(
        "face.desk_no_match",
        _REFUSE,
        "座位上须为入场核验的本人：与核验台照片不是同一人",
        "the person at the seat must be the one verified: the pictures do not match",
    ),
    Rule(
        "face.card_not_compared",
        _ASK,
        "与证件照片未能比对（{zh}），请重拍或人工核对",
        "not compared with the card photo ({en}): take another picture or look in person",
    ),
    Rule(
        "face.registration_not_compared",
        _ASK,
        "与报名照片未能比对（{zh}），请重拍或人工核对",
        "not compared with the registration photo ({en}): take another picture or look in person",
    ),
    Rule(
        "face.desk_not_compared",
        _ASK,
        "与核验台照片未能比对（{zh}），请重拍或请监考员核对",
        "not compared with the desk's picture ({en}): take another picture or ask the invigilator",
    ),
    Rule(
        "seat.not_verified",
        _REFUSE,
        "未通过身份核验不得入座：请先到核验台核验",
        "nobody sits unverified: go to the identity desk first",
    ),
    Rule(
        "seat.verified",
        Verdict.PASS,
        "座位照片与核验台照片为同一人",
        "the picture at the seat shows the person verified at the desk",
    ),
    Rule(
        "seat.no_camera",
        _ASK,
        "座位电脑没有可用的摄像头，请监考员核对考生本人",
        "the seat has no camera: an invigilator looks in person",
    ),
    Rule(
        "seat.camera_denied",
        _ASK,
        "座位电脑的浏览器未获准使用摄像头，请监考员核对考生本人，并通知技术人员",
        "the seat's browser may not use the camera: an invigilator looks in person; tell the technician",
    ),
    Rule(
        "seat.camera_failed",
        _ASK,
        "座位摄像头打不开或没有画面，请监考员核对考生本人，并检查接线",
        "the seat's camera cannot be opened or shows nothing: look in person and check its cable",
    ),
    Rule(
        "seat.gave_up",
        _ASK,
        "考生没有拍到合格照片，请监考员核对本人",
        "the candidate got no good picture: an invigilator looks in person",
    ),
    Rule(
        "seat.not_taken",
        _ASK,
        "考生没有在座位拍照，请监考员核对本人",
        "no picture was taken at the seat: an invigilator looks in person",
    ),
    Rule(
        "history.refused",
        _ASK,
        "该考生此前被拒绝 {count} 次，请人工确认",
        "refused {count} times before: a person decides",
    ),
    Rule(
        "history.verified",
        _ASK,
        "该考生此前已通过核验，请人工确认是否重复或冒用",
        "somebody passed as this candidate already: check who it was",
    ),
    Rule(
        "history.seated",
        _REFUSE,
        "一人一座：该考生已在 {seat} 号座位应考",
        "one person, one seat: the candidate is at work at seat {seat}",
    ),
    Rule(
        "history.finished",
        _REFUSE,
        "该考生已交卷或作废，不得再次入场",
        "the candidate's paper is handed in or void",
        overridable=False,
    ),
    Rule(
        "history.absent",
        _ASK,
        "该考生已登记缺考，请主考决定",
        "recorded as absent: the lead decides",
    ),
)

RULES: dict[str, Rule] = {rule.code: rule for rule in _RULES}
"""All rules by code."""
