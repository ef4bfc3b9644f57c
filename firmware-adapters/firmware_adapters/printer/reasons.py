"""Why an office printer is as it is: every reason of the family, declared once.

Sentences are read by a technician at 7:30 on exam day: what is wrong, then what to do.
"""

from __future__ import annotations

from firmware_adapters.adapter import Reason

# The line to the printer and to CUPS.
OFFLINE = Reason(
    "printer.offline",
    "打印机没有应答：请确认打印机已开机、数据线或网线已插好；刚开机请等待约一分钟",
    "no answer from the printer: is it on, is its cable in? Give it a minute after power-on",
)
NO_ANSWER_IN_TIME = Reason(
    "printer.no_answer_in_time",
    "打印机已连接但不回答：请关闭打印机电源，等 10 秒再打开；仍不行请更换数据线或接口",
    "the printer is connected but does not reply: switch it off for 10 s, then try another cable or port",
)
GARBLED = Reason(
    "printer.garbled",
    "打印机的回答无法识别：请重新启动打印机；反复出现时升级其固件，或换一台打印机",
    "the printer's replies make no sense: restart it; then update its firmware or use another one",
)
NOT_A_PRINTER = Reason(
    "printer.not_a_printer",
    "该地址不是 IPP 打印机：请核对打印机地址",
    "what answers at this address is not an IPP printer: check the address",
)
CUPS_DOWN = Reason(
    "printer.cups_down",
    "打印服务（CUPS）没有运行或没有应答，正在等待恢复；一分钟仍未恢复请执行 sudo systemctl restart cups",
    "the print service (CUPS) is down and waited for; after a minute run: sudo systemctl restart cups",
)
CUPS_GARBLED = Reason(
    "printer.cups_garbled",
    "打印服务（CUPS）的回答无法识别：请确认设置中的地址是 CUPS，再执行 sudo systemctl restart cups",
    "the replies of CUPS make no sense: check the address in the settings, run: sudo systemctl restart cups",
)
NO_PERMISSION = Reason(
    "printer.no_permission",
    "没有管理打印队列的权限：请把设备服务的账号加入 lpadmin 组，然后重启设备服务",
    "no right to manage print queues: add the device service's account to the group lpadmin, restart it",
)
QUEUE_GONE = Reason(
    "printer.queue_gone",
    "打印队列已被删除：请重新插拔打印机，或在 CUPS 中重新添加",
    "the print queue was deleted: plug the printer in again or add it again in CUPS",
)
NO_QUEUE = Reason(
    "printer.no_queue",
    "无法为该打印机建立打印队列：请查看日志；不支持免驱动打印（IPP Everywhere）的打印机需先安装驱动",
    "no print queue could be made: see the log; a printer without IPP Everywhere needs its driver",
)
STARTING = Reason(
    "printer.starting",
    "打印机刚插上，正在建立连接，请稍候约半分钟",
    "the printer was just plugged in and is being connected: wait about half a minute",
)
IPP_USB_MISSING = Reason(
    "printer.ipp_usb_missing",
    "USB 打印服务（ipp-usb）没有接管该打印机：请重新插拔；仍不行请执行 sudo systemctl restart ipp-usb",
    "ipp-usb has not taken the printer: replug it, then run: sudo systemctl restart ipp-usb",
)

# The queue.
QUEUE_PAUSED = Reason(
    "printer.queue_paused",
    "打印队列因出错自动暂停，打印机恢复后会自动继续，无需操作",
    "the print queue paused itself after an error; it goes on by itself once the printer is well",
)
QUEUE_RESUMED = Reason(
    "printer.queue_resumed",
    "打印队列曾自动暂停，现已恢复打印；请检查刚才的文件是否打印完整",
    "the print queue had paused itself and was resumed: check that what was being printed is complete",
)
PAUSED_BY_HAND = Reason(
    "printer.paused_by_hand",
    "打印队列被人工暂停：确认可以打印后，请在设备页点“恢复打印”",
    "somebody paused the print queue: when printing may go on, choose “resume” on the device's page",
)
KEEPS_PAUSING = Reason(
    "printer.keeps_pausing",
    "打印队列反复自动暂停，已停止自动恢复：请检查打印机后点“恢复打印”，必要时取消出错的文件或换一台打印机",
    "the queue keeps pausing itself and is left alone: see to the printer or cancel the job, then “resume”",
)
NOT_ACCEPTING = Reason(
    "printer.not_accepting",
    "打印队列暂不接收新文件：请在设备页点“恢复打印”",
    "the print queue takes no new jobs: choose “resume” on the device's page",
)
HOLDS_JOBS = Reason(
    "printer.holds_jobs",
    "打印机设为暂存新文件、不立即打印：请在打印机面板上取消暂存",
    "the printer is set to hold new jobs: switch that off on its panel",
)

