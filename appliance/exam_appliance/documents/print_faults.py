"""Why a document does not come out, as far as it is not the printer that says so: declared once."""

from __future__ import annotations

from firmware_adapters.adapter import Reason

NO_PRINTER = Reason(
    "print.no_printer",
    "此岗位还没有绑定打印机：请在“设备”页绑定，或改用其他打印机",
    "no printer has this role yet: bind one on the devices page, or send it to another printer",
)
NO_DEVICES = Reason(
    "print.no_devices",
    "本机没有启用设备服务，无法打印：请在配置中启用，或下载 PDF 后在其他电脑打印",
    "this server runs no device service: enable it, or save the PDF and print it elsewhere",
)
SERVICE_AWAY = Reason(
    "print.service_away",
    "设备服务没有运行，恢复后会自动打印；若一直不恢复，请重启本机的设备服务",
    "the device service is down; printing goes on once it is back; else restart it on this server",
)
NOT_THERE = Reason(
    "print.not_there",
    "打印机没有接入或没有开机，接好后会自动打印；急用可改用其他打印机",
    "the printer is not there; it prints once it is; in a hurry send it to another printer",
)
NEEDS_PAGES = Reason(
    "print.needs_pages",
    "这种单据需要纸张打印机，而此岗位绑定的是小票打印机：请改用其他打印机",
    "this document needs a page printer, and this role has a receipt printer: send it to another one",
)
DATA_GONE = Reason(
    "print.data_gone",
    "内容已按保存期限删除，无法再打印：请从原页面重新打印",
    "what it said was deleted when its time was up: print it anew from its own page",
)
TOO_LARGE = Reason(
    "print.too_large",
    "文件过大，打印机服务不接收：请分考场打印，或下载 PDF 后打印",
    "the file is too large: print room by room, or save the PDF and print it",
)
UNHEARD = Reason(
    "print.unheard",
    "已交给打印机，但打印机现在没有回音：接回后会自动确认；请先看出纸口，再决定是否改用其他打印机",
    "the printer has it but is not heard now: it is asked once it is back; look at the tray first",
)
UNKNOWN_OUTCOME = Reason(
    "print.unknown_outcome",
    "不确定是否已经打印：请看出纸口，已打印的点“已打印”，没有的点“重试”",
    "nobody knows whether it came out: look at the tray, then choose “printed” or “retry”",
)
REFUSED = Reason(
    "print.refused",
    "打印机拒绝了这份文件：请查看打印机，处理后点“重试”，或改用其他打印机",
    "the printer refused it: see to the printer and retry, or send it to another one",
)

REASONS: dict[str, Reason] = {
    reason.code: reason for reason in list(globals().values()) if isinstance(reason, Reason)
}
