"""`faces`: the face service, its model files, its calibration, and whether all is well."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from exam_appliance.cli.site import (
    CHECK_FAILED,
    NOT_NOW,
    WRONG_USE,
    config_option,
    fail,
    json_option,
    say,
    say_json,
    site_settings,
    told,
)
from exam_appliance.faces.calibrating import score
from exam_appliance.faces.calibration import Calibration, Pair, PairsWrong, calibrated, rates_at, read_pairs
from exam_appliance.faces.client import FaceService
from exam_appliance.faces.fetching import FetchFailed, bring, fetch
from exam_appliance.faces.model_files import standing, wanted, wrong_with
from exam_appliance.faces.models import Health
from exam_appliance.faces.service import ServiceRuns
from exam_appliance.faces.service import serve as run
from exam_appliance.faces.settings import ModelFile, ServiceSettings, service_settings

WIDTH = 100
SHOWN = (0.1, 0.2, 0.25, 0.3, 0.363, 0.4, 0.45, 0.5, 0.6, 0.7)
"""Thresholds of the printed table, beside the set and the suggested one."""


@click.group(short_help="人像比对：服务、模型、校准 / faces: service, models, calibration")
def faces() -> None:
    """人像比对服务、模型文件、阈值校准与检查。

    The face service, its model files, calibration of the threshold, and a check of it all.
    """


@faces.command(short_help="运行人像比对服务 / run the face service")
@config_option
def serve(file: Path | None) -> None:
    """运行人像比对服务，直到 Ctrl-C 或 SIGTERM；缺少模型时等待导入。

    Run the face service until Ctrl-C or SIGTERM; without models it waits until they are brought.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    settings = _settings(file)
    at = settings.url or str(settings.socket)
    try:
        asyncio.run(
            run(settings, lambda: say(f"人像比对服务已启动 / the face service listens at {at}"), None)
        )
    except ServiceRuns:
        fail(NOT_NOW, f"{at} 已有人像比对服务在运行 / a face service runs at {at} already")
    except OSError as error:
        fail(NOT_NOW, f"无法在 {at} 启动（{error.strerror}） / cannot listen at {at}: {error.strerror}")


@faces.command("fetch", short_help="下载或从优盘导入模型 / bring the model files")
@config_option
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="存有模型文件的目录，如优盘 / a folder that has them, such as a USB drive",
)
@click.option("--address", help="下载目录的网址，文件名接在其后 / where they lie, without the file name")
def fetch_models(file: Path | None, source: Path | None, address: str | None) -> None:
    """取得模型文件，核对大小和 SHA-256；下载可断点续传。

    Bring the model files and check their size and SHA-256; a download goes on where it broke off.
    """
    settings = _settings(file)
    if source is not None and address is not None:
        fail(WRONG_USE, "--from 与 --address 只能用一个 / use either --from or --address")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=told, transient=True) as bar:
        for model in wanted(settings):
            path = settings.models / model.file
            if wrong_with(path, model) is None:
                say(f"{path} 已就绪 / is there already")
                continue
            task = bar.add_task(model.file, total=model.size)
            try:
                _brought(settings, model, source, address, partial(_went_on, bar, task))
            except FetchFailed as error:
                fail(NOT_NOW, str(error))
            say(f"{path} 已导入并核对 / brought and checked")


def _went_on(bar: Progress, task: TaskID, have: int) -> None:
    bar.update(task, completed=have)


def _brought(
    settings: ServiceSettings,
    model: ModelFile,
    source: Path | None,
    address: str | None,
    progress: Callable[[int], None],
) -> None:
    if source is not None:
        bring(source, model, settings.models, progress)
        return
    where = f"{address.rstrip('/')}/{model.file}" if address is not None else model.address
    if where is None:
        fail(
            WRONG_USE,
            f"没有 {model.file} 的下载地址：请用 --from 或 --address，或配置 faces 中的 address / "
            f"no address of {model.file}: use --from or --address, or set address below faces",
        )
    asyncio.run(fetch(where, model, settings.models, progress))


