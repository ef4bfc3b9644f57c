"""Why a scanner or a scan is as it is: every reason of the family, declared once."""

from __future__ import annotations

from firmware_adapters.adapter import Reason

# The scanner itself.
NO_PERMISSION = Reason(
    "scanner.no_permission",
    "没有打开扫码器的权限：请重新执行安装步骤，使设备规则生效后重新插拔",
    "no permission to open the scanner: run provisioning again for the device rules to apply, then replug it",
)
GRAB_TAKEN = Reason(
    "scanner.grab_taken",
    "扫码器已被其他程序独占：请关闭该程序后重新插拔扫码器",
    "another program holds the scanner for itself: close it, then replug the scanner",
)
NOT_A_KEYBOARD = Reason(
    "scanner.not_a_keyboard",
    "该输入设备没有字母、数字和回车键，不是键盘口扫码器：请核对型号或配置项",
    "this input device has no letters, digits and Enter key, so it is no keyboard scanner: check the model",
)
PORT_BUSY = Reason(
    "scanner.port_busy",
    "扫码器的串口被其他程序占用：请关闭该程序后重新插拔",
    "another program holds the scanner's serial port: close it, then replug the scanner",
)
LINE_SETTINGS = Reason(
    "scanner.line_settings",
    "串口不支持所配置的波特率或数据格式：请检查该扫码器的配置项",
    "the serial port cannot be set as configured: check the scanner's baud rate and data format",
)
CANNOT_OPEN = Reason(
    "scanner.cannot_open",
    "扫码器打不开：请重新插拔；仍不行请换一个接口或换一台",
    "the scanner cannot be opened: replug it; if that fails use another port or another scanner",
)
LINE_ERROR = Reason(
    "scanner.line_error",
    "与扫码器通信出错：请检查线缆与接头后重新插拔",
    "talking to the scanner failed: check cable and plugs, then replug it",
)

# One scan.
TOO_LONG = Reason(
    "scanner.too_long",
    "扫到的内容过长，不是一个条码，已丢弃：请检查扫码器是否连续触发，再扫一次",
    "what was scanned is longer than any code and was dropped: see if the trigger sticks, then scan again",
)
CONTROL_CHARACTERS = Reason(
    "scanner.control_characters",
    "扫到的内容含有控制字符，已拒收：请重扫；反复出现请核对扫码器的接口与波特率设置",
    "what was scanned has control characters and was refused: scan again; if it repeats, check the settings",
)
NOT_TEXT = Reason(
    "scanner.not_text",
    "扫到的内容不是文字（编码无法识别），已拒收：请核对波特率，或把扫码器设为 UTF-8 或 GB18030 输出",
    "what was scanned is no text: check the baud rate, or set the scanner to put out UTF-8 or GB 18030",
)
UNKNOWN_KEY = Reason(
    "scanner.unknown_key",
    "扫码器发出了无法对应字符的按键，已拒收：请把扫码器设为美式键盘布局",
    "the scanner sent keys that stand for no character: set the scanner to the US keyboard layout",
)
INCOMPLETE = Reason(
    "scanner.incomplete",
    "没有收到结束符，内容可能不完整，已拒收：请重扫；反复出现请把扫码器设为每次扫描后发送回车",
    "the scan came without its end and was refused: scan again; if it repeats, make the scanner send Enter",
)
KEYS_LOST = Reason(
    "scanner.keys_lost",
    "系统来不及接收，丢失了部分按键，该次扫描已拒收：请再扫一次",
    "keys were lost because the system was too slow, the scan was refused: scan again",
)

# Actions.
NOTHING_SCANNED = Reason(
    "scanner.nothing_scanned",
    "等待时间内没有扫到码：请对准条码按下扳机后再试",
    "nothing was scanned in the time given: aim at a code, pull the trigger and try again",
)
BAD_PARAMETERS = Reason(
    "scanner.bad_parameters",
    "操作参数不正确：等待时间请填 0 到 60 秒",
    "the parameters are wrong: the time to wait is 0 to 60 seconds",
)

REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        NO_PERMISSION,
        GRAB_TAKEN,
        NOT_A_KEYBOARD,
        PORT_BUSY,
        LINE_SETTINGS,
        CANNOT_OPEN,
        LINE_ERROR,
        TOO_LONG,
        CONTROL_CHARACTERS,
        NOT_TEXT,
        UNKNOWN_KEY,
        INCOMPLETE,
        KEYS_LOST,
        NOTHING_SCANNED,
        BAD_PARAMETERS,
    )
}
