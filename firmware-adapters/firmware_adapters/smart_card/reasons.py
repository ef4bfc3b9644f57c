"""Why a reader, a card or the PC/SC service is as it is: every reason of the family, declared once."""

from __future__ import annotations

from firmware_adapters.adapter import Reason

# The service.
NO_LIBRARY = Reason(
    "smart_card.no_library",
    "缺少智能卡组件（pyscard 或 libpcsclite），智能卡读写器无法使用：请重新执行安装步骤",
    "the smart-card library (pyscard or libpcsclite) is missing: run provisioning again",
)
NO_SERVICE = Reason(
    "smart_card.no_service",
    "智能卡服务 pcscd 没有运行，正在等待它恢复：请执行 systemctl start pcscd.socket 或重新执行安装步骤",
    "the smart-card service pcscd does not run and is waited for: start pcscd.socket or provision again",
)
SERVICE_SILENT = Reason(
    "smart_card.service_silent",
    "智能卡服务 pcscd 没有回答，正在自动重试：请重启 pcscd；反复出现请逐个拔下读写器找出故障的一台",
    "the smart-card service pcscd does not answer and is asked again: restart it; unplug readers one by one",
)
NO_PERMISSION = Reason(
    "smart_card.no_permission",
    "没有使用智能卡服务的权限：请重新执行安装步骤，使权限规则生效",
    "no permission to use the smart-card service: run provisioning again for its rule to apply",
)

# The reader.
READER_TROUBLE = Reason(
    "smart_card.reader_trouble",
    "智能卡读写器出错，正在自动重试：请取出卡片并重新插拔读写器，仍不行请更换",
    "the smart-card reader failed and is tried again: take the card out, replug the reader, then change it",
)
NO_ANSWER = Reason(
    "smart_card.no_answer",
    "读写器或卡片在规定时间内没有回答，正在重新启动：请取出卡片再插一次；仍不行请更换卡片或读写器",
    "reader or card did not answer in time: insert the card again, then change card or reader",
)

# The card.
NO_CARD = Reason(
    "smart_card.no_card",
    "读写器中没有卡片：请插入或放上卡片后再试",
    "there is no card in the reader: insert one and try again",
)
CARD_TAKEN_OUT = Reason(
    "smart_card.card_taken_out",
    "操作未完成时卡片被取出：请重新插入卡片，等操作完成后再取",
    "the card was taken out before the work was done: insert it again and wait until it is done",
)
CARD_MUTE = Reason(
    "smart_card.card_mute",
    "卡片没有应答：请检查卡片方向（芯片朝上、先进读写器）、擦净芯片后重插；仍不行请换卡",
    "the card does not answer: chip up and first, wipe the contacts, insert it again, then change it",
)
BAD_ATR = Reason(
    "smart_card.bad_atr",
    "卡片的复位应答（ATR）不合规范，卡片可能损坏或接触不良：请擦净芯片后重插，仍不行请换卡",
    "the card's answer to reset is malformed, it may be damaged: wipe the contacts and insert it again",
)
CARD_IN_USE = Reason(
    "smart_card.card_in_use",
    "卡片正被其他程序独占：请关闭该程序后再试",
    "another program holds the card for itself: close it and try again",
)
CARD_FAILED = Reason(
    "smart_card.card_failed",
    "与卡片通信失败：请擦净芯片、重新插入后再试",
    "talking to the card failed: wipe the contacts, insert it again and try again",
)
BAD_RESPONSE = Reason(
    "smart_card.bad_response",
    "卡片的回答不合规范：请重新插入后再试，反复出现请换卡",
    "the card's response is malformed: insert it again, and change the card if it repeats",
)

# Actions.
BAD_PARAMETERS = Reason(
    "smart_card.bad_parameters",
    "操作参数不正确：请按提示的项目检查",
    "the parameters are wrong: check what is named",
)
BAD_COMMAND = Reason(
    "smart_card.bad_command",
    "卡片指令（APDU）格式不正确：请检查十六进制内容与长度",
    "the card command (APDU) is malformed: check its hexadecimal digits and its length",
)
COMMANDS_OFF = Reason(
    "smart_card.commands_off",
    "该读写器的配置不允许直接发送卡片指令：请使用配置中的脚本",
    "the reader's options do not allow commands as such: use one of its scripts",
)
UNKNOWN_SCRIPT = Reason(
    "smart_card.unknown_script",
    "该读写器的配置中没有这个脚本：请检查设备目录条目或站点配置",
    "the reader's options have no such script: check its entry in the catalogue or the site's configuration",
)
SCRIPT_STOPPED = Reason(
    "smart_card.script_stopped",
    "卡片没有按脚本的预期回答，脚本已停止：请确认插入的是这一种卡片",
    "the card did not answer as the script expects, which stopped: see that it is the right kind of card",
)

REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        NO_LIBRARY,
        NO_SERVICE,
        SERVICE_SILENT,
        NO_PERMISSION,
        READER_TROUBLE,
        NO_ANSWER,
        NO_CARD,
        CARD_TAKEN_OUT,
        CARD_MUTE,
        BAD_ATR,
        CARD_IN_USE,
        CARD_FAILED,
        BAD_RESPONSE,
        BAD_PARAMETERS,
        BAD_COMMAND,
        COMMANDS_OFF,
        UNKNOWN_SCRIPT,
        SCRIPT_STOPPED,
    )
}
