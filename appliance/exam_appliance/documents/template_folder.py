"""Templates of documents: the shipped ones, and a folder in which a province puts its own.

A template is a text from outside: it is filled in a sandbox, every fact is escaped, and nothing but files of
the two folders is read. One that is broken never stops printing: the shipped one takes its place, and what
is wrong is told with file and line.
"""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

import segno
from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateError, TemplateNotFound
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from exam_appliance.documents.dates import en_notice, zh_clock, zh_date, zh_moment, zh_notice, zh_weekday

SHIPPED = Path(__file__).with_name("templates")
LONGEST_TEMPLATE = 500_000
"""Bytes."""
LARGEST_PICTURE = 1_000_000
"""Bytes of a picture in the folder, such as a seal or a logo."""
LONGEST_CODE = 400
"""Characters of a code: more gives modules too small for a phone's camera."""
_PICTURES = ("image/png", "image/jpeg", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class Broken:
    """What is wrong with a template, and where."""

    file: str
    line: int
    """From 1; 0 where it is of the file as a whole."""
    zh: str
    en: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.zh} / {self.en}"


class TemplateBroken(Exception):
    """A template cannot be filled in."""

    def __init__(self, broken: Broken) -> None:
        super().__init__(str(broken))
        self.broken = broken


class FolderOutside(ValueError):
    """A name that leads out of the folder."""


def file_in(folder: Path, name: str) -> Path | None:
    """Return a file of a folder, None where there is none. Raises FolderOutside for a way out of it."""
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or "\\" in name or "\0" in name:
        raise FolderOutside(name)
    found = (folder / parts).resolve()
    # A link that leads elsewhere is a way out too.
    if not found.is_relative_to(folder.resolve()):
        raise FolderOutside(name)
    return found if found.is_file() else None


class FolderLoader(BaseLoader):
    """Loads templates from folders, the first that has one; from nowhere else."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return text, file and whether it is still the same. Raises TemplateNotFound."""
        for folder in self._folders:
            try:
                path = file_in(folder, template)
            except FolderOutside:
                break
            if path is None:
                continue
            stamp = path.stat()
            if stamp.st_size > LONGEST_TEMPLATE:
                raise TemplateSyntaxError(
                    f"larger than {LONGEST_TEMPLATE} bytes", 1, template, str(folder / template)
                )
            try:
                text = path.read_text("utf-8-sig")
            except UnicodeDecodeError as error:
                line = path.read_bytes()[: error.start].count(b"\n") + 1
                raise TemplateSyntaxError("not UTF-8", line, template, str(folder / template)) from error

            def same(path: Path = path, was: tuple[int, int] = (stamp.st_mtime_ns, stamp.st_size)) -> bool:
                try:
                    now = path.stat()
                except OSError:
                    return False
                return (now.st_mtime_ns, now.st_size) == was

            return text, str(folder / template), same
        raise TemplateNotFound(template)


class TemplateFolder:
    """Fills templates in. Not for several threads at once."""

    def __init__(self, overrides: Path | None = None) -> None:
        self.overrides = overrides
        self._shipped = _environment([SHIPPED])
        self._own = None if overrides is None else _environment([overrides, SHIPPED])

    def fill(self, template: str, facts: Mapping[str, Any], *, shipped: bool = False) -> str:
        """Return a template filled in, the province's where it has one. Raises TemplateBroken."""
        environment = self._shipped if shipped or self._own is None else self._own
        try:
            return environment.get_template(template).render(facts)
        except Exception as error:
            folders = [SHIPPED] if self.overrides is None or shipped else [self.overrides, SHIPPED]
            raise TemplateBroken(_broken(error, template, folders)) from error

    def fill_or_shipped(self, template: str, facts: Mapping[str, Any]) -> tuple[str, Broken | None]:
        """Return a template filled in, the shipped one where the province's is broken, which is told too.

        Raises TemplateBroken where the shipped one cannot be filled in.
        """
        try:
            return self.fill(template, facts), None
        except TemplateBroken as error:
            if self._own is None:
                raise
            return self.fill(template, facts, shipped=True), error.broken

    def own(self) -> list[str]:
        """Return the names of the files in the province's folder."""
        if self.overrides is None or not self.overrides.is_dir():
            return []
        return sorted(
            path.relative_to(self.overrides).as_posix()
            for path in self.overrides.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        )