# What the printer itself says (printer-state-reasons, RFC 8011 5.4.12 and the PWG's registry).
MEDIA_JAM = Reason(
    "printer.media_jam",
    "卡纸：请打开打印机盖板取出卡住的纸，合上后会自动继续",
    "paper jam: open the printer, take the jammed paper out and close it; printing goes on by itself",
)
MEDIA_EMPTY = Reason(
    "printer.media_empty",
    "缺纸：请在纸盒中装入纸张（A4），装好后会自动继续",
    "out of paper: fill the tray (A4); printing goes on by itself",
)
MEDIA_NEEDED = Reason(
    "printer.media_needed",
    "纸盒中没有所需的纸张：请装入面板提示的纸型（通常为 A4）",
    "the tray does not hold the paper that is asked for: put in what the panel names (usually A4)",
)
MEDIA_LOW = Reason(
    "printer.media_low",
    "纸张将用完：请补充纸张，当前仍可打印",
    "paper is running low: refill the tray; printing still works",
)
TRAY_MISSING = Reason(
    "printer.tray_missing",
    "纸盒没有装好：请将纸盒推到底",
    "a paper tray is missing: push it in fully",
)
OUTPUT_FULL = Reason(
    "printer.output_full",
    "出纸口已满：请取走已打印的纸张",
    "the output tray is full: take the printed sheets away",
)
OUTPUT_TRAY_MISSING = Reason(
    "printer.output_tray_missing",
    "出纸盒没有装好：请装好出纸盒",
    "the output tray is missing: put it in place",
)
OUTPUT_ALMOST_FULL = Reason(
    "printer.output_almost_full",
    "出纸口将满：请取走已打印的纸张",
    "the output tray is nearly full: take the printed sheets away",
)
DOOR_OPEN = Reason(
    "printer.door_open",
    "打印机盖板没有合上：请合上所有盖板",
    "a door of the printer is open: close all doors",
)
TONER_LOW = Reason(
    "printer.toner_low",
    "碳粉（墨水）将用完：当前仍可打印，请准备好备用耗材",
    "toner or ink is running low: printing still works; have a spare at hand",
)
TONER_EMPTY = Reason(
    "printer.toner_empty",
    "碳粉（墨水）已用完：请更换耗材",
    "toner or ink is used up: change the cartridge",
)
WASTE_ALMOST_FULL = Reason(
    "printer.waste_almost_full",
    "废粉（废墨）盒将满：当前仍可打印，请准备更换",
    "the waste box is nearly full: printing still works; have a new one at hand",
)
WASTE_FULL = Reason(
    "printer.waste_full",
    "废粉（废墨）盒已满：请更换废粉盒",
    "the waste box is full: change it",
)
DRUM_NEAR_END = Reason(
    "printer.drum_near_end",
    "感光鼓寿命将尽：当前仍可打印，请准备备用感光鼓",
    "the drum is near the end of its life: printing still works; have a spare at hand",
)
DRUM_OVER = Reason(
    "printer.drum_over",
    "感光鼓寿命已尽：请更换感光鼓",
    "the drum is at the end of its life: change it",
)
FUSER = Reason(
    "printer.fuser",
    "定影器温度异常：请关闭打印机，冷却 30 分钟后再打开；仍报错请送修",
    "the fuser's temperature is wrong: switch the printer off for 30 minutes; if it stays, have it repaired",
)
TIMED_OUT = Reason(
    "printer.timed_out",
    "打印机响应超时：请检查连接，必要时重新启动打印机",
    "the printer timed out: check its connection, restart it if needed",
)
CONNECTING = Reason(
    "printer.connecting",
    "正在连接打印机，请稍候；一直不成功时请检查电源与数据线",
    "connecting to the printer: wait a moment; if it goes on check power and cable",
)
STORAGE_FULL = Reason(
    "printer.storage_full",
    "打印机内存或暂存空间已满：请取消不需要的文件，或重新启动打印机",
    "the printer's memory or spool is full: cancel jobs that are not needed or restart it",
)
PRINTER_PAUSED = Reason(
    "printer.printer_paused",
    "打印机在面板上被暂停：请在打印机面板上按“继续”",
    "the printer was paused at its panel: press “continue” on it",
)
SHUT_DOWN = Reason(
    "printer.shut_down",
    "打印机已关机或正在休眠：请打开打印机电源",
    "the printer is shut down: switch it on",
)
STOPPED = Reason(
    "printer.stopped",
    "打印机已停止，未说明原因：请查看打印机面板上的提示",
    "the printer has stopped and does not say why: look at its panel",
)
NEEDS_SERVICE = Reason(
    "printer.needs_service",
    "打印机报告故障：请查看打印机面板上的提示，必要时换一台打印机",
    "the printer reports a fault: look at its panel; use another printer if needed",
)
FILTER_MISSING = Reason(
    "printer.filter_missing",
    "打印队列缺少驱动组件：请重新执行安装步骤，或删除该队列后重新插拔打印机",
    "the queue lacks a part of its driver: provision again, or delete the queue and replug the printer",
)

