"""`kaodian-update`: what a technician and the server's own units call."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from site_setup.hardware import mounted, sticks
from site_setup.places import image_version
from site_update import slots, trial
from site_update.freezing import refuse_while_open
from site_update.slots import UpdateStopped
from site_update.trial import Trial

NOT_WELL, CANNOT = 1, 3
NAMES = "*.raucb"
STICK_S = 120.0
STICK_GATE = "/usr/local/sbin/kaodian-stick"
told = Console(stderr=True, highlight=False, soft_wrap=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """更新考点服务器的系统 / update the system of a site server.

    考试进行中不更新；新系统启动不正常时自动退回原系统。退出码：0 成功，3 无法执行。
    Nothing is updated while a session is open; a new system that does not get well is left for the old
    one. Exit codes: 0 well, 3 cannot be done.
    """
    logging.basicConfig(level=logging.INFO, format="kaodian: %(message)s", stream=sys.stdout)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def status(*, as_json: bool) -> None:
    """两个系统分区、试用中的更新、上次退回的原因 / both slots, updates on trial or taken back."""
    with stopping():
        found = slots.slots(image_version())
    running, failed = trial.kept_trial(), trial.kept_failure()
    if as_json:
        document = {
            "version": image_version(),
            "slots": [slot.document() for slot in found],
            "trial": None if running is None else running.version,
            "failed": None
            if failed is None
            else {"version": failed.version, "reasons": list(failed.reasons)},
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    table = Table(box=None)
    for heading in ("分区 / slot", "版本 / version", "", ""):
        table.add_column(heading)
    for slot in found:
        state = "运行中 / running" if slot.runs else "可用 / good" if slot.good else "不启动 / not started"
        after = "下次启动 / starts next" if slot.next else ""
        table.add_row(slot.name, slot.version or "—", state, after)
    Console().print(table)
    if running is not None:
        click.echo(f"试用中 / on trial: {running.version}")
    if failed is not None:
        click.echo(f"{failed.version} 已退回 / was taken back: {'; '.join(failed.reasons)}")


@main.command("install")
@click.argument("bundle", required=False)
@click.option(
    "--no-restart", is_flag=True, help="只写入，以后用 switch 启用 / only write it; switch takes it later"
)
def install_bundle(bundle: str | None, *, no_restart: bool) -> None:
    """安装更新包（路径或网址；不给则等 U 盘）并重启 / install a bundle (path, URL, or stick's)."""
    with stopping():
        refuse_while_open()
        if bundle is not None:
            _install(bundle)
        else:
            with stick_with_bundle() as found:
                _install(str(found))
        if not no_restart:
            _switch()


@main.command()
def switch() -> None:
    """启用另一分区的系统并重启，新旧皆可 / take the other slot's system, newer or older, and restart."""
    with stopping():
        _switch()


@main.command(hidden=True)
def allowed() -> None:
    """RAUC 安装前询问 / RAUC asks before it installs."""
    with stopping():
        refuse_while_open()


@main.command(hidden=True)
def health() -> None:
    """启动后检查；试用的系统不正常则退回 / look after a start; leave a system on trial that is not well."""
    version = image_version()
    lacking = trial.wait_until_well(trial.amiss, trial.started)
    for one in lacking:
        click.echo(f"kaodian: {one}")
    with stopping():
        trial.conclude(version, lacking)
        if lacking:
            sys.exit(NOT_WELL)
        for slot in slots.slots(version):
            if slot.runs:
                slots.remember(slot.name, version)
    click.echo(f"kaodian: 系统正常 / the system is well: version={version}")


@contextmanager
def stopping() -> Iterator[None]:
    """End the program with the reason of an UpdateStopped."""
    try:
        yield
    except UpdateStopped as stopped:
        told.print(str(stopped), style="red", markup=False)
        sys.exit(CANNOT)


@contextmanager
def stick_with_bundle() -> Iterator[Path]:
    """Let sticks in, wait for one with a bundle, and refuse them again. Raises UpdateStopped."""
    subprocess.run([STICK_GATE, "open", "15"], check=True, capture_output=True)
    told.print("请插入带有更新包（*.raucb）的 U 盘 / put in a stick with a bundle (*.raucb)", markup=False)
    try:
        deadline = time.monotonic() + STICK_S
        while time.monotonic() < deadline:
            for device in sticks():
                try:
                    with mounted(device) as folder:
                        found = sorted(folder.glob(NAMES))
                        if len(found) > 1:
                            names = "、".join(one.name for one in found)
                            raise UpdateStopped(
                                f"U 盘上有多个更新包（{names}），请只留一个 / several bundles: leave one"
                            )
                        if found:
                            yield found[0]
                            return
                except OSError as error:
                    raise UpdateStopped(str(error)) from error
            time.sleep(1)
        raise UpdateStopped(
            "没有找到更新包，请插好 U 盘再试 / no bundle was found: put the stick in and try again"
        )
    finally:
        subprocess.run([STICK_GATE, "close"], check=False, capture_output=True)


def _install(bundle: str) -> None:
    held = slots.bundle_info(bundle)
    told.print(f"更新包 / bundle: {held.version}", markup=False)
    trial.TRIAL.unlink(missing_ok=True)
    with Progress(console=told) as progress:
        bar = progress.add_task("安装 / installing", total=100)
        slots.install(bundle, lambda percent, _: progress.update(bar, completed=percent))
    told.print(f"已写入 / written: {held.version}", markup=False)


def _switch() -> None:
    refuse_while_open()
    here = image_version()
    (other,) = (slot for slot in slots.slots(here) if not slot.runs)
    if other.version is None:
        raise UpdateStopped(
            "另一分区没有系统，请先安装更新包 / there is no system in the other slot: install a bundle first"
        )
    trial.FAILED.unlink(missing_ok=True)
    trial.keep(trial.TRIAL, Trial(other.name, other.version, here, trial.now()))
    slots.mark("active", "other")
    told.print(f"重启后运行 / after the restart runs: {other.version}", markup=False)
    _restart()


def _restart() -> None:
    # A little later, so that who is connected sees how this command ended.
    later = ["systemd-run", "--quiet", "--collect", "--on-active=3s", "systemctl", "reboot"]
    subprocess.run(later, check=True, capture_output=True)


if __name__ == "__main__":
    main(prog_name="kaodian-update")