def qr(text: str, size_mm: float = 22.0) -> Markup:
    """Return a QR code (ISO/IEC 18004, level M) as a picture of an edge in millimetres; empty for no text."""
    if not text:
        return Markup("")
    uri = segno.make_qr(text[:LONGEST_CODE], error="m").svg_data_uri(border=2, scale=4)
    return Markup('<img class="qr" alt="" data-code="{}" style="width:{}mm;height:{}mm" src="{}">').format(
        text[:LONGEST_CODE], float(size_mm), float(size_mm), uri
    )


def face(photo: str) -> Markup:
    """Return a Photo as a picture, an empty frame where there is none."""
    if not photo:
        return Markup('<span class="photo">无照片</span>')
    return Markup('<img class="photo" alt="" src="data:image/jpeg;base64,{}">').format(photo)


def spaced(number: str, group: int = 4) -> str:
    """Return a long number in groups, as people read it aloud: 1401 0825 0017."""
    return " ".join(number[at : at + group] for at in range(0, len(number), group))


def _environment(folders: Sequence[Path]) -> Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=FolderLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "zh_day": lambda text: zh_date(date.fromisoformat(text)),
        "zh_moment": lambda text, zone: zh_moment(datetime.fromisoformat(text), zone),
        "notice": lambda text, zone: zh_notice(datetime.fromisoformat(text), zone),
        "clock": lambda text, zone: zh_clock(datetime.fromisoformat(text), zone),
        "weekday": lambda text, zone: zh_weekday(_day(text, zone)),
        "en_notice": lambda text, zone: en_notice(datetime.fromisoformat(text), zone),
        "spaced": spaced,
    }
    environment.globals = {
        "qr": qr,
        "face": face,
        "picture": lambda name: _picture(folders, name),
        "range": environment.globals["range"],
        "namespace": environment.globals["namespace"],
        "dict": environment.globals["dict"],
    }
    return environment


def _day(text: str, zone: str) -> date:

    return datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).date()


def _picture(folders: Sequence[Path], name: str) -> Markup:
    """Return a picture of the folder, such as a seal: `{{ picture("seal.png") }}`."""
    kind, _ = mimetypes.guess_type(name)
    for folder in folders:
        path = file_in(folder, name)
        if path is None:
            continue
        data = path.read_bytes()
        if kind not in _PICTURES or len(data) > LARGEST_PICTURE:
            raise ValueError(f"{name} is no PNG, JPEG or SVG of at most {LARGEST_PICTURE} bytes")
        text = base64.b64encode(data).decode()
        return Markup('<img class="picture" alt="" src="data:{};base64,{}">').format(kind, text)
    raise FileNotFoundError(name)


def _broken(error: Exception, template: str, folders: Sequence[Path]) -> Broken:
    if isinstance(error, TemplateSyntaxError):
        file = error.filename or template
        return Broken(file, error.lineno, f"模板语法有误：{error.message}", f"syntax: {error.message}")
    file, line = _place(error.__traceback__, folders) or (template, 0)
    said = str(error) or type(error).__name__
    if isinstance(error, TemplateNotFound):
        return Broken(
            file,
            line,
            f"找不到文件 {error.name}，只能使用模板目录内的文件",
            f"there is no file {error.name} in the folder of templates",
        )
    if isinstance(error, UndefinedError):
        return Broken(file, line, f"没有这个字段：{said}", f"there is no such field: {said}")
    if isinstance(error, SecurityError):
        return Broken(file, line, f"模板中不允许这样做：{said}", f"a template may not do this: {said}")
    if isinstance(error, FolderOutside):
        return Broken(
            file, line, f"只能使用模板目录内的文件：{said}", f"only files of the templates' folder: {said}"
        )
    zh = "模板无法填写" if isinstance(error, TemplateError) else "模板填写出错"
    return Broken(file, line, f"{zh}：{said}", f"{type(error).__name__}: {said}")


def _place(trace: TracebackType | None, folders: Sequence[Path]) -> tuple[str, int] | None:
    """Return file and line of the innermost template in a traceback; jinja2 puts them there."""
    found = None
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if any(name.startswith(f"{folder}/") for folder in folders):
            found = (name, trace.tb_lineno)
        trace = trace.tb_next
    return found
