"""Queue calling: numbers taken, called, shown and spoken, by this server and the screens of the hall."""

from __future__ import annotations

from exam_appliance.readiness.finding import Finding, Point, State, Text, found, unknown
from exam_appliance.readiness.sources import QueueFacts, ScreenFacts, Sources
from exam_appliance.readiness.standard import Row

ROWS = ("site.queue",)

MACHINES = Text("取号机", "ticket machines")
DISPLAYS = Text("显示屏", "displays")
VOICE = Text("语音播报", "voice")


async def check(row: Row, sources: Sources) -> Finding:
    """Return how queue calling stands."""
    return judge(row, sources.queue)


def judge(row: Row, queue: QueueFacts | None) -> Finding:
    """Compare queue calling, None where it is not in use, with the row."""
    if queue is None:
        return unknown(
            Text("本机未启用叫号排队", "queue calling is not in use here"),
            Text(
                "需要时请启用叫号排队（queue.enabled）；已另行采购的，请附照片申报",
                "put queue calling to use where it is wanted (queue.enabled); a separate system is declared "
                "with a photo",
            ),
        )
    if not queue.machines.enrolled and not queue.displays.enrolled:
        return unknown(
            Text("尚未登记取号机和显示屏", "no ticket machine and no display is enrolled"),
            Text(
                "请在控制台“叫号”页登记；已另行采购的，请附照片申报",
                "enrol them on the console's queue page; a separate system is declared with a photo",
            ),
        )
    return found((_screens(MACHINES, queue.machines), _screens(DISPLAYS, queue.displays), _voice(queue)))


def _screens(name: Text, screens: ScreenFacts) -> Point:
    if not screens.enrolled:
        return Point(
            name,
            Text(f"未登记{name.zh}", f"{name.en}: none enrolled"),
            State.UNKNOWN,
            Text(
                f"请在控制台“叫号”页登记{name.zh}，没有的请申报",
                f"enrol {name.en} on the console's queue page, or declare what stands in for them",
            ),
        )
    count = len(screens.enrolled)
    if screens.connected is None:
        return Point(
            name,
            Text(
                f"{name.zh}已登记 {count} 台，是否连接未知", f"{name.en}: {count} enrolled, maybe connected"
            ),
            State.UNKNOWN,
            Text("请在控制台“就绪”页检查", "run the check on the console, which sees what is connected"),
        )
    away = [one for one in screens.enrolled if one not in screens.connected]
    shown = Text(
        f"{name.zh}已登记 {count} 台，已连接 {count - len(away)} 台"
        + (f"（未连接：{'、'.join(away)}）" if away else ""),
        f"{name.en}: {count} enrolled, {count - len(away)} connected"
        + (f" (not: {', '.join(away)})" if away else ""),
    )
    if len(away) < count:
        return Point(name, shown, State.PASS)
    return Point(
        name,
        shown,
        State.FAIL,
        Text(f"请打开{name.zh}并检查网线", f"switch the {name.en} on and check their cables"),
    )


def _voice(queue: QueueFacts) -> Point:
    if queue.voice == "none":
        return Point(
            VOICE,
            Text("语音播报已关闭", "the voice is switched off"),
            State.FAIL,
            Text("请将 queue.voice 设为 auto", "set queue.voice to auto"),
        )
    if queue.server_voice:
        return Point(VOICE, Text("语音由服务器合成可用", "the server's voice works"), State.PASS)
    if queue.voice == "server":
        return Point(
            VOICE,
            Text("服务器不能合成语音", "the server cannot make the voice"),
            State.FAIL,
            Text("请安装 espeak-ng", "install espeak-ng"),
        )
    return Point(
        VOICE,
        Text(
            "服务器不能合成语音，显示屏自带中文语音时才有播报",
            "the server cannot make the voice: only displays with a Chinese voice of their own speak",
        ),
        State.UNKNOWN,
        Text("请安装 espeak-ng，或试叫一号后申报", "install espeak-ng, or call a number and declare it"),
    )
