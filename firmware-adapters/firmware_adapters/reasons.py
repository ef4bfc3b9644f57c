"""Reasons that the manager itself gives; each family has its own in `<family>/reasons.py`."""

from __future__ import annotations

from firmware_adapters.adapter import Reason

HUNG = Reason(
    "device.hung",
    "设备没有反应，已重新启动它的程序；若反复出现，请拔下设备再插到另一个 USB 口",
    "the device stopped answering and its program was started anew; if it comes again, plug it in elsewhere",
)
CRASHED = Reason(
    "device.crashed",
    "设备的程序意外退出，正在自动重试；若反复出现，请更换设备并把日志交给技术支持",
    "the device's program ended unexpectedly and is started again; if it keeps happening, replace the device",
)
FLOODING = Reason(
    "device.flooding",
    "设备不停地发送数据，已将其断开并稍后重试；请检查按键是否卡住、线缆是否损坏",
    "the device sends without end and was cut off for a while; check for a stuck key or a broken cable",
)
NO_ANSWER = Reason(
    "device.no_answer",
    "设备在规定时间内没有完成操作；请再试一次，仍不成功请重新插拔设备",
    "the device did not finish in time; try again, then unplug it and plug it in",
)
NOT_STARTED = Reason(
    "device.not_started",
    "设备未能在规定时间内就绪，正在自动重试；请检查电源与线缆",
    "the device was not ready in time and is tried again; check its power and its cable",
)
CANNOT_START = Reason(
    "device.cannot_start",
    "无法启动设备的程序，正在自动重试；请查看日志，内存不足时请关闭其他程序",
    "the device's program cannot be started and is tried again; see the log and check for free memory",
)
LOST = Reason(
    "device.lost",
    "设备已断开，但系统仍显示它在；请重新插拔",
    "the device is gone although the system still shows it; unplug it and plug it in again",
)
OPTIONS_WRONG = Reason(
    "device.options_wrong",
    "设备的配置项有误，请检查站点配置 devices 部分",
    "the device's options are wrong: check the section `devices` of the site's configuration",
)
ABSENT = Reason(
    "device.absent",
    "设备未接入；请插上设备并检查其电源与线缆",
    "the device is not there: plug it in, check its power and cable",
)
NOT_READY = Reason(
    "device.not_ready",
    "设备尚未就绪，请稍候再试",
    "the device is not ready yet: try again in a moment",
)
TOO_MANY_CALLS = Reason(
    "device.too_many_calls",
    "该设备还有许多操作未完成，请稍候再试",
    "too many operations of this device are still waiting: try again in a moment",
)
UNKNOWN_ACTION = Reason(
    "device.unknown_action",
    "该设备不支持此操作",
    "this device does not have such an action",
)
BAD_PARAMETERS = Reason(
    "device.bad_parameters",
    "操作的参数有误，请检查后再试",
    "the parameters of this operation are wrong: check them and try again",
)
UNKNOWN_DEVICE = Reason(
    "device.unknown",
    "没有这台设备，请刷新列表",
    "there is no such device: refresh the list",
)
BLOB_GONE = Reason(
    "device.blob_gone",
    "图片已过期，请重新拍摄或重新操作",
    "the picture is no longer kept: take it again",
)
TOO_LATE = Reason(
    "device.too_late",
    "中间的消息已不再保留，请重新读取设备列表",
    "the messages in between are no longer kept: list the devices anew",
)
NO_DOCK = Reason(
    "dock.none",
    "设备服务未启用模拟设备坞（仅演示与测试可用，须以 --dock 启动）",
    "the device service has no dock of simulators: start it with --dock, for demo and tests only",
)
NO_SUCH_PATH = Reason(
    "device.no_such_path",
    "设备服务没有此接口，请检查两端版本",
    "the device service has no such path: check that both sides are of one version",
)
BROKEN = Reason(
    "device.daemon_fault",
    "设备服务内部出错，已记入日志；请重试，仍不成功请重启设备服务",
    "the device service had a fault, see its log; try again, then restart it",
)
SOURCE_BROKEN = Reason(
    "source.broken",
    "无法列出这一类设备，正在自动重试；其他设备不受影响，请查看日志",
    "devices of this source cannot be listed and it is tried again; others go on; see the log",
)
SOURCE_SILENT = Reason(
    "source.silent",
    "列出这一类设备时没有得到回答，正在自动重试；其他设备不受影响",
    "the source of these devices does not answer and is asked again; others go on",
)

REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        HUNG,
        CRASHED,
        FLOODING,
        NO_ANSWER,
        NOT_STARTED,
        CANNOT_START,
        LOST,
        OPTIONS_WRONG,
        ABSENT,
        NOT_READY,
        TOO_MANY_CALLS,
        UNKNOWN_ACTION,
        BAD_PARAMETERS,
        SOURCE_BROKEN,
        SOURCE_SILENT,
        UNKNOWN_DEVICE,
        BLOB_GONE,
        TOO_LATE,
        NO_DOCK,
        NO_SUCH_PATH,
        BROKEN,
    )
}
