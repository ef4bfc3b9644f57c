"""Reasons of face comparison, each declared once: why a picture was not compared and what to do."""

from __future__ import annotations

from typing import Final

from exam_appliance.faces.models import Reason


def _reason(code: str, zh: str, en: str) -> Reason:
    reason = Reason(code=f"faces.{code}", zh=zh, en=en)
    REASONS.setdefault(reason.code, reason)
    return reason


REASONS: Final[dict[str, Reason]] = {}

NONE = _reason(
    "none",
    "未接入人像比对服务，请人工核对",
    "no face comparison service is set up: compare by eye",
)
AWAY = _reason(
    "none",
    "人像比对服务没有运行，请人工核对，并请技术人员检查（exam-appliance faces check）",
    "the face service does not run: compare by eye, and have it checked (exam-appliance faces check)",
)
THIRD_PARTY_AWAY = _reason(
    "none",
    "第三方人像比对服务连接不上，请人工核对，并检查 faces.third_party.url 与网络",
    "the third party's service cannot be reached: compare by eye; check faces.third_party.url and the line",
)
MODELS_MISSING = _reason(
    "models_missing",
    "缺少人像模型文件，请运行 exam-appliance faces fetch（可用 --from 从优盘导入）",
    "model files are missing: run exam-appliance faces fetch (with --from to bring them from a USB drive)",
)
MODELS_WRONG = _reason(
    "models_wrong",
    "人像模型文件与登记的大小或 SHA-256 不符，请重新运行 exam-appliance faces fetch",
    "a model file is not of the size or SHA-256 that the settings name: run exam-appliance faces fetch again",
)
STARTING = _reason(
    "starting",
    "人像比对服务正在启动，请稍候",
    "the face service is starting: wait a moment",
)
LATE = _reason(
    "late",
    "人像比对没有按时完成，请重试或人工核对",
    "the comparison was not done in time: try again or compare by eye",
)
BUSY = _reason(
    "busy",
    "人像比对服务繁忙，请稍候重试或人工核对",
    "the face service is busy: try again in a moment or compare by eye",
)
FAILED = _reason(
    "failed",
    "人像比对服务出错，请人工核对，并查看系统日志",
    "the face service failed: compare by eye and see the system's log",
)
ANSWER_WRONG = _reason(
    "answer_wrong",
    "第三方人像比对服务的应答与配置的映射不符，请检查 faces.third_party",
    "the third party's answer does not fit its mapping: check faces.third_party",
)
BROKEN = _reason("broken", "照片损坏，请重新拍照", "the picture is broken: take another")
NOT_A_PICTURE = _reason(
    "not_a_picture",
    "不是 JPEG、PNG、BMP 或 WebP 图片，请换一张",
    "it is no JPEG, PNG, BMP or WebP picture: take another",
)
TOO_LARGE = _reason(
    "too_large",
    "照片超过允许的字节数或像素数，请调低摄像头分辨率",
    "the picture has more bytes or pixels than allowed: lower the camera's resolution",
)
TOO_SMALL = _reason(
    "too_small",
    "照片尺寸太小，无法辨认，请换一张",
    "the picture is too small to show a face: take another",
)
NO_FACE = _reason(
    "no_face", "照片中没有人脸，请正对摄像头重拍", "there is no face in the picture: look into the camera"
)
SEVERAL = _reason(
    "several",
    "照片中有多张人脸，请其他人离开画面后重拍",
    "there is more than one face in the picture: have the others step aside",
)
FACE_SMALL = _reason(
    "face_small", "人脸太小，请靠近摄像头重拍", "the face is too small: come nearer to the camera"
)
BLURRED = _reason(
    "blurred", "人脸模糊，请擦净镜头、保持不动后重拍", "the face is blurred: wipe the lens and keep still"
)
TURNED_AWAY = _reason(
    "turned_away",
    "人脸没有正对摄像头，请正对后重拍",
    "the face is turned away: look straight into the camera",
)
DARK = _reason("dark", "人脸太暗，请补光后重拍", "the face is too dark: add light")
BRIGHT = _reason("bright", "人脸太亮，请避开强光后重拍", "the face is too bright: keep out of strong light")
FLAT = _reason(
    "flat",
    "人脸没有明暗层次，请检查光线和摄像头",
    "the face shows no contrast: check light and camera",
)

OF_PICTURE = ("现场照片：", "live picture: ")
OF_REFERENCE = ("证件或报名照片：", "reference picture: ")


def told_of(which: tuple[str, str], reason: Reason) -> Reason:
    """Return a reason that says which picture is meant."""
    return Reason(code=reason.code, zh=which[0] + reason.zh, en=which[1] + reason.en)
