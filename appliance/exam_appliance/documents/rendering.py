"""Makes documents: PDF by WeasyPrint, or the lines of a slip. Runs in the renderer's own process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import escape
from PIL import ImageFile

from exam_appliance.documents.slip_lines import SlipLine, slip_lines
from exam_appliance.documents.template_folder import Broken, TemplateFolder

if TYPE_CHECKING:
    from weasyprint import Document

Progress = Callable[[int, int], None]

ROLL = "80mm"
"""The paper of slips: a roll, on which a page is as long as what stands on it."""
_ROLL_LENGTH_MM = 400
_PX_PER_MM = 96 / 25.4
_END = "kaodian-end"


@dataclass(frozen=True, slots=True)
class Order:
    """What to make: documents of one template, one after another."""

    template: str
    documents: Sequence[Mapping[str, Any]]
    """Facts of each document: JSON."""
    overrides: str = ""
    """Folder of the province's templates, empty for none."""
    shipped: bool = False
    """Whether to use the shipped templates whatever the folder holds."""
    reprint: int = 0
    """n for the n-th reprint (补打), which is marked on the paper."""
    paper: str = ""
    """Paper of slips: 80mm, A6, A5, A4; empty for what the template says."""
    lines: bool = False
    """Whether the lines of the slip are wanted instead of a PDF."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made."""

    pdf: bytes = b""
    pages: int = 0
    lines: tuple[SlipLine, ...] = ()
    broken: tuple[Broken, ...] = field(default=())
    """Templates of the province that were broken and stood in for by the shipped ones."""


def made(order: Order, folders: Callable[[str], TemplateFolder], progress: Progress) -> Made:
    """Make what is ordered. `progress` is called with (documents done, of). Raises TemplateBroken."""
    folder = folders(order.overrides)
    broken: dict[Broken, None] = {}
    filled = []
    for facts in order.documents:
        if order.shipped:
            html, wrong = folder.fill(order.template, facts, shipped=True), None
        else:
            html, wrong = folder.fill_or_shipped(order.template, facts)
        if wrong is not None:
            broken[wrong] = None
        filled.append(_marked(html, order.reprint) if order.reprint else html)
    if order.lines:
        lines = tuple(line for html in filled for line in slip_lines(html))
        return Made(lines=lines, broken=tuple(broken))
    pages: list[Any] = []
    first: Document | None = None
    for number, html in enumerate(filled, 1):
        document = _on_paper(html, order.paper)
        first = first or document
        pages += document.pages
        progress(number, len(filled))
    if first is None:
        raise ValueError("an order without documents")
    pdf: bytes = first.copy(pages).write_pdf()
    return Made(pdf=pdf, pages=len(pages), broken=tuple(broken))


def _on_paper(html: str, paper: str) -> Document:
    """Lay a page out; on a roll it ends where the text does."""
    if paper != ROLL:
        return _laid_out(_with_style(html, f"@page{{size:{paper};margin:10mm}}") if paper else html)
    ended = _before_end(html, f'<div id="{_END}"></div>')
    long = _laid_out(_with_style(ended, f"@page{{size:80mm {_ROLL_LENGTH_MM}mm}}"))
    page = long.pages[-1]
    if len(long.pages) > 1 or _END not in page.anchors:
        return long
    end_mm = page.anchors[_END][1] / _PX_PER_MM
    return _laid_out(_with_style(html, f"@page{{size:80mm {end_mm + 5:.1f}mm}}"))


def _laid_out(html: str) -> Document:
    from weasyprint import HTML  # noqa: PLC0415 - loads Pango, which lines of slips do without

    # WeasyPrint lets Pillow take cut pictures for whole ones, in all of the process.
    ImageFile.LOAD_TRUNCATED_IMAGES = False

    return HTML(string=html, url_fetcher=_nothing_outside()).render(font_config=_fonts())


@cache
def _nothing_outside() -> Any:
    """Return a fetcher that gives what stands in the page itself and nothing else, whatever a fact holds."""
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    return URLFetcher(allowed_protocols=("data",))


@cache
def _fonts() -> Any:
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    return FontConfiguration()


def _marked(html: str, reprint: int) -> str:
    """Return a page with the mark of a reprint as its first line, in whatever template."""
    mark = f"补打（第 {reprint} 次） Reprint {reprint}"
    style = "text-align:right;font-weight:700;margin:0 0 1mm;border:0"
    start = html.find(">", html.find("<body")) + 1 if "<body" in html else 0
    return f'{html[:start]}<p class="reprint bold" style="{style}">{escape(mark)}</p>{html[start:]}'


def _with_style(html: str, css: str) -> str:
    """Return a page with a style that comes after its own."""
    style = f"<style>{css}</style>"
    return html.replace("</head>", f"{style}</head>", 1) if "</head>" in html else style + html


def _before_end(html: str, more: str) -> str:
    end = html.rfind("</body>")
    return html + more if end < 0 else html[:end] + more + html[end:]


def folders() -> Callable[[str], TemplateFolder]:
    """Return a function that gives the templates of a folder, each read once as long as it is the same."""

    @cache
    def folder(overrides: str) -> TemplateFolder:
        return TemplateFolder(Path(overrides) if overrides else None)

    return folder


def broken_json(broken: Broken) -> dict[str, Any]:
    """Return what is wrong with a template as JSON."""
    return asdict(broken)
