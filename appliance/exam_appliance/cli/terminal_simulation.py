"""`terminals simulate`: a simulated terminal against a running server, to see the whole way work."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
import click
import orjson
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from central_sync.samples.candidates import sample_candidates
from central_sync.samples.portraits import sample_portrait
from exam_appliance.cli.site import (
    CHECK_FAILED,
    NOT_NOW,
    WRONG_USE,
    config_option,
    existing_folder,
    fail,
    json_option,
    say,
    say_json,
    site_settings,
    told,
)
from exam_appliance.terminals.mapping.bodies import BodyWrong, read_body
from exam_appliance.terminals.signing import KEY_BYTES
from firmware_adapters.simulators.terminal import Answer, Person, SimulatedTerminal, Speaks

KEY_VARIABLE: Final = "KAODIAN_TERMINAL_KEY"
OWN_PATH: Final = "/api/terminal"
SPOKEN: Final[dict[str, Speaks]] = {
    "/api/terminal": "own",
    "/api/terminal/mapped/json-in-headers": "json",
    "/api/terminal/mapped/form-and-xml": "form",
}
"""Formats that the simulated terminal speaks, by the path of the address."""
HEARTBEAT_S: Final = 5.0
STRANGER_SEED: Final = "kaodian-terminal-trial"
DECISIONS: Final = {"pass": "通过 pass", "ask": "转人工 ask", "refuse": "拒绝 refuse"}


@dataclass
class Trial:
    """What was tried so far: each step with whether it went well."""

    steps: list[dict[str, Any]] = field(default_factory=list)

    def note(self, zh: str, en: str, answer: Answer, said: str = "", *, well: bool | None = None) -> bool:
        """Keep a step and tell whether it went well."""
        good = answer.status == 200 if well is None else well
        self.steps.append({"zh": zh, "en": en, "ok": good, "status": answer.status, "said": said})
        return good

    @property
    def ok(self) -> bool:
        """Tell whether all went well."""
        return all(step["ok"] for step in self.steps)


@click.command(short_help="模拟一台一体机 / a simulated terminal")
@click.argument("address", required=False)
@click.option("--id", "terminal", required=True, help="一体机编号，如 t-0a1b2c3d / the terminal's id")
@click.option(
    "--key-stdin",
    is_flag=True,
    help=f"从标准输入读取密钥，否则取 {KEY_VARIABLE} 或提示输入 / read the key from standard input",
)
@click.option(
    "--seconds",
    type=click.IntRange(0, 86_400),
    default=60,
    show_default=True,
    help="保持在线多久，Ctrl-C 提前结束 / stay online for so long",
)
@click.option(
    "--candidates",
    type=click.IntRange(0, 200),
    default=0,
    show_default=True,
    help="以报名照片为名单前若干人上传“一致”的结果：会真的记为已核验，仅用于演练 / "
    "push matching results for so many of the roster: they are verified by it, for rehearsals only",
)
@config_option
@json_option
def simulate(
    address: str | None,
    terminal: str,
    key_stdin: bool,
    seconds: int,
    candidates: int,
    file: Path | None,
    as_json: bool,
) -> None:
    """模拟一台已登记的一体机：心跳、名单、照片、一名名单外人员（应被拒绝），然后保持在线。

    ADDRESS 为登记时显示的接口地址，默认本机。编号和密钥在控制台“设备 → 一体机”登记时取得。

    Play an enrolled terminal: heartbeat, roster, a photo, somebody who is not on the roster (to be
    refused), then stay online. ADDRESS is what the console showed beside the key, this machine by
    default. Exit code 1 when a step was refused, 3 when the server cannot be reached.
    """
    base = _base(address, file)
    speaks = _spoken(base)
    played = SimulatedTerminal(base, terminal, _key(key_stdin), speaks)
    trial = Trial()
    try:
        asyncio.run(_play(played, trial, candidates, seconds, None if as_json else _show_step))
    except (aiohttp.ClientError, TimeoutError) as error:
        fail(NOT_NOW, f"无法连接 {base}，请确认服务已启动 / cannot reach {base}: does it run? ({error})")
    except KeyboardInterrupt:
        told.print("已停止 / stopped", style="yellow")
    if as_json:
        say_json({"ok": trial.ok, "address": base, "format": speaks, "steps": trial.steps})
    sys.exit(0 if trial.ok else CHECK_FAILED)


async def _play(
    terminal: SimulatedTerminal,
    trial: Trial,
    candidates: int,
    seconds: int,
    shown: Callable[[dict[str, Any]], None] | None,
) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=told, transient=True) as bar:
        steps = bar.add_task("", total=4 + candidates)

        def noted(zh: str, en: str, answer: Answer, said: str = "", *, well: bool | None = None) -> bool:
            good = trial.note(zh, en, answer, said, well=well)
            bar.update(steps, advance=1, description=f"{zh} / {en}")
            if shown is not None:
                bar.stop()
                shown(trial.steps[-1])
                bar.start()
            return good

        answer = await terminal.heartbeat(software="exam-appliance terminals simulate")
        if not noted("心跳", "heartbeat", answer, _refusal(answer)):
            return
        answer = await terminal.roster()
        people = _people(terminal.speaks, answer)
        count = f"{len(people)} 人 candidates" if answer.status == 200 else _refusal(answer)
        noted("名单", "roster", answer, count)
        photos = {}
        for ticket, _, _ in people[: max(1, candidates)]:
            answer = await terminal.photo(ticket)
            if answer.status == 200:
                photos[ticket] = answer.body
            if ticket == people[0][0]:
                # A candidate without a photo is no fault of the interface.
                size = f"{len(answer.body)} 字节 bytes" if answer.status == 200 else _refusal(answer)
                noted("报名照片", "registration photo", answer, size, well=answer.status in (200, 404))
        verdict, answer = await _verified(terminal, _stranger())
        said = DECISIONS.get(verdict, _refusal(answer))
        noted("名单外人员", "somebody not on the roster", answer, said, well=verdict == "refuse")
        for ticket, number, name in people[:candidates]:
            picture = photos.get(ticket) or sample_portrait(sample_candidates(1, STRANGER_SEED)[0])
            person = Person(number, name, "resident", picture, card=picture, score=0.9, verdict="match")
            verdict, answer = await _verified(terminal, person)
            said = DECISIONS.get(verdict, _refusal(answer))
            noted(f"准考证号 {ticket}", f"ticket {ticket}", answer, said)
        bar.remove_task(steps)
        await _stay(terminal, trial, seconds, bar)


async def _stay(terminal: SimulatedTerminal, trial: Trial, seconds: int, bar: Progress) -> None:
    """Send heartbeats for some seconds; one that is refused ends it."""
    staying = bar.add_task("保持在线 / staying online", total=seconds)
    left = float(seconds)
    while left > 0:
        await asyncio.sleep(min(left, HEARTBEAT_S))
        left -= HEARTBEAT_S
        answer = await terminal.heartbeat(software="exam-appliance terminals simulate")
        bar.update(staying, completed=seconds - max(left, 0))
        if answer.status != 200:
            trial.note("心跳", "heartbeat", answer, _refusal(answer))
            return


async def _verified(terminal: SimulatedTerminal, person: Person) -> tuple[str, Answer]:
    """Return the decision, empty where there is none, and the answer."""
    answer = await terminal.verify(person)
    return (_decision(terminal.speaks, answer) if answer.status == 200 else ""), answer


def _decision(speaks: Speaks, answer: Answer) -> str:
    with suppress(BodyWrong, orjson.JSONDecodeError, KeyError, TypeError):
        if speaks == "form":
            return str(read_body(answer.body, "xml")["@result"])
        told_by = orjson.loads(answer.body)
        if speaks == "own":
            return str(told_by["decision"])
        return {0: "pass", 1: "ask", 2: "refuse"}[told_by["code"]]
    return ""


def _people(speaks: Speaks, answer: Answer) -> list[tuple[str, str, str]]:
    """Return (ticket, number of the document, name) of a roster, in our format or a worked example's."""
    if answer.status != 200:
        return []
    with suppress(BodyWrong, orjson.JSONDecodeError, KeyError, TypeError):
        if speaks == "own":
            listed = orjson.loads(answer.body)["candidates"]
            return [(one["ticket"], one["document_number"], one["name"]) for one in listed]
        if speaks == "json":
            listed = orjson.loads(answer.body)["people"]
            return [(one["examNo"], one["certNo"], one["xm"]) for one in listed]
        listed = read_body(answer.body, "xml").get("person", [])
        listed = listed if isinstance(listed, list) else [listed]
        return [(one["@no"], one["cert"], one["name"]) for one in listed]
    return []


