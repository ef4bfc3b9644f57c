"""`python -m firmware_adapters.catalogue lint|write|check`: the catalogue and what is made from it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from firmware_adapters.catalogue import all_reasons, polkit_rules, supported_page, udev_rules, usb_rules
from firmware_adapters.catalogue.lint import lint
from firmware_adapters.catalogue.loading import FOLDER, CatalogueWrong, Placed, catalogue_files, load_placed

GENERATED = FOLDER.parents[1] / "generated"


def generated(placed: list[Placed]) -> dict[str, str]:
    """Return the text of each file that is made from the catalogue and the reasons."""
    entries = [one.entry for one in placed]
    return {
        udev_rules.FILE: udev_rules.udev_rules(entries),
        usb_rules.FILE: usb_rules.usb_rules(entries),
        polkit_rules.FILE: polkit_rules.polkit_rules(entries),
        supported_page.FILE: supported_page.supported_page(entries),
        all_reasons.FILE: all_reasons.reasons_page(all_reasons.reasons_by_family()),
    }


def linted() -> list[Placed]:
    """Return the entries; ends the program with every fault when there are any."""
    try:
        placed = load_placed(catalogue_files())
    except CatalogueWrong as error:
        problems = list(error.problems)
        placed = []
    else:
        problems = lint(placed)
    problems += all_reasons.lint_reasons(all_reasons.reasons_by_family())
    for problem in problems:
        click.echo(str(problem))
    if problems:
        sys.exit(1)
    return placed


@click.group()
def main() -> None:
    """设备目录 / the catalogue of devices."""


@main.command("lint")
def lint_command() -> None:
    """检查目录与原因代码 / check the catalogue and the reasons."""
    placed = linted()
    click.echo(f"{len(placed)} 条目录条目 / entries")


folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=GENERATED,
    help="生成文件的目录 / where the files are",
)


@main.command()
@folder_option
def write(folder: Path) -> None:
    """检查目录，重新生成 udev 规则、支持设备页与原因页 / check, then make the rules and the pages anew."""
    texts = generated(linted())
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        file = folder / name
        if not file.is_file() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            click.echo(f"已更新 / written: {file}")


@main.command()
@folder_option
def check(folder: Path) -> None:
    """检查目录，并确认生成的文件是最新的 / check, also that what was made is up to date."""
    stale = [
        name
        for name, text in generated(linted()).items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    ]
    for name in stale:
        click.echo(
            f"{folder / name}: 已过期，请执行 python -m firmware_adapters.catalogue write 并提交 / "
            "out of date: run python -m firmware_adapters.catalogue write and commit it"
        )
    if stale:
        sys.exit(1)


if __name__ == "__main__":
    main()
