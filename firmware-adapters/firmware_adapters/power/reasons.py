"""Why a UPS is as it is: every reason of the family, declared once.

Sentences are read by a technician at 7:30 on exam day: what is wrong, then what to do.
"""

from __future__ import annotations

from firmware_adapters.adapter import Reason

# What the UPS says of the power.
ON_BATTERY = Reason(
    "power.on_battery",
    "市电中断，正在由电池供电：请检查供电与插头；短时间不能恢复时请暂停考试",
    "mains power is out, the battery feeds the server: check the supply; pause the exam if it stays out",
)
LOW = Reason(
    "power.low",
    "电池电量低，服务器即将断电：请立即暂停考试，等待市电恢复",
    "the battery is nearly empty and the server will go down: pause the exam now and wait for the mains",
)
CHARGING_LOW = Reason(
    "power.battery_not_charged",
    "市电正常，但电池电量低：请等待充电，充满前再次停电将无法支撑",
    "mains power is there but the battery is low: let it charge, it would not bear another outage yet",
)
REPLACE_BATTERY = Reason(
    "power.replace_battery",
    "不间断电源提示需更换电池：请在考试日前更换",
    "the UPS asks for a new battery: change it before exam day",
)
OVERLOADED = Reason(
    "power.overloaded",
    "不间断电源过载：请移除不必要的用电设备",
    "the UPS is overloaded: take devices off it that need not be on it",
)
BYPASS = Reason(
    "power.bypass",
    "不间断电源处于旁路，停电时不会由电池供电：请在其面板上退出旁路",
    "the UPS is in bypass and would not feed from the battery: leave bypass at its panel",
)
OUTPUT_OFF = Reason(
    "power.output_off",
    "不间断电源的输出已关闭：请在其面板上开启输出",
    "the UPS's output is off: switch it on at its panel",
)
ALARM = Reason(
    "power.alarm",
    "不间断电源报警：请查看其面板，必要时联系维修",
    "the UPS reports an alarm: look at its panel, have it serviced if needed",
)
CALIBRATING = Reason(
    "power.calibrating",
    "不间断电源正在校准电池，期间电量会下降：请等待完成，不要在考试中进行",
    "the UPS is calibrating its battery and drains it: let it finish, never do it during an exam",
)
UNCLEAR = Reason(
    "power.unclear",
    "不间断电源没有说明是市电还是电池供电：请查看其面板，检查 NUT 的驱动配置",
    "the UPS does not say whether mains or battery feeds it: look at its panel, check NUT's driver",
)

# The line to the UPS and to upsd.
DATA_STALE = Reason(
    "power.data_stale",
    "与不间断电源的通信中断，其数据已过期：请检查 USB 或串口线，必要时重新插拔",
    "the UPS no longer answers its driver, what it told is old: check its USB or serial cable, replug it",
)
DRIVER_GONE = Reason(
    "power.driver_gone",
    "不间断电源的驱动没有运行：请检查数据线，再执行 sudo systemctl restart nut-driver@UPS名",
    "the UPS's driver does not run: check the cable, then run: sudo systemctl restart nut-driver@NAME",
)
UPSD_DOWN = Reason(
    "power.upsd_down",
    "不间断电源服务（upsd）没有运行，正在等它恢复；一分钟仍未恢复请执行 sudo systemctl restart nut-server",
    "the UPS service (upsd) is down and waited for; after a minute run: sudo systemctl restart nut-server",
)
UPSD_SILENT = Reason(
    "power.upsd_silent",
    "不间断电源服务（upsd）没有应答：请执行 sudo systemctl restart nut-server",
    "the UPS service (upsd) does not answer; run: sudo systemctl restart nut-server",
)
GARBLED = Reason(
    "power.garbled",
    "不间断电源服务的回答无法识别：请确认地址和端口（默认 3493）指向 NUT 服务",
    "the replies of the UPS service make no sense: check that address and port (3493) are those of NUT",
)
DENIED = Reason(
    "power.denied",
    "不间断电源服务拒绝访问：请检查 upsd.conf 与 upsd.users 的设置",
    "the UPS service denies access: check upsd.conf and upsd.users",
)
REFUSED = Reason(
    "power.refused",
    "不间断电源拒绝了该操作：它可能不支持，或现在不能执行",
    "the UPS refused: it may not know this command or cannot do it now",
)
NO_ACCOUNT = Reason(
    "power.no_account",
    "未配置操作不间断电源的账号：请在设备选项中填写 upsd.users 中的 user 与 password",
    "no account for commands is set: put user and password of upsd.users into the device's options",
)
BAD_PARAMETERS = Reason(
    "power.bad_parameters",
    "操作的参数有误，请检查后再试",
    "the parameters of this operation are wrong: check them and try again",
)

REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        ON_BATTERY,
        LOW,
        CHARGING_LOW,
        REPLACE_BATTERY,
        OVERLOADED,
        BYPASS,
        OUTPUT_OFF,
        ALARM,
        CALIBRATING,
        UNCLEAR,
        DATA_STALE,
        DRIVER_GONE,
        UPSD_DOWN,
        UPSD_SILENT,
        GARBLED,
        DENIED,
        REFUSED,
        NO_ACCOUNT,
        BAD_PARAMETERS,
    )
}
