"""Journal entries as sentences for people: what happened to whom, in Chinese and English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from central_sync.protocol.kinds import KINDS
from exam_appliance.invigilation.credits import length_text

QUIET_KINDS = ("response.saved", "site.heartbeat", "candidate.viewed")
"""Kinds too many for a log that people read; asked for by name they are shown."""

_BY = {
    "candidate": ("考生本人", "candidate"),
    "invigilator": ("监考员", "invigilator"),
    "clock": ("时间到", "time up"),
}
_REFUSED = {
    "deadline": ("已过截止时间", "after the deadline"),
    "submitted": ("已交卷", "already handed in"),
    "terminated": ("已终止", "terminated"),
    "not_started": ("未开考", "not started"),
}
_VERDICT = {
    "pass": ("通过", "passed"),
    "ask": ("转人工核对", "a person must look"),
    "refuse": ("不通过", "refused"),
}
_POWER = {
    "mains": ("市电正常", "on mains"),
    "battery": ("市电中断，UPS 供电", "mains lost, on battery"),
    "low": ("UPS 电量低", "battery low"),
    "unknown": ("UPS 失去联系", "UPS not heard"),
}


def sentence(kind: str, body: dict[str, Any]) -> tuple[str, str]:
    """Return what an entry says, in Chinese and English; an unknown kind shows its name."""
    known = KINDS.get(kind)
    zh, en = (known.zh, known.en) if known is not None else (kind, kind)
    more = _MORE.get(kind)
    if more is not None:
        more_zh, more_en = more(body)
        zh, en = f"{zh}：{more_zh}", f"{en}: {more_en}"
    reason = body.get("reason")
    if reason and kind not in _OWN_REASON:
        zh, en = f"{zh}（{reason}）", f"{en} ({reason})"
    return zh, en


def _length(body: dict[str, Any]) -> tuple[str, str]:
    return length_text(body["ms"])


def _seat(body: dict[str, Any]) -> tuple[str, str]:
    return f"{body['seat']} 号座位", f"seat {body['seat']}"


def _move(body: dict[str, Any]) -> tuple[str, str]:
    return (
        f"{body['from_seat']} 号 → {body['to_seat']} 号",
        f"seat {body['from_seat']} to {body['to_seat']}",
    )


def _power(body: dict[str, Any]) -> tuple[str, str]:
    zh, en = _POWER[body["power"]]
    if body["charge_percent"] is not None:
        zh, en = f"{zh}，电量 {body['charge_percent']}%", f"{en}, charge {body['charge_percent']} %"
    if body["runtime_s"] is not None:
        minutes = body["runtime_s"] // 60
        zh, en = f"{zh}，约可供电 {minutes} 分钟", f"{en}, about {minutes} min left"
    return zh, en


def _device(body: dict[str, Any]) -> tuple[str, str]:
    name = " ".join(filter(None, (body["maker"], body["model"], body["serial"]))) or body["device"]
    return name, name


def _submitted(body: dict[str, Any]) -> tuple[str, str]:
    zh, en = _BY[body["by"]]
    return (
        f"{zh}，已答 {body['answered']} 题，未答 {body['blank']} 题",
        f"{en}, {body['answered']} answered, {body['blank']} blank",
    )


def _seat_checked(body: dict[str, Any]) -> tuple[str, str]:
    zh, en = _VERDICT[body["verdict"]]
    by_zh, by_en = ("人工", "by a person") if body["by_person"] else ("自动", "by rule")
    return f"{by_zh}{zh}，{body['zh']}", f"{en} {by_en}, {body['en']}"


def _scored(body: dict[str, Any]) -> tuple[str, str]:
    zh, en = ("合格", "passed") if body["passed"] else ("不合格", "failed")
    return f"{body['points']} 分，{zh}", f"{body['points']} points, {en}"


def _gap(body: dict[str, Any]) -> tuple[str, str]:
    zh, en = length_text(body["gap_ms"])
    return f"距上次记录 {zh}", f"{en} since the last entry"


def _jump(body: dict[str, Any]) -> tuple[str, str]:
    zh, en = length_text(abs(body["by_ms"]))
    return (
        f"{'拨快' if body['by_ms'] > 0 else '拨慢'} {zh}，截止时间不受影响",
        f"{'forward' if body['by_ms'] > 0 else 'back'} {en}; no deadline moved",
    )


def _proposed(body: dict[str, Any]) -> tuple[str, str]:
    zh, en = length_text(body["ms"])
    many = len(body["tickets"])
    return f"{zh}，{many} 名考生", f"{en}, {many} candidates"


def _bundle(body: dict[str, Any]) -> tuple[str, str]:
    zh, en = ("导出", "export") if body["direction"] == "export" else ("导入", "import")
    return f"{zh} {body['bundle']}", f"{en} {body['bundle']}"


def _refused(body: dict[str, Any]) -> tuple[str, str]:
    zh, en = _REFUSED.get(body["reason"], (body["reason"], body["reason"]))
    return f"试题 {body['item']}，{zh}", f"item {body['item']}, {en}"


def _signed_off(body: dict[str, Any]) -> tuple[str, str]:
    remarks = f"，备注：{body['remarks']}" if body["remarks"] else ""
    return f"第二人 {body['second']}{remarks}", f"second person {body['second']}"


_MORE: dict[str, Callable[[dict[str, Any]], tuple[str, str]]] = {
    "attempt.checked_in": _seat,
    "attempt.resumed": _seat,
    "attempt.moved": _move,
    "attempt.extended": _length,
    "attempt.credited": _length,
    "attempt.seat_checked": _seat_checked,
    "attempt.submitted": _submitted,
    "attempt.scored": _scored,
    "attempt.messaged": lambda body: (body["text"], body["text"]),
    "attempt.terminated": lambda body: (f"第二人 {body['second']}", f"second person {body['second']}"),
    "attempt.reopened": lambda body: (f"第二人 {body['second']}", f"second person {body['second']}"),
    "response.refused": _refused,
    "receipt.missing": lambda body: (f"第 {body['seq']} 条", f"entry {body['seq']}"),
    "credit.proposed": _proposed,
    "site.started": _gap,
    "site.clock_jumped": _jump,
    "site.power": _power,
    "device.bound": _device,
    "device.unbound": lambda body: (body["device"], body["device"]),
    "station.changed": lambda body: ("设立", "set up") if body["present"] else ("撤销", "taken away"),
    "session.signed_off": _signed_off,
    "staff.login": lambda body: (body["address"], body["address"]),
    "courier.moved": _bundle,
}
_OWN_REASON = {"response.refused"}