# What does not add up.
RESOLUTION_CONTRADICTS = Reason(
    "printer.resolution_contradicts",
    "打印机报告的分辨率自相矛盾：请打印自检页，用放大镜或肉眼核对线条是否清晰，以实际打印效果为准",
    "what the printer tells of its resolution contradicts itself: judge the lines of its test page by eye",
)
RESOLUTION_UNTOLD = Reason(
    "printer.resolution_untold",
    "打印机没有报告分辨率：请打印自检页，核对线条是否清晰",
    "the printer does not tell its resolution: print the test page and look whether its lines are sharp",
)

# What an action was refused for.
BAD_PARAMETERS = Reason(
    "printer.bad_parameters",
    "打印参数不正确：请检查文件内容、格式、份数和纸张",
    "the parameters are wrong: check document, format, copies and paper",
)
FORMAT_REFUSED = Reason(
    "printer.format_refused",
    "打印机不支持该文件格式：请改用 PDF",
    "the printer does not take this format: use PDF",
)
PRINTER_REFUSED = Reason(
    "printer.refused",
    "打印机拒绝了该操作：请查看打印机面板，稍后再试",
    "the printer refused: look at its panel and try again later",
)
NO_SUCH_JOB = Reason(
    "printer.no_such_job",
    "没有这个打印任务，可能已经打印完成或被取消",
    "there is no such job; it may be done or cancelled",
)
KEY_IN_USE = Reason(
    "printer.key_in_use",
    "同一编号已用于另一份内容不同的文件，未打印：请换一个编号再打印",
    "this key was used for another document, so nothing was printed: print it under a new key",
)

# Why a job did not come out.
JOB_CANCELLED = Reason(
    "printer.job_cancelled",
    "打印任务被取消：需要时请重新打印",
    "the job was cancelled: print it again if it is needed",
)
JOB_ABORTED = Reason(
    "printer.job_aborted",
    "打印任务因出错中止：请查看打印机状态，处理后重新打印",
    "the job was aborted by an error: look at the printer's state, then print it again",
)
JOB_LOST = Reason(
    "printer.job_lost",
    "打印任务已不在队列中，结果不明：请查看出纸口，没有打印出来再重新打印",
    "the job is no longer known: look at the output tray and print it again if it is not there",
)

REASONS: dict[str, Reason] = {
    reason.code: reason for reason in list(globals().values()) if isinstance(reason, Reason)
}