def _stranger() -> Person:
    """Return an invented person who is on no roster."""
    one = sample_candidates(1, STRANGER_SEED)[0]
    picture = sample_portrait(one)
    return Person(one.id_number, one.name, "resident", picture, card=picture, score=0.9, verdict="match")


def _refusal(answer: Answer) -> str:
    """Return what a refusal says, whatever its format."""
    if answer.status == 200:
        return ""
    with suppress(orjson.JSONDecodeError, KeyError, TypeError):
        problem = orjson.loads(answer.body)
        return str(problem["msg"]) if "msg" in problem else f"{problem['detail']} / {problem['detail_en']}"
    return re.sub(r"<[^>]*>", " ", answer.body.decode(errors="replace"))[:200].strip()


def _show_step(step: dict[str, Any]) -> None:
    mark = click.style("完成 done", fg="green") if step["ok"] else click.style("未通过 failed", fg="red")
    said = f": {step['said']}" if step["said"] else ""
    say(f"{mark}  {step['zh']} / {step['en']} ({step['status']}){said}")


def _base(address: str | None, file: Path | None) -> str:
    given = address
    if given is None:
        given = existing_folder(site_settings(file)).address()
    if not given:
        fail(NOT_NOW, "服务尚未启动，先运行 exam-appliance serve / no server runs here: start it first")
    if not re.fullmatch(r"https?://[^/\s]+(/[^\s?#]*)?", given):
        fail(
            WRONG_USE,
            f"地址须以 http:// 或 https:// 开头 / the address starts with http:// or https://: {given}",
        )
    base = given.rstrip("/")
    return base if base.count("/") > 2 else f"{base}{OWN_PATH}"


def _spoken(base: str) -> Speaks:
    path = "/" + base.split("/", 3)[3]
    if path not in SPOKEN:
        known = ", ".join(SPOKEN)
        fail(
            WRONG_USE,
            f"模拟一体机不会说 {path} 的格式，可用：{known}；厂商格式请用 check-mapping --try 试 / "
            f"the simulated terminal does not speak the format of {path}; it knows {known}",
        )
    return SPOKEN[path]


def _key(from_stdin: bool) -> bytes:
    if from_stdin:
        text = sys.stdin.readline().strip()
    else:
        text = os.environ.get(KEY_VARIABLE, "") or click.prompt("密钥 / key", hide_input=True, err=True)
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        fail(
            WRONG_USE,
            f"密钥须为 {KEY_BYTES} 字节的 Base64，即登记时显示的那一串 / "
            f"the key is {KEY_BYTES} bytes as Base64, as the console showed it",
        )
    return key