@faces.command(short_help="模型、服务是否就绪 / whether models and service are well")
@config_option
@json_option
def check(file: Path | None, as_json: bool) -> None:
    """检查模型文件与服务；有问题时退出码为 1 / look at models and service; 1 when something is wrong."""
    settings = _settings(file)
    health = asyncio.run(_health(settings))
    if settings.faces.run in ("service", "child") and not health.models:
        health = health.model_copy(update={"models": standing(settings)})
    if as_json:
        say_json(health.model_dump(mode="json"))
    else:
        for model in health.models:
            said = "正常 well" if model.reason is None else f"{model.reason.zh} / {model.reason.en}"
            say(f"{model.name}: {said}")
        if health.reason is not None:
            say(f"{health.reason.zh} / {health.reason.en}")
        else:
            say(f"人像比对服务就绪 / the face service is ready ({health.service}, {health.workers})")
    if not health.ready:
        sys.exit(CHECK_FAILED)


@faces.command(short_help="由照片对测定阈值 / measure the threshold with pairs")
@click.argument("pairs", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), help="曲线图 PNG / write a plot as PNG"
)
@config_option
@json_option
def calibrate(pairs: Path, plot: Path | None, file: Path | None, as_json: bool) -> None:
    """由 PAIRS.csv（列 picture_a, picture_b, same）测定各阈值下的误识率和拒识率。

    Measure false accepts and false rejects by threshold with PAIRS.csv (columns picture_a, picture_b,
    same; paths are relative to the file).
    """
    settings = _settings(file)
    wrong = next((one.reason for one in standing(settings) if one.reason is not None), None)
    if wrong is not None:
        fail(NOT_NOW, f"{wrong.zh} / {wrong.en}")
    try:
        listed = read_pairs(pairs.read_text("utf-8"), pairs.parent)
    except (PairsWrong, OSError, UnicodeDecodeError) as error:
        fail(WRONG_USE, f"{pairs}: {error}")
    found = _measured(settings, listed)
    threshold = settings.faces.threshold
    if plot is not None:
        # Here and not above: the library of plots takes longer to load than all the rest of the program.
        from exam_appliance.faces.calibration_plot import draw  # noqa: PLC0415

        try:
            draw(found, threshold, plot)
        except OSError as error:
            fail(NOT_NOW, f"无法写入 {plot}（{error.strerror}） / {plot} cannot be written")
    if as_json:
        say_json({"threshold": threshold, "pairs": len(listed), **asdict(found)})
        return
    _tell(found, threshold)


def _measured(settings: ServiceSettings, pairs: list[Pair]) -> Calibration:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=told, transient=True) as bar:
        task = bar.add_task("正在比对 / comparing", total=len(pairs))
        return calibrated(asyncio.run(score(settings, pairs, lambda done: bar.update(task, completed=done))))


def _tell(found: Calibration, threshold: float) -> None:
    table = Table("阈值 threshold", "误识率 false accepts", "拒识率 false rejects", "")
    marks = {threshold: "当前 set"} | (
        {found.suggested: "建议 suggested"} if found.suggested is not None else {}
    )
    for at in sorted({*SHOWN, *marks}):
        rates = rates_at(at, found.same, found.different)
        table.add_row(f"{at:g}", _share(rates.false_accept), _share(rates.false_reject), marks.get(at, ""))
    Console(width=WIDTH).print(table)
    say(f"同一人 same: {len(found.same)}  不同人 different: {len(found.different)}")
    for code, count in sorted(found.not_compared.items()):
        say(f"未比对 not compared: {code} {count}")


def _share(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.2f} %"


def _settings(file: Path | None) -> ServiceSettings:
    settings = site_settings(file)
    return service_settings(settings.faces, settings.state_dir)


async def _health(settings: ServiceSettings) -> Health:
    client = FaceService(settings)
    try:
        return await client.health()
    finally:
        await client.close()
