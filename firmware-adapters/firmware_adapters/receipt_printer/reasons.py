"""Why a receipt printer is as it is: every reason of the family, declared once."""

from __future__ import annotations

from firmware_adapters.adapter import Reason

OFFLINE = Reason(
    "receipt_printer.offline",
    "小票打印机没有应答：请确认已开机、电源和网线（或数据线）已插好",
    "no answer from the receipt printer: is it on, are its power and its cable in?",
)
NO_ANSWER = Reason(
    "receipt_printer.no_answer",
    "小票打印机已连接但不回答：请关闭电源，等 5 秒再打开；仍不行请更换线缆或接口",
    "the receipt printer is connected but does not reply: switch it off for 5 s, then try another cable",
)
GARBAGE = Reason(
    "receipt_printer.garbage",
    "小票打印机的回答无法识别：请确认是 ESC/POS 打印机，重新开关电源，或更换线缆",
    "the receipt printer's replies make no sense: is it an ESC/POS printer? Restart it or change its cable",
)
PAPER_OUT = Reason(
    "receipt_printer.paper_out",
    "小票打印机缺纸：请打开上盖装入新的热敏纸卷，有字的一面朝上，再合上",
    "the receipt printer is out of paper: put in a new roll with its coated side up and close the cover",
)
PAPER_LOW = Reason(
    "receipt_printer.paper_low",
    "小票打印机的纸快用完：请准备好新的热敏纸卷",
    "paper of the receipt printer runs low: have a new roll at hand",
)
COVER_OPEN = Reason(
    "receipt_printer.cover_open",
    "小票打印机的上盖打开：请合上，听到“咔”一声",
    "the cover of the receipt printer is open: close it until it clicks",
)
CUTTER = Reason(
    "receipt_printer.cutter",
    "小票打印机的切刀卡住：请关闭电源，打开上盖取出碎纸，再合上并开机",
    "the cutter is stuck: switch the printer off, open it, take out scraps of paper, close it, switch it on",
)
UNRECOVERABLE = Reason(
    "receipt_printer.broken",
    "小票打印机报告故障：请关闭电源 10 秒再打开；仍报告时请换一台",
    "the receipt printer reports a fault: switch it off for 10 s; use another one if it comes again",
)
RECOVERING = Reason(
    "receipt_printer.recovering",
    "小票打印机过热或正在恢复：请稍候，不要关机",
    "the receipt printer is too hot or recovers: wait and leave it on",
)
NOT_ONLINE = Reason(
    "receipt_printer.not_online",
    "小票打印机未联机：请检查上盖和走纸键",
    "the receipt printer is offline: check its cover and its feed button",
)
BAD_PARAMETERS = Reason(
    "receipt_printer.bad_parameters",
    "打印内容不符合要求，请检查后再试",
    "what shall be printed is not as it should be: check it and try again",
)
KEY_IN_USE = Reason(
    "receipt_printer.key_in_use",
    "这张小票已经打印过或正在打印；需要再打一张请用“补打”",
    "this slip was printed before or is being printed: ask for a reprint to have another",
)
NO_SUCH_JOB = Reason(
    "receipt_printer.no_such_job",
    "打印机没有收到过这张小票",
    "the printer never got this slip",
)
JOB_LOST = Reason(
    "receipt_printer.job_lost",
    "打印中途与小票打印机断开，无法确认是否已打出：请看一眼出纸口，需要时补打",
    "the line broke while it printed, so nobody knows: look whether the slip is there and reprint if not",
)
NOT_CANCELLED = Reason(
    "receipt_printer.not_cancelled",
    "小票已送到打印机，无法撤回",
    "the slip is at the printer and cannot be taken back",
)
FONT_MISSING = Reason(
    "receipt_printer.font_missing",
    "缺少中文字体，无法以图形打印汉字：请执行 sudo apt install fonts-noto-cjk",
    "no Chinese font to draw characters with: run sudo apt install fonts-noto-cjk",
)

REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        OFFLINE,
        NO_ANSWER,
        GARBAGE,
        PAPER_OUT,
        PAPER_LOW,
        COVER_OPEN,
        CUTTER,
        UNRECOVERABLE,
        RECOVERING,
        NOT_ONLINE,
        BAD_PARAMETERS,
        KEY_IN_USE,
        NO_SUCH_JOB,
        JOB_LOST,
        NOT_CANCELLED,
        FONT_MISSING,
    )
}
