"""Reasons of cameras: why one does not work, and what to do at 7:30 on exam day."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_adapters.adapter import Reason

BUSY = Reason(
    "camera.busy",
    "摄像头正被其他程序占用；请关闭正在使用摄像头的程序（浏览器、会议或录像软件），无需重新插拔",
    "another program is using the camera: close it (browser, meeting or recording program); no replug needed",
)
NO_PERMISSION = Reason(
    "camera.no_permission",
    "没有使用摄像头的权限；请把设备服务的账号加入 video 组后重启设备服务",
    "no right to use the camera: add the account of the device service to the group `video`, then restart it",
)
NOT_A_CAMERA = Reason(
    "camera.not_a_camera",
    "该设备节点不能采集画面；若这是摄像头，请重新插拔，仍不行请更换",
    "this node cannot capture pictures; if it is a camera, plug it in again, then replace it",
)
NO_USABLE_FORMAT = Reason(
    "camera.no_usable_format",
    "摄像头没有可用的画面格式（需要 MJPEG、YUYV 或 NV12 等）；请更换为标准 UVC 摄像头",
    "the camera offers no format we can read (MJPEG, YUYV, NV12 ...): use a standard UVC camera",
)
NO_ANSWER = Reason(
    "camera.no_answer",
    "摄像头没有反应；请拔下等待 5 秒后插到另一个 USB 口，尽量不经过集线器",
    "the camera does not answer: unplug it, wait 5 s, plug it into another USB port, best without a hub",
)
NO_BANDWIDTH = Reason(
    "camera.no_bandwidth",
    "USB 带宽不足；请把摄像头换到另一个 USB 口，不要与其他摄像头共用集线器",
    "not enough USB bandwidth: move the camera to another port; let it share no hub with another camera",
)
IO_ERROR = Reason(
    "camera.io_error",
    "与摄像头通信出错；请检查 USB 线与接口，换一个接口再试",
    "talking to the camera failed: check the USB cable and the port, try another port",
)
FRAMES_STOPPED = Reason(
    "camera.frames_stopped",
    "摄像头画面已停止，正在自动重新启动；请勿重复操作，若 10 秒内未恢复请重新插拔",
    "the camera's picture has stopped and is being restarted; plug it in again if it stays away for 10 s",
)
FRAMES_LOST = Reason(
    "camera.frames_lost",
    "摄像头一直没有画面；请重新插拔或换一个 USB 口，仍无画面请更换摄像头",
    "no picture comes from the camera: plug it in again or into another port; if that fails, replace it",
)
FRAMES_BROKEN = Reason(
    "camera.frames_broken",
    "摄像头送来的画面已损坏；请更换 USB 线或接口，避免使用延长线",
    "the pictures from the camera are damaged: change the USB cable or the port; use no extension cable",
)
FRAMES_SLOW = Reason(
    "camera.frames_slow",
    "摄像头画面过慢；请增加光线，并把摄像头换到不经过集线器的 USB 口",
    "the camera's picture is very slow: give it more light and a USB port without a hub",
)
NO_STILL = Reason(
    "camera.no_still",
    "没有拍到照片；请确认画面正常后再拍一次，仍失败请重新插拔摄像头",
    "no photo could be taken: look whether the picture is there and try again, then plug the camera in again",
)
SIZE_NOT_OFFERED = Reason(
    "camera.size_not_offered",
    "摄像头不支持所要求的尺寸；请从设备页列出的尺寸中选择",
    "the camera does not offer this size: choose one of the sizes listed on the device's page",
)
BAD_PARAMETER = Reason(
    "camera.bad_parameter",
    "参数有误；请按说明填写尺寸、宽度或质量",
    "a parameter is wrong: give size, width or quality as described",
)
NOT_OPEN = Reason(
    "camera.not_open",
    "摄像头尚未就绪，请稍候再试",
    "the camera is not ready yet: try again in a moment",
)
TOO_DARK = Reason(
    "camera.too_dark",
    "画面几乎全黑；请取下镜头盖或打开补光灯",
    "the picture is nearly black: take off the lens cover or switch on the light",
)
TOO_BRIGHT = Reason(
    "camera.too_bright",
    "画面过亮；请避免强光直射镜头，或关闭正对镜头的灯",
    "the picture is overexposed: keep strong light out of the lens",
)
NO_DETAIL = Reason(
    "camera.no_detail",
    "画面没有内容，镜头可能被遮挡；请检查镜头前是否有遮挡物",
    "the picture shows nothing, the lens may be covered: look at what is in front of it",
)

REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        BUSY,
        NO_PERMISSION,
        NOT_A_CAMERA,
        NO_USABLE_FORMAT,
        NO_ANSWER,
        NO_BANDWIDTH,
        IO_ERROR,
        FRAMES_STOPPED,
        FRAMES_LOST,
        FRAMES_BROKEN,
        FRAMES_SLOW,
        NO_STILL,
        SIZE_NOT_OFFERED,
        BAD_PARAMETER,
        NOT_OPEN,
        TOO_DARK,
        TOO_BRIGHT,
        NO_DETAIL,
    )
}


def busy_with(programs: Sequence[str]) -> Reason:
    """Return BUSY, naming the programs to close (`chromium (1234)`) where they could be found out."""
    if not programs:
        return BUSY
    named = "、".join(programs)
    return Reason(
        BUSY.code,
        f"摄像头正被 {named} 占用；请关闭该程序，无需重新插拔",
        f"the camera is used by {', '.join(programs)}: close that program; no replug needed",
    )
